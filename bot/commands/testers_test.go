package commands

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ascbot/ascbot/bot"
)

func TestTesterAddIsTyped(t *testing.T) {
	for _, c := range []struct {
		words   string
		want    TesterAdd
		says    string
		summary string
	}{
		{"kim@example.com to Friends in Halo", TesterAdd{"kim@example.com", Named{Name: "Friends"}, Named{Name: "Halo"}}, "", "Add tester kim@example.com to Friends in Halo"},
		{"kim@example.com TO Friends and Family IN Halo for Kids", TesterAdd{"kim@example.com", Named{Name: "Friends and Family"}, Named{Name: "Halo for Kids"}}, "", ""},
		{`kim@example.com to "Back to School" in Halo`, TesterAdd{"kim@example.com", Named{Name: "Back to School"}, Named{Name: "Halo"}}, "", ""},
		{"kim@example.com to Friends", TesterAdd{"kim@example.com", Named{Name: "Friends"}, Named{}}, "", ""},
		{"", TesterAdd{}, "more", ""},
		{"kim@example.com", TesterAdd{Email: "kim@example.com"}, "more", ""},
		{"kim@example.com to", TesterAdd{Email: "kim@example.com"}, "more", ""},
		{"to Friends in Halo", TesterAdd{"", Named{Name: "Friends"}, Named{Name: "Halo"}}, "more", ""},
		{"kim@example.com to Friends in", TesterAdd{}, "After “in” I expected an app", ""},
		{"kim to Friends", TesterAdd{}, "“kim” is not an e-mail address", ""},
		{"kim@example.com Friends", TesterAdd{}, "I expected one e-mail address, then “to” and a group", ""},
		{"kim@example.com, lou@example.com to Friends", TesterAdd{}, "I expected one e-mail address", ""},
	} {
		var got TesterAdd
		err := got.Parse(bot.Words(c.words))
		if !complains(t, c.words, err, c.says) {
			continue
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.words, diff)
		}
		if c.summary != "" && got.Summary() != c.summary {
			t.Errorf("%q: %q", c.words, got.Summary())
		}
	}
}

func TestTesterAddIsFilledIn(t *testing.T) {
	for _, c := range []struct {
		name  string
		v     bot.Values
		wrong []string
		want  TesterAdd
	}{
		{"all there", bot.Values{"email": {Text: "kim@example.com"}, "group": chosen("g1")}, nil, TesterAdd{Email: "kim@example.com", Group: Named{"g1", "G1"}}},
		{"no address", bot.Values{"email": {Text: "kim"}, "group": chosen("g1")}, []string{"email"}, TesterAdd{Group: Named{"g1", "G1"}}},
		{"no group", bot.Values{"email": {Text: "kim@example.com"}}, []string{"group"}, TesterAdd{Email: "kim@example.com"}},
		{"nothing", nil, []string{"email", "group"}, TesterAdd{}},
	} {
		got := TesterAdd{Email: "old@example.com", App: Named{Name: "Old"}}
		if wrong := sortedKeys(got.Read(c.v)); !slices.Equal(wrong, c.wrong) {
			t.Errorf("%s: complaints about %q, want %q", c.name, wrong, c.wrong)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}
