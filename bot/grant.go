package bot

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot/policy"
	"github.com/ascbot/ascbot/store"
)

// warnBefore is how long before its end a change that holds for a time is announced;
// half its time when that is less.
const warnBefore = 24 * time.Hour

// returnWithin is how long the bot tries to bring back what was there before.
const returnWithin = 24 * time.Hour

// grant notes when a change ends by itself and what brings back the state before
// it. Its clock starts now, when the change was proven.
func (b *Bot) grant(r *store.Request) error {
	_, op, err := b.operation(*r)
	if err != nil {
		return err
	}
	timed, ok := op.(Timed)
	if !ok || timed.Lasts() <= 0 {
		return nil
	}
	words, back, err := timed.Back(r.Shown)
	if err != nil {
		return err
	}
	args, err := store.Canonical(back)
	if err != nil {
		return err
	}
	r.Grant = &store.Grant{Until: b.surely().Add(timed.Lasts()).UTC().Round(0), Words: words, Args: args}
	return nil
}

// keepGrants announces the end of grants that is near, and ends those whose time is
// over.
func (b *Bot) keepGrants() {
	running, err := b.Store.Grants()
	if err != nil {
		b.Log.Error("reading what holds for a time only", "error", err)
		return
	}
	now := b.Now()
	for _, r := range running {
		switch {
		case !now.Before(r.Grant.Until):
			b.begone(r.ID)
		case r.Grant.Warned.IsZero() && !now.Before(warnAt(r)):
			b.start(func(ctx context.Context) {
				if err := b.warnOfEnd(ctx, r.ID); err != nil && !extended(err) {
					b.Log.Warn("the end of a grant could not be announced; it is tried again", "request", r.ID, "error", err)
				}
			})
		}
	}
}

func warnAt(r store.Request) time.Time {
	before := min(warnBefore, r.Grant.Until.Sub(r.Ended)/2)
	return r.Grant.Until.Add(-before)
}

// begone brings back what was there before, beside the caller; not twice at once.
func (b *Bot) begone(id uint64) {
	if b.returns.held(id) {
		return
	}
	b.start(func(ctx context.Context) {
		defer b.returns.lock(id)()
		if err := b.giveBack(ctx, id); err != nil {
			b.Log.Warn("a grant could not be ended yet; it is tried again", "request", id, "error", err)
		}
	})
}

// endButtons are what can be done about a change that ends by itself.
func endButtons(r store.Request) slack.Block {
	id := strconv.FormatUint(r.ID, 10)
	now := slack.NewButtonBlockElement(endGrantID, id, Plain("End now", 75))
	now.Confirm = slack.NewConfirmationBlockObject(Plain("End this now?", 100), Plain("What was there before comes back at once.", 300), Plain("End now", 30), Plain("Back", 30))
	return slack.NewActionBlock("grant", Begin("Extend…", "extend "+id), now)
}

// endGrantID is the button that ends a grant before its time.
const endGrantID = "endgrant"

// warnOfEnd tells whoever asked that a change ends soon.
func (b *Bot) warnOfEnd(ctx context.Context, id uint64) error {
	r, err := b.Store.Request(id)
	if err != nil || !r.Grant.Runs() {
		return err
	}
	dm, err := b.direct(ctx, r.Asker.ID)
	if err != nil {
		return err
	}
	text := Markf("⏳ *#%d* %s ends %s. Then what was there before comes back by itself.", r.ID, r.Summary, When(r.Grant.Until))
	m := Message{Text: text, Blocks: []slack.Block{Section(text), endButtons(r)}}
	if _, err := b.postOnce(ctx, fmt.Sprintf("grant/%d/ends/%d", r.ID, r.Grant.Until.Unix()), dm, m); err != nil {
		return err
	}
	_, err = b.Store.Regrant(id, b.mark("its end was announced"), func(g *store.Grant) error {
		if !g.Until.Equal(r.Grant.Until) {
			return &store.GrantRunsError{Request: r} // moved meanwhile: the new end is announced in its time
		}
		g.Warned = b.Now().UTC().Round(0)
		return nil
	})
	return err
}

// giveBack asks for the change that brings back the state before a grant. The
// approval of the grant covers it, as long as what was granted still stands; when
// somebody has changed it since, people have to look at it.
func (b *Bot) giveBack(ctx context.Context, id uint64) error {
	r, err := b.Store.Request(id)
	if err != nil || !r.Grant.Runs() {
		return err
	}
	ctx = asc.WithClass(ctx, asc.Work)
	team, err := b.team(r.Team)
	if err != nil {
		return b.lapse(r, err)
	}
	_, granted, err := b.operation(r)
	if err != nil {
		return b.lapse(r, err)
	}
	verb, back, err := b.operation(store.Request{Operation: r.Grant.Words, Args: r.Grant.Args})
	if err != nil {
		return b.lapse(r, err)
	}
	stands, err := granted.Check(ctx, team.API)
	if err != nil {
		return b.lapse(r, err)
	}
	before, err := back.Check(ctx, team.API)
	if err != nil {
		return b.lapse(r, err)
	}
	if before.Standing == Done {
		return b.over(r, "What was there before stands already: "+before.before().Outcome)
	}
	sight, err := back.Look(ctx, team.API)
	if err != nil {
		return b.lapse(r, err)
	}
	draft, err := b.returning(ctx, r, verb, back, team, sight)
	if err != nil {
		return err
	}
	agreed := stands.Standing == Done
	why := fmt.Sprintf("agreed to with #%d", r.ID)
	if !agreed {
		draft.Note = fmt.Sprintf("This would end #%d, but somebody has changed it since, so I ask.", r.ID)
		why = fmt.Sprintf("#%d ends, and what it changed was changed again since", r.ID)
	}
	made, _, err := b.Store.Return(r.ID, draft, agreed, b.mark(why))
	if extended(err) {
		return nil
	}
	if err != nil {
		return err
	}
	b.start(func(ctx context.Context) { b.follow(ctx, made.ID); b.follow(ctx, r.ID) })
	return nil
}

// returning is the request that ends a grant.
func (b *Bot) returning(ctx context.Context, r store.Request, verb Verb, back Operation, team Team, sight Sight) (store.Request, error) {
	may, err := b.demanded(ctx, verb, back, team)
	if err != nil {
		return store.Request{}, err
	}
	draft, err := b.draft(proposal{verb: verb, op: back, asker: policy.Person{Team: r.Asker.Team, ID: r.Asker.ID}, name: r.Asker.Name, team: team}, may, sight)
	if err != nil {
		return draft, err
	}
	draft.Args = r.Grant.Args // to the letter
	draft.Card.Channel, draft.AskedIn = r.Card.Channel, r.AskedIn
	draft.RunUntil = b.Now().Add(returnWithin).UTC()
	draft.Preview.Fields = append([]store.Field{{Name: "Ends", After: fmt.Sprintf("#%d %s", r.ID, r.Summary)}}, draft.Preview.Fields...)
	return draft, nil
}

// redrawGrants makes the cards of what holds for a time show its end, after a change of
// the bot's own data that may have moved it.
func (b *Bot) redrawGrants(r store.Request) {
	if _, op, err := b.operation(r); err != nil {
		return
	} else if _, inward := op.(Inward); !inward {
		return
	}
	running, err := b.Store.Grants()
	if err != nil {
		b.Log.Error("reading what holds for a time only", "error", err)
		return
	}
	for _, held := range running {
		b.start(func(ctx context.Context) {
			if err := b.redraw(ctx, held.ID); err != nil {
				b.Log.Warn("a card could not be redrawn", "request", held.ID, "error", err)
			}
		})
	}
}

// lapse ends a grant whose return is not possible, and says so; a fault that may
// pass is waited out.
func (b *Bot) lapse(r store.Request, cause error) error {
	if passing(cause) {
		return cause
	}
	b.Log.Error("what was there before cannot be brought back", "request", r.ID, "error", cause)
	return b.over(r, "What was there before could not be brought back: "+words(cause).Error()+" Please look at it at App Store Connect.")
}

// extended reports whether a grant holds on, since its end was moved while it was being ended.
func extended(err error) bool {
	_, ok := errors.AsType[*store.GrantRunsError](err)
	return ok
}

// over ends a grant without a return, and tells whoever asked.
func (b *Bot) over(r store.Request, why string) error {
	r, err := b.Store.Regrant(r.ID, b.mark(why), func(g *store.Grant) error {
		if g.Until.After(b.Now()) {
			return &store.GrantRunsError{Request: r}
		}
		g.Over = b.Now().UTC().Round(0)
		return nil
	})
	if _, ended := errors.AsType[*store.GrantOverError](err); ended || extended(err) {
		return nil
	}
	if err != nil {
		return err
	}
	b.start(func(ctx context.Context) {
		dm, err := b.direct(ctx, r.Asker.ID)
		if err == nil {
			_, err = b.postOnce(ctx, fmt.Sprintf("grant/%d/over", r.ID), dm, Say("*#%d* %s has ended. %s", r.ID, r.Summary, prose(why)))
		}
		if err != nil {
			b.Log.Warn("the end of a grant could not be told", "request", r.ID, "error", err)
		}
		b.follow(ctx, r.ID)
	})
	return nil
}

// endGrant ends a grant before its time. It takes rights away and gives none, so
// whoever asked for it or may decide about it does that alone.
func (b *Bot) endGrant(ctx context.Context, d deed, a action) (Message, error) {
	id, err := strconv.ParseUint(a.Value, 10, 64)
	if err != nil {
		return Message{}, Trouble{What: "That button is from another version of the bot; nothing was done."}
	}
	r, err := b.Store.Request(id)
	if err != nil {
		return Message{}, err
	}
	if !r.Grant.Runs() {
		return Say("*#%d* has ended already.", r.ID), nil
	}
	who, name, err := b.person(ctx, d.who(), true)
	if err != nil {
		return Message{}, Trouble{What: "I cannot check in Slack who you are just now, so nothing was done.", Next: "Press again in a minute."}
	}
	if v := b.mayEnd(ctx, who, r); !v.May {
		return Message{}, b.refuse(stored(who, name), r.Operation, v, "")
	}
	mark := store.Mark{At: b.Now(), By: stored(who, name), Note: "ended before its time"}
	if _, err := b.Store.Regrant(id, mark, func(g *store.Grant) error { g.Until = b.Now().UTC().Round(0); return nil }); err != nil {
		return Message{}, err
	}
	b.begone(id)
	return Say("*#%d* ends now; I bring back what was there before and tell you in its card.", r.ID), nil
}

func (b *Bot) mayEnd(ctx context.Context, who policy.Person, r store.Request) policy.Verdict {
	if v := b.conf().Policy.MayUse(who); !v.May || who.ID == r.Asker.ID {
		return v
	}
	f, err := b.facts(ctx, r)
	if err != nil {
		return policy.Verdict{Why: "I cannot check in Slack just now whether you may do this."}
	}
	return f.conf.Policy.MayDecide(who, f.of, f.demands)
}

// covered reports whether the approval of a grant covers a request: it is the return
// which that grant has kept, to the letter.
func (b *Bot) covered(r store.Request) bool {
	if r.Returns == 0 {
		return false
	}
	of, err := b.Store.Request(r.Returns)
	return err == nil && of.Brings(r) && of.Grant.Return == r.ID
}
