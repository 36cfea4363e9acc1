package bot_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ascbot/ascbot/sandbox/apple"
)

// flight prints what stands in TestFlight, as App Store Connect's own pages would
// show it: groups, builds, texts or testers of one app, or a group of its testers.
func (p *play) flight(what, app string) string {
	var out strings.Builder
	id := p.idOf("apps", app)
	of := func(r apple.Resource, rel string) bool { return slices.Contains(r.Relationships[rel], id) }
	yes := func(r apple.Resource, name string) string {
		if r.Attributes[name] == true {
			return " " + name
		}
		return ""
	}
	for _, r := range p.box.Apple.Resources(map[string]string{"groups": "betaGroups", "builds": "builds", "texts": "betaBuildLocalizations", "people": "betaTesters"}[what]) {
		switch {
		case what == "groups" && of(r, "app"):
			fmt.Fprintf(&out, "%s:%s%s%s%s", r.Attributes["name"], yes(r, "isInternalGroup"), yes(r, "hasAccessToAllBuilds"), yes(r, "feedbackEnabled"), yes(r, "publicLinkEnabled"))
			if r.Attributes["publicLinkLimitEnabled"] == true {
				fmt.Fprintf(&out, " limit %v", r.Attributes["publicLinkLimit"])
			}
			fmt.Fprintf(&out, ", %d testers, builds %s\n", len(r.Relationships["betaTesters"]), p.attributes("builds", r.Relationships["builds"], "version"))
		case what == "builds" && of(r, "app"):
			detail := p.resource("buildBetaDetails", r.Relationships["buildBetaDetail"])
			fmt.Fprintf(&out, "%s:%s, encryption %v, %v %v, groups %s\n", r.Attributes["version"], yes(r, "expired"), r.Attributes["usesNonExemptEncryption"],
				detail.Attributes["internalBuildState"], detail.Attributes["externalBuildState"], p.names("betaGroups", r.Relationships["betaGroups"]))
		case what == "texts":
			if b := p.resource("builds", r.Relationships["build"]); of(b, "app") {
				fmt.Fprintf(&out, "%s %s: %v\n", b.Attributes["version"], r.Attributes["locale"], r.Attributes["whatsNew"])
			}
		case what == "people" && of(r, "apps"):
			fmt.Fprintf(&out, "%v %v %v: %s\n", r.Attributes["email"], r.Attributes["inviteType"], r.Attributes["state"], p.names("betaGroups", r.Relationships["betaGroups"]))
		}
	}
	return out.String()
}

func (p *play) idOf(kind, name string) string {
	for _, r := range p.box.Apple.Resources(kind) {
		if r.Attributes["name"] == name {
			return r.ID
		}
	}
	return ""
}

func (p *play) resource(kind string, ids []string) apple.Resource {
	for _, r := range p.box.Apple.Resources(kind) {
		if slices.Contains(ids, r.ID) {
			return r
		}
	}
	return apple.Resource{}
}

func (p *play) attributes(kind string, ids []string, name string) string {
	var all []string
	for _, r := range p.box.Apple.Resources(kind) {
		if slices.Contains(ids, r.ID) {
			all = append(all, fmt.Sprint(r.Attributes[name]))
		}
	}
	return strings.Join(all, ", ")
}
