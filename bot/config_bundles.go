package bot

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ascbot/ascbot/bot/roles"
)

// Bundle is a set of rights under a name of the company's own, such as "qa".
type Bundle struct {
	Name    string
	Roles   []string // as the API spells them
	Apps    []string // names, bundle ids or SKUs; none: the command says which
	Signing bool     // access to certificates, identifiers and profiles
}

// yamlBundle is a bundle as written.
type yamlBundle struct {
	Roles        []string `yaml:"roles"`
	Apps         []string `yaml:"apps"`
	Certificates bool     `yaml:"certificates"`
}

// bundles reads the bundles, which are sorted by their names.
func (r *reader) bundles(list map[string]yamlBundle) (out []Bundle) {
	for _, name := range slices.Sorted(maps.Keys(list)) {
		path, y := "$.bundles."+quoteKey(name), list[name]
		if _, taken := roles.Find(name); taken {
			r.complain(path, "%q is a role of Apple's and cannot name a bundle", name)
		} else if !groupName.MatchString(name) {
			r.complain(path, "%q is not a name for a bundle: small letters, digits and dashes", name)
		}
		b := Bundle{Name: name, Apps: y.Apps, Signing: y.Certificates}
		known := true
		for i, word := range y.Roles {
			role, ok := roles.Find(word)
			if !ok {
				known = false
				r.complain(fmt.Sprintf("%s.roles[%d]", path, i), "%q is not a role; there is %s.%s", word, strings.Join(roles.Names(), ", "), Nearest(word, roles.Names()))
			}
			b.Roles = append(b.Roles, role.ID)
		}
		for i, app := range y.Apps {
			if strings.TrimSpace(app) == "" {
				r.complain(fmt.Sprintf("%s.apps[%d]", path, i), "this app has no name")
			}
		}
		if c := roles.Complaint(b.Roles, b.Signing); known && c != "" {
			r.complain(path+".roles", "%s", strings.ReplaceAll(c, "Add “with certificates”.", "Add “certificates: true”."))
		}
		if roles.SeesAll(b.Roles) && len(b.Apps) > 0 {
			r.complain(path+".apps", "%s sees all apps whatever is written here; leave this out", roles.Words(b.Roles))
		}
		out = append(out, b)
	}
	return out
}

// Bundled is an operation that takes the company's bundles where it takes roles.
type Bundled interface {
	Operation
	// Bundles tells it which there are, before words or a form are read.
	Bundles(all []Bundle)
}

// change makes an operation of a verb that is ready to be filled.
func (b *Bot) change(v Verb) Operation {
	op := v.Change()
	if takes, ok := op.(Bundled); ok {
		takes.Bundles(b.conf().Bundles)
	}
	return op
}
