package bot

import (
	"github.com/ascbot/ascbot/bot/policy"
	"github.com/ascbot/ascbot/store"
)

// Slack delivers to a connection what was done with its own app, and says with each envelope which
// app that is. Should a look-alike's click ever come here, it counts for nothing.

// own notes which app a connection belongs to, as Slack's hello says.
func (b *Bot) own(app string) {
	if app != "" {
		b.app.Store(&app)
	}
}

// foreign says whether something was done with another app. What Slack does not say is not held
// against anybody.
func (b *Bot) foreign(d deed) bool {
	own := b.app.Load()
	return own != nil && d.AppID != "" && d.AppID != *own
}

// refuseForeign writes into the log that a click or a command of another app came.
func (b *Bot) refuseForeign(d deed) {
	v := policy.Verdict{Why: "It was done with another app, " + clean(d.AppID, 20) + ", and counts for nothing here."}
	err := b.refuse(store.Person{Team: or(d.TeamID, d.User.TeamID), ID: d.who()}, "another app", v, "")
	b.Log.Warn("something of another app was passed over", "app", d.AppID, "user", d.who(), "error", err)
}
