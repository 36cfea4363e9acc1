package slack_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	sandbox "github.com/ascbot/ascbot/sandbox/slack"
	"github.com/gorilla/websocket"
)

// ear is a connection that keeps every frame, and acknowledges while it is willing.
type ear struct {
	conn *websocket.Conn

	mu     sync.Mutex
	frames []map[string]any
	over   bool
}

func (w *workspace) listen(deaf bool) *ear {
	e := &ear{conn: w.dialLink()}
	go func() {
		for {
			var f map[string]any
			err := e.conn.ReadJSON(&f)
			e.mu.Lock()
			if e.over = err != nil; !e.over {
				e.frames = append(e.frames, f)
			}
			e.mu.Unlock()
			if err != nil {
				return
			}
			if id, ok := f["envelope_id"]; ok && !deaf {
				e.conn.WriteJSON(map[string]any{"envelope_id": id})
			}
		}
	}()
	synctest.Wait()
	return e
}

// heard is every frame so far.
func (e *ear) heard() []map[string]any {
	synctest.Wait()
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.frames)
}

// ended reports whether the connection is over.
func (e *ear) ended() bool {
	synctest.Wait()
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.over
}

// got counts the frames in which something stands under a path.
func (e *ear) got(want any, path ...string) (n int) {
	for _, f := range e.heard() {
		if dig(f, path...) == want {
			n++
		}
	}
	return n
}

// post sends a message and says how that went, and whether there is one more afterwards.
func (w *workspace) post() (status int, a answer, posted bool) {
	before := len(inIOS(w))
	res, err := w.http.PostForm("http://slack.test/api/chat.postMessage", url.Values{"token": {w.BotToken()}, "channel": {"C0IOS"}, "text": {"x"}})
	if err == nil {
		defer res.Body.Close()
		json.NewDecoder(res.Body).Decode(&a)
		status = res.StatusCode
	}
	return status, a, len(inIOS(w)) > before
}

// inIOS are the messages everybody sees in #ios.
func inIOS(w *workspace) []sandbox.Message {
	for _, c := range w.Snapshot("ana").Channels {
		if c.ID == "C0IOS" {
			return c.Messages
		}
	}
	return nil
}

// troubles say of each kind of trouble whether it can be seen. inject makes it, or nothing.
var troubles = map[sandbox.FaultKind]func(w *workspace, inject func(sandbox.Fault)) bool{
	sandbox.RateLimited: func(w *workspace, inject func(sandbox.Fault)) bool {
		inject(sandbox.Fault{Method: "chat.postMessage"})
		status, a, posted := w.post()
		return status == http.StatusTooManyRequests && a.Error == "ratelimited" && !posted
	},
	sandbox.FailBefore: func(w *workspace, inject func(sandbox.Fault)) bool {
		inject(sandbox.Fault{})
		status, _, posted := w.post()
		return status == http.StatusInternalServerError && !posted
	},
	sandbox.FailAfter: func(w *workspace, inject func(sandbox.Fault)) bool {
		inject(sandbox.Fault{})
		status, _, posted := w.post()
		return status == http.StatusInternalServerError && posted
	},
	sandbox.DropAfter: func(w *workspace, inject func(sandbox.Fault)) bool {
		inject(sandbox.Fault{})
		status, _, posted := w.post()
		return status == 0 && posted
	},
	sandbox.Slow: func(w *workspace, inject func(sandbox.Fault)) bool {
		inject(sandbox.Fault{After: 7 * time.Second})
		start := time.Now()
		_, a, posted := w.post()
		return a.OK && posted && time.Since(start) == 7*time.Second
	},
	sandbox.MissingScope: func(w *workspace, inject func(sandbox.Fault)) bool {
		inject(sandbox.Fault{})
		_, a, posted := w.post()
		return a.Error == "missing_scope" && a.Needed == "chat:write" && !posted
	},
	sandbox.APIError: func(w *workspace, inject func(sandbox.Fault)) bool {
		inject(sandbox.Fault{Name: "fatal_error"})
		_, a, posted := w.post()
		return a.Error == "fatal_error" && !posted
	},
	sandbox.NoCharts: func(w *workspace, inject func(sandbox.Fault)) bool {
		inject(sandbox.Fault{})
		table := w.call("chat.postMessage", "channel", "C0SALES", "text", "t", "blocks", `[{"type":"table","rows":[[{"type":"raw_text","text":"App"}]]}]`)
		plain := w.call("chat.postMessage", "channel", "C0SALES", "text", "t", "blocks", `[{"type":"divider"}]`)
		return table.Error == "invalid_blocks" && plain.OK
	},
	sandbox.HideFromHistory: func(w *workspace, inject func(sandbox.Fault)) bool {
		inject(sandbox.Fault{After: 5 * time.Second})
		_, _, posted := w.post()
		early := len(w.call("conversations.history", "channel", "C0IOS").Messages)
		time.Sleep(5 * time.Second)
		return posted && early == 0 && len(w.call("conversations.history", "channel", "C0IOS").Messages) == 1
	},
	sandbox.Duplicate: func(w *workspace, inject func(sandbox.Fault)) bool {
		e := w.listen(false)
		defer e.conn.Close()
		inject(sandbox.Fault{After: time.Second})
		r := w.Command("ana", "#ios", "/asc help")
		time.Sleep(2 * time.Second)
		return e.got(r.Envelope, "envelope_id") == 2
	},
	sandbox.Reorder: func(w *workspace, inject func(sandbox.Fault)) bool {
		e := w.listen(false)
		defer e.conn.Close()
		inject(sandbox.Fault{Times: 1, After: time.Minute})
		one := make(chan sandbox.Reply)
		go func() { one <- w.Command("ana", "#ios", "/asc one") }()
		synctest.Wait()
		two := w.Command("ana", "#ios", "/asc two")
		first := <-one
		at := func(r sandbox.Reply) int {
			return slices.IndexFunc(e.heard(), func(f map[string]any) bool { return f["envelope_id"] == r.Envelope })
		}
		return first.OK() && two.OK() && at(two) < at(first)
	},
	sandbox.LoseEnvelope: func(w *workspace, inject func(sandbox.Fault)) bool {
		e := w.listen(false)
		defer e.conn.Close()
		inject(sandbox.Fault{Method: "slash_commands"})
		r := w.Command("ana", "#ios", "/asc help")
		return r.Error == `/asc failed with the error "operation_timeout"` && e.got("slash_commands", "type") == 0
	},
	sandbox.EnterpriseText: func(w *workspace, inject func(sandbox.Fault)) bool {
		e := w.listen(false)
		defer e.conn.Close()
		inject(sandbox.Fault{})
		w.Shortcut("ana", "ask")
		return e.got("false", "payload", "is_enterprise_install") == 1
	},
	sandbox.EnterpriseNone: func(w *workspace, inject func(sandbox.Fault)) bool {
		e := w.listen(false)
		defer e.conn.Close()
		inject(sandbox.Fault{})
		w.Shortcut("ana", "ask")
		return e.got("shortcut", "payload", "type") == 1 && e.got(false, "payload", "is_enterprise_install") == 0
	},
	sandbox.Unacknowledged: func(w *workspace, inject func(sandbox.Fault)) bool {
		e := w.listen(true)
		r := w.Command("ana", "#ios", "/asc help")
		e.conn.Close()
		inject(sandbox.Fault{Times: 1})
		later := w.listen(false)
		defer later.conn.Close()
		return r.Code == sandbox.Timeout && later.got(r.Envelope, "envelope_id") == 1
	},
	sandbox.Revoked: func(w *workspace, inject func(sandbox.Fault)) bool {
		e := w.listen(false)
		defer e.conn.Close()
		inject(sandbox.Fault{})
		return w.call("auth.test").Error == "token_revoked" && e.got("tokens_revoked", "payload", "event", "type") == 1 &&
			e.got("app_uninstalled", "payload", "event", "type") == 1
	},
	sandbox.UnknownEnvelope: func(w *workspace, inject func(sandbox.Fault)) bool {
		e := w.listen(true)
		defer e.conn.Close()
		inject(sandbox.Fault{})
		time.Sleep(5 * time.Second)
		return e.got("quantum_events", "type") == 2 // nobody acknowledged the first
	},
	sandbox.UnknownEvent: func(w *workspace, inject func(sandbox.Fault)) bool {
		e := w.listen(false)
		defer e.conn.Close()
		inject(sandbox.Fault{})
		time.Sleep(5 * time.Second)
		return e.got("quantum_leap", "payload", "event", "type") == 1
	},
	sandbox.AppRateLimited: func(w *workspace, inject func(sandbox.Fault)) bool {
		e := w.listen(false)
		defer e.conn.Close()
		inject(sandbox.Fault{})
		return e.got("app_rate_limited", "payload", "type") == 1 && e.got("events_api", "type") == 1 && e.got(nil, "payload", "event") == len(e.heard())
	},
	sandbox.Warning: toldToGo(sandbox.Warning),
	sandbox.Refresh: toldToGo(sandbox.Refresh),
	sandbox.TooMany: toldToGo(sandbox.TooMany),
	sandbox.LinkDisabled: func(w *workspace, inject func(sandbox.Fault)) bool {
		told := toldToGo(sandbox.LinkDisabled)(w, inject)
		_, a := w.send("POST", "http://slack.test/api/apps.connections.open", formType, "", "Authorization: Bearer "+w.AppToken())
		return told && a.Error == "forbidden_team"
	},
	sandbox.Cut: func(w *workspace, inject func(sandbox.Fault)) bool {
		e := w.listen(false)
		defer e.conn.Close()
		inject(sandbox.Fault{})
		synctest.Wait()
		return e.ended() && w.Connections() == 0 && e.got("disconnect", "type") == 0
	},
	sandbox.Silent: func(w *workspace, inject func(sandbox.Fault)) bool {
		e := w.listen(false)
		defer e.conn.Close()
		inject(sandbox.Fault{})
		r := w.Command("ana", "#ios", "/asc help")
		return r.Code == sandbox.Timeout && w.Connections() == 1 && !e.ended() && e.got("slash_commands", "type") == 0
	},
}

// toldToGo: a disconnect frame names the reason, and ten seconds later the connection is over.
func toldToGo(kind sandbox.FaultKind) func(*workspace, func(sandbox.Fault)) bool {
	return func(w *workspace, inject func(sandbox.Fault)) bool {
		e := w.listen(false)
		defer e.conn.Close()
		inject(sandbox.Fault{})
		told, stays := e.got(string(kind), "reason") == 1, !e.ended()
		time.Sleep(9 * time.Second)
		stays = stays && !e.ended()
		time.Sleep(time.Second)
		return told && stays && e.ended()
	}
}

// Each trouble is seen when it is made, and not when it is not made.
func TestEachTrouble(t *testing.T) {
	events := append([]string{"app_home_opened", "app_uninstalled", "tokens_revoked"}, sandbox.DefaultEvents...)
	for _, kind := range sandbox.FaultKinds {
		t.Run(string(kind), func(t *testing.T) {
			seen, tried := troubles[kind]
			if !tried {
				t.Fatal("nothing here would notice it")
			}
			inWorkspace(t, sandbox.Options{Events: events}, func(w *workspace) {
				if seen(w, func(sandbox.Fault) {}) {
					t.Error("it is seen though nobody made it")
				}
			})
			inWorkspace(t, sandbox.Options{Events: events}, func(w *workspace) {
				made := false
				if !seen(w, func(f sandbox.Fault) { f.Kind, made = kind, true; w.Inject(f) }) || !made {
					t.Error("nothing is seen of it")
				}
			})
		})
	}
}

// A trouble that was cancelled, or happened as often as it should, is over.
func TestTroublesEnd(t *testing.T) {
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		w.Inject(sandbox.Fault{Kind: sandbox.FailBefore, Method: "chat.postMessage", Times: 2})
		for i, want := range []int{500, 500, 200} {
			if status, _, _ := w.post(); status != want {
				t.Errorf("call %d: %d, want %d", i, status, want)
			}
		}
		cancel := w.Inject(sandbox.Fault{Kind: sandbox.FailBefore, Method: "chat.postMessage"})
		if a := w.call("users.info", "user", "U0ANA"); !a.OK {
			t.Errorf("another method fails too: %+v", a)
		}
		cancel()
		cancel()
		if status, _, _ := w.post(); status != 200 || len(w.Faults()) != 0 {
			t.Errorf("after the end: %d, %v", status, w.Faults())
		}
	})
}

// The token of an app that is gone is refused with the reason the trouble names.
func TestGoneForAnotherReason(t *testing.T) {
	inWorkspace(t, sandbox.Options{}, func(w *workspace) {
		cancel := w.Inject(sandbox.Fault{Kind: sandbox.Revoked, Name: "account_inactive"})
		if a := w.call("auth.test"); a.Error != "account_inactive" {
			t.Errorf("%+v", a)
		}
		if _, a := w.send("POST", "http://slack.test/api/apps.connections.open", formType, "", "Authorization: Bearer "+w.AppToken()); !a.OK {
			t.Errorf("the app-level token is not the workspace's: %+v", a)
		}
		cancel()
		if a := w.call("auth.test"); !a.OK {
			t.Errorf("after the end: %+v", a)
		}
	})
}
