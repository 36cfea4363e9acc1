package bot

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/ascbot/ascbot/bot/policy"
)

// Config is what config.yaml may say. Without a file DefaultConfig applies.
type Config struct {
	Approvals string   // where cards go: a channel id, or "#" and a name
	Fallback  string   // where they go when nothing can be posted there
	Channels  []string // where commands are answered, beside direct messages; none means everywhere
	Policy    policy.Policy
	Anchors   Anchors
	Keep      time.Duration // how long personal data is kept; 0: for ever
	Digests   []Digest
	Money     Money
	Teams     []TeamKey           // App Store Connect teams, with their keys; none: the one of the environment
	TeamIn    map[string]string   // the team that is meant in a channel, by its id or "#" and its name
	Bundles   []Bundle            // sets of rights that people can be given under one name, on any team
	BundlesOn map[string][]Bundle // the same for one team, by its name; in place of a general one of that name
	Trials    []Trial             // what the file itself says should come of its rules
	Spoken    []Reference         // what of Slack the file speaks of, and where

	// Count reads the file once more with those who are in Slack's user groups, by their
	// ids, and with its admins, and says which rules too few people could meet. Nil without a file.
	Count func(members map[string][]string) error

	counted bool     // its user groups stand for those who are in them
	admins  []string // the accounts of workspace admins and owners, once they are counted
}

// Vocabulary is what a configuration may speak of beside what it defines itself.
type Vocabulary struct {
	Changes map[string]policy.Class // commands that change something, by their words
	Queries map[string]policy.Class // those that only look
	Teams   []string                // App Store Connect teams

	members map[string][]string // who is in user groups, once Slack has said so
}

// VocabularyOf is what a configuration may speak of with these commands and teams.
func VocabularyOf(verbs []Verb, teams ...string) Vocabulary {
	k := Vocabulary{Changes: map[string]policy.Class{}, Queries: map[string]policy.Class{}, Teams: teams}
	for _, v := range verbs {
		if v.Change != nil {
			k.Changes[v.Words] = v.Class
		} else {
			k.Queries[v.Words] = v.Class
		}
	}
	return k
}

// class is the class of a command.
func (k Vocabulary) class(words string) (of policy.Class, ok bool) {
	if of, ok = k.Changes[words]; !ok {
		of, ok = k.Queries[words]
	}
	return of, ok
}

// words are all that a rule can be for.
func (k Vocabulary) words() []string {
	all := slices.Concat(slices.Sorted(maps.Keys(k.Changes)), slices.Sorted(maps.Keys(k.Queries)))
	for _, c := range policy.Classes {
		all = append(all, string(c))
	}
	return all
}

// DefaultApprovals is where cards go unless config.yaml says otherwise.
const DefaultApprovals = "#asc-approvals"

// DefaultConfig is the safe built-in configuration: full members ask, workspace
// admins and owners decide, in #asc-approvals; no digests.
func DefaultConfig() Config {
	return Config{Approvals: DefaultApprovals, Policy: policy.BuiltIn()}
}

// Lines say what the rules are, one thing a line, so that two sets of rules can be
// compared by a reader. Digests and trials are no rules.
func (c Config) Lines() []string {
	lines := []string{"cards go to " + c.Approvals}
	if c.Fallback != "" {
		lines[0] += ", or else to " + c.Fallback
	}
	if len(c.Channels) > 0 {
		lines = append(lines, "commands are answered in "+strings.Join(c.Channels, ", "))
	}
	if c.Keep > 0 {
		lines = append(lines, fmt.Sprintf("personal data is kept for %d days", c.Keep/(24*time.Hour)))
	}
	for _, name := range slices.Sorted(maps.Keys(c.TeamIn)) {
		lines = append(lines, "in "+name+" the team "+c.TeamIn[name]+" is meant")
	}
	if c.Anchors.wanted() {
		lines = append(lines, "the log is anchored "+c.Anchors.line())
	}
	return append(lines, c.Policy.Lines()...)
}

// Hash tells one set of rules from another: the hex SHA-256 of its lines.
func (c Config) Hash() string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(c.Lines(), "\n"))))
}

// ReadConfig reads config.yaml. It is strict: an unknown key, an unknown group,
// an empty list, a quorum nobody can reach or a second document is an error that
// names the file, the line and the column. All errors are named at once.
func ReadConfig(name string, text []byte, known Vocabulary) (Config, error) {
	if len(text) > largestConfig {
		return Config{}, fmt.Errorf("%s has %d bytes; %d are allowed", name, len(text), largestConfig)
	}
	r := &reader{name: name, known: known}
	c := r.config(r.parse(text))
	c.Spoken = r.mentions()
	c.Count = func(members map[string][]string) error {
		known.members = members
		_, err := ReadConfig(name, text, known)
		return err
	}
	return c, r.all()
}

// sections are the keys of config.yaml, in the order in which they are read: what
// is spoken of comes before what speaks of it.
var sections = []struct {
	name string
	read func(r *reader, c *Config, n ast.Node)
}{
	{"approvals", (*reader).approvals},
	{"channels", (*reader).channels},
	{"people", (*reader).people},
	{"groups", (*reader).groups},
	{"deny", func(r *reader, c *Config, n ast.Node) { c.Policy.Deny = r.groupNames(c, n) }},
	{"rules", (*reader).rules},
	{"teams", (*reader).teams},
	{"apps", (*reader).apps},
	{"freeze", (*reader).freezes},
	{"business hours", (*reader).businessHours},
	{"quiet", (*reader).quiet},
	{"limits", (*reader).limits},
	{"money", (*reader).money},
	{"anchor", (*reader).anchor},
	{"retention", (*reader).retention},
	{"digests", (*reader).digests},
	{"bundles", (*reader).bundles},
	{"tests", (*reader).trials},
}

func (r *reader) config(body ast.Node) Config {
	c := DefaultConfig()
	c.counted, c.admins = r.known.members != nil, r.known.members[policy.Admins]
	if nothing(body) {
		return c
	}
	var known []string
	for _, s := range sections {
		known = append(known, s.name)
	}
	found := map[string]ast.Node{}
	for _, s := range r.mapping(body) {
		if !slices.Contains(known, s.name) {
			r.complain(s.key, "there is no key %q here; there is %s.%s", s.name, strings.Join(known, ", "), Nearest(s.name, known))
		}
		if !nothing(s.value) { // a section of which every line is a comment
			found[s.name] = s.value
		}
	}
	for _, s := range sections {
		if n, ok := found[s.name]; ok {
			s.read(r, &c, n)
		}
	}
	if n, ok := found["deny"]; ok && len(r.wrong) == 0 {
		r.leavesSomebody(&c, n)
	}
	return c
}

var channelID = regexp.MustCompile(`^[CG][A-Z0-9]{2,}$`)

func (r *reader) approvals(c *Config, n ast.Node) {
	fields := r.fields(n, "channel", "fallback")
	if s, ok := fields["channel"]; ok {
		c.Approvals = r.cards(s.value)
	}
	if s, ok := fields["fallback"]; ok {
		if c.Fallback = r.cards(s.value); c.Fallback == c.Approvals {
			r.complain(s.value, "the fallback is the approvals channel itself")
		}
	}
}

func (r *reader) channels(c *Config, n ast.Node) {
	for _, v := range r.list(n) {
		c.Channels = append(c.Channels, r.channel(v))
	}
}

// cards reads the channel in which people decide.
func (r *reader) cards(n ast.Node) string {
	s := r.channel(n)
	r.spoken[len(r.spoken)-1].cards = true
	return s
}

func (r *reader) channel(n ast.Node) string {
	s, ok := r.text(n)
	r.mention(n, s)
	if ok && !channelID.MatchString(s) && (!strings.HasPrefix(s, "#") || len(s) < 2) {
		r.complain(n, "%q is neither a channel id (C0123ABCD) nor a quoted name (\"#asc-approvals\")", s)
	}
	return s
}

func (r *reader) limits(c *Config, n ast.Node) {
	f := r.fields(n, "commands a minute", "open requests", "open requests of all")
	for key, into := range map[string]*int{
		"commands a minute": &c.Policy.Limits.Commands, "open requests": &c.Policy.Limits.Open, "open requests of all": &c.Policy.Limits.Workspace,
	} {
		if s, ok := f[key]; ok {
			*into = r.number(s.value, 1, 10_000)
		}
	}
}
