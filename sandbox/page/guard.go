package page

import (
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
)

// policy lets the page load from and talk to its own address only, and run
// nothing that is written into it.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// tokenHeader carries the token that stands in the page itself, so that only
// who could read the page can act through it.
const tokenHeader = "X-Sandbox-Token"

// guard refuses whoever is not the page: a name that only resolves to
// loopback (DNS rebinding), another site's page, a write without the token.
func (p *Page) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if why := p.refuses(r); why != "" {
			answer(w, http.StatusForbidden, refusal{why})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// refuses says why a request is not the page's own; empty when it is.
func (p *Page) refuses(r *http.Request) string {
	switch {
	case !isLoopback(r.Host):
		return "The sandbox answers to 127.0.0.1, [::1] and localhost only. Open the address it printed at its start."
	case r.URL.Path == "/" || r.Method == http.MethodGet && fromHere(r):
		return ""
	case !fromHere(r):
		return "The sandbox takes this from its own page only."
	case subtle.ConstantTimeCompare([]byte(r.Header.Get(tokenHeader)), []byte(p.token)) != 1:
		return "This page belongs to a sandbox that has ended. Load it again."
	}
	return ""
}

// isLoopback reports whether a Host header names this machine itself.
func isLoopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	} else if len(host) > 2 && host[0] == '[' && host[len(host)-1] == ']' {
		host = host[1 : len(host)-1]
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// fromHere reports whether the page itself, or no browser at all, sent the
// request. Browsers tell in two headers; neither may say otherwise.
func fromHere(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
	default:
		return false
	}
	origin := r.Header.Get("Origin")
	return origin == "" || origin == "http://"+r.Host
}
