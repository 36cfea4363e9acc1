package apple

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// mostPublicTesters is the highest limit of a public link.
const mostPublicTesters = 10000

// How many people may test an app. What Apple says to one more is not confirmed.
const (
	mostInternal = 100
	mostExternal = 10000
)

// testflight are the roles that work with TestFlight.
var testflight = []string{"ADMIN", "APP_MANAGER"}

func init() {
	register(&family{
		typ: "betaGroups", writes: testflight, create: createGroup, update: updateGroup, remove: removeGroup,
		links: map[string]linkRule{
			"betaTesters": {add: joinTesters, remove: leaveTesters},
			"builds":      {add: groupBuilds},
		},
	})
}

func createGroup(d *deed, in *entity) (*record, *refusal) {
	internal := in.flag("isInternalGroup")
	if wrong := d.goodGroupName(in.text("name"), in.one("app"), ""); wrong != nil {
		return nil, wrong
	}
	if in.flag("hasAccessToAllBuilds") && !internal {
		return nil, badAttribute("hasAccessToAllBuilds", "Only an internal group can have access to all builds")
	}
	g := newRecord("betaGroups", d.newID(), map[string]any{
		"name": in.text("name"), "createdDate": stamp(d.now), "isInternalGroup": internal,
		"feedbackEnabled": !in.sent("feedbackEnabled") || in.flag("feedbackEnabled"),
	})
	if internal {
		g.attrs["hasAccessToAllBuilds"] = in.flag("hasAccessToAllBuilds")
	} else {
		g.attrs["publicLinkEnabled"], g.attrs["publicLinkLimitEnabled"] = false, false
	}
	testers, builds := in.rels["betaTesters"], in.rels["builds"]
	in.rels = map[string][]string{"app": in.rels["app"]}
	d.keep(g)
	now := func() *record { return d.w.get(g.typ, g.id) } // each rule makes a new record of the group
	if wrong := d.addBuilds(now(), builds); wrong != nil {
		return nil, wrong
	}
	if wrong := d.addTesters(now(), testers); wrong != nil {
		return nil, wrong
	}
	if wrong := d.publicLink(now(), in); wrong != nil {
		return nil, wrong
	}
	d.note = fmt.Sprintf("made the group %s in %s", g.text("name"), d.appName(in.one("app")))
	return now(), nil
}

func (d *deed) appName(id string) string {
	if app := d.w.get("apps", id); app != nil {
		return app.text("name")
	}
	return id
}

func (d *deed) goodGroupName(name, app, self string) *refusal {
	if strings.TrimSpace(name) == "" || len([]rune(name)) > 50 {
		return badAttribute("name", "The attribute 'name' must have from 1 to 50 characters")
	}
	twin := d.w.find("betaGroups", func(g *record) bool {
		return g.id != self && g.one("app") == app && strings.EqualFold(g.text("name"), name)
	})
	if twin != nil {
		return duplicate("name", fmt.Sprintf("A beta group with the name '%s' already exists for this app", name))
	}
	return nil
}

func updateGroup(d *deed, old *record, in *entity) *refusal {
	changes := map[string]any{}
	if in.sent("name") {
		if wrong := d.goodGroupName(in.text("name"), old.one("app"), old.id); wrong != nil {
			return wrong
		}
		changes["name"] = in.text("name")
	}
	for _, name := range []string{"feedbackEnabled", "iosBuildsAvailableForAppleSiliconMac", "iosBuildsAvailableForAppleVision"} {
		if in.sent(name) {
			changes[name] = in.flag(name)
		}
	}
	d.w.set(old.typ, old.id, changes)
	d.note = "the group " + old.text("name") + " changed"
	return d.publicLink(d.w.get(old.typ, old.id), in)
}

// publicLink switches the link on or off and bounds it.
func (d *deed) publicLink(g *record, in *entity) *refusal {
	if !in.sent("publicLinkEnabled") && !in.sent("publicLinkLimitEnabled") && !in.sent("publicLinkLimit") {
		return nil
	}
	if g.flag("isInternalGroup") {
		return badAttribute("publicLinkEnabled", "An internal group cannot have a public link")
	}
	changes := map[string]any{}
	if in.sent("publicLinkLimit") && in.attrs["publicLinkLimit"] != nil {
		if n := in.number("publicLinkLimit"); n < 1 || n > mostPublicTesters {
			return badAttribute("publicLinkLimit", fmt.Sprintf("The limit must be a number from 1 to %d", mostPublicTesters))
		}
		changes["publicLinkLimit"] = in.number("publicLinkLimit")
	}
	if in.sent("publicLinkLimitEnabled") {
		on := in.flag("publicLinkLimitEnabled")
		if on && changes["publicLinkLimit"] == nil && g.attrs["publicLinkLimit"] == nil {
			return missingAttribute("publicLinkLimit")
		}
		changes["publicLinkLimitEnabled"] = on
	}
	if in.sent("publicLinkEnabled") {
		on := in.flag("publicLinkEnabled")
		if on && len(g.rels["builds"]) == 0 {
			return stateError("A public link can be enabled only when the group has a build")
		}
		changes["publicLinkEnabled"], changes["publicLink"], changes["publicLinkId"] = on, nil, nil
		if on {
			code := publicCode(g.id)
			changes["publicLinkId"], changes["publicLink"] = code, "https://testflight.apple.com/join/"+code
		}
		d.note = "the public link of " + g.text("name") + " is " + map[bool]string{true: "on", false: "off"}[on]
	}
	d.w.set(g.typ, g.id, changes)
	return nil
}

// publicCode is the eight letters and digits in a public link. They stay the
// same while the group lives.
func publicCode(group string) string {
	const alphabet = "ABCDEFGHJKMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789"
	n := uint64(14695981039346656037)
	var code []byte
	for i := range 8 {
		for _, b := range []byte(group) {
			n = (n ^ uint64(b) ^ uint64(i)) * 1099511628211
		}
		code = append(code, alphabet[n%uint64(len(alphabet))])
	}
	return string(code)
}

func removeGroup(d *deed, old *record) *refusal {
	if id := old.one("betaRecruitmentCriteria"); id != "" {
		d.w.drop(compatibleBuild, id)
		d.w.drop("betaRecruitmentCriteria", id)
	}
	d.w.drop(old.typ, old.id)
	d.note = "the group " + old.text("name") + " is gone"
	return nil
}

func joinTesters(d *deed, g *record, ids []string) *refusal { return d.addTesters(g, ids) }

// addTesters puts testers into a group: all of them or none.
func (d *deed) addTesters(g *record, ids []string) *refusal {
	for _, id := range ids {
		t := d.w.get("betaTesters", id)
		if t.one("apps") != g.one("app") || t.has("betaGroups", g.id) || g.flag("isInternalGroup") && !d.onTeam(t.text("email"), g.one("app")) {
			return cannotBeAssigned()
		}
	}
	if full := d.tooMany(g, ids); full != nil {
		return full
	}
	for _, id := range ids {
		d.w.link("betaGroups", g.id, "betaTesters", id)
		d.w.invite(id)
	}
	d.note = fmt.Sprintf("%d into %s", len(ids), g.text("name"))
	return nil
}

// tooMany refuses more testers than an app may have of the group's kind.
func (d *deed) tooMany(g *record, ids []string) *refusal {
	internal, most := g.flag("isInternalGroup"), d.s.opt.MostExternal
	if internal {
		most = mostInternal
	}
	groups := d.w.get("apps", g.one("app")).rels["betaGroups"]
	testers := 0
	for _, id := range groups { // whoever is in several is counted in each: only when that is too many is it looked at closely
		if other := d.w.get("betaGroups", id); other.flag("isInternalGroup") == internal {
			testers += len(other.rels["betaTesters"])
		}
	}
	if testers+len(ids) <= most {
		return nil
	}
	people := map[string]bool{}
	for _, id := range groups {
		if other := d.w.get("betaGroups", id); other.flag("isInternalGroup") == internal {
			for _, t := range other.rels["betaTesters"] {
				people[t] = true
			}
		}
	}
	for _, t := range ids {
		people[t] = true
	}
	if len(people) <= most {
		return nil
	}
	return stateError(fmt.Sprintf("The app has reached the limit of %d testers", most))
}

// cannotBeAssigned has several causes, and Apple gives the same words for each.
func cannotBeAssigned() *refusal { return stateError("Tester(s) cannot be assigned") }

// onTeam says whether an address belongs to a user who sees an app.
func (d *deed) onTeam(email, app string) bool {
	return slices.ContainsFunc(d.w.named("users", email), func(u *record) bool {
		return u.flag("allAppsVisible") || u.has("visibleApps", app)
	})
}

func leaveTesters(d *deed, g *record, ids []string) *refusal {
	for _, id := range ids {
		d.w.unlink("betaGroups", g.id, "betaTesters", id)
	}
	d.note = fmt.Sprintf("%d out of %s", len(ids), g.text("name"))
	return nil
}

func groupBuilds(d *deed, g *record, ids []string) *refusal { return d.addBuilds(g, ids) }

// addBuilds gives builds to a group. One that is there already is no fault.
func (d *deed) addBuilds(g *record, ids []string) *refusal {
	if len(ids) > 0 && g.flag("isInternalGroup") && g.flag("hasAccessToAllBuilds") {
		return unprocessable("ENTITY_UNPROCESSABLE", "Builds cannot be assigned to this internal group.", "Cannot add internal group to a build.")
	}
	for _, id := range ids {
		b := d.w.get("builds", id)
		if b.one("app") != g.one("app") {
			return badRelation("builds", "The build and the group belong to different apps")
		}
		if !g.flag("isInternalGroup") && !slices.Contains(assignable, d.externalState(b)) {
			return unprocessable("ENTITY_UNPROCESSABLE", "The build cannot be assigned.", "Build is not in an externally assignable state.")
		}
		d.w.link("betaGroups", g.id, "builds", id)
	}
	for _, t := range d.w.get("betaGroups", g.id).rels["betaTesters"] {
		d.w.invite(t)
	}
	if len(ids) > 0 && d.op.Method == http.MethodPost {
		d.note = fmt.Sprintf("%d builds to %s", len(ids), g.text("name"))
	}
	return nil
}
