package apple

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"slices"
	"time"
)

func init() {
	specials["GET /v1/apps/{id}/metrics/betaTesterUsages"] = (*call).testerUsages
	specials["GET /v1/betaGroups/{id}/metrics/betaTesterUsages"] = (*call).testerUsages
	specials["GET /v1/betaTesters/{id}/metrics/betaTesterUsages"] = (*call).oneTestersUsage
	specials["GET /v1/betaGroups/{id}/metrics/publicLinkUsages"] = (*call).linkUsage
	specials["GET /v1/builds/{id}/metrics/betaBuildUsages"] = (*call).buildUsage
}

// periods are the lengths of time that usage is counted for, in days. The usual
// one is not confirmed.
var periods = map[string]int{"P7D": 7, "P30D": 30, "P90D": 90, "P365D": 365}

// metric is one line of a usage.
type metric struct {
	Points     []point              `json:"dataPoints"`
	Dimensions map[string]dimension `json:"dimensions,omitempty"`
}

type point struct {
	Start  string         `json:"start"`
	End    string         `json:"end"`
	Values map[string]any `json:"values"`
}

type dimension struct {
	Data  string            `json:"data"`
	Links map[string]string `json:"links"`
}

// counted is a metric over the asked period.
func (c *call) counted(values map[string]any) metric {
	return metric{Points: []point{{stamp(c.now.Add(-time.Duration(c.days()) * aDay)), stamp(c.now), values}}}
}

func (c *call) days() int {
	return periods[cmp.Or(c.rd.q.given.Get("period"), "P7D")]
}

// used is what somebody did with a beta in a number of days: always the same
// for the same person and number. Some have not opened it for a while.
func used(id, state string, days int) map[string]any {
	n, idle := 0.0, 0.0
	if state == "INSTALLED" {
		n = roll(0, time.Time{}, "usage", id) * 2
		idle = max(0, roll(0, time.Time{}, "idle", id)-0.6) * 900
	}
	sessions := int(math.Round(n * max(0, float64(days)-idle)))
	return map[string]any{"sessionCount": sessions, "crashCount": sessions / 40, "feedbackCount": sessions / 90}
}

// add puts counts together.
func add(into, more map[string]any) {
	for name, v := range more {
		n, _ := into[name].(int)
		into[name] = n + v.(int)
	}
}

// owner is the resource whose usage is asked for.
func (c *call) owner() (*record, *refusal) {
	r := c.view().get(c.typ, c.id)
	if r == nil {
		return nil, notFound(c.typ, c.id)
	}
	return r, nil
}

// testerUsages counts the testers of an app or a group: all together, or each
// on a line.
func (c *call) testerUsages(*http.Request) reply {
	r, wrong := c.owner()
	if wrong != nil {
		return refused(wrong)
	}
	chosen, some := c.rd.q.filters["betaTesters"]
	testers := slices.DeleteFunc(slices.Clone(r.rels["betaTesters"]), func(id string) bool { return some && !slices.Contains(chosen, id) })
	of := func(id string) map[string]any { return used(id, c.rd.w.get("betaTesters", id).text("state"), c.days()) }
	if c.rd.q.given.Get("groupBy") == "" {
		total := map[string]any{"sessionCount": 0, "crashCount": 0, "feedbackCount": 0}
		for _, id := range testers {
			add(total, of(id))
		}
		return c.metrics([]metric{c.counted(total)})
	}
	part, next := page(c.rd.q, testers)
	lines := []metric{}
	for _, id := range part {
		m := c.counted(of(id))
		m.Dimensions = map[string]dimension{"betaTesters": {id, c.dimensionLinks("betaTesters", id)}}
		lines = append(lines, m)
	}
	return answered(http.StatusOK, c.rd.paged(lines, len(testers), next, nil), fmt.Sprintf("%d lines", len(testers)))
}

func (c *call) dimensionLinks(typ, id string) map[string]string {
	return map[string]string{
		"groupBy": c.rd.base + c.rd.self.Path + "?groupBy=" + typ,
		"related": c.rd.base + "/v1/" + typ + "/" + id,
	}
}

func (c *call) oneTestersUsage(*http.Request) reply {
	t, wrong := c.owner()
	if wrong != nil {
		return refused(wrong)
	}
	var lines []metric
	for _, app := range t.rels["apps"] {
		if slices.Contains(c.rd.q.filters["apps"], app) {
			m := c.counted(used(t.id, t.text("state"), c.days()))
			m.Dimensions = map[string]dimension{"apps": {app, c.dimensionLinks("apps", app)}}
			lines = append(lines, m)
		}
	}
	return c.metrics(lines)
}

// linkUsage is what came of a public link. A group without one has nothing to
// count.
func (c *call) linkUsage(*http.Request) reply {
	g, wrong := c.owner()
	if wrong != nil {
		return refused(wrong)
	}
	var lines []metric
	if g.text("publicLink") != "" {
		joined := 0
		for _, id := range g.rels["betaTesters"] {
			if c.rd.w.get("betaTesters", id).text("inviteType") == "PUBLIC_LINK" {
				joined++
			}
		}
		seen := joined*6 + int(roll(0, time.Time{}, "views", g.id)*40)
		lines = append(lines, c.counted(map[string]any{
			"viewCount": seen, "acceptedCount": joined, "didNotAcceptCount": (seen - joined) / 3, "didNotMeetCriteriaCount": seen / 20,
			"notRelevantRatio": 0.25, "notClearRatio": 0.125, "notInterestingRatio": 0.5,
		}))
	}
	return c.metrics(lines)
}

// buildUsage counts who installed a build and what they did with it.
func (c *call) buildUsage(*http.Request) reply {
	b, wrong := c.owner()
	if wrong != nil {
		return refused(wrong)
	}
	total := map[string]any{"sessionCount": 0, "crashCount": 0, "feedbackCount": 0}
	invited, installed := 0, 0
	for t := range c.rd.w.each("betaTesters") {
		if !slices.ContainsFunc(t.rels["betaGroups"], func(g string) bool { return c.rd.w.get("betaGroups", g).has("builds", b.id) }) && !t.has("builds", b.id) {
			continue
		}
		invited++
		if t.text("state") == "INSTALLED" {
			installed++
		}
		add(total, used(t.id, t.text("state"), c.days()))
	}
	total["inviteCount"], total["installCount"] = invited, installed
	return c.metrics([]metric{c.counted(total)})
}

func (c *call) metrics(lines []metric) reply {
	part, next := page(c.rd.q, lines)
	if part == nil {
		part = []metric{}
	}
	return answered(http.StatusOK, c.rd.paged(part, len(lines), next, nil), fmt.Sprintf("%d lines", len(lines)))
}
