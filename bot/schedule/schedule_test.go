package schedule

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// at reads an instant that the test itself wrote.
func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		panic(err)
	}
	return t.UTC()
}

func parse(t testing.TB, expr, zone string) Schedule {
	t.Helper()
	s, err := Parse(expr, zone)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Each fixed time happens once, on the days on which clocks change as well.
func TestFD14ClockChanges(t *testing.T) {
	for _, c := range []struct {
		what, zone, expr, day string
		label, at             string
	}{
		{"gap", "America/New_York", "30 2 * * *", "2026-03-08", "2026-03-08T02:30", "2026-03-08T03:00:00-04:00"},
		{"gap", "America/Los_Angeles", "0 2 * * *", "2026-03-08", "2026-03-08T02:00", "2026-03-08T03:00:00-07:00"},
		{"gap", "Europe/Berlin", "30 2 * * *", "2026-03-29", "2026-03-29T02:30", "2026-03-29T03:00:00+02:00"},
		{"no midnight", "Africa/Cairo", "0 0 * * *", "2026-04-24", "2026-04-24T00:00", "2026-04-24T01:00:00+03:00"},
		{"gap of half an hour", "Australia/Lord_Howe", "15 2 * * *", "2026-10-04", "2026-10-04T02:15", "2026-10-04T02:30:00+11:00"},
		{"fold", "America/New_York", "30 1 * * *", "2026-11-01", "2026-11-01T01:30", "2026-11-01T01:30:00-04:00"},
		{"fold", "Europe/Berlin", "30 2 * * *", "2026-10-25", "2026-10-25T02:30", "2026-10-25T02:30:00+02:00"},
		{"fold of half an hour", "Australia/Lord_Howe", "45 1 * * *", "2026-04-05", "2026-04-05T01:45", "2026-04-05T01:45:00+11:00"},
		{"a day that was skipped", "Pacific/Apia", "0 9 * * *", "2011-12-30", "2011-12-30T09:00", "2011-12-31T00:00:00+14:00"},
		{"the last day of a leap year", "Europe/Berlin", "0 9 * * *", "2028-12-31", "2028-12-31T09:00", "2028-12-31T09:00:00+01:00"},
		{"the same by the zone's rule alone", "Europe/Berlin", "0 9 * * *", "2040-12-31", "2040-12-31T09:00", "2040-12-31T09:00:00+01:00"},
		{"the same in summer", "Australia/Sydney", "0 9 * * *", "2040-12-31", "2040-12-31T09:00", "2040-12-31T09:00:00+11:00"},
		{"an ordinary day", "America/Los_Angeles", "0 9 * * *", "2026-11-24", "2026-11-24T09:00", "2026-11-24T09:00:00-08:00"},
	} {
		t.Run(c.what+" "+c.zone, func(t *testing.T) {
			s := parse(t, c.expr, c.zone)
			day, err := ParseDay(c.day)
			if err != nil {
				t.Fatal(err)
			}
			// Three days around it, so that a second time would be seen.
			dues, cut, err := s.Since(day.AddDays(-2).String()+"T23:59", day.midnight().Add(60*time.Hour))
			if err != nil || cut != 0 {
				t.Fatal(cut, err)
			}
			seen := 0
			for _, due := range dues {
				if strings.HasPrefix(due.Label, c.day) {
					seen++
					if want := (Due{c.label, at(c.at)}); due != want {
						t.Errorf("due %v, want %v", due, want)
					}
				}
			}
			if seen != 1 {
				t.Errorf("due %d times, want once", seen)
			}
			before := at(c.at).Add(-time.Minute)
			if got := s.Next(before); got.Label != c.label {
				t.Errorf("a minute before, the next is %v", got)
			}
			if got := s.Next(at(c.at)); got.Label <= c.label {
				t.Errorf("at that time, the next is %v", got)
			}
			if got, ok := s.Last(at(c.at)); !ok || got.Label != c.label {
				t.Errorf("at that time, the last is %v", got)
			}
			if got, ok := s.Last(before); !ok || got.Label >= c.label {
				t.Errorf("a minute before, the last is %v", got)
			}
		})
	}
}

// In the hour that comes twice, a fixed time was already due the first time.
func TestNotAgainInTheFold(t *testing.T) {
	s := parse(t, "30 1 * * *", "America/New_York")
	for _, now := range []string{"2026-11-01T01:40:00-04:00", "2026-11-01T01:00:00-05:00", "2026-11-01T01:29:00-05:00", "2026-11-01T01:31:00-05:00"} {
		if got := s.Next(at(now)); got.Label != "2026-11-02T01:30" {
			t.Errorf("at %s the next is %v", now, got)
		}
		if got, _ := s.Last(at(now)); got.Label != "2026-11-01T01:30" {
			t.Errorf("at %s the last is %v", now, got)
		}
	}
}

// Times that share an instant because the clocks skip both are two labels.
func TestTwoLabelsInOneGap(t *testing.T) {
	s := parse(t, "0,30 2,3 * * *", "America/Los_Angeles")
	got, _, err := s.Since("2026-03-07T03:30", at("2026-03-08T03:00:00-07:00"))
	gap := at("2026-03-08T03:00:00-07:00")
	want := []Due{{"2026-03-08T02:00", gap}, {"2026-03-08T02:30", gap}, {"2026-03-08T03:00", gap}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("(-want +got): %v\n%s", err, diff)
	}
	if last, _ := s.Last(gap); last.Label != "2026-03-08T03:00" {
		t.Errorf("the last is %v", last)
	}
}

// Intervals go by what the clock shows: through a gap, twice in a fold.
func TestIntervals(t *testing.T) {
	for _, c := range []struct{ what, expr, zone, after, until, want string }{
		{"hourly in a gap", "@hourly", "America/Los_Angeles", "2026-03-08T00:30:00-08:00", "2026-03-08T04:00:00-07:00",
			"09:00Z 10:00Z 11:00Z"}, // 1:00 PST, 3:00 PDT, 4:00 PDT
		{"hourly in a fold", "0 * * * *", "America/New_York", "2026-11-01T00:30:00-04:00", "2026-11-01T02:00:00-05:00",
			"05:00Z 06:00Z 07:00Z"}, // 1:00 EDT, 1:00 EST, 2:00 EST
		{"every second hour", "0 */2 * * *", "America/Los_Angeles", "2026-03-08T00:00:00-08:00", "2026-03-08T06:00:00-07:00",
			"11:00Z 13:00Z"}, // there is no 2:00, then 4:00 PDT, 6:00 PDT
		{"Fridays, one without a midnight", "0 * * * 5", "Africa/Cairo", "2026-04-23T20:00:00+02:00", "2026-04-24T03:00:00+03:00",
			"22:00Z 23:00Z 00:00Z"}, // 1:00, 2:00, 3:00
		{"the last day of a leap year", "0 */6 * * *", "Europe/Berlin", "2040-12-30T23:00:00+01:00", "2041-01-01T06:00:00+01:00",
			"23:00Z 05:00Z 11:00Z 17:00Z 23:00Z 05:00Z"},
		{"quarters in a half-hour fold", "*/15 * * * *", "Australia/Lord_Howe", "2026-04-05T01:15:00+11:00", "2026-04-05T02:00:00+10:30",
			"14:30Z 14:45Z 15:00Z 15:15Z 15:30Z"},
	} {
		t.Run(c.what, func(t *testing.T) {
			s := parse(t, c.expr, c.zone)
			dues, _, err := s.Since(at(c.after).Format(instantLabel), at(c.until))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, due := range dues {
				if due.Label != due.At.Format(instantLabel) {
					t.Errorf("label %s for %s", due.Label, due.At)
				}
				got = append(got, due.Label[len("2026-03-08T"):])
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("due %v, want %s", got, c.want)
			}
		})
	}
}

func TestSinceCountsWhatItCuts(t *testing.T) {
	s := parse(t, "* * * * *", "UTC")
	now := at("2026-11-24T12:00:00Z")
	for _, minutes := range []int{0, 1, 499, 500, 501, 999, 1000, 1001, 3000} {
		due, cut, err := s.Since(now.Add(-time.Duration(minutes)*time.Minute).Format(instantLabel), now)
		if err != nil || len(due)+cut != minutes || len(due) > sinceLimit || cut > 0 && len(due) != sinceLimit {
			t.Fatalf("%d minutes: %d dues and %d cut, %v", minutes, len(due), cut, err)
		}
		for i, d := range due {
			if want := now.Add(time.Duration(i+1-len(due)) * time.Minute); !d.At.Equal(want) {
				t.Fatalf("%d minutes: due %d is %v, want %v", minutes, i, d, want)
			}
		}
	}
	// A label from long ago, as after a clock that was wrong, takes bounded work.
	due, cut, err := s.Since("0001-01-01T00:00Z", now)
	if err != nil || len(due)+cut != int(lookBack/time.Minute) {
		t.Errorf("since long ago: %d dues and %d cut, %v", len(due), cut, err)
	}
	if due, cut, err := s.Since("2027-01-01T00:00Z", now); err != nil || len(due)+cut != 0 {
		t.Errorf("since the future: %v, %d, %v", due, cut, err)
	}
}

func TestSinceReadsLabelsOfBothSorts(t *testing.T) {
	fixed, hourly := parse(t, "0 9 * * *", "America/Los_Angeles"), parse(t, "0 * * * *", "America/Los_Angeles")
	now := at("2026-11-24T10:30:00-08:00")
	if due, _, err := fixed.Since("2026-11-22T17:00Z", now); err != nil || len(due) != 2 || due[0].Label != "2026-11-23T09:00" {
		t.Errorf("a daily schedule that was hourly: %v, %v", due, err)
	}
	if due, _, err := hourly.Since("2026-11-24T09:00", now); err != nil || len(due) != 1 || due[0].Label != "2026-11-24T18:00Z" {
		t.Errorf("an hourly schedule that was daily: %v, %v", due, err)
	}
	for _, label := range []string{"", "2026-11-24", "yesterday", "2026-11-24T09:00-08:00"} {
		if _, _, err := fixed.Since(label, now); err == nil || !strings.Contains(err.Error(), "2026-11-24T09:00") {
			t.Errorf("label %q: %v, want an error with an example", label, err)
		}
	}
}

func TestLast(t *testing.T) {
	for _, c := range []struct{ expr, now, want string }{
		{"0 9 * * *", "2026-11-24T09:00:00-08:00", "2026-11-24T09:00"},
		{"0 9 * * *", "2026-11-24T08:59:59-08:00", "2026-11-23T09:00"},
		{"0 9 * * 1", "2026-11-29T12:00:00-08:00", "2026-11-23T09:00"},
		{"0 9 31 * *", "2026-12-30T12:00:00-08:00", "2026-10-31T09:00"},
		{"0 0 1 1 *", "2026-12-31T23:59:00-08:00", "2026-01-01T00:00"},
		{"0 0 29 2 *", "2026-11-24T09:00:00-08:00", ""}, // 2024 is further back than 400 days
		{"*/5 * * * *", "2026-11-24T09:04:00-08:00", "2026-11-24T17:00Z"},
	} {
		got, ok := parse(t, c.expr, "America/Los_Angeles").Last(at(c.now))
		if got.Label != c.want || ok != (c.want != "") {
			t.Errorf("%s at %s: %v, want %s", c.expr, c.now, got, c.want)
		}
	}
}

// The parser looks five years ahead; a leap day can be eight years away.
func TestLeapDayOverACentury(t *testing.T) {
	if got := parse(t, "0 9 29 2 *", "UTC").Next(at("2096-03-01T00:00:00Z")); got.Label != "2104-02-29T09:00" {
		t.Errorf("due %v", got)
	}
}

func TestComplaints(t *testing.T) {
	for _, c := range []struct{ expr, zone, say string }{
		{"", "UTC", "it is empty"},
		{"  \t ", "UTC", "it is empty"},
		{"@every 1h", "UTC", "with every restart"},
		{"@every", "UTC", "with every restart"},
		{"@reboot", "UTC", "@hourly, @daily"},
		{"@Daily", "UTC", "@hourly, @daily"},
		{"0 0 9 * * *", "UTC", "no field for seconds"},
		{"0 9 * *", "UTC", "it has 4 of the five fields"},
		{"0 9 * * * * *", "UTC", "it has 7 of the five fields"},
		{"weekdays at nine", "UTC", "it has 3 of the five fields"},
		{"TZ=UTC 0 9 * * *", "UTC", "stands beside"},
		{"CRON_TZ=UTC", "UTC", "stands beside"},
		{"0 25 * * *", "UTC", `the hour (field 2) cannot be "25"; it takes 0 to 23`},
		{"60 9 * * *", "UTC", `the minute (field 1) cannot be "60"`},
		{"0 9 0 * *", "UTC", "day of the month (field 3)"},
		{"0 9 * 13 *", "UTC", "1 to 12 or JAN to DEC"},
		{"0 9 * * 7", "UTC", "with Sunday as 0"},
		{"0 9 * * MON-FUN", "UTC", "day of the week (field 5)"},
		{"0 9 * * 5L", "UTC", "day of the week (field 5)"},
		{"0 9-5 * * *", "UTC", "the hour (field 2)"},
		{"0 9 1, * *", "UTC", "day of the month (field 3)"},
		{", 9 * * *", "UTC", "the minute (field 1)"},
		{"0 *-5 * * *", "UTC", "the hour (field 2)"},
		{"*/0 9 * * *", "UTC", "the minute (field 1)"},
		{"0 0 30 2 *", "UTC", "never happens"},
		{"0 0 31 4,6,9,11 *", "UTC", "never happens"},
		{strings.Repeat("9", 5000) + " 9 * * *", "UTC", "…"},
		{"0 9 * * *", "", "America/Los_Angeles"},
		{"0 9 * * *", "Local", "America/Los_Angeles"},
		{"0 9 * * *", "Pacific time", `"Pacific time" is not a time zone`},
		{"0 9 * * *", "../etc/passwd", "is not a time zone"},
	} {
		_, err := Parse(c.expr, c.zone)
		switch {
		case err == nil:
			t.Errorf("%q in %q was taken", c.expr, c.zone)
		case !strings.Contains(err.Error(), c.say):
			t.Errorf("%q in %q: %v\nwant a word of %s", c.expr, c.zone, err, c.say)
		case c.zone == "UTC" && !strings.Contains(err.Error(), "An example that works"):
			t.Errorf("%q: no example in %v", c.expr, err)
		case len(err.Error()) > 500:
			t.Errorf("%d letters of complaint about %d", len(err.Error()), len(c.expr))
		}
	}
}

func TestInWords(t *testing.T) {
	for expr, want := range map[string]string{
		"0 9 * * *":             "every day at 9:00, America/Los_Angeles",
		"@daily":                "every day at 0:00, America/Los_Angeles",
		"30 9,17 * * *":         "every day at 9:30 and 17:30, America/Los_Angeles",
		"0 9 * * 1-5":           "weekdays at 9:00, America/Los_Angeles",
		"0 9 * * MON-FRI":       "weekdays at 9:00, America/Los_Angeles",
		"5 9 * * 1":             "every Monday at 9:05, America/Los_Angeles",
		"0 9 * * 1,3,FRI":       "every Monday, Wednesday and Friday at 9:00, America/Los_Angeles",
		"0 9 * * 0-6":           "every day at 9:00, America/Los_Angeles",
		"0 9 1 * *":             "on day 1 of every month at 9:00, America/Los_Angeles",
		"0 9 31 * *":            "on day 31 of every month that has one at 9:00, America/Los_Angeles",
		"0 * * * *":             "every hour on the hour, America/Los_Angeles",
		"20 * * * *":            "every hour at 20 past, America/Los_Angeles",
		"*/15 * * * *":          "every 15 minutes, America/Los_Angeles",
		"* * * * *":             "every minute, America/Los_Angeles",
		"0 */12 * * *":          "every day at 0:00 and 12:00, America/Los_Angeles",
		"0 * * * 1-5":           "weekdays every hour on the hour, America/Los_Angeles",
		"0 9  1 1  *":           "0 9 1 1 *, America/Los_Angeles",
		"0 9 1 * 1":             "0 9 1 * 1, America/Los_Angeles", // the first, and also Mondays
		"*/7 * * * *":           "*/7 * * * *, America/Los_Angeles",
		"0 9,10,11,12,13 * * *": "0 9,10,11,12,13 * * *, America/Los_Angeles",
	} {
		if got := parse(t, expr, "America/Los_Angeles").InWords(); got != want {
			t.Errorf("%s: %q, want %q", expr, got, want)
		}
	}
}

func TestBusinessDay(t *testing.T) {
	for _, c := range []struct{ now, want string }{
		{"2026-11-24T08:00:00-08:00", "2026-11-23"},
		{"2026-11-24T07:59:59-08:00", "2026-11-22"},
		{"2026-11-24T00:00:00-08:00", "2026-11-22"},
		{"2026-11-24T23:59:00-08:00", "2026-11-23"},
		{"2026-11-24T18:00:00+01:00", "2026-11-23"}, // 9:00 Pacific, asked in Berlin
		{"2026-11-25T09:00:00+09:00", "2026-11-23"}, // still the 24th in California
		{"2027-01-01T08:00:00-08:00", "2026-12-31"},
		{"2028-03-01T08:00:00-08:00", "2028-02-29"},
		{"2026-03-08T08:00:00-07:00", "2026-03-07"}, // the clocks went forward that morning
		{"2026-03-08T07:59:00-07:00", "2026-03-06"},
		{"2026-11-01T08:00:00-08:00", "2026-10-31"}, // and back
		{"2026-11-01T07:59:00-08:00", "2026-10-30"},
	} {
		if got := BusinessDay(at(c.now)); got.String() != c.want {
			t.Errorf("at %s: %s, want %s", c.now, got, c.want)
		}
	}
	for day := (Day{2026, 1, 1}); day.Year < 2029; day = day.AddDays(1) {
		due := ReportDue(day)
		if BusinessDay(due) != day || BusinessDay(due.Add(-1)) != day.AddDays(-1) || due.Location() != time.UTC {
			t.Fatalf("the report of %s is due %s, when that of %s is out", day, due, BusinessDay(due))
		}
	}
}

func TestDay(t *testing.T) {
	day, err := ParseDay("2026-11-23")
	if err != nil || day != (Day{2026, time.November, 23}) {
		t.Fatal(day, err)
	}
	if day.Long() != "Monday 23 November 2026" || day.Weekday() != time.Monday || day.String() != "2026-11-23" {
		t.Errorf("%s, %s, %s", day, day.Long(), day.Weekday())
	}
	if got := day.AddDays(-7).String(); got != "2026-11-16" {
		t.Errorf("a week before: %s", got)
	}
	if got := day.AddDays(40); got.String() != "2027-01-02" || got.Compare(day) <= 0 || day.Compare(got) >= 0 || day.Compare(day) != 0 {
		t.Errorf("40 days later: %s", got)
	}
	for _, bad := range []string{"", "2026-02-30", "23.11.2026", "2026-1-2", "2026-11-23T09:00"} {
		if _, err := ParseDay(bad); err == nil || !strings.Contains(err.Error(), "2026-11-23") {
			t.Errorf("%q: %v, want an error with an example", bad, err)
		}
	}
	text, err := json.Marshal(map[Day]Day{day: {}})
	if err != nil || string(text) != `{"2026-11-23":""}` {
		t.Errorf("as JSON: %s, %v", text, err)
	}
	var back map[Day]Day
	if err := json.Unmarshal(text, &back); err != nil || len(back) != 1 || back[day] != (Day{}) {
		t.Errorf("back from JSON: %v, %v", back, err)
	}
}
