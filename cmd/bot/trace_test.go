package main

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/ascbot/ascbot/sandbox"
	"github.com/ascbot/ascbot/sandbox/slack"
)

// A crash prints what every goroutine was doing; none of that, and nothing the program
// has said before at its most talkative, is a secret.
func TestT22ACrashPrintsNoSecret(t *testing.T) {
	t.Parallel()
	box, err := sandbox.Start(t.Context(), sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	env := runIn(t, box)
	env["ASCBOT_LOG"] = "json,debug"
	bot := exec.CommandContext(t.Context(), os.Args[0], "run")
	said := newWatched()
	bot.Stderr, bot.Stdout = said, said
	bot.Env = []string{asProgram + "=1", "GOTRACEBACK=all"}
	for name, value := range env {
		bot.Env = append(bot.Env, name+"="+value)
	}
	if err := bot.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- bot.Wait(); said.end() }()
	if log, came := said.until("connected to Slack"); !came {
		t.Fatalf("%v\n%s", <-ended, log)
	}
	box.Slack.Command("ana", "#ios", "/asc users")
	box.Slack.Inject(slack.Fault{Kind: slack.Cut})
	said.until("App Store Connect answered")
	if err := bot.Process.Signal(syscall.SIGABRT); err != nil {
		t.Fatal(err)
	}
	<-ended
	text := said.String()
	if !strings.Contains(text, "SIGABRT") || strings.Count(text, "goroutine ") < 10 {
		t.Fatalf("it has not crashed, or tells nothing of it:\n%s", text)
	}
	key := strings.ReplaceAll(must(t, env["ASC_PRIVATE_KEY_PATH"]), "-----BEGIN PRIVATE KEY-----", "")
	secrets := append(strings.Fields(key)[:1], env["SLACK_APP_TOKEN"], env["SLACK_BOT_TOKEN"], "eyJ", "?ticket=", "PRIVATE+KEY")
	for _, secret := range secrets {
		if len(secret) < 3 || strings.Contains(text, secret) {
			t.Errorf("%q stands in what a crash prints", secret)
		}
	}
}
