package bot

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// watchful makes calls to Slack's Web API. It notices when Slack says that it takes the
// token no longer, and what time it is there.
type watchful struct {
	*http.Client
	refused func()
	heard   func(h http.Header, asked time.Time)
}

// refusals of a token that may last, as they stand in Slack's answers.
var tokenRefusals = [][]byte{
	[]byte(`"error":"token_revoked"`), []byte(`"error":"account_inactive"`),
	[]byte(`"error":"invalid_auth"`), []byte(`"error":"token_expired"`),
}

// Do looks at the beginning of each answer, where Slack says what is wrong.
func (w watchful) Do(r *http.Request) (*http.Response, error) {
	asked := time.Now()
	answer, err := w.Client.Do(r)
	if err != nil {
		return nil, err
	}
	w.heard(answer.Header, asked)
	body := bufio.NewReaderSize(answer.Body, 512)
	start, _ := body.Peek(256) // less, when there is no more
	for _, refusal := range tokenRefusals {
		if bytes.Contains(start, refusal) {
			w.refused()
		}
	}
	answer.Body = struct {
		io.Reader
		io.Closer
	}{body, answer.Body}
	return answer, nil
}

// doubt asks for a look whether Slack still takes the bot token.
func (b *Bot) doubt() {
	select {
	case b.doubts <- struct{}{}:
	default: // one is asked for already
	}
}

// keepWelcome ends the bot when Slack takes its token no longer: whoever has revoked
// it has to be believed, and trying again would not help.
func (b *Bot) keepWelcome(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-b.doubts:
		}
		if _, err := b.web.AuthTestContext(ctx); fatalAuth(err) {
			return refusedToken(err)
		}
	}
}

func refusedToken(err error) error {
	return fmt.Errorf("%w: the bot token (%w). Copy it again from your app's page, OAuth & Permissions, “Bot User OAuth Token”", ErrRefused, err)
}
