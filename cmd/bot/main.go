// Ascbot is App Store Connect from Slack: somebody asks, somebody else agrees,
// the bot does it and proves it.
//
// This package adds the operating system: flags and environment, files and
// signals. It reads the configuration, opens the data file, fills the fields of
// bot.Bot and runs it, or starts the sandbox and points the same bot at it. What
// the bot does is in package bot; nothing here decides anything about a request.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/store"
)

func main() {
	noCoreDumps()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

// noCoreDumps keeps keys and tokens out of files that a crash would leave.
func noCoreDumps() {
	// A system without this limit writes no core files either.
	_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &syscall.Rlimit{})
}

// process is what the operating system gives to a command.
type process struct {
	ctx            context.Context
	getenv         func(string) string
	stdout, stderr io.Writer // what goes to stderr has secrets taken out
}

// grammar is what can be typed after ascbot.
type grammar struct {
	Run     runCmd       `cmd:"" help:"Run the bot for your workspace and your App Store Connect team."`
	Sandbox sandboxCmd   `cmd:"" help:"Try everything on this machine, with no account anywhere."`
	Policy  policyCmd    `cmd:"" help:"Try rules before they are in force, or print what they come to."`
	Audit   auditCmd     `cmd:"" help:"Check or export the log of what was asked, agreed and done."`
	Backup  backupCmd    `cmd:"" help:"Copy the data file, also while the bot runs."`
	Check   fileCheckCmd `cmd:"" name:"check-open-file" hidden:"" help:"Check the open data file that was inherited; ascbot run starts this."`
	Version versionCmd   `cmd:"" help:"Say which version this is and what it was built from."`
}

const about = `App Store Connect from Slack: somebody asks, somebody else agrees, the bot does it and proves it.

Begin with "ascbot sandbox": it needs no account, no key and no network. "ascbot run" is the real thing; what it needs is named with where to get it.`

// Exit codes. The ones of audit verify stand in audit.go.
const (
	exitOK    = 0
	exitOther = 1
	exitUsage = 2 // wrong flags, or a configuration that is not complete

	// Starting again helps with neither: a token has to be renewed, or Socket Mode
	// to be switched on.
	exitRefused     = 20
	exitSwitchedOff = 21

	// The data file cannot be used, or only with something else.
	exitHeld       = 30 // another process has it
	exitDamaged    = 31
	exitForeign    = 32 // it is not one of ascbot's
	exitNewer      = 33 // a later ascbot wrote it
	exitOtherKind  = 34 // sandbox data for the real thing, or the reverse
	exitOtherKey   = 35
	exitUnreadable = 36
)

// failure is an error with an exit code of its own.
type failure struct {
	code int
	error
}

func (f failure) Unwrap() error { return f.error }

// run is the program: it does what args say and answers the exit code.
func run(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	stderr = redacting(stderr)
	var said grammar
	helped := false
	parser, err := kong.New(&said,
		kong.Name("ascbot"), kong.Description(about), kong.UsageOnError(),
		kong.Writers(stdout, stderr), kong.Exit(func(int) { helped = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}))
	if err != nil {
		panic(err) // the grammar is part of the program
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	words, err := parser.Parse(args)
	switch {
	case helped:
		return exitOK
	case err != nil:
		fmt.Fprintf(stderr, "ascbot: %v\nascbot --help shows what there is.\n", err)
		return exitUsage
	}
	err = words.Run(&process{ctx: ctx, getenv: getenv, stdout: stdout, stderr: stderr})
	return report(err, stderr)
}

// refusedFile gives the exit code for each reason to refuse a data file.
var refusedFile = map[store.Reason]int{
	store.Held: exitHeld, store.Damaged: exitDamaged, store.Foreign: exitForeign, store.Newer: exitNewer,
	store.OtherInstance: exitOtherKind, store.OtherKey: exitOtherKey, store.Unreadable: exitUnreadable,
}

// report prints what went wrong and answers the exit code.
func report(err error, stderr io.Writer) int {
	if err == nil {
		return exitOK
	}
	fmt.Fprintf(stderr, "ascbot: %v\n", err)
	if f, ok := errors.AsType[failure](err); ok {
		return f.code
	}
	if refused, ok := errors.AsType[*store.OpenError](err); ok {
		return refusedFile[refused.Reason]
	}
	switch {
	case errors.Is(err, bot.ErrBroken):
		return exitDamaged
	case errors.Is(err, bot.ErrRefused), errors.Is(err, bot.ErrScopes):
		return exitRefused
	case errors.Is(err, bot.ErrRules):
		return exitUsage
	case errors.Is(err, bot.ErrSwitchedOff):
		return exitSwitchedOff
	}
	return exitOther
}
