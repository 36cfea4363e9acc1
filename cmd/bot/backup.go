package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/ascbot/ascbot/store"
)

type backupCmd struct {
	To   string `arg:"" help:"File to make. One that is there already is left alone."`
	Data string `placeholder:"FILE" help:"The data file. ASCBOT_DATA, or ./ascbot.db, when left out."`
}

// Help teaches the command.
func (backupCmd) Help() string {
	return `Makes a consistent copy, also while the bot runs: the running bot is asked for it through the socket beside its data file. The copy is a data file itself.

The key that signs the log is not in it. Keep a copy of that (the data file's name with ".key") somewhere else.

    ascbot backup /backup/ascbot-$(date +%F).db
    ascbot backup --data /data/ascbot.db copy.db`
}

// Run makes the copy and looks whether it can be read.
func (c *backupCmd) Run(p *process) error {
	data := dataPath(c.Data, p.getenv)
	st, closing, err := openForReading(p.ctx, data, "backup")
	if err != nil {
		return err
	}
	var size int64
	err = newFile(c.To, func(f *os.File) (err error) {
		if size, err = st.Backup(f); err != nil {
			return err
		}
		copied, err := store.OpenReadOnly(f.Name())
		if err != nil {
			return fmt.Errorf("the copy cannot be read back: %w", err)
		}
		return copied.Close()
	})
	if err = errors.Join(err, closing()); errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w; choose another name, for example with the date in it", err)
	}
	if err != nil {
		return fmt.Errorf("copying %s: %w", data, err)
	}
	fmt.Fprintf(p.stdout, "%s: %d bytes, a copy of %s. The key %s is not in it; keep that elsewhere too.\n", c.To, size, data, keyBeside(data))
	return nil
}
