package schedule

import (
	"testing"
	"time"
)

func TestWhenAReportIsAskedForAgain(t *testing.T) {
	day := Day{2026, 11, 23}
	due := ReportDue(day) // 24 November, 16:00 UTC
	for _, c := range []struct {
		name   string
		asked  Asked
		want   time.Duration // after due
		never  bool
		belief bool
	}{
		{"never asked", Asked{}, 0, false, false},
		{"not there at once", Asked{due, NotThere}, 5 * time.Minute, false, false},
		{"not there after two hours", Asked{due.Add(2 * time.Hour), NotThere}, 2*time.Hour + 10*time.Minute, false, false},
		{"not there after a week", Asked{due.Add(168 * time.Hour), NotThere}, 174 * time.Hour, false, false},
		{"no sales at once is not believed", Asked{due, Nothing}, 5 * time.Minute, false, false},
		{"no sales after 23 hours is not believed", Asked{due.Add(23 * time.Hour), Nothing}, 24 * time.Hour, false, false},
		{"no sales after a day is, and looked at once more", Asked{due.Add(24 * time.Hour), Nothing}, 48 * time.Hour, false, true},
		{"no sales after two days", Asked{due.Add(48 * time.Hour), Nothing}, 0, true, true},
		{"there at once", Asked{due, There}, 24 * time.Hour, false, true},
		{"there before it was due", Asked{due.Add(-2 * time.Hour), There}, 24 * time.Hour, false, true},
		{"there, read again after a day", Asked{due.Add(25 * time.Hour), There}, 48 * time.Hour, false, true},
		{"there, read again after two", Asked{due.Add(48 * time.Hour), There}, 0, true, true},
		{"thrown away", Asked{due.Add(9000 * time.Hour), Gone}, 0, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			at, again := c.asked.AskAgain(day)
			if again == c.never || again && !at.Equal(due.Add(c.want)) {
				t.Errorf("ask again at %s (%t), want %s after it was due (never: %t)", at, again, c.want, c.never)
			}
			if c.asked.Settled(day) != c.never || c.asked.Believed(day) != c.belief {
				t.Errorf("settled %t, believed %t", c.asked.Settled(day), c.asked.Believed(day))
			}
		})
	}
}

// Whatever is answered and whenever, asking comes to an end or goes on later, and a
// day whose report came is settled after three reads at most.
func TestAskingGoesForward(t *testing.T) {
	day := Day{2026, 3, 7} // the clocks change in the night after
	now := ReportDue(day)
	reads := 0
	for asked := (Asked{}); ; reads++ {
		at, again := asked.AskAgain(day)
		if !again {
			break
		}
		if at.After(now) {
			now = at
		} else if reads > 0 {
			t.Fatalf("asked again at once, at %s", at)
		}
		asked = Asked{now, There}
	}
	if reads != 3 {
		t.Errorf("%d reads, want 3", reads)
	}
}
