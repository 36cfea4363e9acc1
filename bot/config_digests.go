package bot

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/govalues/decimal"

	"github.com/ascbot/ascbot/bot/schedule"
	"github.com/ascbot/ascbot/store"
)

// Digest is a sales digest that a channel gets on a schedule.
type Digest struct {
	Name     string // unique; its history is kept under it
	Channel  string // channel id, or "#" and a name
	When     schedule.Schedule
	Covers   string   // CoversDay (or blank), CoversWeek, CoversMonth
	Team     string   // App Store Connect team; blank: every team that has a vendor number
	Apps     []string // names or SKUs of apps; none means all
	Currency string   // that totals are shown in; blank: as configured
	Sections []string // of Sections; none means all
	Alert    Alert
	Since    time.Time // when it was agreed to; zero for one of the configuration
	Paused   bool
}

// What a digest covers: the newest day whose report is out, the last week from
// Monday to Sunday, or the last month, before the day on which it is posted.
const (
	CoversDay   = "day"
	CoversWeek  = "week"
	CoversMonth = "month"
)

// Covered are the words for what a digest covers.
var Covered = []string{CoversDay, CoversWeek, CoversMonth}

// Sections are the parts of a digest that can be left out.
var Sections = []string{"downloads", "purchases", "movers", "reviews", "chart", "details"}

// Alert says which changes raise an alarm: by at least so many percent, and at least
// so much, against the same weekday of the week before and against the mean of 28
// days, both. Zero percent means none does.
type Alert struct {
	Percent int
	Floor   decimal.Decimal
}

// has tells whether a part is in the digest.
func (d Digest) has(section string) bool {
	return len(d.Sections) == 0 || slices.Contains(d.Sections, section)
}

// DigestOf reads a digest as it was agreed to in Slack.
func DigestOf(kept store.Digest) (Digest, error) {
	d := Digest{
		Name: kept.Name, Channel: kept.Channel, Covers: kept.Covers, Team: kept.Team, Apps: kept.Apps, Currency: kept.Currency,
		Sections: kept.Sections, Alert: Alert{Percent: kept.Percent}, Since: kept.Since, Paused: kept.Paused,
	}
	var err error
	if kept.Floor != "" {
		if d.Alert.Floor, err = decimal.Parse(kept.Floor); err != nil {
			return d, err
		}
	}
	d.When, err = schedule.Parse(kept.When, kept.Zone)
	return d, err
}

// kept is a digest as the store keeps one.
func (d Digest) kept() store.Digest {
	k := store.Digest{
		Name: d.Name, Channel: d.Channel, Team: d.Team, Apps: d.Apps, When: d.When.Expression(), Zone: d.When.Zone(), Covers: d.Covers,
		Currency: d.Currency, Sections: d.Sections, Percent: d.Alert.Percent, Since: d.Since, Paused: d.Paused,
	}
	if !d.Alert.Floor.IsZero() {
		k.Floor = d.Alert.Floor.String()
	}
	return k
}

// digests reads what is posted where and when.
func (r *reader) digests(c *Config, n ast.Node) {
	seen := map[string]bool{}
	for _, v := range r.list(n) {
		f := r.fields(v, "name", "channel", "cron", "zone", "covers", "team", "apps", "currency", "sections", "alert")
		if f == nil {
			continue
		}
		text := map[string]string{}
		for _, key := range []string{"name", "channel", "cron", "zone"} {
			s, ok := f[key]
			if !ok {
				r.complain(v, "this digest has no %s", key)
				continue
			}
			text[key], _ = r.text(s.value)
		}
		d := Digest{Name: text["name"]}
		if s, ok := f["name"]; ok {
			r.called(s.value, d.Name)
			if seen[d.Name] {
				r.complain(s.value, "two digests are called %q", d.Name)
			}
			seen[d.Name] = true
		}
		if s, ok := f["channel"]; ok {
			d.Channel = r.channel(s.value)
			r.spoken[len(r.spoken)-1].money = true
		}
		zone, zoned := f["zone"]
		if s, ok := f["cron"]; ok && zoned && r.zone(zone.value) != nil {
			var err error
			if d.When, err = schedule.Parse(text["cron"], text["zone"]); err != nil {
				r.complain(s.value, "%v", err)
			}
		}
		r.digestSays(&d, f)
		c.Digests = append(c.Digests, d)
	}
}

// digestSays reads what a digest covers and shows.
func (r *reader) digestSays(d *Digest, f map[string]setting) {
	if s, ok := f["covers"]; ok {
		d.Covers = r.oneOf(s.value, Covered)
	}
	if s, ok := f["team"]; ok {
		if d.Team, _ = r.text(s.value); len(r.known.Teams) > 0 && !slices.Contains(r.known.Teams, d.Team) {
			r.complain(s.value, "there is no App Store Connect team %q; there is %s.%s", d.Team, strings.Join(r.known.Teams, ", "), Nearest(d.Team, r.known.Teams))
		}
	}
	if s, ok := f["apps"]; ok {
		r.texts(s.value, func(_ ast.Node, app string) { d.Apps = append(d.Apps, app) })
	}
	if s, ok := f["currency"]; ok {
		d.Currency = r.currency(s.value)
	}
	if s, ok := f["sections"]; ok {
		for _, v := range r.list(s.value) {
			d.Sections = append(d.Sections, r.oneOf(v, Sections))
		}
	}
	if s, ok := f["alert"]; ok {
		r.alert(&d.Alert, s.value)
	}
}

func (r *reader) alert(a *Alert, n ast.Node) {
	f := r.fields(n, "percent", "floor")
	for _, key := range []string{"percent", "floor"} {
		if _, ok := f[key]; !ok && f != nil {
			r.complain(n, "an alert needs percent and floor: how large a change has to be, both ways; this has no %s", key)
		}
	}
	if s, ok := f["percent"]; ok {
		text, _ := r.text(s.value)
		var err error
		if a.Percent, err = strconv.Atoi(text); err != nil || a.Percent < 1 || a.Percent > 1000 {
			r.complain(s.value, "%q is not a number of percent from 1 to 1000", text)
		}
	}
	if s, ok := f["floor"]; ok {
		text, _ := r.text(s.value)
		var err error
		if a.Floor, err = decimal.Parse(text); err != nil || a.Floor.IsNeg() {
			r.complain(s.value, "%q is not a number of units or of money, such as 50", text)
		}
	}
}

// oneOf reads one of a few words.
func (r *reader) oneOf(n ast.Node, words []string) string {
	s, ok := r.text(n)
	if ok && !slices.Contains(words, s) {
		r.complain(n, "%q is none of %s.%s", s, strings.Join(words, ", "), Nearest(s, words))
	}
	return s
}
