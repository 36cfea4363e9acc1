package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// largestRules is more than ReadConfig takes, so that it can say so.
const largestRules = 1 << 20

// readTrusted reads the rules that will be in force. It refuses a file that anybody
// but the bot's own user and root could have written, or put in its place: the file,
// every directory above it, and every symbolic link on the way are looked at.
// Links as such are fine, since Kubernetes mounts its files by them.
func readTrusted(path string) ([]byte, error) {
	real, err := walk(path, 0)
	if err != nil {
		return nil, err
	}
	return readRegular(path, real, func(info fs.FileInfo) error { return mustBeOurs(path, info) })
}

// readConfigFile reads rules that somebody wants to look at.
func readConfigFile(path string) ([]byte, error) {
	return readRegular(path, path, func(fs.FileInfo) error { return nil })
}

// readRegular reads a file, called by name in errors, that may be read.
func readRegular(name, path string, may func(fs.FileInfo) error) ([]byte, error) {
	// A pipe would be waited for otherwise.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, bare(err)
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, bare(err)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a file", name)
	}
	if err := may(info); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, largestRules))
	return bytes.TrimPrefix(text, []byte("\ufeff")), err
}

// mostLinks bounds how many symbolic links may lead to a file.
const mostLinks = 20

// walk goes to a file from the root, looks at everything on the way, and answers its
// path without any link.
func walk(path string, links int) (string, error) {
	if links > mostLinks {
		return "", fmt.Errorf("%s: more than %d symbolic links lead there", path, mostLinks)
	}
	whole, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	at := "/"
	if err := mustStay(at); err != nil {
		return "", err
	}
	parts := strings.Split(strings.Trim(whole, "/"), "/")
	for i, part := range parts {
		at = filepath.Join(at, part)
		info, err := os.Lstat(at)
		if err != nil {
			return "", bare(err)
		}
		if info.Mode()&fs.ModeSymlink != 0 {
			if err := mustBelong(at, info); err != nil {
				return "", err
			}
			to, err := os.Readlink(at)
			if err != nil {
				return "", bare(err)
			}
			if !filepath.IsAbs(to) {
				to = filepath.Join(filepath.Dir(at), to)
			}
			return walk(filepath.Join(append([]string{to}, parts[i+1:]...)...), links+1)
		}
		if i < len(parts)-1 {
			if err := mustStay(at); err != nil {
				return "", err
			}
		}
	}
	return at, nil
}

// mustStay refuses a directory in which others could put another file in place of
// one that is there. In one like /tmp, where everybody may write and nobody may
// take away what is another's, what is there has to be ours, which walk looks at.
func mustStay(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return bare(err)
	}
	if err := mustBelong(dir, info); err != nil {
		return err
	}
	if mode := info.Mode(); mode.Perm()&0o022 != 0 && mode&fs.ModeSticky == 0 {
		return fmt.Errorf("others on this machine may put another file into %s (mode %04o); chmod go-w it", dir, mode.Perm())
	}
	return nil
}

// mustBeOurs refuses a file that others may have written.
func mustBeOurs(path string, info fs.FileInfo) error {
	if mode := info.Mode().Perm(); mode&0o022 != 0 {
		return fmt.Errorf("%s may be written by others on this machine (mode %04o); chmod 644 it", path, mode)
	}
	return mustBelong(path, info)
}

// mustBelong refuses what is neither root's nor the bot's own.
func mustBelong(path string, info fs.FileInfo) error {
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return errors.New(path + ": this system does not tell whose it is")
	}
	if owner.Uid != 0 && int(owner.Uid) != os.Geteuid() {
		return fmt.Errorf("%s belongs to another user of this machine (uid %d); it has to be root's or the bot's own (uid %d)", path, owner.Uid, os.Geteuid())
	}
	return nil
}
