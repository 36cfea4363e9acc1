package bot_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ascbot/ascbot/bot/invariants"
	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
	"github.com/ascbot/ascbot/store"
)

// forgery is a world put together by hand, in which a change was asked for, agreed to, made once and
// told of; and then something in it is made untrue.
type forgery struct {
	*town
	invariants.World
	file store.Engine
	r    store.Request
}

// The checker of the invariants is itself checked: it finds nothing wrong with a world in which all is
// well, and each invariant is shown a world in which it alone does not hold.
func TestTheCheckerFindsEachInvariantBroken(t *testing.T) {
	broken := map[string]struct {
		breaks func(f *forgery)
		also   []string // what cannot but be untrue as well
	}{
		"":                       {breaks: func(*forgery) {}},
		invariants.OneEffect:     {breaks: (*forgery).happensTwice},
		invariants.IntentFirst:   {breaks: (*forgery).happensBefore},
		invariants.Ends:          {breaks: (*forgery).staysApproved},
		invariants.NoVoteLost:    {breaks: (*forgery).losesAVote, also: []string{invariants.Truth, invariants.PostedOnce}},
		invariants.NoVoteTwice:   {breaks: (*forgery).countsTwice, also: []string{invariants.StateIsReplay}},
		invariants.StateIsReplay: {breaks: (*forgery).changesTheRequest},
		invariants.TreeExtends:   {breaks: (*forgery).rewritesTheLog},
		invariants.PostedOnce:    {breaks: (*forgery).postsTwice},
		invariants.Truth:         {breaks: (*forgery).saysTooMuch},
	}
	if len(broken) != 10 {
		t.Fatalf("%d of nine invariants are broken", len(broken)-1)
	}
	for invariant, b := range broken {
		t.Run("broken "+invariant, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := forge(t)
				b.breaks(f)
				found, err := invariants.Violated(f.World)
				must(t, err)
				seen := map[string]bool{}
				for _, v := range found {
					if seen[v.Invariant] = true; v.Invariant != invariant && !slices.Contains(b.also, v.Invariant) {
						t.Errorf("it finds besides: %s", v)
					}
				}
				if invariant != "" && !seen[invariant] {
					t.Errorf("it does not find that %s is broken; it finds %v", invariant, found)
				}
			})
		})
	}
}

func forge(t *testing.T) *forgery {
	w := found(t, t.TempDir(), townRules, noon, apple.Options{})
	w.start(nil)
	settle(rest)
	f := &forgery{town: w}
	var err error
	f.file, err = store.BoltEngine(filepath.Join(t.TempDir(), "forged.db"), time.Minute, false)
	must(t, err)
	st, err := store.New(f.file, store.Options{Instance: "sandbox", Signer: w.signer})
	must(t, err)
	t.Cleanup(func() { st.Close() })
	f.World = invariants.World{
		Log: st, Known: w.known, Slack: w.box.Slack, Apple: w.box.Apple, Rested: true,
		Foreign: func(c apple.Call) bool { return !strings.Contains(c.Request, "Family") },
	}
	f.keepsCheckpoint()
	f.r = f.asks("1")
	f.votes(f.r.ID, "cy")
	f.moves(f.r.ID, store.Running)
	must(t, w.rename("Friends", "Family"))
	f.r = f.moves(f.r.ID, store.Done)
	settle(time.Hour)
	f.r = f.tells(f.r, "✅ Done")
	f.keepsCheckpoint()
	return f
}

func (f *forgery) keepsCheckpoint() {
	if head, err := f.Log.Checkpoint(); err == nil && len(head) > 0 {
		f.Kept = append(f.Kept, head)
	}
}

func (f *forgery) mark(who string) store.Mark {
	m := store.Mark{At: f.box.Clock.Now()}
	if who != "" {
		m.By = store.Person{Team: slack.TeamID, ID: "U0" + strings.ToUpper(who), Name: who}
	}
	return m
}

func (f *forgery) asks(origin string) store.Request {
	r, _, err := f.Log.Ask(store.Request{Origin: origin, Operation: "group rename", Asker: f.mark("ana").By}, f.mark("").At)
	must(f.t, err)
	return r
}

func (f *forgery) votes(id uint64, who string) {
	r, err := f.Log.Request(id)
	must(f.t, err)
	m := f.mark(who)
	_, _, err = f.Log.Vote(id, store.Vote{Person: m.By, Yes: true, Digest: r.Digest, Version: r.Version, At: m.At},
		func(store.Request) (store.State, string) { return store.Approved, "enough" })
	must(f.t, err)
}

func (f *forgery) moves(id uint64, to store.State) store.Request {
	r, err := f.Log.Move(id, to, f.mark(""), nil)
	must(f.t, err)
	return r
}

// posts says something with the bot's token and one of its marks.
func (f *forgery) posts(channel, key, text, blocks string) store.Place {
	args := map[string]string{
		"channel": channel, "text": text,
		"metadata": fmt.Sprintf(`{"event_type":"ascbot_post","event_payload":{"key":%q}}`, key),
	}
	if blocks != "" {
		args["blocks"] = blocks
	}
	at := f.slackAPI("chat.postMessage", args)
	return store.Place{Channel: fmt.Sprint(at["channel"]), TS: fmt.Sprint(at["ts"])}
}

// tells posts the card of a request, and tells its asker of the end.
func (f *forgery) tells(r store.Request, headline string) store.Request {
	card := f.posts("asc-approvals", fmt.Sprintf("card/%d/%d", r.ID, r.Version), fmt.Sprintf("%s  ·  #%d", headline, r.ID), "")
	r, err := f.Log.Edit(r.ID, func(r *store.Request) error { r.Card = card; return nil })
	must(f.t, err)
	if r.State.Final() {
		f.posts("U0ANA", fmt.Sprintf("told/%d/%s", r.ID, r.State), fmt.Sprintf("%s: your request #%d", headline, r.ID), "")
	}
	settle(2 * time.Second)
	return r
}

func (f *forgery) happensTwice() {
	r := f.asks("2")
	f.votes(r.ID, "cy")
	f.moves(r.ID, store.Running)
	for range 3 {
		must(f.t, f.rename("Family", "Friends"))
		must(f.t, f.rename("Friends", "Family"))
	}
	f.tells(f.moves(r.ID, store.Done), "✅ Done")
}

func (f *forgery) happensBefore() {
	must(f.t, f.rename("Everybody", "Family too"))
	settle(time.Second)
	r := f.asks("2")
	f.votes(r.ID, "cy")
	f.moves(r.ID, store.Running)
	f.tells(f.moves(r.ID, store.Done), "✅ Done")
}

func (f *forgery) staysApproved() {
	r := f.asks("2")
	f.votes(r.ID, "cy")
	r, err := f.Log.Request(r.ID)
	must(f.t, err)
	f.tells(r, "▶️ Approved, about to run")
}

// losesAVote has a click acknowledged of which this log says nothing: it went to another one.
func (f *forgery) losesAVote() {
	effects[2].asks(f.town)
	settle(rest)
	card := f.newest().Card
	f.box.Slack.Press(slack.Press{User: "ben", Channel: card.Channel, TS: card.TS, ActionID: "approve"})
	settle(time.Minute)
}

func (f *forgery) countsTwice() {
	f.edits(func(r map[string]any) { r["votes"] = append(r["votes"].([]any), r["votes"].([]any)[0]) })
}

func (f *forgery) changesTheRequest() {
	f.edits(func(r map[string]any) { r["attempts"], r["version"] = nil, 2 })
}

// edits writes the request without a line in the log.
func (f *forgery) edits(change func(map[string]any)) {
	must(f.t, f.file.Update(func(tx store.Tx) error {
		key := []byte{0, 0, 0, 0, 0, 0, 0, byte(f.r.ID)}
		var r map[string]any
		if err := json.Unmarshal(tx.Get("requests", key), &r); err != nil {
			return err
		}
		delete(r, "v") // which comes first
		change(r)
		data, err := json.Marshal(r)
		if err != nil {
			return err
		}
		return tx.Put("requests", key, append([]byte(`{"v":1,`), data[1:]...))
	}))
}

// rewritesTheLog has somebody keep a checkpoint of another log with the same key.
func (f *forgery) rewritesTheLog() {
	file, err := store.BoltEngine(filepath.Join(f.t.TempDir(), "other.db"), time.Minute, false)
	must(f.t, err)
	other, err := store.New(file, store.Options{Instance: "sandbox", Signer: f.signer})
	must(f.t, err)
	defer other.Close()
	_, err = other.Record(store.Leaf{Kind: "started", At: noon, Note: "another history"})
	must(f.t, err)
	head, err := other.Checkpoint()
	must(f.t, err)
	f.Kept = append(f.Kept, head)
}

func (f *forgery) postsTwice() {
	f.posts("asc-approvals", fmt.Sprintf("vote/%d/1", f.r.ID), "Cy agrees", "")
	settle(2 * time.Second)
	f.posts("asc-approvals", fmt.Sprintf("vote/%d/1", f.r.ID), "Cy agrees", "")
}

func (f *forgery) saysTooMuch() {
	r := f.asks("2")
	f.votes(r.ID, "cy")
	f.moves(r.ID, store.Running)
	f.tells(f.moves(r.ID, store.Failed), "✅ Done")
}
