package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// largestSecret bounds a key file, in bytes. Keys have a few hundred.
const largestSecret = 16 << 10

// readPrivate reads a file that holds a key. It refuses one that others on this
// machine could read or could have put there. Whoever reads it clears the bytes
// when they are no longer needed.
func readPrivate(path string) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if errors.Is(err, syscall.ELOOP) {
		return nil, fmt.Errorf("%s is a symbolic link; name the file itself", path)
	}
	if err != nil {
		return nil, bare(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, bare(err)
	}
	if err := mustBePrivate(path, info); err != nil {
		return nil, err
	}
	held := make([]byte, info.Size())
	if _, err := io.ReadFull(f, held); err != nil {
		clear(held)
		return nil, fmt.Errorf("%s changed while it was read: %w", path, err)
	}
	return held, nil
}

func mustBePrivate(path string, info os.FileInfo) error {
	mode := info.Mode()
	switch {
	case !mode.IsRegular():
		return fmt.Errorf("%s is not a file", path)
	case mode.Perm()&0o077 != 0:
		return fmt.Errorf("%s can be read or written by others on this machine (mode %04o); chmod 600 it, and make a new key if somebody else had access", path, mode.Perm())
	case info.Size() > largestSecret:
		return fmt.Errorf("%s has %d bytes, which is no key", path, info.Size())
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && owner.Uid != 0 && int(owner.Uid) != os.Geteuid() {
		return fmt.Errorf("%s belongs to another user of this machine (uid %d); it has to be root's or the bot's own", path, owner.Uid)
	}
	return nil
}
