package commands

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/roles"
)

// Access is what somebody may do in the team, and with which apps.
type Access struct {
	Roles   []string `json:"roles"` // as the API spells them
	AllApps bool     `json:"allApps"`
	Apps    []Named  `json:"apps,omitempty"`         // visible apps, unless AllApps
	Signing bool     `json:"provisioning,omitempty"` // access to certificates, identifiers and profiles
	Bundle  string   `json:"bundle,omitempty"`       // of the configuration, when it was asked for by that name

	bundles []bot.Bundle
}

// Bundles tells which bundles the configuration has.
func (a *Access) Bundles(all []bot.Bundle) { a.bundles = all }

// said is what typed words say of a new access; what they leave out is for the
// command to settle.
type said struct {
	apps    bool // which apps
	signing bool // with or without certificates
}

// parse reads "<role or bundle>… [with|without certificates] [in <app>, <app>]".
func (a *Access) parse(words []string) (s said, err error) {
	words, apps, limited := cut(words, "in")
	if apps, err = a.parseSigning(apps, &s); err != nil {
		return s, err
	}
	if words, err = a.parseSigning(words, &s); err != nil {
		return s, err
	}
	if err := a.parseRoles(words); err != nil {
		return s, err
	}
	if limited {
		s.apps = true
		return s, a.parseApps(apps)
	}
	s.apps = s.apps || a.bundleApps()
	return s, nil
}

// needless refuses apps that were named beside a role that shows all of them: whoever
// said so counts on something that App Store Connect does not do.
func (a *Access) needless(s said) error {
	if !s.apps || len(a.Apps) == 0 || a.Bundle != "" || !roles.SeesAll(a.Roles) {
		return nil
	}
	return bot.Trouble{
		What: seesAllWords(a.Roles) + "; App Store Connect cannot limit it to " + names(a.Apps) + ".",
		Next: "Leave out what follows “in”, or choose another role.",
	}
}

// seesAllWords says because of which role somebody sees all apps.
func seesAllWords(ids []string) string {
	i := slices.IndexFunc(ids, func(id string) bool { return roles.SeesAll([]string{id}) })
	return "Whoever has " + roles.Words(ids[i:i+1]) + " always sees all apps"
}

// parseApps reads what follows “in”.
func (a *Access) parseApps(words []string) error {
	a.Apps, a.AllApps = nil, false
	if every := strings.ToLower(strings.Join(words, " ")); every == "all" || every == "all apps" {
		a.AllApps = true
		return nil
	}
	for _, name := range bot.Lists(words) {
		a.Apps = append(a.Apps, Named{Name: name})
	}
	if len(a.Apps) == 0 {
		return bot.Trouble{What: "After “in” I expected an app.", Next: "For example “in Halo”, “in Halo, Pebble” or “in all apps”."}
	}
	return nil
}

// certificates are the words for access to certificates, identifiers and profiles.
var certificates = []string{"certificates", "certs", "provisioning"}

// parseSigning takes “with certificates” or “without certificates” out of words.
// Alone, “with” may stand in the name of an app.
func (a *Access) parseSigning(words []string, s *said) ([]string, error) {
	for i := 0; i+1 < len(words); i++ {
		with, what := strings.ToLower(words[i]), strings.ToLower(words[i+1])
		if with != "with" && with != "without" || !slices.Contains(certificates, what) {
			continue
		}
		a.Signing, s.signing = with == "with", true
		return slices.Concat(words[:i], words[i+2:]), nil
	}
	return words, nil
}

// parseRoles reads roles, and bundles of the configuration.
func (a *Access) parseRoles(words []string) error {
	for {
		ids, left := roles.Read(words)
		a.add(ids...)
		if len(left) == 0 {
			return nil
		}
		if !a.bundle(left[0]) {
			return a.noRole(left)
		}
		words = left[1:]
	}
}

func (a *Access) add(ids ...string) {
	for _, id := range ids {
		if !slices.Contains(a.Roles, id) {
			a.Roles = append(a.Roles, id)
		}
	}
}

// bundle takes what a bundle of this name gives. Its apps come last, unless others
// were named.
func (a *Access) bundle(name string) bool {
	i := slices.IndexFunc(a.bundles, func(b bot.Bundle) bool { return strings.EqualFold(b.Name, name) })
	if i < 0 {
		return false
	}
	b := a.bundles[i]
	a.add(b.Roles...)
	a.Signing = a.Signing || b.Signing
	if !slices.Contains(strings.Split(a.Bundle, ", "), b.Name) {
		a.Bundle = strings.TrimPrefix(a.Bundle+", "+b.Name, ", ")
	}
	return true
}

// bundleApps takes the apps of the bundles that were named, if they name any.
func (a *Access) bundleApps() bool {
	for name := range strings.SplitSeq(a.Bundle, ", ") {
		for _, b := range a.bundles {
			if b.Name != name {
				continue
			}
			for _, app := range b.Apps {
				if !slices.Contains(a.Apps, Named{Name: app}) {
					a.Apps = append(a.Apps, Named{Name: app})
				}
			}
		}
	}
	return len(a.Apps) > 0
}

func (a *Access) noRole(words []string) error {
	if holder := strings.Join(words[:min(len(words), 2)], " "); bot.Alike(holder, "account holder") {
		return bot.Trouble{What: roles.Complaint([]string{roles.AccountHolder}, false)}
	}
	word, known := words[0], roles.Names()
	next := "Choose among " + strings.Join(known, ", ") + "."
	if list := a.bundleNames(); len(list) > 0 {
		next += " Bundles are " + strings.Join(list, ", ") + "."
		known = append(known, list...)
	}
	return bot.Trouble{What: "“" + word + "” is not a role." + bot.Nearest(word, known), Next: next}
}

func (a *Access) bundleNames() (names []string) {
	for _, b := range a.bundles {
		names = append(names, b.Name)
	}
	return names
}

// settle checks what no network is needed for, and what roles decide by themselves.
func (a *Access) settle() error {
	if c := roles.Complaint(a.Roles, a.Signing); c != "" {
		return bot.Trouble{What: c}
	}
	a.widen()
	return nil
}

// widen notes that App Store Connect shows every app to some roles, whatever is
// sent, and that certificates are no switch for others.
func (a *Access) widen() {
	if roles.SeesAll(a.Roles) {
		a.AllApps, a.Apps = true, nil
	}
	if !roles.TakesSigning(a.Roles) {
		a.Signing = false
	}
}

// The values of choices in a form that are no role.
const (
	bundleChoice  = "bundle:"
	signingChoice = "certificates"
	everyApp      = "all"
	chosenApps    = "chosen"
	appsAsNow     = "now"
)

// fields asks for roles and apps. Kept offers to leave the apps as they are.
func (a *Access) fields(kept bool) []bot.Field {
	all := bot.Choice{Text: "All apps", Value: everyApp}
	some := bot.Choice{Text: "Only the apps chosen below", Value: chosenApps}
	scopes, picked := []bot.Choice{all, some}, all
	if kept {
		now := bot.Choice{Text: "The same apps as now", Value: appsAsNow}
		if scopes = append(scopes, now); !a.AllApps {
			picked = now
		}
	}
	if len(a.Apps) > 0 {
		picked = some
	}
	var apps []bot.Choice
	for _, app := range a.Apps {
		apps = append(apps, bot.Choice{Text: app.Name, Value: app.ID})
	}
	choices, already := a.choices()
	return []bot.Field{
		{Name: "roles", Label: "Roles", Kind: bot.AnyOf, Choices: choices, Chosen: already},
		{Name: "scope", Label: "May see", Kind: bot.OneOf, Choices: scopes, Chosen: []bot.Choice{picked}, Hint: "Admin, Finance and Access to Reports see all apps, whatever is chosen here."},
		{Name: "apps", Label: "Apps", Kind: bot.PickMany, Optional: true, Source: appSource, Chosen: apps, Hint: "Only if “Only the apps chosen below” is set."},
	}
}

// choices are the bundles, the roles, and what rides on them.
func (a *Access) choices() (all, already []bot.Choice) {
	for _, b := range a.bundles {
		all = append(all, bot.Choice{Text: b.Name, Value: bundleChoice + b.Name, About: bundleWords(b)})
	}
	for _, r := range roles.All() {
		c := bot.Choice{Text: r.Name, Value: r.ID, About: r.Allows}
		all = append(all, c)
		if slices.Contains(a.Roles, r.ID) {
			already = append(already, c)
		}
	}
	signing := bot.Choice{Text: "Certificates and profiles", Value: signingChoice, About: "may use them; goes with App Manager or Developer"}
	if all = append(all, signing); a.Signing {
		already = append(already, signing)
	}
	return all, already
}

// bundleWords says what is in a bundle.
func bundleWords(b bot.Bundle) string {
	words := roles.Words(b.Roles)
	if b.Signing {
		words += ", certificates"
	}
	if len(b.Apps) > 0 {
		words += " in " + strings.Join(b.Apps, ", ")
	}
	return words
}

// read takes the fields of a submitted form. It answers whether they say which apps,
// or leave those as they are.
func (a *Access) read(v bot.Values, wrong map[string]string) (apps bool) {
	*a = Access{bundles: a.bundles}
	for _, c := range v["roles"].Chosen {
		name, isBundle := strings.CutPrefix(c.Value, bundleChoice)
		switch {
		case c.Value == signingChoice:
			a.Signing = true
		case isBundle && !a.bundle(name):
			wrong["roles"] = "There is no bundle “" + name + "” any more."
		case !isBundle:
			a.add(c.Value)
		}
	}
	if c := roles.Complaint(a.Roles, a.Signing); c != "" && wrong["roles"] == "" {
		wrong["roles"] = strings.Replace(c, "Add “with certificates”.", "Choose “Certificates and profiles” too.", 1)
	}
	scope := ""
	if len(v["scope"].Chosen) == 1 {
		scope = v["scope"].Chosen[0].Value
	}
	a.AllApps = scope == everyApp
	for _, c := range v["apps"].Chosen {
		a.Apps = append(a.Apps, Named{ID: c.Value, Name: c.Text})
	}
	if scope != chosenApps && len(a.Apps) == 0 && a.bundleApps() {
		a.AllApps, scope = false, chosenApps // the bundle says which
	}
	switch {
	case roles.SeesAll(a.Roles):
	case scope == appsAsNow && len(a.Apps) == 0:
	case !a.AllApps && len(a.Apps) == 0:
		wrong["apps"] = "Choose at least one app, or “All apps” above."
	case scope != chosenApps && len(a.Apps) > 0:
		wrong["apps"] = "Leave this empty, or choose “Only the apps chosen below” above."
	}
	a.widen()
	return scope != appsAsNow
}

// find looks up the apps.
func (a *Access) find(ctx context.Context, api *asc.Client) (err error) {
	a.Apps, err = findApps(ctx, api, a.Apps)
	return err
}

// words says what somebody is: “Developer in Halo”, “qa (Developer) in Halo”.
func (a *Access) words() string {
	s := roles.Words(a.Roles)
	if a.Bundle != "" {
		s = a.Bundle + " (" + s + ")"
	}
	if a.Signing {
		s += " with certificates"
	}
	if !a.AllApps {
		s += " in " + names(a.Apps)
	}
	return s
}

// bundled names the roles, and the bundle they come from.
func (a *Access) bundled() string {
	if a.Bundle == "" {
		return roles.Words(a.Roles)
	}
	return roles.Words(a.Roles) + " (" + a.Bundle + ")"
}

// typed is how the access is said in a command: “marketing in Halo, Pebble”.
func (a *Access) typed() string {
	s := strings.ToLower(roles.Words(a.Roles))
	if a.Signing {
		s += " with certificates"
	}
	switch {
	case roles.SeesAll(a.Roles):
	case a.AllApps:
		s += " in all apps"
	case len(a.Apps) > 0:
		var apps []string
		for _, app := range a.Apps {
			apps = append(apps, bot.Quote(app.Name))
		}
		s += " in " + strings.Join(apps, ", ")
	}
	return s
}

// accessOf is what somebody has, in names.
func accessOf(h holds, apps map[string]string) Access {
	a := Access{Roles: slices.Clone(h.roles), AllApps: h.all, Signing: h.signing}
	slices.Sort(a.Roles)
	for _, id := range h.apps {
		a.Apps = append(a.Apps, Named{ID: id, Name: or(apps[id], "an app the bot's key cannot see")})
	}
	slices.SortFunc(a.Apps, func(x, y Named) int { return cmp.Compare(x.Name+x.ID, y.Name+y.ID) })
	a.widen()
	if a.AllApps {
		a.Apps = nil
	}
	return a
}

// sight says which apps can be seen.
func (a *Access) sight() string {
	switch {
	case a.AllApps:
		return "all apps"
	case len(a.Apps) == 0:
		return "no app"
	}
	return names(a.Apps)
}

// signing says whether certificates and profiles may be used.
func (a *Access) signing() string {
	switch {
	case slices.Contains(a.Roles, roles.Admin), slices.Contains(a.Roles, roles.AccountHolder):
		return "yes, by their role"
	case a.Signing && roles.TakesSigning(a.Roles):
		return "yes"
	}
	return "no"
}

// holds is what a person or an invitation has at App Store Connect now.
type holds struct {
	roles   []string
	all     bool
	apps    []string // ids
	signing bool
}

func heldBy(u asc.User) holds {
	return holds{u.Roles, u.AllAppsVisible, u.AppIDs, u.ProvisioningAllowed}
}

func offeredBy(i asc.UserInvitation) holds {
	return holds{i.Roles, i.AllAppsVisible, i.AppIDs, i.ProvisioningAllowed}
}

// same compares with what is wanted.
func (a *Access) same(h holds) bool {
	return sameSet(h.roles, a.Roles) && a.sameApps(h) && a.sameSigning(h)
}

func (a *Access) sameApps(h holds) bool {
	if all := h.all || roles.SeesAll(h.roles); all != a.AllApps {
		return false
	}
	return a.AllApps || sameSet(h.apps, ids(a.Apps))
}

func (a *Access) sameSigning(h holds) bool {
	return !roles.TakesSigning(a.Roles) || h.signing == a.Signing
}

func sameSet(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(slices.Compact(a), slices.Compact(b))
}

// cut splits words at a keyword.
func cut(words []string, at string) (before, after []string, found bool) {
	i := slices.IndexFunc(words, func(w string) bool { return strings.EqualFold(w, at) })
	if i < 0 {
		return words, nil, false
	}
	return words[:i], words[i+1:], true
}

func ids(list []Named) []string {
	var out []string
	for _, n := range list {
		out = append(out, n.ID)
	}
	return out
}

func names(list []Named) string {
	var out []string
	for _, n := range list {
		out = append(out, n.Name)
	}
	return strings.Join(out, ", ")
}
