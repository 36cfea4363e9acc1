package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestT12OnlyWeMayHaveWrittenTheRules(t *testing.T) {
	path := file(t, "config.yaml", "rules: {}\n", 0o600)
	for mode := range os.FileMode(0o1000) {
		if mode&0o400 == 0 {
			continue // not even we can read it, unless we are root
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		_, err := readTrusted(path)
		if want := mode&0o022 == 0; want != (err == nil) {
			t.Errorf("mode %04o: %v", mode, err)
		}
		if err != nil && !strings.Contains(err.Error(), fmt.Sprintf("(mode %04o)", mode)) {
			t.Errorf("mode %04o: it says %v", mode, err)
		}
	}
}

func TestT12WhatIsNoFileIsNoRules(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, pipe, "/dev/null", "/dev/zero"} {
		if _, err := readTrusted(path); err == nil || !strings.Contains(err.Error(), "is not a file") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestT12NobodyElseMayPutRulesInTheirPlace(t *testing.T) {
	home := t.TempDir()
	make := func(parts ...string) string { return filepath.Join(append([]string{home}, parts...)...) }
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{"own", "open", "sticky", "group"} {
		must(os.Mkdir(make(dir), 0o755))
		must(os.WriteFile(make(dir, "config.yaml"), []byte("rules: {}\n"), 0o644))
	}
	must(os.Chmod(make("open"), 0o777))
	must(os.Chmod(make("group"), 0o775))
	must(os.Chmod(make("sticky"), 0o777|os.ModeSticky))
	// As Kubernetes mounts a file, so that all files change at once.
	must(os.Mkdir(make("own", "..2026"), 0o755))
	must(os.WriteFile(make("own", "..2026", "rules.yaml"), []byte("rules: {}\n"), 0o644))
	must(os.Symlink("..2026", make("own", "..data")))
	must(os.Symlink("..data/rules.yaml", make("own", "mounted.yaml")))
	must(os.Symlink(make("open", "config.yaml"), make("own", "outside.yaml")))
	must(os.Symlink("round.yaml", make("own", "round.yaml")))
	must(os.Symlink(make("own"), make("open", "way")))
	for path, want := range map[string]string{
		"own/config.yaml":        "",
		"own/../own/config.yaml": "",
		"own/mounted.yaml":       "",
		"sticky/config.yaml":     "",
		"open/config.yaml":       "others on this machine may put another file into " + make("open") + " (mode 0777); chmod go-w it",
		"group/config.yaml":      "(mode 0775); chmod go-w it",
		"own/outside.yaml":       "others on this machine may put another file into " + make("open"),
		"open/way/config.yaml":   "others on this machine may put another file into " + make("open"),
		"own/round.yaml":         "more than 20 symbolic links lead there",
		"own/none.yaml":          "no such file",
	} {
		_, err := readTrusted(home + "/" + path)
		if (want == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can make files of other users")
	}
	must(os.Lchown(make("sticky", "config.yaml"), 4711, 4711))
	must(os.Symlink(make("own", "config.yaml"), make("sticky", "theirs.yaml")))
	must(os.Lchown(make("sticky", "theirs.yaml"), 4711, 4711))
	must(os.Chown(make("group"), 4711, 4711))
	must(os.Chmod(make("group"), 0o755))
	for _, path := range []string{"sticky/config.yaml", "sticky/theirs.yaml", "group/config.yaml"} {
		if _, err := readTrusted(make(path)); err == nil || !strings.Contains(err.Error(), "belongs to another user of this machine (uid 4711)") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestT12FiveMegabytesOfAliasesAreNotRead(t *testing.T) {
	env := goodEnv(t)
	for size, want := range map[int]string{5 << 20: "262144 are allowed", 200 << 10: "words and marks; 40000 are allowed", 20 << 10: "anchors and aliases"} {
		bomb := "groups:\n  a: &a [U0A]\n" + strings.Repeat("  b: [*a, *a, *a]\n", size/18)
		env["ASCBOT_CONFIG"] = file(t, "config.yaml", bomb, 0o600)
		_, err := readSettings(func(name string) string { return env[name] }, fileFlags{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d bytes: %.300v", size, err)
		}
	}
}
