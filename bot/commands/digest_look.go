package commands

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/policy"
	"github.com/ascbot/ascbot/store"
)

// DigestList shows which digests there are.
type DigestList struct{}

// Parse takes no words.
func (*DigestList) Parse([]string) error { return nil }

// Answer lists them, with when each is due next.
func (*DigestList) Answer(_ context.Context, d bot.Desk) (bot.Message, error) {
	all, err := d.Digests()
	if err != nil {
		return bot.Message{}, err
	}
	var rows []bot.Row
	for _, g := range all {
		if len(d.Teams) > 1 && d.Team.Name != "" && g.Team != "" && g.Team != d.Team.Name {
			continue // asked “on” another team
		}
		line := bot.Markf("*%s*  in %s, %s, about the last %s", g.Name, bot.ChannelCalled(g.Channel), g.When.InWords(), orDay(g.Covers))
		if g.Team != "" {
			line += bot.Markf(", of team %s", g.Team)
		}
		if len(g.Apps) > 0 {
			line += bot.Markf(", for %d apps", len(g.Apps))
		}
		switch {
		case g.Paused:
			line += "  ·  *paused*"
		default:
			line += bot.Markf("  ·  next %s", bot.When(g.When.Next(d.Now()).At))
		}
		if g.Since.IsZero() {
			line += "  ·  from the configuration"
		}
		rows = append(rows, bot.Row{Text: line, Button: bot.Begin("Preview", "digest preview "+bot.Quote(g.Name))})
	}
	return bot.Listing("Sales digests", rows, "There is no sales digest yet. `/asc digest add` sets one up."), nil
}

func orDay(covers string) string {
	if covers == "" {
		return bot.CoversDay
	}
	return covers
}

// digestCalled finds a digest by its name. Asked “on” a team, one of every team is that
// team's part of it.
func digestCalled(d bot.Desk, name string) (bot.Digest, error) {
	all, err := d.Digests()
	if err != nil {
		return bot.Digest{}, err
	}
	var names []string
	for _, g := range all {
		if g.Name != name {
			names = append(names, g.Name)
			continue
		}
		if len(d.Teams) < 2 || d.Team.Name == "" || g.Team == d.Team.Name {
			return g, nil
		}
		if g.Team != "" {
			return g, bot.Trouble{What: "The digest “" + name + "” is of the team " + g.Team + ", and not of " + d.Team.Name + ".", Next: "Leave the team out; `/asc digest list` shows which digests there are."}
		}
		g.Team = d.Team.Name
		return g, nil
	}
	return bot.Digest{}, bot.Trouble{What: "There is no digest “" + name + "”." + bot.Nearest(name, names), Next: "`/asc digest list` shows which there are."}
}

// ofEveryTeam answers nobody who may not read the revenue of every team that a digest
// adds up: a team can have rules of its own.
func ofEveryTeam(d bot.Desk, words string, g bot.Digest, next string) error {
	verb := bot.Verb{Words: words, Class: policy.Money}
	for _, t := range d.Teams {
		if t.Vendor == "" || g.Team != "" && g.Team != t.Name {
			continue
		}
		if v := d.Policy.MayAsk(d.Who, verb.Subject(t)); !v.May {
			return d.Refuse(words, v, next)
		}
	}
	return nil
}

// DigestPreview shows a digest as it would be posted now, to whoever asks alone.
type DigestPreview struct{ name string }

// Parse takes the name.
func (p *DigestPreview) Parse(words []string) error {
	if p.name = strings.Join(words, " "); p.name == "" {
		return bot.Trouble{What: "Which digest?", Next: "`/asc digest list` shows which there are."}
	}
	return nil
}

// Answer draws it.
func (p *DigestPreview) Answer(ctx context.Context, d bot.Desk) (bot.Message, error) {
	g, err := digestCalled(d, p.name)
	if err != nil {
		return bot.Message{}, err
	}
	next := "`/asc digest list` shows which digests there are."
	if g.Team == "" {
		next = "Add “on” and the name of a team to see its part alone."
	}
	if err := ofEveryTeam(d, "digest preview", g, next); err != nil {
		return bot.Message{}, err
	}
	return d.Preview(ctx, g)
}

// DigestHistory shows when a digest was posted.
type DigestHistory struct{ name string }

// Parse takes the name.
func (h *DigestHistory) Parse(words []string) error {
	if h.name = strings.Join(words, " "); h.name == "" {
		return bot.Trouble{What: "Which digest?", Next: "`/asc digest list` shows which there are."}
	}
	return nil
}

// Answer lists the newest runs.
func (h *DigestHistory) Answer(_ context.Context, d bot.Desk) (bot.Message, error) {
	of, err := digestCalled(d, h.name)
	if err != nil {
		return bot.Message{}, err
	}
	runs, err := d.Store.Runs("digest/"+h.name, 30)
	if err != nil {
		return bot.Message{}, err
	}
	waits, err := d.Store.Waits(h.name)
	if err != nil {
		return bot.Message{}, err
	}
	var rows []bot.Markup
	for _, r := range runs {
		row := bot.Markf("%s %s: %s, %s", strings.Replace(r.Label, "T", " ", 1), of.When.Zone(), cmp.Or(r.Note, "done"), bot.When(r.At))
		if r.Then != "" {
			row += bot.Markf("  ·  %s, %s", r.Then, bot.When(r.ThenAt))
		}
		for _, w := range waits {
			if w.Label == r.Label {
				row += bot.Markf("  ·  *waits for %s*", strings.Join(w.Lacks, "; "))
			}
		}
		rows = append(rows, row)
	}
	return bot.Listing(bot.Markf("The newest runs of %s", h.name), rows, "It was never due yet."), nil
}

// DigestMute keeps an alarm quiet for a while. It changes nothing but what the bot
// says, so nobody else has to agree; it is written into the log.
type DigestMute struct{ name, cause string }

// Parse takes the name of the digest and the cause.
func (m *DigestMute) Parse(words []string) error {
	if len(words) < 2 {
		return bot.Trouble{What: "Mute which alarm?", Next: "Press the button below it, or write `/asc digest mute daily \"proceeds down\"`."}
	}
	m.name, m.cause = words[0], strings.Join(words[1:], " ")
	return nil
}

// Answer mutes it, for everybody and so for all of the digest, whichever team was named.
func (m *DigestMute) Answer(_ context.Context, d bot.Desk) (bot.Message, error) {
	if _, err := digestCalled(d, m.name); err != nil { // on another team there is no such digest
		return bot.Message{}, err
	}
	d.Team = bot.Team{}
	g, err := digestCalled(d, m.name)
	if err != nil {
		return bot.Message{}, err
	}
	if err := ofEveryTeam(d, "digest mute", g, "An alarm is quiet for all who read the digest; somebody who may see all of it has to mute it."); err != nil {
		return bot.Message{}, err
	}
	known, err := d.Store.Alarms(bot.AlarmPrefix(m.name))
	if err != nil {
		return bot.Message{}, err
	}
	cause := bot.AlarmPrefix(m.name) + m.cause
	if !slices.ContainsFunc(known, func(a store.Alarm) bool { return a.Cause == cause }) {
		return bot.Message{}, bot.Trouble{What: "There is no such alarm now: “" + m.cause + "”.", Next: "It is over, or was never raised."}
	}
	until := d.Now().Add(bot.MutedFor)
	if err := d.Store.Mute(cause, until); err != nil {
		return bot.Message{}, err
	}
	by := store.Person{Team: d.Who.Team, ID: d.Who.ID, Name: d.Name}
	// The log is read by people who may not know which way revenue went.
	if _, err := d.Store.Record(store.Leaf{Kind: "muted", At: d.Now(), By: &by, Operation: "digest mute", Note: fmt.Sprintf("%s: a change of %s", m.name, withoutWay(m.cause))}); err != nil {
		return bot.Message{}, err
	}
	return bot.Say("Muted until %s: %s", bot.When(until), m.cause), nil
}

// withoutWay is the cause of an alarm without its direction: "proceeds HALO".
func withoutWay(cause string) string {
	return strings.Join(slices.DeleteFunc(strings.Fields(cause), func(w string) bool { return w == "up" || w == "down" }), " ")
}

// digests lists the commands about digests.
func digests() []bot.Verb {
	turn := func(to string) func() bot.Operation { return func() bot.Operation { return &DigestTurn{To: to} } }
	return []bot.Verb{
		{
			Words: "digest add", Args: "[name]", Teamless: true, Class: policy.Admin, Effect: bot.Absolute, Risk: bot.Severe,
			Label: "Set up a digest", About: "post sales into a channel every day, week or month",
			More:     "A form asks for channel, time, apps, currency and alarms. With the name of one that exists, that one is changed. Somebody else has to agree.",
			Examples: []string{"digest add", "digest add weekly"},
			Change:   func() bot.Operation { return &DigestAdd{} },
		},
		{Words: "digest list", Teamless: true, Class: policy.Read, Label: "Digests", About: "which sales digests there are", Query: func() bot.Query { return &DigestList{} }},
		{
			Words: "digest preview", Args: "<name>", Teamless: true, Class: policy.Money, Label: "Preview a digest", About: "a digest as it would be posted now, for you alone",
			Examples: []string{"digest preview daily"}, Query: func() bot.Query { return &DigestPreview{} },
		},
		{
			Words: "digest history", Args: "<name>", Teamless: true, Class: policy.Read, Label: "History of a digest", About: "when a digest was posted",
			Examples: []string{"digest history daily"}, Query: func() bot.Query { return &DigestHistory{} },
		},
		{
			Words: "digest pause", Args: "<name>", Teamless: true, Class: policy.Admin, Effect: bot.Absolute, Risk: bot.Small, Label: "Pause a digest", About: "stop posting a digest for a while",
			Examples: []string{"digest pause daily"}, Change: turn("pause"),
		},
		{
			Words: "digest resume", Args: "<name>", Teamless: true, Class: policy.Admin, Effect: bot.Absolute, Risk: bot.Seen, Label: "Go on with a digest", About: "post a paused digest again",
			Examples: []string{"digest resume daily"}, Change: turn("resume"),
		},
		{
			Words: "digest remove", Args: "<name>", Teamless: true, Class: policy.Admin, Effect: bot.Absolute, Risk: bot.Small, Label: "Remove a digest", About: "never post a digest again",
			Examples: []string{"digest remove daily"}, Change: turn("remove"),
		},
		{
			Words: "digest mute", Args: "<name> <cause>", Teamless: true, Class: policy.Money, Label: "Mute an alarm", About: "not be told of a change for 30 days",
			Examples: []string{`digest mute daily "proceeds down"`}, Query: func() bot.Query { return &DigestMute{} },
		},
	}
}
