package commands

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/schedule"
	"github.com/ascbot/ascbot/store"
)

// DigestAdd sets a sales digest up, or changes one. Its effect is in the bot's own
// data.
type DigestAdd struct {
	Name     string   `json:"name"`
	Channel  string   `json:"channel"`         // its id
	Where    string   `json:"where,omitempty"` // its name, with "#"
	When     string   `json:"when"`            // a cron expression
	Zone     string   `json:"zone"`
	Covers   string   `json:"covers"`
	Team     string   `json:"team,omitempty"`  // App Store Connect team; blank: every one
	Apps     []string `json:"apps,omitempty"`  // Apple ids
	Names    []string `json:"names,omitempty"` // of the apps
	Currency string   `json:"currency,omitempty"`
	Sections []string `json:"sections,omitempty"`
	Percent  int      `json:"percent,omitempty"`
	Floor    string   `json:"floor,omitempty"`

	typed string // when it is due, as it was typed
	teams []bot.Team
	store *store.Store
	now   func() time.Time
	look  func(ctx context.Context, channel string) (bot.Channel, error)
}

// Over gives it the App Store Connect teams there are.
func (x *DigestAdd) Over(teams []bot.Team) { x.teams = teams }

// On says which of them was named; blank means all of them, and so does the only one.
func (x *DigestAdd) On(team string) {
	if x.Team = team; len(x.teams) < 2 {
		x.Team = ""
	}
}

// Stands is the team of the digest that is to be changed.
func (x *DigestAdd) Stands() string { return x.Team }

// Posts gives what looks channels up.
func (x *DigestAdd) Posts(look func(ctx context.Context, channel string) (bot.Channel, error)) {
	x.look = look
}

// Within gives the data that digests are kept in.
func (x *DigestAdd) Within(s *store.Store, now func() time.Time) { x.store, x.now = s, now }

// Parse takes a name, with which the form begins.
func (x *DigestAdd) Parse(words []string) error {
	x.Name = strings.ToLower(strings.Join(words, "-"))
	if x.Name != "" && x.store != nil {
		if d, ok, err := x.store.Digest(x.Name); err == nil && ok { // the form begins with what stands
			x.Channel, x.When, x.Zone, x.Covers, x.Currency, x.Percent, x.Floor = d.Channel, d.When, d.Zone, d.Covers, d.Currency, d.Percent, d.Floor
			x.Apps, x.Names, x.Sections = d.Apps, d.Names, d.Sections
			x.Team = cmp.Or(x.Team, d.Team)
		}
	}
	return bot.ErrMore
}

func choices(words []string) (list []bot.Choice) {
	for _, w := range words {
		list = append(list, bot.Choice{Text: sentence(w), Value: w})
	}
	return list
}

// Form asks what is posted where and when; what can stay as it is comes in a second step.
func (x *DigestAdd) Form() bot.Form {
	percent := ""
	if x.Percent > 0 {
		percent = strconv.Itoa(x.Percent)
	}
	covers := cmp.Or(x.Covers, bot.CoversDay)
	return bot.Form{
		Title: "Sales digest", Intro: "Somebody else has to agree before anything is posted. Revenue is posted only where no guest and no other company can read.",
		Fields: []bot.Field{
			{Name: "name", Label: "Name", Hint: "Small letters, digits and dashes, for example daily", Text: x.Name},
			{Name: "channel", Label: "Channel", Hint: "One I am in, without guests and not shared with another company", Kind: bot.Place, Text: x.Channel},
			{Name: "when", Label: "When", Hint: "For example weekdays 9:00, every Monday 9:00, monthly on day 3 at 9:00, or a cron expression", Text: cmp.Or(x.typed, x.When)},
			{Name: "zone", Label: "Time zone", Hint: "For example Europe/Berlin", Text: cmp.Or(x.Zone, "America/Los_Angeles")},
			{Name: "covers", Label: "About the last", Kind: bot.OneOf, Choices: choices(bot.Covered), Chosen: choices([]string{covers})},
		},
		MoreIntro: bot.Markf("*%s* in %s, %s, about the last %s. All of the following can stay as it is.", x.Name, bot.ChannelCalled(x.Channel), x.due(), covers),
		More: []bot.Field{
			{Name: "apps", Label: "Apps", Hint: "All of them when left out", Kind: bot.PickMany, Source: appSource, Optional: true, Chosen: x.chosenApps()},
			{Name: "currency", Label: "Currency", Hint: "Three letters, such as EUR; as configured when left out", Text: x.Currency, Optional: true},
			{Name: "sections", Label: "Parts", Hint: "All of them when left out", Kind: bot.AnyOf, Choices: choices(bot.Sections), Optional: true, Chosen: choices(x.Sections)},
			{Name: "percent", Label: "Alarm at a change of so many percent", Hint: "Against last week and the mean of 28 days, both; no alarms when left out", Text: percent, Optional: true},
			{Name: "floor", Label: "and of so much at least", Hint: "Of the currency, or of units, for example 50", Text: x.Floor, Optional: true},
		},
	}
}

// chosenApps are the apps as they were chosen before.
func (x *DigestAdd) chosenApps() (list []bot.Choice) {
	for i, id := range x.Apps {
		name := id
		if i < len(x.Names) {
			name = x.Names[i]
		}
		list = append(list, bot.Choice{Text: name, Value: id})
	}
	return list
}

var (
	digestName     = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)
	digestCurrency = regexp.MustCompile(`^[A-Z]{3}$`)
)

// Read takes the form.
func (x *DigestAdd) Read(v bot.Values) map[string]string {
	wrong := map[string]string{}
	text := func(name string) string { return strings.TrimSpace(v[name].Text) }
	x.Name, x.Channel, x.typed, x.Zone = text("name"), text("channel"), text("when"), text("zone")
	x.Currency, x.Floor = strings.ToUpper(text("currency")), text("floor")
	if !digestName.MatchString(x.Name) {
		wrong["name"] = "Write small letters, digits and dashes, for example daily."
	}
	if x.Channel == "" {
		wrong["channel"] = "Choose a channel."
	}
	when, err := schedule.ParseWords(x.typed, x.Zone)
	if err != nil {
		wrong["when"] = sentence(err.Error()) + "."
	} else {
		x.When = when.Expression()
	}
	if x.Currency != "" && !digestCurrency.MatchString(x.Currency) {
		wrong["currency"] = "Write three letters, such as EUR."
	}
	x.Percent = 0
	if p := strings.TrimSuffix(text("percent"), "%"); p != "" {
		if x.Percent, err = strconv.Atoi(strings.TrimSpace(p)); err != nil || x.Percent < 1 || x.Percent > 1000 {
			wrong["percent"] = "Write a number from 1 to 1000."
		}
	}
	if x.Floor != "" {
		if d, err := decimal.Parse(x.Floor); err != nil || d.IsNeg() {
			wrong["floor"] = "Write a number, for example 50."
		}
	}
	x.Covers = bot.CoversDay
	for _, c := range v["covers"].Chosen {
		x.Covers = c.Value
	}
	x.Apps, x.Names, x.Sections = nil, nil, nil
	for _, c := range v["apps"].Chosen {
		x.Apps, x.Names = append(x.Apps, c.Value), append(x.Names, c.Text)
	}
	for _, c := range v["sections"].Chosen {
		x.Sections = append(x.Sections, c.Value)
	}
	return wrong
}

// Summary says what is posted where and when.
func (x *DigestAdd) Summary() string {
	return "Post the sales digest " + x.Name + " in " + cmp.Or(x.Where, x.Channel) + ", " + x.due()
}

func (x *DigestAdd) due() string { return dueInWords(x.When, x.Zone) }

// dueInWords says when something is due.
func dueInWords(cron, zone string) string {
	when, err := schedule.Parse(cron, zone)
	if err != nil {
		return cron + ", " + zone
	}
	return when.InWords()
}

// Beneficiaries are nobody.
func (x *DigestAdd) Beneficiaries() []string { return nil }

// Find looks the channel up: where revenue must not be read, nobody has to be asked.
func (x *DigestAdd) Find(ctx context.Context, _ *asc.Client) error {
	now, there, err := x.store.Digest(x.Name)
	if err != nil {
		return err
	}
	still := len(x.teams) > 1 && slices.ContainsFunc(x.teams, func(t bot.Team) bool { return t.Name == now.Team })
	if there && still && now.Team != x.Team { // the rules of that team guard it
		return bot.Trouble{What: "The digest " + x.Name + " is of the App Store Connect team " + now.Team + ", and stays so.", Next: "Choose that team, or give this one another name."}
	}
	c, err := x.look(ctx, x.Channel)
	if err != nil {
		return err
	}
	if c.Refusal != "" {
		return bot.Trouble{What: "Revenue cannot be posted there: " + c.Refusal, Next: "Choose another channel, or mend that and send the form again."}
	}
	x.Channel, x.Where = c.ID, "#"+c.Name
	return nil
}

// AllTeams says whether the revenue of every team is posted.
func (x *DigestAdd) AllTeams() bool { return x.Team == "" }

func (x *DigestAdd) wanted() store.Digest {
	return store.Digest{
		Name: x.Name, Channel: x.Channel, Where: x.Where, Team: x.Team, Apps: x.Apps, Names: x.Names, When: x.When, Zone: x.Zone, Covers: x.Covers,
		Currency: x.Currency, Sections: x.Sections, Percent: x.Percent, Floor: x.Floor,
	}
}

// Look shows what stands now and what will.
func (x *DigestAdd) Look(context.Context, *asc.Client) (bot.Sight, error) {
	now, there, err := x.store.Digest(x.Name)
	if err != nil {
		return bot.Sight{}, err
	}
	before := func(s string) string {
		if !there {
			return ""
		}
		return cmp.Or(s, "as usual")
	}
	alarm := func(percent int, floor string) string {
		if percent == 0 {
			return "none"
		}
		return "changes of " + strconv.Itoa(percent) + "% and " + cmp.Or(floor, "0") + " at least"
	}
	fields := []store.Field{
		{Name: "Channel", Before: before(cmp.Or(now.Where, now.Channel)), After: x.Where},
		{Name: "When", Before: before(dueInWords(now.When, now.Zone)), After: x.due()},
		{Name: "About the last", Before: before(now.Covers), After: x.Covers},
		{Name: "Apps", Before: before(cmp.Or(strings.Join(now.Names, ", "), strings.Join(now.Apps, ", "), "all")), After: cmp.Or(strings.Join(x.Names, ", "), "all")},
		{Name: "Currency", Before: before(now.Currency), After: cmp.Or(x.Currency, "as configured")},
		{Name: "Parts", Before: before(cmp.Or(strings.Join(now.Sections, ", "), "all")), After: cmp.Or(strings.Join(x.Sections, ", "), "all")},
		{Name: "Alarms", Before: before(alarm(now.Percent, now.Floor)), After: alarm(x.Percent, x.Floor)},
	}
	if len(x.teams) > 1 {
		fields = slices.Insert(fields, 1, store.Field{Name: "Team", Before: before(cmp.Or(now.Team, "all")), After: cmp.Or(x.Team, "all")})
	}
	for i, f := range fields {
		if f.Before == f.After { // it stays; an arrow is for what changes
			fields[i].Before = ""
		}
	}
	now.Since = time.Time{}
	return bot.Sight{Shown: now, Preview: store.Preview{
		Fields: fields, Touches: "everybody in " + x.Where,
		Allows: "Revenue is posted there, as long as no guest and no other company can read it",
		Undo:   "Can be undone with /asc digest remove " + x.Name,
	}}, nil
}

// Do keeps the digest; it begins with its next time.
func (x *DigestAdd) Do(context.Context, *asc.Client) error {
	d := x.wanted()
	d.Since = x.now()
	return x.store.PutDigest(d)
}

// Check compares what is kept with what is wanted.
func (x *DigestAdd) Check(context.Context, *asc.Client) (bot.Finding, error) {
	is, there, err := x.store.Digest(x.Name)
	if err != nil {
		return bot.Finding{}, err
	}
	if want := x.wanted(); !there || !sameDigest(is, want) {
		return bot.Finding{Standing: bot.NotDone, Outcome: "The digest is not set up so."}, nil
	}
	return bot.Finding{Standing: bot.Done, Outcome: "The digest " + x.Name + " is posted in " + x.Where + ", " + x.due() + "."}, nil
}

func sameDigest(a, b store.Digest) bool {
	return a.Name == b.Name && a.Channel == b.Channel && a.Team == b.Team && a.When == b.When && a.Zone == b.Zone && a.Covers == b.Covers && a.Currency == b.Currency &&
		a.Percent == b.Percent && a.Floor == b.Floor && a.Paused == b.Paused && slices.Equal(a.Apps, b.Apps) && slices.Equal(a.Sections, b.Sections)
}
