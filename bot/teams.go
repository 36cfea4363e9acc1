package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/bot/policy"
)

// OverTeams is an operation of a Teamless verb that can be about one App Store Connect
// team, or about all of them when none is named.
type OverTeams interface {
	Operation
	// Over gives it the teams there are, before any other of its methods is called.
	Over(teams []Team)
	// On says which was named, with “on” or in the form: blank when none was.
	On(team string)
	// Stands says which it is about until one is named: that of what is to be changed.
	Stands() string
}

// OfTeam is an operation of a Teamless verb that knows, once Find has run, under the
// rules of which team it falls: that of an earlier request, for example. Blank means
// that it is about no team in particular.
type OfTeam interface {
	Operation
	Team() string
}

// OfAllTeams is an operation of a Teamless verb that can be about what every App Store
// Connect team has, their revenue for example. Then the rules of each of them have to be
// met. It is asked once Find has run, where no team was named.
type OfAllTeams interface {
	Operation
	AllTeams() bool
}

// several says whether there is a choice of App Store Connect teams at all. Where there
// is none, nothing speaks of teams.
func (b *Bot) several() bool { return len(b.Teams) > 1 }

// teamFor finds the App Store Connect team that words are about: the one that is named,
// else the one of the channel, else the only one on which somebody may do this. It
// answers false when several could be meant. A command that is about no team in
// particular has none unless one is named.
func (b *Bot) teamFor(ctx context.Context, conf *Config, who policy.Person, verb Verb, said []string, channel string) (rest []string, team Team, clear bool, err error) {
	rest, team, clear = b.teamSaid(said)
	switch {
	case clear:
		return rest, team, true, nil
	case !b.several():
		team, err = b.team("")
		return said, team, true, err
	case verb.Teamless:
		return said, Team{}, true, nil
	}
	if team, clear, err = b.teamIn(ctx, conf, channel); clear || err != nil {
		return said, team, clear, err
	}
	may := slices.DeleteFunc(slices.Clone(b.Teams), func(t Team) bool { return !conf.Policy.MayAsk(who, verb.Subject(t)).May })
	switch len(may) {
	case 0: // the rules of any of them say why
		return said, b.Teams[0], true, nil
	case 1:
		return said, may[0], true, nil
	}
	return said, Team{}, false, nil
}

// teamSaid takes “on <team>” out of words. Other words after “on” are left to the
// command.
func (b *Bot) teamSaid(said []string) (rest []string, team Team, named bool) {
	for i, w := range said {
		if !strings.EqualFold(w, "on") {
			continue
		}
		for end := len(said); end > i+1; end-- {
			if t, ok := b.teamCalled(strings.Join(said[i+1:end], " ")); ok {
				return slices.Concat(said[:i], said[end:]), t, true
			}
		}
		if t, ok := b.teamOfWords(said[i+1:]); ok {
			return said[:i], t, true
		}
	}
	return said, Team{}, false
}

// teamOfWords finds the one team in whose name all of some words stand: at the end of a
// command, “on meadow” is Meadow Labs.
func (b *Bot) teamOfWords(said []string) (found Team, ok bool) {
	if len(said) == 0 {
		return found, false
	}
	for _, t := range b.Teams {
		name := strings.Fields(t.Name)
		missing := func(w string) bool { return !slices.ContainsFunc(name, func(n string) bool { return Alike(n, w) }) }
		if slices.ContainsFunc(said, missing) {
			continue
		}
		if ok {
			return Team{}, false
		}
		found, ok = t, true
	}
	return found, ok
}

// teamIn is the team that the configuration says is meant in a channel.
func (b *Bot) teamIn(ctx context.Context, conf *Config, channel string) (team Team, ok bool, err error) {
	if len(conf.TeamIn) == 0 || channel == "" || channel[0] == 'D' {
		return team, false, nil
	}
	name, ok := conf.TeamIn[channel]
	if !ok {
		mine, err := b.channels(ctx)
		if err != nil {
			return team, false, fmt.Errorf("looking for the team of this channel: %w", err)
		}
		for _, c := range mine {
			if c.ID == channel {
				name, ok = conf.TeamIn["#"+c.Name]
			}
		}
	}
	if !ok {
		return team, false, nil
	}
	team, err = b.team(name)
	return team, err == nil, err
}

// whichTeam asks, and does not guess: a button for each team does what was said.
func (b *Bot) whichTeam(said []string) error {
	t := Trouble{What: "There are several App Store Connect teams here.", Next: "Say which, with “on” and its name at the end."}
	for _, team := range b.Teams {
		t.Offers = append(t.Offers, Offer{Label: "On " + team.Name, Words: quoted(said) + " on " + Quote(team.Name)})
	}
	return t
}

// teamCalled finds a team by its name, as somebody may have typed it.
func (b *Bot) teamCalled(name string) (Team, bool) {
	i := slices.IndexFunc(b.Teams, func(t Team) bool { return name != "" && Alike(t.Name, name) })
	if i < 0 {
		return Team{}, false
	}
	return b.Teams[i], true
}

// mayAsk says whether somebody may use a command on some team, before one is chosen.
func (b *Bot) mayAsk(who policy.Person, verb Verb) (v policy.Verdict) {
	teams := b.Teams
	if verb.Teamless && b.several() || len(teams) == 0 {
		teams = []Team{{}}
	}
	for _, t := range teams {
		if v = b.conf().Policy.MayAsk(who, verb.Subject(t)); v.May {
			break
		}
	}
	return v
}

// on adds to a command for which team it is, when there are several, it matters, and
// the command does not say so already.
func (b *Bot) on(words string, team Team) string {
	verb, rest, ok := b.match(Words(words))
	if !b.several() || team.Name == "" || !ok || verb.Teamless {
		return words
	}
	if _, _, named := b.teamSaid(rest); named {
		return words
	}
	return words + " on " + Quote(team.Name)
}

// onIn adds the team to every command that a text shows to type.
func (b *Bot) onIn(text string, team Team) string {
	if !b.several() || team.Name == "" {
		return text
	}
	return command.ReplaceAllStringFunc(text, func(span string) string {
		words, ours := strings.CutPrefix(strings.Trim(span, "`"), "/asc ")
		if !ours {
			return span
		}
		return "`/asc " + b.on(words, team) + "`"
	})
}

// forTeam is a trouble met on one team: what it offers is about the same team.
func (b *Bot) forTeam(err error, team Team) error {
	if err == nil || !b.several() || team.Name == "" {
		return err
	}
	if later(err) { // it is tried again, and told apart by what it is
		return err
	}
	t := words(err)
	t.What, t.Next, t.Offers = b.onIn(t.What, team), b.onIn(t.Next, team), b.offersOn(t.Offers, team)
	return t
}

// offerTeams adds to the trouble that something is not there on which team that was, and
// offers the others.
func (b *Bot) offerTeams(err error, said []string, team Team) error {
	t, ok := errors.AsType[Trouble](err)
	if !ok || !t.Absent || !b.several() || team.Name == "" {
		return err
	}
	t.Next = strings.TrimSpace(t.Next + " That is about " + team.Name + "; another team is meant with “on” and its name at the end.")
	for _, other := range b.Teams {
		if other.Name != team.Name {
			t.Offers = append(t.Offers, Offer{Label: "On " + other.Name, Words: quoted(said) + " on " + Quote(other.Name)})
		}
	}
	return t
}

func (b *Bot) offersOn(list []Offer, team Team) (all []Offer) {
	for _, o := range list {
		all = append(all, Offer{o.Label, b.on(o.Words, team)})
	}
	return all
}

// ofTeam makes an answer one about its team: it says which, and what its buttons begin
// and its texts show to type is about the same.
func (b *Bot) ofTeam(m Message, team Team) Message {
	if !b.several() || team.Name == "" {
		return m
	}
	on := func(words string) string { return b.on(words, team) }
	m.Text = retyped(m.Text, on)
	blocks := make([]slack.Block, len(m.Blocks))
	for i, block := range m.Blocks {
		blocks[i] = b.blockOn(block, team)
	}
	m.Blocks = blocks
	which := Markf("App Store Connect team: *%s*", team.Name)
	m.Blocks = append(m.shown(), Context(which))
	m.Text += "\n" + which
	return m
}

// blockOn is a block with the team in every command that it begins or shows.
func (b *Bot) blockOn(block slack.Block, team Team) slack.Block {
	text := func(o *slack.TextBlockObject) *slack.TextBlockObject {
		if o == nil || o.Type != slack.MarkdownType {
			return o
		}
		with := *o
		with.Text = retyped(o.Text, func(words string) string { return b.on(words, team) })
		return &with
	}
	switch x := block.(type) {
	case *slack.SectionBlock:
		with := *x
		with.Text = text(x.Text)
		if x.Accessory != nil && x.Accessory.ButtonElement != nil {
			with.Accessory = slack.NewAccessory(b.buttonOn(x.Accessory.ButtonElement, team))
		}
		return &with
	case *slack.ContextBlock:
		with := *x
		with.ContextElements.Elements = slices.Clone(x.ContextElements.Elements)
		for i, e := range with.ContextElements.Elements {
			if o, ok := e.(*slack.TextBlockObject); ok {
				with.ContextElements.Elements[i] = text(o)
			}
		}
		return &with
	case *slack.ActionBlock:
		with := *x
		with.Elements = &slack.BlockElements{}
		for _, e := range x.Elements.ElementSet {
			if button, ok := e.(*slack.ButtonBlockElement); ok {
				e = b.buttonOn(button, team)
			}
			with.Elements.ElementSet = append(with.Elements.ElementSet, e)
		}
		return &with
	}
	return block
}

func (b *Bot) buttonOn(button *slack.ButtonBlockElement, team Team) *slack.ButtonBlockElement {
	if !strings.HasPrefix(button.ActionID, beginID) {
		return button
	}
	with := Begin(button.Text.Text, b.on(button.Value, team))
	if with == nil { // too long to be a button that says for which team
		return button
	}
	with.Style, with.Confirm = button.Style, button.Confirm
	return with
}

// summary says in one line what an operation does, and where there are several teams on
// which.
func (b *Bot) summary(op Operation, team Team) string {
	said := op.Summary()
	if !b.several() || team.Name == "" || strings.HasSuffix(said, " · "+team.Name) {
		return said
	}
	return said + " · " + team.Name
}
