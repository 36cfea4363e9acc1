package apple

import "testing"

func filter(family, from string) map[string]any {
	return map[string]any{"deviceFamily": family, "minimumOsInclusive": from}
}

func recruiting(group string, filters ...any) map[string]any {
	return entityOf("betaRecruitmentCriteria", "", map[string]any{"deviceFamilyOsVersionFilters": filters}, map[string]any{"betaGroup": toOne("betaGroups", group)})
}

// Who may come by a public link is said only where there is a criterion.
func TestRecruitmentCriteria(t *testing.T) {
	c := newCaller(t, Options{})
	of := func(group string) string { return "/v1/betaGroups/" + group + "/betaRecruitmentCriteria" }
	fits := func(group string) string {
		return "/v1/betaGroups/" + group + "/betaRecruitmentCriterionCompatibleBuildCheck"
	}
	everybody, friends := c.group(haloID, "Everybody"), c.group(haloID, "Friends")
	filters, _ := c.item(of(everybody)).Attributes["deviceFamilyOsVersionFilters"].([]any)
	if len(filters) != 2 {
		t.Errorf("%+v", filters)
	}
	if c.item(fits(everybody)).Attributes["hasCompatibleBuild"] != true {
		t.Error("the group has a build")
	}
	c.says(409, "ENTITY_ERROR", "no recruitment criteria", "GET", of(friends), nil)
	c.says(404, "NOT_FOUND", friends, "GET", fits(friends), nil)
	c.says(404, "NOT_FOUND", "nobody", "GET", of("nobody"), nil)

	c.says(409, "ENTITY_ERROR.RELATIONSHIP.INVALID", "already related", "POST", "/v1/betaRecruitmentCriteria", recruiting(everybody, filter("MAC", "15.0")))
	c.says(409, "ENTITY_ERROR.RELATIONSHIP.INVALID", "with a public link", "POST", "/v1/betaRecruitmentCriteria", recruiting(c.group(haloID, "Crew"), filter("MAC", "15.0")))
	c.ask("DELETE", "/v1/betaRecruitmentCriteria/"+everybody, nil)
	c.says(409, "ENTITY_ERROR", "no recruitment criteria", "GET", of(everybody), nil)
	c.says(404, "NOT_FOUND", everybody, "GET", fits(everybody), nil)
	c.says(409, "ENTITY_ERROR.ATTRIBUTE.INVALID", "of its own", "POST", "/v1/betaRecruitmentCriteria", recruiting(everybody, filter("MAC", "15.0"), filter("MAC", "26.0")))
	if id := c.made("/v1/betaRecruitmentCriteria", recruiting(everybody, filter("MAC", "15.0"))); id != everybody {
		t.Errorf("the criterion has the id %s, not that of its group", id)
	}
	c.ask("PATCH", "/v1/builds/"+c.build(haloID, "117"), changed("builds", c.build(haloID, "117"), map[string]any{"expired": true}))
	if c.item(fits(everybody)).Attributes["hasCompatibleBuild"] != false {
		t.Error("its build is expired")
	}
}
