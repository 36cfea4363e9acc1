package page

import (
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strings"
	"testing"
)

func TestOnlyThePageItselfIsAnswered(t *testing.T) {
	p := newPage(t, Options{})
	const say = `{"user":"U0ANA","channel":"C0IOS","text":"hi"}`
	for _, c := range []struct {
		name, method, path, host string
		headers                  map[string]string
		status                   int
	}{
		{"the page", "GET", "/", "127.0.0.1:8080", nil, 200},
		{"the page from a link elsewhere", "GET", "/", "127.0.0.1:8080", map[string]string{"Sec-Fetch-Site": "cross-site"}, 200},
		{"by name", "GET", "/", "localhost:8080", nil, 200},
		{"by IPv6", "GET", "/", "[::1]:8080", nil, 200},
		{"a name that was rebound", "GET", "/", "evil.example:8080", nil, 403},
		{"a name that looks like loopback", "GET", "/", "127.0.0.1.evil.example:8080", nil, 403},
		{"a name that ends like localhost", "GET", "/", "evil-localhost:8080", nil, 403},
		{"an address of the network", "GET", "/", "192.168.1.7:8080", nil, 403},
		{"everybody's address", "GET", "/", "0.0.0.0:8080", nil, 403},
		{"no host", "GET", "/", "", nil, 403},
		{"state by a rebound name", "GET", "/sandbox/state", "evil.example", nil, 403},
		{"state for another site", "GET", "/sandbox/state", "127.0.0.1:8080", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{"state for another port", "GET", "/sandbox/state", "127.0.0.1:8080", map[string]string{"Sec-Fetch-Site": "same-site"}, 403},
		{"state for another origin", "GET", "/sandbox/state", "127.0.0.1:8080", map[string]string{"Origin": "http://evil.example"}, 403},
		{"state", "GET", "/sandbox/state", "127.0.0.1:8080", map[string]string{"Sec-Fetch-Site": "same-origin"}, 200},
		{"events for another site", "GET", "/sandbox/events", "127.0.0.1:8080", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		{"a write", "POST", "/sandbox/say", "127.0.0.1:8080", map[string]string{tokenHeader: p.token, "Origin": "http://127.0.0.1:8080"}, 200},
		{"a write without a browser", "POST", "/sandbox/say", "127.0.0.1:8080", map[string]string{tokenHeader: p.token}, 200},
		{"a write without the token", "POST", "/sandbox/say", "127.0.0.1:8080", map[string]string{"Origin": "http://127.0.0.1:8080"}, 403},
		{"a write with a wrong token", "POST", "/sandbox/say", "127.0.0.1:8080", map[string]string{tokenHeader: "guess"}, 403},
		{"a write from another site", "POST", "/sandbox/say", "127.0.0.1:8080", map[string]string{tokenHeader: p.token, "Sec-Fetch-Site": "cross-site"}, 403},
		{"a write from another origin", "POST", "/sandbox/say", "127.0.0.1:8080", map[string]string{tokenHeader: p.token, "Origin": "http://evil.example"}, 403},
		{"a write from no origin", "POST", "/sandbox/say", "127.0.0.1:8080", map[string]string{tokenHeader: p.token, "Origin": "null"}, 403},
		{"a write from the same host's other port", "POST", "/sandbox/say", "127.0.0.1:8080", map[string]string{tokenHeader: p.token, "Origin": "http://127.0.0.1:9090"}, 403},
		{"a write by GET", "GET", "/sandbox/say", "127.0.0.1:8080", nil, 405},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(c.method, "http://127.0.0.1:8080"+c.path, strings.NewReader(say))
			r.Host = c.host
			for name, value := range c.headers {
				r.Header.Set(name, value)
			}
			w := httptest.NewRecorder()
			p.ServeHTTP(w, r)
			if w.Code != c.status {
				t.Errorf("status %d, want %d: %.200s", w.Code, c.status, w.Body)
			}
			checkHeaders(t, w.Header())
		})
	}
}

func checkHeaders(t *testing.T, h http.Header) {
	t.Helper()
	csp := h.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self' data:", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"} {
		if !strings.Contains(csp, part) {
			t.Errorf("the policy %q lacks %s", csp, part)
		}
	}
	if strings.Contains(csp, "unsafe") || strings.Contains(csp, "*") || strings.Contains(csp, "http") {
		t.Errorf("the policy %q is not strict", csp)
	}
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"} {
		if got := h.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

// foreign finds addresses in scripts, styles and the page.
var foreign = regexp.MustCompile(`(?i)(?:https?:)?//[a-z0-9][a-z0-9.-]*\.[a-z]{2,}[^\s'"]*|@import|url\(['"]?[^)]*:`)

// risky finds what would read text as markup or run it.
var risky = regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|DOMParser|setAttribute\('style`)

// inline finds scripts, styles and listeners written into the page, which the policy forbids.
var inline = regexp.MustCompile(`(?i)<script(?:\s+type="module")?>|<style|\sstyle=|\son[a-z]+=`)

func TestAssetsAskNoOtherAddressAndReadNoMarkup(t *testing.T) {
	seen := 0
	err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		seen++
		text, err := fs.ReadFile(files, path)
		if err != nil {
			return err
		}
		for _, at := range foreign.FindAllString(string(text), -1) {
			if at != "http://www.w3.org/2000/svg" { // a name, not an address
				t.Errorf("%s names %s", path, at)
			}
		}
		if found := risky.FindString(string(text)); found != "" {
			t.Errorf("%s uses %s", path, found)
		}
		if found := inline.FindString(string(text)); found != "" && strings.HasSuffix(path, ".html") {
			t.Errorf("%s has %s written into it", path, found)
		}
		return nil
	})
	if err != nil || seen < 10 {
		t.Errorf("saw %d files, error %v", seen, err)
	}
}

var needs = regexp.MustCompile(`(?:from '\./|href="/assets/|src="/assets/|src: '/assets/)([a-z]+\.[a-z]+)['"]`)

func TestEveryAssetThatIsNamedIsServed(t *testing.T) {
	p := newPage(t, Options{})
	names := map[string]string{}
	fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			text, _ := fs.ReadFile(files, path)
			for _, m := range needs.FindAllStringSubmatch(string(text), -1) {
				names[m[1]] = path
			}
		}
		return err
	})
	kinds := map[string]string{"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
	for name, by := range names {
		w := get(p, "/assets/"+name)
		_, kind, _ := strings.Cut(name, ".")
		if w.Code != http.StatusOK || !strings.HasPrefix(w.Header().Get("Content-Type"), kinds[kind]) {
			t.Errorf("%s names %s, which is served with %d as %q", by, name, w.Code, w.Header().Get("Content-Type"))
		}
	}
	if len(names) < 15 {
		t.Errorf("found only %d names of assets", len(names))
	}
}

// FuzzHost checks that no Host header but one of this machine's own passes.
func FuzzHost(f *testing.F) {
	for _, host := range []string{"127.0.0.1:80", "localhost", "[::1]:1", "::1", "evil.example", "127.0.0.1@evil.example:80", "[::1]evil", "127.1", "0x7f.1", "localhost.:80", "[::ffff:127.0.0.1]:80", "[fe80::1%lo]:80"} {
		f.Add(host)
	}
	f.Fuzz(func(t *testing.T, host string) {
		if !isLoopback(host) {
			return
		}
		name := host
		if h, _, err := net.SplitHostPort(host); err == nil {
			name = h
		}
		ip, err := netip.ParseAddr(strings.Trim(name, "[]"))
		if name != "localhost" && (err != nil || !ip.IsLoopback()) {
			t.Errorf("%q passes for loopback", host)
		}
	})
}
