package bot

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/store"
)

// denyView is the callback id of the form that asks why somebody says no.
const denyView = "deny"

// denyNote is what that form has to remember: the button that was pressed, once it was
// found to be the true one. Slack keeps it; people cannot change it.
type denyNote struct {
	Button      string `json:"button"`
	ResponseURL string `json:"response_url,omitempty"`
}

// askWhy opens the form that asks for the reason of a no. It answers false when Slack
// does not open it: then the no counts without a reason, since stopping something
// must always be possible.
func (b *Bot) askWhy(ctx context.Context, d deed, a action, r store.Request) bool {
	note, err := json.Marshal(denyNote{Button: a.Value, ResponseURL: d.ResponseURL})
	if err != nil {
		return false
	}
	why := slack.NewPlainTextInputBlockElement(Plain("What has to be different?", 150), answerID)
	why.Multiline, why.MaxLength = true, 1000
	in := slack.NewInputBlock(reasonField, Plain("Why not?", 150), Plain("Whoever asked reads this, and it stands on the card and in the log.", 300), why)
	_, err = b.web.OpenViewContext(ctx, d.TriggerID, slack.ModalViewRequest{
		Type: slack.VTModal, CallbackID: denyView, PrivateMetadata: string(note),
		Title: Plain("Deny", 24), Submit: Plain("Deny", 24), Close: Plain("Back", 24),
		Blocks: slack.Blocks{BlockSet: []slack.Block{Section(Markf("*#%d* %s", r.ID, r.Summary)), in}},
	})
	if err != nil {
		b.Log.Warn("the form that asks why did not open; the no counts without a reason", "request", r.ID, "error", err)
	}
	return err == nil
}

const reasonField = "reason"

// readDenial looks at the submitted form without any network.
func readDenial(d deed) map[string]string {
	if strings.TrimSpace(d.View.answers()[reasonField].Text) == "" {
		return map[string]string{reasonField: "Say in a few words why not."}
	}
	return nil
}

// denied counts the no whose reason has come.
func (b *Bot) denied(ctx context.Context, e store.Envelope, d deed) {
	var note denyNote
	_ = json.Unmarshal([]byte(d.View.PrivateMetadata), &note)
	d.ResponseURL = note.ResponseURL
	reason := strings.TrimSpace(d.View.answers()[reasonField].Text)
	b.judge(ctx, e, d, action{ActionID: denyID, Value: note.Button, reason: reason})
}
