package bot

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"pgregory.net/rapid"

	"github.com/ascbot/ascbot/store"
)

func someRequest() store.Request {
	at := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	r := store.Request{
		ID: 142, Version: 1, State: store.Pending, Operation: "invite", Summary: "Invite bo@example.com as Developer in Halo",
		Args: json.RawMessage(`{"email":"bo@example.com"}`), Shown: json.RawMessage(`{"member":false}`),
		Preview: store.Preview{
			Fields:  []store.Field{{Name: "E-mail", Before: "not on the team", After: "bo@example.com"}, {Name: "May see", Before: "nothing", After: "Halo"}},
			Touches: "one person", Allows: "Developer uploads builds", Undo: "Can be withdrawn",
		},
		Asker: store.Person{Team: "T0", ID: "U0ANA", Name: "Ana"}, Asked: at, VoteUntil: at.Add(24 * time.Hour),
		Card: store.Place{Channel: "C0APPROVE", TS: "1.2"},
	}
	r.Digest = r.Seal()
	return r
}

func drawn(t interface{ Fatal(...any) }, m Message) string {
	text, err := json.Marshal(map[string]any{"text": string(m.Text), "blocks": m.shown()})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestT07ACardShowsEverythingThatIsAgreedTo(t *testing.T) {
	r := someRequest()
	r.Note = "for the new team"
	r.Preview.Needs = "One of admins has to agree"
	card := drawn(t, card(r))
	for _, want := range []string{
		"Invite bo@example.com as Developer in Halo", "not on the team", "bo@example.com", "May see", "one person",
		"Developer uploads builds", "Can be withdrawn", "for the new team", "#142", "U0ANA", "One of admins has to agree",
		r.Digest[:8], buttonValue(r), `"action_id":"approve"`, `"action_id":"deny"`, `"action_id":"cancel"`,
	} {
		if !strings.Contains(card, want) {
			t.Errorf("the card does not show %q:\n%s", want, card)
		}
	}
}

// A command on a card looks like one, and what strangers write never does.
func TestCommandsOnACardAreCode(t *testing.T) {
	r := someRequest()
	r.Preview.Undo, r.Preview.Touches = "Until then with `/asc invitation cancel bo@example.com`; `half", "one `person`"
	got := drawn(t, card(r))
	for _, want := range []string{
		`{"type":"text","text":"/asc invitation cancel bo@example.com","style":{"code":true}}`,
		"{\"type\":\"text\",\"text\":\"`half\"}", "{\"type\":\"text\",\"text\":\"one `person`\"}",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s is missing in\n%s", want, got)
		}
	}
}

// Only what waits for people has all buttons; what waits for Apple can be taken back.
func TestOnlyAWaitingCardHasButtons(t *testing.T) {
	for state := range stateWords {
		r := someRequest()
		r.State = state
		card := drawn(t, card(r))
		if got := strings.Contains(card, `"action_id":"approve"`); got != (state == store.Pending) {
			t.Errorf("%s: can be approved: %v", state, got)
		}
		if got := strings.Contains(card, `"action_id":"cancel"`); got != (state == store.Pending || state == store.Approved) {
			t.Errorf("%s: can be taken back: %v", state, got)
		}
		if headlines[state] == "" || !strings.Contains(card, headlines[state]) {
			t.Errorf("%s has no headline of its own", state)
		}
	}
}

// Whatever strangers call themselves and their apps, nothing on a card can
// mention, link or format.
func TestNothingOnACardIsReadAsMarkup(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		evil := rapid.OneOf(rapid.SampledFrom(nasty), rapid.String())
		r := someRequest()
		r.Summary = evil.Draw(t, "summary")
		r.Note, r.Outcome = evil.Draw(t, "note"), evil.Draw(t, "outcome")
		r.State = rapid.SampledFrom([]store.State{store.Pending, store.Done, store.Partly}).Draw(t, "state")
		r.Preview.Fields[1].After = evil.Draw(t, "field")
		r.Preview.Allows = evil.Draw(t, "allows")
		r.Rows = []store.Row{{Name: evil.Draw(t, "row"), State: store.Done, Note: evil.Draw(t, "row note")}}
		r.Digest = r.Seal()
		r.Preview.Needs = evil.Draw(t, "rule")
		m := card(r)
		for _, text := range append(markedUp(m.shown()), string(m.Text)) {
			rest := token.ReplaceAllStringFunc(text, func(tok string) string {
				if tok == "<@U0ANA>" || strings.HasPrefix(tok, "<!date^") {
					return "" // the bot's own
				}
				return tok
			})
			if strings.ContainsAny(rest, "<>") {
				t.Fatalf("markup survives in %q", text)
			}
		}
	})
}

// markedUp collects every text that Slack reads markup in.
func markedUp(blocks []slack.Block) []string {
	var texts []string
	take := func(o *slack.TextBlockObject) {
		if o != nil && o.Type == slack.MarkdownType {
			texts = append(texts, o.Text)
		}
	}
	for _, b := range blocks {
		switch b := b.(type) {
		case *slack.SectionBlock:
			take(b.Text)
			for _, f := range b.Fields {
				take(f)
			}
		case *slack.ContextBlock:
			for _, e := range b.ContextElements.Elements {
				if o, ok := e.(*slack.TextBlockObject); ok {
					take(o)
				}
			}
		}
	}
	return texts
}

func TestAButtonSaysWhichRequestVersionAndDigest(t *testing.T) {
	r := someRequest()
	r.Version = 3
	id, version, digest, ok := parseButton(buttonValue(r))
	if !ok || id != 142 || version != 3 || digest != r.Digest[:16] {
		t.Errorf("got %d %d %q %v", id, version, digest, ok)
	}
	for _, bad := range []string{"", "1", "1.2", "a.b.c", "-1.2.x", "1.2.3.4", "99999999999999999999.1.x"} {
		if _, _, _, ok := parseButton(bad); ok {
			t.Errorf("%q was taken for a button of ours", bad)
		}
	}
}
