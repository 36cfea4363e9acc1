package commands

import (
	"strings"

	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/policy"
	"github.com/ascbot/ascbot/bot/roles"
)

// people lists the commands about who is in the team and what they may do.
func people() []bot.Verb {
	return []bot.Verb{
		{
			Words: "invite", Args: "[email] [role…] [with certificates] [in app, app]", Class: policy.Access, Effect: bot.Keyed, Risk: bot.Severe,
			Label:    "Invite somebody",
			About:    "invite somebody to the App Store Connect team",
			More:     bot.Markf("Roles: %s. A bundle of the configuration, such as qa, stands for several. Without `in`, the person may see all apps. `with certificates` adds certificates, identifiers and profiles. What is missing is asked for in a form. Somebody else has to agree.", strings.Join(roles.Names(), ", ")),
			Examples: []string{"invite", "invite bo@example.com developer in Halo", "invite Bo Larsson bo@example.com marketing, sales in Halo, Pebble", "invite bo@example.com app manager with certificates in Halo"},
			Change:   func() bot.Operation { return &Invite{} },
		},
	}
}
