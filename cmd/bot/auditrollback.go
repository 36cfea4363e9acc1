package main

import (
	"errors"
	"fmt"
	"os/user"
	"time"

	"github.com/ascbot/ascbot/store"
)

type acceptCmd struct {
	Data    string `placeholder:"FILE" help:"The data file. ASCBOT_DATA, or ./ascbot.db, when left out."`
	Anchors string `placeholder:"FOLDER" help:"The folder in which anchors are kept."`
}

// Help teaches the command.
func (acceptCmd) Help() string {
	return `When a backup was put back on purpose, the bot finds that its data file is older than its head file or its anchors, and is sealed. This command accepts the older file: the log says so, and which checkpoints are given up; requests that were open in it are void, since nobody knows what became of them since. Stop the bot first.

    ascbot audit accept-rollback
    ascbot audit accept-rollback --anchors /mnt/anchors`
}

// Run accepts what it finds.
func (c *acceptCmd) Run(p *process) error {
	data := dataPath(c.Data, p.getenv)
	if err := mustBeData(data); err != nil {
		return err
	}
	st, err := openAny(data)
	if err != nil {
		return err
	}
	why, lost, err := rolledBack(st, headPath(data, p.getenv), c.Anchors)
	if err != nil || why == "" {
		if err == nil {
			fmt.Fprintln(p.stdout, "There is nothing to accept: the data file goes on from its head file and its anchors.")
		}
		return errors.Join(err, st.Close())
	}
	who := "somebody on the bot's machine"
	if u, err := user.Current(); err == nil {
		who = "the user " + u.Username + " of the bot's machine"
	}
	void, err := st.AcceptRollback(lost, store.Mark{At: time.Now(), Note: "accepted by " + who + ": " + why})
	if err == nil {
		head, failed := st.Checkpoint()
		if err = failed; err == nil {
			err = replaceFile(headPath(data, p.getenv), head)
		}
	}
	if err = errors.Join(err, st.Close()); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "Accepted, and written into the log: %s.\n", why)
	if len(void) > 0 {
		fmt.Fprintf(p.stdout, "Void are the requests that were open in it: %s.\n", numbers(void))
	}
	return nil
}
