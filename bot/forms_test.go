package bot_test

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/ascbot/ascbot/bot/commands"
	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
)

// “…” after any change opens its form, which Slack takes; what is wrong in it is said at
// the field with the acknowledgement, and nothing is asked for.
func TestEveryFormOpensAndComplainsAtTheField(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := found(t, t.TempDir(), townRules, noon, apple.Options{})
		w.start(nil)
		settle(rest)
		for _, v := range commands.Table() {
			if v.Change == nil {
				continue
			}
			w.box.Slack.Command("ana", "#ios", "/asc "+v.Words+" …")
			settle(rest)
			open := w.box.Slack.Snapshot("ana").Views
			if len(open) != 1 {
				t.Errorf("%s: %d forms are open", v.Words, len(open))
				continue
			}
			filled, lines := scribbled(t, w, open[0])
			if lines > 0 { // else Slack itself sees to it that everything is chosen
				if r := w.box.Slack.Submit("ana", open[0].ID, filled); len(r.Errors) == 0 {
					t.Errorf("%s: blanks in the form are answered with %+v", v.Words, r)
				}
			}
			w.box.Slack.DismissAll("ana")
		}
		if open, err := w.current().st.Recent(10); err != nil || len(open) > 0 {
			t.Errorf("%d requests were made of blanks, %v", len(open), err)
		}
	})
}

// scribbled fills a form that Slack would send: the first of each choice, and a blank
// wherever something has to be written. It tells how often.
func scribbled(t *testing.T, w *town, v slack.View) (slack.Values, int) {
	t.Helper()
	var inputs []struct {
		asksFor
		Optional bool `json:"optional"`
	}
	if err := json.Unmarshal(v.Blocks, &inputs); err != nil {
		t.Fatal(err)
	}
	filled, lines := slack.Values{}, 0
	for _, in := range inputs {
		var value slack.Input
		switch kind := in.Element.Type; {
		case kind == "":
			continue // no input
		case strings.Contains(kind, "external"):
			offered, err := w.box.Slack.Suggest("ana", v.ID, in.BlockID, in.Element.ActionID, "")
			if err != nil || len(offered.All()) == 0 {
				t.Errorf("%s: %s offers nothing, %v", v.CallbackID, in.BlockID, err)
				continue
			}
			value.Selected = []string{offered.All()[0].Value}
		case strings.HasSuffix(kind, "text_input"):
			if in.Optional {
				continue
			}
			value.Value = "  "
			lines++
		case len(in.Element.Options) > 0:
			value.Selected = []string{in.Element.Options[0].Value}
		default:
			continue
		}
		filled[in.BlockID] = map[string]slack.Input{in.Element.ActionID: value}
	}
	return filled, lines
}
