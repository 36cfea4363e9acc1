package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ascbot/ascbot/sandbox"
)

// BenchmarkMemoryAtRest measures what the bot needs while nobody asks anything of
// it: the program as the image has it, in a process of its own, connected to the
// stand-ins in this one. The numbers are what Linux says is resident, after startup
// has come to rest: in all, and without the pages of the program's file, which are as
// they are on the disk and make room for others whenever others need it.
func BenchmarkMemoryAtRest(b *testing.B) {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		b.Skip("this system has no /proc, which tells how much memory a process has resident")
	}
	program := filepath.Join(b.TempDir(), "ascbot")
	build := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	box, err := sandbox.Start(b.Context(), sandbox.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer box.Close()
	var most, own float64
	for b.Loop() {
		all, its := restingMB(b, program, box)
		most, own = max(most, all), max(own, its)
	}
	b.ReportMetric(most, "MB-resident")
	b.ReportMetric(own, "MB-of-its-own")
	b.ReportMetric(0, "ns/op") // how long a start takes is another matter
}

// restingMB runs the bot until it is connected and has come to rest.
func restingMB(b *testing.B, program string, box *sandbox.Sandbox) (resident, own float64) {
	b.Helper()
	dir, held := b.TempDir(), box.Apple.Credentials()
	key := filepath.Join(dir, "AuthKey.p8")
	if err := os.WriteFile(key, held.PrivateKeyPEM, 0o600); err != nil {
		b.Fatal(err)
	}
	said := newWatched()
	bot := exec.CommandContext(b.Context(), program, "run")
	bot.Stderr = said
	bot.Env = []string{
		"SLACK_API_URL=" + box.SlackAPIURL(), "SLACK_APP_TOKEN=" + box.Slack.AppToken(), "SLACK_BOT_TOKEN=" + box.Slack.BotToken(),
		"ASC_API_URL=" + box.AppleAPIURL(), "ASC_KEY_ID=" + held.KeyID, "ASC_ISSUER_ID=" + held.IssuerID, "ASC_PRIVATE_KEY_PATH=" + key,
		"ASC_VENDOR_NUMBER=" + held.VendorNumber, "ASCBOT_DATA=" + filepath.Join(dir, "ascbot.db"),
	}
	if err := bot.Start(); err != nil {
		b.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- bot.Wait(); said.end() }()
	if log, came := said.until("connected to Slack"); !came {
		b.Fatalf("the bot has ended: %v\n%s", <-ended, log)
	}
	time.Sleep(2 * time.Second) // the apps and groups for type-ahead are being fetched
	resident, err := statusMB(bot.Process.Pid, "VmRSS")
	if err == nil {
		own, err = statusMB(bot.Process.Pid, "RssAnon")
	}
	if err != nil {
		b.Fatal(err)
	}
	if err := bot.Process.Signal(syscall.SIGTERM); err != nil {
		b.Fatal(err)
	}
	if err := <-ended; err != nil {
		b.Fatalf("the bot did not stop well: %v\n%s", err, said)
	}
	return resident, own
}

// statusMB reads a line of what Linux says of a process, in kibibytes.
func statusMB(pid int, name string) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if words := strings.Fields(line); len(words) == 3 && words[0] == name+":" {
			kib, err := strconv.ParseFloat(words[1], 64)
			return kib * 1024 / 1e6, err
		}
	}
	return 0, fmt.Errorf("process %d has no %s", pid, name)
}
