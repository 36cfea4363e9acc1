package bot

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot/policy"
	"github.com/ascbot/ascbot/store"
)

// Verb is one row of the table of commands: either a Query, which answers, or
// an Operation, which changes something and needs agreement.
type Verb struct {
	Words     string       // what is typed after /asc, e.g. "tester add"
	Part      string       // the part of App Store Connect under which help and menus show it
	Args      string       // what follows, as help shows it: "<email> to <group> [in <app>]"
	About     string       // one line: what it does
	Label     string       // what its button says; the words when empty
	Quick     bool         // it has a button on everybody's Home, where few have
	More      Markup       // what one should know, for help on this command alone
	Examples  []string     // whole commands without the slash command itself
	OnMessage bool         // it takes e-mail addresses, and can begin with those in a message
	Class     policy.Class // what the policy calls it
	Effect    Effect       // of a change: what may be done when its answer is lost
	Risk      Risk         // of a change: how far it reaches
	Teamless  bool         // it is not about one App Store Connect team, and its change asks Apple for nothing
	Logged    bool         // that somebody has used it is written into the log, though it only looks
	Query     func() Query
	Change    func() Operation
}

// Effect tells changes apart by what happens when they are sent twice.
type Effect int

// The effects of a change.
const (
	Absolute Effect = iota + 1 // sets or deletes: sent twice it is the same, as with roles or a public link
	Keyed                      // creates what has a natural key: an invitation by its address
	Unkeyed                    // creates what has none: a second one would stand beside the first
	OneWay                     // cannot be taken back: release, submit for review, revoke
)

// Risk is how far a change reaches.
type Risk int

// The risks of a change.
const (
	Small  Risk = iota + 1 // small, and can be undone
	Seen                   // seen by customers or by people outside the team
	Severe                 // one-way, or about money or access
)

// Query is a command that only looks.
type Query interface {
	// Parse takes the words after the verb.
	Parse(words []string) error
	// Answer gives the reply, which only the asker sees.
	Answer(ctx context.Context, d Desk) (Message, error)
}

// Desk is what a query may look at.
type Desk struct {
	Who    policy.Person
	Name   string // the asker's, as Slack shows it
	Team   Team   // the App Store Connect team it is about; of a Teamless verb the zero Team, unless one is named
	Teams  []Team // all of them
	Store  *store.Store
	Verbs  []Verb
	Policy policy.Policy
	Books  Books // the sales that are kept
	// Digests are those of the configuration and those that were set up in Slack;
	// Preview draws one as it would be posted now.
	Digests func() ([]Digest, error)
	Preview func(ctx context.Context, d Digest) (Message, error)
	// Connections are how many Slack has greeted, and how many there should be.
	Connections [2]int
	Sealed      string                         // why nothing may be changed now; empty: it may
	Now         func() time.Time               // the time of day
	May         func(verb Verb) policy.Verdict // whether the asker may use another verb
	// Refuse makes the error of a verdict against the asker, and has it in the log.
	Refuse func(operation string, v policy.Verdict, next string) error

	// About is called by a query that shows what is in apps, once it knows their Apple IDs;
	// none means that it shows all. It refuses whoever the rules of one of them keep from it.
	About func(ctx context.Context, apps ...string) error

	// Group looks up who is in a group of the rules.
	Group func(ctx context.Context, name string) (Group, error)
	// Slack lists everybody's accounts in Slack.
	Slack func(ctx context.Context) (Accounts, error)
}

// Operation is one change at App Store Connect. Its methods run from top to
// bottom; its JSON is what a request keeps, so every exported field is part of
// what is agreed to.
type Operation interface {
	// Parse fills the operation from typed words. ErrMore opens the form,
	// which starts out with what the words said.
	Parse(words []string) error
	// Form asks for everything, filled in as far as it is known.
	Form() Form
	// Read fills the operation from a submitted form, without any network. It
	// returns complaints by field name; none means that it is complete.
	Read(v Values) map[string]string
	// Summary says in one line what will be done: "Invite bo@example.com as
	// Developer".
	Summary() string
	// Beneficiaries are the e-mail addresses of those whom the change serves.
	// They may not decide about it.
	Beneficiaries() []string
	// Find turns the names that were typed into ids. An unknown name is Trouble
	// that says which there are.
	Find(ctx context.Context, api *asc.Client) error
	// Look reads what stands at App Store Connect now: it refuses with Trouble
	// what cannot work, and returns what approvers are to see. It runs when
	// something is asked and again before it is carried out.
	Look(ctx context.Context, api *asc.Client) (Sight, error)
	// Do makes the change: once, without a retry of its own.
	Do(ctx context.Context, api *asc.Client) error
	// Check reads back whether the wanted state stands. It runs before Do, to
	// find what is so already; after it, as the proof; and alone, when Apple's
	// answer was lost.
	Check(ctx context.Context, api *asc.Client) (Finding, error)
}

// Bulk is an operation of many rows, each with a true result of its own. For it the
// bot calls DoRows and CheckRows instead of Do; a row's result is stored as soon as
// it is known, so that a stop in the middle loses none and repeats none.
type Bulk interface {
	Operation
	// Rows names the rows, in an order that stays.
	Rows() []string
	// AtOnce is how many rows one call of DoRows takes.
	AtOnce() int
	// DoRows makes the change for some rows, given by their index, without a retry
	// of its own. It answers one error or nil for each of them; errors are those
	// that Do would return.
	DoRows(ctx context.Context, api *asc.Client, rows []int) []error
	// CheckRows reads how far every row is, in the order of Rows, in as few
	// requests as Apple allows. CannotTell with an outcome is a row of which nothing
	// can be read, such as a mail: the outcome is what to say once Apple has confirmed
	// it.
	CheckRows(ctx context.Context, api *asc.Client) ([]Finding, error)
}

// Timed is an operation whose effect can end by itself.
type Timed interface {
	Operation
	// Lasts is how long the change holds; zero means for good.
	Lasts() time.Duration
	// Back is the change that brings back what the approvers were shown as the
	// state before: the words of its verb, and the operation.
	Back(shown json.RawMessage) (words string, op Operation, err error)
}

// Filling is an operation whose form can begin with what stands at App Store Connect now,
// so that it is changed and not written anew.
type Filling interface {
	Operation
	// Fill looks that up for what the words named, and leaves alone what they said. When it
	// fails or takes too long the form opens without it.
	Fill(ctx context.Context, api *asc.Client)
}

// OfAsker is an operation that serves whoever asks for it.
type OfAsker interface {
	Operation
	// For says who that is. It runs before Find, and never on what was asked for before.
	For(who Asker)
}

// Asker is whoever asks, as App Store Connect could know them.
type Asker struct {
	Email       string // of their account in Slack; blank when Slack does not tell it
	First, Last string // their own name, not the one they show in Slack
}

// Inward is an operation whose effect is in the bot's own data, such as how long
// something holds.
type Inward interface {
	Operation
	// Within gives it the data, before any other of its methods is called.
	Within(s *store.Store, now func() time.Time)
}

// Posting is an operation about a channel in which the bot is to post revenue.
type Posting interface {
	Operation
	// Posts gives it what looks a channel up, by its id or by "#" and its name.
	Posts(look func(ctx context.Context, channel string) (Channel, error))
}

// Channel is a channel of Slack's as far as revenue is concerned.
type Channel struct {
	ID, Name string
	Refusal  string // why revenue must not be posted there; blank when it may be
}

// Recalling is an operation whose preview shows something of the bot's own data, such as
// what else holds for somebody for a time.
type Recalling interface {
	Operation
	// Recall gives it the data, before any other of its methods is called.
	Recall(s *store.Store)
}

// ErrMore is what Parse returns when words alone do not say enough.
var ErrMore = errors.New("more is needed: open the form")

// HalfDone is what Do returns when a change takes several calls, some of which
// certainly happened and one of which was refused. What stands then is found out by
// reading. It does not unwrap: nothing of it may be mistaken for a plain refusal.
type HalfDone struct{ Cause error }

func (h HalfDone) Error() string {
	return "a part of the change is done, and the rest was refused: " + h.Cause.Error()
}

// Sight is what a look at App Store Connect showed.
type Sight struct {
	Preview store.Preview
	// Shown is the state the approvers are shown, as a value that is written
	// as JSON. A request runs only while a new look shows the same.
	Shown any
}

// Standing is how far the wanted state is reached.
type Standing int

// What a check can find.
const (
	CannotTell Standing = iota
	NotDone
	Partly
	Done
)

// Finding is the answer of a check, in words that stand on the card.
type Finding struct {
	Standing Standing
	Outcome  string      // what the change has led to
	Before   string      // the same for when it was so before anything was sent; Outcome when empty
	Rows     []store.Row // one true result per row of bulk work
}

// before is the finding in words for who has not sent anything.
func (f Finding) before() Finding {
	f.Outcome = or(f.Before, f.Outcome)
	return f
}

// unanswered says of what was done that only reading has shown it.
func (f Finding) unanswered() Finding {
	f.Outcome += " (No answer had come back; this was seen by reading.)"
	return f
}

// operation makes the stored request's operation again.
func (b *Bot) operation(r store.Request) (Verb, Operation, error) {
	verb, ok := b.verb(r.Operation)
	if !ok || verb.Change == nil {
		return Verb{}, nil, Trouble{
			What: "This version of the bot no longer knows “" + clean(r.Operation, 60) + "”.",
			Next: "Ask for it again with a command that exists; `/asc help` lists them.",
		}
	}
	op := b.withBundles(b.change(verb), r.Team)
	if err := json.Unmarshal(r.Args, op); err != nil {
		return Verb{}, nil, Trouble{
			What: "What was asked for is written in a way this version of the bot cannot read.",
			Next: "Ask for it again.",
		}
	}
	return verb, op, nil
}

func (b *Bot) verb(words string) (Verb, bool) {
	for _, v := range b.Verbs {
		if v.Words == words {
			return v, true
		}
	}
	return Verb{}, false
}
