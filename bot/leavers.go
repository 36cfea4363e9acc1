package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot/roles"
	"github.com/ascbot/ascbot/store"
)

// Somebody who has left Slack is looked for each day after this hour (UTC), beside the
// moment in which Slack says that an account was deactivated. While they are on the
// team, their removal is proposed again after some time.
const (
	leaversHour  = 6
	proposeAgain = 30 * 24 * time.Hour
)

// keepLeavers looks once a day who has left Slack and is on the team all the same,
// until ctx ends.
func (b *Bot) keepLeavers(ctx context.Context) {
	tick := time.NewTicker(b.Tick)
	defer tick.Stop()
	var pace pacing
	for {
		if day, due := b.leaversDue(); due && pace.ready(b.Now()) && b.clockOff() == "" {
			if b.lookForLeavers(ctx) {
				pace = pacing{}
				b.noteLook(day)
			} else {
				pace.later(b.Now())
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// leaversDue is the mark of today's look, and whether it is still to be made.
func (b *Bot) leaversDue() (day string, due bool) {
	now := b.Now().UTC()
	day = "leavers/" + now.Format(time.DateOnly)
	claim, known, err := b.Store.LookUpClaim(day)
	return day, now.Hour() >= leaversHour && err == nil && (!known || claim.Posted.IsZero())
}

func (b *Bot) noteLook(day string) {
	_, _, err := b.Store.Claim(day, b.Now())
	if err == nil {
		err = b.confirm(day, store.Place{})
	}
	if err != nil {
		b.Log.Error("a day's look for people who left could not be noted", "error", err)
	}
}

// lookForLeavers proposes to remove whoever has left Slack from each team. It reports
// whether everything could be looked at.
func (b *Bot) lookForLeavers(ctx context.Context) (complete bool) {
	defer b.leaving.lock(0)()
	ctx = asc.WithClass(ctx, asc.Job)
	accounts, err := b.everyAccount(ctx, true)
	if err != nil {
		b.Log.Warn("who has left Slack could not be looked up; it is tried again", "error", err)
		return false
	}
	complete = true
	for _, team := range b.Teams {
		if err := b.leaversOf(ctx, team, accounts); err != nil && ctx.Err() == nil {
			b.Log.Warn("who has left could not be looked for; it is tried again", "team", team.Name, "error", err)
			complete = false
		}
	}
	return complete
}

func (b *Bot) leaversOf(ctx context.Context, team Team, accounts Accounts) error {
	for u, err := range team.API.Users(ctx, asc.UserFilter{}) {
		if err != nil {
			return err
		}
		active, left := accounts.Of(u.Username)
		if len(active) > 0 || len(left) == 0 {
			continue
		}
		if err := b.proposeRemoval(ctx, team, u); err != nil {
			return err
		}
	}
	return nil
}

// proposeRemoval shows those who decide that somebody has left. It asks for nothing:
// whoever presses the button does, and then somebody else has to agree.
func (b *Bot) proposeRemoval(ctx context.Context, team Team, u asc.User) error {
	key, due, err := b.proposalDue(team, u)
	if err != nil || !due {
		return err
	}
	where, err := b.court(ctx, "")
	if err != nil {
		return err
	}
	if _, known, err := b.Store.LookUpClaim(key); err == nil && !known {
		note := fmt.Sprintf("%s has left Slack and is on the team %s; their removal is proposed", u.Username, team.Name)
		if _, err := b.Store.Record(store.Leaf{At: b.Now(), Kind: "proposed", Operation: "remove", Note: note}); err != nil {
			return err
		}
	}
	_, err = b.postOnce(ctx, key, where, b.leaverCard(team, u))
	return err
}

// proposalDue finds the key of the next proposal to remove somebody, and whether it is
// time for it.
func (b *Bot) proposalDue(team Team, u asc.User) (key string, due bool, err error) {
	for n := 1; ; n++ {
		key = fmt.Sprintf("leaver/%s/%s/%d", team.Name, u.ID, n)
		claim, known, err := b.Store.LookUpClaim(key)
		switch {
		case err != nil || !known || claim.Posted.IsZero():
			return key, err == nil, err
		case b.Now().Sub(claim.Posted) < proposeAgain:
			return key, false, nil
		}
	}
}

// leaverCard says who has left, what they can still do, and what can be done.
func (b *Bot) leaverCard(team Team, u asc.User) Message {
	name := or(strings.TrimSpace(u.FirstName+" "+u.LastName), u.Username)
	if slices.Contains(u.Roles, roles.AccountHolder) {
		return b.holderCard(team, u, name)
	}
	text := Markf("👋 *%s* (%s) has left Slack, and is still on the App Store Connect team “%s” as %s.", name, u.Username, team.Name, roles.Words(u.Roles))
	return Message{Text: text, Blocks: append([]slack.Block{
		Section(text),
		Context("I do nothing about it by myself. Whoever may ask for it can; then somebody else has to agree, as always."),
	}, offers([]Offer{
		{Label: "Ask for removal", Words: b.on("remove "+u.Username, team)},
		{Label: "Show", Words: b.on("user "+u.Username, team)},
	})...)}
}

// holderCard says that the Account Holder has left, whom nobody can remove.
func (b *Bot) holderCard(team Team, u asc.User, name string) Message {
	text := Markf("👋 *%s* (%s) has left Slack, and is the Account Holder of the App Store Connect team “%s”: only they can accept agreements and renew the membership, and they cannot be removed.", name, u.Username, team.Name)
	return Message{Text: text, Blocks: append([]slack.Block{
		Section(text),
		Context("They can hand the role on at developer.apple.com, under Membership. When they cannot be reached any more, Apple's Developer Support transfers it."),
	}, offers([]Offer{{Label: "Show", Words: b.on("user "+u.Username, team)}})...)}
}
