package bot

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/bot/policy"
	"github.com/ascbot/ascbot/store"
)

// proposal is a change somebody wants, before it is a request.
type proposal struct {
	verb   Verb
	op     Operation
	asker  policy.Person
	name   string
	team   Team
	reason string // in the asker's words
	origin string // the envelope that asked
	asked  time.Time
	deed   deed
}

// propose turns a complete operation into a request: looked at, written down,
// and shown to those who decide.
func (b *Bot) propose(ctx context.Context, p proposal) error {
	defer b.patience(ctx, p.deed)()
	defer b.proposals.sit()()
	if r, ok, err := b.Store.ByOrigin(p.origin); err != nil {
		return err
	} else if ok { // the earlier half of this very work, before a stop
		return b.announce(ctx, r, p.deed)
	}
	if err := b.tellAsker(ctx, p); err != nil {
		return err
	}
	draft, already, err := b.prepared(ctx, p)
	if err != nil {
		return err
	}
	if already != nil {
		b.answer(ctx, p.deed, b.ofTeam(Say("That is so already; nothing was asked. %s", prose(already.Outcome)), p.team))
		return nil
	}
	if draft.Card.Channel, err = b.court(ctx, p.deed.ChannelID); err != nil {
		return err
	}
	r, err := b.ask(draft)
	if err != nil {
		return err
	}
	return b.announce(ctx, r, p.deed)
}

// prepared looks at what is wanted and makes a request of it that is not written down
// yet. Already is what was found when it is so already.
func (b *Bot) prepared(ctx context.Context, p proposal) (draft store.Request, already *Finding, err error) {
	if err := p.op.Find(ctx, p.team.API); err != nil {
		return draft, nil, err
	}
	if of, ok := p.op.(OfTeam); ok && p.verb.Teamless {
		if p.team, err = b.team(of.Team()); err != nil {
			if _, all := p.op.(OfAllTeams); !all {
				return draft, nil, err
			}
			if p.team, err = b.teamOf(p.verb, ""); err != nil { // its team is configured no more
				return draft, nil, err
			}
		}
	}
	may, err := b.permitted(ctx, p)
	if err != nil {
		return draft, nil, err
	}
	found, err := p.op.Check(ctx, p.team.API)
	if err != nil {
		return draft, nil, err
	}
	if found.Standing == Done {
		found = found.before()
		return draft, &found, nil
	}
	sight, err := p.op.Look(ctx, p.team.API)
	if err != nil {
		return draft, nil, err
	}
	draft, err = b.draft(p, may, sight)
	return draft, nil, err
}

// patience shows that slow work goes on, when it does.
func (b *Bot) patience(ctx context.Context, d deed) (done func()) {
	if d.window != nil {
		return func() {} // its window shows it
	}
	t := time.AfterFunc(slow, func() {
		b.answer(ctx, d, Say("Looking at App Store Connect. It takes longer than usual; I tell you as soon as I know."))
	})
	return func() { t.Stop() }
}

// slow is how long somebody is left without a word.
const slow = 2 * time.Second

// ask writes a request down, unless there is an open one for exactly the same. One
// asks at a time, so that two people who want the same in one instant make one
// request.
func (b *Bot) ask(draft store.Request) (store.Request, error) {
	b.asks.Lock()
	defer b.asks.Unlock()
	twin, ok, err := b.twin(draft)
	if err != nil {
		return draft, err
	}
	if ok {
		return draft, Trouble{
			What: fmt.Sprintf("Request #%d already asks for exactly this; it is %s.", twin.ID, standing(twin)),
			Next: "`/asc requests` shows where its card is.",
		}
	}
	if err := b.tooMany(draft); err != nil {
		return draft, err
	}
	r, _, err := b.Store.Ask(draft, b.Now())
	return r, err
}

// draft is the request as it will be written down.
func (b *Bot) draft(p proposal, may permission, sight Sight) (store.Request, error) {
	args, err := store.Canonical(p.op)
	if err != nil {
		return store.Request{}, err
	}
	shown, err := store.Canonical(sight.Shown)
	if err != nil {
		return store.Request{}, err
	}
	sight.Preview.Needs = may.demands.InWords()
	sight.Preview.Undo = b.onIn(sight.Preview.Undo, p.team)
	return store.Request{
		Policy: may.conf.Hash(), Rules: may.rules,
		Team: p.team.Name, Key: p.team.key(), Operation: p.verb.Words, Args: args,
		Summary: b.summary(p.op, p.team), Preview: sight.Preview, Shown: shown,
		Asker: stored(p.asker, p.name), Beneficiaries: p.op.Beneficiaries(),
		Note: clean(p.reason, 1000), Origin: p.origin, AskedIn: store.Place{Channel: p.deed.ChannelID},
		VoteUntil: b.Now().Add(may.demands.Wait()).UTC(),
	}, nil
}

// twin finds an open request for exactly the same.
func (b *Bot) twin(draft store.Request) (store.Request, bool, error) {
	open, err := b.Store.Open()
	if err != nil {
		return store.Request{}, false, err
	}
	i := slices.IndexFunc(open, func(r store.Request) bool {
		return r.Team == draft.Team && r.Operation == draft.Operation && bytes.Equal(r.Args, draft.Args)
	})
	if i < 0 {
		return store.Request{}, false, nil
	}
	return open[i], true, nil
}

// announce posts the card and tells the asker where it is.
func (b *Bot) announce(ctx context.Context, r store.Request, d deed) error {
	r, err := b.postCard(ctx, r)
	if err != nil {
		b.Log.Error("a card could not be posted yet; it will be tried again", "request", r.ID, "error", err)
		b.answer(ctx, d, Say("Request #%d is written down, but its card could not be posted yet. I keep trying.", r.ID))
		return nil
	}
	b.answer(ctx, d, whereItIs(r))
	return nil
}

// whereItIs tells whoever asked for something where it stands.
func whereItIs(r store.Request) Message {
	if r.State != store.Pending {
		return Say("Your request *#%d* %s is %s. Its card is in %s.", r.ID, r.Summary, standing(r), channel(r.Card.Channel))
	}
	return Say("Asked: *#%d* %s.\nThe card is in %s. %s; I'll tell you when it is decided.",
		r.ID, r.Summary, channel(r.Card.Channel), r.Preview.Needs)
}

// court finds the channel in which requests are decided: the configured one, or
// the one it was asked in when the bot is there and no outsider is.
func (b *Bot) court(ctx context.Context, askedIn string) (string, error) {
	conf := b.conf()
	want := conf.Approvals
	mine, err := b.channels(ctx)
	if err != nil {
		return "", fmt.Errorf("looking for the approvals channel: %w", err)
	}
	for _, name := range []string{want, conf.Fallback} {
		for _, c := range mine {
			if (c.ID == name || "#"+c.Name == name) && inside(c) {
				return c.ID, nil
			}
		}
	}
	for _, c := range mine {
		// Whoever has chosen a channel does not want cards anywhere else.
		if c.ID == askedIn && inside(c) && want == DefaultConfig().Approvals {
			return c.ID, nil
		}
	}
	return "", Trouble{
		What: "There is no channel yet in which somebody could agree to this, so nothing was asked.",
		Next: "Make the channel " + want + ", invite me there with `/invite`, and send the command again.",
	}
}

// inside reports whether only people of this company can read a channel.
func inside(c slack.Channel) bool {
	return !c.IsArchived && !c.IsExtShared && !c.IsPendingExtShared && !c.IsOrgShared
}

// channels lists those the bot is a member of.
func (b *Bot) channels(ctx context.Context) ([]slack.Channel, error) {
	var all []slack.Channel
	params := &slack.GetConversationsForUserParameters{
		Types: []string{"public_channel", "private_channel"}, ExcludeArchived: true, Limit: 200,
	}
	for {
		page, next, err := b.web.GetConversationsForUserContext(ctx, params)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if params.Cursor = next; next == "" {
			return all, nil
		}
	}
}

// follow brings a request as far as it can go now: it redraws its card, runs
// it when it is approved, and tells the asker when it has ended.
func (b *Bot) follow(ctx context.Context, id uint64) {
	b.carryOut(ctx, id)
	r, err := b.Store.Request(id)
	if err != nil {
		b.Log.Error("a request could not be read", "request", id, "error", err)
		return
	}
	if err := b.show(ctx, r); err != nil {
		b.Log.Warn("Slack does not show the newest state yet; it will be tried again", "request", id, "error", err)
	}
}
