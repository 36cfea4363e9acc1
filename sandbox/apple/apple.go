// Package apple is a stand-in for App Store Connect: an HTTP handler that
// speaks Apple's wire and refuses what Apple refuses. It checks tokens, keeps
// the made-up company Meadow Labs with its apps, people, testers, builds,
// versions, reviews, devices and reports, answers in JSON:API with paging,
// filters and errors as Apple words them, and counts the hourly rate. Trouble
// can be injected, and every call is kept in a journal.
//
// It shares no type with a client. What an operation takes and gives stands in
// the contract, which is made from Apple's OpenAPI document: paths, parameters,
// bodies and answers are checked against it for every type alike, in engine.go
// and its neighbours. A family (users.go, versions.go, devices.go, …) holds only
// the rules that the document does not tell: who may do what, and in which
// state. Where Apple's behaviour is not confirmed the stricter one is taken, and
// a comment says so.
//
// Nothing runs on its own. What happens with time alone (an invitation lapses,
// a review ends, a phased release goes on) happens before the next call is
// answered, at its own time of Options.Now; see history.go. Files such as
// screenshots and parts of analytics reports are served below /v1/downloads, by
// signed links and without a token.
//
// Serving it (an address, TLS, a page) is left to the caller.
package apple

import (
	"crypto/ecdsa"
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Options sets up a Server. The zero value is a team with an Admin key and
// the wall clock.
type Options struct {
	// Now is the time the stand-in lives in: tokens, invitations, the rate
	// window, reports and the Date header follow it. Nil means time.Now.
	Now func() time.Time
	// Lag keeps the effect of a write from readers for this long, as Apple's
	// eventually consistent lists do. Zero means at once.
	Lag time.Duration
	// RemovalDelay is how long a removal answered with 202 takes to happen.
	// Zero means two seconds; a negative value means at once.
	RemovalDelay time.Duration
	// KeyRoles are the roles of the API key. Empty means ADMIN.
	KeyRoles []string
	// Individual makes the key an individual one: its tokens have the subject
	// "user" and no issuer, and provisioning and reports are closed to it.
	Individual bool
	// HourlyLimit is the number of calls the key may make in a rolling hour.
	// Zero means 3600.
	HourlyLimit int
	// MostExternal is how many people outside the team may test one app. Zero means
	// Apple's 10,000.
	MostExternal int
	// Orchard makes the server the company's other team, with its own key, apps and
	// people. It sells nothing.
	Orchard bool
	// Seed changes the made-up sales figures; the same seed and the same day
	// always make the same report.
	Seed uint64
}

// Credentials are what a client needs to call the stand-in. The private key
// is made for this Server and is worth nothing elsewhere.
type Credentials struct {
	KeyID, IssuerID string // no issuer: an individual key
	PrivateKeyPEM   []byte // PKCS#8, as in an AuthKey_….p8 file
	VendorNumber    string
}

// Server is one App Store Connect team. It is an http.Handler for the paths
// /v1/… and /v2/….
type Server struct {
	opt  Options
	now  func() time.Time
	key  *ecdsa.PrivateKey
	cred Credentials

	verified atomic.Pointer[string] // the last token whose signature was looked at, and is good
	rotated  atomic.Pointer[string] // the id of the key that took the place of the first

	linkKey   []byte // signs the links to files
	authority *authority

	mu     sync.Mutex // guards what follows; never held while the network is touched
	state  history
	rate   window
	faults []*armed

	log   journal
	trade trade
}

// New makes a server with the made-up team in it.
func New(o Options) (*Server, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.HourlyLimit == 0 {
		o.HourlyLimit = 3600
	}
	if o.MostExternal == 0 {
		o.MostExternal = mostExternal
	}
	if o.RemovalDelay == 0 {
		o.RemovalDelay = 2 * time.Second
	}
	if len(o.KeyRoles) == 0 {
		o.KeyRoles = []string{"ADMIN"}
	}
	for _, role := range o.KeyRoles {
		if !slices.Contains(userRoles, role) {
			return nil, fmt.Errorf("%q is not a role of App Store Connect; choose from %v", role, userRoles)
		}
	}
	s := &Server{opt: o, now: o.Now, linkKey: make([]byte, 32)}
	_, err := rand.Read(s.linkKey)
	if err != nil {
		return nil, fmt.Errorf("make the key of links: %w", err)
	}
	if s.key, s.cred, err = newKey(); err != nil {
		return nil, err
	}
	found := newTeam
	if o.Orchard {
		s.cred.KeyID, s.cred.IssuerID, s.cred.VendorNumber = orchardKeyID, orchardIssuerID, orchardVendor
		found = newOrchard
	}
	if o.Individual {
		s.cred.IssuerID = ""
	}
	if s.authority, err = newAuthority(o.Now()); err != nil {
		return nil, fmt.Errorf("make the certificate authority: %w", err)
	}
	w, err := found(o.Now(), s.authority)
	if err != nil {
		return nil, err
	}
	s.state.start(w)
	return s, nil
}

// Credentials returns the key, the ids that belong to it, and the vendor
// number of the team's reports.
func (s *Server) Credentials() Credentials {
	cred := s.cred
	cred.KeyID = s.keyID()
	return cred
}

// Rotate puts another key in the place of the one there was, which is refused from then on.
func (s *Server) Rotate() Credentials {
	id := "7R8T2NEWK9"
	s.rotated.Store(&id)
	return s.Credentials()
}

func (s *Server) keyID() string {
	if id := s.rotated.Load(); id != nil {
		return *id
	}
	return s.cred.KeyID
}

// Team is the name of the team.
func (s *Server) Team() string {
	if s.opt.Orchard {
		return "Orchard"
	}
	return "Meadow Labs"
}

// Resource is one resource as the team's own pages would show it, whatever a
// caller may see of it yet. Relationships name ids.
type Resource struct {
	Type          string              `json:"type"`
	ID            string              `json:"id"`
	Attributes    map[string]any      `json:"attributes,omitempty"`
	Relationships map[string][]string `json:"relationships,omitempty"`
}

// Resources lists all resources of a kind, oldest first: "users", "betaTesters",
// "appStoreVersions" or any other type of the contract. Lag does not apply.
func (s *Server) Resources(kind string) []Resource {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	var all []Resource
	for rec := range s.state.now.each(kind) {
		all = append(all, rec.resource())
	}
	return all
}

// ServeHTTP answers one call.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.serve(w, r) }
