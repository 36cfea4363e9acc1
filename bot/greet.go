package bot

import "context"

// welcomed is the key under which it is written down that somebody was welcomed.
const welcomed = "welcome"

// welcome greets whoever has installed the bot, and nobody else, with what comes next.
//
// Slack tells an app who installed it only when it sends people through OAuth itself,
// which an app of one's own company does not do, or when it is for a whole
// organisation. So whoever first opens the bot's page is taken to be that person: that
// is where Slack leads them. A bot that was asked for something before has long been
// installed.
func (b *Bot) welcome(ctx context.Context, user string) {
	who, _, err := b.person(ctx, user, false)
	if err != nil || !b.conf().Policy.MayUse(who).May {
		return
	}
	used, err := b.Store.Recent(1)
	if err != nil {
		b.Log.Error("looking whether the bot is new here", "error", err)
		return
	}
	if _, fresh, err := b.Store.Claim(welcomed, b.Now()); err != nil || !fresh || len(used) > 0 {
		return
	}
	dm, err := b.direct(ctx, user)
	if err == nil {
		_, err = b.postOnce(ctx, welcomed+"/"+user, dm, b.welcomeTo(ctx))
	}
	if err != nil {
		b.Log.Warn("whoever installed the bot could not be welcomed", "user", user, "error", err)
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

// joined says in a channel what the bot does, when it was added there for the first
// time.
func (b *Bot) joined(ctx context.Context, channel string) {
	_, err := b.postOnce(ctx, "hello/"+channel, channel,
		Say("Hello! I do things at App Store Connect: type `/asc` to ask for something, and somebody else agrees before it happens. `/asc help` lists it all."))
	if err != nil {
		b.Log.Warn("a new channel could not be greeted", "channel", channel, "error", err)
	}
}
