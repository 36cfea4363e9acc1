package commands

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/store"
)

// DigestTurn pauses a digest, lets it go on, or removes it.
type DigestTurn struct {
	Name string `json:"name"`
	To   string `json:"to"` // pause, resume or remove

	of    string // App Store Connect team whose sales the digest shows; blank: every one
	store *store.Store
	now   func() time.Time
}

// Within gives the data that digests are kept in.
func (x *DigestTurn) Within(s *store.Store, now func() time.Time) { x.store, x.now = s, now }

// Parse takes the name.
func (x *DigestTurn) Parse(words []string) error {
	if x.Name = strings.Join(words, " "); x.Name == "" {
		return bot.ErrMore
	}
	return nil
}

// Form asks for the name.
func (x *DigestTurn) Form() bot.Form {
	return bot.Form{Title: sentence(x.To) + " a digest", Fields: []bot.Field{
		{Name: "name", Label: "Name", Hint: "“/asc digest list” shows which there are", Text: x.Name},
	}}
}

// Read takes the form.
func (x *DigestTurn) Read(v bot.Values) map[string]string {
	if x.Name = strings.TrimSpace(v["name"].Text); x.Name == "" {
		return map[string]string{"name": "Write the name of the digest."}
	}
	return nil
}

// Summary says what will be done.
func (x *DigestTurn) Summary() string { return sentence(x.To) + " the sales digest " + x.Name }

// Beneficiaries are nobody.
func (x *DigestTurn) Beneficiaries() []string { return nil }

// Team is that whose sales the digest shows; its rules count.
func (x *DigestTurn) Team() string { return x.of }

// AllTeams says that without a team, or after its team is gone, it is for the rules of all.
func (x *DigestTurn) AllTeams() bool { return true }

// Find looks whether there is such a digest.
func (x *DigestTurn) Find(context.Context, *asc.Client) error {
	d, there, err := x.store.Digest(x.Name)
	x.of = d.Team
	if err == nil && !there {
		return bot.Trouble{What: "There is no digest “" + x.Name + "” that was set up in Slack.", Next: "`/asc digest list` shows all of them; those of the configuration are changed there."}
	}
	return err
}

// Look shows the digest as it stands.
func (x *DigestTurn) Look(context.Context, *asc.Client) (bot.Sight, error) {
	now, there, err := x.store.Digest(x.Name)
	if err != nil {
		return bot.Sight{}, err
	}
	undo := map[string]string{"pause": "Can be undone with /asc digest resume " + x.Name, "resume": "Can be undone with /asc digest pause " + x.Name, "remove": "Can be undone with /asc digest add " + x.Name}
	after := map[string]string{"pause": "paused", "resume": "posted", "remove": "gone"}
	return bot.Sight{Shown: now, Preview: store.Preview{
		Fields: []store.Field{{Name: "Digest in " + cmp.Or(now.Where, now.Channel), Before: standing(now, there), After: after[x.To]}},
		Undo:   undo[x.To],
	}}, nil
}

func standing(d store.Digest, there bool) string {
	switch {
	case !there:
		return "gone"
	case d.Paused:
		return "paused"
	}
	return "posted"
}

// Do makes the turn. A digest that goes on begins with its next time.
func (x *DigestTurn) Do(context.Context, *asc.Client) error {
	if x.To == "remove" {
		return x.store.DropDigest(x.Name)
	}
	d, there, err := x.store.Digest(x.Name)
	if err != nil || !there {
		return err
	}
	if d.Paused = x.To == "pause"; !d.Paused {
		d.Since = x.now()
	}
	return x.store.PutDigest(d)
}

// Check looks how the digest stands.
func (x *DigestTurn) Check(context.Context, *asc.Client) (bot.Finding, error) {
	d, there, err := x.store.Digest(x.Name)
	if err != nil {
		return bot.Finding{}, err
	}
	is := standing(d, there)
	if want := map[string]string{"pause": "paused", "resume": "posted", "remove": "gone"}[x.To]; is != want {
		return bot.Finding{Standing: bot.NotDone, Outcome: "The digest " + x.Name + " is " + is + "."}, nil
	}
	return bot.Finding{Standing: bot.Done, Outcome: "The digest " + x.Name + " is " + is + " now."}, nil
}
