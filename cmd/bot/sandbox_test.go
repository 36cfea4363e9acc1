package main

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ascbot/ascbot/sandbox"
	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
)

func TestPlay(t *testing.T) {
	t.Parallel()
	got := ascbot(t, nil, "sandbox", "--play")
	if got.code != exitOK || got.errOut != "" {
		t.Fatalf("exit code %d\n%s\non stderr:\n%s", got.code, got.out, got.errOut)
	}
	for _, want := range []string{
		"/asc invite", "someone else has to agree", "Invitation sent to nia@example.com", "Approved by @Cy Lindqvist",
		"POST /v1/userInvitations 201", "/asc tester add kim@example.com to Friends in Halo", "First downloads", "→ done", "every record is what was signed",
		"All 9 steps happened",
	} {
		if !strings.Contains(got.out, want) {
			t.Errorf("the story does not have %q", want)
		}
	}
	for _, secret := range []string{"xoxb-", "xapp-", "eyJ", "PRIVATE"} {
		if strings.Contains(got.out, secret) {
			t.Errorf("the story shows a secret: %s…", secret)
		}
	}
	if t.Failed() {
		t.Log(got.out)
	}
}

func TestPlayNamesTheStepThatFailed(t *testing.T) {
	t.Parallel()
	home, err := openPlayground(t.Context(), &sandboxCmd{Play: true}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	home.box.Apple.Inject(apple.Fault{Method: "POST", PathPrefix: "/v1/userInvitations", Kind: apple.Refuse, Status: 403})
	var told bytes.Buffer
	err = home.play(&process{ctx: t.Context(), stdout: &told, stderr: &told})
	if e := home.Close(); e != nil {
		t.Error(e)
	}
	if err == nil || !strings.HasPrefix(err.Error(), "step 3, “"+chapters[2].title+"”, did not happen: request #1 is failed, not done") {
		t.Errorf("%v", err)
	}
	if strings.Contains(told.String(), "✓ "+chapters[2].title) || strings.Contains(told.String(), chapters[3].title) {
		t.Errorf("the story goes on:\n%s", told.String())
	}
}

func TestSandboxRunsUntilItIsStopped(t *testing.T) {
	t.Parallel()
	b := begin(t, nil, "sandbox", "--addr", "127.0.0.1:0")
	said, came := b.out.until("Stop with Ctrl-C")
	if !came {
		t.Fatalf("exit code %d\n%s%s", b.end(), said, b.errOut)
	}
	_, after, _ := strings.Cut(said, "http://")
	address, _, _ := strings.Cut(after, "\n")
	page, err := http.Get("http://" + address)
	if err != nil {
		t.Fatal(err)
	}
	page.Body.Close()
	if page.StatusCode != http.StatusOK {
		t.Errorf("the page answers %s", page.Status)
	}
	_, after, _ = strings.Cut(said, "audit verify --data ")
	data, _, _ := strings.Cut(after, "\n")
	if got := ascbot(t, nil, "audit", "verify", "--data", data); got.code != exitOK {
		t.Errorf("verifying while it runs: %+v", got)
	}
	if code := b.end(); code != exitOK || b.errOut.String() != "" {
		t.Errorf("exit code %d, on stderr: %s", code, b.errOut)
	}
	if _, err := os.Stat(filepath.Dir(data)); err == nil {
		t.Errorf("%s is left behind", filepath.Dir(data))
	}
}

func TestSandboxKeepsItsData(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "kept.db")
	for range 2 { // the second start goes on with the same file
		b := begin(t, nil, "sandbox", "--addr", "127.0.0.1:0", "--data", data)
		if said, came := b.out.until("Stop with Ctrl-C"); !came {
			t.Fatalf("exit code %d\n%s%s", b.end(), said, b.errOut)
		}
		if code := b.end(); code != exitOK {
			t.Errorf("exit code %d: %s", code, b.errOut)
		}
	}
	got := ascbot(t, nil, "audit", "export", "--data", data)
	if n := strings.Count(got.out, `"kind":"started"`); n != 2 {
		t.Errorf("%d starts in the log", n)
	}
	if strings.Count(got.out, "the sandbox's rules with SHA-256 ") != 2 || strings.Contains(got.out, "built-in rules") {
		t.Errorf("the log does not say which rules were in force:\n%s", got.out)
	}
}

func TestUsualPortIsTaken(t *testing.T) {
	t.Parallel()
	if l, err := net.Listen("tcp", usualAddr); err == nil {
		defer l.Close()
	} // else somebody has it already, which is what is wanted
	b := begin(t, nil, "sandbox", "--no-bot")
	said, came := b.out.until("# Stop with Ctrl-C.")
	code := b.end()
	if !came || code != exitOK || !strings.Contains(said, usualAddr+" is taken by another program") || strings.Contains(said, "export ASC_API_URL=http://"+usualAddr) {
		t.Errorf("exit code %d\n%s%s", code, said, b.errOut)
	}
}

func TestAddressThatIsTaken(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for addr, want := range map[string]string{l.Addr().String(): "address already in use", "0.0.0.0:0": "loopback only", "nonsense": "not an address"} {
		if got := ascbot(t, nil, "sandbox", "--addr", addr); got.code != exitOther || !strings.Contains(got.errOut, want) {
			t.Errorf("%s: %+v", addr, got)
		}
	}
}

func TestStandInsAlone(t *testing.T) {
	t.Parallel()
	b := begin(t, nil, "sandbox", "--no-bot", "--json", "--addr", "127.0.0.1:0")
	said, came := b.out.until("\n")
	if !came {
		t.Fatalf("exit code %d: %s", b.end(), b.errOut)
	}
	var is map[string]string
	if err := json.Unmarshal([]byte(said), &is); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"slack_api_url", "slack_app_token", "slack_bot_token", "asc_api_url", "asc_key_id", "asc_issuer_id",
		"asc_private_key_path", "asc_vendor_number", "page_url",
	} {
		if is[name] == "" {
			t.Errorf("there is no %s in %s", name, said)
		}
		delete(is, name)
	}
	if len(is) > 0 {
		t.Errorf("nobody asked for %v", is)
	}
	b.end()
}

// TestRunAgainstStandIns starts "ascbot run" with nothing but its environment,
// as somebody would who has the stand-ins in another window.
func TestRunAgainstStandIns(t *testing.T) {
	t.Parallel()
	b := begin(t, nil, "sandbox", "--no-bot", "--json", "--addr", "127.0.0.1:0")
	said, came := b.out.until("\n")
	if !came {
		t.Fatalf("exit code %d: %s", b.end(), b.errOut)
	}
	var is handles
	if err := json.Unmarshal([]byte(said), &is); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(is.ASCKeyPath); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	env := map[string]string{
		"SLACK_API_URL": is.SlackAPIURL, "SLACK_APP_TOKEN": is.SlackAppToken, "SLACK_BOT_TOKEN": is.SlackBotToken,
		"ASC_API_URL": is.ASCAPIURL, "ASC_KEY_ID": is.ASCKeyID, "ASC_ISSUER_ID": is.ASCIssuerID, "ASC_PRIVATE_KEY_PATH": is.ASCKeyPath,
		"ASC_VENDOR_NUMBER": is.ASCVendor, "ASCBOT_DATA": filepath.Join(t.TempDir(), "ascbot.db"),
		"ASCBOT_CONFIG": file(t, "config.yaml", digestConfig, 0o600), "ASCBOT_LOG": "json",
	}
	bot := begin(t, env, "run")
	if log, came := bot.errOut.until("connected to Slack"); !came {
		t.Fatalf("exit code %d: %s", bot.end(), log)
	}
	if got := ascbot(t, env, "audit", "verify"); got.code != exitOK {
		t.Errorf("%+v", got)
	}
	if got := ascbot(t, env, "run"); got.code != exitHeld || !strings.Contains(got.errOut, "another process has it") {
		t.Errorf("a second bot on the same file: %+v", got)
	}
	if code := bot.end(); code != exitOK || !strings.Contains(bot.errOut.String(), "ascbot has stopped") || bot.out.String() != "" {
		t.Errorf("exit code %d, on stderr: %s", code, bot.errOut)
	}
	if got := ascbot(t, env, "audit", "export"); strings.Count(got.out, `"kind":"started"`) != 1 || strings.Count(got.out, `"kind":"stopped"`) != 1 {
		t.Errorf("start and stop are not in the log: %s", got.out)
	}
	for _, secret := range []string{is.SlackAppToken, is.SlackBotToken, "eyJ"} {
		if strings.Contains(bot.errOut.String(), secret) {
			t.Errorf("a secret is in the log: %s", bot.errOut)
		}
	}
	if code := b.end(); code != exitOK {
		t.Errorf("exit code %d: %s", code, b.errOut)
	}
	if _, err := os.Stat(is.ASCKeyPath); err == nil {
		t.Error("the stand-ins left their private key behind")
	}
}

// A token that Slack does not take ends the start with words, not with a loop.
func TestFW12RunWithTokensSlackRefuses(t *testing.T) {
	t.Parallel()
	b := begin(t, nil, "sandbox", "--no-bot", "--json", "--addr", "127.0.0.1:0")
	defer b.end()
	said, came := b.out.until("\n")
	if !came {
		t.Fatalf("exit code %d: %s", b.end(), b.errOut)
	}
	var is handles
	if err := json.Unmarshal([]byte(said), &is); err != nil {
		t.Fatal(err)
	}
	env := goodEnv(t)
	env["SLACK_API_URL"], env["ASC_API_URL"] = is.SlackAPIURL, is.ASCAPIURL
	if got := ascbot(t, env, "run"); got.code != exitRefused || !strings.Contains(got.errOut, "a token is refused by Slack: the bot token") {
		t.Errorf("%+v", got)
	}
	env["SLACK_BOT_TOKEN"] = is.SlackBotToken
	if got := ascbot(t, env, "run"); got.code != exitRefused || !strings.Contains(got.errOut, "a token is refused by Slack: the app-level token") {
		t.Errorf("%+v", got)
	}
}

// runningBot is the program between stand-ins, connected.
func runningBot(t *testing.T) (*sandbox.Sandbox, *begun) {
	t.Helper()
	box, err := sandbox.Start(t.Context(), sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { box.Close() })
	env := goodEnv(t)
	env["SLACK_API_URL"], env["ASC_API_URL"] = box.SlackAPIURL(), box.AppleAPIURL()
	env["SLACK_APP_TOKEN"], env["SLACK_BOT_TOKEN"] = box.Slack.AppToken(), box.Slack.BotToken()
	b := begin(t, env, "run")
	if log, came := b.errOut.until("connected to Slack"); !came {
		t.Fatalf("exit code %d: %s", b.end(), log)
	}
	return box, b
}

// Somebody switches Socket Mode off: trying again would not help, so the bot ends,
// and its exit code says why.
func TestFW12RunEndsWhenSocketModeIsSwitchedOff(t *testing.T) {
	t.Parallel()
	box, b := runningBot(t)
	box.Slack.Inject(slack.Fault{Kind: slack.LinkDisabled})
	if _, came := b.errOut.until("Socket Mode is switched off"); !came {
		t.Error("it does not say why it ends")
	}
	if code := <-b.ended; code != exitSwitchedOff {
		t.Errorf("exit code %d: %s", code, b.errOut)
	}
}

// Somebody removes the app while the bot runs: the next thing that is asked of it
// makes it end, and its exit code says why.
func TestFW12RunEndsWhenATokenIsRevoked(t *testing.T) {
	t.Parallel()
	box, b := runningBot(t)
	box.Slack.Inject(slack.Fault{Kind: slack.Revoked})
	box.Slack.Command("ana", "#ios", "/asc help")
	if code := <-b.ended; code != exitRefused || !strings.Contains(b.errOut.String(), "a token is refused by Slack: the bot token") {
		t.Errorf("exit code %d: %s", code, b.errOut)
	}
}
