package commands

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestPeopleAreRead(t *testing.T) {
	kim, lee := Person{Email: "kim@x.example"}, Person{Email: "lee@x.example", First: "Lee", Last: "Moran"}
	bareLee := Person{Email: "lee@x.example"}
	for _, c := range []struct {
		name, text string
		people     []Person
		unread     []string
	}{
		{"one", "kim@x.example", []Person{kim}, nil},
		{"blanks", "kim@x.example  lee@x.example", []Person{kim, bareLee}, nil},
		{"commas, semicolons, and", "kim@x.example, lee@x.example; mo@x.example and no@x.example", []Person{kim, bareLee, {Email: "mo@x.example"}, {Email: "no@x.example"}}, nil},
		{"lines", "kim@x.example\r\n\r\nlee@x.example\n", []Person{kim, bareLee}, nil},
		{"names", "kim@x.example, Lee Moran <lee@x.example>", []Person{kim, lee}, nil},
		{"names without commas", "Lee Moran <lee@x.example> <kim@x.example>", []Person{lee, kim}, nil},
		{"a turned name", `"Moran, Lee" <lee@x.example>, kim@x.example`, []Person{lee, kim}, nil},
		{"a name before an address", "Lee Moran lee@x.example", []Person{lee}, nil},
		{"links of a client", "<mailto:kim@x.example>, mailto:lee@x.example", []Person{kim, bareLee}, nil},
		{"one twice", "kim@x.example, KIM@x.example", []Person{kim}, nil},
		{"one twice, once with a name", "LEE@x.example\nLee Moran <lee@x.example>", []Person{{Email: "lee@x.example", First: "Lee", Last: "Moran"}}, nil},
		{"not an address", "kim@x.example, lee@x, nobody", []Person{kim}, []string{"lee@x", "nobody"}},
		{"a full stop at the end", "Please add kim@x.example.", []Person{{Email: "kim@x.example", First: "Please", Last: "add"}}, nil},
		{"Apple's own table", "Lee,Moran,lee@x.example\n,,kim@x.example", []Person{lee, kim}, nil},
		{"address first", "lee@x.example,Lee,Moran\nkim@x.example,,", []Person{lee, kim}, nil},
		{"a header", "First Name,Last Name,Email,Team\nLee,Moran,lee@x.example,iOS\n,,kim@x.example,\n,,,\nX,Y,nothing,\n", []Person{lee, kim}, []string{"X Y nothing"}},
		{"another spreadsheet", "\ufeffE-Mail;Vorname;Nachname\n\"lee@x.example\";\"Lee\";Moran", []Person{lee}, nil},
		{"tabs", "email\tlast name\tfirst name\nlee@x.example\tMoran\tLee", []Person{lee}, nil},
		{"one column", "Email\nkim@x.example\n\nlee@x.example", []Person{kim, bareLee}, nil},
		{"a quoted name with a comma", "name,email\n\"Moran, Lee\",lee@x.example", []Person{bareLee}, nil},
		{"what the bot has written", "\ufeff\"row\",\"result\",\"why\"\r\n\"kim@x.example\",\"failed\",\"no answer\"\r\n\"'lee@x.example in Friends\",\"failed\",\"x\"\r\n", []Person{kim, bareLee}, nil},
		{"nothing", " \n ", nil, nil},
	} {
		people, unread := readPeople(c.text)
		if diff := cmp.Diff(c.people, people); diff != "" {
			t.Errorf("%s: people (-want +got):\n%s", c.name, diff)
		}
		if diff := cmp.Diff(c.unread, unread); diff != "" {
			t.Errorf("%s: unread (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestFilesOfPeopleAreRead(t *testing.T) {
	for name, c := range map[string]struct{ data, want, says string }{
		"utf-8":        {"Zoë,z@x.example", "Zoë,z@x.example", ""},
		"utf-16":       {"\xff\xfeZ\x00o\x00\xeb\x00", "Zoë", ""},
		"windows-1252": {"Zo\xeb", "Zoë", ""},
		"a workbook":   {"PK\x03\x04…", "", "Save it as CSV"},
	} {
		got, err := fileText([]byte(c.data))
		if got != c.want || (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// Whatever stands in a text, nobody is read twice, and every address is one.
func TestPeopleAreReadFromAnything(t *testing.T) {
	alphabet := []rune("ab@.x, ;<>\"'\n\tü\u00a0")
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom(alphabet)).Draw(t, "text") + rapid.SampledFrom([]string{"", " kim@x.example", "\nKim@x.example\nkim@x.example"}).Draw(t, "end")
		people, _ := readPeople(text)
		seen := map[string]bool{}
		for _, p := range people {
			if _, err := address(p.Email); err != nil || seen[strings.ToLower(p.Email)] || strings.ContainsAny(p.Email, ", \"") {
				t.Fatalf("%q gives %+v", text, people)
			}
			seen[strings.ToLower(p.Email)] = true
		}
	})
}
