package bot

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ascbot/ascbot/bot/policy"
)

var someOperations = map[string]policy.Class{"invite": policy.Access, "tester add": policy.TestFlight}

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
`), someOperations)
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
	c, err := ReadConfig("config.yaml", nil, someOperations)
	if err != nil || c.Approvals != DefaultApprovals || len(c.Policy.Classes) != len(policy.Classes) {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestABadConfigIsRefusedWithItsPlace(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"unknown key", "approvals:\n  chanel: C0X\n", `config.yaml:2:3: there is no key "chanel" here; there is channel. Did you mean “channel”?`},
		{"unknown top-level key", "aprovals: {}\n", "config.yaml:1:1: "},
		{"unknown key in a digest", "digests:\n  - {name: d, channel: C0S, cron: \"0 9 * * *\", zone: UTC, app: [Halo]}\n", `config.yaml:2:59: there is no key "app"`},
		{"unknown key by an alias", "rules:\n  access: &a {wait: 1h}\n  signing: {<<: *a, agre: [admins]}\n", "config.yaml:3:"},
		{"a second document", "approvals: {channel: C0X}\n---\nrules:\n  access: {quorum: 2}\n", "config.yaml:2:1: a second document begins here"},
		{"a second document after an empty one", "---\n---\ngroups: {leads: [U0A]}\n", "config.yaml:2:1: a second document begins here"},
		{"a second document without a mark", "groups: {leads: [U0A]}\n...\nrules: {}\n", "config.yaml:2:1: a second document begins here"},
		{"a tag that the library panics at", "groups:\n  a: !0000\n0: 0", "config.yaml"},
		{"the same key twice", "rules: {}\nrules: {}\n", "config.yaml:2:1: "},
		{"unknown class", "rules:\n  acces: {agree: [admins]}\n", "Did you mean “access”?"},
		{"unknown operation", "rules:\n  invit: {agree: [admins]}\n", "Did you mean “invite”?"},
		{"unknown group", "rules:\n  access: {agree: [admin]}\n", `2:20: there is no group "admin"`},
		{"empty approvers", "rules:\n  access: {agree: []}\n", "config.yaml:2:19: this list is empty"},
		{"empty group", "groups:\n  leads: []\n", "config.yaml:2:10: the group \"leads\" is empty"},
		{"redefined group", "groups:\n  admins: [U0CY]\n", "is built in"},
		{"a name for an id", "groups:\n  leads: [cy]\n", "config.yaml:2:11: \"cy\" is neither"},
		{"quorum too large", "groups:\n  leads: [U0A, U0B]\nrules:\n  access: {agree: [leads], quorum: 3}\n", "4:36: 3 people have to agree, but only 2 may"},
		{"quorum counts people, not entries", "groups:\n  leads: [U0A, U0A]\nrules:\n  access: {agree: [leads], quorum: 2}\n", "only 1 may"},
		{"no quorum", "rules:\n  access: {quorum: 0}\n", "without anybody's agreement"},
		{"odd duration", "rules:\n  access: {wait: soon}\n", "write for example 24h"},
		{"bad cron", "digests:\n  - {name: d, channel: C0S, cron: \"99 9 * * *\", zone: UTC}\n", "config.yaml:2:"},
		{"an operation's quorum", "groups:\n  leads: [U0A]\nrules:\n  access: {agree: [leads]}\n  invite: {quorum: 2}\n", "config.yaml:5:20: 2 people have to agree, but only 1 may"},
		{"bad zone", "digests:\n  - {name: d, channel: C0S, cron: \"0 9 * * *\", zone: Mars/Phobos}\n", "Mars/Phobos"},
		{"two digests of a name", "digests:\n  - {name: d, channel: C0S, cron: \"0 9 * * *\", zone: UTC}\n  - {name: d, channel: C0S, cron: \"0 9 * * *\", zone: UTC}\n", "two digests"},
		{"channel without a mark", "approvals: {channel: asc-approvals}\n", "neither a channel id"},
		{"not YAML", "approvals: [\n", "config.yaml:1:12: "},
		{"another type", "groups: 3\n", "config.yaml:1:9: "},
		{"too large", strings.Repeat("# x\n", 100_000), "bytes"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := ReadConfig("config.yaml", []byte(row.text), someOperations)
			if err == nil || !strings.Contains(err.Error(), row.want) || !strings.Contains(err.Error(), "config.yaml") {
				t.Errorf("got %v\nwant it to say %q", err, row.want)
			}
		})
	}
}

func TestOneDocumentIsOneHoweverItIsMarked(t *testing.T) {
	for _, text := range []string{
		"---\napprovals: {channel: C0X}\n", "approvals: {channel: C0X}\n---\n", "approvals: {channel: C0X}\n--- # no more\n# only this\n",
		"---\napprovals: {channel: C0X}\n...\n", "%YAML 1.2\n---\napprovals: {channel: C0X}\n", "# rules\n---\n# where\napprovals: {channel: C0X}\n",
	} {
		if c, err := ReadConfig("config.yaml", []byte(text), someOperations); err != nil || c.Approvals != "C0X" {
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
`), someOperations)
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

func TestEveryProblemOfAConfigIsNamedAtOnce(t *testing.T) {
	_, err := ReadConfig("config.yaml", []byte(`aproval: {}
groups:
  leads: [U0ANA]
rules:
  access: {agre: [leads], quorum: 0}
  invite: {agree: [leds]}
---
groups: {}
`), someOperations)
	if err == nil {
		t.Fatal("it was taken")
	}
	for _, want := range []string{
		"config.yaml:1:1: there is no key \"aproval\"", "config.yaml:5:12: there is no key \"agre\"", "config.yaml:5:35: a quorum of 0",
		"config.yaml:6:20: there is no group \"leds\"", "config.yaml:7:1: a second document",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("it does not say %q:\n%v", want, err)
		}
	}
}

func FuzzReadConfig(f *testing.F) {
	f.Add("rules:\n  access: {agree: [admins]}\n")
	f.Add("groups: &a\n  x: [U0A]\nrules: *a\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ReadConfig("config.yaml", []byte(text), someOperations)
		if err != nil {
			return
		}
		for class, rule := range c.Policy.Classes {
			if class != policy.Read && class != policy.Money && (len(rule.Agree) == 0 || rule.Quorum < 1) {
				t.Fatalf("%q lets %s run without agreement", text, class)
			}
		}
	})
}
