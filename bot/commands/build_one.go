package commands

import (
	"context"
	"slices"
	"strings"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
)

// oneBuild is what the operations have in common that are about a build and nothing
// else.
type oneBuild struct{ betaBuild }

// Parse reads "<app> <build>".
func (o *oneBuild) Parse(words []string) error {
	if err := o.parseBuild(words); err != nil {
		return err
	}
	if o.Build.Name == "" {
		return bot.ErrMore
	}
	return nil
}

// Read takes the submitted form.
func (o *oneBuild) Read(v bot.Values) map[string]string {
	wrong := map[string]string{}
	o.readBuild(v, wrong)
	return wrong
}

func (o *oneBuild) form(title string, intro bot.Markup) bot.Form {
	return bot.Form{Title: title, Submit: "Ask for it", Intro: intro, Fields: []bot.Field{o.buildField()}}
}

// audience reads the groups that have a build, and how many testers they have
// together; fewer when somebody is in several.
func audience(ctx context.Context, api *asc.Client, b asc.Build) (groups []asc.BetaGroup, testers int, err error) {
	for g, err := range api.BetaGroups(ctx, asc.BetaGroupFilter{App: []string{b.AppID}, IncludeApp: true, Count: true}) {
		if err != nil {
			return nil, 0, err
		}
		if slices.Contains(b.GroupIDs, g.ID) || g.IsInternalGroup && g.HasAccessToAllBuilds && b.UploadedDate.After(g.CreatedDate) {
			groups = append(groups, g)
			if g.Testers != nil {
				testers += *g.Testers
			}
		}
	}
	return groups, testers, nil
}

func groupList(groups []asc.BetaGroup) string {
	if len(groups) == 0 {
		return "none"
	}
	return strings.Join(named(groups, func(g asc.BetaGroup) string { return g.Name }), ", ")
}

// atMost says how many testers groups have: somebody may be in several.
func atMost(testers int, groups []asc.BetaGroup) string {
	if len(groups) > 1 {
		return "at most " + howMany(testers, "tester")
	}
	return howMany(testers, "tester")
}
