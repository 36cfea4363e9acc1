package commands

import (
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/policy"
)

// itself lists the commands about the bot: what is open, the log, help.
func itself() []bot.Verb {
	return []bot.Verb{
		{
			Words: "extend", Args: "<number> <time>", Class: policy.Access, Effect: bot.Absolute, Risk: bot.Severe,
			Label:    "Extend",
			About:    "let something that holds for a time hold longer",
			More:     "The number stands on the card of the request. Somebody else has to agree.",
			Examples: []string{"extend 12 7d", "extend 12 36h"},
			Change:   func() bot.Operation { return &Extend{} },
		},
		{
			Words: "requests", Quick: true, Class: policy.Read,
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
			Words: "help", Quick: true, Args: "[command]", Class: policy.Read,
			About:    "this list, or more about one command",
			Examples: []string{"help invite"},
			Query:    func() bot.Query { return &Help{} },
		},
	}
}
