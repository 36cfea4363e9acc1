package slack

import (
	"encoding/json"
	"time"
)

// Reply is how Slack's client answered what a person did.
type Reply struct {
	// Code says why the app could not be asked or its answer not used: operation_timeout (no
	// acknowledgement within three seconds), dispatch_failed (no live connection), bad_response (an answer
	// Slack does not accept), not_allowed (this person's client offers no such thing). Empty when all went well.
	Code string `json:"code,omitempty"`
	// Error is the sentence the person sees, empty when all went well.
	Error string `json:"error,omitempty"`
	// Errors are the sentences shown at the inputs of a form, by block id. The form stays open.
	Errors map[string]string `json:"errors,omitempty"`
	// Took is the time from sending the envelope to its acknowledgement; zero when none was sent.
	Took time.Duration `json:"took"`
	// Envelope is the id of the envelope that was sent, empty when Slack's client decided by itself.
	Envelope string `json:"envelope,omitempty"`
}

// OK reports whether the action went through: no sentence, and no error at an input.
func (r Reply) OK() bool { return r.Code == "" && r.Error == "" && len(r.Errors) == 0 }

// Sentences people see when an app does not answer well.
const (
	TroubleConnecting = "We had some trouble connecting. Try again?"
	WarningTriangle   = "⚠ This app did not respond. Try again."
)

// Input is what a person put into one element.
type Input struct {
	// Value is typed text, a number as typed, a date (2006-01-02), a time (15:04), or for a
	// date-and-time picker seconds since 1970.
	Value string `json:"value,omitempty"`
	// Selected holds the values of chosen options, or the ids of chosen people or channels.
	Selected []string `json:"selected,omitempty"`
	// RichText is what a rich text input holds, nil when plain Value should be used.
	RichText json.RawMessage `json:"rich_text,omitempty"`
	// Files are ids of uploaded files, for a file input.
	Files []string `json:"files,omitempty"`
}

// Values is what a person put into a form: block id, then action id. An element that is not named keeps
// what it holds; the zero Input empties it.
type Values map[string]map[string]Input

// AnyRevision presses the newest version of a message that still has the element, wherever that message is
// now: the press of somebody whose screen has not caught up.
const AnyRevision = -1

// Press is one use of an interactive element: a button, a select, a date picker.
type Press struct {
	User     string `json:"user"`
	Channel  string `json:"channel,omitempty"`  // of the message; id, or name with or without #
	TS       string `json:"ts,omitempty"`       // the message, also one "only visible to you"
	Revision int    `json:"revision,omitempty"` // the version of the message on this person's screen; 0: as it is now
	View     string `json:"view,omitempty"`     // or a view: a modal's id or the id of the person's Home
	BlockID  string `json:"block_id,omitempty"` // may be empty where the action id says enough
	ActionID string `json:"action_id"`
	Input
	// State is what else is filled in on the same message or view at that moment.
	State Values `json:"state,omitempty"`
}

// Option is one line of a select menu.
type Option struct {
	Text        string `json:"text"`
	Value       string `json:"value"`
	Description string `json:"description,omitempty"`
}

// OptionGroup is a labelled part of a select menu.
type OptionGroup struct {
	Label   string   `json:"label"`
	Options []Option `json:"options"`
}

// Suggestions are what an external select offers: either Options or Groups.
type Suggestions struct {
	Options []Option      `json:"options,omitempty"`
	Groups  []OptionGroup `json:"groups,omitempty"`
}

// All is every option offered, in order.
func (s Suggestions) All() []Option {
	all := append([]Option(nil), s.Options...)
	for _, g := range s.Groups {
		all = append(all, g.Options...)
	}
	return all
}

// Typing is a habit of Slack's clients when a person types a command.
type Typing int

// What clients do to the text of a command.
const (
	WrapLinks        Typing = 1 << iota // addresses become <mailto:a@b.c|a@b.c>, sites become <http://b.c|b.c>
	SmartPunctuation                    // straight quotes become curly, -- becomes a long dash
)

// Snapshot is everything one person's client shows.
type Snapshot struct {
	User     Person    `json:"user"`
	Channels []Channel `json:"channels"` // those the person is in, by name; direct messages last
	Views    []View    `json:"views"`    // the open stack of modals, the visible one last
	Home     *View     `json:"home"`     // the App Home, nil before anything was published
	People   []Person  `json:"people"`   // everybody whose name this person can see
	Groups   []Group   `json:"groups"`
	// Shortcuts of the app, which this person's client offers.
	Shortcuts []Shortcut `json:"shortcuts"`
}

// Shortcut is one of the app's, as its manifest declares it.
type Shortcut struct {
	Name       string `json:"name"` // at most 24 characters
	CallbackID string `json:"callback_id"`
	About      string `json:"description"`
	Message    bool   `json:"message"` // offered on messages, and not everywhere
}

// Person is a member, a guest, a stranger of another workspace, or a bot.
type Person struct {
	ID                string `json:"id"`
	TeamID            string `json:"team_id"`
	Handle            string `json:"name"`
	RealName          string `json:"real_name"`
	Email             string `json:"email,omitempty"`
	TZ                string `json:"tz"` // IANA name
	BotID             string `json:"bot_id,omitempty"`
	IsAdmin           bool   `json:"is_admin,omitempty"`
	IsOwner           bool   `json:"is_owner,omitempty"`
	IsPrimaryOwner    bool   `json:"is_primary_owner,omitempty"`
	IsRestricted      bool   `json:"is_restricted,omitempty"`
	IsUltraRestricted bool   `json:"is_ultra_restricted,omitempty"`
	IsStranger        bool   `json:"is_stranger,omitempty"`
	IsBot             bool   `json:"is_bot,omitempty"`
	IsWorkflowBot     bool   `json:"is_workflow_bot,omitempty"`
	Deleted           bool   `json:"deleted,omitempty"`
}

// Group is a user group such as @release-managers.
type Group struct {
	ID       string   `json:"id"`
	Handle   string   `json:"handle"`
	Name     string   `json:"name"`
	Users    []string `json:"users"`
	Disabled bool     `json:"disabled,omitempty"`
}

// Kinds of channel.
const (
	Public  = "public"
	Private = "private"
	IM      = "im"
	MPIM    = "mpim" // a direct message of several people and the bot
)

// Channel is a channel or a direct message as a person in it sees it.
type Channel struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"` // without #; for a direct message the other's name
	Kind        string    `json:"kind"` // Public, Private, IM or MPIM
	Topic       string    `json:"topic,omitempty"`
	Members     []string  `json:"members"`
	IsArchived  bool      `json:"is_archived,omitempty"`
	IsExtShared bool      `json:"is_ext_shared,omitempty"`
	With        string    `json:"with,omitempty"` // the other person of a direct message
	Messages    []Message `json:"messages"`       // oldest first, replies among them
}

// Message is one message as a client shows it.
type Message struct {
	TS         string          `json:"ts"`
	At         time.Time       `json:"at"`
	Channel    string          `json:"channel"`
	User       string          `json:"user"` // the author
	Text       string          `json:"text"`
	Blocks     json.RawMessage `json:"blocks,omitempty"`
	Plain      string          `json:"plain"` // what is to be read, blocks or else text, names resolved
	ThreadTS   string          `json:"thread_ts,omitempty"`
	Broadcast  bool            `json:"broadcast,omitempty"` // a reply also shown in the channel
	ReplyCount int             `json:"reply_count,omitempty"`
	Edited     bool            `json:"edited,omitempty"`
	Ephemeral  bool            `json:"ephemeral,omitempty"` // only visible to you
	Revision   int             `json:"revision"`            // 1 at first, one more with every edit
	Metadata   json.RawMessage `json:"metadata,omitempty"`
	State      json.RawMessage `json:"state,omitempty"` // what this person has chosen in it: block id → action id → fields
	// Attachments stand below text and blocks; theirs can hold blocks too.
	Attachments json.RawMessage `json:"attachments,omitempty"`
	Reactions   []Reaction      `json:"reactions,omitempty"`
	Files       []File          `json:"files,omitempty"`
}

// Reaction is one emoji below a message.
type Reaction struct {
	Name  string   `json:"name"`
	Users []string `json:"users"`
}

// File is an uploaded file as clients show it.
type File struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Title    string `json:"title"`
	Mimetype string `json:"mimetype"`
	Size     int    `json:"size"`
	AltText  string `json:"alt_text,omitempty"`
	Path     string `json:"path"` // of the content, on the host the stand-in is served from
}

// View is a modal or an App Home as its person sees it.
type View struct {
	ID              string            `json:"id"`
	Type            string            `json:"type"` // modal or home
	Title           string            `json:"title,omitempty"`
	Submit          string            `json:"submit,omitempty"`
	Close           string            `json:"close,omitempty"`
	CallbackID      string            `json:"callback_id,omitempty"`
	ExternalID      string            `json:"external_id,omitempty"`
	PrivateMetadata string            `json:"private_metadata,omitempty"`
	Hash            string            `json:"hash"`
	Blocks          json.RawMessage   `json:"blocks"`
	State           json.RawMessage   `json:"state"`            // block id → action id → {type, value or selected_…}
	Errors          map[string]string `json:"errors,omitempty"` // shown at inputs, by block id
	Trouble         string            `json:"trouble,omitempty"`
	Plain           string            `json:"plain"`
}

// Entry is one thing that happened, in order.
type Entry struct {
	Seq      int             `json:"seq"`
	At       time.Time       `json:"at"`
	Kind     string          `json:"kind"`
	Channel  string          `json:"channel,omitempty"`
	User     string          `json:"user,omitempty"` // who acted, or for whom (ephemeral, view, home)
	TS       string          `json:"ts,omitempty"`
	Text     string          `json:"text,omitempty"`     // plain words; for a message what is to be read
	Method   string          `json:"method,omitempty"`   // Web API method, or the envelope's type
	Error    string          `json:"error,omitempty"`    // Slack's error name, or what went wrong
	View     string          `json:"view,omitempty"`     // view id
	Envelope string          `json:"envelope,omitempty"` // envelope id
	Conn     int             `json:"conn,omitempty"`     // number of the connection
	Took     time.Duration   `json:"took,omitempty"`     // of an acknowledgement since its envelope left
	Why      []string        `json:"why,omitempty"`      // reasons of a refusal, such as what is wrong with which block
	Raw      json.RawMessage `json:"raw,omitempty"`      // body of the envelope, acknowledgement, call or message; never a token
}

// Kinds of journal entry.
const (
	KindEnvelope    = "envelope"     // sent to the app
	KindAck         = "ack"          // the app acknowledged
	KindAPI         = "api"          // a Web API call and how it ended
	KindMessage     = "message"      // a message appeared
	KindEdit        = "edit"         // a message changed
	KindDelete      = "delete"       // a message went away
	KindEphemeral   = "ephemeral"    // a message only User sees appeared, changed or went
	KindView        = "view"         // a modal opened, changed or closed
	KindHome        = "home"         // an App Home was published or opened
	KindSocket      = "socket"       // a connection opened, closed or was told to go
	KindResponseURL = "response_url" // a post to a response URL
	KindError       = "error"        // something the person or the app was refused or lost
)
