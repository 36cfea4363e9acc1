package bot

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Scopes are what manifest.yaml asks Slack for, and all that the bot uses.
var Scopes = []string{
	"commands", "chat:write", "users:read", "users:read.email", "usergroups:read", "channels:read", "groups:read",
	"channels:history", "groups:history", "im:history", "im:write", "files:write", "files:read",
}

// scopesHeader lists the scopes of the token that a call was made with. Slack sends it with
// every answer of its Web API.
const scopesHeader = "X-OAuth-Scopes"

// overPowered refuses a token with which whoever steals it could do what the bot never does:
// run the workspace, or write under another name. Other scopes that the bot does not use are
// answered, so that somebody can take them away.
func overPowered(answer http.Header) (unused []string, err error) {
	var perilous []string
	for scope := range strings.SplitSeq(strings.Join(answer.Values(scopesHeader), ","), ",") {
		switch scope = clean(scope, 60); {
		case scope == "" || slices.Contains(Scopes, scope):
		case scope == "admin" || strings.HasPrefix(scope, "admin.") || scope == "chat:write.customize":
			perilous = append(perilous, scope)
		default:
			unused = append(unused, scope)
		}
	}
	if len(perilous) > 0 {
		return unused, fmt.Errorf("%w: it has the scopes %s, which the bot never uses and a thief would. Take them away on your app's page, under OAuth & Permissions, install the app again, and copy the token anew", ErrScopes, strings.Join(perilous, ", "))
	}
	return unused, nil
}
