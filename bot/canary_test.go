package bot_test

import (
	"bytes"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
	"github.com/ascbot/ascbot/store"
)

// The secrets of every town are canaries: after each story, kill and oddity it is looked
// whether one of them stands anywhere it could be read. The bot's own log is taken
// before the program would have taken secrets out of it.

// canaries are the town's secrets by name, in every form in which one might be written.
func (w *town) canaries() map[string][]string {
	w.learnt.Do(func() { w.birds = w.secrets() })
	return w.birds
}

func (w *town) secrets() map[string][]string {
	held := w.box.Apple.Credentials()
	key, err := asc.ParseKey(held.PrivateKeyPEM)
	must(w.t, err)
	scalar, err := key.Bytes()
	must(w.t, err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	must(w.t, err)
	block, _ := pem.Decode(held.PrivateKeyPEM)
	forms := func(secret []byte) []string {
		return []string{
			string(secret), hex.EncodeToString(secret), strings.ToUpper(hex.EncodeToString(secret)), url.QueryEscape(string(secret)),
			base64.StdEncoding.EncodeToString(secret), base64.RawURLEncoding.EncodeToString(secret), strings.Trim(fmt.Sprint(secret), "[]"),
		}
	}
	all := map[string][]string{
		"the bot token":         forms([]byte(w.box.Slack.BotToken())),
		"the app-level token":   forms([]byte(w.box.Slack.AppToken())),
		"Apple's key, a number": append(forms(scalar), new(big.Int).SetBytes(scalar).String()),
		"Apple's key, a file":   forms(der),
	}
	for line := range strings.Lines(string(pem.EncodeToMemory(block))) {
		if line = strings.TrimSpace(line); len(line) > 20 && !strings.HasPrefix(line, "-----") {
			all["Apple's key, a file"] = append(all["Apple's key, a file"], line)
		}
	}
	parts := strings.Split(w.skey, "+")
	seed, err := base64.StdEncoding.DecodeString(strings.Join(parts[4:], "+"))
	must(w.t, err)
	all["the log's key"] = append(forms(seed[1:]), w.skey, strings.Join(parts[4:], "+"))
	return all
}

// passes are shapes of secrets that live for a short time: tokens for Apple, tickets of
// web sockets.
var passes = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}|[?&]ticket=[A-Za-z0-9]`)

// leaks are the secrets that stand in a text, by where that is.
func (w *town) leaks(where string, text []byte) (found []string) {
	for name, forms := range w.canaries() {
		for _, form := range forms {
			if bytes.Contains(text, []byte(form)) {
				found = append(found, name+" stands in "+where)
			}
		}
	}
	if !bytes.Contains(text, []byte("eyJ")) && !bytes.Contains(text, []byte("ticket=")) {
		return found // which is seen faster
	}
	if at := passes.FindIndex(text); at != nil {
		found = append(found, fmt.Sprintf("a pass stands in %s: …%s…", where, text[max(0, at[0]-80):min(len(text), at[0]+20)]))
	}
	return found
}

// silent looks whether any secret got out: into the bot's log, into what was sent to
// Slack and Apple, or into the data file and what lies beside it.
func (w *town) silent() (found []string) {
	for _, l := range w.lives {
		found = append(found, w.leaks("the bot's own log", l.log.Bytes())...)
	}
	var said bytes.Buffer
	for _, e := range w.box.Slack.Journal(0) {
		if e.Kind != slack.KindEnvelope { // those are Slack's own words
			fmt.Fprintf(&said, "%s %s %s\n", e.Raw, e.Text, e.Error)
		}
	}
	found = append(found, w.leaks("what was said to Slack", said.Bytes())...)
	said.Reset()
	for _, c := range w.box.Apple.Calls(0) {
		fmt.Fprintf(&said, "%s %s\n", c.Path, c.Request)
	}
	found = append(found, w.leaks("what was sent to Apple", said.Bytes())...)
	files, err := filepath.Glob(w.data + "*")
	must(w.t, err)
	for _, path := range files {
		text, err := os.ReadFile(path)
		must(w.t, err)
		found = append(found, w.leaks(filepath.Base(path), text)...)
	}
	return found
}

// The scan itself sees what it has to see, and a life with a bit of everything in it,
// its exports and its errors hold nothing.
func TestT22NoSecretGetsOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := found(t, t.TempDir(), townRules, noon, apple.Options{})
		for name, forms := range w.canaries() {
			for i, form := range forms {
				if len(form) < 20 || len(w.leaks("x", []byte("before "+form+" after"))) == 0 {
					t.Fatalf("form %d of %s is not found where it stands", i, name)
				}
			}
		}
		if len(w.leaks("x", []byte("wss://slack.test/link/?ticket=abc"))) == 0 {
			t.Fatal("a ticket is not found")
		}
		w.start(nil)
		do := func(line string) {
			w.box.Slack.Command("ana", "#ios", line)
			settle(rest)
		}
		do("/asc invite di@example.com admin because they asked")
		card := w.newest().Card
		w.box.Slack.Press(slack.Press{User: "cy", Channel: card.Channel, TS: card.TS, ActionID: "approve"})
		settle(time.Minute)
		if w.newest().State != store.Done {
			t.Fatalf("it is %s", w.newest().State)
		}
		w.box.Apple.Inject(apple.Fault{Kind: apple.Unauthorized, Method: "GET", Times: 3})
		do("/asc users")
		w.box.Apple.Inject(apple.Fault{Kind: apple.CutBefore, Method: "GET", Times: 5})
		do("/asc users")
		w.box.Slack.Inject(slack.Fault{Kind: slack.Cut})
		w.box.Slack.Inject(slack.Fault{Kind: slack.APIError, Method: "apps.connections.open", Name: "internal_error", Times: 3})
		settle(2 * time.Minute)
		do("/asc status")
		do("/asc log")
		w.crash()
		w.start(nil)
		settle(time.Minute)

		var lines, table bytes.Buffer
		st := w.current().st
		must(t, st.Export(&lines))
		v, err := store.Verify(st.Source(), w.known, nil)
		must(t, err)
		_, err = st.ExportRange(&table, 0, v.Size, true)
		must(t, err)
		for _, leak := range append(w.leaks("an export", lines.Bytes()), w.leaks("a table", table.Bytes())...) {
			t.Error(leak)
		}
		if len(w.current().log.Bytes()) == 0 || lines.Len() == 0 || table.Len() == 0 {
			t.Error("there was nothing to look at")
		}
	})
}
