package apple

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A shelf does what a list and a map would, and worlds that were forked from
// stay as they were.
func TestShelvesKeepTheirPast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld()
		model := []string{} // "id value" in the order of making
		type snapshot struct {
			w    *world
			want []string
		}
		var past []snapshot
		at := func(id string) int {
			return slices.IndexFunc(model, func(s string) bool { return s[:len(id)+1] == id+" " })
		}
		draw := func() string { return fmt.Sprintf("%04d", rapid.IntRange(0, 700).Draw(t, "id")) }
		for i := range rapid.IntRange(1, 40).Draw(t, "steps") {
			switch rapid.IntRange(0, 3).Draw(t, "step") {
			case 0, 1:
				for range rapid.IntRange(1, 300).Draw(t, "many") {
					id := fmt.Sprintf("%04d", i*300%701+len(model)%200)
					value := id + " " + fmt.Sprint(i)
					if n := at(id); n >= 0 {
						model[n] = value
					} else {
						model = append(model, value)
					}
					w.put(newRecord("users", id, map[string]any{"username": fmt.Sprint(i)}))
				}
			case 2:
				for range rapid.IntRange(1, 300).Draw(t, "few") {
					id := draw()
					if n := at(id); n >= 0 {
						model = slices.Delete(model, n, n+1)
					}
					w.drop("users", id)
				}
			case 3:
				past = append(past, snapshot{w, slices.Clone(model)})
				w = w.fork()
			}
		}
		for _, s := range append(past, snapshot{w, model}) {
			got := []string{}
			for r := range s.w.each("users") {
				got = append(got, r.id+" "+r.text("username"))
				if s.w.get("users", r.id) != r || !slices.Contains(s.w.named("users", r.text("username")), r) {
					t.Fatalf("%s is not found", r.id)
				}
			}
			known := 0
			for i := range 40 {
				known += len(s.w.named("users", fmt.Sprint(i)))
			}
			if known != len(got) {
				t.Fatalf("%d are known by name, %d are there", known, len(got))
			}
			if !slices.Equal(got, s.want) {
				t.Fatalf("got %d records, want %d", len(got), len(s.want))
			}
		}
	})
}

// Gaps are closed when they outnumber the records.
func TestShelvesStaySmall(t *testing.T) {
	w := newWorld()
	for i := range 20000 {
		w.put(newRecord("users", fmt.Sprint(i), nil))
		if i >= 100 {
			w.drop("users", fmt.Sprint(i-100))
		}
	}
	if sh := w.shelves["users"]; sh.places > 1000 || len(w.all("users")) != 100 {
		t.Errorf("%d places for %d records", sh.places, len(w.all("users")))
	}
}

// A link has two ends, and what is dropped leaves none behind.
func TestLinksHaveTwoEnds(t *testing.T) {
	for _, p := range pairs {
		a, b := p[0], p[1]
		w := newWorld()
		for _, r := range []*record{newRecord(a.typ, "a", nil), newRecord(b.typ, "b", nil), newRecord(a.typ, "a2", nil)} {
			w.put(r)
		}
		w.link(a.typ, "a", a.name, "b")
		if !w.get(b.typ, "b").has(b.name, "a") {
			t.Errorf("%v: the other end does not know", p)
		}
		w.link(a.typ, "a2", a.name, "b")
		if both := w.get(b.typ, "b").rels[b.name]; many(b.typ, b.name) != (len(both) == 2) {
			t.Errorf("%v: %v", p, both)
		}
		w.drop(b.typ, "b")
		if len(w.get(a.typ, "a").rels[a.name])+len(w.get(a.typ, "a2").rels[a.name]) != 0 {
			t.Errorf("%v: the relation outlives its end", p)
		}
	}
}

// What is due happens in the order of its times, each at its own.
func TestEffectsHappenInTime(t *testing.T) {
	c := newCaller(t, Options{})
	var order []string
	note := func(name string, in time.Duration) {
		c.s.state.schedule(effect{c.now.Add(in), func(w *world, at time.Time) {
			order = append(order, fmt.Sprint(name, " ", at.Sub(noon)))
			if name == "first" {
				w.after(at.Add(time.Second), func(_ *world, at time.Time) { order = append(order, fmt.Sprint("of it ", at.Sub(noon))) })
			}
		}})
	}
	note("last", time.Hour)
	note("first", time.Second)
	note("never", 50*time.Hour)
	note("second", time.Minute)
	c.wait(2 * time.Hour)
	c.ask("GET", "/v1/apps", nil)
	if want := []string{"first 1s", "of it 2s", "second 1m0s", "last 1h0m0s"}; !slices.Equal(order, want) {
		t.Errorf("%v", order)
	}
}
