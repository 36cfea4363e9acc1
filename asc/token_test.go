package asc

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
)

func testSigner(issuer string) *signer {
	return &signer{keyID: "2X9R4HXF34", issuer: issuer, key: testKey(), now: time.Now, log: slog.New(slog.DiscardHandler)}
}

// claimsOf checks a token's signature and returns header and claims.
func claimsOf(t testing.TB, text string) (map[string]any, jwt.MapClaims) {
	t.Helper()
	claims := jwt.MapClaims{}
	parsed, err := jwt.NewParser(jwt.WithoutClaimsValidation(), jwt.WithValidMethods([]string{"ES256"})).
		ParseWithClaims(text, claims, func(*jwt.Token) (any, error) { return &testKey().PublicKey, nil })
	if err != nil {
		t.Fatalf("the token does not verify: %v", err)
	}
	return parsed.Header, claims
}

func TestTokenSaysWhatAppleWants(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := float64(time.Now().Unix())
		header, team := claimsOf(t, must1(testSigner("issuer-1").token()))
		if diff := cmp.Diff(map[string]any{"alg": "ES256", "kid": "2X9R4HXF34", "typ": "JWT"}, header); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff(jwt.MapClaims{"iss": "issuer-1", "aud": "appstoreconnect-v1", "iat": now - 60, "exp": now + 14*60}, team); diff != "" {
			t.Errorf("team key: %s", diff)
		}
		_, individual := claimsOf(t, must1(testSigner("").token()))
		if diff := cmp.Diff(jwt.MapClaims{"sub": "user", "aud": "appstoreconnect-v1", "iat": now - 60, "exp": now + 14*60}, individual); diff != "" {
			t.Errorf("individual key: %s", diff)
		}
	})
}

func TestTokenIsUsedUntilItIsNearlyOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := testSigner("i")
		first := must1(s.token())
		time.Sleep(12 * time.Minute) // two of its fourteen are left
		if must1(s.token()) == first {
			t.Error("a token with less than two minutes left is used on")
		}
		second := must1(s.token())
		time.Sleep(12*time.Minute - time.Second)
		if must1(s.token()) != second {
			t.Error("a token was renewed too early")
		}
		s.now = func() time.Time { return time.Now().Add(-20 * time.Minute) }
		if _, c := claimsOf(t, must1(s.token())); c["iat"].(float64) > float64(s.now().Unix()) {
			t.Error("after the clock was set back, a token of the future is used")
		}
	})
}

func TestAHundredGoroutinesSignOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := start(t, func(w http.ResponseWriter, _ *http.Request, _ int) { reply(w, 200, `{"data":[]}`) })
		for round := 1; round <= 3; round++ {
			var all sync.WaitGroup
			for range 100 {
				all.Go(func() {
					if _, err := everyone(c.Apps(t.Context(), AppFilter{})); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			tokens := map[string]bool{}
			for _, call := range s.calls() {
				tokens[call.Token] = true
			}
			if signed := strings.Count(s.logged(), "token signed"); signed != round || len(tokens) != round {
				t.Fatalf("round %d: %d signatures, %d tokens seen", round, signed, len(tokens))
			}
			time.Sleep(13 * time.Minute)
		}
	})
}

func TestManyRefusedAtOnceRenewOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := start(t, nil)
		_ = s
		old := must1(c.signer.token())
		var all sync.WaitGroup
		for range 100 {
			all.Go(func() {
				if text, err := c.signer.renew(old); err != nil || text == old {
					t.Errorf("renew gave the refused token again, or %v", err)
				}
			})
		}
		all.Wait()
		if signed := strings.Count(s.logged(), "token signed"); signed != 2 {
			t.Errorf("%d signatures, want 2", signed)
		}
	})
}

func TestParseKeySaysWhatIsWrong(t *testing.T) {
	good := must1(x509.MarshalPKCS8PrivateKey(testKey()))
	p384 := must1(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	rsaKey := must1(rsa.GenerateKey(rand.Reader, 2048))
	block := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	const canary = "canary-7f31"
	for name, tt := range map[string]struct{ text, want string }{
		"good":           {block("PRIVATE KEY", good), ""},
		"good, CR LF":    {strings.ReplaceAll(block("PRIVATE KEY", good), "\n", "\r\n"), ""},
		"blank":          {"", "not a .p8 file"},
		"text":           {canary, "not a .p8 file"},
		"half a file":    {block("PRIVATE KEY", good)[:80], "not a .p8 file"},
		"damaged":        {block("PRIVATE KEY", []byte(canary)), "damaged"},
		"another curve":  {block("PRIVATE KEY", must1(x509.MarshalPKCS8PrivateKey(p384))), "P-256"},
		"RSA":            {block("PRIVATE KEY", must1(x509.MarshalPKCS8PrivateKey(rsaKey))), "P-256"},
		"SEC 1":          {block("EC PRIVATE KEY", must1(x509.MarshalECPrivateKey(testKey()))), "SEC 1"},
		"password":       {block("ENCRYPTED PRIVATE KEY", []byte(canary)), "password"},
		"a certificate":  {block("CERTIFICATE", []byte(canary)), "other than a private key"},
		"a header of it": {"-----BEGIN PRIVATE KEY-----\n" + canary, "not a .p8 file"},
	} {
		key, err := ParseKey([]byte(tt.text))
		switch {
		case tt.want == "" && (err != nil || !key.Equal(testKey())):
			t.Errorf("%s: %v", name, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), canary)):
			t.Errorf("%s: got %v, want something with %q", name, err, tt.want)
		}
	}
}

func TestA401RenewsTheTokenOnce(t *testing.T) {
	once := func(w http.ResponseWriter, r *http.Request, n int) {
		switch {
		case n == 0:
			refuse(w, 401, "NOT_AUTHORIZED", "Provide a properly configured token.")
		case r.Method == http.MethodPost:
			reply(w, 201, invited)
		default:
			reply(w, 200, `{"data":[]}`)
		}
	}
	calls := map[string]func(context.Context, *Client) error{
		"read":   func(ctx context.Context, c *Client) error { _, err := everyone(c.Users(ctx, UserFilter{})); return err },
		"change": func(ctx context.Context, c *Client) error { _, err := c.InviteUser(ctx, someone); return err },
	}
	for name, call := range calls {
		bubble(t, name, func(t *testing.T) {
			c, s := start(t, once)
			if err := call(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			s.want(2)
			if got := s.calls(); got[0].Token == got[1].Token || got[0].Body != got[1].Body {
				t.Error("the second try has the same token, or another body")
			}
		})
		bubble(t, name+", refused for good", func(t *testing.T) {
			c, s := start(t, func(w http.ResponseWriter, _ *http.Request, _ int) { refuse(w, 401, "NOT_AUTHORIZED", "No.") })
			if err := call(t.Context(), c); !Unauthorized(err) || Unsure(err) {
				t.Errorf("got %v", err)
			}
			s.want(2)
		})
	}
}

func TestTokensAreDatedByApplesClockWhenOursIsOff(t *testing.T) {
	for name, ahead := range map[string]time.Duration{"Apple ahead": 11 * time.Minute, "Apple behind": -11 * time.Minute} {
		bubble(t, name, func(t *testing.T) {
			apple := func() time.Time { return time.Now().Add(ahead) }
			c, s := start(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				w.Header().Set("Date", apple().UTC().Format(http.TimeFormat))
				_, claims := claimsOf(t, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
				now := float64(apple().Unix())
				if claims["iat"].(float64) > now || claims["exp"].(float64) < now+120 {
					refuse(w, 401, "NOT_AUTHORIZED", "No.")
					return
				}
				reply(w, 200, `{"data":[]}`)
			})
			for range 3 {
				if _, err := everyone(c.Apps(t.Context(), AppFilter{})); err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute)
			}
			if got := c.Skew(); (got - ahead).Abs() > 2*time.Second {
				t.Errorf("the skew is %v, want %v", got, ahead)
			}
			if warned := strings.Count(s.logged(), "clock is off"); warned != 1 {
				t.Errorf("warned %d times", warned)
			}
			if ahead < 0 {
				s.want(4) // the first call twice
			}
		})
	}
}

// Something in between changes the Date of answers while both clocks are right: in none
// of these ways the next call fails.
func TestT44AWrongDateDoesNotMakeTheNextTokenWrong(t *testing.T) {
	minutes := func(of ...int) func(int) time.Duration {
		return func(n int) time.Duration { return time.Duration(of[n%len(of)]) * time.Minute }
	}
	for name, way := range map[string]struct {
		date    func(n int) time.Duration
		refused int
	}{
		"hours ahead":                          {minutes(180), 0},
		"a day back":                           {minutes(-24 * 60), 0},
		"now and then":                         {minutes(0, 300), 0},
		"now and then, so that it could be so": {minutes(0, 0, 10), 0},
		"differently":                          {minutes(2, 4, 6, 8, 10, 12), 0},
		"always, so that it could be so":       {minutes(10), 1},
	} {
		bubble(t, name, func(t *testing.T) {
			c, s := start(t, func(w http.ResponseWriter, r *http.Request, n int) {
				w.Header().Set("Date", time.Now().Add(way.date(n)).UTC().Format(http.TimeFormat))
				_, claims := claimsOf(t, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
				now := float64(time.Now().Unix())
				if claims["iat"].(float64) > now || claims["exp"].(float64) < now {
					refuse(w, 401, "NOT_AUTHORIZED", "No.")
					return
				}
				reply(w, 200, `{"data":[]}`)
			})
			for range 40 {
				if _, err := everyone(c.Apps(t.Context(), AppFilter{})); err != nil {
					t.Fatal(err)
				}
				time.Sleep(5 * time.Minute)
			}
			if got := len(s.calls()); got > 40+way.refused {
				t.Errorf("%d tokens were refused", got-40)
			}
		})
	}
}

func TestSmallSkewIsKnownAndLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := start(t, func(w http.ResponseWriter, _ *http.Request, n int) {
			w.Header().Set("Date", time.Now().Add(20*time.Second).UTC().Format(http.TimeFormat))
			if n == 1 { // an answer from a cache says nothing about the clock
				w.Header().Set("Date", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat))
				w.Header().Set("Age", "3600")
			}
			reply(w, 200, `{"data":[]}`)
		})
		for range 2 {
			if _, err := everyone(c.Apps(t.Context(), AppFilter{})); err != nil {
				t.Fatal(err)
			}
			if got := c.Skew(); (got - 20*time.Second).Abs() > time.Second {
				t.Errorf("the skew is %v", got)
			}
		}
		if strings.Contains(s.logged(), "clock is off") || !c.clock.now().Equal(time.Now()) {
			t.Error("a tolerable skew changed the clock")
		}
	})
}

func TestASlowAnswerIsNoSkew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := start(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.Header().Set("Date", time.Now().UTC().Format(http.TimeFormat))
			time.Sleep(25 * time.Second)
			reply(w, 200, `{"data":[]}`)
		})
		if _, err := everyone(c.Apps(t.Context(), AppFilter{})); err != nil || c.Skew() != 0 {
			t.Errorf("skew %v, error %v", c.Skew(), err)
		}
	})
}
