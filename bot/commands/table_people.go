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
			Words: "users", Quick: true, Args: "[name, role or “cannot sign in yet”] [in app]", Class: policy.Read,
			Label:    "Who is on the team",
			About:    "everybody on the team and everybody who is invited: roles, apps, what is left of invitations",
			More:     "Narrow it with a name or address, roles (`admins`), `all apps`, `certificates`, `cannot sign in yet`, or an app (`in Halo`).",
			Examples: []string{"users", "users admins", "users developers in Halo", "users cannot sign in yet"},
			Query:    func() bot.Query { return &Users{} },
		},
		{
			Words: "user", Args: "<email or name>", Class: policy.Read,
			Label:    "Show somebody",
			About:    "one person: what they may do, what was asked for about them, and buttons to change or remove",
			Examples: []string{"user bo@example.com", "user bo larsson"},
			Query:    func() bot.Query { return &User{} },
		},
		{
			Words: "invitations", Class: policy.Read,
			Label: "Open invitations",
			About: "who is invited and has not accepted yet, with buttons to send anew or withdraw",
			Query: func() bot.Query { return &Invitations{} },
		},
		{
			Words: "review-access", Args: "[export, or keep <email>]", Class: policy.Access,
			Label:    "Review who has access",
			About:    "who has what, those to look at first: admins, all apps, people who left Slack or were never seen, invitations not accepted",
			More:     "*Keep* notes in the log that somebody's access is right, until it changes. `export` sends a table to your direct messages; its fingerprint is in the log, and the checkpoint stands beside it.",
			Examples: []string{"review-access", "review-access keep bo@example.com", "review-access export"},
			Query:    func() bot.Query { return &ReviewAccess{} },
		},
		{
			Words: "invite", Quick: true, Args: "[email] [role…] [with certificates] [in app, app]", Class: policy.Access, Effect: bot.Keyed, Risk: bot.Severe,
			Label:    "Invite somebody",
			About:    "invite somebody to the App Store Connect team",
			More:     bot.Markf("Roles: %s. A bundle of the configuration, such as qa, stands for several. Without `in`, the person may see all apps. `with certificates` adds certificates, identifiers and profiles. What is missing is asked for in a form. Somebody else has to agree.", strings.Join(roles.Names(), ", ")),
			Examples: []string{"invite", "invite bo@example.com developer in Halo", "invite Bo Larsson bo@example.com marketing, sales in Halo, Pebble", "invite bo@example.com app manager with certificates in Halo"},
			Change:   func() bot.Operation { return &Invite{} },
		},
		{
			Words: "roles", Args: "<email or name> <role…> [with certificates] [in app, app] [for 7d]", Class: policy.Access, Effect: bot.Absolute, Risk: bot.Severe,
			Label:    "Change somebody's roles",
			About:    "replace what somebody on the team may do, and which apps they see",
			More:     "Without `in`, the apps stay as they are. With `for`, what they have now comes back by itself. End with `…` to get the form, filled with what stands before it.",
			Examples: []string{"roles bo@example.com app manager in Halo", "roles bo developer for 7d", "roles bo@example.com developer without certificates in all apps"},
			Change:   func() bot.Operation { return &Roles{} },
		},
		{
			Words: "remove", Args: "<email or name>", Class: policy.Access, Effect: bot.Absolute, Risk: bot.Severe,
			Label:    "Remove somebody",
			About:    "take somebody off the App Store Connect team",
			More:     "The Account Holder and the last Admin beside them stay. The card shows what the person holds.",
			Examples: []string{"remove bo@example.com"},
			Change:   func() bot.Operation { return &Remove{} },
		},
		{
			Words: "invitation resend", Args: "<email or name>", Class: policy.Access, Effect: bot.Keyed, Risk: bot.Seen,
			Label:    "Send an invitation anew",
			About:    "send an open invitation once more, for another three days",
			More:     "Apple cannot send the mail of an invitation again, so the old one is withdrawn and the same is sent as a new one.",
			Examples: []string{"invitation resend bo@example.com"},
			Change:   func() bot.Operation { return &InvitationResend{} },
		},
		{
			Words: "invitation cancel", Args: "<email or name>", Class: policy.Access, Effect: bot.Absolute, Risk: bot.Small,
			Label:    "Withdraw an invitation",
			About:    "withdraw an open invitation",
			Examples: []string{"invitation cancel bo@example.com"},
			Change:   func() bot.Operation { return &InvitationCancel{} },
		},
	}
}
