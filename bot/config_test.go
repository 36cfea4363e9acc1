package bot

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ascbot/ascbot/bot/policy"
)

var someWords = Vocabulary{
	Changes: map[string]policy.Class{"invite": policy.Access, "tester add": policy.TestFlight, "submit": policy.Release},
	Queries: map[string]policy.Class{"log": policy.Read, "sales": policy.Money},
	Teams:   []string{"main", "Games"},
}

func TestConfigSaysWhatItMeans(t *testing.T) {
	c, err := ReadConfig("config.yaml", []byte(`
approvals: {channel: C0APPROVE}
groups:
  release-managers: [U0CY, S0RELEASE]
  leads: [U0ANA, U0BEN]
rules:
  access: {agree: [admins, leads], quorum: 2, wait: 48h, run: 30m}
  tester add: {ask: [leads], agree: [release-managers]}
digests:
  - {name: daily, channel: "#sales", cron: "0 9 * * *", zone: America/Los_Angeles, apps: [Halo]}
`), someWords)
	if err != nil {
		t.Fatal(err)
	}
	rule := c.Policy.Classes[policy.Access]
	if c.Approvals != "C0APPROVE" || rule.Quorum != 2 || rule.Wait != 48*time.Hour || rule.Run != 30*time.Minute || len(rule.Ask) != 1 {
		t.Errorf("the access rule came out as %+v", rule)
	}
	if own := c.Policy.Operations["tester add"]; own.Agree[0] != "release-managers" || own.Quorum != 1 || own.Wait != 24*time.Hour {
		t.Errorf("the rule of one operation came out as %+v", own)
	}
	if _, ok := c.Policy.Classes[policy.Release]; !ok {
		t.Error("a class the file does not speak of lost its built-in rule")
	}
	if len(c.Digests) != 1 || c.Digests[0].When.Zone() != "America/Los_Angeles" {
		t.Errorf("the digest came out as %+v", c.Digests)
	}
}

func TestAnEmptyConfigIsTheBuiltInOne(t *testing.T) {
	c, err := ReadConfig("config.yaml", nil, someWords)
	if err != nil || c.Approvals != DefaultApprovals || len(c.Policy.Classes) != len(policy.Classes) {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestAConfigThatIsTooLargeIsNotRead(t *testing.T) {
	_, err := ReadConfig("config.yaml", []byte(strings.Repeat("# x\n", 100_000)), someWords)
	if err == nil || !strings.Contains(err.Error(), "config.yaml has 400000 bytes; 262144 are allowed") {
		t.Errorf("%v", err)
	}
}

func TestOneDocumentIsOneHoweverItIsMarked(t *testing.T) {
	for _, text := range []string{
		"---\napprovals: {channel: C0X}\n", "approvals: {channel: C0X}\n---\n", "approvals: {channel: C0X}\n--- # no more\n# only this\n",
		"---\napprovals: {channel: C0X}\n...\n", "%YAML 1.2\n---\napprovals: {channel: C0X}\n", "# rules\n---\n# where\napprovals: {channel: C0X}\n",
	} {
		if c, err := ReadConfig("config.yaml", []byte(text), someWords); err != nil || c.Approvals != "C0X" {
			t.Errorf("%q: %s, %v", text, c.Approvals, err)
		}
	}
}

func TestARuleOfOneCommandBeginsWithItsClass(t *testing.T) {
	c, err := ReadConfig("config.yaml", []byte(`
groups:
  leads: [U0ANA, U0BEN]
  security: [U0CY, U0DORA]
rules:
  access: {ask: [leads], agree: [security], quorum: 2, run: 30m}
  invite: {wait: 2h}
`), someWords)
	if err != nil {
		t.Fatal(err)
	}
	got, _ := c.Policy.Demands(policy.Subject{Operation: "invite", Class: policy.Access})
	want := policy.Demands{{Ask: []string{"leads"}, Agree: []string{"security"}, Quorum: 2, Wait: 2 * time.Hour, Run: 30 * time.Minute, Remind: 4 * time.Hour}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got, _ := c.Policy.Demands(policy.Subject{Operation: "remove", Class: policy.Access}); got.Wait() != 24*time.Hour {
		t.Errorf("the class's own rule waits %s", got.Wait())
	}
}

// What changes of the rules are told by: also where cards go, which team is meant where, and
// where the log is anchored.
func TestLinesSayWhereThingsGo(t *testing.T) {
	read := func(secret string) []string {
		c, err := ReadConfig("config.yaml", []byte(`
approvals: {channel: C0APPROVE, fallback: "#fallback"}
channels: [C0IOS]
retention: {personal: 90d}
teams: {Games: {channels: ["#ios", C0MEADOW]}}
anchor: {channel: C0AUDIT, folder: /mnt/anchors, command: [/bin/keep, --token, `+secret+`]}
`), someWords)
		if err != nil {
			t.Fatal(err)
		}
		return c.Lines()
	}
	lines := read("one")
	want := []string{
		"cards go to C0APPROVE, or else to #fallback", "commands are answered in C0IOS", "personal data is kept for 90 days",
		"in #ios the team Games is meant", "in C0MEADOW the team Games is meant",
		"the log is anchored in C0AUDIT and in the folder /mnt/anchors and with /bin/keep (",
	}
	for i, line := range want {
		if !strings.HasPrefix(lines[i], line) || strings.Contains(lines[i], "one") {
			t.Errorf("got %q, want %q", lines[i], line)
		}
	}
	if diff := policy.Diff(lines, read("two")); len(diff) != 2 {
		t.Errorf("another command is told so: %q", diff)
	}
}

func FuzzReadConfig(f *testing.F) {
	f.Add("rules:\n  access: {agree: [admins]}\n")
	f.Add("groups: &a\n  x: [U0A]\nrules: *a\n")
	for _, file := range []string{badConfigs, "../config.example.yaml"} {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, c := range strings.Split(string(text), "### ") {
			_, config, _ := strings.Cut(c, "\n")
			config, _, _ = strings.Cut(config, "--->")
			f.Add(config)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ReadConfig("config.yaml", []byte(text), someWords)
		if err != nil {
			if len(err.Error()) == 0 || !strings.Contains(err.Error(), "config.yaml") {
				t.Fatalf("%q is refused without its place: %v", text, err)
			}
			return
		}
		for class, rule := range c.Policy.Classes {
			if class != policy.Read && class != policy.Money && (len(rule.Agree) == 0 || rule.Quorum < 1) {
				t.Fatalf("%q lets %s run without agreement", text, class)
			}
		}
	})
}
