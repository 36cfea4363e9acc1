package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/user"
	"path/filepath"
	"time"

	"github.com/ascbot/ascbot/store"
)

// A data file is held by the bot that runs on it. Beside it that bot opens a
// door, a unix-domain socket that only its own user may enter, and answers one
// thing there: a copy of the file as it stands, over HTTP.
//
//	GET /snapshot            the data file; cut short if it could not be read whole
//	GET /snapshot?for=export the same, for somebody who reads the log: that is written
//	                         into it afterwards

// doorBeside is where the bot that holds a data file answers.
func doorBeside(data string) string { return data + ".sock" }

// copyWithin bounds how long a reader may take over a copy: meanwhile the data
// file cannot reuse what was deleted from it.
const copyWithin = 5 * time.Minute

type door struct {
	path   string
	server *http.Server
	closed chan struct{}
}

// openDoor answers on the socket beside the data file until Close.
func openDoor(data string, st *store.Store, log *slog.Logger) (*door, error) {
	l, err := listenPrivately(doorBeside(data))
	if err != nil {
		return nil, fmt.Errorf("opening the socket beside the data file: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /snapshot", func(w http.ResponseWriter, r *http.Request) {
		if why, known := readings[r.URL.Query().Get("for")]; known {
			defer func() {
				if err := noteReading(st, why); err != nil {
					log.Warn("that the log was read is not in the log", "reading", why, "error", err)
				}
			}()
		}
		w.Header().Set("Content-Type", "application/octet-stream")
		if _, err := st.Backup(w); err != nil {
			log.Warn("a copy of the data file was not finished", "error", err)
			panic(http.ErrAbortHandler) // the reader sees that it was cut short
		}
	})
	d := &door{path: doorBeside(data), closed: make(chan struct{}), server: &http.Server{
		Handler: mux, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: copyWithin,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}}
	go func() {
		defer close(d.closed)
		if err := d.server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("the socket beside the data file is gone", "error", err)
		}
	}()
	return d, nil
}

// tryDoor opens the door, or says in the log what is missing without it: the
// path of a socket may not be longer than about a hundred bytes, for one.
func tryDoor(data string, st *store.Store, log *slog.Logger) *door {
	d, err := openDoor(data, st, log)
	if err != nil {
		log.Warn("backup and audit cannot ask this bot for a copy while it runs", "error", err)
	}
	return d
}

// Close ends the copies under way and removes the socket. The data file must
// still be open, so that no other bot has made its own socket there.
func (d *door) Close() error {
	if d == nil {
		return nil
	}
	err := errors.Join(d.server.Close(), os.Remove(d.path))
	<-d.closed
	return err
}

// listenPrivately makes a socket of mode 0600 at path, in place of what a bot
// that was killed left there. It is made in a closed directory and moved, so
// that nobody else can enter in between.
func listenPrivately(path string) (net.Listener, error) {
	dir, err := os.MkdirTemp(filepath.Dir(path), ".door*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	made := filepath.Join(dir, "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: made, Net: "unix"})
	if err != nil {
		return nil, err
	}
	l.SetUnlinkOnClose(false) // it will not be there any more
	if err := errors.Join(os.Chmod(made, 0o600), os.Rename(made, path)); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// readings are what a copy is asked for that shows what stands in the log.
var readings = map[string]string{
	"export": "the log was exported",
	"prove":  "a record of the log was proven to somebody",
	"backup": "the data file was copied",
}

// noteReading writes into the log that somebody has read it beside the bot.
func noteReading(st *store.Store, why string) error {
	who := "somebody on the bot's machine"
	if u, err := user.Current(); err == nil {
		who = "the user " + u.Username + " of the bot's machine"
	}
	_, err := st.Record(store.Leaf{At: time.Now(), Kind: "read", Note: why + ", by " + who})
	return err
}

// fetchSnapshot asks the bot that holds a data file for a copy of it. What it is for
// is one of readings, or nothing that shows anybody the log.
func fetchSnapshot(ctx context.Context, data, what string, to io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, copyWithin)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", doorBeside(data))
		},
	}}
	ask, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://ascbot/snapshot?for="+what, nil)
	if err != nil {
		return err
	}
	answer, err := client.Do(ask)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the running bot answered %s", answer.Status)
	}
	_, err = io.Copy(to, answer.Body)
	return err
}

// openToShow opens a data file of which somebody gets to see something. That is
// written into the log: by the bot that runs on the file, or else at the end with the
// key beside it. Where there is neither, as beside a copy that an auditor has, it is
// said. Done closes the file; it is given, and answers, how the showing went.
func openToShow(p *process, data, what string) (st *store.Store, done func(error) error, err error) {
	atRest := true
	st, err = store.OpenReadOnly(data)
	closing := func() error { return st.Close() }
	if err != nil {
		atRest = false
		if st, closing, err = openForReading(p.ctx, data, what); err != nil {
			return nil, nil, err
		}
	}
	return st, func(err error) error {
		if err = errors.Join(err, closing()); err != nil || !atRest {
			return err
		}
		if err := noteAtRest(data, readings[what]); err != nil {
			fmt.Fprintf(p.stderr, "This reading is not written into the log of %s: %v.\n", data, err)
		}
		return nil
	}, nil
}

func noteAtRest(data, why string) error {
	if _, err := os.Lstat(keyBeside(data)); errors.Is(err, fs.ErrNotExist) {
		return errors.New("the key that signs it is not beside it")
	}
	st, err := openAny(data)
	if err != nil {
		return err
	}
	return errors.Join(noteReading(st, why), st.Close())
}

// openForReading opens a data file to look at it. When a running bot holds it,
// that bot is asked for a copy, and told what for. Close releases whichever it is.
func openForReading(ctx context.Context, data, what string) (st *store.Store, closing func() error, err error) {
	st, err = store.OpenReadOnly(data)
	if err == nil {
		return st, st.Close, nil
	}
	if held, ok := errors.AsType[*store.OpenError](err); !ok || held.Reason != store.Held {
		return nil, nil, err
	}
	tmp, failed := os.CreateTemp("", "ascbot-copy-*.db") // mode 0600
	if failed != nil {
		return nil, nil, failed
	}
	drop := func() error { return os.Remove(tmp.Name()) }
	if failed = errors.Join(fetchSnapshot(ctx, data, what, tmp), tmp.Close()); failed != nil {
		return nil, nil, errors.Join(fmt.Errorf("%w. The process that holds it gave no copy either: %w", err, failed), drop())
	}
	if st, err = store.OpenReadOnly(tmp.Name()); err != nil {
		return nil, nil, errors.Join(err, drop())
	}
	return st, func() error { return errors.Join(st.Close(), drop()) }, nil
}
