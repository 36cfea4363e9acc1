package main

import (
	"errors"
	"time"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/commands"
	"github.com/ascbot/ascbot/store"
)

// fileFlags name files; each may come from the environment instead. Keys and
// tokens have no flags, since everybody on a machine can read those.
type fileFlags struct {
	Config string `placeholder:"FILE" help:"Rules, approvals channel and digests (ASCBOT_CONFIG). Without one the built-in rules apply."`
	Data   string `placeholder:"FILE" help:"The data file (ASCBOT_DATA). ./ascbot.db when left out."`
}

type runCmd struct {
	fileFlags
	Check bool `help:"Only look whether the settings are complete and correct, then stop."`
}

// Help teaches the command.
func (runCmd) Help() string {
	return `What the bot needs comes from the environment, so that no secret stands in a list of processes:

    SLACK_APP_TOKEN       xapp-…, for Socket Mode
    SLACK_BOT_TOKEN       xoxb-…, for everything else at Slack
    ASC_KEY_ID            ten characters
    ASC_ISSUER_ID         a UUID; left out for an individual key
    ASC_PRIVATE_KEY_PATH  the .p8 file, readable by its owner alone; or its text in ASC_PRIVATE_KEY
    ASC_VENDOR_NUMBER     only for sales digests
    ASCBOT_CONFIG         config.yaml; without it the built-in rules apply
    ASCBOT_DATA           data file, ./ascbot.db when left out
    ASCBOT_LOG            text or json, and a level: "json,warn"

Whatever is missing or wrong is named at once, with where to get it. Exit codes: 2 for
settings, 20 when Slack refuses a token, 21 when Socket Mode is switched off for the app;
with the last two, starting again helps only once that is mended.

    ascbot run --check
    ascbot run --config /etc/ascbot/config.yaml --data /var/lib/ascbot/ascbot.db`
}

// Run runs the bot until it is told to stop.
func (c *runCmd) Run(p *process) (err error) {
	set, err := readSettings(p.getenv, c.fileFlags)
	if err != nil {
		return err
	}
	if c.Check {
		_, err := p.stdout.Write([]byte("The settings are complete.\n"))
		return err
	}
	log := set.Log.logger(p.stderr)
	st, err := openData(set.Data, set.instance())
	if err != nil {
		return err
	}
	opened := tryDoor(set.Data, st, log)
	defer func() { err = errors.Join(err, opened.Close(), st.Close()) }()
	set.Apple.Log = log
	api, err := asc.New(set.Apple)
	if err != nil {
		return err
	}
	if err := recordStart(st, time.Now(), set.ConfigHash); err != nil {
		return err
	}
	log.Info("ascbot starts", "version", version(), "data", set.Data, "digests", len(set.Bot.Digests))
	b := &bot.Bot{
		Slack:  set.Slack,
		Teams:  []bot.Team{{Name: "main", API: api, Vendor: set.Vendor}},
		Store:  st,
		Config: set.Bot,
		Verbs:  commands.Table(),
		Log:    log,
	}
	err = b.Run(p.ctx)
	log.Info("ascbot has stopped")
	return err
}

// recordStart writes into the log which program began to work, under which
// rules.
func recordStart(st *store.Store, at time.Time, config string) error {
	rules := "built-in rules"
	if config != "" {
		rules = "config.yaml with SHA-256 " + config
	}
	_, err := st.Record(store.Leaf{At: at, Kind: "started", Note: version() + "; " + rules})
	return err
}
