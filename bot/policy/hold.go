package policy

import "time"

// A Hold is what keeps something that was agreed to from being carried out at once.
// Its zero value keeps nothing.
type Hold struct {
	Why   string    // a sentence or two; times in them have a zone
	Until time.Time // the first moment at which nothing holds it; zero: that is not within the next years
}

// Held finds out what holds something back that was decided at a moment: the time in
// which a no still stops it, and freezes. What is to be seen of the veto's end is its
// minute, so it ends with a whole one.
func (p Policy) Held(asker Person, s Subject, decided time.Time, veto time.Duration, now time.Time) (h Hold) {
	at := now
	if end := VetoEnd(decided, veto); now.Before(end) {
		at = end
		h = Hold{Why: "Whoever may decide can stop it until " + end.UTC().Format("2 Jan 2006 15:04 UTC") + ".", Until: end}
	}
	v := p.Frozen(asker, s, at)
	switch {
	case v.May:
		return h
	case h.Why != "":
		v.Why = h.Why + " By then, " + v.Why
	}
	return Hold{Why: v.Why, Until: p.Thaw(asker, s, at)}
}

// VetoEnd is when what was decided at a moment can be carried out, as long as a no can
// still stop it for some time: at the end of a minute, so that a clock shows it.
func VetoEnd(decided time.Time, veto time.Duration) time.Time {
	if veto <= 0 {
		return decided
	}
	return decided.Add(veto + time.Minute - 1).Truncate(time.Minute)
}
