// Package commands holds what can be said after /asc: one file for each part of
// App Store Connect, and the table that lists every command.
package commands

import (
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/policy"
)

// Table is the only list of commands; help is drawn from it. A new operation is
// one file and one row.
func Table() []bot.Verb {
	return []bot.Verb{
		{
			Words: "invite", Args: "[email] [role…] [in app, app]", Class: policy.Access,
			Label:    "Invite somebody",
			About:    "invite somebody to the App Store Connect team",
			More:     bot.Markf("Roles: %s. Without `in`, the person may see all apps. What is missing is asked for in a form. Somebody else has to agree.", roleList()),
			Examples: []string{"invite", "invite bo@example.com developer in Halo", "invite bo@example.com marketing, sales in Halo, Pebble"},
			Change:   func() bot.Operation { return &Invite{} },
		},
		{
			Words: "tester add", Args: "<email> to <group> [in <app>]", Class: policy.TestFlight,
			Label:    "Add a tester",
			About:    "add a tester to a TestFlight group",
			More:     "When several apps have a group of that name, say which with `in`. Internal groups take members of the team only.",
			Examples: []string{"tester add kim@example.com to Friends in Halo", "tester add"},
			Change:   func() bot.Operation { return &TesterAdd{} },
		},
		{
			Words: "requests", Class: policy.Read,
			Label: "Open requests",
			About: "what is waiting for a decision or under way",
			Query: func() bot.Query { return &Requests{} },
		},
		{
			Words: "log", Args: "[number of lines]", Class: policy.Read,
			Label:    "Show the log",
			About:    "the newest lines of the log, and its signed checkpoint",
			Examples: []string{"log", "log 30"},
			Query:    func() bot.Query { return &Log{} },
		},
		{
			Words: "help", Args: "[command]", Class: policy.Read,
			About:    "this list, or more about one command",
			Examples: []string{"help invite"},
			Query:    func() bot.Query { return &Help{} },
		},
	}
}
