package blockkit

import (
	"encoding/json"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// A rule looks at one value and complains about it.
type rule func(c *checker, at string, v any)

// A field is a property of an object.
type field struct {
	must bool
	is   rule
}

type fields map[string]field

func must(is rule) field { return field{must: true, is: is} }
func may(is rule) field  { return field{is: is} }

// A shape is everything known about one type: where it stands, its properties besides type, and rules
// among the properties.
type shape struct {
	on     Surface // blocks only
	fields fields
	also   []func(c *checker, at string, o map[string]any)
}

func length(s string) int { return utf8.RuneCountInString(s) }

func escape(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// object checks properties: required ones present, unknown ones refused, each by its rule.
func (c *checker) object(at string, v any, s shape, besides ...string) {
	o, ok := v.(map[string]any)
	if !ok {
		c.complain(at, "must be a json object")
		return
	}
	for _, name := range slices.Sorted(maps.Keys(s.fields)) {
		if _, given := o[name]; !given && s.fields[name].must {
			c.missing(at, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(o)) {
		f, known := s.fields[name]
		switch {
		case slices.Contains(besides, name):
		case !known:
			c.complain(at+"/"+escape(name), "invalid additional property: %s", name)
		default:
			f.is(c, at+"/"+name, o[name])
		}
	}
	for _, also := range s.also {
		also(c, at, o)
	}
}

// one checks an object whose type must be among the allowed ones.
func (c *checker) one(at string, v any, allowed []string) {
	o, ok := v.(map[string]any)
	if !ok {
		c.complain(at, "must be a json object")
		return
	}
	given, present := o["type"]
	if !present {
		c.missing(at, "type")
		return
	}
	name, _ := given.(string)
	s, known := c.shapes[name]
	if !known || !slices.Contains(allowed, name) || s.on != 0 && s.on&c.surface == 0 {
		c.neither(at+"/type", allowed, "unsupported type: %v", given)
		return
	}
	c.object(at, o, s, "type")
}

func oneOf(allowed ...string) rule {
	return func(c *checker, at string, v any) { c.one(at, v, allowed) }
}

func of(s shape) rule {
	return func(c *checker, at string, v any) { c.object(at, v, s) }
}

func listOf(least, most int, each rule) rule {
	return func(c *checker, at string, v any) {
		list, ok := v.([]any)
		switch {
		case !ok:
			c.complain(at, "must be an array")
			return
		case len(list) < least:
			c.complain(at, "no less than %d items allowed", least)
			return
		case len(list) > most:
			c.complain(at, "no more than %d items allowed", most)
			return
		}
		for i, v := range list {
			each(c, at+"/"+strconv.Itoa(i), v)
		}
	}
}

// chars is a string of so many characters.
func chars(least, most int) rule {
	return func(c *checker, at string, v any) {
		s, ok := v.(string)
		switch {
		case !ok:
			c.complain(at, "must be a string")
		case length(s) < least:
			c.complain(at, "must be more than %d characters", least-1)
		case length(s) > most:
			c.complain(at, "must be less than %d characters", most+1)
		}
	}
}

func matching(what string, ok func(string) bool) rule {
	return func(c *checker, at string, v any) {
		if s, is := v.(string); !is || !ok(s) {
			c.complain(at, "must be %s", what)
		}
	}
}

func word(allowed ...string) rule {
	return func(c *checker, at string, v any) {
		if s, ok := v.(string); !ok || !slices.Contains(allowed, s) {
			c.neither(at, allowed, "must be one of: %s", strings.Join(allowed, ", "))
		}
	}
}

func truth(c *checker, at string, v any) {
	if _, ok := v.(bool); !ok {
		c.complain(at, "must be a boolean")
	}
}

// once is a truth at most one element of a view may hold.
func once(c *checker, at string, v any) {
	truth(c, at, v)
	if v == true {
		c.focus++
	}
}

func whole(least, most int64) rule {
	return func(c *checker, at string, v any) {
		n, ok := integer(v)
		switch {
		case !ok:
			c.complain(at, "must be an integer")
		case n < least:
			c.complain(at, "must be more than %d", least-1)
		case n > most:
			c.complain(at, "must be less than %d", most+1)
		}
	}
}

func integer(v any) (int64, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	i, err := n.Int64()
	return i, err == nil
}

func number(c *checker, at string, v any) {
	if _, ok := v.(json.Number); !ok {
		c.complain(at, "must be a number")
	}
}

var (
	urlText = both(chars(1, 3000), matching("a valid url", isURL))
	// secureURL is an address that only https reaches.
	secureURL = both(urlText, matching("a valid https url", func(s string) bool { return strings.HasPrefix(s, "https://") }))
	dateText  = matching("a date in the format YYYY-MM-DD", func(s string) bool { _, err := time.Parse(time.DateOnly, s); return err == nil })
	timeText  = matching("a time in the format HH:mm", regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`).MatchString)
	figure    = matching("a number as a string", regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`).MatchString)
	fileID    = matching("the id of a file", regexp.MustCompile(`^F[A-Z0-9]{8,}$`).MatchString)
	unixTime  = whole(1_000_000_000, 9_999_999_999)
	id        = chars(1, 255)
)

func both(rules ...rule) rule {
	return func(c *checker, at string, v any) {
		before := len(c.found)
		for _, is := range rules {
			if is(c, at, v); len(c.found) > before {
				return
			}
		}
	}
}

func isURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Scheme != "" && (u.Host != "" || u.Opaque != "" || u.Path != "")
}

// exactlyOne: of these properties there must be one and only one.
func exactlyOne(names ...string) func(*checker, string, map[string]any) {
	return func(c *checker, at string, o map[string]any) {
		switch n := count(o, names); {
		case n == 0:
			c.missing(at, names[0])
		case n > 1:
			c.complain(at, "only one of %s allowed", strings.Join(names, ", "))
		}
	}
}

// atLeastOne: of these properties there must be some.
func atLeastOne(names ...string) func(*checker, string, map[string]any) {
	return func(c *checker, at string, o map[string]any) {
		if count(o, names) == 0 {
			c.missing(at, names[0])
		}
	}
}

func count(o map[string]any, names []string) (n int) {
	for _, name := range names {
		if _, given := o[name]; given {
			n++
		}
	}
	return n
}

// ordered: the first whole number may not be larger than the second.
func ordered(small, large string) func(*checker, string, map[string]any) {
	return func(c *checker, at string, o map[string]any) {
		a, okA := integer(o[small])
		b, okB := integer(o[large])
		if okA && okB && a > b {
			c.complain(at+"/"+small, "must not be more than %s", large)
		}
	}
}

// orderedFigures: the first number, written as a string, may not be larger than the second.
func orderedFigures(small, large string) func(*checker, string, map[string]any) {
	return func(c *checker, at string, o map[string]any) {
		a, okA := float(o[small])
		b, okB := float(o[large])
		if okA && okB && a > b {
			c.complain(at+"/"+small, "must not be more than %s", large)
		}
	}
}

func float(v any) (float64, bool) {
	s, _ := v.(string)
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

// onlyWith: the first property may be true only when the second is what it should be.
func onlyWith(name, other string, should bool) func(*checker, string, map[string]any) {
	return func(c *checker, at string, o map[string]any) {
		if o[name] == true && (o[other] == true) != should {
			c.complain(at+"/"+name, "only allowed when %s is %t", other, should)
		}
	}
}

// atMostOne: of these properties there may be one.
func atMostOne(names ...string) func(*checker, string, map[string]any) {
	return func(c *checker, at string, o map[string]any) {
		if count(o, names) > 1 {
			c.complain(at, "only one of %s allowed", strings.Join(names, ", "))
		}
	}
}
