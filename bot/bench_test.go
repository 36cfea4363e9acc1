package bot_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"golang.org/x/mod/sumdb/note"

	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/commands"
	"github.com/ascbot/ascbot/store"
)

// BenchmarkAcknowledge measures from an envelope on the wire to its
// acknowledgement: for Slack's library alone, which stores nothing, and for the
// bot, which has every command and click on disk before it answers. The three
// run side by side, so that the ratio holds on any machine.
func BenchmarkAcknowledge(b *testing.B) {
	for _, inFlight := range []int{1, 64} {
		b.Run(fmt.Sprintf("slack-go/inflight=%d", inFlight), func(b *testing.B) { measure(b, inFlight, slashPayload, bareClient) })
		b.Run(fmt.Sprintf("bot-command/inflight=%d", inFlight), func(b *testing.B) { measure(b, inFlight, slashPayload, wholeBot) })
		b.Run(fmt.Sprintf("bot-click/inflight=%d", inFlight), func(b *testing.B) { measure(b, inFlight, clickPayload, wholeBot) })
	}
}

// BenchmarkStart measures from Run to both connections greeted.
func BenchmarkStart(b *testing.B) {
	hub := newHub(b)
	for b.Loop() {
		stop := wholeBot(b, hub)
		stop()
	}
}

func slashPayload(i int) string {
	return fmt.Sprintf(`{"team_id":"T0","user_id":"U0ANA","channel_id":"C0","command":"/asc","text":"help","trigger_id":"t%d"}`, i)
}

func clickPayload(i int) string {
	return fmt.Sprintf(`{"type":"block_actions","user":{"id":"U0ANA","team_id":"T0"},"container":{"channel_id":"C0","message_ts":"1.2"},`+
		`"trigger_id":"t%d","actions":[{"action_id":"approve","block_id":"decide","value":"1.1.abc"}]}`, i)
}

// hub is the least Slack there can be: it hands out envelopes and waits for
// their acknowledgements.
type hub struct {
	*httptest.Server
	conns chan *websocket.Conn
	waits sync.Map // envelope id → chan
	sent  atomic.Int64
}

func newHub(b *testing.B) *hub {
	h := &hub{conns: make(chan *websocket.Conn, 8)}
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	mux := http.NewServeMux()
	reply := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }
	}
	mux.HandleFunc("/api/auth.test", reply(`{"ok":true,"team_id":"T0","user_id":"U0BOT","bot_id":"B0"}`))
	mux.HandleFunc("/api/users.info", reply(`{"ok":true,"user":{"id":"U0ANA","team_id":"T0","name":"ana","profile":{"email":"ana@x.example"}}}`))
	mux.HandleFunc("/api/chat.postMessage", reply(`{"ok":true,"channel":"D0","ts":"1.1"}`))
	mux.HandleFunc("/api/apps.connections.open", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, `{"ok":true,"url":"ws%s/link"}`, strings.TrimPrefix(h.URL, "http"))
	})
	mux.HandleFunc("/link", func(w http.ResponseWriter, r *http.Request) {
		conn, err := up.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		_ = conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"hello","num_connections":1}`))
		_ = conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second))
		h.conns <- conn
		for {
			var ack struct {
				EnvelopeID string `json:"envelope_id"`
			}
			if conn.ReadJSON(&ack) != nil {
				return
			}
			if ch, ok := h.waits.LoadAndDelete(ack.EnvelopeID); ok {
				close(ch.(chan struct{}))
			}
		}
	})
	h.Server = httptest.NewServer(mux)
	b.Cleanup(h.Close)
	return h
}

func measure(b *testing.B, inFlight int, payload func(int) string, client func(*testing.B, *hub) func()) {
	h := newHub(b)
	stop := client(b, h)
	conn := <-h.conns
	var write sync.Mutex
	send := func() time.Duration {
		n := int(h.sent.Add(1))
		id := fmt.Sprintf("e%d", n)
		kind := "slash_commands"
		if strings.Contains(payload(n), "block_actions") {
			kind = "interactive"
		}
		done := make(chan struct{})
		h.waits.Store(id, done)
		text, _ := json.Marshal(map[string]any{"type": kind, "envelope_id": id, "accepts_response_payload": true, "payload": json.RawMessage(payload(n))})
		begun := time.Now()
		write.Lock()
		err := conn.WriteMessage(websocket.TextMessage, text)
		write.Unlock()
		if err != nil {
			b.Error(err)
			return 0
		}
		<-done
		return time.Since(begun)
	}
	var mu sync.Mutex
	var took []time.Duration
	work := make(chan struct{})
	var wg sync.WaitGroup
	b.ResetTimer()
	for range inFlight {
		wg.Go(func() {
			for range work {
				d := send()
				mu.Lock()
				took = append(took, d)
				mu.Unlock()
			}
		})
	}
	for b.Loop() {
		work <- struct{}{}
	}
	close(work)
	wg.Wait()
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
	b.ReportMetric(float64(len(took))/b.Elapsed().Seconds(), "acks/s")
	stop()
}

// bareClient acknowledges with Slack's library and does nothing else.
func bareClient(b *testing.B, h *hub) func() {
	api := slack.New("xoxb-bench", slack.OptionAppLevelToken("xapp-bench"), slack.OptionAPIURL(h.URL+"/api/"))
	client := socketmode.New(api)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { _ = client.RunContext(ctx); close(ended) }()
	go func() {
		for {
			select {
			case ev := <-client.Events:
				if ev.Request != nil && ev.Request.EnvelopeID != "" {
					_ = client.AckCtx(ctx, ev.Request.EnvelopeID, nil)
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() { cancel(); <-ended }
}

// wholeBot is the bot on a real data file.
func wholeBot(b *testing.B, h *hub) func() {
	skey, _, err := note.GenerateKey(rand.Reader, "ascbot.bench")
	must(b, err)
	signer, err := note.NewSigner(skey)
	must(b, err)
	st, err := store.Open(filepath.Join(b.TempDir(), "bench.db"), store.Options{Instance: "sandbox", Signer: signer})
	must(b, err)
	bt := &bot.Bot{
		Slack: bot.Slack{APIURL: h.URL + "/api/", AppToken: "xapp-bench", BotToken: "xoxb-bench", Dial: (&net.Dialer{}).DialContext},
		Store: st, Config: roomy(), Verbs: commands.Table(), Teams: []bot.Team{{Name: "bench"}},
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- bt.Run(ctx) }()
	<-bt.Ready()
	return func() {
		cancel()
		must(b, <-ended)
		must(b, st.Close())
	}
}
