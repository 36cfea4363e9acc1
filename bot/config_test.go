package bot

import (
	"strings"
	"testing"
	"time"

	"github.com/ascbot/ascbot/bot/policy"
)

var someOperations = []string{"invite", "tester add"}

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
	rule := c.Policy.Rules[policy.Access]
	if c.Approvals != "C0APPROVE" || rule.Quorum != 2 || rule.Wait != 48*time.Hour || rule.Run != 30*time.Minute || len(rule.Ask) != 1 {
		t.Errorf("the access rule came out as %+v", rule)
	}
	if own := c.Policy.Operations["tester add"]; own.Agree[0] != "release-managers" || own.Quorum != 1 || own.Wait != 24*time.Hour {
		t.Errorf("the rule of one operation came out as %+v", own)
	}
	if _, ok := c.Policy.Rules[policy.Release]; !ok {
		t.Error("a class the file does not speak of lost its built-in rule")
	}
	if len(c.Digests) != 1 || c.Digests[0].When.Zone() != "America/Los_Angeles" {
		t.Errorf("the digest came out as %+v", c.Digests)
	}
}

func TestAnEmptyConfigIsTheBuiltInOne(t *testing.T) {
	c, err := ReadConfig("config.yaml", nil, someOperations)
	if err != nil || c.Approvals != DefaultApprovals || len(c.Policy.Rules) != len(policy.Classes) {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestABadConfigIsRefusedWithItsPlace(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"unknown key", "approvals:\n  chanel: C0X\n", "[2:3]"},
		{"unknown top-level key", "aprovals: {}\n", "[1:1]"},
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
		{"bad cron", "digests:\n  - {name: d, channel: C0S, cron: \"99 9 * * *\", zone: UTC}\n", "config.yaml:2"},
		{"bad zone", "digests:\n  - {name: d, channel: C0S, cron: \"0 9 * * *\", zone: Mars/Phobos}\n", "Mars/Phobos"},
		{"two digests of a name", "digests:\n  - {name: d, channel: C0S, cron: \"0 9 * * *\", zone: UTC}\n  - {name: d, channel: C0S, cron: \"0 9 * * *\", zone: UTC}\n", "two digests"},
		{"channel without a mark", "approvals: {channel: asc-approvals}\n", "neither a channel id"},
		{"not YAML", "approvals: [\n", "config.yaml"},
		{"another type", "groups: 3\n", "config.yaml"},
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

func FuzzReadConfig(f *testing.F) {
	f.Add("rules:\n  access: {agree: [admins]}\n")
	f.Add("groups: &a\n  x: [U0A]\nrules: *a\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ReadConfig("config.yaml", []byte(text), someOperations)
		if err != nil {
			return
		}
		for class, rule := range c.Policy.Rules {
			if class != policy.Read && class != policy.Money && (len(rule.Agree) == 0 || rule.Quorum < 1) {
				t.Fatalf("%q lets %s run without agreement", text, class)
			}
		}
	})
}
