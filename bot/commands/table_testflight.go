package commands

import (
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/policy"
)

// testFlight lists the commands about beta groups, testers and builds.
func testFlight() []bot.Verb {
	return []bot.Verb{
		{
			Words: "testers", Args: "<app>, or <group> in <app>", Class: policy.Read,
			Label:    "Testers",
			About:    "who tests an app, in what state, in which groups",
			Examples: []string{"testers Halo", "testers Friends in Halo"},
			Query:    func() bot.Query { return &Testers{} },
		},
		{
			Words: "groups", Args: "[app]", Class: policy.Read,
			Label:    "Beta groups",
			About:    "beta groups with their size and public link",
			Examples: []string{"groups Halo"},
			Query:    func() bot.Query { return &Groups{} },
		},
		{
			Words: "builds", Args: "[app] [version]", Class: policy.Read,
			Label:    "Builds",
			About:    "builds and where they stand, the newest first",
			Examples: []string{"builds Halo", "builds Halo 2.4"},
			Query:    func() bot.Query { return &Builds{} },
		},
		{
			Words: "build", Args: "<app> <build>", Class: policy.Read,
			Label:    "Show a build",
			About:    "one build: states, days left, groups, texts, compliance, and buttons for what can be done about it",
			More:     "A build is named by its number, by version and number, or as the newest: `build Halo 118`, `build Halo 2.4 118`, `build Halo latest`.",
			Examples: []string{"build Halo 118", "build Halo latest"},
			Query:    func() bot.Query { return &Build{} },
		},
		{
			Words: "tester add", Quick: true, OnMessage: true, Args: "<addresses> to <group>[, <group>] [in <app>]", Class: policy.TestFlight, Effect: bot.Keyed, Risk: bot.Seen,
			Label:    "Add testers",
			About:    "add people to TestFlight groups",
			More:     "One or many, up to 1,000: with blanks, commas or lines between them, as `Name <address>`, pasted from a table, or as a CSV file in the form. When several apps have a group of that name, say which with `in`. Internal groups take members of the team only. Everybody gets a result of their own.",
			Examples: []string{"tester add kim@example.com to Friends in Halo", "tester add kim@example.com, lou@example.com to Friends, Everybody in Halo", "tester add"},
			Change:   func() bot.Operation { return &TesterAdd{} },
		},
		{
			Words: "tester remove", Args: "<addresses or names> from <group>[, <group>] [in <app>], in <app>, or from everything", Class: policy.TestFlight, Effect: bot.Absolute, Risk: bot.Seen,
			Label:    "Remove testers",
			About:    "take people out of TestFlight groups, off an app, or out of everything",
			More:     "Three different things: `from Friends in Halo` takes them out of that group, and they keep the app through other groups; `in Halo` takes them off the app and all its groups; `from everything` takes them out of every app of the team. People are named by address or by name.",
			Examples: []string{"tester remove lee@friends.example from Friends in Halo", "tester remove lee moran, noor in Halo", "tester remove lee@friends.example from everything"},
			Change:   func() bot.Operation { return &TesterRemove{} },
		},
		{
			Words: "tester resend", Args: "<addresses or names> [in <app>]", Class: policy.TestFlight, Effect: bot.OneWay, Risk: bot.Seen,
			Label:    "Invite testers again",
			About:    "send people the mail with the invitation to an app once more",
			More:     "Only who has not accepted yet gets mail, and only when there is a build they could install. Without `in` it is the app they test, if it is one.",
			Examples: []string{"tester resend ida@friends.example in Halo", "tester resend ida berg"},
			Change:   func() bot.Operation { return &TesterResend{} },
		},
		{
			Words: "tester prune", Args: "<app>, or <group> in <app>, for <n> days", Class: policy.TestFlight, Effect: bot.Absolute, Risk: bot.Seen,
			Label:    "Prune testers",
			About:    "take out who has never installed the app, after showing everybody by name",
			More:     "App Store Connect does not tell since when somebody is invited; whom a request here has added or reminded within these days stays. So does whoever installs the app before it is carried out.",
			Examples: []string{"tester prune Halo for 30 days", "tester prune Friends in Halo for 90 days"},
			Change:   func() bot.Operation { return &TesterPrune{} },
		},
		{
			Words: "group add", Args: "<name> in <app> [internal] [all builds] [no feedback]", Class: policy.TestFlight, Effect: bot.Unkeyed, Risk: bot.Small,
			Label:    "Make a beta group",
			About:    "make a TestFlight group",
			More:     "A group is external, for people outside the team, unless `internal` is said. With `all builds` an internal group gets every build that is uploaded from then on. Neither can be changed later.",
			Examples: []string{"group add Reviewers in Halo", "group add Office in Halo internal all builds"},
			Change:   func() bot.Operation { return &GroupAdd{} },
		},
		{
			Words: "group rename", Args: "<group> to <name> [in <app>]", Class: policy.TestFlight, Effect: bot.Absolute, Risk: bot.Small,
			Label:    "Rename a beta group",
			About:    "give a TestFlight group another name",
			Examples: []string{"group rename Friends to Family in Halo"},
			Change:   func() bot.Operation { return &GroupRename{} },
		},
		{
			Words: "group delete", Args: "<group> [in <app>]", Class: policy.TestFlight, Effect: bot.Absolute, Risk: bot.Severe,
			Label:    "Delete a beta group",
			About:    "delete a TestFlight group; its testers keep the app only through other groups",
			Examples: []string{"group delete Press in Pebble"},
			Change:   func() bot.Operation { return &GroupDelete{} },
		},
		{
			Words: "group feedback", Args: "<group> [in <app>] on|off", Class: policy.TestFlight, Effect: bot.Absolute, Risk: bot.Small,
			Label:    "Feedback of a group",
			About:    "let the testers of a group send feedback, or not",
			Examples: []string{"group feedback Friends in Halo off"},
			Change:   func() bot.Operation { return &GroupFeedback{} },
		},
		{
			Words: "link", Args: "<group> on|off [limit <n>|no limit] [in <app>]", Class: policy.TestFlight, Effect: bot.Absolute, Risk: bot.Seen,
			Label:    "Public link",
			About:    "switch the public link of a group on or off",
			More:     "Whoever has the link can become a tester without being asked. The group has to be external and to have a build. Without `limit` the limit stays as it is.",
			Examples: []string{"link Friends on limit 100 in Halo", "link Everybody off"},
			Change:   func() bot.Operation { return &Link{} },
		},
		{
			Words: "build give", Args: "<app> <build> to <group>[, <group>]", Class: policy.TestFlight, Effect: bot.Absolute, Risk: bot.Seen,
			Label:    "Give a build to groups",
			About:    "let groups install a build",
			More:     "A build is named by its number, or by version and number: `118`, `2.4.0 118`. People outside the team get it once it has passed beta review.",
			Examples: []string{"build give Halo 118 to Friends, Everybody", "build give Halo 2.4.0 118 to Friends"},
			Change:   func() bot.Operation { return &BuildGive{} },
		},
		{
			Words: "build take", Args: "<app> <build> from <group>[, <group>]", Class: policy.TestFlight, Effect: bot.Absolute, Risk: bot.Seen,
			Label:    "Take a build from groups",
			About:    "no longer let groups install a build",
			Examples: []string{"build take Halo 117 from Friends"},
			Change:   func() bot.Operation { return &BuildTake{} },
		},
		{
			Words: "build notes", Args: "<app> <build> [locale] [text]", Class: policy.TestFlight, Effect: bot.Absolute, Risk: bot.Seen,
			Label:    "What to test",
			About:    "write what testers are asked to look at in a build",
			More:     "The text is written, or read over, in a form: one for each language.",
			Examples: []string{"build notes Halo 118", "build notes Halo 118 de-DE"},
			Change:   func() bot.Operation { return &BuildNotes{} },
		},
		{
			Words: "build compliance", Args: "<app> <build> yes|no", Class: policy.TestFlight, Effect: bot.OneWay, Risk: bot.Severe,
			Label:    "Answer export compliance",
			About:    "say whether a build uses encryption that is not exempt",
			More:     "`no` is for builds without encryption, or with encryption that is exempt, such as HTTPS. It is answered once.",
			Examples: []string{"build compliance Pebble 58 no"},
			Change:   func() bot.Operation { return &BuildCompliance{} },
		},
		{
			Words: "build review", Args: "<app> <build>", Class: policy.TestFlight, Effect: bot.OneWay, Risk: bot.Severe,
			Label:    "Submit for beta review",
			About:    "send a build to beta review, which people outside the team need",
			Examples: []string{"build review Halo 118"},
			Change:   func() bot.Operation { return &BuildReview{} },
		},
		{
			Words: "build notify", Args: "<app> <build>", Class: policy.TestFlight, Effect: bot.OneWay, Risk: bot.Seen,
			Label:    "Notify testers",
			About:    "tell testers outside the team by mail that a build is there",
			More:     "Only where they are not told by themselves.",
			Examples: []string{"build notify Pebble 57"},
			Change:   func() bot.Operation { return &BuildNotify{} },
		},
		{
			Words: "build expire", Args: "<app> <build>", Class: policy.TestFlight, Effect: bot.OneWay, Risk: bot.Severe,
			Label:    "Expire a build",
			About:    "end the testing of a build for good",
			Examples: []string{"build expire Halo 117"},
			Change:   func() bot.Operation { return &BuildExpire{} },
		},
	}
}
