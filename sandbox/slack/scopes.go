package slack

import (
	"maps"
	"slices"
)

// method is what is known about a Web API method before it runs.
type method struct {
	scopes []string // all of them; methods whose scope depends on the channel ask for it themselves
	tier   tier
	json   bool     // takes a JSON body
	app    bool     // wants the app-level token
	any    bool     // takes the app-level token too
	open   bool     // wants no token
	must   []string // required arguments
	run    func(*call) (object, error)
}

var (
	chatWrite  = []string{"chat:write"}
	usersRead  = []string{"users:read"}
	groupsRead = []string{"usergroups:read"}
	filesWrite = []string{"files:write"}
	reactWrite = []string{"reactions:write"}
	pinsWrite  = []string{"pins:write"}
)

// methods is the table of Web API methods.
var methods = map[string]method{
	"apps.connections.open": {tier: tier3, json: true, app: true, run: (*call).openConnection},
	"api.test":              {tier: tier4, json: true, open: true, run: (*call).apiTest},
	"team.info":             {scopes: []string{"team:read"}, tier: tier3, json: true, run: (*call).teamInfo},
	"auth.test":             {tier: special, json: true, any: true, run: (*call).authTest},
	"blocks.validate":       {tier: tier4, json: true, open: true, run: (*call).validateBlocks},

	"chat.postMessage":            {scopes: chatWrite, tier: special, json: true, must: []string{"channel"}, run: (*call).postMessage},
	"chat.update":                 {scopes: chatWrite, tier: tier3, json: true, must: []string{"channel", "ts"}, run: (*call).updateMessage},
	"chat.delete":                 {scopes: chatWrite, tier: tier3, json: true, must: []string{"channel", "ts"}, run: (*call).deleteMessage},
	"chat.postEphemeral":          {scopes: chatWrite, tier: tier4, json: true, must: []string{"channel", "user"}, run: (*call).postEphemeral},
	"chat.scheduleMessage":        {scopes: chatWrite, tier: tier3, json: true, must: []string{"channel", "post_at"}, run: (*call).scheduleMessage},
	"chat.scheduledMessages.list": {tier: tier3, json: true, run: (*call).listScheduled},
	"chat.deleteScheduledMessage": {scopes: chatWrite, tier: tier3, json: true, must: []string{"channel", "scheduled_message_id"}, run: (*call).deleteScheduled},
	"chat.getPermalink":           {tier: special, must: []string{"channel", "message_ts"}, run: (*call).permalink},

	"reactions.add":    {scopes: reactWrite, tier: tier3, json: true, must: []string{"channel", "name", "timestamp"}, run: (*call).addReaction},
	"reactions.remove": {scopes: reactWrite, tier: tier2, json: true, must: []string{"name"}, run: (*call).removeReaction},
	"reactions.get":    {scopes: []string{"reactions:read"}, tier: tier3, run: (*call).getReactions},
	"pins.add":         {scopes: pinsWrite, tier: tier2, json: true, must: []string{"channel"}, run: (*call).addPin},
	"pins.remove":      {scopes: pinsWrite, tier: tier2, json: true, must: []string{"channel"}, run: (*call).removePin},

	"views.open":    {tier: tier4, json: true, must: []string{"view", "trigger_id"}, run: (*call).openView},
	"views.push":    {tier: tier4, json: true, must: []string{"view", "trigger_id"}, run: (*call).pushView},
	"views.update":  {tier: tier4, json: true, must: []string{"view"}, run: (*call).updateView},
	"views.publish": {tier: tier4, json: true, must: []string{"user_id", "view"}, run: (*call).publishView},

	"users.info":            {scopes: usersRead, tier: tier4, run: (*call).userInfo},
	"users.list":            {scopes: usersRead, tier: tier2, run: (*call).userList},
	"users.lookupByEmail":   {scopes: []string{"users:read.email"}, tier: tier3, must: []string{"email"}, run: (*call).lookupByEmail},
	"users.conversations":   {tier: tier3, run: (*call).userConversations},
	"bots.info":             {scopes: usersRead, tier: tier3, run: (*call).botInfo},
	"usergroups.list":       {scopes: groupsRead, tier: tier2, run: (*call).groupList},
	"usergroups.users.list": {scopes: groupsRead, tier: tier2, must: []string{"usergroup"}, run: (*call).groupUsers},

	"conversations.list":    {tier: tier2, run: (*call).conversationList},
	"conversations.info":    {tier: tier3, must: []string{"channel"}, run: (*call).conversationInfo},
	"conversations.members": {tier: tier4, must: []string{"channel"}, run: (*call).conversationMembers},
	"conversations.open":    {tier: tier3, json: true, run: (*call).openConversation},
	"conversations.join":    {scopes: []string{"channels:join"}, tier: tier3, json: true, must: []string{"channel"}, run: (*call).joinConversation},
	"conversations.history": {tier: tier3, json: true, must: []string{"channel"}, run: (*call).history},
	"conversations.replies": {tier: tier3, must: []string{"channel", "ts"}, run: (*call).replies},

	"files.getUploadURLExternal":   {scopes: filesWrite, tier: tier4, run: (*call).uploadURL},
	"files.completeUploadExternal": {scopes: filesWrite, tier: tier4, json: true, must: []string{"files"}, run: (*call).completeUpload},
	"files.info":                   {scopes: []string{"files:read"}, tier: tier4, must: []string{"file"}, run: (*call).fileInfo},
	"files.delete":                 {scopes: filesWrite, tier: tier3, json: true, must: []string{"file"}, run: (*call).deleteFile},
	"files.upload":                 {tier: tier2, json: true, run: func(*call) (object, error) { return nil, refuse("method_deprecated") }},
}

// require refuses when a scope was not granted.
func (c *call) require(scope string) error {
	if c.granted(scope) {
		return nil
	}
	return needs(scope, c.Server.scopes)
}

// familyOf is the first half of the scopes of a kind of channel.
func familyOf(kind string) string {
	return map[string]string{Public: "channels", Private: "groups", IM: "im", MPIM: "mpim"}[kind]
}

// Methods are the names of all Web API methods, in order, for who offers them in a menu.
func Methods() []string { return slices.Sorted(maps.Keys(methods)) }
