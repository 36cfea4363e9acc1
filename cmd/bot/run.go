package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
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
	Check bool `help:"Only look whether the settings are complete and the data file can be used, then stop."`
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

// teamName is what the one App Store Connect team is called.
const teamName = "main"

// Run runs the bot until it is told to stop.
func (c *runCmd) Run(p *process) (err error) {
	set, err := readSettings(p.getenv, c.fileFlags)
	if err != nil {
		return err
	}
	if c.Check {
		return checkData(p.stdout, set.Data)
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
	if err := recordStart(st, time.Now(), rulesWords("config.yaml", set.ConfigHash)); err != nil {
		return err
	}
	log.Info("ascbot starts", "version", version(), "data", set.Data, "digests", len(set.Bot.Digests))
	b := &bot.Bot{
		Slack:  set.Slack,
		Teams:  []bot.Team{{Name: teamName, API: api, Vendor: set.Vendor}},
		Store:  st,
		Config: set.Bot,
		Verbs:  commands.Table(),
		Log:    log,
	}
	err = b.Run(p.ctx)
	log.Info("ascbot has stopped")
	return err
}

// checkData says that the settings are complete, and whether the data file can be
// used with them.
func checkData(to io.Writer, data string) error {
	state := "is in order"
	if _, err := os.Lstat(data); errors.Is(err, fs.ErrNotExist) {
		state = "is made at the first start"
	} else {
		st, err := store.OpenReadOnly(data)
		if held, ok := errors.AsType[*store.OpenError](err); ok && held.Reason == store.Held {
			state = "is in use by another process; stop that before you start the bot"
		} else if err != nil {
			return err
		} else if err := st.Close(); err != nil {
			return err
		}
		if _, err := logKey(data); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(to, "The settings are complete. The data file %s %s.\n", data, state)
	return err
}

// rulesWords names the rules that are in force, so that the log can tell one set
// from another.
func rulesWords(name, hash string) string {
	if hash == "" {
		return "built-in rules"
	}
	return name + " with SHA-256 " + hash
}

// recordStart writes into the log which program began to work, under which
// rules.
func recordStart(st *store.Store, at time.Time, rules string) error {
	_, err := st.Record(store.Leaf{At: at, Kind: "started", Note: version() + "; " + rules})
	return err
}
