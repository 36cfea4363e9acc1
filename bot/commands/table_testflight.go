package commands

import (
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/policy"
)

// testFlight lists the commands about beta groups, testers and builds.
func testFlight() []bot.Verb {
	return []bot.Verb{
		{
			Words: "tester add", Args: "<email> to <group> [in <app>]", Class: policy.TestFlight, Effect: bot.Keyed, Risk: bot.Seen,
			Label:    "Add a tester",
			About:    "add a tester to a TestFlight group",
			More:     "When several apps have a group of that name, say which with `in`. Internal groups take members of the team only.",
			Examples: []string{"tester add kim@example.com to Friends in Halo", "tester add"},
			Change:   func() bot.Operation { return &TesterAdd{} },
		},
	}
}
