package commands

import (
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/policy"
)

// people lists the commands about who is in the team and what they may do.
func people() []bot.Verb {
	return []bot.Verb{
		{
			Words: "invite", Args: "[email] [role…] [in app, app]", Class: policy.Access, Effect: bot.Keyed, Risk: bot.Severe,
			Label:    "Invite somebody",
			About:    "invite somebody to the App Store Connect team",
			More:     bot.Markf("Roles: %s. Without `in`, the person may see all apps. What is missing is asked for in a form. Somebody else has to agree.", roleList()),
			Examples: []string{"invite", "invite bo@example.com developer in Halo", "invite bo@example.com marketing, sales in Halo, Pebble"},
			Change:   func() bot.Operation { return &Invite{} },
		},
	}
}
