package bot_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
	"golang.org/x/mod/sumdb/note"

	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/commands"
	"github.com/ascbot/ascbot/store"
)

// benchClient names the client that this test binary is to be, instead of running
// tests: a benchmark starts itself again, so that what a client needs can be told
// from what sending to it needs.
const benchClient, benchURL = "ASCBOT_BENCH_CLIENT", "ASCBOT_BENCH_URL"

func TestMain(m *testing.M) {
	url := os.Getenv(benchURL)
	var run func(ctx context.Context, url string) error
	switch os.Getenv(benchClient) {
	case "slack-go":
		run = runBare
	case "ascbot":
		run = runBot
	default:
		if flag.Parse(); flag.Lookup("test.bench").Value.String() == "" {
			debug.SetGCPercent(400) // hundreds of small towns come and go, and none is large
		}
		os.Exit(m.Run())
	}
	ctx, stop := context.WithCancel(context.Background())
	go func() { _, _ = io.Copy(io.Discard, os.Stdin); stop() }()
	if err := run(ctx, url); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// bareClient acknowledges with Slack's Go library and does nothing else.
func bareClient(sent load) contestant {
	return contestant{name: "slack-go", sent: sent, program: []string{os.Args[0]}, env: []string{benchClient + "=slack-go"}, conns: 1}
}

func runBare(ctx context.Context, url string) error {
	api := slack.New("xoxb-bench", slack.OptionAppLevelToken("xapp-bench"), slack.OptionAPIURL(url+"/api/"))
	client := socketmode.New(api)
	go func() { _ = client.RunContext(ctx) }()
	for {
		select {
		case ev := <-client.Events:
			if ev.Request != nil && ev.Request.EnvelopeID != "" {
				_ = client.AckCtx(ctx, ev.Request.EnvelopeID, nil)
			}
		case <-ctx.Done():
			return nil
		}
	}
}

// theBot is the whole bot on a real data file.
func theBot(sent load) contestant {
	return contestant{name: "ascbot", sent: sent, program: []string{os.Args[0]}, env: []string{benchClient + "=ascbot"}, conns: 2, answers: true}
}

func runBot(ctx context.Context, url string) error {
	skey, _, err := note.GenerateKey(rand.Reader, "ascbot.bench")
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "ascbot-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	st, err := store.Open(filepath.Join(dir, "bench.db"), store.Options{Instance: "sandbox", Signer: signer})
	if err != nil {
		return err
	}
	defer st.Close()
	conf := roomy()
	conf.Policy.Limits.Commands = 1000
	bt := &bot.Bot{
		Slack: bot.Slack{APIURL: url + "/api/", AppToken: "xapp-bench", BotToken: "xoxb-bench", Dial: (&net.Dialer{}).DialContext},
		Store: st, Config: conf, Verbs: commands.Table(), Teams: []bot.Team{{Name: "bench"}},
	}
	return bt.Run(ctx)
}

// bolt is Slack's own framework for JavaScript. It acknowledges and does nothing else.
func bolt(sent load) contestant {
	return contestant{name: "Bolt", sent: sent, program: []string{"node", "acknowledge.mjs"}, dir: boltDir, conns: 1}
}

var boltDir = filepath.Join("..", "sandbox", "slack", "clients", "bolt")

// noBolt says what is missing to run Bolt, if anything is.
func noBolt() string {
	if _, err := exec.LookPath("node"); err != nil {
		return "there is no node"
	}
	if _, err := os.Stat(filepath.Join(boltDir, "node_modules", "@slack", "bolt")); err != nil {
		return "it is not installed; run npm ci in sandbox/slack/clients/bolt"
	}
	return ""
}

// running is a contestant's process, connected to a hub of its own.
type running struct {
	contestant
	hub  *hub
	pid  int
	said *bytes.Buffer // its errors; to be read when it has ended
	end  func() error
	last int // number of the last envelope
}

func (c contestant) start(b *testing.B) *running {
	b.Helper()
	r := &running{contestant: c, hub: newHub(b), said: new(bytes.Buffer)}
	process := exec.Command(c.program[0], c.program[1:]...)
	process.Env = append(append(os.Environ(), benchURL+"="+r.hub.URL), c.env...)
	process.Dir, process.Stderr = c.dir, r.said
	input, err := process.StdinPipe()
	must(b, err)
	must(b, process.Start())
	r.pid = process.Process.Pid
	r.end = func() error { input.Close(); return process.Wait() }
	for n := range c.conns {
		select {
		case conn := <-r.hub.arrived:
			if n == 0 {
				r.hub.conn = conn // like Slack, the hub may choose any
			}
		case <-time.After(20 * time.Second):
			_ = r.end()
			b.Fatalf("%s did not connect\n%s", c.name, r.said)
		}
	}
	return r
}

func (r *running) stop(b *testing.B) {
	b.Helper()
	if err := r.end(); err != nil {
		b.Errorf("%s ended with %v\n%s", r.name, err, r.said)
	}
}

// frame is the next envelope for this client.
func (r *running) frame() frame {
	r.last++
	// Many people, since the bot counts what each of them does in a minute.
	kind, payload := slashPayload(r.last, r.hub.URL)
	if r.sent == click {
		kind, payload = clickPayload(r.last, r.hub.URL)
	}
	id := fmt.Sprintf("%08d-0ffb-41f3-a080-d19e85f53649", r.last)
	return frame{id, fmt.Appendf(nil, `{"envelope_id":"%s","type":"%s","accepts_response_payload":true,"payload":%s}`, id, kind, payload)}
}

// people is how many different ones act.
const people = 1000

// Payloads as Slack's documentation has them.
func slashPayload(i int, base string) (kind, payload string) {
	return "slash_commands", fmt.Sprintf(`{"token":"verification-token","team_id":"T0","team_domain":"example","channel_id":"C0","channel_name":"random",`+
		`"user_id":"U%07d","user_name":"ana","command":"/asc","text":"help invite","api_app_id":"A111","is_enterprise_install":"false",`+
		`"response_url":"%s/commands/T0/%d/2ZkXSjzFvvuT2cIvDGpqIcqk","trigger_id":"1610241741.%d.72f11de3d52bb9593d6931af772a323e"}`, i%people, base, i, i)
}

func clickPayload(i int, base string) (kind, payload string) {
	return "interactive", fmt.Sprintf(`{"type":"block_actions","user":{"id":"U%07d","username":"ana","name":"ana","team_id":"T0"},"api_app_id":"A111","token":"verification-token",`+
		`"container":{"type":"message","message_ts":"1610241741.000200","channel_id":"C0","is_ephemeral":false},`+
		`"trigger_id":"1610241741.%d.72f11de3d52bb9593d6931af772a323e","team":{"id":"T0","domain":"example"},"enterprise":null,"is_enterprise_install":false,`+
		`"channel":{"id":"C0","name":"random"},"message":{"type":"message","user":"U0BOT","bot_id":"B0","app_id":"A111","team":"T0","ts":"1610241741.000200","text":"fallback",`+
		`"blocks":[{"type":"actions","block_id":"decide","elements":[{"type":"button","action_id":"approve","value":"1.1.abc","style":"primary","text":{"type":"plain_text","text":"Approve","emoji":true}}]}]},`+
		`"state":{"values":{}},"response_url":"%s/actions/T0/%d/yyy",`+
		`"actions":[{"type":"button","action_id":"approve","block_id":"decide","text":{"type":"plain_text","text":"Approve","emoji":true},"value":"1.1.abc","style":"primary","action_ts":"1610241750.123456"}]}`, i%people, i, base, i)
}
