package page

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
)

// Line is one thing that happened, on one line of the wire panel. What was
// sent stands behind wireDetail, since it can be large.
type Line struct {
	Source string        `json:"source"` // slack, apple, orchard (the other team at Apple) or log
	N      int           `json:"n"`      // counts within its source
	At     time.Time     `json:"at"`
	Kind   string        `json:"kind"`             // a Kind of slack.Entry, "apple" or "log"
	Name   string        `json:"name"`             // an envelope's type, a method, a verb and path
	What   string        `json:"what,omitempty"`   // in words
	User   string        `json:"user,omitempty"`   // who acted or saw it
	Team   string        `json:"team,omitempty"`   // at Apple, where there are several
	Status int           `json:"status,omitempty"` // Apple's
	Bad    string        `json:"bad,omitempty"`    // what went wrong
	Why    []string      `json:"why,omitempty"`    // what is wrong with what was sent, place by place
	Took   time.Duration `json:"took,omitempty"`
	Conn   int           `json:"conn,omitempty"`
	More   bool          `json:"more,omitempty"` // there is something to unfold
}

// cursor is how far somebody has read the journals and the log.
type cursor struct {
	slack, apple int
	log          int64
	orchard      int
}

func (c cursor) String() string {
	return fmt.Sprintf("%d.%d.%d.%d", c.slack, c.apple, c.log, c.orchard)
}

// parseCursor reads what String wrote; anything else is the beginning.
func parseCursor(s string) cursor {
	var c cursor
	parts := append(strings.Split(s, "."), "", "", "")
	c.slack, _ = strconv.Atoi(parts[0])
	c.apple, _ = strconv.Atoi(parts[1])
	c.log, _ = strconv.ParseInt(parts[2], 10, 64)
	c.orchard, _ = strconv.Atoi(parts[3])
	return cursor{max(0, c.slack), max(0, c.apple), max(0, c.log), max(0, c.orchard)}
}

// since is what happened after c, in the order of time, and how far that is.
func (p *Page) since(c cursor) ([]Line, cursor) {
	var lines []Line
	for _, e := range p.Slack.Journal(c.slack) {
		lines = append(lines, slackLine(e))
		c.slack = max(c.slack, e.Seq)
	}
	for _, call := range p.Apple.Calls(c.apple) {
		lines = append(lines, appleLine(call, appleSource, p.teamWord(p.Apple)))
		c.apple = max(c.apple, call.N)
	}
	if p.Orchard != nil {
		for _, call := range p.Orchard.Calls(c.orchard) {
			lines = append(lines, appleLine(call, orchardSource, p.teamWord(p.Orchard)))
			c.orchard = max(c.orchard, call.N)
		}
	}
	for _, r := range p.recordsAfter(c.log) {
		lines = append(lines, Line{Source: "log", N: int(r.N), At: r.At, Kind: "log", Name: r.Kind, What: joined(" · ", r.By, r.What), More: len(r.Detail) > 0})
		c.log = max(c.log, r.N)
	}
	slices.SortStableFunc(lines, func(a, b Line) int { return a.At.Compare(b.At) })
	return lines, c
}

func joined(between string, parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), between)
}

// The sources of calls at Apple, each with numbers of its own.
const (
	appleSource   = "apple"
	orchardSource = "orchard"
)

func appleLine(c apple.Call, source, team string) Line {
	l := Line{Source: source, Team: team, N: c.N, At: c.At, Kind: "apple", Name: c.Method + " " + c.Path, What: c.Note, Status: c.Status, More: c.Request != ""}
	switch {
	case c.Fault != "":
		l.Bad = "trouble: " + string(c.Fault)
	case c.Status == 0:
		l.Bad = "no answer"
	case c.Status >= 400:
		l.Bad = strconv.Itoa(c.Status)
	}
	return l
}

func slackLine(e slack.Entry) Line {
	return Line{
		Source: "slack", N: e.Seq, At: e.At, Kind: e.Kind, Name: e.Method, What: e.Text, User: e.User,
		Bad: e.Error, Why: e.Why, Took: e.Took, Conn: e.Conn, More: len(e.Raw) > 0,
	}
}

// shownAtFirst is how many lines a page that is just opened gets.
const shownAtFirst = 400

func (p *Page) wire(w http.ResponseWriter, _ *http.Request) {
	lines, c := p.since(cursor{})
	answer(w, http.StatusOK, struct {
		Run    string `json:"run"`
		Lines  []Line `json:"lines"`
		Cursor string `json:"cursor"`
	}{p.run, lines[max(0, len(lines)-shownAtFirst):], c.String()})
}

// wireDetail is what was sent, as far as the journals keep it.
func (p *Page) wireDetail(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || n < 1 {
		answer(w, http.StatusNotFound, refusal{"There is no such line."})
		return
	}
	switch r.PathValue("source") {
	case "slack":
		if all := p.Slack.Journal(n - 1); len(all) > 0 && all[0].Seq == n {
			answer(w, http.StatusOK, all[0])
			return
		}
	case "log":
		if all := p.recordsAfter(int64(n) - 1); len(all) > 0 && all[0].N == int64(n) {
			answer(w, http.StatusOK, all[0])
			return
		}
	case appleSource, orchardSource:
		team := p.Apple
		if r.PathValue("source") == orchardSource {
			team = p.Orchard
		}
		if team == nil {
			break
		}
		if all := team.Calls(n - 1); len(all) > 0 && all[0].N == n {
			answer(w, http.StatusOK, all[0])
			return
		}
	}
	answer(w, http.StatusNotFound, refusal{"The journal does not keep this line any more."})
}
