package bot

import (
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/ascbot/ascbot/bot/roles"
)

// Bundle is a set of rights under a name of the company's own, such as "qa".
type Bundle struct {
	Name    string
	Roles   []string // as the API spells them
	Apps    []string // names, bundle ids or SKUs; none: the command says which
	Signing bool     // access to certificates, identifiers and profiles
}

// bundles reads the bundles that hold for every team.
func (r *reader) bundles(c *Config, n ast.Node) { c.Bundles = r.bundleList(n) }

// bundleList reads bundles, and sorts them by their names.
func (r *reader) bundleList(n ast.Node) (all []Bundle) {
	for _, s := range r.mapping(n) {
		if _, taken := roles.Find(s.name); taken {
			r.complain(s.key, "%q is a role of Apple's and cannot name a bundle", s.name)
		} else {
			r.called(s.key, s.name)
		}
		if nothing(s.value) {
			r.complain(s.key, "nothing is said of %s; give its roles", s.name)
			continue
		}
		if f := r.fields(s.value, "roles", "apps", "certificates"); f != nil {
			all = append(all, r.bundle(s, f))
		}
	}
	sortBundles(all)
	return all
}

func sortBundles(all []Bundle) {
	slices.SortFunc(all, func(a, b Bundle) int { return strings.Compare(a.Name, b.Name) })
}

// bundlesFor are the bundles one can name on a team: its own, and those of every team
// that have another name. While it is not said which team, they are those of any.
func (c *Config) bundlesFor(team string) []Bundle {
	own := c.BundlesOn[team]
	if team == "" {
		for _, name := range slices.Sorted(maps.Keys(c.BundlesOn)) {
			own = append(own, c.BundlesOn[name]...)
		}
	}
	all := []Bundle{}
	for _, b := range slices.Concat(own, c.Bundles) {
		if !slices.ContainsFunc(all, func(known Bundle) bool { return Alike(known.Name, b.Name) }) {
			all = append(all, b)
		}
	}
	sortBundles(all)
	return all
}

func (r *reader) bundle(s setting, f map[string]setting) Bundle {
	b := Bundle{Name: s.name}
	before, at := len(r.wrong), s.key
	if list, ok := f["roles"]; ok {
		at = list.value
		r.texts(at, func(at ast.Node, word string) {
			role, ok := roles.Find(word)
			if !ok {
				r.complain(at, "%q is not a role; there is %s.%s", word, strings.Join(roles.Names(), ", "), Nearest(word, roles.Names()))
			}
			b.Roles = append(b.Roles, role.ID)
		})
	}
	if flag, ok := f["certificates"]; ok {
		b.Signing = r.yes(flag.value)
	}
	if c := roles.Complaint(b.Roles, b.Signing); len(r.wrong) == before && c != "" {
		r.complain(at, "%s", strings.ReplaceAll(c, "Add “with certificates”.", "Add “certificates: true”."))
	}
	if apps, ok := f["apps"]; ok {
		r.texts(apps.value, func(at ast.Node, app string) {
			if strings.TrimSpace(app) == "" {
				r.complain(at, "this app has no name")
			}
			b.Apps = append(b.Apps, app)
		})
		if roles.SeesAll(b.Roles) {
			r.complain(apps.value, "%s sees all apps whatever is written here; leave this out", roles.Words(b.Roles))
		}
	}
	return b
}

// Bundled is an operation that takes the company's bundles where it takes roles.
type Bundled interface {
	Operation
	// Bundles tells it which there are, before words or a form are read.
	Bundles(all []Bundle)
}

// withBundles tells an operation the bundles of a team, if it takes any.
func (b *Bot) withBundles(op Operation, team string) Operation {
	if takes, ok := op.(Bundled); ok {
		takes.Bundles(b.conf().bundlesFor(team))
	}
	return op
}

// change makes an operation of a verb that is ready to be filled.
func (b *Bot) change(v Verb) Operation {
	op := b.withBundles(v.Change(), "")
	if inward, ok := op.(Inward); ok {
		inward.Within(b.Store, b.Now)
	}
	if posting, ok := op.(Posting); ok {
		posting.Posts(b.forMoney)
	}
	if recalls, ok := op.(Recalling); ok {
		recalls.Recall(b.Store)
	}
	if over, ok := op.(OverTeams); ok {
		over.Over(b.Teams)
	}
	return op
}
