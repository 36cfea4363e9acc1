// Package bot is the conversation between Slack and App Store Connect.
//
// It receives what people type and press, asks the policy whether they may,
// writes down what was asked before anything happens, shows it to those who
// decide, carries it out when enough of them agree, reads back that it
// happened, and tells everybody concerned. The commands themselves live in
// package commands; this package knows none of them by name. Talking to Apple
// is left to package asc, and remembering to package store.
package bot

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/slack-go/slack"
	"golang.org/x/sync/errgroup"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/store"
)

// Slack says how to reach Slack.
type Slack struct {
	APIURL   string // "https://slack.com/api/" when empty; ends in a slash
	AppToken string // xapp-…, for Socket Mode
	BotToken string // xoxb-…, for the Web API

	// Strict refuses a bot token that can do too much. With a stand-in, where there is
	// nothing to steal, it is only told of.
	Strict bool

	// Dial opens connections, for HTTP and for the web socket. Nil means the
	// network of the machine.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

func (s Slack) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if s.Dial == nil {
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
	return s.Dial(ctx, network, addr)
}

// Team is one App Store Connect team the bot works for.
type Team struct {
	Name   string
	API    *asc.Client
	Vendor string // vendor number of its sales reports; empty: no digests
}

// key is the id of the API key the team's changes are made with.
func (t Team) key() string {
	if t.API == nil {
		return ""
	}
	return t.API.KeyID()
}

// Bot is the running program. Fill the exported fields, then call Run once.
type Bot struct {
	Slack  Slack
	Teams  []Team // with different names
	Store  *store.Store
	Config Config
	Verbs  []Verb
	Log    *slog.Logger
	Now    func() time.Time              // the time of day; nil means time.Now
	Check  func(context.Context) error   // the full check of the data file; nothing is carried out before it has ended well; nil: none
	Stops  func() error                  // called when the bot was told to stop and its work has ended, before the last anchor; nil: nothing is
	Room   func() error                  // an error when there is not enough room on the disk to carry anything out; nil: not asked
	Reload <-chan func() (Config, error) // gives other rules to be put in force; nil when they never change
	Tick   time.Duration                 // how often the schedule looks at the clock; 0 means 20 s

	inForce atomic.Pointer[Config] // Config, or what a reload put in its place
	web     *slack.Client          // the Web API
	posting *slack.Client          // the same for new messages, whose limits are those of each channel
	lanes   lanes
	client  *http.Client // for response URLs, and under web
	home    identity     // who the bot is, once Slack has said so
	people  peopleCache
	shownBy struct {
		sync.Mutex
		*reading
	}
	homes                           homes
	forms                           sendings
	shelf                           *shelf                 // lists for type-ahead
	cards                           keyedLock              // one redraw of a card at a time
	shows                           keyedLock              // one telling of an end at a time
	returns                         keyedLock              // one return of a grant at a time
	reminds                         keyedLock              // one call at a time for each request
	tells                           keyedLock              // one telling of a change of the rules at a time
	greets                          keyedLock              // one greeting at a time
	looks                           keyedLock              // one look after a change at a time
	app                             atomic.Pointer[string] // the app whose connections these are, as Slack says
	leaving                         keyedLock              // one look for people who left at a time
	accounts                        accountCache
	runs                            keyedLock  // one attempt at a request at a time
	asks                            sync.Mutex // one new request at a time
	claims                          sync.Mutex // one claim of a target at a time
	decisions, questions, proposals desk

	front    front         // where envelopes come in
	recent   recent        // which of them were seen lately
	arrivals chan arrival  // on their way to the disk
	handled  chan string   // keys of envelopes whose work is finished
	typing   chan struct{} // a token for each type-ahead under way
	queues   struct{ decisions, questions, openings, proposals queue }
	held     atomic.Int64 // jobs in memory alone
	retries  retries
	pursuits pursuits
	doubts   chan struct{} // a look at the bot token is asked for

	clock        timekeeping
	pace         pace
	refused      refusals
	readings     refusals      // and what was only looked at
	obstacles    obstacles     // to the keeping of sales reports
	heard        hearsay       // of those reports
	news         chan struct{} // a report was kept
	rates        rateKeeper
	anchorNow    chan struct{} // a change of the highest risk has ended
	threads      keyedLock     // one teller in a card's thread at a time
	anchoring    keyedLock     // one putting of anchors at a time
	anchorFailed atomic.Bool   // the last one
	checked      atomic.Bool   // Check has ended well
	plainOnly    atomic.Bool   // Slack refuses charts and tables here
	sockets      sockets       // how many of the app's connections are the bot's
	work         crew
	root         context.Context // ends when the bot is told to stop
	once         sync.Once
	ready        chan struct{}
	hellos       chan struct{} // one for each connection that Slack has greeted
}

// identity is what auth.test says of the bot's own account.
type identity struct{ Team, User, BotID string }

// connections is how many Socket Mode connections the bot holds. While Slack
// replaces one, the other goes on receiving.
const connections = 2

// lastMinute is how long a stop waits for work under way.
const lastMinute = time.Minute

func (b *Bot) prepare() {
	b.once.Do(func() {
		b.ready = make(chan struct{})
		b.hellos = make(chan struct{}, connections)
		b.shelf = newShelf()
		b.homes.desk = make(desk, homesAtOnce)
		b.news, b.anchorNow = make(chan struct{}, 1), make(chan struct{}, 1)
		b.arrivals, b.handled = make(chan arrival, mostFiled), make(chan string, mostFiled)
		b.typing = make(chan struct{}, typingAtOnce)
		b.doubts = make(chan struct{}, 1)
		b.front.turns = make(chan struct{}, inRush)
		b.decisions, b.questions, b.proposals = make(desk, decisionsAtOnce), make(desk, questionsAtOnce), make(desk, proposalsAtOnce)
		if b.Log == nil {
			b.Log = slog.New(slog.DiscardHandler)
		}
		if b.Now == nil {
			b.Now = time.Now
		}
		if b.Tick == 0 {
			b.Tick = 20 * time.Second
		}
		if b.Slack.APIURL == "" {
			b.Slack.APIURL = slack.APIURL
		}
		b.client = webClient(b.Slack.Dial)
		b.web = slack.New(b.Slack.BotToken,
			slack.OptionAppLevelToken(b.Slack.AppToken),
			slack.OptionAPIURL(b.Slack.APIURL),
			slack.OptionHTTPClient(watchful{b.client, b.doubt, b.heardTime}),
			slack.OptionRetry(3))
		b.posting = slack.New(b.Slack.BotToken, slack.OptionAPIURL(b.Slack.APIURL), slack.OptionHTTPClient(watchful{b.client, b.doubt, b.heardTime}))
	})
}

// webClient never follows a redirect: the token must not travel elsewhere.
func webClient(dial func(context.Context, string, string) (net.Conn, error)) *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	if dial != nil {
		t.DialContext, t.Proxy = dial, nil
	}
	t.ResponseHeaderTimeout = 20 * time.Second
	t.MaxIdleConnsPerHost = 8
	return &http.Client{
		Transport:     tooSoon{t},
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Ready is closed once every Socket Mode connection has been greeted by Slack.
func (b *Bot) Ready() <-chan struct{} {
	b.prepare()
	return b.ready
}

// Run works until ctx ends, then lets calls under way finish and record their
// outcome, for a minute at most. It returns ErrRefused or ErrSwitchedOff when Slack
// will not have the bot, ErrRules when Slack does not know what the rules speak of,
// and an error when the store fails.
func (b *Bot) Run(ctx context.Context) error {
	b.prepare()
	defer b.client.CloseIdleConnections()
	if err := b.loadHighWater(); err != nil {
		return err
	}
	if err := b.introduce(ctx); err != nil {
		if ctx.Err() != nil {
			return nil // stopped before Slack answered; nothing was begun
		}
		return err
	}
	root, stop := context.WithCancel(ctx)
	g, gctx := errgroup.WithContext(root)
	b.root = gctx
	defer b.beginInbox()()
	defer stop()
	b.anchorsHold(gctx)
	if why := b.Store.Sealed(); why != "" {
		b.Log.Error("sealed from the start: nothing is taken up", "reason", why)
	} else if err := b.takeUp(gctx, g); err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	b.makeShelf()
	for n := range connections {
		g.Go(func() error { return b.connect(gctx, n) })
	}
	g.Go(func() error { return b.keepSeal(gctx) })
	g.Go(func() error { return b.check(gctx) })
	g.Go(func() error { b.keepShelf(gctx); return nil })
	g.Go(func() error { b.awaitHellos(gctx); return nil })
	g.Go(func() error { return b.keepWelcome(gctx) })
	err := g.Wait()
	b.work.Wait()
	if b.Store.Broken() == nil {
		b.keepHighWater()
		if b.Stops != nil && ctx.Err() != nil && b.Store.Sealed() == "" {
			if err := b.Stops(); err != nil {
				b.Log.Error("the stop is not in the log", "error", err)
			}
		}
		b.anchor(context.WithoutCancel(ctx))
	}
	if ctx.Err() != nil {
		return nil // asked to stop
	}
	return err
}

// takeUp begins all that a bot does of its own accord. One that is sealed does none
// of it.
func (b *Bot) takeUp(ctx context.Context, g *errgroup.Group) error {
	b.keepHighWater()
	if err := b.beginRules(ctx); err != nil {
		return err
	}
	if err := b.resume(ctx); err != nil {
		return err
	}
	for _, keep := range []func(context.Context){b.keepTime, b.keepBooks, b.keepRates, b.keepDigests, b.keepLeavers, b.keepRules, b.keepAnchors, b.keepRetention} {
		g.Go(func() error { keep(ctx); return nil })
	}
	return nil
}

// awaitHellos says that the bot is ready once Slack has greeted every connection.
func (b *Bot) awaitHellos(ctx context.Context) {
	for range connections {
		select {
		case <-b.hellos:
		case <-ctx.Done():
			return
		}
	}
	close(b.ready)
	b.Log.Info("connected to Slack", "connections", connections)
}

// introduce learns who the bot is. A refused token ends the start; a Slack that
// does not answer is waited for.
func (b *Bot) introduce(ctx context.Context) error {
	for pause := time.Second; ; pause = min(2*pause, 30*time.Second) {
		who, err := b.web.AuthTestContext(ctx)
		if err == nil {
			unused, err := overPowered(who.Header)
			if err != nil && b.Slack.Strict {
				return err
			}
			if err != nil {
				b.Log.Warn("with the real Slack this would end the start", "error", err)
			}
			if len(unused) > 0 {
				b.Log.Warn("the bot token has scopes that nothing here uses; take them away, and install the app again", "scopes", strings.Join(unused, ","))
			}
			b.home = identity{Team: who.TeamID, User: who.UserID, BotID: who.BotID}
			b.adopt(b.Config)
			return nil
		}
		if fatalAuth(err) {
			return refusedToken(err)
		}
		b.Log.Warn("Slack does not answer yet", "error", err)
		if !sleep(ctx, pause) {
			return ctx.Err()
		}
	}
}

// start does work beside the caller. Stopping the bot lets it finish, for a
// minute at most, so that a call under way can record its outcome.
func (b *Bot) start(work func(context.Context)) {
	b.work.Go(func() {
		lasting, cancel := context.WithCancel(context.WithoutCancel(b.root))
		defer cancel()
		defer context.AfterFunc(b.root, func() {
			late := time.AfterFunc(lastMinute, cancel)
			context.AfterFunc(lasting, func() { late.Stop() })
		})()
		work(lasting)
	})
}

// team finds a team by name; requests keep theirs for life.
func (b *Bot) team(name string) (Team, error) {
	for _, t := range b.Teams {
		if t.Name == name || name == "" && !b.several() {
			return t, nil
		}
	}
	if name == "" && b.several() {
		return Team{}, nil // for what is about no team in particular, and asks none of them
	}
	return Team{}, Trouble{
		What: "The App Store Connect team “" + clean(name, 60) + "” is not configured here any more.",
		Next: "Whoever runs the bot can add its key again.",
	}
}

// sleep waits unless ctx ends first; it reports whether it waited to the end.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// keyedLock holds one lock per key, so that work on one request never waits
// for another. A lock is a channel: it is held over pauses, and fake time passes
// only while those who wait do so at a channel.
type keyedLock struct{ locks sync.Map }

func (k *keyedLock) of(key uint64) chan struct{} {
	lock, _ := k.locks.LoadOrStore(key, make(chan struct{}, 1))
	return lock.(chan struct{})
}

func (k *keyedLock) lock(key uint64) (unlock func()) {
	held := k.of(key)
	held <- struct{}{}
	return func() { <-held }
}

// held says whether somebody has the lock now.
func (k *keyedLock) held(key uint64) bool { return len(k.of(key)) > 0 }
