package bot

import (
	"flag"
	"os"
	"strings"
	"testing"
)

// badConfigs is a file of configurations that are refused, each with everything
// that is said about it: a line "### name", the configuration, a line "--->", the
// complaints. The switch -update writes the complaints anew.
const badConfigs = "testdata/badconfigs.golden"

// TestT11BadConfigurationsStopTheStartWithTheirPlace reads them all.
func TestT11BadConfigurationsStopTheStartWithTheirPlace(t *testing.T) {
	text, err := os.ReadFile(badConfigs)
	if err != nil {
		t.Fatal(err)
	}
	cases := strings.Split(string(text), "### ")[1:]
	names, configs := map[string]bool{}, map[string]string{}
	var out strings.Builder
	for _, c := range cases {
		name, rest, _ := strings.Cut(c, "\n")
		config, want, _ := strings.Cut(rest, "--->\n")
		_, err := ReadConfig("config.yaml", []byte(strings.NewReplacer("␀", "\x00", "␉", "\t").Replace(config)), someWords)
		if err == nil {
			t.Errorf("%s: it was taken", name)
			continue
		}
		got := err.Error() + "\n"
		for line := range strings.Lines(got) {
			if !strings.HasPrefix(line, "config.yaml:") {
				t.Errorf("%s: no place in %q", name, line)
			}
		}
		if names[name] || configs[config] != "" {
			t.Errorf("%s: the same is here twice (%s)", name, configs[config])
		}
		names[name], configs[config] = true, name
		out.WriteString("### " + name + "\n" + config + "--->\n" + got + "\n")
		if want = strings.TrimRight(want, "\n") + "\n"; got != want && !updating() {
			t.Errorf("%s: got\n%swant\n%s", name, got, want)
		}
	}
	if len(cases) < 300 {
		t.Errorf("there are only %d", len(cases))
	}
	if updating() {
		if err := os.WriteFile(badConfigs, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// updating reports whether what is expected is to be written anew.
func updating() bool {
	f := flag.Lookup("update")
	return f != nil && f.Value.String() == "true"
}
