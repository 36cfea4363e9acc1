package bot

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/ascbot/ascbot/bot/policy"
)

// A Trial is a case for the rules, and what should come of it. It stands under
// "tests" in config.yaml, or in a file beside it.
type Trial struct {
	Name   string
	Place  string // file, line and column
	Case   policy.Case
	Voters []policy.Person
	Names  []string  // of the voters
	Reason string    // what the asker says
	At     time.Time // zero: outside every freeze
	MayAsk *bool     // nil: not said
	Enough *bool
	Words  string // what the reasons should hold
}

// ReadTrials reads a file with nothing but tests for the rules of a configuration.
func ReadTrials(name string, text []byte, known Vocabulary, c Config) ([]Trial, error) {
	if len(text) > largestConfig {
		return nil, fmt.Errorf("%s has %d bytes; %d are allowed", name, len(text), largestConfig)
	}
	if len(c.Teams) > 0 {
		known.Teams = c.teamNames()
	}
	r := &reader{name: name, known: known}
	c.Trials = nil
	if body := r.parse(text); !nothing(body) {
		if s, ok := r.fields(body, "tests")["tests"]; ok {
			r.trials(&c, s.value)
		}
	}
	return c.Trials, r.all()
}

// trials reads the section "tests".
func (r *reader) trials(c *Config, n ast.Node) {
	f := r.fields(n, "people", "cases")
	cast := map[string]policy.Person{}
	if s, ok := f["people"]; ok {
		for _, who := range r.mapping(s.value) {
			cast[who.name] = r.cast(c, who)
		}
	}
	if s, ok := f["cases"]; ok {
		for _, v := range r.list(s.value) {
			c.Trials = append(c.Trials, r.trial(c, v, cast))
		}
	}
}

// testHome is the workspace in which tests happen.
const testHome = "T0TEST"

// somebody is a full member, as far as the file knows them.
func (c *Config) somebody(name string) (policy.Person, bool) {
	p := policy.Person{Team: testHome, ID: name, Email: strings.ReplaceAll(strings.ToLower(name), " ", ".") + "@tests.invalid"}
	h, known := c.human(name)
	switch {
	case known:
		if len(h.Accounts) > 0 {
			p.ID = h.Accounts[0]
		}
		if len(h.Mails) > 0 {
			p.Email = h.Mails[0]
		}
	case !userID.MatchString(name):
		return p, false
	}
	p.Groups = c.groupsWith(p.ID)
	return p, true
}

// groupsWith are the groups that an account, or a user group, is listed in.
func (c *Config) groupsWith(id string) (in []string) {
	for name, members := range c.Policy.Groups {
		if slices.Contains(members, id) {
			in = append(in, name)
		}
	}
	return in
}

// cast reads what a test says of somebody that Slack would say in life.
func (r *reader) cast(c *Config, s setting) policy.Person {
	p, _ := c.somebody(s.name)
	if nothing(s.value) {
		return p
	}
	f := r.fields(s.value, "account", "mail", "in", "admin", "guest", "outsider", "bot", "deactivated")
	if a, ok := f["account"]; ok {
		if p.ID, ok = r.text(a.value); ok && !userID.MatchString(p.ID) {
			r.complain(a.value, "%q is not a Slack user id (U0123ABCD)", p.ID)
		}
		p.Groups = c.groupsWith(p.ID)
	}
	if m, ok := f["mail"]; ok {
		p.Email, _ = r.text(m.value)
	}
	if in, ok := f["in"]; ok {
		r.texts(in.value, func(at ast.Node, group string) {
			if userGroupID.MatchString(group) {
				p.Groups = append(p.Groups, c.groupsWith(group)...)
				return
			}
			r.group(c, at, group)
			p.Groups = append(p.Groups, group)
		})
	}
	for key, into := range map[string]*bool{"admin": &p.Admin, "guest": &p.Guest, "outsider": &p.Stranger, "bot": &p.Bot, "deactivated": &p.Deleted} {
		if flag, ok := f[key]; ok {
			*into = r.yes(flag.value)
		}
	}
	return p
}

// yes reads yes or no.
func (r *reader) yes(n ast.Node) bool {
	text, _ := r.text(n)
	switch text {
	case "yes", "true":
		return true
	case "no", "false":
	default:
		r.complain(n, "say yes or no")
	}
	return false
}

func (r *reader) trial(c *Config, n ast.Node, cast map[string]policy.Person) Trial {
	at := begin(n).Position
	t := Trial{Place: fmt.Sprintf("%s:%d:%d", r.name, at.Line, at.Column)}
	f := r.fields(n, "name", "who", "operation", "team", "apps", "about", "reason", "at", "zone", "votes", "may ask", "enough", "words")
	if f == nil {
		return t
	}
	for _, key := range []string{"name", "who", "operation"} {
		if _, ok := f[key]; !ok {
			r.complain(n, "this test has no %q", key)
		}
	}
	person := func(at ast.Node, name string) policy.Person {
		if p, ok := cast[name]; ok {
			return p
		}
		p, ok := c.somebody(name)
		if !ok {
			r.complain(at, "there is nobody called %q under people or under tests, people", name)
		}
		return p
	}
	text := func(key string, into func(at ast.Node, text string)) {
		if s, ok := f[key]; ok {
			if v, ok := r.text(s.value); ok {
				into(s.value, v)
			}
		}
	}
	texts := func(key string, each func(at ast.Node, text string)) {
		if s, ok := f[key]; ok {
			r.texts(s.value, each)
		}
	}
	text("name", func(_ ast.Node, name string) { t.Name = name })
	text("who", func(at ast.Node, name string) { t.Case.Asker = person(at, name) })
	text("reason", func(_ ast.Node, why string) { t.Reason = why })
	text("words", func(_ ast.Node, words string) { t.Words = words })
	text("operation", func(at ast.Node, words string) {
		class, ok := r.known.class(words)
		if !ok {
			r.complain(at, "there is no command %q.%s", words, Nearest(words, r.known.words()))
		}
		t.Case.Operation, t.Case.Class = words, class
	})
	if len(r.known.Teams) > 0 {
		t.Case.Team = r.known.Teams[0]
	}
	text("team", func(at ast.Node, team string) {
		if !slices.Contains(r.known.Teams, team) {
			r.complain(at, "there is no App Store Connect team %q; there is %s", team, strings.Join(r.known.Teams, ", "))
		}
		t.Case.Team = team
	})
	texts("apps", func(at ast.Node, app string) {
		if app == "all" {
			t.Case.AllApps = true
			return
		}
		r.app(at, app)
		t.Case.Apps = append(t.Case.Apps, app)
	})
	texts("about", func(_ ast.Node, mail string) {
		t.Case.Beneficiaries = append(t.Case.Beneficiaries, policy.Person{Email: mail})
	})
	texts("votes", func(at ast.Node, name string) {
		t.Voters, t.Names = append(t.Voters, person(at, name)), append(t.Names, name)
	})
	zone := time.UTC
	if s, ok := f["zone"]; ok {
		zone = r.zone(s.value)
	}
	if s, ok := f["at"]; ok {
		t.At = r.moment(s.value, zone)
	}
	for key, into := range map[string]**bool{"may ask": &t.MayAsk, "enough": &t.Enough} {
		if s, ok := f[key]; ok {
			said := r.yes(s.value)
			*into = &said
		}
	}
	if t.MayAsk == nil && t.Enough == nil {
		r.complain(n, "this test expects nothing; say “may ask”, “enough”, or both")
	}
	return t
}

// Try holds a trial against the rules. What comes back says, a line each, what is
// other than expected; nothing means that the trial holds.
func (c Config) Try(t Trial) (wrong []string) {
	p := c.Policy
	p.Team = testHome
	demands, _ := p.Demands(t.Case.Subject)
	ask := p.MayAsk(t.Case.Asker, t.Case.Subject)
	if ask.May && !t.At.IsZero() {
		ask = p.Frozen(t.Case.Asker, t.Case.Subject, t.At)
	}
	if ask.May {
		ask = demands.Lacks(t.Reason)
	}
	why := []string{ask.Why}
	compare := func(what string, want *bool, got policy.Verdict) {
		if want != nil && *want != got.May {
			wrong = append(wrong, strings.TrimSpace(fmt.Sprintf("%-8s expected %-4s got %-4s %s", what+":", yesNo(*want)+",", yesNo(got.May)+".", got.Why)))
		}
	}
	compare("may ask", t.MayAsk, ask)
	if t.Enough != nil || len(t.Voters) > 0 {
		enough := p.Count(t.Case, demands, t.Voters)
		for i, v := range t.Voters {
			if may := p.MayDecide(v, t.Case, demands); !may.May {
				enough.Why = strings.TrimSpace(fmt.Sprintf("%s %s: “%s”", enough.Why, t.Names[i], may.Why))
			}
		}
		compare("enough", t.Enough, enough)
		why = append(why, enough.Why)
	}
	if all := strings.TrimSpace(strings.Join(why, " ")); t.Words != "" && !strings.Contains(all, t.Words) {
		wrong = append(wrong, fmt.Sprintf("words:   expected “%s”, got “%s”", t.Words, all))
	}
	return wrong
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
