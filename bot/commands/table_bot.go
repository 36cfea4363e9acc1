package commands

import (
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/policy"
)

// itself lists the commands about the bot: what is open, the log, help.
func itself() []bot.Verb {
	return []bot.Verb{
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
