// Package apple is a stand-in for App Store Connect: an HTTP handler that
// speaks Apple's wire and refuses what Apple refuses. It checks tokens,
// keeps a small made-up team with its apps, people, beta groups and testers,
// answers in JSON:API with paging, filters and errors as Apple words them,
// counts the hourly rate, and writes sales reports for a year of plausible
// days. Trouble can be injected, and every call is kept in a journal.
//
// It shares no type with a client. What a path offers stands in one table per
// family of resources (users.go, apps.go, groups.go, testers.go, builds.go);
// engine.go and its neighbours know JSON:API and nothing of a family.
// Serving it (an address, TLS, a page) is left to the caller.
package apple

import (
	"crypto/ecdsa"
	"fmt"
	"net/http"
	"slices"
	"sync"
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
	// HourlyLimit is the number of calls the key may make in a rolling hour.
	// Zero means 3600.
	HourlyLimit int
	// Seed changes the made-up sales figures; the same seed and the same day
	// always make the same report.
	Seed uint64
}

// Credentials are what a client needs to call the stand-in. The private key
// is made for this Server and is worth nothing elsewhere.
type Credentials struct {
	KeyID, IssuerID string
	PrivateKeyPEM   []byte // PKCS#8, as in an AuthKey_….p8 file
	VendorNumber    string
}

// Server is one App Store Connect team. It is an http.Handler for the paths
// /v1/….
type Server struct {
	opt  Options
	now  func() time.Time
	key  *ecdsa.PrivateKey
	cred Credentials

	mu     sync.Mutex // guards what follows; never held while the network is touched
	state  history
	rate   window
	faults []*armed
	serial uint64 // makes ids

	log journal
}

// New makes a server with the made-up team in it.
func New(o Options) (*Server, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.HourlyLimit == 0 {
		o.HourlyLimit = 3600
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
	s := &Server{opt: o, now: o.Now}
	var err error
	if s.key, s.cred, err = newKey(); err != nil {
		return nil, err
	}
	w, err := newTeam(o.Now())
	if err != nil {
		return nil, err
	}
	s.state.start(w)
	return s, nil
}

// Credentials returns the key, the ids that belong to it, and the vendor
// number of the team's reports.
func (s *Server) Credentials() Credentials { return s.cred }

// Resource is one resource as the team's own pages would show it, whatever a
// caller may see of it yet. Relationships name ids.
type Resource struct {
	Type          string              `json:"type"`
	ID            string              `json:"id"`
	Attributes    map[string]any      `json:"attributes,omitempty"`
	Relationships map[string][]string `json:"relationships,omitempty"`
}

// Resources lists all resources of a kind ("users", "userInvitations",
// "apps", "betaGroups", "betaTesters", "builds", "preReleaseVersions"), oldest
// first. Lag does not apply.
func (s *Server) Resources(kind string) []Resource {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	var all []Resource
	for _, rec := range s.state.now.all(kind) {
		all = append(all, rec.resource())
	}
	return all
}

// ServeHTTP answers one call.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.serve(w, r) }
