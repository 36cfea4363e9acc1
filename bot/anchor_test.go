package bot_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
	"github.com/ascbot/ascbot/store"
)

// anchorTown is the town with anchors in a channel, a folder, and a program.
func anchorTown(t *testing.T) (w *town, folder, piped string) {
	folder, piped = t.TempDir(), filepath.Join(t.TempDir(), "piped")
	program := filepath.Join(t.TempDir(), "put")
	must(t, os.WriteFile(program, []byte("#!/bin/sh\ncat >> \"$1\"; env >> \"$1\"\n"), 0o700))
	rules := townRules + "anchor: {channel: \"#ios\", folder: " + folder + ", command: [" + program + ", " + piped + "]}\n"
	return found(t, t.TempDir(), rules, noon, apple.Options{}), folder, piped
}

// anchorsIn are the anchors somebody sees in a channel.
func (w *town) anchors() []slack.Message { return w.messages("ana", "ios", "anchor/") }

// The log is anchored daily, after a change of the highest risk and at a stop, each
// checkpoint once in each place, and what was anchored verifies.
func TestT26TheLogIsAnchored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, folder, piped := anchorTown(t)
		w.start(nil)
		settle(time.Minute)
		if n := len(w.anchors()); n != 1 {
			t.Fatalf("%d anchors on the first day", n)
		}
		settle(time.Hour)
		if n := len(w.anchors()); n != 1 {
			t.Errorf("%d anchors though nothing has happened", n)
		}
		w.box.Slack.Command("ana", "#ios", "/asc invite di@example.com admin")
		settle(rest)
		card := w.newest().Card
		w.box.Slack.Press(slack.Press{User: "cy", Channel: card.Channel, TS: card.TS, ActionID: "approve"})
		settle(time.Minute)
		if got := w.newest(); got.State != store.Done || len(w.anchors()) != 2 {
			t.Errorf("after a change of access, which is %s: %d anchors", got.State, len(w.anchors()))
		}
		for _, other := range []struct {
			line    string
			anchors int
		}{{"/asc group rename Friends to Family in Halo", 2}, {"/asc build expire Halo 118", 3}} { // the second cannot be undone
			w.box.Slack.Command("ana", "#ios", other.line)
			settle(rest)
			card := w.newest().Card
			w.box.Slack.Press(slack.Press{User: "cy", Channel: card.Channel, TS: card.TS, ActionID: "approve"})
			settle(time.Minute)
			if got := w.newest(); got.State != store.Done || len(w.anchors()) != other.anchors {
				t.Errorf("after %s, which is %s: %d anchors", other.line, got.State, len(w.anchors()))
			}
		}
		w.box.Slack.Command("ana", "#ios", "/asc log")
		settle(rest)
		w.halt()
		if n := len(w.anchors()); n != 4 {
			t.Errorf("after a stop: %d anchors", n)
		}
		w.start(nil)
		settle(13 * time.Hour)
		after := len(w.anchors())
		w.halt()
		files, err := filepath.Glob(filepath.Join(folder, "ascbot-*.txt"))
		if err != nil || len(files) < 4 || after < 4 {
			t.Errorf("%d files, %d anchors: %v", len(files), after, err)
		}
		var kept [][]byte
		for _, m := range w.anchors() {
			found := store.FindCheckpoint([]byte(m.Text))
			if found == nil || !strings.Contains(m.Plain, "records now") {
				t.Errorf("no checkpoint in %q", m.Text)
			}
			kept = append(kept, found)
		}
		for _, path := range files {
			text, err := os.ReadFile(path)
			must(t, err)
			kept = append(kept, text)
		}
		took, err := os.ReadFile(piped)
		must(t, err)
		if n := strings.Count(string(took), "— ascbot.meadow.example"); n != len(files) || strings.Contains(string(took), "xox") {
			t.Errorf("the program was given %d checkpoints for %d files:\n%s", n, len(files), took)
		}
		st, err := store.OpenReadOnly(w.data)
		must(t, err)
		defer st.Close()
		v, err := store.Verify(st.Source(), w.known, kept)
		if err != nil || !v.OK() || v.Anchored == 0 {
			t.Errorf("%+v, %v", v, err)
		}
		known, err := st.Anchors()
		must(t, err)
		for _, a := range known {
			if !a.Folder || !a.Command || a.Place.TS == "" {
				t.Errorf("%+v", a)
			}
		}
	})
}

// An anchor that cannot be put somewhere raises an alarm once, and is tried again.
func TestFD22AnchorChannelThatCannotBePostedTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, folder, _ := anchorTown(t)
		w.start(nil)
		settle(time.Minute)
		must(t, os.Rename(folder, folder+".away"))
		w.box.Slack.Command("ana", "#ios", "/asc log")
		settle(13 * time.Hour) // into the next day
		if n := strings.Count(w.everything("cy"), "could not be anchored everywhere"); n != 1 {
			t.Errorf("%d alarms", n)
		}
		must(t, os.Rename(folder+".away", folder))
		settle(time.Minute)
		files, _ := filepath.Glob(filepath.Join(folder, "ascbot-*.txt"))
		if len(files) < 2 {
			t.Errorf("once it can, %d files", len(files))
		}
	})
}

// Without an anchor for two days changes of the highest risk wait, other ones do not,
// and they go on as soon as the log is anchored again.
func TestT26FD23WithoutAnAnchorForTwoDaysTheHighestRiskWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		folder := t.TempDir()
		w := found(t, t.TempDir(), townRules+"anchor: {folder: "+folder+"}\n", noon, apple.Options{})
		w.start(nil)
		settle(time.Minute)
		must(t, os.Rename(folder, folder+".away"))
		agreed := func(line, by string) (id uint64) {
			w.box.Slack.Command("ana", "#ios", line)
			settle(rest)
			r := w.newest()
			w.box.Slack.Press(slack.Press{User: by, Channel: r.Card.Channel, TS: r.Card.TS, ActionID: "approve"})
			settle(time.Minute)
			return r.ID
		}
		state := func(id uint64) store.State {
			r, err := w.current().st.Request(id)
			must(t, err)
			return r.State
		}
		must(t, w.box.Clock.Move(47*time.Hour))
		settle(time.Minute)
		if id := agreed("/asc invite di@example.com admin", "cy"); state(id) != store.Done {
			t.Errorf("after less than two days it is %s", state(id))
		}
		must(t, w.box.Clock.Move(2*time.Hour))
		settle(time.Minute)
		waits, runs := agreed("/asc invite ed@example.com admin", "cy"), agreed("/asc tester add kim@example.com to Friends in Halo", "ben")
		settle(5 * time.Minute)
		if state(waits) != store.Approved || state(runs) != store.Done {
			t.Errorf("after two days the change of access is %s, the one of TestFlight %s", state(waits), state(runs))
		}
		if said := w.current().log.String(); !strings.Contains(said, "the log could not be anchored since 24 Nov ") {
			at := strings.LastIndex(said, "a request waits")
			t.Errorf("why it waits is not said: %q", said[max(0, at):])
		}
		must(t, os.Rename(folder+".away", folder))
		settle(3 * time.Minute)
		if state(waits) != store.Done {
			t.Errorf("once it is anchored again it is %s", state(waits))
		}
	})
}

// An anchor in the channel shows that an older copy was put back, even if the machine
// has nothing else that does; and one that is gone is told.
func TestT27TheAnchorInTheChannelIsLookedAt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _, _ := anchorTown(t)
		w.start(nil)
		settle(time.Minute)
		w.halt()
		old, err := os.ReadFile(w.data)
		must(t, err)
		w.start(nil)
		w.box.Slack.Command("ana", "#ios", "/asc invite di@example.com admin")
		settle(rest)
		w.halt()
		newest, err := os.ReadFile(w.data)
		must(t, err)

		must(t, os.WriteFile(w.data, old, 0o600))
		w.start(nil)
		w.box.Slack.Command("ana", "#ios", "/asc invite ed@example.com admin")
		settle(rest)
		if text := w.everything("ana"); !strings.Contains(text, "I am sealed and change nothing: the data file is an older copy") || !strings.Contains(text, "(an anchor in #ios)") {
			t.Errorf("it is not sealed:\n%s", text)
		}
		w.halt()

		must(t, os.WriteFile(w.data, newest, 0o600))
		all := w.anchors()
		last := all[len(all)-1]
		for _, c := range w.box.Slack.Snapshot("ana").Channels {
			if c.Name == "ios" {
				(&play{town: w}).slackAPI("chat.delete", map[string]string{"channel": c.ID, "ts": last.TS})
			}
		}
		w.start(nil)
		settle(rest)
		if text := w.everything("cy"); !strings.Contains(text, "is gone, or was changed") {
			t.Errorf("nobody is told that an anchor is gone:\n%s", text)
		}
	})
}
