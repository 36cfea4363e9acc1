package policy

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Lines say what a policy is, one thing a line and always in the same order, so
// that two policies can be compared by a reader.
func (p Policy) Lines() (lines []string) {
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	for _, h := range p.People {
		add("%s is %s", h.Name, h.line())
	}
	for _, g := range slices.Sorted(maps.Keys(p.Groups)) {
		add("group %s: %s", g, strings.Join(p.Groups[g], ", "))
	}
	if len(p.Deny) > 0 {
		add("nobody of %s may use the bot", anyOf(p.Deny))
	}
	lines = append(lines, p.Rules.lines("")...)
	for _, name := range slices.Sorted(maps.Keys(p.Teams)) {
		lines = append(lines, p.Teams[name].lines("team "+name+", ")...)
	}
	for _, name := range slices.Sorted(maps.Keys(p.Apps)) {
		lines = append(lines, p.Apps[name].lines("app "+name+", ")...)
	}
	for _, f := range p.Freezes {
		lines = append(lines, f.line())
	}
	if !p.Hours.Always() {
		add("reminders %s", p.Hours)
	}
	if len(p.Quiet) > 0 {
		add("not reminded: %s", strings.Join(p.Quiet, ", "))
	}
	add("at most %d commands of one person in a minute, %d open requests of one person, %d of all", p.Limits.Commands, p.Limits.Open, p.Limits.Workspace)
	return lines
}

// line says which accounts somebody has, and tells their addresses from others
// without naming them: these lines are kept where nothing can be taken out.
func (h Human) line() string {
	said := slices.Clone(h.Accounts)
	for _, mail := range h.Mails {
		said = append(said, fmt.Sprintf("an address (%.6x)", sha256.Sum256([]byte(Mailbox(mail)))))
	}
	return strings.Join(said, ", ")
}

func (r Rules) lines(scope string) (lines []string) {
	for _, c := range Classes {
		if rule, ok := r.Classes[c]; ok {
			lines = append(lines, scope+string(c)+": "+rule.line())
		}
	}
	for _, o := range slices.Sorted(maps.Keys(r.Operations)) {
		lines = append(lines, scope+"“"+o+"”: "+r.Operations[o].line())
	}
	return lines
}

// line says everything that a rule says.
func (r Rule) line() string {
	said := []string{"asked by " + anyOf(r.Ask)}
	if len(r.Deny) > 0 {
		said = append(said, "denied to "+anyOf(r.Deny))
	}
	if len(r.Agree) == 0 {
		return strings.Join(said, "; ")
	}
	said = append(said, r.inWords())
	if r.Reason {
		said = append(said, "with a reason")
	}
	if r.Ticket != "" {
		said = append(said, "with a ticket like "+r.Ticket)
	}
	said = append(said, "waits "+Span(r.Wait), "runs within "+Span(r.Run))
	if r.Veto > 0 {
		said = append(said, "can be stopped for "+Span(r.Veto)+" before it runs")
	}
	if r.Remind > 0 {
		said = append(said, "reminds after "+Span(r.Remind))
	}
	if len(r.EscalateTo) > 0 {
		said = append(said, anyOf(r.EscalateTo)+" asked after "+Span(r.Escalate))
	}
	return strings.Join(said, "; ")
}

func (f Freeze) line() string {
	said := []string{"freeze " + f.Name}
	if !f.From.IsZero() {
		said = append(said, "from "+moment(f.From)+" to "+moment(f.To))
	}
	if !f.Week.Always() {
		said = append(said, f.Week.String())
	}
	what := slices.Clone(f.Operations)
	for _, c := range f.Classes {
		what = append(what, string(c))
	}
	for _, part := range []struct {
		word string
		of   []string
	}{{"of ", what}, {"for teams ", f.Teams}, {"for apps ", f.Apps}, {"except for ", f.Except}} {
		if len(part.of) > 0 {
			said = append(said, part.word+strings.Join(part.of, ", "))
		}
	}
	return strings.Join(said, "; ")
}

// String says when a window is open: "mon tue 09:00-17:30 Europe/Berlin".
func (w Window) String() string {
	var said []string
	for _, d := range w.Days {
		said = append(said, strings.ToLower(d.String()[:3]))
	}
	said = append(said, fmt.Sprintf("%02d:%02d-%02d:%02d", w.Start/60, w.Start%60, w.End/60, w.End%60), w.zone().String())
	return strings.Join(said, " ")
}

// Span writes a time without what is 0: "1h30m", "24h".
func Span(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// Diff compares two lists of lines: what is gone begins with a minus, what is new
// with a plus, in the order in which it stands. Lines of both are left out.
func Diff(was, is []string) (diff []string) {
	for _, l := range was {
		if !slices.Contains(is, l) {
			diff = append(diff, "- "+l)
		}
	}
	for _, l := range is {
		if !slices.Contains(was, l) {
			diff = append(diff, "+ "+l)
		}
	}
	return diff
}
