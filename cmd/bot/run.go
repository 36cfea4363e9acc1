package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
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
    ASCBOT_HEAD           head file, which shows when an older copy of the data file is put
                          back; beside the data file when left out, better on another disk
    ASCBOT_LOG            text or json, and a level: "json,warn"

SIGHUP has the configuration read again; one that does not hold changes nothing.

Whatever is missing or wrong is named at once, with where to get it. Exit codes: 2 for
settings, 20 when Slack refuses a token or the bot token can do too much, 21 when Socket
Mode is switched off for the app; with the last two, starting again helps only once that
is mended.

    ascbot run --check
    ascbot run --config /etc/ascbot/config.yaml --data /var/lib/ascbot/ascbot.db`
}

// teamName is what the one App Store Connect team is called whose key the environment names.
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
	var head *headKeeper
	defer func() { err = errors.Join(err, opened.Close(), head.Close(), st.Close()) }()
	teams, err := clients(set.Teams, log)
	if err != nil {
		return err
	}
	checking, err := checkOpened(p.ctx, set.Data, st)
	if err != nil {
		return err
	}
	defer checking.Close()
	why, _, err := rolledBack(st, set.Head, set.Bot.Anchors.Folder)
	if err != nil {
		return err
	}
	if why != "" {
		st.Seal(why + `. If it was put back on purpose, stop the bot and run "ascbot audit accept-rollback"; otherwise put the right file back`)
	} else {
		if err := recordStart(st, time.Now(), rulesWords("config.yaml", set.ConfigHash)); err != nil {
			return err
		}
		if head, err = keepHead(set.Head, st, log); err != nil {
			return err
		}
	}
	log.Info("ascbot starts", "version", version(), "data", set.Data, "digests", len(set.Bot.Digests))
	b := &bot.Bot{
		Slack:  set.Slack,
		Teams:  teams,
		Store:  st,
		Config: set.Bot,
		Verbs:  commands.Table(),
		Check:  checking.wait,
		Room:   roomFor(set.Data),
		Stops:  func() error { return recordStop(st, time.Now()) },
		Reload: rereads(p, c.fileFlags, set),
		Log:    log,
	}
	err = b.Run(p.ctx)
	log.Info("ascbot has stopped")
	return err
}

// clients makes a client for each App Store Connect team. None of them knows the key of
// another.
func clients(teams []team, log *slog.Logger) (all []bot.Team, err error) {
	for _, t := range teams {
		if t.Apple.Log = log; len(teams) > 1 {
			t.Apple.Log = log.With("team", t.Name)
		}
		api, err := asc.New(t.Apple)
		if err != nil {
			return nil, fmt.Errorf("team %s: %w", t.Name, err)
		}
		all = append(all, bot.Team{Name: t.Name, API: api, Vendor: t.Vendor})
	}
	return all, nil
}

// checkOpened begins the full check of a data file with the key beside it.
func checkOpened(ctx context.Context, data string, st *store.Store) (*fileCheck, error) {
	signer, err := readLogKey(keyBeside(data))
	if err != nil {
		return nil, err
	}
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return startCheck(ctx, program, checkWithin, data, verifierKey(signer), st)
}

// rereads gives the rules as they stand in the file each time the process gets
// SIGHUP, until it ends.
func rereads(p *process, files fileFlags, set settings) <-chan func() (bot.Config, error) {
	told, again := make(chan os.Signal, 1), make(chan func() (bot.Config, error))
	signal.Notify(told, syscall.SIGHUP)
	go func() {
		defer signal.Stop(told)
		for {
			select {
			case <-told:
			case <-p.ctx.Done():
				return
			}
			select {
			case again <- func() (bot.Config, error) { return rereadRules(p.getenv, files, set) }:
			case <-p.ctx.Done():
				return
			}
		}
	}()
	return again
}

// rereadRules reads the configuration as at the start, with the settings that were
// read then.
func rereadRules(getenv func(string) string, files fileFlags, set settings) (bot.Config, error) {
	c := &checker{getenv: getenv}
	before := set.Bot.Teams
	set.Bot, set.ConfigHash = c.config(files.Config)
	if len(c.gaps) == 0 && !slices.Equal(before, set.Bot.Teams) {
		c.wrong("teams:", "Stop the bot and start it again.", "names other teams or keys than at the start, and keys are read only then.")
	}
	c.together(set)
	if len(c.gaps) == 0 {
		return set.Bot, nil
	}
	var wrong []string
	for _, g := range c.gaps {
		wrong = append(wrong, strings.TrimSpace(g.Name+" "+g.What+" "+g.Next))
	}
	return bot.Config{}, errors.New(strings.Join(wrong, "\n"))
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

// recordStop writes into the log that the program has ended its work as it was told to.
func recordStop(st *store.Store, at time.Time) error {
	_, err := st.Record(store.Leaf{At: at, Kind: "stopped"})
	return err
}

// recordStart writes into the log which program began to work, under which
// rules.
func recordStart(st *store.Store, at time.Time, rules string) error {
	_, err := st.Record(store.Leaf{At: at, Kind: "started", Note: version() + "; " + rules})
	return err
}
