package commands

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/roles"
	"github.com/ascbot/ascbot/store"
)

// What becomes of an invitation is looked at this often. Apple gives it three days;
// a day before they are over, people are told.
const (
	acceptLooks = time.Hour
	lapseNear   = 24 * time.Hour
	lapseLag    = 2 * time.Minute  // for the clocks of two companies
	secondLook  = 10 * time.Minute // when it is gone and nobody has come yet: lists lag behind
)

// sent is an invitation that was sent, as far as following it needs.
type sent struct {
	Email, First, Last string
	Access             *Access
}

// followed is what one look at an invitation leaves for the next.
type followed struct {
	ID      string    `json:"id"`
	Expires time.Time `json:"expires"`
	Users   []string  `json:"users"` // who was on the team when it was sent: their ids, shortened
	Warned  bool      `json:"warned,omitempty"`
	Gone    bool      `json:"gone,omitempty"` // it was gone at the last look, and nobody new there
	As      string    `json:"as,omitempty"`   // the address under which it was accepted, when that is another one
}

// FollowUp looks whether the invitation was accepted, and under which address.
func (in *Invite) FollowUp(ctx context.Context, api *asc.Client, known json.RawMessage, now time.Time) (bot.Turn, error) {
	return sent{in.Email, in.FirstName, in.LastName, &in.Access}.follow(ctx, api, known, now)
}

// FollowUp looks whether the new invitation was accepted.
func (r *InvitationResend) FollowUp(ctx context.Context, api *asc.Client, known json.RawMessage, now time.Time) (bot.Turn, error) {
	return sent{r.Email, r.FirstName, r.LastName, &r.Access}.follow(ctx, api, known, now)
}

func (s sent) follow(ctx context.Context, api *asc.Client, known json.RawMessage, now time.Time) (bot.Turn, error) {
	if known == nil {
		return s.begin(ctx, api, now)
	}
	var f followed
	if err := json.Unmarshal(known, &f); err != nil {
		return bot.Turn{}, fmt.Errorf("what was known of an invitation cannot be read: %w", err)
	}
	_, err := api.UserInvitation(ctx, f.ID)
	switch {
	case err == nil && now.After(f.Expires.Add(lapseLag)):
		return s.lapsed(f), nil
	case err == nil:
		return s.open(f, now), nil
	case !asc.NotFound(err):
		return bot.Turn{}, err
	}
	return s.gone(ctx, api, f, now)
}

// begin notes the invitation, and who is on the team already.
func (s sent) begin(ctx context.Context, api *asc.Client, now time.Time) (bot.Turn, error) {
	inv, there, err := invitationFor(ctx, api, s.Email)
	if err != nil {
		return bot.Turn{}, err
	}
	if !there {
		return s.gone(ctx, api, followed{Expires: now}, now)
	}
	f := followed{ID: inv.ID, Expires: inv.ExpirationDate}
	if f.Expires.IsZero() {
		f.Expires = now.Add(72 * time.Hour)
	}
	for u, err := range api.Users(ctx, asc.UserFilter{}) {
		if err != nil {
			return bot.Turn{}, err
		}
		f.Users = append(f.Users, shortID(u.ID))
	}
	return s.open(f, now), nil
}

// shortID stands for an id, so that those of a whole team take little room.
func shortID(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:5])
}

// open is an invitation that waits. A day before its end it is time to say so.
func (s sent) open(f followed, now time.Time) bot.Turn {
	turn := bot.Turn{Next: now.Add(acceptLooks)}
	if end := f.Expires.Add(lapseLag + time.Minute); turn.Next.After(end) && end.After(now) {
		turn.Next = end
	}
	if !f.Warned && f.Expires.Sub(now) <= lapseNear {
		f.Warned = true
		turn.Sign, turn.News = "⏳", fmt.Sprintf("%s has not accepted the invitation yet; it lapses %s.", s.Email, day(f.Expires))
		turn.Offer = []bot.Offer{
			{Label: "Re-send", Words: "invitation resend " + s.Email},
			{Label: "Cancel the invitation", Words: "invitation cancel " + s.Email},
		}
	}
	turn.Known = f
	return turn
}

func (s sent) lapsed(f followed) bot.Turn {
	return bot.Turn{
		Sign: "⌛", News: fmt.Sprintf("The invitation of %s has lapsed %s: nobody accepted it.", s.Email, day(f.Expires)),
		Offer: []bot.Offer{{Label: "Invite again", Words: s.again()}},
	}
}

// again is the command that sends the same invitation once more.
func (s sent) again() string {
	return strings.Join([]string{"invite", bot.Quote(s.First), bot.Quote(s.Last), s.Email, s.Access.typed()}, " ")
}

// gone finds out why an invitation is not there any more.
func (s sent) gone(ctx context.Context, api *asc.Client, f followed, now time.Time) (bot.Turn, error) {
	if other, there, err := invitationFor(ctx, api, s.Email); err != nil || there && other.ID != f.ID {
		return bot.Turn{}, err // another one has taken its place, and is followed by itself
	}
	var fresh []asc.User
	for u, err := range api.Users(ctx, asc.UserFilter{IncludeApps: true}) {
		switch {
		case err != nil:
			return bot.Turn{}, err
		case strings.EqualFold(u.Username, s.Email):
			return s.accepted(u, ""), nil
		case f.Users != nil && !slices.Contains(f.Users, shortID(u.ID)) && s.Access.same(heldBy(u)):
			fresh = append(fresh, u)
		}
	}
	switch {
	case len(fresh) == 1:
		return s.accepted(fresh[0], " It seems so: they are new on the team and have just these rights."), nil
	case len(fresh) > 1:
		var who []string
		for _, u := range fresh {
			who = append(who, u.Username)
		}
		return bot.Turn{Sign: "✅", News: fmt.Sprintf("%s has accepted under another address, it seems: one of %s, who are new on the team with just these rights.", s.Email, strings.Join(who, ", "))}, nil
	case !f.Gone:
		f.Gone = true
		return bot.Turn{Known: f, Next: now.Add(secondLook)}, nil
	case !now.Before(f.Expires):
		return s.lapsed(f), nil
	}
	return bot.Turn{Sign: "↩️", News: fmt.Sprintf("The invitation of %s is withdrawn; nobody had accepted it.", s.Email)}, nil
}

func (s sent) accepted(u asc.User, why string) bot.Turn {
	who, turn := s.Email, bot.Turn{Sign: "✅"}
	if !strings.EqualFold(u.Username, s.Email) {
		who += ", as " + u.Username + ","
		turn.Known = followed{As: u.Username}
	}
	turn.News = fmt.Sprintf("%s has accepted the invitation and is on the team as %s.%s", who, roles.Words(u.Roles), why)
	turn.Offer = []bot.Offer{{Label: "Show", Words: "user " + u.Username}}
	return turn
}

// acceptedAs is the address under which the invitation of a request was accepted, when it
// is another one than it was sent to.
func acceptedAs(r store.Request) string {
	var f followed
	if r.FollowUp == nil || json.Unmarshal(r.FollowUp.Known, &f) != nil {
		return ""
	}
	return f.As
}
