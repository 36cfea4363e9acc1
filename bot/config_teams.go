package bot

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"

	"github.com/ascbot/ascbot/bot/policy"
)

// TeamKey says how the bot signs in to one App Store Connect team. The key itself stays
// in its file.
type TeamKey struct {
	Name   string
	KeyID  string // ten capital letters and digits
	Issuer string // a UUID; blank for an individual key
	File   string // path of AuthKey_….p8
	Vendor string // vendor number of its sales reports; blank: none are read
}

var (
	keyID        = regexp.MustCompile(`^[A-Z0-9]{10}$`)
	issuerID     = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	vendorNumber = regexp.MustCompile(`^[0-9]{8,9}$`)
	nameOfTeam   = regexp.MustCompile(`^[\pL\pN][\pL\pN .&'()+_-]*$`)
)

// teams reads what is said of App Store Connect teams: how to sign in to each, where it
// is meant without being named, and the rules that hold for it in addition. Either all
// have a key here, or none has and there is the one of the environment.
func (r *reader) teams(c *Config, n ast.Node) {
	c.Policy.Teams = map[string]policy.Rules{}
	c.BundlesOn = map[string][]Bundle{}
	all := r.mapping(n)
	fields := make([]map[string]setting, len(all))
	keyed := 0
	for i, s := range all {
		if nothing(s.value) {
			r.complain(s.key, "nothing is said of the team %s; give its key or its rules", s.name)
			continue
		}
		fields[i] = r.fields(s.value, "key", "vendor", "channels", "rules", "bundles")
		if _, ok := fields[i]["key"]; ok {
			keyed++
		}
	}
	if keyed > 0 {
		r.known.Teams = nil
		for _, s := range all {
			r.known.Teams = append(r.known.Teams, s.name)
		}
	}
	for i, s := range all {
		r.team(c, s, fields[i], keyed > 0)
	}
}

// isTeamName says whether a name can be typed after “on”, shown as code and put on buttons.
// Its length is counted here: an expression that counts takes a megabyte of memory.
func isTeamName(s string) bool { return utf8.RuneCountInString(s) <= 40 && nameOfTeam.MatchString(s) }

func (r *reader) team(c *Config, s setting, f map[string]setting, keyed bool) {
	switch {
	case !slices.Contains(r.known.Teams, s.name):
		r.complain(s.key, "there is no App Store Connect team %q; there is %s.%s", s.name, strings.Join(r.known.Teams, ", "), Nearest(s.name, r.known.Teams))
	case keyed && !isTeamName(s.name):
		r.complain(s.key, "%q is not a name that can be typed after “on”: up to 40 letters, digits, spaces and . & ' ( ) + _ -", s.name)
	case keyed && slices.ContainsFunc(c.Teams, func(t TeamKey) bool { return Alike(t.Name, s.name) }):
		r.complain(s.key, "%q reads like the name of another team", s.name)
	case f == nil: // complained about
	case keyed:
		r.teamKey(c, s, f)
	default:
		if v, ok := f["vendor"]; ok {
			r.complain(v.key, "the vendor number of a team without a key here is ASC_VENDOR_NUMBER")
		}
	}
	if ch, ok := f["channels"]; ok {
		r.teamChannels(c, s.name, ch)
	}
	if bundles, ok := f["bundles"]; ok {
		c.BundlesOn[s.name] = r.bundleList(bundles.value)
	}
	if rules, ok := f["rules"]; ok {
		c.Policy.Teams[s.name] = r.ruleset(c, rules.value, policy.Rules{}, "for the team "+s.name)
	}
}

func (r *reader) teamKey(c *Config, s setting, f map[string]setting) {
	k, ok := f["key"]
	if !ok {
		r.complain(s.key, "the team %s has no key here, and others have; give each its own", s.name)
		return
	}
	t := TeamKey{Name: s.name}
	in := r.fields(k.value, "id", "issuer", "file")
	t.KeyID = r.shaped(k, in, "id", keyID, "a key id, which has ten capital letters and digits", true)
	t.Issuer = r.shaped(k, in, "issuer", issuerID, "an issuer id, which looks like 57246542-96fe-1a63-e053-0824d011072a", false)
	if file, ok := in["file"]; !ok {
		r.complain(k.key, "the key of %s needs “file”: the path of AuthKey_….p8", s.name)
	} else if t.File, _ = r.text(file.value); !filepath.IsAbs(t.File) {
		r.complain(file.value, "%q is not a whole path; begin it with /", t.File)
	}
	t.Vendor = r.shaped(s, f, "vendor", vendorNumber, "a vendor number, which has 8 or 9 digits", false)
	for _, other := range c.Teams {
		if t.KeyID != "" && other.KeyID == t.KeyID {
			r.complain(k.value, "the key %s is that of %s already; each team has its own", t.KeyID, other.Name)
		}
		if t.Vendor != "" && other.Vendor == t.Vendor {
			r.complain(f["vendor"].value, "the vendor number %s is that of %s already; each team has its own", t.Vendor, other.Name)
		}
	}
	c.Teams = append(c.Teams, t)
}

// shaped reads a text of a certain form.
func (r *reader) shaped(of setting, f map[string]setting, name string, shape *regexp.Regexp, what string, needed bool) string {
	s, ok := f[name]
	if !ok {
		if needed {
			r.complain(of.key, "%q is missing: %s", name, what)
		}
		return ""
	}
	text, ok := r.text(s.value)
	if ok && !shape.MatchString(text) {
		r.complain(s.value, "%q is not %s", text, what)
	}
	return text
}

func (r *reader) teamChannels(c *Config, team string, s setting) {
	if c.TeamIn == nil {
		c.TeamIn = map[string]string{}
	}
	for _, at := range r.list(s.value) {
		name := r.channel(at)
		if other, taken := c.TeamIn[name]; taken && name != "" {
			r.complain(at, "%s is the channel of the team %s already", name, other)
		}
		c.TeamIn[name] = team
	}
}

// teamNames are what the teams of a configuration are called, in its order.
func (c Config) teamNames() (names []string) {
	for _, t := range c.Teams {
		names = append(names, t.Name)
	}
	return names
}
