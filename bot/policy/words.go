package policy

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// InWords says what demands come to: "One of leads has to agree".
func (d Demands) InWords() string {
	var parts []string
	for i, r := range d {
		if len(r.Agree) == 0 || d.implied(i) {
			continue
		}
		part := r.inWords()
		if r.Of != "" {
			part += r.of()
		}
		parts = append(parts, part)
	}
	if len(parts) == 0 {
		return "Nobody has to agree"
	}
	return sentence(strings.Join(parts, "; "))
}

// implied reports whether another of the demands asks for the same and more.
func (d Demands) implied(i int) bool {
	r := d[i]
	for j, other := range d {
		if i == j || !slices.Equal(r.Agree, other.Agree) || r.Quorum > other.Quorum {
			continue
		}
		less := true
		for g, n := range r.With {
			less = less && n <= other.With[g]
		}
		same := r.Quorum == other.Quorum && maps.Equal(r.With, other.With)
		if less && (!same || i > j) { // of two equal ones the first is said
			return true
		}
	}
	return false
}

func (r Rule) inWords() string {
	who := anyOf(r.Agree)
	said := "one of " + who + " has to agree"
	if r.Quorum > 1 {
		said = fmt.Sprintf("%d of %s have to agree", r.Quorum, who)
	}
	var with []string
	for _, g := range slices.Sorted(maps.Keys(r.With)) {
		with = append(with, few(r.With[g])+" of "+group1(g))
	}
	if len(with) > 0 {
		said += ", among them " + strings.Join(with, " and ")
	}
	return said
}

// of says what a rule is limited to, for the end of a sentence.
func (r Rule) of() string {
	if r.Of == "" {
		return ""
	}
	return " " + r.Of
}

func tally(n, of int) string { return fmt.Sprintf("%d of %d people have agreed", n, of) }

func semicolon(parts []string) string {
	if len(parts) == 0 {
		return ""
	}
	return "; " + strings.Join(parts, ", ")
}

func few(n int) string {
	if n == 1 {
		return "one"
	}
	return strconv.Itoa(n)
}

func verb(n int, one, more string) string {
	if n == 1 {
		return one
	}
	return more
}

// groupWords names the built-in groups so that a reader knows who is meant.
var groupWords = map[string]string{
	Members: "full members",
	Admins:  "workspace admins and owners",
}

// group1 is what a group is called in a sentence.
func group1(name string) string {
	if w, ok := groupWords[name]; ok {
		return w
	}
	return name
}

// GroupsInWords joins groups for a sentence: "leads or workspace admins and owners".
func GroupsInWords(groups []string) string { return anyOf(groups) }

func anyOf(groups []string) string {
	if len(groups) == 0 {
		return "nobody"
	}
	words := make([]string, len(groups))
	for i, g := range groups {
		words[i] = group1(g)
	}
	if last := len(words) - 1; last > 1 {
		return strings.Join(words[:last], ", ") + " or " + words[last]
	}
	return strings.Join(words, " or ")
}

// sentence begins with a capital letter.
func sentence(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// moment is a time as people write it, in its own zone. One in UTC is shown to readers in
// their zones, in which it may be another day of the week.
func moment(t time.Time) string {
	if t.Location() == time.UTC {
		return t.Format("2 Jan 2006 15:04 MST")
	}
	return t.Format("Mon 2 Jan 2006 15:04 MST")
}
