package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/mod/sumdb/note"

	"github.com/ascbot/ascbot/store"
)

// logName is the first line of the log's checkpoints, and the name of the key
// that signs them.
const logName = "ascbot/audit"

// keyBeside is where the key that signs a data file's log is kept.
func keyBeside(data string) string { return data + ".key" }

// logKey reads the key that signs the log. The first start makes it; later its
// absence is an error, because a new one could not sign the log that is there.
func logKey(data string) (note.Signer, error) {
	path := keyBeside(data)
	signer, err := readLogKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return signer, err
	}
	if _, err := os.Lstat(data); err == nil {
		if err := mustBeData(data); err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("the key that signs the log, %s, is missing, and the log in %s was signed with it; put it back from where you keep it", path, data)
	}
	if err := makeLogKey(path); err != nil {
		return nil, fmt.Errorf("making the key that signs the log: %w", err)
	}
	return readLogKey(path)
}

// mustBeData refuses what is no data file, or one that cannot be used: no key
// would help with that. A file that another bot holds is one.
func mustBeData(path string) error {
	st, err := store.OpenReadOnly(path)
	if held, ok := errors.AsType[*store.OpenError](err); ok && held.Reason == store.Held {
		return nil
	}
	if err != nil {
		return err
	}
	return st.Close()
}

func readLogKey(path string) (note.Signer, error) {
	text, err := readPrivate(path)
	if err != nil {
		return nil, fmt.Errorf("the key that signs the log: %w", err)
	}
	defer clear(text)
	signer, err := store.ReadKey(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return signer, nil
}

// makeLogKey writes a new key. When another process was faster, its key stays.
func makeLogKey(path string) error {
	secret, _, err := store.NewKey(rand.Reader, logName)
	if err != nil {
		return err
	}
	err = newFile(path, func(f *os.File) error {
		_, err := f.WriteString(secret + "\n")
		return err
	})
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

// verifierKey is the public half of a signer that readLogKey read.
func verifierKey(s note.Signer) string {
	if k, ok := s.(interface{ VerifierKey() string }); ok {
		return k.VerifierKey()
	}
	return ""
}

// openData opens the data file with the key beside it; the first start makes
// both.
func openData(data, instance string) (*store.Store, error) {
	signer, err := logKey(data)
	if err != nil {
		return nil, err
	}
	return store.Open(data, store.Options{Instance: instance, Origin: logName, Signer: signer})
}
