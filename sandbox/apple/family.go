package apple

import (
	"slices"
	"strings"

	"github.com/ascbot/ascbot/sandbox/apple/contract"
)

// family is what the contract does not say of a type: who may read and write
// it, and the rules by which it is made, changed and removed. What an
// operation takes and gives stands in the contract.
type family struct {
	typ    string
	reads  []string // roles of the key that may read; nil: all
	writes []string // roles of the key that may write; nil: all

	create func(d *deed, in *entity) (*record, *refusal)
	update func(d *deed, old *record, in *entity) *refusal
	remove func(d *deed, old *record) *refusal
	// links are the changes to /relationships/name.
	links map[string]linkRule
	// loose are filters that match a part of the value, without case, as
	// Apple's do; all others match the whole of it.
	loose []string
	// look changes what a reader sees of a record; nil: nothing.
	look func(w *world, r *record) *record
}

// linkRule are the changes to a relationship; nil: no rule beyond the
// contract.
type linkRule struct {
	add, remove, replace func(d *deed, owner *record, ids []string) *refusal
}

// families are the types with rules of their own, by name.
var families = map[string]*family{}

// register puts families into the table. Rules refer to other families, so it
// is filled when the program starts.
func register(fs ...*family) {
	for _, f := range fs {
		families[f.typ] = f
	}
}

// of is the family of a type; one without rules is only read.
func of(typ string) *family {
	if f := families[typ]; f != nil {
		return f
	}
	return &family{typ: typ}
}

// side is one side of a relation.
type side struct{ typ, name string }

// pairs are the relations that both sides show: what is linked on one side is
// linked on the other.
var pairs = [][2]side{
	{{"betaGroups", "app"}, {"apps", "betaGroups"}},
	{{"betaGroups", "betaTesters"}, {"betaTesters", "betaGroups"}},
	{{"betaGroups", "builds"}, {"builds", "betaGroups"}},
	{{"betaTesters", "builds"}, {"builds", "individualTesters"}},
	{{"betaTesters", "apps"}, {"apps", "betaTesters"}},
	{{"builds", "app"}, {"apps", "builds"}},
	{{"builds", "preReleaseVersion"}, {"preReleaseVersions", "builds"}},
	{{"preReleaseVersions", "app"}, {"apps", "preReleaseVersions"}},
	{{"buildBetaDetails", "build"}, {"builds", "buildBetaDetail"}},
}

// inverse is the other side of a relation; none when Apple shows one side only.
func inverse(typ, name string) side {
	for _, p := range pairs {
		switch (side{typ, name}) {
		case p[0]:
			return p[1]
		case p[1]:
			return p[0]
		}
	}
	return side{}
}

// many says whether a relationship can hold several.
func many(typ, name string) bool {
	if rel, ok := contract.Resources()[typ].Relationships[name]; ok {
		return rel.Many
	}
	// Apple shows testers of an app nowhere; the relation is kept for the rules.
	return strings.HasSuffix(name, "s")
}

// operations is the list Apple gives when it refuses a verb: of a resource
// ("CREATE, GET_INSTANCE"), or of a relationship.
func operations(path string) []string {
	collection, _, _ := strings.Cut(strings.TrimSuffix(path, "/{id}"), "/{id}")
	var ops []string
	for _, op := range contract.Operations() {
		switch {
		case strings.Contains(path, "/relationships/"):
			if op.Path == path {
				ops = append(ops, map[string]string{"GET": "GET_RELATIONSHIP", "POST": "ADD", "PATCH": "REPLACE", "DELETE": "REMOVE"}[op.Method])
			}
		case op.Path == collection:
			ops = append(ops, map[string]string{"GET": "GET_COLLECTION", "POST": "CREATE"}[op.Method])
		case op.Path == collection+"/{id}":
			ops = append(ops, map[string]string{"GET": "GET_INSTANCE", "PATCH": "UPDATE", "DELETE": "DELETE"}[op.Method])
		}
	}
	slices.Sort(ops)
	return ops
}
