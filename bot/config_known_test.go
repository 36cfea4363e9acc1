package bot

import (
	"net/http"
	"slices"
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

// A user group of which Slack does not tell who is in it counts as enough people, and the
// others are counted all the same.
func TestAUserGroupThatIsNotToldOfHidesNoOther(t *testing.T) {
	c, err := ReadConfig("rules.yaml", []byte(`groups: {untold: [S0UNTOLD], small: [S0SMALL]}
rules:
  access: {agree: [untold], quorum: 3}
  release: {agree: [small], quorum: 2}
`), VocabularyOf(nil))
	if err != nil {
		t.Fatal(err)
	}
	b := &Bot{Store: emptyStore(t)}
	b.prepare()
	b.web = slack.New("xoxb-1", slack.OptionHTTPClient(&http.Client{Transport: transport(func(*http.Request) (*http.Response, error) {
		return answered(http.StatusOK, `{"ok":false,"error":"permission_denied"}`), nil
	})}))
	wrong, err := b.tooFew(t.Context(), &c, []slack.UserGroup{{ID: "S0UNTOLD"}, {ID: "S0SMALL", Users: []string{"U0ANA"}}})
	want := []string{"rules.yaml:4:37: 2 people have to agree, but only 1 may, as Slack has the groups now"}
	if err != nil || !slices.Equal(wrong, want) {
		t.Errorf("%q, %v, want %q", wrong, err, want)
	}
}
