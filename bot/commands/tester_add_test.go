package commands

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ascbot/ascbot/bot"
)

func TestTesterAddIsTyped(t *testing.T) {
	kim := []Person{{Email: "kim@example.com"}}
	friends := []Named{{Name: "Friends"}}
	for _, c := range []struct {
		words   string
		want    TesterAdd
		says    string
		summary string
	}{
		{"kim@example.com to Friends in Halo", TesterAdd{People: kim, Groups: friends, App: Named{Name: "Halo"}}, "", "Add tester kim@example.com to Friends in Halo"},
		{"kim@example.com TO Friends and Family IN Halo for Kids", TesterAdd{People: kim, Groups: []Named{{Name: "Friends and Family"}}, App: Named{Name: "Halo for Kids"}}, "", ""},
		{`kim@example.com to "Back to School" in Halo`, TesterAdd{People: kim, Groups: []Named{{Name: "Back to School"}}, App: Named{Name: "Halo"}}, "", ""},
		{"kim@example.com to Friends", TesterAdd{People: kim, Groups: friends}, "", ""},
		{"kim@example.com to Friends, Press", TesterAdd{People: kim, Groups: []Named{{Name: "Friends"}, {Name: "Press"}}}, "", ""},
		{"kim@example.com, Lee Moran <lee@example.com> mo@example.com to Friends", TesterAdd{People: []Person{kim[0], {Email: "lee@example.com", First: "Lee", Last: "Moran"}, {Email: "mo@example.com"}}, Groups: friends}, "", ""},
		{"", TesterAdd{}, "more", ""},
		{"kim@example.com", TesterAdd{People: kim}, "more", ""},
		{"kim@example.com to", TesterAdd{People: kim}, "more", ""},
		{"to Friends in Halo", TesterAdd{Groups: friends, App: Named{Name: "Halo"}}, "more", ""},
		{"kim@example.com to Friends in", TesterAdd{}, "After “in” I expected an app", ""},
		{"kim to Friends", TesterAdd{}, "“kim” is not an e-mail address", ""},
		{"kim@example.com Friends", TesterAdd{}, "“Friends” is not an e-mail address", ""},
		{"kim@example.com lou@example to Friends", TesterAdd{}, "“lou@example” is not an e-mail address", ""},
	} {
		var got TesterAdd
		err := got.Parse(bot.Words(c.words))
		if !complains(t, c.words, err, c.says) {
			continue
		}
		if diff := cmp.Diff(c.want, got, cmpopts.IgnoreUnexported(TesterAdd{})); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.words, diff)
		}
		if c.summary != "" && got.Summary() != c.summary {
			t.Errorf("%q: %q", c.words, got.Summary())
		}
	}
}

func TestTesterAddIsFilledIn(t *testing.T) {
	many := strings.Repeat("x", 3)
	for i := range 1001 {
		many += fmt.Sprintf("\np%d@example.com", i)
	}
	kim := []Person{{Email: "kim@example.com"}}
	g1 := []Named{{"g1", "G1"}}
	for _, c := range []struct {
		name  string
		v     bot.Values
		wrong []string
		want  TesterAdd
	}{
		{"all there", bot.Values{"people": {Text: "kim@example.com"}, "groups": chosen("g1")}, nil, TesterAdd{People: kim, Groups: g1}},
		{"a file alone", bot.Values{"file": {File: "F1"}, "groups": chosen("g1")}, nil, TesterAdd{Groups: g1}},
		{"no address", bot.Values{"people": {Text: "kim"}, "groups": chosen("g1")}, []string{"people"}, TesterAdd{Groups: g1, Unread: []string{"kim"}}},
		{"one of two is none", bot.Values{"people": {Text: "kim@example.com\nlou@"}, "groups": chosen("g1")}, []string{"people"}, TesterAdd{People: kim, Groups: g1, Unread: []string{"lou@"}}},
		{"too many", bot.Values{"people": {Text: many}, "groups": chosen("g1")}, []string{"people"}, TesterAdd{}},
		{"no group", bot.Values{"people": {Text: "kim@example.com"}}, []string{"groups"}, TesterAdd{People: kim}},
		{"nothing", nil, []string{"groups", "people"}, TesterAdd{}},
	} {
		got := TesterAdd{People: []Person{{Email: "old@example.com"}}, App: Named{Name: "Old"}}
		if wrong := sortedKeys(got.Read(c.v)); !slices.Equal(wrong, c.wrong) {
			t.Errorf("%s: complaints about %q, want %q", c.name, wrong, c.wrong)
		}
		if diff := cmp.Diff(c.want, got, cmpopts.IgnoreUnexported(TesterAdd{})); diff != "" && c.name != "too many" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestEverythingThatIsNoAddressIsNamed(t *testing.T) {
	for _, c := range []struct{ words, want string }{
		{"kim@example.com foo@ to Friends", "“foo@” is not an e-mail address."},
		{"kim@example.com, foo@, ba@r to Friends", "“foo@” and “ba@r” are not e-mail addresses."},
		{"k@example.com, a@, b@, c@, d@, e@, f@ to Friends", "“a@”, “b@”, “c@”, “d@” and 2 more are not e-mail addresses."},
	} {
		if err := new(TesterAdd).Parse(bot.Words(c.words)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.words, err)
		}
	}
}

// A file comes beside what was typed; nobody is in it twice.
func TestTesterAddTakesAFile(t *testing.T) {
	var add TesterAdd
	add.Read(bot.Values{"people": {Text: "kim@example.com mo@example.com"}, "file": {File: "F1"}, "groups": chosen("g1")})
	if add.Attached() != "F1" {
		t.Fatalf("the file is %q", add.Attached())
	}
	if err := add.Take("p.csv", []byte("Email,First Name\nKIM@example.com,Kim\nlee@example.com,Lee\nnobody,X\n")); err != nil {
		t.Fatal(err)
	}
	want := []Person{{Email: "kim@example.com", First: "Kim", Last: ""}, {Email: "lee@example.com", First: "Lee", Last: ""}, {Email: "mo@example.com"}}
	if diff := cmp.Diff(want, add.People); diff != "" || !slices.Equal(add.Unread, []string{"nobody X"}) {
		t.Errorf("%s %q", diff, add.Unread)
	}
	for data, says := range map[string]string{"hello": "There is no e-mail address in “p.csv”", "PK\x03\x04": "Save it as CSV", "a@x.example\n" + lines(1000): "one command takes 1,000"} {
		if err := new(TesterAdd).Take("p.csv", []byte(data)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%.20q: %v", data, err)
		}
	}
}

func lines(n int) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, "p%d@example.com\n", i)
	}
	return out.String()
}

// Questions about many addresses are few, and none is too long.
func TestQuestions(t *testing.T) {
	people, _ := readPeople(lines(1000))
	all := questions(people)
	n := 0
	for _, q := range all {
		n += len(q)
		if length := len(strings.Join(q, "%2C")); length > longestQuestion {
			t.Errorf("a question of %d bytes", length)
		}
	}
	if n != 1000 || len(all) > 8 || questions(nil) != nil {
		t.Errorf("%d addresses in %d questions", n, len(all))
	}
}
