package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ascbot/ascbot/sandbox"
	"github.com/ascbot/ascbot/sandbox/slack"
)

// ends waits until something holds.
func ends(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("not within 20 s: " + what)
		}
	}
}

// An older copy of the data file is put back: the bot connects, answers what only
// looks, says why it is sealed, and changes nothing, until somebody accepts that.
func TestT28FD11AnOldCopySealsTheBot(t *testing.T) {
	t.Parallel()
	box, err := sandbox.Start(t.Context(), sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	env := runIn(t, box)
	data := env["ASCBOT_DATA"]
	live := func() *begun {
		t.Helper()
		b := begin(t, env, "run")
		if said, came := b.errOut.until("connected to Slack"); !came {
			t.Fatalf("exit code %d\n%s", b.end(), said)
		}
		return b
	}
	reads := func(words string) func() bool {
		return func() bool {
			for _, c := range box.Slack.Snapshot("ana").Channels {
				for _, m := range c.Messages {
					if strings.Contains(m.Plain, words) {
						return true
					}
				}
			}
			return false
		}
	}
	b := live()
	box.Slack.Command("ana", "#ios", "/asc invite di@example.com admin")
	ends(t, "the first request is asked for", reads("#1"))
	if code := b.end(); code != exitOK {
		t.Fatalf("%d\n%s", code, b.errOut)
	}
	old := must(t, data)
	b = live()
	box.Slack.Command("ana", "#ios", "/asc invite ed@example.com admin")
	ends(t, "the second request is asked for", reads("#2"))
	if code := b.end(); code != exitOK {
		t.Fatalf("%d\n%s", code, b.errOut)
	}
	if got := ascbot(t, env, "audit", "accept-rollback"); got.code != exitOK || !strings.Contains(got.out, "nothing to accept") {
		t.Errorf("%+v", got)
	}

	if err := os.WriteFile(data, []byte(old), 0o600); err != nil {
		t.Fatal(err)
	}
	b = live()
	if !strings.Contains(b.errOut.String(), "sealed from the start") {
		t.Errorf("it does not say so:\n%s", b.errOut)
	}
	box.Slack.Command("ana", "#ios", "/asc invite fi@example.com admin")
	ends(t, "it says why nothing is changed", reads("the data file is an older copy"))
	box.Slack.Command("ana", "#ios", "/asc requests")
	ends(t, "it answers what only looks", reads("1 open"))
	card := box.Slack.Snapshot("cy")
	for _, c := range card.Channels {
		for _, m := range c.Messages {
			if c.Name == "asc-approvals" && strings.Contains(m.Plain, "#1") {
				box.Slack.Press(slack.Press{User: "cy", Channel: c.ID, TS: m.TS, ActionID: "approve"})
			}
		}
	}
	time.Sleep(time.Second) // time enough for what must not happen
	if code := b.end(); code != exitOK {
		t.Errorf("%d\n%s", code, b.errOut)
	}
	for _, call := range box.Apple.Calls(0) {
		if call.Method != "GET" {
			t.Errorf("something was changed at Apple: %+v", call)
		}
	}
	got := ascbot(t, env, "audit", "accept-rollback")
	if got.code != exitOK || !strings.Contains(got.out, "older copy") || !strings.Contains(got.out, "Void are the requests that were open in it: #1") {
		t.Errorf("%+v", got)
	}
	b = live()
	if strings.Contains(b.errOut.String(), "sealed") {
		t.Errorf("still sealed:\n%s", b.errOut)
	}
	if code := b.end(); code != exitOK {
		t.Error(code)
	}
	if got := ascbot(t, env, "audit", "verify"); got.code != exitOK {
		t.Errorf("%+v", got)
	}
	// Without its head file nobody can tell whether this is the newest copy.
	if err := os.Remove(data + ".head"); err != nil {
		t.Fatal(err)
	}
	b = live()
	if !strings.Contains(b.errOut.String(), "is missing, so nobody can tell") {
		t.Errorf("it does not say so:\n%s", b.errOut)
	}
	b.end()
}

func TestHeadFileFollowsTheLog(t *testing.T) {
	t.Parallel()
	path := newData(t)
	st := openTest(t, path)
	head := filepath.Join(t.TempDir(), "head")
	k, err := keepHead(head, st, logging{}.logger(t.Output()))
	if err != nil {
		t.Fatal(err)
	}
	for range 50 {
		if err := recordStart(st, fixed, ""); err != nil {
			t.Fatal(err)
		}
	}
	now, _ := st.Checkpoint()
	ends(t, "the head file is the newest checkpoint", func() bool { return must(t, head) == string(now) })
	if why, _, err := rolledBack(st, head, ""); err != nil || why != "" {
		t.Errorf("%q, %v", why, err)
	}
	if err := recordStart(st, fixed, ""); err != nil {
		t.Fatal(err)
	}
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
	if last, _ := st.Checkpoint(); must(t, head) != string(last) {
		t.Error("not at the end")
	}
	anchors := t.TempDir()
	other := openTest(t, newData(t))
	foreign, _ := other.Checkpoint()
	other.Close()
	for name, text := range map[string]string{"a.txt": string(now), "b.txt": string(foreign), "c.json": "{}"} {
		if err := os.WriteFile(filepath.Join(anchors, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if why, _, err := rolledBack(st, head, anchors); err != nil || why != "" {
		t.Errorf("with anchors: %q, %v", why, err)
	}
	if err := os.WriteFile(head, []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	if why, _, err := rolledBack(st, head, ""); err != nil || !strings.Contains(why, "no checkpoint of this log") {
		t.Errorf("a spoilt head file: %q, %v", why, err)
	}
	if _, err := keepHead("/nowhere/head", st, logging{}.logger(t.Output())); err == nil || !strings.Contains(err.Error(), "ASCBOT_HEAD") {
		t.Errorf("%v", err)
	}
	if err := st.Close(); err != nil {
		t.Error(err)
	}
}

func TestFD01Room(t *testing.T) {
	t.Parallel()
	if err := roomFor(newData(t))(); err != nil {
		t.Skip("this disk has little room: ", err)
	}
	if err := roomFor("/proc/version")(); err == nil { // a file system without any
		t.Error("there is room where there is none")
	}
}
