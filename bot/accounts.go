package bot

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/bot/policy"
)

// Account is somebody's account in Slack.
type Account struct {
	policy.Person
	Name string
}

// Accounts are all accounts of the workspace, those that were deactivated too.
type Accounts struct {
	list   []Account
	policy policy.Policy
}

// Of finds the accounts that belong to whoever has an address: by the address Slack
// has, or by the people of the configuration.
func (a Accounts) Of(email string) (active, left []Account) {
	for _, one := range a.list {
		if one.Bot || !a.policy.Same(one.Person, policy.Person{Email: email}) {
			continue
		}
		if one.Deleted {
			left = append(left, one)
		} else {
			active = append(active, one)
		}
	}
	return active, left
}

// accountsKept is how long a list of accounts may be used again for what only reads.
const accountsKept = 5 * time.Minute

// accountCache keeps the list of accounts for a short while: Slack gives a thousand a
// call, and allows twenty calls a minute.
type accountCache struct {
	mu   sync.Mutex
	at   time.Time
	list []Account
}

// everyAccount lists the accounts of the workspace, one call for a thousand of them.
func (b *Bot) everyAccount(ctx context.Context, fresh bool) (Accounts, error) {
	b.accounts.mu.Lock()
	defer b.accounts.mu.Unlock()
	if fresh || b.accounts.list == nil || time.Since(b.accounts.at) > accountsKept {
		users, err := b.web.GetUsersContext(ctx, slack.GetUsersOptionLimit(1000))
		if err != nil {
			return Accounts{}, fmt.Errorf("listing the people of the workspace: %w", err)
		}
		b.accounts.list, b.accounts.at = nil, time.Now()
		for _, u := range users {
			b.accounts.list = append(b.accounts.list, Account{personOf(u), nameOf(u)})
		}
	}
	return Accounts{b.accounts.list, b.conf().Policy}, nil
}
