package bot

import (
	"context"
	"errors"
	"io"
	"net/url"
	"strings"
	"testing"

	"github.com/ascbot/ascbot/asc"
)

// Whose fault a trouble is has to be right: silence of Apple's is not Slack's, and an
// answer nobody can use is not the bot's.
func TestWhoseTroubleItIs(t *testing.T) {
	for want, errs := range map[string][]error{
		"App Store Connect does not answer just now.": {
			&asc.NoAnswerError{Cause: &url.Error{Op: "Get", URL: "https://x.example", Err: io.EOF}},
			&asc.NoAnswerError{Cause: io.ErrUnexpectedEOF}, &asc.NoAnswerError{Cause: context.DeadlineExceeded},
		},
		"App Store Connect gave an answer that I cannot use": {&asc.NoAnswerError{Cause: errors.New("a document whose data is null")}},
		"Slack does not answer me just now.":                 {&url.Error{Op: "Post", URL: "https://x.example", Err: io.EOF}},
		"Something went wrong on my side":                    {errors.New("a map is nil")},
	} {
		for _, err := range errs {
			if got := words(err); !strings.HasPrefix(got.What, want) || got.Next == "" {
				t.Errorf("%v: %+v", err, got)
			}
		}
	}
}
