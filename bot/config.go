package bot

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	yamltoken "github.com/goccy/go-yaml/token"

	"github.com/ascbot/ascbot/bot/policy"
	"github.com/ascbot/ascbot/bot/schedule"
)

// Config is what config.yaml may say. Without a file DefaultConfig applies.
type Config struct {
	Approvals string // where cards go: a channel id, or "#" and a name
	Policy    policy.Policy
	Hash      string // of the policy, to tell one from another
	Digests   []Digest
	Bundles   []Bundle // sets of rights that people can be given under one name
}

// Digest is a sales digest that a channel gets on a schedule.
type Digest struct {
	Name    string // unique; its history is kept under it
	Channel string // channel id, or "#" and a name
	When    schedule.Schedule
	Apps    []string // names or SKUs of apps; none means all
}

// DefaultApprovals is where cards go unless config.yaml says otherwise.
const DefaultApprovals = "#asc-approvals"

// DefaultConfig is the safe built-in configuration: full members ask, workspace
// admins and owners decide, in #asc-approvals; no digests.
func DefaultConfig() Config {
	return Config{Approvals: DefaultApprovals, Policy: policy.BuiltIn()}
}

// largestConfig bounds config.yaml, in bytes.
const largestConfig = 256 << 10

// yamlConfig is the file as written.
type yamlConfig struct {
	Approvals struct {
		Channel string `yaml:"channel"`
	} `yaml:"approvals"`
	Groups  map[string][]string   `yaml:"groups"`
	Rules   map[string]yamlRule   `yaml:"rules"`
	Digests []yamlDigest          `yaml:"digests"`
	Bundles map[string]yamlBundle `yaml:"bundles"`
}

type yamlRule struct {
	Ask    []string `yaml:"ask"`
	Agree  []string `yaml:"agree"`
	Quorum *int     `yaml:"quorum"`
	Wait   string   `yaml:"wait"`
	Run    string   `yaml:"run"`
}

type yamlDigest struct {
	Name    string   `yaml:"name"`
	Channel string   `yaml:"channel"`
	Cron    string   `yaml:"cron"`
	Zone    string   `yaml:"zone"`
	Apps    []string `yaml:"apps"`
}

// ReadConfig reads config.yaml. It is strict: an unknown key, an unknown group,
// an empty list, a quorum nobody can reach or a second document is an error that
// names the file, the line and the column. Operations are the words of commands
// that rules may name beside the classes, each with its class.
func ReadConfig(name string, text []byte, operations map[string]policy.Class) (_ Config, err error) {
	if len(text) > largestConfig {
		return Config{}, fmt.Errorf("%s has %d bytes; %d are allowed", name, len(text), largestConfig)
	}
	defer func() { // the YAML library panics at some files, with tags for one
		if p := recover(); p != nil {
			err = fmt.Errorf("%s cannot be read as YAML: %v. Write it like config.example.yaml, without tags (!) and anchors (&)", name, p)
		}
	}()
	r := reader{name: name, text: text, operations: operations}
	raw, err := r.decode()
	if err != nil {
		return Config{}, err
	}
	c := DefaultConfig()
	if raw.Approvals.Channel != "" {
		c.Approvals = r.channel("$.approvals.channel", raw.Approvals.Channel)
	}
	c.Policy.Groups = r.groups(raw.Groups)
	r.rules(raw, &c.Policy)
	c.Digests = r.digests(raw.Digests)
	c.Bundles = r.bundles(raw.Bundles)
	return c, errors.Join(r.wrong...)
}

// reader collects everything that is wrong, each with its place in the file.
type reader struct {
	name       string
	text       []byte
	operations map[string]policy.Class
	wrong      []error
}

// decode reads the file as written. Keys that nobody knows are all noted, and the
// rest is read in spite of them, so that one look tells everything.
func (r *reader) decode() (raw yamlConfig, err error) {
	file, err := parser.ParseBytes(r.text, 0)
	if err != nil {
		return raw, r.placed(err)
	}
	if at, more := second(r.text); more {
		r.complainAt(at, "a second document begins here, and would be ignored; write everything into one, without “---” in between")
	}
	err = yaml.NewDecoder(bytes.NewReader(r.text), yaml.Strict()).Decode(&raw)
	if unknown, ok := errors.AsType[*yaml.UnknownFieldError](err); ok {
		before := len(r.wrong)
		for _, doc := range file.Docs[:1] {
			r.keys(doc.Body, reflect.TypeFor[yamlConfig]())
		}
		if len(r.wrong) == before { // one that came by an alias
			return raw, r.placed(unknown)
		}
		raw = yamlConfig{}
		err = yaml.NewDecoder(bytes.NewReader(r.text)).Decode(&raw)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return raw, errors.Join(append(r.wrong, r.placed(err))...)
	}
	return raw, nil
}

// placed puts an error of the YAML library into the form of all others.
func (r *reader) placed(err error) error {
	e, ok := errors.AsType[yaml.Error](err)
	if !ok || e.GetToken() == nil {
		return fmt.Errorf("%s: %w", r.name, err)
	}
	at := e.GetToken().Position
	return fmt.Errorf("%s:%d:%d: %s", r.name, at.Line, at.Column, e.GetMessage())
}

// second finds where a document begins after the one that is read. Directives before
// it, and marks with nothing but comments after them, are none. It looks at the words
// of the file, since the library's parser drops what follows an empty document.
func second(text []byte) (at *yamltoken.Token, found bool) {
	begun, directive := false, 0
	for _, t := range lexer.Tokenize(string(text)) {
		switch {
		case t.Type == yamltoken.DirectiveType:
			directive = t.Position.Line
		case t.Type == yamltoken.CommentType, t.Position.Line == directive:
		case t.Type != yamltoken.DocumentHeaderType && t.Type != yamltoken.DocumentEndType:
			if at != nil {
				return at, true
			}
			begun = true
		case begun && at == nil:
			at = t
		default:
			begun = true
		}
	}
	return nil, false
}

// keys notes the keys of a mapping that the type it is read into does not have.
func (r *reader) keys(node ast.Node, into reflect.Type) {
	switch n := node.(type) {
	case *ast.MappingNode:
		for _, v := range n.Values {
			r.keys(v, into)
		}
	case *ast.SequenceNode:
		if into.Kind() == reflect.Slice {
			for _, v := range n.Values {
				r.keys(v, into.Elem())
			}
		}
	case *ast.MappingValueNode:
		switch into.Kind() {
		case reflect.Map:
			r.keys(n.Value, into.Elem())
		case reflect.Struct:
			r.key(n, into)
		}
	}
}

func (r *reader) key(n *ast.MappingValueNode, into reflect.Type) {
	var known []string
	key := n.Key.GetToken()
	for field := range into.Fields() {
		if known = append(known, field.Tag.Get("yaml")); field.Tag.Get("yaml") == key.Value {
			r.keys(n.Value, field.Type)
			return
		}
	}
	r.complainAt(key, "there is no key %q here; there is %s.%s", key.Value, strings.Join(known, ", "), Nearest(key.Value, known))
}

// complainAt notes what is wrong at a place in the file.
func (r *reader) complainAt(t *yamltoken.Token, format string, args ...any) {
	at := r.name
	if t != nil {
		at = fmt.Sprintf("%s:%d:%d", r.name, t.Position.Line, t.Position.Column)
	}
	r.wrong = append(r.wrong, fmt.Errorf("%s: %s", at, fmt.Sprintf(format, args...)))
}

// complain notes what is wrong at a place such as "$.rules.access.agree".
func (r *reader) complain(path, format string, args ...any) {
	var at *yamltoken.Token
	for at == nil && path != "$" { // what is left out is said of what it is left out of
		if p, err := yaml.PathString(path); err == nil {
			if node, err := p.ReadNode(bytes.NewReader(r.text)); err == nil {
				at = node.GetToken()
			}
		}
		path = path[:max(strings.LastIndexAny(path, ".["), len("$"))]
	}
	r.complainAt(at, format, args...)
}

var (
	channelID = regexp.MustCompile(`^[CG][A-Z0-9]{2,}$`)
	memberID  = regexp.MustCompile(`^[UWS][A-Z0-9]{2,}$`)
	groupName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)
)

func (r *reader) channel(path, s string) string {
	if !channelID.MatchString(s) && (!strings.HasPrefix(s, "#") || len(s) < 2) {
		r.complain(path, "%q is neither a channel id (C0123ABCD) nor a quoted name (\"#asc-approvals\")", s)
	}
	return s
}

func (r *reader) groups(groups map[string][]string) map[string][]string {
	for _, name := range slices.Sorted(maps.Keys(groups)) {
		path := "$.groups." + quoteKey(name)
		if name == policy.Members || name == policy.Admins {
			r.complain(path, "the group %q is built in and cannot be redefined", name)
		} else if !groupName.MatchString(name) {
			r.complain(path, "%q is not a group name: small letters, digits and dashes", name)
		}
		if len(groups[name]) == 0 {
			r.complain(path, "the group %q is empty; name its members or remove it", name)
		}
		for i, id := range groups[name] {
			if !memberID.MatchString(id) {
				r.complain(fmt.Sprintf("%s[%d]", path, i), "%q is neither a Slack user id (U0123ABCD) nor a user group id (S0123ABCD)", id)
			}
		}
	}
	return groups
}

// rules reads the classes first, since the rule of one command begins with what
// its class's rule says.
func (r *reader) rules(raw yamlConfig, p *policy.Policy) {
	p.Operations = map[string]policy.Rule{}
	own := map[string]policy.Class{}
	for _, what := range slices.Sorted(maps.Keys(raw.Rules)) {
		path := "$.rules." + quoteKey(what)
		class := policy.Class(what)
		of, isOperation := r.operations[what]
		switch {
		case slices.Contains(policy.Classes, class):
			p.Classes[class] = r.rule(path, raw, raw.Rules[what], p.Classes[class])
		case isOperation:
			own[what] = of
		default:
			r.complain(path, "there is no class or operation %q.%s", what, Nearest(what, r.known()))
		}
	}
	for _, what := range slices.Sorted(maps.Keys(own)) {
		p.Operations[what] = r.rule("$.rules."+quoteKey(what), raw, raw.Rules[what], p.Classes[own[what]])
	}
}

func (r *reader) known() []string {
	known := slices.Sorted(maps.Keys(r.operations))
	for _, c := range policy.Classes {
		known = append(known, string(c))
	}
	return known
}

// rule reads one rule. What is left out comes from base: the built-in rule of a
// class, or of a command what its class's rule says.
func (r *reader) rule(path string, raw yamlConfig, y yamlRule, base policy.Rule) policy.Rule {
	built := policy.BuiltIn().Classes[policy.Access]
	if base.Ask == nil {
		base = built
	}
	if y.Ask != nil {
		base.Ask = r.names(path+".ask", raw.Groups, y.Ask)
	}
	if y.Agree != nil {
		base.Agree = r.names(path+".agree", raw.Groups, y.Agree)
	}
	if y.Quorum != nil {
		base.Quorum = *y.Quorum
	}
	if base.Quorum < 1 && len(base.Agree) > 0 {
		r.complain(path+".quorum", "a quorum of %d would let a change run without anybody's agreement; the least is 1", base.Quorum)
	}
	r.reachable(path, raw.Groups, base)
	base.Wait = r.duration(path+".wait", y.Wait, base.Wait, built.Wait, 30*24*time.Hour)
	base.Run = r.duration(path+".run", y.Run, base.Run, built.Run, 24*time.Hour)
	return base
}

func (r *reader) names(path string, groups map[string][]string, names []string) []string {
	if len(names) == 0 {
		r.complain(path, "this list is empty; name at least one group")
	}
	for i, n := range names {
		if _, ok := groups[n]; !ok && n != policy.Members && n != policy.Admins {
			known := append([]string{policy.Members, policy.Admins}, slices.Collect(maps.Keys(groups))...)
			r.complain(fmt.Sprintf("%s[%d]", path, i), "there is no group %q under groups.%s", n, Nearest(n, known))
		}
	}
	return names
}

// reachable refuses a quorum that the people named cannot reach. A user group's
// size is Slack's matter and counts as enough.
func (r *reader) reachable(path string, groups map[string][]string, rule policy.Rule) {
	people := map[string]bool{}
	for _, g := range rule.Agree {
		members, configured := groups[g]
		if !configured || slices.ContainsFunc(members, isUserGroup) {
			return
		}
		for _, m := range members {
			people[m] = true
		}
	}
	if len(rule.Agree) > 0 && rule.Quorum > len(people) {
		r.complain(path+".quorum", "%d people have to agree, but only %d may", rule.Quorum, len(people))
	}
}

func (r *reader) duration(path, s string, base, fallback, most time.Duration) time.Duration {
	if s == "" {
		if base == 0 {
			return fallback
		}
		return base
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < time.Minute || d > most {
		r.complain(path, "%q is not a time between 1m and %s; write for example 24h", s, most)
	}
	return d
}

func (r *reader) digests(list []yamlDigest) []Digest {
	var out []Digest
	seen := map[string]bool{}
	for i, y := range list {
		path := fmt.Sprintf("$.digests[%d]", i)
		switch {
		case !groupName.MatchString(y.Name):
			r.complain(path, "a digest needs a name: small letters, digits and dashes")
		case seen[y.Name]:
			r.complain(path+".name", "two digests are called %q", y.Name)
		}
		seen[y.Name] = true
		when, err := schedule.Parse(y.Cron, y.Zone)
		if err != nil {
			r.complain(path, "%v", err)
		}
		out = append(out, Digest{Name: y.Name, Channel: r.channel(path+".channel", y.Channel), When: when, Apps: y.Apps})
	}
	return out
}

// quoteKey writes a key so that a path may hold it.
func quoteKey(key string) string {
	if strings.ContainsAny(key, " .[]'$*") {
		return "'" + strings.ReplaceAll(key, "'", "") + "'"
	}
	return key
}
