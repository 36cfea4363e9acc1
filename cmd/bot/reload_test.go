package main

import (
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/ascbot/ascbot/sandbox"
	"github.com/ascbot/ascbot/sandbox/slack"
)

// runIn are the variables with which "ascbot run" talks to stand-ins.
func runIn(t *testing.T, box *sandbox.Sandbox) map[string]string {
	t.Helper()
	held := box.Apple.Credentials()
	return map[string]string{
		"SLACK_API_URL": box.SlackAPIURL(), "SLACK_APP_TOKEN": box.Slack.AppToken(), "SLACK_BOT_TOKEN": box.Slack.BotToken(),
		"ASC_API_URL": box.AppleAPIURL(), "ASC_KEY_ID": held.KeyID, "ASC_ISSUER_ID": held.IssuerID,
		"ASC_PRIVATE_KEY_PATH": file(t, "AuthKey.p8", string(held.PrivateKeyPEM), 0o600),
		"ASC_VENDOR_NUMBER":    held.VendorNumber, "ASCBOT_DATA": filepath.Join(t.TempDir(), "ascbot.db"),
	}
}

func TestSIGHUPHasTheRulesReadAgain(t *testing.T) {
	mine := make(chan os.Signal, 1) // so that the signal can never end the tests
	signal.Notify(mine, syscall.SIGHUP)
	defer signal.Stop(mine)
	box, err := sandbox.Start(t.Context(), sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	env := runIn(t, box)
	env["ASCBOT_CONFIG"] = file(t, "config.yaml", "rules: {access: {quorum: 1}}\n", 0o600)
	b := begin(t, env, "run")
	if said, came := b.errOut.until("connected to Slack"); !came {
		t.Fatalf("exit code %d\n%s", b.end(), said)
	}
	for _, step := range []struct{ rules, says string }{
		{"rules: {access: {quorum: 2}}\n", "changed=true"},
		{"rules: {acces: {quorum: 2}}\n", "there is no class or command"},
		{"digests: 3\n", "a list belongs here"},
		{"# as it was\nrules: {access: {quorum: 2}}\n", "changed=false"},
	} {
		if err := os.WriteFile(env["ASCBOT_CONFIG"], []byte(step.rules), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		if said, came := b.errOut.until(step.says); !came {
			t.Fatalf("after %q:\n%s", step.rules, said)
		}
	}
	if code := b.end(); code != exitOK {
		t.Errorf("exit code %d\n%s", code, b.errOut)
	}
	got := ascbot(t, nil, "audit", "export", "--data", env["ASCBOT_DATA"])
	for want, times := range map[string]int{`"kind":"policy"`: 2, `"kind":"rules refused"`: 2} {
		if n := strings.Count(got.out, want); n != times {
			t.Errorf("%d times %s in the log, want %d", n, want, times)
		}
	}
	if !strings.Contains(got.out, "+ access: asked by full members; 2 of workspace admins and owners have to agree") {
		t.Errorf("the log does not say what has changed:\n%s", got.out)
	}
	if got := ascbot(t, nil, "audit", "verify", "--data", env["ASCBOT_DATA"]); got.code != exitOK {
		t.Errorf("%+v", got)
	}
}

func TestRulesForPeopleThatSlackDoesNotKnowStopTheStart(t *testing.T) {
	box, err := sandbox.Start(t.Context(), sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	env := runIn(t, box)
	env["ASCBOT_CONFIG"] = file(t, "config.yaml", "people:\n  ana: {accounts: [U0ANA, U0ANA2]}\ngroups:\n  leads: [S0GONE, U0CY, U0NOBODY]\n  release managers: [S0RELEASE, S0GONE]\nquiet: [U0NOBODY]\n", 0o600)
	got := ascbot(t, env, "run")
	cannotBeUsed(t, got, env["ASCBOT_CONFIG"], `:2:27: Slack knows no user U0ANA2. Mend the id, or take it out.
:4:11: Slack knows no user group S0GONE. Mend the id, or take it out.
:4:25: Slack knows no user U0NOBODY. Mend the id, or take it out.
:5:33: Slack knows no user group S0GONE. Mend the id, or take it out.
:6:9: Slack knows no user U0NOBODY. Mend the id, or take it out.
`)
}

// cannotBeUsed looks that a start has ended with what is wrong with the rules, line by
// line, each at its place in the file.
func cannotBeUsed(t *testing.T, got ran, file, lines string) {
	t.Helper()
	want := "ascbot: the rules cannot be used.\n" + regexp.MustCompile(`(?m)^:`).ReplaceAllLiteralString(lines, file+":")
	if got.code != exitUsage || !strings.HasSuffix(got.errOut, want) {
		t.Errorf("exit code %d, want\n%s\ngot\n%s", got.code, want, got.errOut)
	}
}

// Every place in which the file can name a channel is looked at. A private channel that
// the bot is not in is as good as none; an archived one is, where people decide.
func TestChannelsThatSlackDoesNotKnowStopTheStart(t *testing.T) {
	box, err := sandbox.Start(t.Context(), sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	if err := box.Slack.Leave("U0ASCBOT", "sales"); err != nil {
		t.Fatal(err)
	}
	env := runIn(t, box)
	env["ASCBOT_CONFIG"] = file(t, "config.yaml", `approvals: {channel: "#asc-aproval", fallback: "#old-launch"}
channels: ["#ios", C0NOWHERE, "#general", C0RANDOM]
teams: {main: {channels: ["#sales", "#sales-2"]}}
anchor: {channel: C0SALES}
digests:
  - {name: daily, channel: "#nobody-knows-it", cron: "0 9 * * *", zone: UTC}
  - {name: archived, channel: C0OLD, cron: "0 9 * * *", zone: UTC}
`, 0o600)
	const wanting = ", or it is private and the bot is not in it. "
	cannotBeUsed(t, ascbot(t, env, "run"), env["ASCBOT_CONFIG"], `:1:22: Slack knows no channel #asc-aproval`+wanting+`Make it, or /invite the bot if it is private, or mend the name here. Did you mean “#asc-approvals”?
:1:48: the channel #old-launch is archived, so nobody could decide there. Take it out of the archive, or name another channel here.
:2:20: Slack knows no channel C0NOWHERE`+wanting+`/invite the bot if it is private, or mend the id here.
:3:27: Slack knows no channel #sales`+wanting+`Make it, or /invite the bot if it is private, or mend the name here.
:3:37: Slack knows no channel #sales-2`+wanting+`Make it, or /invite the bot if it is private, or mend the name here.
:4:19: Slack knows no channel C0SALES`+wanting+`/invite the bot if it is private, or mend the id here.
:6:28: Slack knows no channel #nobody-knows-it`+wanting+`Make it, or /invite the bot if it is private, or mend the name here.
`)
}

// A quorum that is larger than its user groups cannot be met, which Slack alone can say.
// That nobody is in a user group who might ask is no fault of the rules.
func TestTooFewInUserGroupsStopTheStart(t *testing.T) {
	box, err := sandbox.Start(t.Context(), sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	env := runIn(t, box)
	env["ASCBOT_CONFIG"] = file(t, "config.yaml", `people: {ben: {accounts: [U0BEN]}}
groups: {releasers: [S0RELEASE], more: [S0RELEASE, U0ANA], two of them: [U0CY, ben]}
rules:
  testflight: {agree: [releasers], quorum: 3}
  access: {agree: [releasers, more], quorum: 5}
  release: {agree: [more], quorum: 4, with: {more: 4}}
  invite: {agree: [releasers], quorum: 2, deny: [two of them]}
`, 0o600)
	cannotBeUsed(t, ascbot(t, env, "run"), env["ASCBOT_CONFIG"], `:5:46: 5 people have to agree, but only 4 may, as Slack has the groups now
:7:40: 2 people have to agree, but only 1 may, as Slack has the groups now
`)
	if err := box.Slack.EditGroup("S0RELEASE", func(g *slack.Group) { g.Users = nil }); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(env["ASCBOT_CONFIG"], []byte("groups: {releasers: [S0RELEASE]}\nrules:\n  testflight: {ask: [releasers], agree: [releasers]}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cannotBeUsed(t, ascbot(t, env, "run"), env["ASCBOT_CONFIG"], `:3:41: nobody could agree: none of those whom agree names is left, as Slack has the groups now
`)
	if err := os.WriteFile(env["ASCBOT_CONFIG"], []byte("rules:\n  access: {agree: [admins], quorum: 3}\n  testflight: {agree: [admins], quorum: 2}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cannotBeUsed(t, ascbot(t, env, "run"), env["ASCBOT_CONFIG"], `:2:37: 3 people have to agree, but only 2 may, as Slack has the groups now
`)
}
