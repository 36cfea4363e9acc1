package main

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// canaries are secrets of every kind, each with "CANARY" in its secret part.
func canaries(t *testing.T) []string {
	body := strings.ReplaceAll(strings.Split(newKeyPEM(t), "-----")[2], "\n", "")
	return []string{
		"xoxb-123-CANARY0123", "xapp-1-A0-1-CANARY01234567", "xoxp-1-CANARY", "xoxe.xoxp-1-CANARYCANARY", "xoxe-1-CANARY",
		"eyJCANARY0.eyJCANARY1.CANARY_-2",
		"Bearer CANARY-0123456789",
		"-----BEGIN PRIVATE KEY-----\nCANARY\n-----END PRIVATE KEY-----",
		"-----BEGIN EC PRIVATE KEY-----\nCANARY",
		body[:40] + "CANARY" + body[40:],
		"PRIVATE+KEY+ascbot/audit+1a2b3c4d+CANARY",
		"wss://wss-primary.slack.com/link/?ticket=CANARY-1&app_id=1",
		"ws://127.0.0.1:7878/link/?ticket=CANARY",
		"https://hooks.slack.com/commands/T0MEADOW/123/CANARY",
		"http://127.0.0.1:7878/actions/T0MEADOW/7000001/CANARY",
	}
}

func TestT22SecretsDoNotReachTheLog(t *testing.T) {
	for _, form := range []logging{{JSON: true}, {}} {
		for _, secret := range canaries(t) {
			var out bytes.Buffer
			log := form.logger(redacting(&out))
			log.Error("failed with "+secret, "text", secret, "error", fmt.Errorf("calling: %w", errors.New(secret)),
				slog.Group("in", "group", secret), "raw", []byte(secret), "struct", struct{ Token string }{secret})
			log.With("held", secret).WithGroup("g").Info("again", secret, "as a name")
			if strings.Contains(out.String(), "CANARY") {
				t.Errorf("%q is in the log:\n%s", secret, out.String())
			}
			if !strings.Contains(out.String(), "as a name") || !strings.Contains(out.String(), "failed with") {
				t.Errorf("of %q too much is gone:\n%s", secret, out.String())
			}
		}
	}
}

func TestOrdinaryWordsStay(t *testing.T) {
	const line = `time=x level=INFO msg="request #1: invite bo@example.com, digest 0123456789abcdef, T0MEADOW/C0IOS, xox is not a token" path=/v1/userInvitations?filter[email]=bo@example.com` + "\n"
	var out bytes.Buffer
	if n, err := redacting(&out).Write([]byte(line)); n != len(line) || err != nil || out.String() != line {
		t.Errorf("%d, %v, %q", n, err, out.String())
	}
}

func FuzzRedact(f *testing.F) {
	f.Add("before xoxb-", "-after")
	f.Fuzz(func(t *testing.T, before, after string) {
		got := string(redact([]byte(before + " xoxb-123-CANARY0123 " + after)))
		if strings.Contains(got, "123-CANARY0123") && !strings.Contains(before+after, "123-CANARY0123") {
			t.Errorf("%q", got)
		}
	})
}
