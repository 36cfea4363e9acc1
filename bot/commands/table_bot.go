package commands

import (
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/policy"
)

// itself lists the commands about the bot: what is open, the log, help.
func itself() []bot.Verb {
	return []bot.Verb{
		{
			Words: "extend", Args: "<number> <time>", Teamless: true, Class: policy.Access, Effect: bot.Absolute, Risk: bot.Severe,
			Label:    "Extend",
			About:    "let something that holds for a time hold longer",
			More:     "The number stands on the card of the request. Somebody else has to agree.",
			Examples: []string{"extend 12 7d", "extend 12 36h"},
			Change:   func() bot.Operation { return &Extend{} },
		},
		{
			Words: "requests", Quick: true, Teamless: true, Class: policy.Read,
			Label: "Open requests",
			About: "what is waiting for a decision or under way",
			Query: func() bot.Query { return &Requests{} },
		},
		{
			Words: "log", Args: "[by person] [in app] [command] [outcome] [#request] [since day] [until day]", Teamless: true, Class: policy.Read,
			Label:    "Show the log",
			About:    "what was asked, agreed and done, and the log's signed checkpoint",
			More:     "Filters go together, in any order: who did it, which app, which command, what became of it (done, failed, denied, refused, …), which request, and when (2026-11-24, 2026-11-24T15:00, yesterday or 7d; days are UTC). 20 lines a page. That you have read the log is written into it.",
			Examples: []string{"log", "log #142", "log by @ana since 7d", "log failed in Halo", "log tester add denied since 2026-11-01 until 2026-11-30", "log refused since yesterday", "log by me"},
			Logged:   true,
			Query:    func() bot.Query { return &Log{} },
		},
		{
			Words: "explain", Args: "<command> [in <app>]", Teamless: true, Class: policy.Read,
			About:    "who could ask for something and who could agree, and why you may or may not",
			Examples: []string{"explain invite", "explain tester add in Halo"},
			Query:    func() bot.Query { return &Explain{} },
		},
		{
			Words: "status", Teamless: true, Class: policy.Read,
			Label: "Status",
			About: "connections, the key, what is left of the hour, how far the sales reach back, what is due next",
			Query: func() bot.Query { return &Status{} },
		},
		{
			Words: "help", Quick: true, Args: "[command]", Teamless: true, Class: policy.Read,
			About:    "this list, or more about one command",
			Examples: []string{"help invite"},
			Query:    func() bot.Query { return &Help{} },
		},
	}
}
