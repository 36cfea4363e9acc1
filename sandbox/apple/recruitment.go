package apple

import (
	"net/http"
	"slices"
)

// Who may come by a group's public link, by device and system. A criterion has the id of
// its group.
func init() {
	register(
		&family{typ: "betaRecruitmentCriteria", writes: testflight, create: createCriterion, update: updateCriterion, remove: removeCriterion},
		&family{typ: compatibleBuild, look: hasCompatibleBuild},
	)
	specials["GET /v1/betaGroups/{id}/betaRecruitmentCriteria"] = (*call).criteria
	specials["GET /v1/betaGroups/{id}/betaRecruitmentCriterionCompatibleBuildCheck"] = (*call).compatible
}

const compatibleBuild = "betaRecruitmentCriterionCompatibleBuildChecks"

func createCriterion(d *deed, in *entity) (*record, *refusal) {
	g := d.w.get("betaGroups", in.one("betaGroup"))
	switch {
	case g.flag("isInternalGroup") || !g.flag("publicLinkEnabled"): // Apple's words are not confirmed
		return nil, badRelation("betaGroup", "Recruitment criteria can be set only for a group with a public link")
	case g.one("betaRecruitmentCriteria") != "":
		return nil, badRelation("betaGroup", "The relationship 'betaGroup' includes a value that is already related to this resource.")
	}
	filters, wrong := recruits(in.attrs["deviceFamilyOsVersionFilters"])
	if wrong != nil {
		return nil, wrong
	}
	c := newRecord("betaRecruitmentCriteria", g.id, map[string]any{"lastModifiedDate": stamp(d.now), "deviceFamilyOsVersionFilters": filters})
	d.keep(c)
	d.w.checks(g.id)
	d.note = "the public link of " + g.text("name") + " asks for devices"
	return c, nil
}

// checks gives a group with criteria the question whether a build of it fits them.
func (w *world) checks(group string) {
	w.put(newRecord(compatibleBuild, group, nil))
	w.link("betaGroups", group, "betaRecruitmentCriterionCompatibleBuildCheck", group)
}

func updateCriterion(d *deed, old *record, in *entity) *refusal {
	if !in.sent("deviceFamilyOsVersionFilters") {
		return nil
	}
	filters, wrong := recruits(in.attrs["deviceFamilyOsVersionFilters"])
	if wrong == nil {
		d.w.set(old.typ, old.id, map[string]any{"lastModifiedDate": stamp(d.now), "deviceFamilyOsVersionFilters": filters})
	}
	return wrong
}

func removeCriterion(d *deed, old *record) *refusal {
	d.w.drop(compatibleBuild, old.id)
	d.w.drop(old.typ, old.id)
	return nil
}

// recruits are the filters of a criterion, each for another family of devices.
func recruits(filters any) ([]any, *refusal) {
	list, _ := filters.([]any)
	seen := map[any]bool{}
	for _, f := range list {
		family := f.(map[string]any)["deviceFamily"]
		if family == nil || seen[family] {
			return nil, badAttribute("deviceFamilyOsVersionFilters", "Each filter must have a device family of its own")
		}
		seen[family] = true
	}
	return list, nil
}

// hasCompatibleBuild says whether somebody who comes by the link finds a build. Systems
// and devices are not compared: that the group has one that can be installed is enough here.
func hasCompatibleBuild(rd reader, r *record) *record {
	some := slices.ContainsFunc(rd.w.get("betaGroups", r.id).rels["builds"], func(id string) bool {
		return !rd.w.get("builds", id).flag("expired")
	})
	return newRecord(r.typ, r.id, map[string]any{"hasCompatibleBuild": some})
}

// criteria says who may come by a group's public link. Where nothing is said, Apple
// refuses to read it.
func (c *call) criteria(*http.Request) reply {
	a := c.read()
	if a.status == http.StatusOK && c.rd.w.get(c.typ, c.id).one(c.rel) == "" {
		return refused(entityError("The beta group has no recruitment criteria", ""))
	}
	return a
}

// compatible is not found for a group without criteria.
func (c *call) compatible(*http.Request) reply {
	a := c.read()
	if a.status == http.StatusOK && c.rd.w.get(c.typ, c.id).one(c.rel) == "" {
		return refused(notFound(compatibleBuild, c.id))
	}
	return a
}
