package schedule

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Zones with all there is: half-hour changes, a change at midnight, changes
// of the day, Ramadan, summer time on the southern half, "winter time" that is
// the negative one, no changes at all.
var zones = []string{
	"America/Los_Angeles", "America/New_York", "America/Sao_Paulo", "America/Santiago", "America/Havana", "America/Caracas",
	"Europe/Berlin", "Europe/Dublin", "Europe/Istanbul", "Europe/Volgograd", "Africa/Cairo", "Africa/Casablanca",
	"Asia/Kolkata", "Asia/Kathmandu", "Asia/Tehran", "Asia/Gaza", "Asia/Pyongyang", "Asia/Tokyo", "Asia/Amman",
	"Australia/Lord_Howe", "Australia/Sydney", "Pacific/Apia", "Pacific/Kiritimati", "Pacific/Chatham", "Antarctica/Troll", "UTC",
}

// field draws a field: a number, a list, a range, and where asked a star or step.
func field(low, high int, stars bool) *rapid.Generator[string] {
	n := rapid.IntRange(low, high)
	return rapid.Custom(func(t *rapid.T) string {
		last := 2
		if stars {
			last = 4
		}
		switch a, b := n.Draw(t, "a"), n.Draw(t, "b"); rapid.IntRange(0, last).Draw(t, "shape") {
		case 0:
			return fmt.Sprint(a)
		case 1:
			return fmt.Sprintf("%d,%d", a, b)
		case 2:
			return fmt.Sprintf("%d-%d", min(a, b), max(a, b))
		case 3:
			return fmt.Sprintf("*/%d", max(1, a))
		default:
			return "*"
		}
	})
}

// schedules draws schedules: of fixed hours, or of intervals.
func schedules(intervals bool) *rapid.Generator[Schedule] {
	hour := field(0, 3, false) // the hours in which clocks change
	if intervals {
		hour = rapid.SampledFrom([]string{"*", "*/2", "*/5", "1-4/2", "0/3", "?"})
	}
	return rapid.Custom(func(t *rapid.T) Schedule {
		expr := strings.Join([]string{
			field(0, 59, true).Draw(t, "minute"), hour.Draw(t, "hour"),
			rapid.OneOf(rapid.Just("*"), field(1, 28, true)).Draw(t, "day"),
			rapid.OneOf(rapid.Just("*"), field(1, 12, true)).Draw(t, "month"),
			rapid.OneOf(rapid.Just("*"), field(0, 6, true)).Draw(t, "weekday"),
		}, " ")
		s, err := Parse(expr, rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

// moment draws an instant, half of them within a day of a change of clocks.
func moment(t *rapid.T, loc *time.Location) time.Time {
	at := time.Unix(rapid.Int64Range(946684800, 4102444800).Draw(t, "moment"), 0).UTC() // 2000 to 2100
	if rapid.IntRange(0, 9).Draw(t, "end of a leap year") == 0 {
		at = time.Date(at.Year()/4*4, 12, 31, 0, 0, 0, 0, time.UTC)
		return at.Add(time.Duration(rapid.IntRange(-86400, 86400).Draw(t, "from midnight")) * time.Second)
	}
	if end, found := change(at, at.AddDate(1, 0, 0), loc); found && rapid.Bool().Draw(t, "near a change") {
		return end.Add(time.Duration(rapid.IntRange(-86400, 7200).Draw(t, "from change")) * time.Second).UTC()
	}
	return at
}

// Walking by labels: each once, increasing as text, at instants that never go
// back; and for fixed hours exactly those of the zone-less calendar.
func TestLabels(t *testing.T) {
	for _, intervals := range []bool{false, true} {
		t.Run(fmt.Sprint("intervals ", intervals), rapid.MakeCheck(func(t *rapid.T) {
			s := schedules(intervals).Draw(t, "schedule")
			pos := s.position(moment(t, s.loc))
			bare := pos
			var before Due
			for range 100 {
				next, due := s.step(pos)
				if due.Label <= before.Label || due.At.Before(before.At) || due.At.Location() != time.UTC {
					t.Fatalf("%s: %v comes after %v", s, due, before)
				}
				if !intervals {
					if bare = s.nextWall(bare); due.Label != bare.Format(wallLabel) {
						t.Fatalf("%s: label %s, the calendar has %s", s, due.Label, bare)
					}
					if got := wall(due.At, s.loc).Format(wallLabel); got < due.Label {
						t.Fatalf("%s: at %s the clocks show %s", s, due.Label, got)
					}
				}
				pos, before = next, due
			}
		}))
	}
}

// What the clocks show, minute for minute, is a second way to find instants.
func TestAgainstEveryMinute(t *testing.T) {
	for _, intervals := range []bool{false, true} {
		t.Run(fmt.Sprint("intervals ", intervals), rapid.MakeCheck(func(t *rapid.T) {
			s := schedules(intervals).Draw(t, "schedule")
			start := moment(t, s.loc).Truncate(time.Minute)
			end := start.Add(36 * time.Hour)
			var want []time.Time
			highest := reached(start, s.loc)
			for at := start.Add(time.Minute); !at.After(end); at = at.Add(time.Minute) {
				shown := wall(at, s.loc)
				from := shown.Add(-time.Minute)
				if !intervals { // whatever lies between the latest time shown and this one is due now
					from = highest
					highest = later(highest, shown)
				}
				if due := s.spec.Next(from); !due.IsZero() && !due.After(shown) {
					want = append(want, at)
				}
			}
			var got []time.Time
			for due := s.Next(start); !due.At.After(end); due = s.Next(due.At) {
				got = append(got, due.At)
			}
			if !slices.EqualFunc(want, got, time.Time.Equal) {
				t.Fatalf("%s after %s\nwant %v\ngot  %v", s, start, want, got)
			}
		}))
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// Since, Next and Last tell the same story.
func TestSinceNextLastAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := schedules(rapid.Bool().Draw(t, "intervals")).Draw(t, "schedule")
		first := s.Next(moment(t, s.loc))
		now := first.At.Add(time.Duration(rapid.IntRange(0, 3*86400).Draw(t, "later")) * time.Second)
		due, cut, err := s.Since(first.Label, now)
		if err != nil {
			t.Fatal(err)
		}
		last, ok := s.Last(now)
		want := first
		if len(due) > 0 {
			want = due[len(due)-1]
		}
		if !ok || last != want {
			t.Fatalf("%s at %s: the last is %v, of those since %v it is %v", s, now, last, first, want)
		}
		if next := s.Next(now); next.Label <= want.Label || !next.At.After(now) {
			t.Fatalf("%s at %s: the next is %v after %v", s, now, next, want)
		}
		if cut == 0 { // walking by Next meets the same instants
			instants := 0
			for next := s.Next(first.At); !next.At.After(now); next = s.Next(next.At) {
				if !slices.Contains(due, next) {
					t.Fatalf("%s: %v is next but not among %v", s, next, due)
				}
				instants++
			}
			due = slices.DeleteFunc(due, func(d Due) bool { return d.At.Equal(first.At) })
			due = slices.CompactFunc(due, func(a, b Due) bool { return a.At.Equal(b.At) })
			if len(due) != instants {
				t.Fatalf("%s: %d instants by Next, %d by Since", s, instants, len(due))
			}
		}
		if again, _, _ := s.Since(last.Label, now); len(again) != 0 {
			t.Fatalf("%s: after the last there are %v", s, again)
		}
	})
}

// Whatever a person writes, there is a schedule or a sentence, and no panic.
func FuzzParse(f *testing.F) {
	for _, expr := range []string{"0 9 * * *", "@daily", "@every 1s", "TZ=", "TZ=x", "*/15 1-5,7 ? JAN-DEC SUN", "0 0 30 2 *", ", , , , ,", "\xff"} {
		f.Add(expr, "America/Los_Angeles")
	}
	now := time.Date(2026, 11, 24, 17, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, expr, zone string) {
		s, err := Parse(expr, zone)
		if err != nil {
			if !strings.Contains(err.Error(), "example") && !strings.Contains(err.Error(), "write a name like") {
				t.Fatalf("no way out in %v", err)
			}
			return
		}
		next := s.Next(now)
		if !next.At.After(now) || s.InWords() == "" {
			t.Fatalf("%s: next %v, in words %q", s, next, s.InWords())
		}
		if last, ok := s.Last(next.At); !ok || last.Label < next.Label {
			t.Fatalf("%s: next %v, but then last %v", s, next, last)
		}
	})
}

func BenchmarkNext(b *testing.B) {
	s := parse(b, "0 9 * * *", "America/Los_Angeles")
	now := time.Date(2026, 11, 24, 17, 30, 0, 0, time.UTC)
	for b.Loop() {
		s.Next(now)
	}
}

func BenchmarkLast(b *testing.B) {
	s := parse(b, "0 9 1 * *", "America/Los_Angeles")
	now := time.Date(2026, 11, 24, 17, 30, 0, 0, time.UTC)
	for b.Loop() {
		s.Last(now)
	}
}
