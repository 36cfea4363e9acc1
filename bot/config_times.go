package bot

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/ascbot/ascbot/bot/policy"
)

// freezes reads the times in which nothing may change.
func (r *reader) freezes(c *Config, n ast.Node) {
	seen := map[string]bool{}
	for _, v := range r.list(n) {
		f := r.fields(v, "name", "from", "to", "weekdays", "hours", "zone", "what", "teams", "apps", "except")
		if f == nil {
			continue
		}
		var out policy.Freeze
		name, ok := f["name"]
		if ok {
			out.Name, _ = r.text(name.value)
			r.called(name.value, out.Name)
			if seen[out.Name] {
				r.complain(name.value, "two freezes are called %q", out.Name)
			}
			seen[out.Name] = true
		} else {
			r.complain(v, "a freeze needs a name, which people are told")
		}
		r.frozenWhen(v, f, &out)
		r.frozenWhat(c, f, &out)
		c.Policy.Freezes = append(c.Policy.Freezes, out)
	}
}

// frozenWhen reads from when until when: once between two moments, again and again
// in a part of the week, or both.
func (r *reader) frozenWhen(at ast.Node, f map[string]setting, out *policy.Freeze) {
	before := len(r.wrong)
	out.Week = r.week(at, f)
	from, begins := f["from"]
	to, ends := f["to"]
	switch {
	case begins != ends:
		r.complain(at, "a freeze has both “from” and “to”, or neither")
	case begins:
		out.From, out.To = r.moment(from.value, out.Week.Zone), r.moment(to.value, out.Week.Zone)
		if !out.From.IsZero() && !out.To.IsZero() && !out.From.Before(out.To) {
			r.complain(to.value, "this is not after %q", scalar(from.value))
		}
	case out.Week.Always() && len(r.wrong) == before:
		r.complain(at, "this freeze would never end; give it from and to, weekdays, or hours")
	}
}

// frozenWhat reads what a freeze is for, and who may still.
func (r *reader) frozenWhat(c *Config, f map[string]setting, out *policy.Freeze) {
	if s, ok := f["what"]; ok {
		r.texts(s.value, func(at ast.Node, what string) {
			_, command := r.known.class(what)
			switch {
			case slices.Contains(policy.Classes, policy.Class(what)):
				out.Classes = append(out.Classes, policy.Class(what))
			case command:
				out.Operations = append(out.Operations, what)
			default:
				r.complain(at, "there is no class or command %q.%s", what, Nearest(what, r.known.words()))
			}
		})
	}
	if s, ok := f["teams"]; ok {
		r.texts(s.value, func(at ast.Node, team string) {
			if !slices.Contains(r.known.Teams, team) {
				r.complain(at, "there is no App Store Connect team %q; there is %s.%s", team, strings.Join(r.known.Teams, ", "), Nearest(team, r.known.Teams))
			}
			out.Teams = append(out.Teams, team)
		})
	}
	if s, ok := f["apps"]; ok {
		r.texts(s.value, func(at ast.Node, app string) {
			r.app(at, app)
			out.Apps = append(out.Apps, app)
		})
	}
	if s, ok := f["except"]; ok {
		out.Except = r.groupNames(c, s.value)
	}
}

// businessHours reads when people are reminded.
func (r *reader) businessHours(c *Config, n ast.Node) {
	if f := r.fields(n, "weekdays", "hours", "zone"); f != nil {
		c.Policy.Hours = r.week(n, f)
	}
}

// week reads a part of the week in a zone.
func (r *reader) week(at ast.Node, f map[string]setting) policy.Window {
	w := policy.AnyTime()
	if s, ok := f["weekdays"]; ok {
		r.texts(s.value, func(at ast.Node, text string) {
			days, ok := weekdays(text)
			if !ok {
				r.complain(at, "%q is neither a day of the week (mon) nor a range of them (mon-fri)", text)
			}
			w.Days = append(w.Days, days...)
		})
	}
	if s, ok := f["hours"]; ok {
		text, _ := r.text(s.value)
		if w.Start, w.End, ok = hours(text); !ok {
			r.complain(s.value, "%q are not hours; write for example \"9:00-17:30\"", text)
		}
	}
	if zone, ok := f["zone"]; ok {
		w.Zone = r.zone(zone.value)
	} else {
		r.complain(at, "a zone is needed, such as Europe/Berlin")
	}
	return w
}

// zone reads a time zone, or is nil.
func (r *reader) zone(n ast.Node) *time.Location {
	name, ok := r.text(n)
	if !ok {
		return nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil || name == "" || strings.EqualFold(name, "local") {
		r.complain(n, "%q is not a time zone; write for example Europe/Berlin or America/Los_Angeles", name)
		return nil
	}
	return loc
}

var dayNames = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// weekdays reads "mon", or "fri-mon" for the days from one to another.
func weekdays(text string) (days []time.Weekday, ok bool) {
	first, last, ranged := strings.Cut(text, "-")
	from, to := slices.Index(dayNames, first), slices.Index(dayNames, last)
	switch {
	case from < 0, ranged && to < 0:
		return nil, false
	case !ranged:
		to = from
	}
	for d := from; ; d = (d + 1) % 7 {
		days = append(days, time.Weekday(d))
		if d == to {
			return days, true
		}
	}
}

var hoursShape = regexp.MustCompile(`^(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})$`)

// hours reads "9:00-17:30" as minutes after midnight. 24:00 is the end of a day, and
// 22:00-6:00 goes over midnight.
func hours(text string) (start, end int, ok bool) {
	var h1, m1, h2, m2 int
	if !hoursShape.MatchString(text) {
		return 0, 24 * 60, false
	}
	if _, err := fmt.Sscanf(text, "%d:%d-%d:%d", &h1, &m1, &h2, &m2); err != nil {
		return 0, 24 * 60, false
	}
	start, end = h1*60+m1, h2*60+m2
	if m1 > 59 || m2 > 59 || start >= 24*60 || end > 24*60 || start == end || end == 0 {
		return 0, 24 * 60, false
	}
	return start, end, true
}

// moment reads a day, or a day with a time, in a zone.
func (r *reader) moment(n ast.Node, zone *time.Location) time.Time {
	text, ok := r.text(n)
	if !ok || zone == nil {
		return time.Time{} // the zone is complained about
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return t
		}
	}
	r.complain(n, "%q is not a day (2026-12-24) or a moment (2026-12-24 18:00)", text)
	return time.Time{}
}
