package main

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// ran is how the program ended.
type ran struct {
	code        int
	out, errOut string
}

// ascbot runs the program to its end, with an environment of its own.
func ascbot(t *testing.T, env map[string]string, args ...string) ran {
	t.Helper()
	var out, errOut bytes.Buffer
	code := run(t.Context(), args, func(name string) string { return env[name] }, &out, &errOut)
	return ran{code, out.String(), errOut.String()}
}

// begun is the program under way.
type begun struct {
	out, errOut *watched
	stop        context.CancelFunc
	ended       chan int
}

// begin starts the program beside the test, which has to end it.
func begin(t *testing.T, env map[string]string, args ...string) *begun {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	b := &begun{newWatched(), newWatched(), stop, make(chan int, 1)}
	go func() {
		b.ended <- run(ctx, args, func(name string) string { return env[name] }, b.out, b.errOut)
		b.out.end()
		b.errOut.end()
	}()
	return b
}

// end stops the program and answers its exit code.
func (b *begun) end() int {
	b.stop()
	return <-b.ended
}

// watched is output that can be waited for.
type watched struct {
	mu    sync.Mutex
	moved *sync.Cond
	text  strings.Builder
	ended bool
}

func newWatched() *watched {
	w := &watched{}
	w.moved = sync.NewCond(&w.mu)
	return w
}

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	defer w.moved.Broadcast()
	return w.text.Write(p)
}

func (w *watched) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
	w.moved.Broadcast()
}

// until waits for words, or for the end of the program.
func (w *watched) until(words string) (text string, came bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for !strings.Contains(w.text.String(), words) && !w.ended {
		w.moved.Wait()
	}
	return w.text.String(), strings.Contains(w.text.String(), words)
}

func (w *watched) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.String()
}

func TestHelp(t *testing.T) {
	for _, c := range []struct {
		args []string
		want []string
	}{
		{nil, []string{"ascbot sandbox", "run", "audit verify", "audit export", "backup", "version"}},
		{[]string{"--help"}, []string{"ascbot sandbox"}},
		{[]string{"run", "--help"}, []string{"SLACK_APP_TOKEN", "ASC_PRIVATE_KEY_PATH", "ASCBOT_CONFIG", "ascbot run --check"}},
		{[]string{"sandbox", "--help"}, []string{"ascbot sandbox --play", "--no-bot"}},
		{[]string{"audit", "verify", "--help"}, []string{"Exit codes", "--checkpoint"}},
		{[]string{"audit", "export", "--help"}, []string{"ascbot audit key"}},
		{[]string{"backup", "--help"}, []string{"date +%F"}},
	} {
		got := ascbot(t, nil, c.args...)
		if got.code != exitOK || got.errOut != "" {
			t.Errorf("ascbot %q: exit code %d, and on stderr %q", c.args, got.code, got.errOut)
		}
		for _, want := range c.want {
			if !strings.Contains(got.out, want) {
				t.Errorf("ascbot %q does not teach %q:\n%s", c.args, want, got.out)
			}
		}
	}
}

func TestWrongWords(t *testing.T) {
	for _, args := range [][]string{{"fly"}, {"run", "--wings"}, {"audit"}, {"backup"}, {"sandbox", "--json"}, {"sandbox", "--play", "--no-bot"}, {"sandbox", "--no-bot", "--data", "x.db"}, {"audit", "verify", "a", "--data", "b"}} {
		got := ascbot(t, nil, args...)
		if got.code != exitUsage || got.out != "" || !strings.HasPrefix(got.errOut, "ascbot: ") {
			t.Errorf("ascbot %q: exit code %d, stdout %q, stderr %q", args, got.code, got.out, got.errOut)
		}
	}
}

func TestVersion(t *testing.T) {
	if got := ascbot(t, nil, "version"); got.code != exitOK || !strings.HasPrefix(got.out, "ascbot ") || !strings.Contains(got.out, "go1.") {
		t.Errorf("ascbot version: %+v", got)
	}
}

func TestT21NoCoreDumps(t *testing.T) {
	noCoreDumps()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_CORE, &limit); err != nil || limit.Cur != 0 || limit.Max != 0 {
		t.Errorf("%+v, %v", limit, err)
	}
}
