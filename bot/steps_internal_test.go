package bot

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"strings"
	"testing"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/asc"
)

// A form takes along what its other step says, as much as Slack lets a view carry; what
// is left behind is named, and what is written is never left.
func TestAStepCarriesWhatFits(t *testing.T) {
	for _, n := range []int{0, 3, 200} {
		apps := Field{Name: "apps", Label: "Apps", Kind: PickMany}
		apps.Source.List = func(context.Context, *asc.Client) iter.Seq2[Choice, error] { return nil }
		for i := range n {
			apps.Chosen = append(apps.Chosen, Choice{Text: fmt.Sprintf("App %d", i), Value: fmt.Sprint(6448000000 + i)})
		}
		form := Form{
			Title: "Sales digest", Intro: "The first.", Fields: []Field{{Name: "name", Label: "Name", Text: "daily"}},
			MoreIntro: "The second.", More: []Field{apps, {Name: "currency", Label: "Currency", Text: "EUR"}},
		}
		for step, want := range []struct{ submit, intro, kept string }{{"Next", "The first.", "EUR"}, {"Ask", "The second.", "daily"}} {
			view := modal(Verb{Words: "digest add"}, form, formNote{Step: step})
			var note formNote
			if err := json.Unmarshal([]byte(view.PrivateMetadata), &note); err != nil || len(view.PrivateMetadata) > longestNote {
				t.Fatalf("%d apps, step %d: a note of %d bytes, %v", n, step, len(view.PrivateMetadata), err)
			}
			text, err := json.Marshal(note.Kept)
			if err != nil || view.Submit.Text != want.submit || !strings.Contains(string(text), want.kept) {
				t.Errorf("%d apps, step %d: %q keeps %s, %v", n, step, view.Submit.Text, text, err)
			}
			intro := view.Blocks.BlockSet[0].(*slack.SectionBlock).Text.Text
			if left := n == 200 && step == 0; !strings.HasPrefix(intro, want.intro) || strings.Contains(intro, "*Apps* has more in it") != left {
				t.Errorf("%d apps, step %d begins with %q", n, step, intro)
			}
			if kept := len(note.Kept["apps"].Chosen); step == 0 && n < 200 && kept != n {
				t.Errorf("%d apps, of which %d are kept", n, kept)
			}
		}
	}
}
