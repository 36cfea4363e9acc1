package main

import (
	"io"
	"log/slog"
	"regexp"
	"strings"
)

// logging is how the program tells what it does.
type logging struct {
	JSON  bool
	Level slog.Level
}

// logging reads ASCBOT_LOG: a form, a level, or both, such as "json,debug".
func (c *checker) logging() logging {
	var l logging
	for word := range strings.FieldsFuncSeq(c.value("ASCBOT_LOG"), func(r rune) bool { return r == ',' || r == ' ' }) {
		switch word = strings.ToLower(word); word {
		case "text":
			l.JSON = false
		case "json":
			l.JSON = true
		case "debug", "info", "warn", "error":
			_ = l.Level.UnmarshalText([]byte(word)) // these four it knows
		default:
			c.wrong("ASCBOT_LOG", "Write text or json, and if you like a level: debug, info, warn or error. For example json,warn.", "is not understood.")
			return l
		}
	}
	return l
}

// logger writes to w, which has secrets taken out already.
func (l logging) logger(w io.Writer) *slog.Logger {
	opts := &slog.HandlerOptions{Level: l.Level}
	if l.JSON {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}

// redacting takes secrets out of everything written to w. It is the second net:
// nothing is meant to hand a secret to a log or an error at all. It looks at one
// write at a time, which for a log is one whole line.
func redacting(w io.Writer) io.Writer { return redactor{w} }

type redactor struct{ to io.Writer }

func (r redactor) Write(p []byte) (int, error) {
	if _, err := r.to.Write(redact(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// secrets are the shapes of what must not be printed, each with what stands in
// its place.
var secrets = []struct {
	shape   *regexp.Regexp
	instead string
}{
	{regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----[A-Za-z0-9+/=\\\s]*(-----END [A-Z ]*PRIVATE KEY-----)?`), "[private key]"},
	{regexp.MustCompile(`MI[GHI][A-Za-z0-9+/]AgEA[A-Za-z0-9+/=\\\n]{16,}`), "[private key]"}, // the same without its first line
	{regexp.MustCompile(`PRIVATE\+KEY\+[^\s"]+`), "[log key]"},
	{regexp.MustCompile(`\b(x(?:app|ox[a-z])(?:\.xox[a-z])?-)[A-Za-z0-9-]{4,}`), "${1}[secret]"},
	{regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{6,}(\.[A-Za-z0-9_-]+)*`), "eyJ[secret]"},
	{regexp.MustCompile(`(?i)(bearer )[^\s"]{8,}`), "${1}[secret]"},
	{regexp.MustCompile(`([?&]ticket=)[^&\s"]+`), "${1}[secret]"},                                                         // of a web socket's address
	{regexp.MustCompile(`(/(?:commands|actions|app|services|workflows)/[TE][A-Z0-9]+/[^/\s"]+/)[^\s"]+`), "${1}[secret]"}, // of a response URL
}

func redact(p []byte) []byte {
	for _, s := range secrets {
		p = s.shape.ReplaceAll(p, []byte(s.instead))
	}
	return p
}
