package bot

import (
	"testing"

	"github.com/slack-go/slack"
)

func channelOf(id, name string, before ...string) slack.Channel {
	c := slack.Channel{GroupConversation: slack.GroupConversation{Name: name}}
	c.ID, c.PreviousNames = id, before
	return c
}

func TestAChannelThatWasRenamedIsToldByItsNewName(t *testing.T) {
	seen := slackChannels{seen: []slack.Channel{channelOf("C1", "asc-decisions", "asc-approvals", "asc"), channelOf("C2", "ios")}}
	for of, want := range map[string]string{
		"#asc-approvals": "Slack knows no channel #asc-approvals any more: it was renamed, and is #asc-decisions now. Write that here, or its id C1, which stays.",
		"#asc":           "Slack knows no channel #asc any more: it was renamed, and is #asc-decisions now. Write that here, or its id C1, which stays.",
		"#asc-decisions": "", "#ios": "", "C1": "",
		"#iso": "Slack knows no channel #iso, or it is private and the bot is not in it. Make it, or /invite the bot if it is private, or mend the name here. Did you mean “#ios”?",
	} {
		if got := seen.lack(Reference{Of: of, Cards: true}); got != want {
			t.Errorf("%s: got %q, want %q", of, got, want)
		}
	}
}
