package schedule

import (
	"archive/zip"
	"flag"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// long has every zone of the world looked at, for fifteen years and every hour: some
// minutes. Without it some zones are, for two years.
var long = flag.Bool("long", false, "look at every time zone, fifteen years and every hour")

// A daily schedule comes once on each day of the calendar and is about each business
// day once, wherever it is read and at whatever hour: none is told twice, none is left
// out. What it is about is never much older than what is out, and never long to wait
// for.
func TestFD14EachBusinessDayOnceInEveryZone(t *testing.T) {
	all, years := zones, 2
	if *long {
		all, years = everyZone(t), 15
	}
	begin := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	distinct := map[string]string{} // by what the clocks do
	for _, zone := range all {
		loc, err := location(zone)
		if err != nil {
			t.Fatal(err)
		}
		does := clocks(begin, begin.AddDate(years, 0, 0), loc)
		if _, same := distinct[does]; !same {
			distinct[does] = zone
		}
	}
	t.Logf("%d zones, %d that differ", len(all), len(distinct))
	for _, zone := range distinct {
		t.Run(zone, func(t *testing.T) {
			t.Parallel()
			for hour := range 24 {
				eachDayOnce(t, parse(t, fmt.Sprintf("%d %d * * *", hour*7%60, hour), zone), begin, begin.AddDate(years, 0, 0))
			}
		})
	}
}

func eachDayOnce(t *testing.T, s Schedule, begin, end time.Time) {
	t.Helper()
	due := s.Next(begin)
	day := s.BusinessDay(due)
	for date := due.Label[:10]; due.At.Before(end); {
		pos, err := s.labelled(due.Label)
		if err != nil {
			t.Fatal(err)
		}
		_, next := s.step(pos)
		nextDay := s.BusinessDay(next)
		after, err := ParseDay(date)
		if err != nil {
			t.Fatal(err)
		}
		if date = next.Label[:10]; date != after.AddDays(1).String() {
			t.Fatalf("%s: after %s it is due on %s", s, after, date)
		}
		if nextDay != day.AddDays(1) {
			t.Fatalf("%s: %s is about %s, and %s about %s", s, due.Label, day, next.Label, nextDay)
		}
		if wait := ReportDue(nextDay).Sub(next.At); wait > 2*time.Hour {
			t.Fatalf("%s: what is due on %s has to wait %s for the report of %s", s, next.Label, wait, nextDay)
		}
		if old := (Stretch{nextDay, BusinessDay(next.At)}).Days() - 1; old > 1 {
			t.Fatalf("%s: what is due on %s is about %s, which is %d days older than what is out", s, next.Label, nextDay, old)
		}
		due, day = next, nextDay
	}
}

// clocks is what the clocks of a zone do in some years, as text.
func clocks(from, to time.Time, loc *time.Location) string {
	list := []string{offset(from, loc).String()}
	for {
		at, found := change(from, to, loc)
		if !found {
			return strings.Join(list, " ")
		}
		list = append(list, at.Format(time.RFC3339), offset(at, loc).String())
		from = at
	}
}

// everyZone lists the zones that Go knows.
func everyZone(t *testing.T) (all []string) {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	files, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	for _, f := range files.File {
		if name := strings.TrimSuffix(f.Name, "/"); name == f.Name {
			all = append(all, name)
		}
	}
	if len(all) < 500 {
		t.Fatalf("only %d zones were found", len(all))
	}
	slices.Sort(all)
	return all
}
