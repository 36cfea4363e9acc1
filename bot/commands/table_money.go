package commands

import (
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/policy"
)

// money lists the commands about sales.
func money() []bot.Verb {
	return []bot.Verb{
		{
			Words: "sales", Quick: true, Args: "[app] [day, 7d, 28d, month, last month, date or range] [by app, country, product or kind] [csv]", Class: policy.Money,
			Label: "Sales",
			About: "downloads and proceeds, with what they are compared with",
			More: "Without an app it is about all of them, without a time about the newest day whose report is in. Days are Apple's, in Pacific time. " +
				"Proceeds are what is left after tax and commission, as Apple's daily reports estimate it. Only you see the answer; with `csv` a file comes in our direct messages.",
			Examples: []string{"sales", "sales halo 28d", "sales month by country", "sales halo, pebble 2026-11-01..2026-11-15 csv"},
			Query:    func() bot.Query { return &Sales{} },
		},
		{
			Words: "finance", Args: "[YYYY-MM] [region]", Class: policy.Money,
			Label:    "Finance report",
			About:    "what Apple settled in a fiscal month, by currency and app, and the report as a file",
			More:     "The month is one of Apple's fiscal year: 2026-01 is 28 September to 1 November 2025; without one it is the newest that is over. A region is two letters, such as US or EU; all of them when left out.",
			Examples: []string{"finance", "finance 2026-01 EU"},
			Query:    func() bot.Query { return &Finance{} },
		},
	}
}
