package asc

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Error is Apple's refusal: an answer that is neither success nor silence.
// Apple did not do what was asked.
type Error struct {
	Status  int    // of HTTP
	Method  string // what was asked
	Path    string // without the query
	Entries []ErrorEntry
	// Note says what came instead, when the answer was not the list of errors
	// that Apple documents: an HTML page, an empty body, a redirect.
	Note string
	// RetryAfter is how long Apple wants to be left alone; zero when it did not
	// say.
	RetryAfter time.Duration
}

// ErrorEntry is one reason. Apple may give several, and the telling one need
// not be the first. Everything but Code can be blank.
type ErrorEntry struct {
	ID     string // Apple's own number for it, for Apple's support
	Status string
	Code   string // dotted, growing to the right: ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE
	Title  string
	Detail string // a sentence for people

	Pointer   string // into the body that was sent, such as /data/attributes/email
	Parameter string // of the query, such as filter[email]

	See, About, AssociatedLink string // links

	// Associated holds the reasons Apple found in other resources, by their
	// path. After a failed submission these are the real ones.
	Associated map[string][]ErrorEntry
}

// Is tells whether the entry's code is this one or begins with it, in whole
// words: ENTITY_ERROR is, ENTITY_ERR is not, part of ENTITY_ERROR.ATTRIBUTE.
func (e ErrorEntry) Is(code string) bool {
	rest, ok := strings.CutPrefix(e.Code, code)
	return ok && (rest == "" || rest[0] == '.')
}

// Error says what was asked and every reason.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "App Store Connect refused %s %s (%d)", e.Method, e.Path, e.Status)
	sep := ": "
	for i, entry := range e.Entries {
		const most = 5
		if i == most {
			fmt.Fprintf(&b, "; and %d more", len(e.Entries)-most)
			break
		}
		b.WriteString(sep + entry.String())
		sep = "; "
	}
	if e.Note != "" {
		b.WriteString(sep + e.Note)
	}
	if e.RetryAfter > 0 {
		fmt.Fprintf(&b, "; it asks to wait %s", e.RetryAfter)
	}
	return b.String()
}

// String is the entry in one line.
func (e ErrorEntry) String() string {
	text := e.Detail
	if text == "" {
		text = e.Title
	}
	s := oneLine(text, 400)
	if e.Code != "" {
		s = strings.TrimSpace(s + " [" + oneLine(e.Code, 100) + "]")
	}
	shown := 0
	for _, path := range slices.Sorted(maps.Keys(e.Associated)) {
		for _, a := range e.Associated[path] {
			if shown++; shown > mostAssociated {
				return s + " (and more)"
			}
			s += " (" + oneLine(path, 100) + ": " + oneLine(cmp.Or(a.Detail, a.Title), 200) + " [" + oneLine(a.Code, 100) + "])"
		}
	}
	return s
}

// mostAssociated bounds how many reasons in other resources a line shows.
const mostAssociated = 10

// UnsureError is a change that left and to which no clear answer came: none at
// all, half of one, or a fault of Apple's own. It may have happened. Read the
// resource before sending it again.
//
// It does not unwrap: whatever caused the silence must not be mistaken for a
// refusal.
type UnsureError struct {
	Method, Path string
	Cause        error
}

func (e *UnsureError) Error() string {
	return fmt.Sprintf("%s %s left for App Store Connect and no clear answer came, so it may have happened (%s); read before repeating it",
		e.Method, e.Path, reason(e.Cause))
}

// NotSentError is a request of which certainly nothing left: there was no
// connection, or the context had ended. It may be sent again.
type NotSentError struct {
	Method, Path string
	Cause        error
}

func (e *NotSentError) Error() string {
	what := strings.TrimSpace(e.Method + " " + e.Path)
	if what == "" {
		what = "the request"
	}
	return fmt.Sprintf("%s was not sent to App Store Connect: %s", what, reason(e.Cause))
}

// Unwrap gives the cause.
func (e *NotSentError) Unwrap() error { return e.Cause }

// NoAnswerError is a read to which no usable answer came, after as many tries
// as a read is worth. A read changes nothing: try again later.
type NoAnswerError struct {
	Method, Path string
	Cause        error
}

func (e *NoAnswerError) Error() string {
	return fmt.Sprintf("%s %s got no usable answer from App Store Connect: %s", e.Method, e.Path, reason(e.Cause))
}

// Unwrap gives the cause.
func (e *NoAnswerError) Unwrap() error { return e.Cause }

// ArgumentError is a call that makes no sense, such as one with a blank id.
// Nothing was sent, and sending it again will not help.
type ArgumentError struct {
	What string // a sentence
}

func (e *ArgumentError) Error() string { return e.What }

func reason(err error) string {
	if err == nil {
		return "no reason known"
	}
	return oneLine(string(scrub([]byte(err.Error()))), 600)
}

// decode makes an Error's entries, or its note, of a body. tooLong and cut
// say that the body is not all there.
func (e *Error) decode(body []byte, tooLong bool, cut error) {
	body = scrub(body)
	var doc struct {
		Errors []wireEntry `json:"errors"`
	}
	err := json.Unmarshal(body, &doc)
	if _, odd := errors.AsType[*json.UnmarshalTypeError](err); err == nil || odd {
		for _, w := range doc.Errors {
			e.Entries = append(e.Entries, w.entry())
		}
	}
	switch {
	case len(e.Entries) > 0:
	case tooLong:
		e.Note = fmt.Sprintf("more than %d KiB that are no list of reasons", maxErrorBody>>10)
	case cut != nil:
		e.Note = "a body that was cut off: " + reason(cut)
	default:
		e.Note = describe(body)
	}
}

// wireEntry is an entry as Apple writes it. Nothing in it is relied upon: what
// has another shape than expected is left out.
type wireEntry struct {
	ID     loose `json:"id"`
	Status loose `json:"status"`
	Code   loose `json:"code"`
	Title  loose `json:"title"`
	Detail loose `json:"detail"`
	Source struct {
		Pointer   loose `json:"pointer"`
		Parameter loose `json:"parameter"`
	} `json:"source"`
	Links struct {
		About      loose `json:"about"`
		Associated loose `json:"associated"`
		See        loose `json:"see"`
	} `json:"links"`
	Meta struct {
		AssociatedErrors map[string][]wireEntry `json:"associatedErrors"`
	} `json:"meta"`
}

func (w wireEntry) entry() ErrorEntry {
	e := ErrorEntry{
		ID: string(w.ID), Status: string(w.Status), Code: string(w.Code), Title: string(w.Title), Detail: string(w.Detail),
		Pointer: string(w.Source.Pointer), Parameter: string(w.Source.Parameter),
		About: string(w.Links.About), See: string(w.Links.See), AssociatedLink: string(w.Links.Associated),
	}
	for path, list := range w.Meta.AssociatedErrors {
		if e.Associated == nil {
			e.Associated = map[string][]ErrorEntry{}
		}
		for _, a := range list {
			e.Associated[path] = append(e.Associated[path], a.entry())
		}
	}
	return e
}

// loose is a text that may come as a string, as a number, or as a link object.
type loose string

// UnmarshalJSON takes whatever can be read as a text and never fails.
func (l *loose) UnmarshalJSON(data []byte) error {
	var text string
	var link struct {
		Href string `json:"href"`
	}
	switch {
	case len(data) == 0 || string(data) == "null":
	case json.Unmarshal(data, &text) == nil:
		*l = loose(text)
	case json.Unmarshal(data, &link) == nil:
		*l = loose(link.Href)
	case data[0] != '[':
		*l = loose(data)
	}
	return nil
}

var (
	tokenShape = regexp.MustCompile(`eyJ[\w-]+\.[\w-]+(\.[\w-]*)?`)
	titleShape = regexp.MustCompile(`(?is)<title[^>]*>(.{0,200}?)</title>`)
)

// scrub takes tokens out of a text from outside: a proxy's error page may echo
// the request it got.
func scrub(text []byte) []byte {
	if !bytes.Contains(text, []byte("eyJ")) {
		return text
	}
	return tokenShape.ReplaceAll(text, []byte("[token]"))
}

// describe says what a body is that was expected to be something else.
func describe(body []byte) string {
	text := bytes.TrimSpace(body)
	head := bytes.ToLower(text[:min(len(text), 200)])
	switch {
	case len(text) == 0:
		return "an empty body"
	case bytes.HasPrefix(head, []byte("<!doctype")) || bytes.Contains(head, []byte("<html")) || bytes.Contains(head, []byte("<head")):
		if m := titleShape.FindSubmatch(text); m != nil {
			return "an HTML page, “" + oneLine(html.UnescapeString(string(m[1])), 200) + "”"
		}
		return "an HTML page"
	case !utf8.Valid(text[:min(len(text), 200)-min(len(text), 200)%utf8.UTFMax]):
		return fmt.Sprintf("%d bytes that are no text", len(text))
	}
	return "“" + oneLine(string(text), 200) + "”"
}

// oneLine makes a foreign text fit for a line of a log.
func oneLine(s string, most int) string {
	if len(s) > 8*most {
		s = s[:8*most]
	}
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}
