package bot

import (
	"context"
	"time"

	"github.com/ascbot/ascbot/store"
)

// Greetings are claimed under these keys. A claim names whom it greets, so that one
// which a stop has kept from being posted is posted after the next start.
const (
	welcomed = "welcome"
	hello    = "hello/" // and the id of a channel
)

// greetWithin is how long a greeting is tried: later it would only surprise.
const greetWithin = 24 * time.Hour

// welcome greets whoever has installed the bot, and nobody else, with what comes next.
//
// Slack tells an app who installed it only when it sends people through OAuth itself,
// which an app of one's own company does not do, or when it is for a whole
// organisation. So whoever first opens the bot's page is taken to be that person: that
// is where Slack leads them. A bot that was asked for something before has long been
// installed.
func (b *Bot) welcome(ctx context.Context, user string) {
	if _, known, err := b.Store.LookUpClaim(welcomed); err != nil || known {
		return
	}
	who, _, err := b.person(ctx, user, false)
	if err != nil || !b.conf().Policy.MayUse(who).May {
		return
	}
	used, err := b.Store.Recent(1)
	if err == nil && len(used) > 0 {
		err = b.confirm(welcomed, store.Place{})
	} else if err == nil {
		var claim store.Claim
		var fresh bool
		if claim, fresh, err = b.Store.ClaimFor(welcomed, user, b.Now()); err == nil && fresh {
			b.greet(ctx, claim, true)
		}
	}
	if err != nil {
		b.Log.Error("looking whether the bot is new here", "error", err)
	}
}

// joined says in a channel what the bot does, when it was added there for the first
// time. It is false when that could not be noted, and so might be forgotten.
func (b *Bot) joined(channel string) bool {
	claim, fresh, err := b.Store.ClaimFor(hello+channel, channel, b.Now())
	if err != nil {
		b.Log.Error("a new channel could not be noted", "channel", channel, "error", err)
		return false
	}
	if fresh {
		b.start(func(ctx context.Context) { b.greet(ctx, claim, true) })
	}
	return true
}

// greetLate posts the greetings that were noted and not posted.
func (b *Bot) greetLate(ctx context.Context) {
	for _, kind := range []string{welcomed, hello} {
		open, err := b.Store.Unposted(kind)
		if err != nil {
			b.Log.Error("reading who is to be greeted", "error", err)
		}
		for _, claim := range open {
			b.greet(ctx, claim, false)
		}
	}
}

// greet posts what was claimed; fresh says that it was claimed just now.
func (b *Bot) greet(ctx context.Context, claim store.Claim, fresh bool) {
	defer b.greets.lock(0)()
	now, _, err := b.Store.LookUpClaim(claim.Key) // who came before may have posted it
	switch {
	case err != nil || !now.Posted.IsZero():
		return
	case !fresh && (claim.To == "" || b.Now().Sub(claim.At) > greetWithin):
		_ = b.confirm(claim.Key, store.Place{}) // or else it is looked at again
		return
	}
	where, m := claim.To, Say("Hello! I do things at App Store Connect: type `/asc` to ask for something, and somebody else agrees before it happens. `/asc help` lists it all.")
	if claim.Key == welcomed {
		m = b.welcomeTo(ctx)
		where, err = b.direct(ctx, claim.To)
	}
	if err == nil {
		_, err = b.postClaimed(ctx, claim, fresh, store.Place{Channel: where}, m)
	}
	switch {
	case lost(err): // it was removed again; whoever adds it once more knows it already
		_ = b.confirm(claim.Key, store.Place{})
	case err != nil:
		b.Log.Warn("a greeting could not be posted yet; it is tried again", "for", claim.To, "error", err)
	}
}

// welcomeTo says what the bot is and what is left to do.
func (b *Bot) welcomeTo(ctx context.Context) Message {
	var next Markup = "Everything is in place: requests are shown to those who decide, in the channel for that."
	if gap := b.gap(ctx); gap.What != "" {
		next = Markf("*Left to do:* make the channel %s and invite me there with `/invite`. What is asked for is shown in it, and somebody else agrees.", b.conf().Approvals)
	}
	return Say("Hello! I do things at App Store Connect for people in Slack: invite somebody, add TestFlight testers, show sales. "+
		"Every change is shown to somebody else first, is checked afterwards, and stands in a log.\n%s\n"+
		"I say this only to you. `/asc` works in every channel, and on my Home stands what waits for you.", next).
		Buttons(Begin("How I am connected", "status"), Begin("What I can do", "help"))
}
