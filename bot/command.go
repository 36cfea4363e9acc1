package bot

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/ascbot/ascbot/bot/policy"
	"github.com/ascbot/ascbot/store"
)

// staleAnswer is how old a question may be when its answer would still be
// welcome. After a longer stop only changes are taken up again.
const staleAnswer = 15 * time.Minute

// command does what a slash command says.
func (b *Bot) command(ctx context.Context, e store.Envelope, d deed) {
	if err := b.run(ctx, e, d); err != nil {
		b.Log.Info("a command was not carried out", "user", d.who(), "error", err)
		b.answer(ctx, d, words(err).message())
	}
}

func (b *Bot) run(ctx context.Context, e store.Envelope, d deed) error {
	text, err := normalise(d.Text)
	if err != nil {
		return err
	}
	return b.obeyWords(ctx, e, d, Words(text))
}

// obeyWords does what was said, by typing or by a button.
func (b *Bot) obeyWords(ctx context.Context, e store.Envelope, d deed, said []string) (err error) {
	who, name, err := b.person(ctx, d.who(), false)
	if err != nil {
		return Trouble{What: "I cannot check in Slack who you are just now.", Next: "Try again in a minute."}
	}
	conf := b.conf()
	if v := conf.Policy.MayUse(who); !v.May {
		return b.refuse(stored(who, name), "", v, "")
	}
	if v, err := b.misplaced(ctx, conf, d.ChannelID); err != nil {
		return err
	} else if !v.May {
		return b.refuse(stored(who, name), "", v, "Write to me directly.")
	}
	if len(said) == 0 {
		b.answer(ctx, d, b.menu(who))
		return nil
	}
	verb, rest, ok := b.match(said)
	if !ok {
		return b.unknown(said)
	}
	typed := len(rest)
	rest, team, clear, err := b.teamFor(ctx, conf, who, verb, rest, d.ChannelID)
	if err != nil {
		return err
	}
	if clear && len(rest) == typed { // no team was named: what is not on this one can be on another
		defer func() { err = b.offerTeams(err, said, team) }()
	}
	if clear {
		if v := conf.Policy.MayAsk(who, verb.Subject(team)); !v.May {
			return b.refuse(stored(who, name), verb.Words, v, "`/asc help` shows what you may use.")
		}
		if v := conf.Policy.Frozen(who, verb.Subject(team), b.Now()); !v.May {
			return b.refuse(stored(who, name), verb.Words, v, "")
		}
	}
	if why := b.sealed(); why != "" && verb.Change != nil {
		return sealTrouble(why)
	}
	if verb.Query != nil {
		if b.Now().Sub(e.At) > staleAnswer {
			return nil // whoever asked has long gone on
		}
		if opened, err := b.openLook(ctx, d, verb, rest, team, clear); opened {
			return b.forTeam(err, team)
		}
		if !clear {
			return b.whichTeam(said)
		}
		return b.forTeam(b.meant(verb, rest, b.reply(ctx, d, verb, said, rest, who, name, team)), team)
	}
	op := b.changeOn(verb, team.Name)
	rest, reason := cutReason(rest)
	rest, asksForm := moreAsked(rest)
	err = op.Parse(rest)
	if over, ok := op.(OverTeams); ok && over.Stands() != "" {
		if of, gone := b.team(over.Stands()); gone == nil {
			team = of
		}
	}
	switch {
	case (errors.Is(err, ErrMore) || asksForm) && !clear && len(rest) > 0: // what was typed may name something of the team
		return b.whichTeam(said)
	case errors.Is(err, ErrMore) && !asksForm:
		if slip, ok := b.slip(verb, rest, false); ok {
			return slip
		}
		fallthrough
	case asksForm, err == nil && clear && reason == "" && !conf.wants(verb, team, "").May:
		if clear {
			b.fill(ctx, op, team, e.At)
		}
		return b.openForm(ctx, d, verb, b.withReason(op.Form(), verb, team, reason), team)
	case err != nil:
		return b.forTeam(b.meant(verb, rest, err), team)
	case !clear:
		return b.whichTeam(said)
	}
	err = b.propose(ctx, proposal{verb: verb, op: op, asker: who, name: name, team: team, reason: reason, origin: e.Key, asked: e.At, deed: d})
	return b.forTeam(b.meant(verb, rest, err), team)
}

// fillWithin is until when after somebody has asked for it a form waits for what it could
// begin with: Slack opens none after three seconds.
const fillWithin = 1500 * time.Millisecond

// fill has a form begin with what stands at App Store Connect, if that is to be had in time.
func (b *Bot) fill(ctx context.Context, op Operation, team Team, asked time.Time) {
	fills, ok := op.(Filling)
	if !ok {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, fillWithin-b.Now().Sub(asked))
	defer cancel()
	fills.Fill(ctx, team.API)
}

// moreAsked takes an ellipsis off the end of words: whoever says “…” wants the form of
// a change, filled with what stands before it.
func moreAsked(words []string) (rest []string, asked bool) {
	if n := len(words); n > 0 && (words[n-1] == "…" || words[n-1] == "...") {
		return words[:n-1], true
	}
	return words, false
}

// reply answers a query: with the page that was turned to, if one was.
func (b *Bot) reply(ctx context.Context, d deed, verb Verb, said, rest []string, who policy.Person, name string, team Team) error {
	defer b.questions.sit()()
	waits := d
	waits.page = 0 // whoever turns a page keeps it until the next is there
	defer b.patience(ctx, waits)()
	q := verb.Query()
	if err := q.Parse(rest); err != nil {
		return err
	}
	conf := b.conf()
	m, err := q.Answer(oneReading(ctx), Desk{
		Who: who, Name: name, Team: team, Teams: b.Teams, Store: b.Store, Verbs: b.Verbs, Policy: conf.Policy,
		Books: b.books(), Now: b.Now, Digests: b.digests, Preview: b.preview, Connections: [2]int{b.sockets.count(), connections}, Sealed: b.sealed(),
		May: func(v Verb) policy.Verdict { return conf.Policy.MayAsk(who, v.Subject(team)) },
		About: func(ctx context.Context, apps ...string) error {
			return b.mayRead(ctx, conf, verb, who, name, team, apps)
		},
		Group: func(ctx context.Context, name string) (Group, error) { return b.group(ctx, conf, name) },
		Slack: func(ctx context.Context) (Accounts, error) { return b.everyAccount(ctx, false) },
		Refuse: func(operation string, v policy.Verdict, next string) error {
			return b.refuse(stored(who, name), operation, v, next)
		},
	})
	if err == nil && verb.Logged {
		err = b.wasRead(stored(who, name), verb, rest)
	}
	if err == nil && len(m.Files) > 0 {
		err = b.hand(ctx, d.who(), m.Files...)
	}
	if err != nil {
		return err
	}
	if m.list != nil {
		m = m.list.message(d.page, b.on(quoted(said), team))
	}
	b.answer(ctx, d, b.ofTeam(m, team))
	if d.inMenu() {
		b.saidElsewhere(ctx, d, who, verb)
	}
	return nil
}

// mayRead refuses a query to whom the rules of one of its apps keep from it; without apps
// it shows all.
func (b *Bot) mayRead(ctx context.Context, conf *Config, verb Verb, who policy.Person, name string, team Team, apps []string) error {
	s, next := verb.Subject(team), ""
	if s.Apps, s.AllApps = apps, len(apps) == 0; s.AllApps {
		next = "Name an app to see what is in that one."
	} else if err := ofApps(ctx, conf, &s, team); err != nil {
		return err
	}
	if v := conf.Policy.MayAsk(who, s); !v.May {
		return b.refuse(stored(who, name), verb.Words, v, next)
	}
	return nil
}

// openForm asks for what is missing. A trigger id lives three seconds; when it
// has passed, the person is told how to get the form.
func (b *Bot) openForm(ctx context.Context, d deed, verb Verb, f Form, team Team) error {
	note := formNote{Channel: d.ChannelID, Team: team.Name, ResponseURL: d.ResponseURL}
	note.Pushed = d.inMenu()
	form := b.modal(verb, f, note)
	var err error
	if note.Pushed {
		_, err = b.web.PushViewContext(ctx, d.TriggerID, form)
	} else {
		_, err = b.web.OpenViewContext(ctx, d.TriggerID, form)
	}
	if err == nil {
		return nil
	}
	b.Log.Warn("a form did not open", "verb", verb.Words, "error", err)
	return Trouble{
		What:   "Slack did not let me open the form in time.",
		Next:   "Press the button, or say it in one line: `/asc " + verb.Words + " " + verb.Args + "`.",
		Offers: []Offer{{"Open the form", verb.Words}},
	}
}

// submitted does what a form asks for. While Slack or Apple have troubles it answers
// how long to wait before it is tried again; waited is what it answered last.
func (b *Bot) submitted(ctx context.Context, e store.Envelope, d deed, waited time.Duration) (again time.Duration) {
	if d.View.CallbackID == denyView {
		b.denied(ctx, e, d)
		return 0
	}
	if d.View.CallbackID == chooseView {
		b.agreed(ctx, e, d)
		return 0
	}
	if verb, q, ok := b.lookForm(d.View.CallbackID); ok {
		b.look(ctx, e, d, verb, q)
		return 0
	}
	note := d.View.note()
	d.ResponseURL, d.ChannelID = note.ResponseURL, note.Channel
	d = b.windowed(d)
	err := b.runForm(ctx, e, d, note)
	if later(err) && b.Now().Sub(e.At) < keepTrying {
		again = min(max(2*waited, 5*time.Second), time.Minute)
		b.Log.Info("a form waits before it is tried again", "user", d.who(), "pause", again, "error", err)
		if waited == 0 {
			b.answer(ctx, d, Say("%s\nNothing of your form is lost: I keep trying for half an hour and tell you what came of it.", prose(words(err).What)))
		}
		return again
	}
	if err != nil {
		b.Log.Info("a form was not carried out", "user", d.who(), "error", err)
		b.sendBack(ctx, d, words(err))
	}
	return 0
}

// keepTrying is how long a form is tried again while Slack or Apple have troubles.
const keepTrying = 30 * time.Minute

// later tells a fault that may be gone in a minute from what a person has to
// change.
func later(err error) bool {
	if err == nil {
		return false
	}
	if _, ok := errors.AsType[passingTrouble](err); ok {
		return true
	}
	return passing(err)
}

func (b *Bot) runForm(ctx context.Context, e store.Envelope, d deed, note formNote) error {
	verb, _, ok := b.asked(d.View.CallbackID)
	if !ok {
		return Trouble{What: "That form is from another version of the bot; nothing was sent.", Next: "`/asc help` lists the commands."}
	}
	if why := b.sealed(); why != "" {
		return sealTrouble(why)
	}
	op := b.changeOn(verb, note.Team)
	if complaints := op.Read(d.View.answers()); len(complaints) > 0 {
		return Trouble{What: "That form is from another version of the bot; nothing was sent.", Next: "Open it again with `/asc " + verb.Words + "`."}
	}
	who, name, err := b.person(ctx, d.who(), false)
	if err != nil {
		return passingTrouble{Trouble{What: "I cannot check in Slack who you are just now; nothing was sent.", Next: "Send the form again in a minute."}}
	}
	team, err := b.teamOf(verb, note.Team)
	if err != nil {
		return err
	}
	if v := b.conf().Policy.MayAsk(who, verb.Subject(team)); !v.May {
		return b.refuse(stored(who, name), verb.Words, v, "")
	}
	if err := b.takeFile(ctx, op); err != nil {
		return err
	}
	p := proposal{
		verb: verb, op: op, asker: who, name: name, team: team, reason: d.View.answers()[becauseWord].Text,
		origin: e.Key, asked: e.At, deed: d,
	}
	if note.Revises != 0 {
		return b.forTeam(b.revise(ctx, p, note), team)
	}
	return b.forTeam(b.propose(ctx, p), team)
}

// match takes the verb off the front of the words: the longest that fits.
func (b *Bot) match(said []string) (verb Verb, rest []string, ok bool) {
	for n := min(len(said), 3); n > 0; n-- {
		if v, ok := b.verb(strings.ToLower(strings.Join(said[:n], " "))); ok {
			return v, said[n:], true
		}
	}
	return Verb{}, nil, false
}
