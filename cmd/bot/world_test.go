package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ascbot/ascbot/store"
)

// newData makes a data file with a short history, and gives it closed.
func newData(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "ascbot.db")
	st := openTest(t, path)
	asker := store.Person{Team: "T0MEADOW", ID: "U0ANA", Name: "Ana"}
	at := time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)
	for i := range 5 {
		r, _, err := st.Ask(store.Request{Operation: "invite", Args: []byte(`{"email":"bo@example.com"}`), Summary: "Invite", Asker: asker, Origin: fmt.Sprint("o", i), VoteUntil: at.Add(time.Hour)}, at)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := st.Move(r.ID, store.Cancelled, store.Mark{At: at, By: asker}, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func openTest(t *testing.T, path string) *store.Store {
	t.Helper()
	st, err := openData(path, "real")
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// held keeps a data file open as a running bot does, with its door.
func held(t *testing.T, path string) *store.Store {
	t.Helper()
	st := openTest(t, path)
	d, err := openDoor(path, st, logging{}.logger(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	return st
}

// must is the text of a file.
func must(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
