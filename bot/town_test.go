package bot_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/commands"
	"github.com/ascbot/ascbot/bot/invariants"
	"github.com/ascbot/ascbot/bot/policy"
	"github.com/ascbot/ascbot/sandbox"
	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
	"github.com/ascbot/ascbot/store"
)

// town is the made-up company inside one bubble: both stand-ins on a network in
// the process, a data file, and the bot, which can be stopped, killed and started
// again while everything else goes on.
type town struct {
	t    testing.TB
	net  *sandbox.Network
	box  *sandbox.Sandbox
	data string
	bot.Config

	skey   string // the secret key of the log
	learnt sync.Once
	birds  map[string][]string // see canaries
	signer note.Signer
	known  note.Verifiers
	vendor string      // vendor number; blank: sales are no matter in this town
	rival  *asc.Client // somebody else who works at App Store Connect
	theirs rivalry     // what they have asked for

	// machine is how far the clock of the bot's machine is ahead of everybody else's.
	machine atomic.Int64

	// front stands before the stand-ins and changes what they say; nil: nothing does.
	front func(ctx context.Context, network, addr string) (net.Conn, error)

	shift time.Duration // how far the town's clock is ahead of the bubble's, as long as nobody moves it

	// checking is the full check of the data file after a start; nil: there is none.
	checking func(context.Context) error

	kept [][]byte // checkpoints, as somebody would keep them elsewhere

	mu    sync.Mutex
	now   *life
	lives []*life
}

// noon is when stories begin, unless they say otherwise: a Tuesday.
var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// teamName is the company's team at App Store Connect.
const teamName = "Meadow Labs"

// townRules are the rules of the company, unless a story brings its own.
const townRules = `
approvals:
  channel: "#asc-approvals"
groups:
  release-managers: [S0RELEASE]
rules:
  testflight: {ask: [members], agree: [release-managers], quorum: 1, wait: 24h, run: 1h}
limits: {commands a minute: 300, open requests: 300, open requests of all: 3000} # stories are quick
`

// orchard is the company's other team at App Store Connect, where rules speak of it.
const orchard = "Orchard"

// found opens the town at some time of its clock. It ends with the test, which
// has to run in a bubble.
func found(t testing.TB, dir, rules string, at time.Time, like apple.Options) *town {
	t.Helper()
	w := &town{t: t, net: sandbox.NewNetwork(), data: filepath.Join(dir, "ascbot.db")}
	cfg, err := readRules(rules)
	must(t, err)
	w.Config = cfg
	skey, vkey, err := store.NewKey(rand.Reader, "ascbot.meadow.example")
	must(t, err)
	w.skey = skey
	w.signer, err = store.ReadKey(skey)
	must(t, err)
	key, err := note.NewVerifier(vkey)
	must(t, err)
	w.known = note.VerifierList(key)
	w.shift = time.Until(at)
	shift := w.shift
	o := sandbox.Options{Listener: w.net.Listener(), Now: func() time.Time { return time.Now().Add(shift) }, Apple: like}
	o.Orchard = strings.Contains(rules, orchard)
	o.Slack.Scopes, o.Slack.Events = bot.Scopes, []string{"app_home_opened", "member_joined_channel", "user_change"}
	o.Slack.Shortcuts = []slack.Shortcut{{CallbackID: bot.AskShortcut}, {CallbackID: bot.TestersShortcut, Message: true}}
	w.box, err = sandbox.Start(context.Background(), o)
	must(t, err)
	if strings.Contains(rules, "digests:") || strings.Contains(rules, "money:") {
		w.vendor = w.box.Apple.Credentials().VendorNumber // without one no report is fetched
	}
	w.rival = w.clientOver(&w.theirs, nil)
	w.theirs.over = &http.Transport{DialContext: w.net.Dial}
	t.Cleanup(w.close)
	return w
}

func readRules(text string) (bot.Config, error) {
	teams := []string{teamName}
	if strings.Contains(text, orchard) {
		teams = append(teams, orchard)
	}
	return bot.ReadConfig("rules.yaml", []byte(text), bot.VocabularyOf(commands.Table(), teams...))
}

// clientOver is a client for App Store Connect with the company's key.
func (w *town) clientOver(transport http.RoundTripper, log *slog.Logger) *asc.Client {
	return w.clientOf(w.box.Apple, transport, log)
}

// clientOf is a client with the key of a team.
func (w *town) clientOf(team *apple.Server, transport http.RoundTripper, log *slog.Logger) *asc.Client {
	held := team.Credentials()
	key, err := asc.ParseKey(held.PrivateKeyPEM)
	must(w.t, err)
	api, err := asc.New(asc.Config{
		BaseURL: w.box.AppleAPIURL(), KeyID: held.KeyID, IssuerID: held.IssuerID, Key: key, Now: w.box.Clock.Now,
		Transport: transport, Log: log,
	})
	must(w.t, err)
	return api
}

// rivalry is what somebody else has asked of Apple, so that it is not taken for the
// bot's doing.
type rivalry struct {
	over  *http.Transport
	mu    sync.Mutex
	asked []string
}

func (v *rivalry) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	v.mu.Lock()
	v.asked = append(v.asked, r.Method+" "+r.URL.Path+" "+string(body))
	v.mu.Unlock()
	return v.over.RoundTrip(r)
}

func (v *rivalry) CloseIdleConnections() { v.over.CloseIdleConnections() }

func (v *rivalry) did(c apple.Call) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Contains(v.asked, c.Method+" "+c.Path+" "+c.Request)
}

// broken are the invariants that do not hold. Rested says that nothing is under way and
// nobody is in the way.
func (w *town) broken(rested bool) []invariants.Violation {
	w.t.Helper()
	found, err := invariants.Violated(invariants.World{
		Log: w.current().st, Known: w.known, Kept: w.kept, Slack: w.box.Slack, Apple: w.box.Apple, Foreign: w.theirs.did, Rested: rested,
	})
	must(w.t, err)
	return found
}

// holds looks whether all invariants hold.
func (w *town) holds(rested bool) {
	w.t.Helper()
	for _, v := range w.broken(rested) {
		w.t.Errorf("%s", v)
	}
}

// appleAPI changes something at App Store Connect that the bot's client cannot.
func (w *town) appleAPI(method, path, body string) error {
	var token string
	borrow := roundTrip(func(r *http.Request) (*http.Response, error) {
		token = r.Header.Get("Authorization")
		return nil, errors.New("only the token was wanted")
	})
	held := w.box.Apple.Credentials()
	key, err := asc.ParseKey(held.PrivateKeyPEM)
	must(w.t, err)
	api, err := asc.New(asc.Config{BaseURL: w.box.AppleAPIURL(), KeyID: held.KeyID, IssuerID: held.IssuerID, Key: key, Now: w.box.Clock.Now, Transport: borrow})
	must(w.t, err)
	_ = api.CancelInvitation(context.Background(), "nobody")
	req, err := http.NewRequest(method, w.box.AppleAPIURL()+path, strings.NewReader(body))
	must(w.t, err)
	req.Header.Set("Authorization", token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := w.theirs.RoundTrip(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 300 {
		said, _ := io.ReadAll(resp.Body)
		return fmt.Errorf("%s %s: %d %s", method, path, resp.StatusCode, said)
	}
	return nil
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// start begins a new life of the bot, on the file as it was committed last. It
// waits for both connections, or for the end of that life.
func (w *town) start(ends fate) *life {
	w.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	l := &life{
		stop: stop, ended: make(chan error, 1), gone: make(chan struct{}), told: make(chan struct{}), log: new(bytes.Buffer),
		passed: map[string]int{}, rules: make(chan func() (bot.Config, error)), fate: ends, conns: map[net.Conn]bool{},
	}
	file, err := store.BoltEngine(w.data, time.Minute, false)
	must(w.t, err)
	l.st, err = store.New(&disk{Engine: file, of: l}, store.Options{Instance: "sandbox", Signer: w.signer})
	w.mu.Lock()
	w.now, w.lives = l, append(w.lives, l)
	w.mu.Unlock()
	if l.isDead() {
		must(w.t, file.Close())
		l.ended <- nil
		return l
	}
	must(w.t, err)
	if head, err := l.st.Checkpoint(); err == nil { // as an anchor would keep it
		w.kept = append(w.kept, head)
	}
	road := w.net.Dial
	if w.front != nil {
		road = w.front
	}
	dial := l.dial(road)
	log := slog.New(slog.NewTextHandler(l.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	api := w.clientOver(l.apple(dial), log)
	teams := []bot.Team{{Name: teamName, API: api, Vendor: w.vendor}}
	if w.box.Orchard != nil {
		other := bot.Team{Name: orchard, API: w.clientOf(w.box.Orchard, l.apple(dial), log)}
		if w.vendor != "" {
			other.Vendor = w.box.Orchard.Credentials().VendorNumber
		}
		teams = append(teams, other)
	}
	b := &bot.Bot{
		Slack:  bot.Slack{APIURL: w.box.SlackAPIURL(), AppToken: w.box.Slack.AppToken(), BotToken: w.box.Slack.BotToken(), Dial: dial, Strict: true},
		Teams:  teams,
		Store:  l.st,
		Config: w.Config,
		Verbs:  commands.Table(),
		Check:  w.checking,
		Reload: l.rules,
		Log:    log,
		Now:    func() time.Time { return w.box.Clock.Now().Add(time.Duration(w.machine.Load())) },
	}
	go func() {
		err := b.Run(ctx)
		for _, t := range teams {
			t.API.CloseIdleConnections()
		}
		l.ended <- err
	}()
	select {
	case <-b.Ready():
	case <-l.gone:
	case err := <-l.ended:
		l.ended <- err
	}
	return l
}

// current is the life the bot lives now, or lived last.
func (w *town) current() *life {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// halt stops the bot as a signal does, and waits for it.
func (w *town) halt() {
	w.t.Helper()
	l := w.current()
	l.stop()
	if err := l.wait(); err != nil {
		w.t.Errorf("the bot ended with %v", err)
	}
	must(w.t, l.st.Close())
}

// crash kills the bot where it is.
func (w *town) crash() {
	w.current().kill("by hand")
	w.bury()
}

// bury closes the file of a life that was killed, so that the next can open it.
func (w *town) bury() {
	if w.current().st != nil {
		must(w.t, w.current().st.Close())
	}
}

func (l *life) wait() error {
	err := <-l.ended
	l.ended <- err
	return err
}

func (w *town) close() {
	if !w.current().isDead() {
		w.current().stop()
	}
	for _, l := range w.lives {
		if err := l.wait(); err != nil && !l.isDead() {
			w.t.Errorf("the bot ended with %v", err)
		}
		if l.st != nil {
			l.st.Close()
		}
		for _, early := range l.early {
			w.t.Errorf("a change left for Apple before it was written down: %s", early)
		}
	}
	for _, leak := range w.silent() {
		w.t.Error(leak)
	}
	w.rival.CloseIdleConnections()
	must(w.t, w.box.Close())
	w.net.Close()
}

// settle lets the bot do what it can do by itself: it returns when some time has
// passed and nobody is busy.
func settle(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// check verifies the log against the requests and against every checkpoint kept
// so far, and keeps the newest.
func (w *town) check() (store.Verdict, error) {
	v, err := store.Verify(w.current().st.Source(), w.known, w.kept)
	if err != nil {
		return v, err
	}
	if !v.OK() {
		return v, fmt.Errorf("the log: %s", strings.Join(v.Problems, " "))
	}
	head, err := w.current().st.Checkpoint()
	if err == nil {
		w.kept = append(w.kept, head)
	}
	return v, err
}

// slackAPI calls Slack as another program with the bot's token would: a thief, or
// an older version of the bot.
func (w *town) slackAPI(method string, args map[string]string) (answer map[string]any) {
	w.t.Helper()
	form := url.Values{}
	for k, v := range args {
		form.Set(k, v)
	}
	req, err := http.NewRequest(http.MethodPost, w.box.SlackAPIURL()+method, strings.NewReader(form.Encode()))
	must(w.t, err)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Authorization", "Bearer "+w.box.Slack.BotToken())
	transport := &http.Transport{DialContext: w.net.Dial, DisableKeepAlives: true}
	resp, err := (&http.Client{Transport: transport}).Do(req)
	must(w.t, err)
	defer resp.Body.Close()
	must(w.t, json.NewDecoder(resp.Body).Decode(&answer))
	if answer["ok"] != true {
		w.t.Fatalf("%s: %v", method, answer)
	}
	return answer
}

// roomy is the built-in configuration without limits that a flood would meet.
func roomy() bot.Config {
	c := bot.DefaultConfig()
	c.Policy.Limits = policy.Limits{Commands: 1 << 30, Open: 1 << 30, Workspace: 1 << 30}
	return c
}
