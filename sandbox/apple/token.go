package apple

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// What the made-up team's key is known by.
const (
	keyID    = "2X9R4HXF34"
	issuerID = "57246542-96fe-1a63-e053-0824d011072a"
	vendor   = "85012345"
	audience = "appstoreconnect-v1"
)

// Apple refuses a token that lives longer than 20 minutes. The tolerances are
// for clocks that run a little ahead or behind.
const (
	longestLife     = 20 * time.Minute
	futureTolerance = 5 * time.Second
	expiryTolerance = 10 * time.Second
)

// newKey makes the team's key pair.
func newKey() (*ecdsa.PrivateKey, Credentials, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, Credentials{}, fmt.Errorf("make the API key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, Credentials{}, fmt.Errorf("encode the API key: %w", err)
	}
	return key, Credentials{
		KeyID: keyID, IssuerID: issuerID, VendorNumber: vendor,
		PrivateKeyPEM: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}),
	}, nil
}

// claims are the parts of a token that Apple looks at.
type claims struct {
	Issuer   *string         `json:"iss"`
	Subject  *string         `json:"sub"`
	Audience json.RawMessage `json:"aud"`
	Issued   *float64        `json:"iat"`
	Expires  *float64        `json:"exp"`
	Scope    *[]string       `json:"scope"`
}

// admits says whether the call carries a token Apple would take.
func (s *Server) admits(r *http.Request, now time.Time) bool {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") || len(r.Header.Values("Authorization")) != 1 {
		return false
	}
	c, ok := s.signed(token)
	return ok && s.issued(c) && forUs(c.Audience) && inTime(c, now) && inScope(c, r)
}

// issued tells the two kinds of keys: a team key names its issuer, an
// individual one says instead that it is a user's. A subject beside the issuer
// is passed over.
func (s *Server) issued(c claims) bool {
	if s.opt.Individual {
		return c.Issuer == nil && c.Subject != nil && *c.Subject == "user"
	}
	return c.Issuer != nil && *c.Issuer == s.cred.IssuerID
}

// signed reads a token and checks key id and signature: the 64 bytes r and s
// of ES256, in base64url without padding.
func (s *Server) signed(token string) (claims, bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return claims{}, false
	}
	var raw [3][]byte
	for i, p := range parts {
		b, err := base64.RawURLEncoding.Strict().DecodeString(p)
		if err != nil {
			return claims{}, false
		}
		raw[i] = b
	}
	var head struct{ Alg, Kid, Typ string }
	var c claims
	if json.Unmarshal(raw[0], &head) != nil || json.Unmarshal(raw[1], &c) != nil {
		return claims{}, false
	}
	if head.Alg != "ES256" || head.Kid != s.keyID() || (head.Typ != "" && head.Typ != "JWT") || len(raw[2]) != 64 {
		return claims{}, false
	}
	if last := s.verified.Load(); last != nil && *last == token {
		return c, true // a token comes with many calls, and its signature is as good as it was
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	rr, ss := new(big.Int).SetBytes(raw[2][:32]), new(big.Int).SetBytes(raw[2][32:])
	good := ecdsa.Verify(&s.key.PublicKey, sum[:], rr, ss)
	if good {
		s.verified.Store(&token)
	}
	return c, good
}

// forUs reads aud, which may be a string or a list of one.
func forUs(aud json.RawMessage) bool {
	var one string
	if json.Unmarshal(aud, &one) == nil {
		return one == audience
	}
	var list []string
	return json.Unmarshal(aud, &list) == nil && len(list) == 1 && list[0] == audience
}

// inTime checks a token's times. Tokens without iat are taken: their life
// counts from now.
func inTime(c claims, now time.Time) bool {
	if c.Expires == nil {
		return false
	}
	expires := epoch(*c.Expires)
	if now.After(expires.Add(expiryTolerance)) {
		return false
	}
	if c.Issued == nil {
		return expires.Sub(now) <= longestLife
	}
	issued := epoch(*c.Issued)
	return !issued.After(now.Add(futureTolerance)) && expires.After(issued) && expires.Sub(issued) <= longestLife
}

func epoch(seconds float64) time.Time {
	const farAway = 1 << 40 // a time nobody means; it would overflow a Duration's arithmetic
	return time.Unix(int64(min(max(seconds, -farAway), farAway)), 0)
}

// inScope checks a token that was made for some requests only: an entry is
// "GET /v1/apps?filter[platform]=IOS", and limit, cursor and sort do not
// count.
func inScope(c claims, r *http.Request) bool {
	if c.Scope == nil {
		return true
	}
	asked := meant(r.URL.Query())
	return slices.ContainsFunc(*c.Scope, func(entry string) bool {
		method, target, ok := strings.Cut(entry, " ")
		u, err := url.Parse(target)
		return ok && err == nil && method == r.Method && u.Path == r.URL.Path && meant(u.Query()) == asked
	})
}

func meant(q url.Values) string {
	for _, name := range []string{"limit", "cursor", "sort"} {
		q.Del(name)
	}
	return q.Encode()
}

// may says whether one of the key's roles is among these.
func (s *Server) may(roles []string) bool {
	return roles == nil || slices.ContainsFunc(s.opt.KeyRoles, func(r string) bool { return slices.Contains(roles, r) })
}

// window counts calls of a rolling hour.
type window struct{ calls []time.Time }

// take counts a call when there is room, and says what is left.
func (w *window) take(now time.Time, limit int) (left int, ok bool) {
	old := 0
	for old < len(w.calls) && now.Sub(w.calls[old]) >= time.Hour {
		old++
	}
	w.calls = w.calls[old:]
	if len(w.calls) >= limit {
		return 0, false
	}
	w.calls = append(w.calls, now)
	return limit - len(w.calls), true
}

// Knows reports whether a request carries a token that names this team's key. It proves
// nothing; serving the request does.
func (s *Server) Knows(r *http.Request) bool {
	head, _, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), ".")
	text, err := base64.RawURLEncoding.DecodeString(head)
	var of struct {
		Kid string `json:"kid"`
	}
	return err == nil && json.Unmarshal(text, &of) == nil && of.Kid == s.keyID()
}
