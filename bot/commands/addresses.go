package commands

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
)

// Person is somebody named by an address, and perhaps by a name.
type Person struct {
	Email string `json:"email"`
	First string `json:"first,omitempty"`
	Last  string `json:"last,omitempty"`
	Link  string `json:"link,omitempty"` // of who came by a public link and left no address: the id of their record in one app
}

// linkName is what somebody is called who left neither name nor address: enough of
// their record's id to tell them apart.
func linkName(id string) string {
	short := strings.ReplaceAll(id, "-", "")
	return "link-" + short[max(0, len(short)-6):]
}

// at is how somebody is named where an address would stand.
func (p Person) at() string {
	if p.Link != "" {
		return linkName(p.Link)
	}
	return p.Email
}

// key tells people apart: by address, in whatever case it is written.
func (p Person) key() string {
	if p.Link != "" {
		return p.Link
	}
	return strings.ToLower(p.Email)
}

// testerPerson is who a record of App Store Connect is about.
func testerPerson(t asc.BetaTester) Person {
	if t.Email == "" {
		return Person{Link: t.ID, First: t.FirstName, Last: t.LastName}
	}
	return Person{Email: t.Email, First: t.FirstName, Last: t.LastName}
}

// mostPeople is how many one command takes.
const mostPeople = 1000

// readPeople takes addresses as people have them: with blanks, commas, semicolons or
// lines between them; as Name <address>; as a table with or without a header, pasted
// or from a file. Whoever stands there twice counts once. What cannot be read is
// returned as it stands.
func readPeople(text string) (people []Person, unread []string) {
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u00a0", " ", "\u200b", "", "\ufeff", "").Replace(text)
	var found []Person
	if rows := table(text); rows != nil {
		found, unread = readTable(rows)
	} else {
		for line := range strings.Lines(text) {
			more, odd := readLine(line)
			found, unread = append(found, more...), append(unread, odd...)
		}
	}
	at := map[string]int{}
	for _, p := range found {
		i, twice := at[strings.ToLower(p.Email)]
		if !twice {
			at[strings.ToLower(p.Email)] = len(people)
			people = append(people, p)
		} else if people[i].First == "" && people[i].Last == "" {
			people[i].First, people[i].Last = p.First, p.Last
		}
	}
	return people, unread
}

// table reads lines as a table, if they are one: a header that names addresses, or
// cells of which one in each line is an address.
func table(text string) [][]string {
	for _, comma := range []rune{',', ';', '\t'} {
		rows := cells(text, comma)
		if len(rows) == 0 {
			continue
		}
		if slices.ContainsFunc(rows[0], isEmailHead) && len(rows[0]) > 1 {
			return rows
		}
		odd := slices.ContainsFunc(rows, func(row []string) bool {
			all := strings.Join(row, "")
			return len(row) < 2 || len(row) != len(rows[0]) || addresses(row) != 1 || strings.Count(all, "@") != 1 || strings.ContainsAny(all, "<>")
		})
		if !odd && (len(rows) > 1 || len(rows[0]) == 3) {
			return rows
		}
	}
	if rows := cells(text, ','); len(rows) > 0 && len(rows[0]) == 1 && isEmailHead(rows[0][0]) {
		return rows
	}
	return nil
}

func cells(text string, comma rune) (rows [][]string) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes, r.TrimLeadingSpace = comma, -1, true, comma != '\t'
	all, err := r.ReadAll()
	if err != nil {
		return nil
	}
	for _, row := range all {
		for i := range row {
			row[i] = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(row[i]), "'"))
		}
		if strings.Join(row, "") != "" {
			rows = append(rows, row)
		}
	}
	return rows
}

var (
	emailHeads = []string{"email", "e-mail", "mail", "email address", "e-mail address", "e-mail-adresse", "address", "adresse e-mail", "correo", "row"}
	firstHeads = []string{"first name", "first", "firstname", "given name", "vorname", "prénom", "nombre"}
	lastHeads  = []string{"last name", "last", "lastname", "surname", "family name", "nachname", "nom", "apellido"}
)

func isEmailHead(cell string) bool { return slices.Contains(emailHeads, strings.ToLower(cell)) }

// readTable takes people out of a table: by its header, or with first and last name
// in this order before or after the address, as Apple's own file has them.
func readTable(rows [][]string) (people []Person, unread []string) {
	column := func(heads []string) int {
		return slices.IndexFunc(rows[0], func(c string) bool { return slices.Contains(heads, strings.ToLower(c)) })
	}
	email, first, last := -1, -1, -1
	if headed := slices.ContainsFunc(rows[0], isEmailHead) && addresses(rows[0]) == 0; headed {
		email, first, last = column(emailHeads), column(firstHeads), column(lastHeads)
		rows = rows[1:]
	}
	for _, row := range rows {
		at := email
		if at < 0 {
			at = slices.IndexFunc(row, func(c string) bool { _, ok := anAddress(c); return ok })
		}
		if at < 0 || at >= len(row) {
			unread = append(unread, strings.Join(row, " "))
			continue
		}
		address, ok := anAddress(row[at])
		if !ok {
			unread = append(unread, strings.TrimSpace(strings.Join(row, " ")))
			continue
		}
		p := Person{Email: address}
		if email >= 0 {
			p.First, p.Last = cell(row, first), cell(row, last)
		} else {
			others := slices.Concat(row[:at], row[at+1:])
			p.First, p.Last = cell(others, 0), cell(others, 1)
		}
		people = append(people, p)
	}
	return people, unread
}

func cell(row []string, at int) string {
	if at < 0 || at >= len(row) {
		return ""
	}
	return row[at]
}

func addresses(row []string) (n int) {
	for _, c := range row {
		if _, ok := anAddress(c); ok {
			n++
		}
	}
	return n
}

// anAddress finds the one address in a few words: bare, in angle brackets, or with
// the mailto: of a link.
func anAddress(s string) (string, bool) {
	found, n := "", 0
	for _, w := range strings.Fields(s) {
		w = strings.TrimPrefix(strings.Trim(w, "<>()[]\"'.,;:"), "mailto:")
		if !strings.Contains(w, "@") {
			continue
		}
		if a, err := address(w); err == nil && !strings.ContainsAny(a, "\", \t") {
			found = a
			n++
		}
	}
	return found, n == 1
}

// between are words that stand between addresses and mean nothing.
var between = []string{"and", "und", "et", "y", "&", "+", "or"}

var angled = regexp.MustCompile(`^\s*"?([^"<>]*?)"?\s*<([^<>]+)>\s*$`)

// readLine takes people out of a line of free text.
func readLine(line string) (people []Person, unread []string) {
	for _, part := range parts(line) {
		if m := angled.FindStringSubmatch(part); m != nil {
			if a, ok := anAddress(m[2]); ok {
				p := Person{Email: a}
				p.First, p.Last = splitName(m[1])
				people = append(people, p)
				continue
			}
		}
		var name []string
		for _, w := range strings.Fields(part) {
			switch a, ok := anAddress(w); {
			case ok:
				p := Person{Email: a}
				p.First, p.Last = splitName(strings.Join(name, " "))
				people, name = append(people, p), nil
			case slices.Contains(between, strings.ToLower(w)):
			case strings.Contains(w, "@"):
				unread = append(unread, w)
			default:
				name = append(name, strings.Trim(w, `"'`))
			}
		}
		if len(name) > 0 {
			unread = append(unread, strings.Join(name, " "))
		}
	}
	return people, unread
}

// parts splits a line at commas, semicolons and tabs outside of quotes, and after
// each address in angle brackets.
func parts(line string) (all []string) {
	var part strings.Builder
	quoted := false
	flush := func() {
		if s := strings.TrimSpace(part.String()); s != "" {
			all = append(all, s)
		}
		part.Reset()
	}
	for _, r := range line {
		switch {
		case r == '"':
			quoted = !quoted
			part.WriteRune(r)
		case !quoted && (r == ',' || r == ';' || r == '\t' || r == '\n'):
			flush()
		case !quoted && r == '>':
			part.WriteRune(r)
			flush()
		default:
			part.WriteRune(r)
		}
	}
	flush()
	return all
}

// splitName takes a name apart: “Lee Moran”, or “Moran, Lee”.
func splitName(name string) (first, last string) {
	name = strings.TrimSpace(strings.Trim(strings.TrimSpace(name), `"'`))
	if l, f, turned := strings.Cut(name, ","); turned {
		return strings.TrimSpace(f), strings.TrimSpace(l)
	}
	at := strings.LastIndex(name, " ")
	if at < 0 {
		return name, ""
	}
	return strings.TrimSpace(name[:at]), name[at+1:]
}

// tooMany refuses more people than one command takes.
func tooMany(n int) error {
	return bot.Trouble{
		What: fmt.Sprintf("Those are %s people, and one command takes %s.", grouped(n), grouped(mostPeople)),
		Next: "Send them in parts.",
	}
}

// fileText reads a file of people: UTF-8, UTF-16 with its mark, or what older
// spreadsheets write.
func fileText(data []byte) (string, error) {
	switch {
	case bytes.HasPrefix(data, []byte("PK\x03\x04")), bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0")):
		return "", bot.Trouble{What: "That file is a workbook of a spreadsheet, which I cannot read.", Next: "Save it as CSV and send that."}
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		text, err := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(data)
		return string(text), err
	case utf8.Valid(data):
		return string(data), nil
	}
	text, err := charmap.Windows1252.NewDecoder().Bytes(data)
	return string(text), err
}
