package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/ascbot/ascbot/store"
)

type eraseCmd struct {
	Person string `placeholder:"WHO" help:"A Slack user id, whose name and words go, or an e-mail address, which goes wherever it occurs."`
	Before string `placeholder:"DATE" help:"Everything private of records from before this day (2006-01-02, UTC), for a rule on how long it is kept."`
	Data   string `placeholder:"FILE" help:"The data file. ASCBOT_DATA, or ./ascbot.db, when left out."`
}

// Help teaches the command.
func (eraseCmd) Help() string {
	return `Erases personal data from the data file and writes the file anew, so that the bytes are gone from it. The records stay, and the log still verifies: they hold commitments, not values. The log tells that something was erased, and of which records. Stop the bot first.

    ascbot audit erase --person kim@example.com
    ascbot audit erase --person U0123ABCD
    ascbot audit erase --before 2025-01-01

What goes: names, notes, arguments, outcomes and rows in which it occurs, in the log and in requests that have ended. What stays: Slack's user ids, since votes are counted by them; requests that are still open, which are named; records that an older ascbot wrote in the clear, which are counted; and whatever is outside the file, such as backups, exports and messages in Slack.`
}

// Run erases and says what was erased.
func (c *eraseCmd) Run(p *process) error {
	what, err := c.what()
	if err != nil {
		return failure{exitUsage, err}
	}
	data := dataPath(c.Data, p.getenv)
	if _, err := os.Lstat(data); err != nil {
		return bare(err)
	}
	known, err := ownKey(data)
	if err != nil {
		return err
	}
	st, err := openAny(data)
	if err != nil {
		return err
	}
	done, err := st.Erase(what, time.Now(), c.words())
	if err = errors.Join(err, st.Close()); err != nil {
		return fmt.Errorf("erasing: %w", err)
	}
	if err := store.Compact(data, known); err != nil {
		return fmt.Errorf("the values are erased, and their bytes may still be in unused parts of %s, which could not be written anew: %w", data, err)
	}
	return c.say(p.stdout, data, what, done)
}

func (c *eraseCmd) what() (store.Erasure, error) {
	switch {
	case (c.Person == "") == (c.Before == ""):
		return store.Erasure{}, errors.New("say what to erase: --person with an e-mail address or a Slack user id, or --before with a day")
	case strings.Contains(c.Person, "@"):
		return store.Erasure{Address: c.Person}, nil
	case c.Person != "":
		return store.Erasure{Person: c.Person}, nil
	}
	day, err := time.Parse(time.DateOnly, c.Before)
	if err != nil {
		return store.Erasure{}, fmt.Errorf("%q is not a day; write for example 2025-01-01", c.Before)
	}
	if day.After(time.Now()) {
		return store.Erasure{}, fmt.Errorf("%s is still to come, and would erase everything", c.Before)
	}
	return store.Erasure{Before: day}, nil
}

// words say in the log why something was erased, and by whom; not of whom.
func (c *eraseCmd) words() string {
	why := "one person's data"
	if c.Before != "" {
		why = "everything from before " + c.Before
	}
	if u, err := user.Current(); err == nil {
		return why + ", by the user " + u.Username + " of the bot's machine"
	}
	return why
}

// say tells what was done, having looked at the bytes of the file.
func (c *eraseCmd) say(to io.Writer, data string, what store.Erasure, done store.Erased) error {
	fmt.Fprintf(to, "Erased: values of %d records, content of %d requests. %s was written anew.\n", done.Records, done.Requests, data)
	if len(done.Open) > 0 {
		fmt.Fprintf(to, "Still open, so not erased: %s. Do it again once they have ended.\n", numbers(done.Open))
	}
	if done.Old > 0 {
		fmt.Fprintf(to, "%d records were written in the clear by an older ascbot, and stay as they are.\n", done.Old)
	}
	if what.Address == "" {
		return nil
	}
	there, err := holds(data, what.Address)
	if err != nil {
		return err
	}
	if !there {
		fmt.Fprintf(to, "%s is nowhere in the file any more.\n", what.Address)
		return nil
	}
	fmt.Fprintf(to, "%s is still in the file.\n", what.Address)
	if len(done.Open) == 0 && done.Old == 0 {
		fmt.Fprintln(to, "It is in something that was received and is not worked on yet; start the bot, and do it again later.")
	}
	return nil
}

func numbers(ids []uint64) string {
	var words []string
	for _, id := range ids {
		words = append(words, fmt.Sprintf("#%d", id))
	}
	return strings.Join(words, ", ")
}

// holds looks for an address among the bytes of a file, in whatever case.
func holds(path, address string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, bare(err)
	}
	defer f.Close()
	want := bytes.ToLower([]byte(address))
	piece := make([]byte, 1<<20)
	kept := 0 // of the piece before, in case the address lies across
	for {
		n, err := f.Read(piece[kept:])
		n += kept
		if bytes.Contains(bytes.ToLower(piece[:n]), want) {
			return true, nil
		}
		if err == io.EOF {
			return false, nil
		}
		if err != nil {
			return false, bare(err)
		}
		kept = copy(piece, piece[max(0, n-len(want)):n])
	}
}

// ownKey is the public half of the key beside a data file.
func ownKey(data string) (note.Verifiers, error) {
	signer, err := readLogKey(keyBeside(data))
	if err != nil {
		return nil, err
	}
	return knownKey(verifierKey(signer))
}

// openAny opens a data file of whatever instance it is.
func openAny(data string) (*store.Store, error) {
	st, err := openData(data, "real")
	if other, ok := errors.AsType[*store.OpenError](err); ok && other.Reason == store.OtherInstance {
		return openData(data, "sandbox")
	}
	return st, err
}
