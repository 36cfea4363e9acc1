package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/ascbot/ascbot/store"
)

// The head file holds the newest signed checkpoint, outside the data file and best on
// another disk. When an older copy of the data file is put back, or a copy is started
// elsewhere, it shows: then the bot is sealed until somebody accepts that.

// headPath is where the head file is: by ASCBOT_HEAD, or beside the data file.
func headPath(data string, getenv func(string) string) string {
	if path := strings.TrimSpace(getenv("ASCBOT_HEAD")); path != "" {
		return path
	}
	return data + ".head"
}

// rolledBack says in words why the data file is not the one that was used last, with
// the checkpoints that show it; empty when it is.
func rolledBack(st *store.Store, head, anchors string) (why string, lost [][]byte, err error) {
	kept, err := readCheckpoint(head)
	switch headed, failed := st.Headed(); {
	case failed != nil:
		return "", nil, failed
	case errors.Is(err, fs.ErrNotExist) && headed:
		why = fmt.Sprintf("the head file %s is missing, so nobody can tell whether this is the newest copy of the data file", head)
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return "", nil, fmt.Errorf("the head file: %w", err)
	default:
		if err := st.Extends(kept); err != nil {
			why, lost = fmt.Sprintf("%v (%s)", err, head), append(lost, kept)
		}
	}
	older, err := anchorsIn(anchors)
	if err != nil {
		return "", nil, err
	}
	for _, a := range older {
		if _, behind := errors.AsType[*store.RollbackError](st.Extends(a.text)); behind {
			if lost = append(lost, a.text); why == "" {
				why = fmt.Sprintf("%v (%s)", st.Extends(a.text), a.path)
			}
		}
	}
	return why, lost, nil
}

// anchor is a checkpoint that was kept in a file.
type anchor struct {
	path string
	text []byte
}

// anchorsIn reads the checkpoints in a folder. Files that hold none are passed over.
func anchorsIn(folder string) (all []anchor, err error) {
	if folder == "" {
		return nil, nil
	}
	files, err := os.ReadDir(folder)
	if err != nil {
		return nil, bare(err)
	}
	for _, f := range files {
		path := filepath.Join(folder, f.Name())
		if !f.Type().IsRegular() || !strings.HasSuffix(f.Name(), ".txt") {
			continue
		}
		text, err := readCheckpoint(path)
		if err != nil {
			return nil, err
		}
		all = append(all, anchor{path, text})
	}
	return all, nil
}

// headEvery is the least time between two writes of the head file.
const headEvery = 50 * time.Millisecond

// headKeeper writes the head file after each commit, several commits together when
// they come fast.
type headKeeper struct {
	path  string
	st    *store.Store
	log   *slog.Logger
	last  string
	stop  chan struct{}
	ended sync.WaitGroup
}

// keepHead writes the head file, and goes on doing so until Close.
func keepHead(path string, st *store.Store, log *slog.Logger) (*headKeeper, error) {
	k := &headKeeper{path: path, st: st, log: log, stop: make(chan struct{})}
	if err := k.write(); err != nil {
		return nil, fmt.Errorf("writing the head file %s: %w. Make it writable, or choose another place with ASCBOT_HEAD", path, err)
	}
	if err := st.MarkHeaded(); err != nil {
		return nil, err
	}
	k.ended.Go(k.keep)
	return k, nil
}

func (k *headKeeper) keep() {
	for {
		select {
		case <-k.st.Changed():
			if err := k.write(); err != nil {
				k.log.Error("the head file could not be written; it is tried again", "file", k.path, "error", err)
			}
		case <-k.stop:
			return
		}
		select {
		case <-time.After(headEvery):
		case <-k.stop:
			return
		}
	}
}

// Close writes the head file a last time. The data file has to be open still.
func (k *headKeeper) Close() error {
	if k == nil {
		return nil
	}
	close(k.stop)
	k.ended.Wait()
	return k.write()
}

func (k *headKeeper) write() error {
	head, err := k.st.Checkpoint()
	if err != nil || string(head) == k.last {
		return err
	}
	if err := replaceFile(k.path, head); err != nil {
		return err
	}
	k.last = string(head)
	return nil
}

// replaceFile puts new content in the place of a file, whole, however the machine
// stops.
func replaceFile(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return bare(err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
