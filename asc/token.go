package asc

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Apple refuses a token that is dated in the future or lives longer than 20
// minutes. Dated back by a minute and with a quarter of an hour to live, it
// passes with a clock that is a little off to either side.
const (
	audience   = "appstoreconnect-v1"
	backDate   = time.Minute
	tokenLife  = 15 * time.Minute // from back-dated issue to expiry
	renewAhead = 2 * time.Minute  // a token with less left is not used any more
)

// ParseKey reads the private key of an AuthKey_….p8 file: PEM, PKCS #8, on the
// curve P-256. Its errors say what is wrong and never quote the file.
func ParseKey(text []byte) (*ecdsa.PrivateKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("it is not a .p8 file: the line -----BEGIN PRIVATE KEY----- or what belongs to it is missing")
	}
	defer clear(block.Bytes)
	switch block.Type {
	case "PRIVATE KEY":
	case "ENCRYPTED PRIVATE KEY":
		return nil, errors.New("the key is protected by a password; use the file as it was downloaded from App Store Connect")
	case "EC PRIVATE KEY":
		return nil, errors.New("the key is in the SEC 1 form; use the file as it was downloaded from App Store Connect")
	default:
		return nil, errors.New("the file holds something other than a private key; use the AuthKey_….p8 file from App Store Connect")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, errors.New("the key cannot be read: the file seems to be damaged")
	}
	key, ok := parsed.(*ecdsa.PrivateKey)
	if !ok || key.Curve != elliptic.P256() {
		return nil, errors.New("it is not an EC key on the curve P-256, as App Store Connect's keys are")
	}
	return key, nil
}

// signer makes tokens and keeps the current one.
type signer struct {
	keyID  string
	issuer string // blank for an individual key
	key    *ecdsa.PrivateKey
	now    func() time.Time // Apple's time, as far as it is known
	log    *slog.Logger

	shifted func() bool // whether now is another time than that of our clock

	mu      sync.Mutex // held while signing, so that many callers make one token
	current atomic.Pointer[token]
}

type token struct {
	text            string
	issued, expires time.Time
	shifted         bool // by what is known of Apple's clock
}

// fresh tells whether the token will be taken for a while. A clock that was set
// back makes a token of the future, which Apple refuses.
func (t *token) fresh(now time.Time) bool {
	return t != nil && !now.Before(t.issued) && now.Before(t.expires.Add(-renewAhead))
}

// holds tells whether Apple takes the token at some time of its clock.
func (t *token) holds(at time.Time) bool {
	return !at.Before(t.issued.Add(-time.Second)) && !at.After(t.expires)
}

// known is the token in use, if that is its text.
func (s *signer) known(text string) *token {
	if t := s.current.Load(); t != nil && t.text == text {
		return t
	}
	return nil
}

// token is the token to send now.
func (s *signer) token() (string, error) {
	if t := s.current.Load(); t.fresh(s.now()) {
		return t.text, nil
	}
	return s.renew("")
}

// renew replaces a token that was refused, unless somebody else has done so.
func (s *signer) renew(refused string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.current.Load(); t.fresh(s.now()) && t.text != refused {
		return t.text, nil
	}
	t, err := s.sign()
	if err != nil {
		return "", err
	}
	s.current.Store(t)
	s.log.Debug("App Store Connect token signed", "key", s.keyID, "expires", t.expires.UTC())
	return t.text, nil
}

// sign makes a new token. A team key names its issuer; an individual key has
// none and says that it stands for a user.
func (s *signer) sign() (*token, error) {
	t := &token{issued: s.now().Add(-backDate).Truncate(time.Second), shifted: s.shifted != nil && s.shifted()}
	t.expires = t.issued.Add(tokenLife)
	claims := jwt.MapClaims{"aud": audience, "iat": t.issued.Unix(), "exp": t.expires.Unix()}
	if s.issuer != "" {
		claims["iss"] = s.issuer
	} else {
		claims["sub"] = "user"
	}
	draft := jwt.NewWithClaims(jwt.SigningMethodES256, claims)
	draft.Header["kid"] = s.keyID
	var err error
	if t.text, err = draft.SignedString(s.key); err != nil {
		return nil, fmt.Errorf("sign the App Store Connect token: %w", err)
	}
	return t, nil
}
