package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/commands"
	"github.com/ascbot/ascbot/sandbox"
	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/page"
	"github.com/ascbot/ascbot/sandbox/slack"
	"github.com/ascbot/ascbot/store"
)

type sandboxCmd struct {
	Addr  string `placeholder:"HOST:PORT" help:"Loopback address to listen on. 127.0.0.1:7878 when left out, or a free port if that is taken."`
	Play  bool   `help:"Play a story from the first question to the digest, print it, and stop."`
	Teams int    `default:"1" enum:"1,2" placeholder:"N" help:"2: the company has two App Store Connect teams, Meadow Labs and Orchard."`
	NoBot bool   `help:"Start the stand-ins alone, for another program to talk to."`
	JSON  bool   `name:"json" help:"With --no-bot: print one JSON line with addresses and keys, and nothing else."`
	Data  string `placeholder:"FILE" help:"Keep the data file. Without it everything is forgotten at the end."`
}

// Help teaches the command.
func (sandboxCmd) Help() string {
	return `Starts the bot together with stand-ins for Slack and App Store Connect, on one address of this machine, and a page there on which you are a member of a small made-up company. Nothing is signed up for and nothing leaves the machine.

    ascbot sandbox
    ascbot sandbox --play
    ascbot sandbox --teams 2
    ascbot sandbox --no-bot --json`
}

const usualAddr = "127.0.0.1:7878"

// The made-up company's team at App Store Connect, and the one it has beside it with
// --teams 2.
const (
	sandboxTeam  = "Meadow Labs"
	sandboxOther = "Orchard"
)

// sandboxRules is the config.yaml of the made-up company.
const sandboxRules = `
approvals:
  channel: "#asc-approvals"
groups:
  release-managers: [S0RELEASE]
rules:
  testflight: {ask: [members], agree: [release-managers], quorum: 1, wait: 24h, run: 1h}
  money: {ask: [members]} # whoever plays may see what was sold
money: {currency: EUR, rates: {ecb: "BANK"}} # the made-up bank's address
limits: {commands a minute: 60, open requests: 20} # who plays is quick
digests:
  - {name: daily, channel: "#sales", cron: "0 9 * * *", zone: America/Los_Angeles, alert: {percent: 40, floor: 100}}
`

// otherRules are what the configuration says beside that when there are two teams: in
// one channel the first of them is meant.
const otherRules = `
teams:
  Meadow Labs: {channels: ["#ios"]}
`

// What manifest.yaml asks Slack for. The stand-in grants the bot exactly this, so
// that what works in the sandbox works with the manifest; a test keeps the two
// the same.
var (
	events    = []string{"app_home_opened", "member_joined_channel", "user_change"}
	shortcuts = []slack.Shortcut{
		{Name: "Ask App Store Connect", CallbackID: bot.AskShortcut, About: "Ask for something at App Store Connect"},
		{Name: "Add TestFlight testers", CallbackID: bot.TestersShortcut, About: "Add the addresses in this message as testers", Message: true},
	}
)

// Run starts what was asked for and works until it is told to stop.
func (c *sandboxCmd) Run(p *process) error {
	switch {
	case c.JSON && !c.NoBot:
		return failure{exitUsage, errors.New("--json is for --no-bot: it prints what another program needs")}
	case c.Play && c.NoBot:
		return failure{exitUsage, errors.New("--play is a story about the bot; leave out --no-bot")}
	case c.Play && c.Teams > 1:
		return failure{exitUsage, errors.New("--play is a story of one team; leave out --teams")}
	case c.NoBot && c.Data != "":
		return failure{exitUsage, errors.New("--data is the bot's; without the bot there is none")}
	}
	settings := &checker{getenv: p.getenv}
	how := settings.logging()
	if len(settings.gaps) > 0 {
		return failure{exitUsage, settings.gaps}
	}
	if p.getenv("ASCBOT_LOG") == "" {
		how.Level = slog.LevelWarn // the page and the story show what happens
	}
	log := how.logger(p.stderr)
	if c.NoBot {
		return c.standIns(p, log)
	}
	home, err := openPlayground(p.ctx, c, log)
	if err != nil {
		return err
	}
	if c.Play {
		err = home.play(p)
	} else {
		err = home.live(p)
	}
	return errors.Join(err, home.Close())
}

// playground is a sandbox, and the bot with its clients pointed at it.
type playground struct {
	box    *sandbox.Sandbox
	st     *store.Store
	door   *door
	bot    *bot.Bot
	log    *slog.Logger
	data   string
	moved  bool // the usual address was taken
	forget func() error
}

func openPlayground(ctx context.Context, c *sandboxCmd, log *slog.Logger) (_ *playground, err error) {
	home := &playground{data: c.Data, log: log, forget: func() error { return nil }}
	if home.data == "" {
		dir, err := os.MkdirTemp("", "ascbot-sandbox-")
		if err != nil {
			return nil, err
		}
		home.data, home.forget = filepath.Join(dir, "ascbot.db"), func() error { return os.RemoveAll(dir) }
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, home.Close())
		}
	}()
	if home.st, err = openData(home.data, "sandbox"); err != nil {
		return home, err
	}
	home.door = tryDoor(home.data, home.st, log)
	if home.box, home.moved, err = c.listen(ctx, sandbox.Options{Log: log, Records: home.records, Hints: hints(), Orchard: c.Teams > 1}); err != nil {
		return home, err
	}
	if err = recordStart(home.st, home.box.Clock.Now(), rulesWords("the sandbox's rules", fmt.Sprintf("%x", sha256.Sum256([]byte(sandboxRules))))); err != nil {
		return home, err
	}
	tick := time.Second
	if c.Play {
		tick = 100 * time.Millisecond
	}
	home.bot, err = botIn(home.box, home.st, log, tick)
	return home, err
}

// listen starts the stand-ins, on a free port when the usual one is taken.
func (c *sandboxCmd) listen(ctx context.Context, o sandbox.Options) (box *sandbox.Sandbox, moved bool, err error) {
	switch {
	case c.Addr != "":
		o.Addr = c.Addr
	case !c.Play:
		o.Addr = usualAddr
	}
	if o.Slack.Scopes == nil {
		o.Slack.Scopes, o.Slack.Events, o.Slack.Shortcuts = bot.Scopes, events, shortcuts
	}
	// The bot needs the stand-ins until it has finished, so they end by Close
	// and not with the signal.
	ctx = context.WithoutCancel(ctx)
	box, err = sandbox.Start(ctx, o)
	if c.Addr == "" && errors.Is(err, syscall.EADDRINUSE) {
		o.Addr = "127.0.0.1:0"
		box, err = sandbox.Start(ctx, o)
		moved = true
	}
	return box, moved, err
}

// botIn is the bot as "ascbot run" would make it, with the stand-ins' addresses,
// keys and clock.
func botIn(box *sandbox.Sandbox, st *store.Store, log *slog.Logger, tick time.Duration) (*bot.Bot, error) {
	text := strings.Replace(sandboxRules, "BANK", box.RatesURL(), 1)
	at := []*apple.Server{box.Apple}
	names := []string{sandboxTeam}
	if box.Orchard != nil {
		at, names = append(at, box.Orchard), append(names, sandboxOther)
		text += otherRules
	}
	rules, err := bot.ReadConfig("sandbox rules", []byte(text), bot.VocabularyOf(commands.Table(), names...))
	if err != nil {
		return nil, err
	}
	var teams []team
	for i, server := range at {
		held := server.Credentials()
		key, err := asc.ParseKey(held.PrivateKeyPEM)
		if err != nil {
			return nil, err
		}
		teams = append(teams, team{
			Name: names[i], Vendor: held.VendorNumber,
			Apple: asc.Config{BaseURL: box.AppleAPIURL(), KeyID: held.KeyID, IssuerID: held.IssuerID, Key: key, Now: box.Clock.Now},
		})
	}
	all, err := clients(teams, log)
	if err != nil {
		return nil, err
	}
	return &bot.Bot{
		Slack:  bot.Slack{APIURL: box.SlackAPIURL(), AppToken: box.Slack.AppToken(), BotToken: box.Slack.BotToken()},
		Teams:  all,
		Store:  st,
		Config: rules,
		Verbs:  commands.Table(),
		Log:    log,
		Now:    box.Clock.Now,
		Stops:  func() error { return recordStop(st, box.Clock.Now()) },
		Tick:   tick,
	}, nil
}

// Close ends what was opened, the stand-ins first.
func (h *playground) Close() error {
	var errs []error
	if h.box != nil {
		errs = append(errs, h.box.Close())
	}
	errs = append(errs, h.door.Close())
	if h.st != nil {
		errs = append(errs, h.st.Close())
	}
	return errors.Join(append(errs, h.forget())...)
}

// live runs the bot until it is told to stop.
func (h *playground) live(p *process) error {
	ended := make(chan error, 1)
	go func() { ended <- h.bot.Run(p.ctx) }()
	select {
	case err := <-ended:
		return err
	case <-h.bot.Ready():
	}
	if h.moved {
		fmt.Fprintf(p.stdout, "%s is taken by another program, so this is a free port.\n", usualAddr)
	}
	fmt.Fprintf(p.stdout, "Meadow Labs is open: %s\n\n", h.box.URL())
	fmt.Fprintln(p.stdout, "Open that page in a browser. You are Ana there, and can act as anybody else; type /asc invite.")
	if h.bot.Config.Digests != nil {
		fmt.Fprintln(p.stdout, "Move the clock to 9:00 tomorrow, and the sales digest comes.")
	}
	fmt.Fprintf(p.stdout, "To check its log meanwhile: ascbot audit verify --data %s\n", h.data)
	fmt.Fprintln(p.stdout, "Stop with Ctrl-C.")
	return h.again(p, ended)
}

// again waits for the bot to end. Somebody who switches Socket Mode off on the page
// ends it as it would end anywhere; here it is started again, so that switching
// it on brings it back.
func (h *playground) again(p *process, ended chan error) error {
	for {
		err := <-ended
		if !errors.Is(err, bot.ErrSwitchedOff) {
			return err
		}
		fmt.Fprintf(p.stdout, "Socket Mode was switched off, and the bot has stopped; ascbot run would have ended with code %d.\nIt is started again, and connects once that is switched on.\n", exitSwitchedOff)
		if h.bot, err = botIn(h.box, h.st, h.bot.Log, h.bot.Tick); err != nil {
			return err
		}
		go func() { ended <- h.bot.Run(p.ctx) }()
	}
}

// handles are what another program needs to talk to the stand-ins.
type handles struct {
	SlackAPIURL   string `json:"slack_api_url"`
	SlackAppToken string `json:"slack_app_token"`
	SlackBotToken string `json:"slack_bot_token"`
	ASCAPIURL     string `json:"asc_api_url"`
	ASCKeyID      string `json:"asc_key_id"`
	ASCIssuerID   string `json:"asc_issuer_id"`
	ASCKeyPath    string `json:"asc_private_key_path"`
	ASCVendor     string `json:"asc_vendor_number"`
	PageURL       string `json:"page_url"`
}

// standIns runs the stand-ins alone. What they say of themselves is worth
// nothing elsewhere, and is made anew at each start.
func (c *sandboxCmd) standIns(p *process, log *slog.Logger) (err error) {
	// Other programs may do and hear more than this bot; they are not sent what is merely said in channels,
	// their own messages among it, because few of them ask for that.
	theirs := slack.Options{Scopes: slack.AllScopes(), Events: slack.AllEvents()}
	box, moved, err := c.listen(p.ctx, sandbox.Options{Log: log, Hints: hints(), Slack: theirs})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, box.Close()) }()
	dir, err := os.MkdirTemp("", "ascbot-sandbox-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	held := box.Apple.Credentials()
	path := filepath.Join(dir, "AuthKey_"+held.KeyID+".p8")
	if err := os.WriteFile(path, held.PrivateKeyPEM, 0o600); err != nil {
		return err
	}
	is := handles{
		SlackAPIURL: box.SlackAPIURL(), SlackAppToken: box.Slack.AppToken(), SlackBotToken: box.Slack.BotToken(),
		ASCAPIURL: box.AppleAPIURL(), ASCKeyID: held.KeyID, ASCIssuerID: held.IssuerID, ASCKeyPath: path,
		ASCVendor: held.VendorNumber, PageURL: box.URL(),
	}
	if c.JSON {
		err = json.NewEncoder(p.stdout).Encode(is)
	} else {
		err = is.explain(p, moved)
	}
	if err != nil {
		return err
	}
	<-p.ctx.Done()
	return nil
}

// explain prints what a person would copy into another program's environment.
func (is handles) explain(p *process, moved bool) error {
	if moved {
		fmt.Fprintf(p.stdout, "# %s is taken by another program, so this is a free port.\n", usualAddr)
	}
	_, err := fmt.Fprintf(p.stdout, `# The stand-ins, without the bot. Page: %s
export SLACK_API_URL=%s
export SLACK_APP_TOKEN=%s
export SLACK_BOT_TOKEN=%s
export ASC_API_URL=%s
export ASC_KEY_ID=%s
export ASC_ISSUER_ID=%s
export ASC_PRIVATE_KEY_PATH=%s
export ASC_VENDOR_NUMBER=%s
# Stop with Ctrl-C.
`, is.PageURL, is.SlackAPIURL, is.SlackAppToken, is.SlackBotToken, is.ASCAPIURL, is.ASCKeyID, is.ASCIssuerID, is.ASCKeyPath, is.ASCVendor)
	return err
}

// hints are the commands, for the page's composer.
func hints() []page.Hint {
	var all []page.Hint
	for _, v := range commands.Table() {
		all = append(all, page.Hint{Command: "/asc " + v.Words, Usage: v.Args, About: v.About})
	}
	return all
}

// records are the log's records for the page, which counts from 1 where the log
// counts from 0.
func (h *playground) records(after int64) []page.Record {
	var all []page.Record
	err := h.st.Leaves(after, func(l store.Leaf) bool {
		all = append(all, recordOf(l))
		return true
	})
	if err != nil {
		h.log.Error("the log cannot be read for the page", "error", err)
	}
	return all
}

func recordOf(l store.Leaf) page.Record {
	r := page.Record{N: l.N + 1, At: l.At, Kind: l.Kind, What: strings.TrimPrefix(strings.Join(leafWords(l, ""), " "), "— ")}
	if l.By != nil {
		r.By = l.By.Name
	}
	if detail, err := json.Marshal(l); err == nil {
		r.Detail = detail
	}
	return r
}
