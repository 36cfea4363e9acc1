package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ascbot/ascbot/bot/policy"
	"github.com/ascbot/ascbot/store"
)

// The buttons of a card.
const (
	approveID = "approve"
	denyID    = "deny"
	cancelID  = "cancel"
)

// buttonValue says which request, which version, which digest. It proves
// nothing about the person; that is looked up at the click.
func buttonValue(r store.Request) string {
	return fmt.Sprintf("%d.%d.%s", r.ID, r.Version, shortDigest(r))
}

func shortDigest(r store.Request) string { return r.Digest[:min(16, len(r.Digest))] }

func parseButton(value string) (id uint64, version int, digest string, ok bool) {
	parts := strings.Split(value, ".")
	if len(parts) != 3 {
		return 0, 0, "", false
	}
	id, err := strconv.ParseUint(parts[0], 10, 64)
	version, err2 := strconv.Atoi(parts[1])
	return id, version, parts[2], err == nil && err2 == nil
}

// click does what a button says.
func (b *Bot) click(ctx context.Context, e store.Envelope, d deed) {
	a := d.Actions[0]
	if strings.HasPrefix(a.ActionID, beginID) || a.ActionID == findID {
		b.began(ctx, e, d, a)
		return
	}
	if d.View != nil && a.ActionID == teamID {
		b.turnForm(ctx, d)
		return
	}
	if d.View != nil && a.ActionID == stepBackID {
		b.stepBack(ctx, d)
		return
	}
	if a.ActionID == menuID {
		b.openMenu(ctx, d)
		return
	}
	if strings.HasPrefix(a.ActionID, turnID) {
		b.turned(ctx, e, d, a)
		return
	}
	if !slices.Contains([]string{approveID, denyID, cancelID, reviseID, endGrantID}, a.ActionID) {
		return // links and home buttons need no more than their acknowledgement
	}
	b.judge(ctx, e, d, a)
}

// judge decides, and answers whoever did.
func (b *Bot) judge(ctx context.Context, e store.Envelope, d deed, a action) {
	if why := b.sealed(); why != "" {
		b.answer(ctx, d, words(sealTrouble(why)).message())
		return
	}
	if a.ActionID == endGrantID {
		said, err := b.endGrant(ctx, d, a)
		if err != nil {
			said = words(err).message()
		}
		b.answer(ctx, d, said)
		return
	}
	said, err := func() (Message, error) {
		defer b.decisions.sit()()
		return b.decide(ctx, e, d, a)
	}()
	if err != nil {
		b.Log.Info("a click was not counted", "user", d.who(), "action", a.ActionID, "error", err)
		said = words(err).message()
	}
	if said.Text != "" { // a form that opened says enough
		b.answer(ctx, d, said)
	}
}

// decide counts a click on a card, once everything about it has been checked
// against what is stored.
func (b *Bot) decide(ctx context.Context, e store.Envelope, d deed, a action) (Message, error) {
	r, err := b.clicked(ctx, d, a)
	if why, ok := errors.AsType[Trouble](err); ok {
		return Message{}, b.uncounted(d, a, r, why)
	}
	if err != nil {
		return Message{}, err
	}
	ctx = oneReading(ctx)
	rules, err := b.ruling(r)
	if err != nil {
		return Message{}, Trouble{What: fmt.Sprintf("Nobody can decide about request #%d: %v.", r.ID, err), Next: "Whoever asked can take it back, and ask again."}
	}
	who, name, err := b.personUnder(ctx, d.who(), rules)
	if err != nil {
		b.Log.Warn("could not check somebody who clicked", "user", d.who(), "error", err)
		return Message{}, Trouble{What: "I cannot check in Slack who you are just now, so this was not counted.", Next: "Press again in a minute."}
	}
	if a.ActionID == cancelID {
		if who.ID != r.Asker.ID {
			return b.takeBack(ctx, r, who, name, rules)
		}
		return b.cancel(ctx, r, who, name)
	}
	if a.ActionID == reviseID {
		return b.openRevision(ctx, d, r, who)
	}
	if voted(r, who) {
		return b.votedBefore(r, who, a.ActionID == approveID), nil
	}
	_, op, err := b.operation(r)
	if err != nil {
		return Message{}, err
	}
	f, err := b.factsUnder(ctx, r, rules)
	if err != nil {
		return Message{}, Trouble{What: "I cannot check in Slack who asked for this just now, so nothing was counted.", Next: "Press again in a minute."}
	}
	if v := f.conf.Policy.StillAsks(f.of, f.demands); !v.May {
		return b.orphaned(r, v.Why)
	}
	if v := f.conf.Policy.MayDecide(who, f.of, f.demands); !v.May {
		by := stored(who, name)
		if _, err := b.Store.Record(store.Leaf{Kind: "refused", At: b.Now(), By: &by, Request: r.ID, Version: r.Version, Operation: r.Operation, Note: a.ActionID + ": " + v.Why}); err != nil {
			return Message{}, err
		}
		return Message{}, Trouble{What: v.Why}
	}
	if a.ActionID == denyID && a.reason == "" && e.Kind == kindClick && (r.State == store.Pending || r.State == store.Approved) && !b.hurry(r, f) && b.askWhy(ctx, d, a, r) {
		return Message{}, nil
	}
	if l, question, choices := leaves(r, op); a.ActionID == approveID && len(choices) > 0 {
		if a.chosen == "" {
			return Message{}, b.askChoice(ctx, d, a, r, question, choices)
		}
		if r, err = b.choose(ctx, r, l, a.chosen, who, name); err != nil {
			return Message{}, err
		}
		return b.decide(ctx, e, d, action{ActionID: approveID, Value: buttonValue(r), chosen: a.chosen})
	}
	f.voters[who.ID] = who
	vote := store.Vote{Person: stored(who, name), Yes: a.ActionID == approveID, Reason: a.reason, Digest: r.Digest, Version: r.Version, At: e.At}
	r, counted, err := b.Store.Vote(r.ID, vote, func(r store.Request) (store.State, string) { return b.count(f, r) })
	if late, ok := errors.AsType[*store.MoveError](err); ok && voted(late.Request, who) {
		return b.votedBefore(late.Request, who, vote.Yes), nil // the second half of a double click
	}
	if err != nil {
		return Message{}, err
	}
	if r, err = b.countAgain(ctx, r); err != nil {
		b.Log.Warn("the votes could not be counted again; that is done later", "request", r.ID, "error", err)
	}
	b.pursue(r.ID)
	if !counted {
		return b.votedBefore(r, who, vote.Yes), nil
	}
	return b.decided(r, op, f, vote), nil
}

// orphaned ends a request whose asker may not ask for it any more: no vote could
// bring it about.
func (b *Bot) orphaned(r store.Request, why string) (Message, error) {
	why = "Whoever asked may no longer ask for this: " + why
	if err := b.move(r.ID, store.Cancelled, why, func(r *store.Request) error {
		r.Outcome, r.Ended = why, b.Now().UTC()
		return nil
	}); err != nil {
		return Message{}, err
	}
	b.pursue(r.ID)
	return Message{}, Trouble{What: fmt.Sprintf("Request #%d has ended. %s", r.ID, why)}
}

// voted reports whether somebody's vote stands on a request.
func voted(r store.Request, who policy.Person) bool {
	return slices.ContainsFunc(r.Votes, func(v store.Vote) bool { return v.Person.ID == who.ID })
}

// clicked finds the request of a pressed button. The button counts only on the
// message that was stored for the request, or on the own Home as the bot drew it, and
// only for the version it shows.
func (b *Bot) clicked(ctx context.Context, d deed, a action) (store.Request, error) {
	id, version, digest, ok := parseButton(a.Value)
	if !ok {
		return store.Request{}, Trouble{What: "That button is from another version of the bot; nothing was counted.", Next: "`/asc requests` shows what is open."}
	}
	r, err := b.Store.Request(id)
	if err != nil {
		if _, gone := errors.AsType[*store.NotFoundError](err); gone {
			return r, Trouble{What: fmt.Sprintf("Request #%d is not known here, so nothing was counted.", id), Next: "`/asc requests` shows what is open."}
		}
		return r, err
	}
	if version != r.Version || digest != shortDigest(r) {
		return r, Trouble{What: fmt.Sprintf("Request #%d has changed since that card was posted; nothing was counted.", id), Next: "Please look at the newer card in the same channel."}
	}
	if r.Card.TS == "" { // posted, but a stop kept it from being noted
		if r, err = b.postCard(ctx, r); err != nil {
			return r, err
		}
	}
	if at := (store.Place{Channel: or(d.Container.ChannelID, d.Channel.ID), TS: d.Container.MessageTS}); at != r.Card && !b.ownHome(d) && a.reason == "" && a.chosen == "" {
		return r, Trouble{What: fmt.Sprintf("That is not the card I posted for request #%d; nothing was counted.", id), Next: "`/asc requests` says where the true one is."}
	}
	return r, nil
}

// facts are the rules, and people as Slack knows them now.
type facts struct {
	ruling
	of     policy.Case
	voters map[string]policy.Person // by Slack user id; who could not be found is absent
}

// facts looks up everybody a decision depends on.
func (b *Bot) facts(ctx context.Context, r store.Request) (facts, error) {
	rules, err := b.ruling(r)
	if err != nil {
		return facts{}, err
	}
	return b.factsUnder(ctx, r, rules)
}

func (b *Bot) factsUnder(ctx context.Context, r store.Request, rules ruling) (facts, error) {
	asker, _, err := b.personUnder(ctx, r.Asker.ID, rules)
	if err != nil {
		return facts{}, err
	}
	f := facts{ruling: rules, of: policy.Case{Subject: rules.subject, Asker: asker}, voters: map[string]policy.Person{}}
	for _, mail := range r.Beneficiaries {
		f.of.Beneficiaries = append(f.of.Beneficiaries, policy.Person{Email: mail})
	}
	for _, v := range r.Votes {
		p, _, err := b.personUnder(ctx, v.Person.ID, rules)
		if err != nil {
			return facts{}, err
		}
		f.voters[v.Person.ID] = p
	}
	return f, nil
}

// count says which state a request should be in with the votes it has. It runs
// inside the transaction that adds a vote.
func (b *Bot) count(f facts, r store.Request) (store.State, string) {
	if n := len(r.Votes); r.State == store.Pending && n > 0 && r.Votes[n-1].At.After(r.VoteUntil) {
		r.Votes = r.Votes[:n-1]
		return store.Expired, undecidedWords(r)
	}
	return b.tally(f, r)
}

// tally counts the votes a request has, whenever they were given.
func (b *Bot) tally(f facts, r store.Request) (store.State, string) {
	var agreed []policy.Person
	for _, v := range r.Votes {
		if !v.Yes {
			return store.Denied, "denied"
		}
		if p, ok := f.voters[v.Person.ID]; ok {
			agreed = append(agreed, p)
		}
	}
	if v := f.conf.Policy.Count(f.of, f.demands, agreed); !v.May {
		return store.Pending, v.Why
	}
	return store.Approved, "enough people agree"
}

// countAgain counts the votes of a pending request with everybody as they are
// now. Of two votes in one instant neither voter was known to the other's count.
func (b *Bot) countAgain(ctx context.Context, r store.Request) (store.Request, error) {
	if r.State != store.Pending || len(r.Votes) == 0 {
		return r, nil
	}
	rules, err := b.ruling(r)
	if err != nil || len(r.Votes) < rules.demands.Quorum() {
		return r, err
	}
	f, err := b.factsUnder(oneReading(ctx), r, rules)
	if err != nil {
		return r, err
	}
	state, why := b.count(f, r)
	if state != store.Approved {
		return r, nil
	}
	moved, err := b.Store.Agree(r, b.mark(why))
	if late, ok := errors.AsType[*store.MoveError](err); ok {
		b.Log.Info("votes were counted that somebody else has counted meanwhile", "request", r.ID, "state", late.Request.State)
		return late.Request, nil
	}
	return moved, err
}

// votedBefore answers a vote of somebody whose vote stands.
func (b *Bot) votedBefore(r store.Request, who policy.Person, yes bool) Message {
	b.pursue(r.ID)
	said := Say("You have voted on request #%d already; it is %s.", r.ID, standing(r))
	if waits(r) {
		said.Text += " " + prose(r.Outcome)
	}
	other := func(v store.Vote) bool { return v.Person.ID == who.ID && v.Yes != yes }
	if (r.State == store.Pending || r.State == store.Approved) && slices.ContainsFunc(r.Votes, other) {
		said.Text += " Press “Take back” first, then you can decide otherwise."
	}
	return said
}

// decided says what a vote has done.
func (b *Bot) decided(r store.Request, op Operation, f facts, vote store.Vote) Message {
	switch {
	case r.State == store.Expired:
		return Say("Too late: request #%d waited for its decision until %s.", r.ID, When(r.VoteUntil))
	case !vote.Yes && vote.Reason == "":
		return Say("Denied: request #%d. %s is told, and no reason stands with it: say why in the thread of its card.", r.ID, mention(r.Asker.ID))
	case !vote.Yes:
		return Say("Denied: request #%d. %s is told.", r.ID, mention(r.Asker.ID))
	case r.State == store.Pending:
		_, lack := b.tally(f, r)
		return Say("Your yes to request #%d is counted. %s. %s", r.ID, b.needs(r), lack)
	case r.State == store.Approved:
		return Say("Approved: request #%d %s", r.ID, b.next(r, op, f))
	}
	return Say("Your yes to request #%d is counted; it is %s.", r.ID, standing(r))
}

// next says what becomes of a request that has just been approved, for the end of a
// sentence that begins with it.
func (b *Bot) next(r store.Request, op Operation, f facts) Markup {
	if h := b.heldBack(r, f); h.Why != "" {
		if b.tooLong(r, h) {
			return "cannot be carried out in time. " + prose(h.Why+heldTooLong)
		}
		return "waits. " + prose(h.Why+carriedOutThen)
	}
	why := b.holding()
	if why == "" && b.anchorTooOld(r) {
		why = "the log has to be anchored first"
	}
	if other, err := b.beside(r, op); why == "" && err == nil && other != 0 {
		why = underWay(other)
	}
	if why != "" {
		return "waits: " + prose(stop(why)) + " It is carried out as soon as that can be."
	}
	return "is taken up now; its card shows what comes of it."
}

// cancel takes a request back, for the person who made it.
func (b *Bot) cancel(_ context.Context, r store.Request, who policy.Person, name string) (Message, error) {
	if who.ID != r.Asker.ID {
		return Message{}, Trouble{What: "Only the person who asked can take a request back.", Next: "If you may decide about it, you can deny it."}
	}
	if v := b.conf().Policy.MayUse(who); !v.May {
		return Message{}, b.refuse(stored(who, name), r.Operation, v, "")
	}
	r, err := b.Store.Move(r.ID, store.Cancelled, store.Mark{At: b.Now(), By: stored(who, name), Note: "taken back"}, nil)
	if err != nil {
		return Message{}, err
	}
	b.pursue(r.ID)
	return Say("Request #%d is taken back.", r.ID), nil
}
