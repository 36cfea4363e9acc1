package commands

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/roles"
	"github.com/ascbot/ascbot/store"
)

// ReviewAccess shows who has what, with what is to be looked at first; keeps that
// somebody's access was looked at and is right; and hands out the whole as a file.
type ReviewAccess struct {
	keep   string // whose access is right, instead of the list
	export bool   // the file, instead of the list
}

// Parse reads nothing, "export" or "keep <email or name>".
func (q *ReviewAccess) Parse(words []string) error {
	switch {
	case len(words) == 0:
	case strings.EqualFold(words[0], "export") && len(words) == 1:
		q.export = true
	case strings.EqualFold(words[0], "keep") && len(words) > 1:
		q.keep = strings.Join(words[1:], " ")
	default:
		return bot.Trouble{What: "I expected nothing more, “export”, or “keep” and a person.", Next: "For example `/asc review-access` or `/asc review-access keep bo@example.com`."}
	}
	return nil
}

// reviewed is one person in a review.
type reviewed struct {
	member
	has   Access
	slack inSlack
	looks []string // what is to be looked at
	kept  *kept    // the newest word that all is right, if there is one
}

// kept is what the log keeps of a word that somebody's access is right.
type kept struct {
	Team   string `json:"team"`
	Email  string `json:"email"`
	Access string `json:"access"` // in words, as it was then

	by string
	at time.Time
}

// reviewKind is the kind of the log's lines about reviews.
const reviewKind = "reviewed"

// Answer is the list, the file, or that a word was kept.
func (q *ReviewAccess) Answer(ctx context.Context, d bot.Desk) (bot.Message, error) {
	all, err := reviewTeam(ctx, d)
	if err != nil {
		return bot.Message{}, err
	}
	switch {
	case q.keep != "":
		return q.keeping(d, all)
	case q.export:
		return exportReview(d, all)
	}
	rows := make([]bot.Row, len(all))
	open := 0
	for i, r := range all {
		if rows[i] = r.row(d.Now()); r.open(d.Now()) {
			open++
		}
	}
	title := bot.Markf("%s with access, %d to look at", count(len(all), "person", "people"), open)
	return bot.Listing(title, rows, "Nobody has access.").
		Buttons(bot.Begin("Export as CSV", "review-access export")).
		Below("*Keep* notes in the log that this access is right, and for 90 days nobody has to look again. Changes and removals are asked for as always."), nil
}

// reviewTeam gathers everybody, those to look at first.
func reviewTeam(ctx context.Context, d bot.Desk) ([]reviewed, error) {
	everyone, apps, err := wholeTeam(ctx, d.Team.API)
	if err != nil {
		return nil, err
	}
	accounts, err := d.Slack(ctx)
	if err != nil {
		return nil, err
	}
	words, err := keptWords(d.Store, d.Team.Name)
	if err != nil {
		return nil, err
	}
	var all []reviewed
	for _, m := range everyone {
		r := reviewed{member: m, has: accessOf(m.holds(), apps), slack: presence(accounts, m.email())}
		if k, ok := words[strings.ToLower(m.email())]; ok && k.Access == r.has.words() {
			r.kept = &k
		}
		if r.looks, err = r.findings(d); err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	slices.SortStableFunc(all, func(a, b reviewed) int {
		if first := a.open(d.Now()); first != b.open(d.Now()) {
			if first {
				return -1
			}
			return 1
		}
		if c := len(b.looks) - len(a.looks); c != 0 {
			return c
		}
		return byName(a.member, b.member)
	})
	return all, nil
}

// keptFor is how long a word that all is right counts: access is mostly reviewed once a
// quarter.
const keptFor = 90 * 24 * time.Hour

// open reports whether somebody is still to be looked at. Who has left Slack since is,
// whatever was said before.
func (r reviewed) open(now time.Time) bool {
	gone := len(r.slack.active) == 0 && len(r.slack.left) > 0
	return len(r.looks) > 0 && (r.kept == nil || now.Sub(r.kept.at) > keptFor || gone)
}

// findings say why somebody's access is to be looked at.
func (r reviewed) findings(d bot.Desk) (looks []string, err error) {
	add := func(yes bool, what string) {
		if yes {
			looks = append(looks, what)
		}
	}
	add(slices.Contains(r.has.Roles, roles.Admin), "can change everyone's access")
	add(r.has.AllApps, "sees all apps")
	if r.invited != nil {
		add(true, "has not accepted the invitation, "+leftUntil(r.invited.ExpirationDate, d.Now()))
		return looks, nil
	}
	switch {
	case len(r.slack.active) == 0 && len(r.slack.left) > 0:
		add(true, "has left Slack")
	case len(r.slack.active) == 0:
		add(true, "nobody in Slack has this address")
	default:
		used, err := everUsed(d.Store, r.slack.active)
		if err != nil {
			return nil, err
		}
		add(!used, "has never asked for or decided anything here")
	}
	return looks, nil
}

// everUsed reports whether one of somebody's accounts stands in the log.
func everUsed(st *store.Store, accounts []bot.Account) (bool, error) {
	for _, a := range accounts {
		page, err := st.Browse(store.LogFilter{Person: a.ID}, store.Newest, 1)
		if err != nil || len(page.Lines) > 0 {
			return true, err
		}
	}
	return false, nil
}

// row is one person with what can be done.
func (r reviewed) row(now time.Time) bot.Row {
	text := bot.Markf("*%s*  %s  ·  %s", r.name(), r.email(), r.has.words())
	if len(r.looks) > 0 {
		text += bot.Markf("\n⚠️ %s", strings.Join(r.looks, "; "))
	}
	if r.kept != nil {
		text += bot.Markf("\n☑️ kept by %s, %s", r.kept.by, bot.When(r.kept.at))
	}
	keep := bot.Begin("Keep", "review-access keep "+r.email())
	return bot.Row{Text: text, Under: slices.Insert(buttonsFor(r.member, r.has), 0, keep)}
}

// keptWords are the newest words about everybody, by address.
func keptWords(st *store.Store, team string) (map[string]kept, error) {
	words := map[string]kept{}
	for at := store.Newest; ; {
		page, err := st.Browse(store.LogFilter{Outcome: reviewKind}, at, 200)
		if err != nil {
			return nil, err
		}
		for _, l := range page.Lines {
			var k kept
			if json.Unmarshal(l.Details, &k) != nil || k.Email == "" || k.Team != team {
				continue // an export, or erased
			}
			if l.By != nil {
				k.by = l.By.Name
			}
			k.at = l.At
			if _, newer := words[k.Email]; !newer {
				words[k.Email] = k
			}
		}
		if page.Older < 0 {
			return words, nil
		}
		at = store.Edge{Before: page.Older, After: -1}
	}
}

// keeping writes down that somebody's access is right.
func (q *ReviewAccess) keeping(d bot.Desk, all []reviewed) (bot.Message, error) {
	var people []member
	for _, r := range all {
		people = append(people, r.member)
	}
	m, err := pickMember(people, q.keep)
	if err != nil {
		return bot.Message{}, err
	}
	i := slices.IndexFunc(all, func(r reviewed) bool { return r.member == m })
	if slices.ContainsFunc(all[i].slack.active, func(a bot.Account) bool { return a.ID == d.Who.ID }) {
		return bot.Message{}, bot.Trouble{What: "That is your own access; somebody else has to say that it is right."}
	}
	k := kept{Team: d.Team.Name, Email: strings.ToLower(m.email()), Access: all[i].has.words()}
	details, err := json.Marshal(k)
	if err != nil {
		return bot.Message{}, err
	}
	by := store.Person{Team: d.Who.Team, ID: d.Who.ID, Name: d.Name}
	if _, err := d.Store.Record(store.Leaf{At: d.Now(), Kind: reviewKind, By: &by, Operation: "review-access", Note: m.email() + " keeps: " + k.Access, Details: details}); err != nil {
		return bot.Message{}, err
	}
	return bot.Say("Noted in the log: %s keeps %s.", m.email(), k.Access), nil
}

// exportReview hands out everything as a table. Its fingerprint is in the log, and the
// checkpoint after it stands beside it: together they prove what the review showed.
func exportReview(d bot.Desk, all []reviewed) (bot.Message, error) {
	rows := [][]bot.Cell{texts("team", "name", "e-mail", "state", "roles", "apps", "certificates", "in Slack", "to look at", "kept by", "kept")}
	for _, r := range all {
		state, in := "on the team", "nobody"
		if r.invited != nil {
			state = "invited until " + day(r.invited.ExpirationDate)
		}
		switch {
		case len(r.slack.active) > 0:
			in = r.slack.active[0].Name
		case len(r.slack.left) > 0:
			in = "left: " + r.slack.left[0].Name
		}
		by, at := "", ""
		if r.kept != nil {
			by, at = r.kept.by, day(r.kept.at)
		}
		rows = append(rows, texts(d.Team.Name, r.name(), r.email(), state, roles.Words(r.has.Roles), r.has.sight(), r.has.signing(), in, strings.Join(r.looks, "; "), by, at))
	}
	data := bot.CSV(rows)
	sum := fmt.Sprintf("%x", sha256.Sum256(data))
	by := store.Person{Team: d.Who.Team, ID: d.Who.ID, Name: d.Name}
	if _, err := d.Store.Record(store.Leaf{At: d.Now(), Kind: reviewKind, By: &by, Operation: "review-access", Note: "access review of " + d.Team.Name + " exported, SHA-256 " + sum}); err != nil {
		return bot.Message{}, err
	}
	checkpoint, err := d.Store.Checkpoint()
	if err != nil {
		return bot.Message{}, err
	}
	m := bot.Say("The review is in your direct messages with me, %s. Its SHA-256 is in the log: %s\nThe checkpoint after that line; keep it with the file:\n%s",
		count(len(all), "person", "people"), bot.Code(sum), bot.Block(strings.TrimSpace(string(checkpoint))))
	m.Files = []bot.File{{Name: "access-" + d.Now().UTC().Format(time.DateOnly) + ".csv", Title: "Who has access to " + d.Team.Name, Data: data}}
	return m, nil
}

// texts are cells that no spreadsheet runs.
func texts(words ...string) (cells []bot.Cell) {
	for _, w := range words {
		cells = append(cells, bot.TextCell(w))
	}
	return cells
}
