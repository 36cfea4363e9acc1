package policy

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// TestWhatWaitsGoesOnAtTheFirstMinuteAtWhichItMay compares with a look at every minute.
func TestWhatWaitsGoesOnAtTheFirstMinuteAtWhichItMay(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 12))
	invite := Subject{Operation: "invite", Class: Access}
	ana := Person{Team: "T", ID: "ANA"}
	kinds := map[string]int{}
	for range 400 {
		decided := time.Date(2026, 11, 24, 12, rnd.IntN(60), rnd.IntN(60), rnd.IntN(1e9), time.UTC)
		now := decided.Add(time.Duration(rnd.IntN(40)) * 31 * time.Second)
		veto := []time.Duration{0, time.Minute, 10 * time.Minute, 95 * time.Second}[rnd.IntN(4)]
		begin := (12*60 + rnd.IntN(100)) % wholeDay
		p := Policy{Team: "T", Freezes: []Freeze{{Name: "lunch", Week: Window{Start: begin, End: begin + 1 + rnd.IntN(60)}}}}
		if rnd.IntN(4) == 0 {
			p.Freezes = nil
		}
		h := p.Held(ana, invite, decided, veto, now)
		stoppable := func(at time.Time) bool {
			return veto > 0 && at.Truncate(time.Minute).Before(decided.Add(veto))
		}
		want := now
		for stoppable(want) || !p.Frozen(ana, invite, want).May {
			want = want.Truncate(time.Minute).Add(time.Minute)
		}
		switch {
		case want.Equal(now) && h.Why != "", !want.Equal(now) && !h.Until.Equal(want):
			t.Fatalf("decided %s, veto %s, now %s, frozen %v: held until %s (%q), want %s", decided, veto, now, p.Freezes, h.Until, h.Why, want)
		case h.Why == "":
			kinds["nothing"]++
		case strings.Contains(h.Why, "By then"):
			kinds["both"]++
		case strings.Contains(h.Why, "can stop it"):
			kinds["veto"]++
		default:
			kinds["freeze"]++
		}
	}
	if len(kinds) != 4 {
		t.Errorf("what was drawn is no test: %v", kinds)
	}
}

func TestWhatIsHeldForEverHasNoEnd(t *testing.T) {
	at := time.Date(2026, 11, 24, 12, 0, 20, 0, time.UTC)
	p := Policy{Freezes: []Freeze{{Name: "rest", Week: AnyTime()}}}
	h := p.Held(Person{ID: "ANA"}, Subject{Operation: "invite", Class: Access}, at, 2*time.Minute, at)
	want := Hold{Why: "Whoever may decide can stop it until 24 Nov 2026 12:03 UTC. By then, “invite” is frozen (rest) without an end."}
	if h != want {
		t.Errorf("%+v", h)
	}
}

// TestSpellsAreWhenSomethingIsFrozen compares with a look at every minute.
func TestSpellsAreWhenSomethingIsFrozen(t *testing.T) {
	rnd := rand.New(rand.NewPCG(9, 12))
	invite := Subject{Operation: "invite", Class: Access}
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	seen := map[bool]int{}
	for range 300 {
		f := Freeze{Name: "f", Week: Window{Start: rnd.IntN(wholeDay), End: 1 + rnd.IntN(wholeDay)}}
		if f.Week.Start == f.Week.End {
			continue
		}
		if rnd.IntN(2) == 0 {
			f.From = noon.Add(time.Duration(rnd.IntN(2000)-1000) * time.Minute)
			f.To = f.From.Add(time.Duration(1+rnd.IntN(900)) * time.Minute)
		}
		p := Policy{Freezes: []Freeze{f}}
		const within = 36 * 60 // minutes
		at := func(minute int) time.Time { return noon.Add(time.Duration(minute) * time.Minute) }
		frozen := func(minute int) bool { return !p.Frozen(Person{}, invite, at(minute)).May }
		begins := 0
		for begins <= within && !frozen(begins) {
			begins++
		}
		ends := begins
		for begins <= within && frozen(ends) {
			ends++
		}
		got := p.Spells(invite, noon, within*time.Minute)
		seen[len(got) > 0]++
		if len(got) == 0 && begins <= within || len(got) > 0 && (!got[0].Begins.Equal(at(begins)) || !got[0].Ends.Equal(at(ends))) {
			t.Fatalf("%+v: %v, want %s to %s", f, got, at(begins), at(ends))
		}
	}
	if seen[true] < 50 || seen[false] < 20 {
		t.Errorf("what was drawn is no test: %v", seen)
	}
}
