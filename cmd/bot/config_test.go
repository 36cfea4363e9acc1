package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// newKeyPEM makes a key as Apple gives it out.
func newKeyPEM(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// file writes a file of a mode, whatever the umask is.
func file(t *testing.T, name, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := errors.Join(os.WriteFile(path, []byte(text), 0o600), os.Chmod(path, mode)); err != nil {
		t.Fatal(err)
	}
	return path
}

// goodEnv is an environment that says everything.
func goodEnv(t *testing.T) map[string]string {
	return map[string]string{
		"SLACK_APP_TOKEN": "xapp-1-A0123-456-0123456789abcdef", "SLACK_BOT_TOKEN": "xoxb-123-456-0123456789abcdef",
		"ASC_KEY_ID": "2X9R4HXF34", "ASC_ISSUER_ID": "57246542-96fe-1a63-e053-0824d011072a",
		"ASC_PRIVATE_KEY_PATH": file(t, "AuthKey.p8", newKeyPEM(t), 0o600),
		"ASC_VENDOR_NUMBER":    "85012345",
		"ASCBOT_DATA":          filepath.Join(t.TempDir(), "ascbot.db"),
	}
}

const digestConfig = `digests: [{name: daily, channel: C0SALES, cron: "0 9 * * *", zone: America/Los_Angeles}]`

func TestSettingsThatAreComplete(t *testing.T) {
	newLines := strings.ReplaceAll(newKeyPEM(t), "\n", `\n`)
	for name, change := range map[string]map[string]string{
		"as it is":                     {},
		"spaces around a token":        {"SLACK_APP_TOKEN": " xapp-1-A0123-456-0123456789abcdef\n"},
		"an individual key":            {"ASC_ISSUER_ID": ""},
		"no vendor and no digest":      {"ASC_VENDOR_NUMBER": ""},
		"the key in a variable":        {"ASC_PRIVATE_KEY_PATH": "", "ASC_PRIVATE_KEY": newKeyPEM(t)},
		"line ends written as \\n":     {"ASC_PRIVATE_KEY_PATH": "", "ASC_PRIVATE_KEY": newLines},
		"a key only its owner reads":   {"ASC_PRIVATE_KEY_PATH": file(t, "k.p8", newKeyPEM(t), 0o400)},
		"a sandbox on this machine":    {"SLACK_API_URL": "http://127.0.0.1:7878/api/", "ASC_API_URL": "http://localhost:7878"},
		"IPv6 loopback":                {"ASC_API_URL": "http://[::1]:7878/"},
		"the real addresses, spelt":    {"SLACK_API_URL": "https://slack.com/api", "ASC_API_URL": "https://api.appstoreconnect.apple.com/"},
		"a configuration with digests": {"ASCBOT_CONFIG": file(t, "config.yaml", digestConfig, 0o644)},
		"a byte order mark":            {"ASCBOT_CONFIG": file(t, "config.yaml", "\ufeff"+digestConfig, 0o600)},
		"logging":                      {"ASCBOT_LOG": "json, Debug"},
	} {
		t.Run(name, func(t *testing.T) {
			env := goodEnv(t)
			maps.Copy(env, change)
			if got := ascbot(t, env, "run", "--check"); got.code != exitOK || got.errOut != "" || !strings.Contains(got.out, "complete") {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestGaps has one row for every way in which a setting can be wrong.
func TestGaps(t *testing.T) {
	link := filepath.Join(t.TempDir(), "link.p8")
	if err := os.Symlink(file(t, "k.p8", newKeyPEM(t), 0o600), link); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, value string
		want        string
	}{
		{"SLACK_APP_TOKEN", "", "SLACK_APP_TOKEN is missing"},
		{"SLACK_APP_TOKEN", "xoxb-1-2-0123456789abcdef", "SLACK_APP_TOKEN does not begin with xapp-"},
		{"SLACK_BOT_TOKEN", "xoxp-1-2-0123456789abcdef", "SLACK_BOT_TOKEN does not begin with xoxb-"},
		{"SLACK_BOT_TOKEN", "xoxb-1 xoxb-2", "SLACK_BOT_TOKEN holds more, or less, than one token"},
		{"ASC_KEY_ID", "", "ASC_KEY_ID is missing"},
		{"ASC_KEY_ID", "AuthKey_2X9R4HXF34", "ASC_KEY_ID is not a key id"},
		{"ASC_ISSUER_ID", "2X9R4HXF34", "ASC_ISSUER_ID is not an issuer id"},
		{"ASC_VENDOR_NUMBER", "#85012345", "ASC_VENDOR_NUMBER is not a vendor number"},
		{"ASC_PRIVATE_KEY_PATH", "", "ASC_PRIVATE_KEY_PATH is missing"},
		{"ASC_PRIVATE_KEY", newKeyPEM(t), "ASC_PRIVATE_KEY_PATH and ASC_PRIVATE_KEY are both set"},
		{"ASC_PRIVATE_KEY_PATH", "/nowhere/key.p8", "no such file"},
		{"ASC_PRIVATE_KEY_PATH", t.TempDir(), "is not a file"},
		{"ASC_PRIVATE_KEY_PATH", link, "is a symbolic link"},
		{"ASC_PRIVATE_KEY_PATH", file(t, "k.p8", newKeyPEM(t), 0o640), "can be read or written by others"},
		{"ASC_PRIVATE_KEY_PATH", file(t, "k.p8", newKeyPEM(t), 0o604), "can be read or written by others"},
		{"ASC_PRIVATE_KEY_PATH", file(t, "k.p8", newKeyPEM(t), 0o620), "can be read or written by others"},
		{"ASC_PRIVATE_KEY_PATH", file(t, "k.p8", "hello", 0o600), "does not hold a key of App Store Connect"},
		{"ASC_PRIVATE_KEY_PATH", file(t, "k.p8", strings.Repeat("x", largestSecret+1), 0o600), "which is no key"},
		{"SLACK_API_URL", "https://slack.example/api/", "SLACK_API_URL names another host"},
		{"SLACK_API_URL", "http://slack.com/api/", "SLACK_API_URL is plain http"},
		{"ASC_API_URL", "http://api.appstoreconnect.apple.com", "ASC_API_URL is plain http"},
		{"ASC_API_URL", "https://api.appstoreconnect.apple.com/v1", "Write https://api.appstoreconnect.apple.com, or leave it out"},
		{"ASC_API_URL", "http://127.0.0.1:7878/api", "ASC_API_URL has another path"},
		{"SLACK_API_URL", "https://slack.com", "Write https://slack.com/api/, or leave it out"},
		{"SLACK_API_URL", "http://127.0.0.1:7878", "Write http://127.0.0.1:7878/api/, or"},
		{"ASC_API_URL", "http://192.168.1.7:7878", "ASC_API_URL names another host"},
		{"ASC_API_URL", "http://127.0.0.1.example.com", "ASC_API_URL names another host"},
		{"ASC_API_URL", "http://localhost@evil.example", "ASC_API_URL is not the address of a service"},
		{"ASC_API_URL", "ftp://127.0.0.1", "ASC_API_URL is not the address of a service"},
		{"ASC_API_URL", "127.0.0.1:7878", "ASC_API_URL is not the address of a service"},
		{"ASCBOT_CONFIG", "/nowhere/config.yaml", "no such file"},
		{"ASCBOT_CONFIG", file(t, "c.yaml", digestConfig, 0o666), "may be written by others"},
		{"ASCBOT_CONFIG", file(t, "c.yaml", "approvals:\n  chanel: C0X\n", 0o600), "chanel"},
		{"ASCBOT_CONFIG", file(t, "c.yaml", strings.Repeat("#\n", 200<<10), 0o600), "262144 are allowed"},
		{"ASCBOT_DATA", "/nowhere/ascbot.db", "which is not a directory"},
		{"ASCBOT_LOG", "loud", "ASCBOT_LOG is not understood"},
	} {
		env := goodEnv(t)
		env[c.name] = c.value
		got := ascbot(t, env, "run", "--check")
		if got.code != exitUsage || got.out != "" || !strings.Contains(got.errOut, "1 setting needs attention") || !strings.Contains(got.errOut, c.want) {
			t.Errorf("%s=%q: exit code %d, want %q in:\n%s", c.name, c.value, got.code, c.want, got.errOut)
		}
	}
}

func TestCheckLooksAtTheDataFile(t *testing.T) {
	env := goodEnv(t)
	check := func(want string) {
		t.Helper()
		if got := ascbot(t, env, "run", "--check"); got.code != exitOK || !strings.Contains(got.out, want) {
			t.Errorf("%+v, want %q", got, want)
		}
	}
	check("is made at the first start")
	if _, err := os.Stat(env["ASCBOT_DATA"]); err == nil {
		t.Error("looking has made it")
	}
	env["ASCBOT_DATA"] = newData(t)
	check("is in order")
	held(t, env["ASCBOT_DATA"])
	check("is in use by another process")
}

func TestEveryGapIsNamedAtOnce(t *testing.T) {
	got := ascbot(t, map[string]string{"ASCBOT_CONFIG": "/nowhere", "ASCBOT_LOG": "loud", "ASC_API_URL": "x", "SLACK_API_URL": "y", "ASCBOT_DATA": "/nowhere/a.db"}, "run")
	if got.code != exitUsage {
		t.Errorf("exit code %d", got.code)
	}
	for _, name := range []string{
		"SLACK_APP_TOKEN", "SLACK_BOT_TOKEN", "SLACK_API_URL", "ASC_KEY_ID", "ASC_ISSUER_ID", "ASC_PRIVATE_KEY_PATH",
		"ASC_API_URL", "ASCBOT_CONFIG", "ASCBOT_DATA", "ASCBOT_LOG",
	} {
		if !strings.Contains(got.errOut, "\n  "+name+" ") {
			t.Errorf("%s is not named in:\n%s", name, got.errOut)
		}
	}
	if !strings.Contains(got.errOut, "10 settings need attention") {
		t.Errorf("they are not counted:\n%s", got.errOut)
	}
	for _, where := range []string{"App-Level Tokens", "OAuth & Permissions", "Users and Access", "config.example.yaml"} {
		if !strings.Contains(got.errOut, where) {
			t.Errorf("it does not say %q:\n%s", where, got.errOut)
		}
	}
}

func TestDigestsNeedReports(t *testing.T) {
	env := goodEnv(t)
	env["ASCBOT_CONFIG"] = file(t, "config.yaml", digestConfig, 0o600)
	env["ASC_VENDOR_NUMBER"], env["ASC_ISSUER_ID"] = "", ""
	got := ascbot(t, env, "run", "--check")
	for _, want := range []string{"ASC_VENDOR_NUMBER is missing", "an individual key cannot read"} {
		if !strings.Contains(got.errOut, want) {
			t.Errorf("%q is not in:\n%s", want, got.errOut)
		}
	}
}

func TestGapsDoNotQuoteSecrets(t *testing.T) {
	env := goodEnv(t)
	env["SLACK_APP_TOKEN"], env["SLACK_BOT_TOKEN"] = env["SLACK_BOT_TOKEN"]+" canary", "canary-canary"
	env["ASC_KEY_ID"] = "xoxb-canary-canary"
	env["ASC_PRIVATE_KEY_PATH"], env["ASC_PRIVATE_KEY"] = "", "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----"
	c := &checker{getenv: func(name string) string { return env[name] }}
	_, err := readSettings(c.getenv, fileFlags{})
	if err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("before the second net: %v", err)
	}
}

func TestInstance(t *testing.T) {
	env := goodEnv(t)
	get := func(name string) string { return env[name] }
	real, err := readSettings(get, fileFlags{})
	if err != nil || real.instance() != "real" || real.Slack.APIURL != "https://slack.com/api/" || !real.Slack.Strict {
		t.Errorf("%q, %q, %v", real.instance(), real.Slack.APIURL, err)
	}
	env["SLACK_API_URL"] = "http://127.0.0.1:7878/api/"
	if play, err := readSettings(get, fileFlags{}); err != nil || play.Slack.Strict {
		t.Errorf("%+v, %v", play.Slack, err)
	}
	env["ASC_API_URL"] = "http://127.0.0.1:7878/"
	if play, err := readSettings(get, fileFlags{}); err != nil || play.instance() != "sandbox" {
		t.Errorf("%q, %v", play.instance(), err)
	}
}

// TestExampleConfigsAreTrue reads both examples as the bot would, and holds the cases
// in them against their rules.
func TestExampleConfigsAreTrue(t *testing.T) {
	for name, digests := range map[string]int{"config.example.yaml": 1, "config.company.example.yaml": 2} {
		text, err := os.ReadFile("../../" + name)
		if err != nil {
			t.Fatal(err)
		}
		env := goodEnv(t)
		env["ASCBOT_CONFIG"] = file(t, "config.yaml", string(text), 0o644)
		s, err := readSettings(func(name string) string { return env[name] }, fileFlags{})
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Bot.Digests) != digests || s.ConfigHash == "" || len(s.Bot.Trials) < 8 {
			t.Errorf("%s: %+v", name, s.Bot)
		}
		for _, trial := range s.Bot.Trials {
			if wrong := s.Bot.Try(trial); wrong != nil {
				t.Errorf("%s, %s: %q", name, trial.Name, wrong)
			}
		}
	}
}

// A lock on a network file system is not to be trusted: the data file does not go there,
// unless somebody insists.
func TestFD09ANetworkFileSystemIsRefused(t *testing.T) {
	is := fileSystem
	t.Cleanup(func() { fileSystem = is })
	env := goodEnv(t)
	for kind, name := range networkDisks {
		fileSystem = func(string) int64 { return kind }
		got := ascbot(t, env, "run", "--check")
		if got.code != exitUsage || !strings.Contains(got.errOut, "ASCBOT_DATA lies on a network file system ("+name+")") {
			t.Errorf("%x: %+v", kind, got)
		}
	}
	env["ASCBOT_DATA_ON_NETWORK"] = "yes"
	if got := ascbot(t, env, "run", "--check"); got.code != exitOK {
		t.Errorf("somebody insists: %+v", got)
	}
	fileSystem = is
	delete(env, "ASCBOT_DATA_ON_NETWORK")
	if got := ascbot(t, env, "run", "--check"); got.code != exitOK {
		t.Errorf("on a disk of this machine: %+v", got)
	}
}
