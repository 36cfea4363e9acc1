package bot

import (
	"github.com/goccy/go-yaml/ast"

	"github.com/ascbot/ascbot/bot/schedule"
)

// Digest is a sales digest that a channel gets on a schedule.
type Digest struct {
	Name    string // unique; its history is kept under it
	Channel string // channel id, or "#" and a name
	When    schedule.Schedule
	Apps    []string // names or SKUs of apps; none means all
}

// digests reads what is posted where and when.
func (r *reader) digests(c *Config, n ast.Node) {
	seen := map[string]bool{}
	for _, v := range r.list(n) {
		f := r.fields(v, "name", "channel", "cron", "zone", "apps")
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
		}
		zone, zoned := f["zone"]
		if s, ok := f["cron"]; ok && zoned && r.zone(zone.value) != nil {
			var err error
			if d.When, err = schedule.Parse(text["cron"], text["zone"]); err != nil {
				r.complain(s.value, "%v", err)
			}
		}
		if s, ok := f["apps"]; ok {
			r.texts(s.value, func(_ ast.Node, app string) { d.Apps = append(d.Apps, app) })
		}
		c.Digests = append(c.Digests, d)
	}
}
