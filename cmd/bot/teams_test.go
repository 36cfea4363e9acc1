package main

import (
	"fmt"
	"maps"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ascbot/ascbot/sandbox"
	"github.com/ascbot/ascbot/sandbox/apple"
)

// teamsIn is what config.yaml says of both teams of a sandbox.
func teamsIn(t *testing.T, box *sandbox.Sandbox) string {
	t.Helper()
	of := func(s *apple.Server) string {
		held := s.Credentials()
		return fmt.Sprintf("{key: {id: %s, issuer: %s, file: %s}, vendor: %q}", held.KeyID, held.IssuerID, file(t, "k.p8", string(held.PrivateKeyPEM), 0o600), held.VendorNumber)
	}
	return "teams:\n  Meadow: " + of(box.Apple) + "\n  Orchard: " + of(box.Orchard) + "\n"
}

// unkeyed is an environment that says nothing of App Store Connect.
func unkeyed(env map[string]string) map[string]string {
	env = maps.Clone(env)
	for _, name := range []string{"ASC_KEY_ID", "ASC_ISSUER_ID", "ASC_PRIVATE_KEY_PATH", "ASC_PRIVATE_KEY", "ASC_VENDOR_NUMBER"} {
		delete(env, name)
	}
	return env
}

// The program itself signs in to two teams, each with its own key, and takes other keys
// only at a start.
func TestRunForTwoTeams(t *testing.T) {
	mine := make(chan os.Signal, 1) // so that the signal can never end the tests
	signal.Notify(mine, syscall.SIGHUP)
	defer signal.Stop(mine)
	box, err := sandbox.Start(t.Context(), sandbox.Options{Orchard: true})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	env := unkeyed(runIn(t, box))
	teams := teamsIn(t, box)
	env["ASCBOT_CONFIG"] = file(t, "config.yaml", teams, 0o600)
	b := begin(t, env, "run")
	if said, came := b.errOut.until("connected to Slack"); !came {
		t.Fatalf("exit code %d\n%s", b.end(), said)
	}
	for name, s := range map[string]*apple.Server{"Meadow": box.Apple, "Orchard": box.Orchard} {
		heard := func() bool {
			for _, c := range s.Calls(0) {
				if c.Status == 200 {
					return true
				}
			}
			return false
		}
		for end := time.Now().Add(20 * time.Second); !heard() && time.Now().Before(end); {
			time.Sleep(20 * time.Millisecond)
		}
		if !heard() {
			t.Errorf("%s was asked for nothing with its own key", name)
		}
	}
	other := strings.Replace(teams, "id: 7J3K9QWERT", "id: 7J3K9QWERX", 1)
	if err := os.WriteFile(env["ASCBOT_CONFIG"], []byte(other), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	if said, came := b.errOut.until("names other teams or keys than at the start"); !came {
		t.Errorf("other keys were taken while it runs:\n%s", said)
	}
	if code := b.end(); code != exitOK {
		t.Errorf("exit code %d\n%s", code, b.errOut)
	}
}

func TestWhatIsWrongWithTheKeysOfTeams(t *testing.T) {
	const text = "teams: {Meadow: {key: {id: 2X9R4HXF34, issuer: 57246542-96fe-1a63-e053-0824d011072a, file: %s}}}\n"
	good := file(t, "k.p8", newKeyPEM(t), 0o600)
	for _, c := range []struct{ config, variable, want string }{
		{fmt.Sprintf(text, good), "", "The settings are complete."},
		{fmt.Sprintf(text, good), "ASC_KEY_ID", "ASC_KEY_ID is set, and the configuration names the keys of its teams."},
		{fmt.Sprintf(text, "/nowhere/k.p8"), "", "teams: Meadow has a key that cannot be used: /nowhere/k.p8: no such file"},
		{fmt.Sprintf(text, file(t, "k.p8", newKeyPEM(t), 0o644)), "", "can be read or written by others"},
		{fmt.Sprintf(text, file(t, "k.p8", "hello", 0o600)), "", "does not hold a key of App Store Connect"},
		{fmt.Sprintf(text, good) + digestConfig, "", "digests: daily is of sales, and needs a team with a vendor number"},
	} {
		env := unkeyed(goodEnv(t))
		env["ASCBOT_CONFIG"] = file(t, "config.yaml", c.config, 0o600)
		if c.variable != "" {
			env[c.variable] = "2X9R4HXF34"
		}
		got := ascbot(t, env, "run", "--check")
		if said := got.out + got.errOut; !strings.Contains(said, c.want) || strings.Contains(said, "is missing.") {
			t.Errorf("%q: %d, want %q\n%s", c.config, got.code, c.want, said)
		}
	}
}
