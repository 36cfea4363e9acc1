package sandbox

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		c := NewClock(nil)
		var told []time.Time
		stop := c.Watch(func(now time.Time) { told = append(told, now) })
		time.Sleep(time.Minute)
		if err := c.Move(time.Hour); err != nil {
			t.Fatal(err)
		}
		if got, want := c.Now(), began.Add(time.Hour+time.Minute); !got.Equal(want) || got.Location() != time.UTC {
			t.Errorf("the clock shows %s, want %s in UTC", got, want)
		}
		goal := began.Add(30 * time.Hour)
		if err := c.MoveTo(goal); err != nil {
			t.Fatal(err)
		}
		if got := c.Now(); !got.Equal(goal) {
			t.Errorf("moved to %s, want %s", got, goal)
		}
		if err := c.MoveTo(began); !errors.Is(err, ErrBackwards) {
			t.Errorf("moving back gave %v", err)
		}
		if got := c.Now(); !got.Equal(goal) {
			t.Errorf("a refused move changed the clock to %s", got)
		}
		stop()
		if err := c.Move(time.Second); err != nil {
			t.Fatal(err)
		}
		if len(told) != 2 || !told[1].Equal(goal) {
			t.Errorf("watchers were told %v, want the two moves before they stopped watching", told)
		}
		if got, want := c.Offset(), time.Until(c.Now()); got != want {
			t.Errorf("Offset is %s, but the clock is %s ahead", got, want)
		}
	})
}
