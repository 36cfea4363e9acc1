package main

import (
	"strings"
	"testing"
)

const triedRules = `groups:
  leads: [U0ANA, U0BEN]
rules:
  access: {agree: [leads], quorum: 2}
`

const triedCases = `tests:
  people:
    eve: {guest: yes}
  cases:
    - {name: two leads are enough, who: U0CY, operation: invite, votes: [U0ANA, U0BEN], enough: yes}
    - {name: one is not, who: U0CY, operation: invite, votes: [U0ANA], enough: no, words: 1 of 2 people have agreed}
`

const triedWrongly = `    - {name: guests are welcome, who: eve, operation: invite, may ask: yes, words: Welcome}
    - name: one's own counts
      who: U0ANA
      operation: invite
      votes: [U0ANA, U0BEN]
      enough: yes
`

func TestPolicyTestSaysWhatDoesNotHold(t *testing.T) {
	rules := file(t, "config.yaml", triedRules, 0o664)
	for _, c := range []struct {
		name string
		args []string
		code int
		says []string
	}{
		{"cases in the same file", []string{file(t, "all.yaml", triedRules+triedCases, 0o600)}, exitOK, []string{"holds  two leads are enough\n", "Every case holds: 2.\n"}},
		{"cases beside the rules", []string{file(t, "cases.yaml", triedCases, 0o600), "--rules", rules}, exitOK, []string{"Every case holds: 2.\n"}},
		{"wrong ones", []string{file(t, "wrong.yaml", triedRules+triedCases+triedWrongly, 0o600)}, exitOther, []string{
			"holds  one is not\nWRONG  guests are welcome (", "wrong.yaml:11:7)\n         may ask: expected yes, got no.  Guests cannot use this command.",
			"\n         words:   expected “Welcome”, got “Guests",
			"WRONG  one's own counts (", "wrong.yaml:12:7)\n         enough:  expected yes, got no.  1 of 2 people have agreed. U0ANA: “You asked for it; someone else has to agree.”\n",
			"2 of 4 cases do not hold",
		}},
		{"no cases", []string{rules}, exitUsage, []string{"config.yaml has no tests; config.example.yaml shows"}},
		{"rules where only cases belong", []string{rules, "--rules", rules}, exitUsage, []string{"there is no key \"groups\" here; there is tests."}},
		{"a file that is not there", []string{"/nowhere.yaml"}, exitUsage, []string{"/nowhere.yaml: no such file"}},
		{"rules that do not hold", []string{file(t, "bad.yaml", "rules: {acces: {}}\n", 0o600)}, exitUsage, []string{"bad.yaml:1:9: there is no class or command \"acces\""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out strings.Builder
			code := run(t.Context(), append([]string{"policy", "test"}, c.args...), func(string) string { return "" }, &out, &out)
			if code != c.code {
				t.Errorf("it ended with %d, want %d", code, c.code)
			}
			for _, want := range c.says {
				if !strings.Contains(out.String(), want) {
					t.Errorf("it does not say %q:\n%s", want, out.String())
				}
			}
		})
	}
}

func TestPolicyShowSaysWhatTheRulesComeTo(t *testing.T) {
	for args, want := range map[string]string{
		"": "money: asked by workspace admins and owners\n",
		file(t, "config.yaml", triedRules, 0o600): "access: asked by full members; 2 of leads have to agree; waits 24h; runs within 1h; reminds after 4h\n",
	} {
		var out strings.Builder
		if code := run(t.Context(), strings.Fields("policy show "+args), func(string) string { return "" }, &out, &out); code != exitOK || !strings.Contains(out.String(), want) {
			t.Errorf("%q: %d\n%s", args, code, out.String())
		}
	}
}
