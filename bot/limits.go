package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ascbot/ascbot/bot/policy"
	"github.com/ascbot/ascbot/store"
)

// pace counts what each person does, so that nobody keeps the bot from the others.
// It is asked before anything is written down, and costs no call to anybody.
type pace struct {
	mu   sync.Mutex
	done map[string]*paced // by person
}

type paced struct {
	times []time.Time // of what was let through within the last minute, oldest first
	keys  []string    // its envelopes
	told  time.Time   // when the person was last told to wait
}

// strides is the time in which commands are counted.
const strides = time.Minute

// mostPaced bounds how many people are remembered.
const mostPaced = 5000

// let reports whether somebody may do one thing more now, and if not, after how
// long. An envelope that Slack delivers again counts once.
func (p *pace) let(who, envelope string, most int, now time.Time) (wait time.Duration, may bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	was := p.of(who, now)
	for len(was.times) > 0 && now.Sub(was.times[0]) >= strides {
		was.times, was.keys = was.times[1:], was.keys[1:]
	}
	for _, key := range was.keys {
		if key == envelope {
			return 0, true
		}
	}
	if len(was.times) >= most {
		return strides - now.Sub(was.times[0]), false
	}
	was.times, was.keys = append(was.times, now), append(was.keys, envelope)
	return 0, true
}

func (p *pace) of(who string, now time.Time) *paced {
	if p.done == nil {
		p.done = map[string]*paced{}
	}
	if len(p.done) > mostPaced {
		for id, was := range p.done {
			if n := len(was.times); n == 0 || now.Sub(was.times[n-1]) >= strides {
				delete(p.done, id)
			}
		}
	}
	if p.done[who] == nil {
		p.done[who] = &paced{}
	}
	return p.done[who]
}

// telling reports whether somebody is to be told to wait who was not told within the
// last second.
func (p *pace) telling(who string, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	was := p.of(who, now)
	if now.Sub(was.told) < time.Second {
		return false
	}
	was.told = now
	return true
}

// hurried says no to a command of somebody who gives more of them in a minute than
// the rules allow. It is what is decided first about a command.
func (b *Bot) hurried(d deed, envelope string) policy.Verdict {
	conf := b.conf()
	most := conf.Policy.Limits.Commands
	wait, may := b.pace.let(conf.Policy.WhoHas(d.who()), envelope, most, time.Now())
	if may {
		return policy.Verdict{May: true}
	}
	seconds := int(wait/time.Second) + 1
	return policy.Verdict{Why: fmt.Sprintf("That is more than %d commands in a minute, so I did not do it. Try again in %d seconds.", most, seconds)}
}

// hurriedLine answers a command inside its acknowledgement, where Slack takes an
// answer: no call is made for it.
func hurriedLine(v policy.Verdict) any {
	return map[string]any{"response_type": "ephemeral", "text": string(prose(v.Why))}
}

// misplaced says no to a command in a channel in which the rules do not have commands
// answered. Direct messages and the Home tab always are.
func (b *Bot) misplaced(ctx context.Context, conf *Config, channel string) (policy.Verdict, error) {
	if len(conf.Channels) == 0 || channel == "" || channel[0] == 'D' || slices.Contains(conf.Channels, channel) {
		return policy.Verdict{May: true}, nil
	}
	mine, err := b.channels(ctx)
	if err != nil {
		return policy.Verdict{}, fmt.Errorf("looking for the channels in which commands are answered: %w", err)
	}
	for _, c := range mine {
		if c.ID == channel && slices.Contains(conf.Channels, "#"+c.Name) {
			return policy.Verdict{May: true}, nil
		}
	}
	return policy.Verdict{Why: "I do not answer in this channel."}, nil
}

// turnAway writes into the log that somebody was told to wait.
func (b *Bot) turnAway(d deed, v policy.Verdict) {
	by := store.Person{Team: or(d.TeamID, d.User.TeamID), ID: d.who(), Name: b.people.called(d.who())}
	refused := b.refuse(by, "", v, "")
	b.Log.Debug("somebody was told to wait", "user", by.ID, "error", refused)
}

// tooMany says no to a request of somebody who has too many open, or when there are
// too many of all together. It is asked while no other request is made.
func (b *Bot) tooMany(draft store.Request) error {
	open, err := b.Store.Open()
	if err != nil {
		return err
	}
	p := b.conf().Policy
	var own []string
	for _, r := range open {
		if p.WhoHas(r.Asker.ID) == p.WhoHas(draft.Asker.ID) {
			own = append(own, fmt.Sprintf("#%d", r.ID))
		}
	}
	switch {
	case len(own) >= p.Limits.Open:
		why := fmt.Sprintf("You have %d open requests already (%s), and the rules allow no more.", len(own), strings.Join(own, ", "))
		return b.refuse(draft.Asker, draft.Operation, policy.Verdict{Why: why}, "Wait until one is decided, or take one back.")
	case len(open) >= p.Limits.Workspace:
		why := fmt.Sprintf("There are %d open requests already, and the rules allow no more.", len(open))
		return b.refuse(draft.Asker, draft.Operation, policy.Verdict{Why: why}, "`/asc requests` shows them. Try again when some are decided.")
	}
	return nil
}

// pressed does what is decided first about the button of a command: whoever presses
// too many is told so, once a second at the most.
func (b *Bot) pressed(d deed, envelope string) (may bool) {
	v := b.hurried(d, envelope)
	if v.May {
		return true
	}
	b.turnAway(d, v)
	if b.pace.telling(d.who(), time.Now()) {
		b.start(func(ctx context.Context) { b.answer(ctx, d, Trouble{What: v.Why}.message()) })
	}
	return false
}
