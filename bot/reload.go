package bot

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ascbot/ascbot/bot/policy"
	"github.com/ascbot/ascbot/store"
)

// ErrRules means that the rules speak of people, user groups or channels that Slack does
// not know. Starting again helps only once the configuration is mended, or Slack.
var ErrRules = errors.New("the rules cannot be used")

// beginRules looks at the rules at the start: whether Slack knows whom they speak of,
// and whether they are others than before, which the log then says.
func (b *Bot) beginRules(ctx context.Context) error {
	if err := b.known(ctx, b.conf()); err != nil {
		return err
	}
	leaf, again, err := b.noteRules(b.conf())
	if err != nil {
		return fmt.Errorf("writing into the log which rules are in force: %w", err)
	}
	if again {
		b.start(func(ctx context.Context) { b.tellRules(ctx, leaf) })
	} else {
		b.start(b.tellRulesLate)
	}
	b.start(b.tellRefusedLate)
	return nil
}

// tellRulesLate tells the approvers of the newest change of the rules if they were not
// told, because the bot was stopped or Slack had troubles.
func (b *Bot) tellRulesLate(ctx context.Context) {
	leaf, changed, err := b.Store.PolicyChange()
	if err != nil {
		b.Log.Error("reading which rules are in force", "error", err)
		return
	}
	if !changed || b.Now().Sub(leaf.At) > recently {
		return
	}
	if claim, ok, err := b.Store.LookUpClaim(rulesKey(leaf)); err == nil && (!ok || claim.Posted.IsZero()) {
		b.tellRules(ctx, leaf)
	}
}

// noteRules writes into the log that rules are in force, unless they were before. It
// answers whether others were.
func (b *Bot) noteRules(c *Config) (leaf store.Leaf, again bool, err error) {
	leaf, changed, before, err := b.Store.NotePolicy(c.Hash(), c.Lines(), b.mark("rules "+c.Hash()[:12]+" are in force"), policy.Diff)
	return leaf, changed && before, err
}

// keepRules puts other rules in force whenever it is told to read them again.
func (b *Bot) keepRules(ctx context.Context) {
	for {
		select {
		case read := <-b.Reload:
			b.reload(ctx, read)
		case <-ctx.Done():
			return
		}
	}
}

// reload puts what was read in force, if it can be used; otherwise the rules stay as
// they are, and that is told.
func (b *Bot) reload(ctx context.Context, read func() (Config, error)) {
	c, err := read()
	if err == nil {
		err = b.known(ctx, &c)
	}
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		b.alarm(ctx, err)
		return
	}
	leaf, again, err := b.putInForce(c)
	if err != nil { // what the log cannot hold is not done
		b.Log.Error("the rules were not read again, since the log could not be written", "error", err)
		return
	}
	b.Log.Info("the rules were read again", "hash", c.Hash(), "changed", again)
	if again {
		b.start(func(ctx context.Context) { b.tellRules(ctx, leaf) })
	}
	b.underOtherRules(ctx)
}

// putInForce notes other rules and puts them in force. No change begins in between, so
// that what the log has after their line was done under them.
func (b *Bot) putInForce(c Config) (leaf store.Leaf, again bool, err error) {
	b.claims.Lock()
	defer b.claims.Unlock()
	if leaf, again, err = b.noteRules(&c); err == nil {
		b.adopt(c)
	}
	return leaf, again, err
}

// alarm tells the log and the approvers, once, that the rules could not be read again.
func (b *Bot) alarm(ctx context.Context, why error) {
	b.Log.Error("the rules could not be read again; those from before stay in force", "error", why)
	leaf, err := b.Store.Record(store.Leaf{Kind: rulesRefused, At: b.Now(), Note: refusedNote + clean(strings.ReplaceAll(why.Error(), "\n", betweenFaults), 2000)})
	if err != nil {
		b.Log.Error("the log could not be written", "error", err)
		return
	}
	b.tellRefused(ctx, leaf)
}

// rulesRefused is the kind of line, and refusedNote how it begins, when other rules could not be used.
// A file can have several faults: the log has them in one line.
const rulesRefused, refusedNote, betweenFaults = "rules refused", "other rules were refused: ", " · "

// tellRefused tells the approvers that other rules could not be used, as the log has it.
func (b *Bot) tellRefused(ctx context.Context, leaf store.Leaf) {
	defer b.tells.lock(uint64(leaf.N))()
	why := strings.ReplaceAll(strings.TrimPrefix(leaf.Note, refusedNote), betweenFaults, "\n")
	b.postRules(ctx, leaf, Markf("⚠️ The rules could not be read again, so those from before stay in force.\n%s", Block(shorten(why, mostShown))))
}

// tellRefusedLate tells them of the newest refusal if they were not told, because the bot was stopped
// or Slack had troubles.
func (b *Bot) tellRefusedLate(ctx context.Context) {
	last, err := b.Store.Browse(store.LogFilter{Outcome: rulesRefused}, store.Newest, 1)
	if err != nil {
		b.Log.Error("reading which rules were refused", "error", err)
		return
	}
	for _, leaf := range last.Lines {
		if claim, ok, err := b.Store.LookUpClaim(rulesKey(leaf)); err == nil && (!ok || claim.Posted.IsZero()) && b.Now().Sub(leaf.At) < recently {
			b.tellRefused(ctx, leaf)
		}
	}
}

// mostShown bounds what of a change of rules is posted, in characters; the log has
// it all.
const mostShown = 2400

// tellRules tells the approvers what has changed in the rules.
func (b *Bot) tellRules(ctx context.Context, leaf store.Leaf) {
	defer b.tells.lock(uint64(leaf.N))()
	b.postRules(ctx, leaf, Markf("📜 The rules have changed (record %d of the log).\n%s", leaf.N, Block(shorten(strings.Join(leaf.Diff(), "\n"), mostShown))))
}

func rulesKey(leaf store.Leaf) string { return fmt.Sprintf("rules/%d", leaf.N) }

func (b *Bot) postRules(ctx context.Context, leaf store.Leaf, text Markup) {
	court, err := b.court(ctx, "")
	if err == nil {
		_, err = b.postOnce(ctx, rulesKey(leaf), court, Message{Text: text})
	}
	if err != nil {
		b.Log.Error("the approvers could not be told about the rules", "error", err)
	}
}

// underOtherRules brings open requests in line with rules that have just come into
// force: their cards say who has to agree now, and one about which nobody can decide
// any more ends.
func (b *Bot) underOtherRules(ctx context.Context) {
	open, err := b.Store.Open()
	if err != nil {
		b.Log.Error("reading open requests", "error", err)
		return
	}
	for _, r := range open {
		if r.State != store.Pending {
			continue // an approved one is counted again before it runs
		}
		rules, err := b.ruling(r)
		if err != nil {
			b.giveUp(r.ID, upper(err.Error())+".")
			continue
		}
		if needs := rules.demands.InWords(); needs != r.Preview.Needs {
			if _, err := b.Store.Edit(r.ID, func(r *store.Request) error { r.Preview.Needs = needs; return nil }); err != nil {
				b.Log.Error("a request could not be brought in line with the rules", "request", r.ID, "error", err)
				continue
			}
		} else if len(r.Votes) == 0 {
			continue
		}
		b.pursue(r.ID) // it counts the votes again
	}
}

// giveUp takes a pending request back for the bot, and shows it.
func (b *Bot) giveUp(id uint64, why string) {
	if err := b.move(id, store.Cancelled, why, func(r *store.Request) error { r.Outcome = why; return nil }); err != nil {
		b.Log.Error("a request could not be ended", "request", id, "error", err)
		return
	}
	b.pursue(id)
}
