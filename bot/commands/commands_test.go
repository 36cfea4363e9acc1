package commands

import (
	"strings"
	"testing"
)

// What may be done after a lost answer, and who is told, depends on both.
func TestEveryChangeSaysWhatItsEffectAndRiskAre(t *testing.T) {
	seen := map[string]bool{}
	for _, v := range Table() {
		if seen[v.Words] {
			t.Errorf("%q is in the table twice", v.Words)
		}
		seen[v.Words] = true
		if (v.Query == nil) == (v.Change == nil) {
			t.Errorf("%q has to be either a query or a change", v.Words)
		}
		if seen[strings.ToLower(v.Part)] || seen[strings.ToLower(strings.Fields(v.Part + " ?")[0])] {
			t.Errorf("“help %s” would show a command and not the part", v.Part)
		}
		if v.Change != nil && (v.Effect == 0 || v.Risk == 0) {
			t.Errorf("%q does not say its effect and its risk", v.Words)
		}
		if v.About == "" || v.Class == "" || v.Part == "" {
			t.Errorf("%q says nothing about itself", v.Words)
		}
	}
}
