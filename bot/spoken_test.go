package bot

import (
	"testing"

	"github.com/slack-go/slack"
)

// A title in bold that is also a message's first words is said once.
func TestNothingIsSaidTwiceForItsStyle(t *testing.T) {
	m := Message{Text: "2 open invitations", Blocks: []slack.Block{
		slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, "*2 open invitations*", false, false), nil, nil),
		slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, "*Pat Lund*  `pat@agency.example`", false, false), nil, nil),
		slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, "Pat Lund", false, false), nil, nil),
	}}
	if got, want := m.spoken(), "2 open invitations\n*Pat Lund*  `pat@agency.example`"; got != want {
		t.Errorf("it says %q, not %q", got, want)
	}
}
