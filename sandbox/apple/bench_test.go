package apple

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// crowd is a stand-in whose Halo has so many testers, all in one group.
func crowd(tb testing.TB, n int) (c *caller, group string) {
	tb.Helper()
	c = &caller{now: noon, accepted: map[string]int{}}
	var err error
	if c.s, err = New(Options{Now: func() time.Time { return c.now }, HourlyLimit: 1 << 40, RemovalDelay: -1, MostExternal: 1 << 30}); err != nil {
		tb.Fatal(err)
	}
	c.t, _ = tb.(*testing.T)
	if err := c.s.Crowd("Halo", "Friends", n); err != nil {
		tb.Fatal(err)
	}
	for _, g := range c.s.Resources("betaGroups") {
		if g.Attributes["name"] == "Friends" && g.Relationships["app"][0] == haloID {
			return c, g.ID
		}
	}
	tb.Fatal("there is no group Friends")
	return nil, ""
}

// call answers one call, with a token that is made once.
func (c *caller) call(tb testing.TB, token, method, path string, body any) *httptest.ResponseRecorder {
	var text []byte
	if body != nil {
		text, _ = json.Marshal(body)
	}
	r := httptest.NewRequest(method, "http://127.0.0.1:9"+path, strings.NewReader(string(text)))
	r.Header = http.Header{"Authorization": {"Bearer " + token}, "Content-Type": {"application/json"}}
	w := httptest.NewRecorder()
	c.s.ServeHTTP(w, r)
	if w.Code >= 400 {
		tb.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	return w
}

func BenchmarkRequests(b *testing.B) {
	for _, n := range []int{1000, 50000} {
		c, group := crowd(b, n)
		c.t = &testing.T{} // for helpers that mark themselves
		token := c.token(nil)
		tester := c.s.Resources("betaTesters")[500].ID
		made := 0
		for _, one := range []struct {
			name string
			do   func()
		}{
			{"list of 200", func() { c.call(b, token, "GET", "/v1/betaTesters?limit=200", nil) }},
			{"sorted list of 200", func() { c.call(b, token, "GET", "/v1/betaTesters?limit=200&sort=email", nil) }},
			{"by address", func() { c.call(b, token, "GET", "/v1/betaTesters?filter[email]=tester00500@friends.example", nil) }},
			{"members of a group", func() { c.call(b, token, "GET", "/v1/betaGroups/"+group+"/betaTesters?limit=200", nil) }},
			{"item", func() { c.call(b, token, "GET", "/v1/betaTesters/"+tester, nil) }},
			{"write", func() {
				c.call(b, token, "PATCH", "/v1/betaGroups/"+group, changed("betaGroups", group, map[string]any{"feedbackEnabled": true}))
			}},
			{"add tester", func() {
				made++
				c.call(b, token, "POST", "/v1/betaTesters", newTester(fmt.Sprintf("new%d@friends.example", made), inGroups(group)))
			}},
			{"remove tester", func() {
				w := c.call(b, token, "POST", "/v1/betaTesters", newTester("gone@friends.example", inGroups(group)))
				c.call(b, token, "DELETE", "/v1/betaTesters/"+c.read(w).one(c.t).ID, nil)
			}},
		} {
			b.Run(fmt.Sprintf("%s of %d", one.name, n), func(b *testing.B) {
				for b.Loop() {
					one.do()
				}
				b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
			})
		}
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		if _, err := New(Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

// A write among 50,000 testers stays far from seconds, so that no hidden
// square is in it. The bound is loose, for machines that are busy.
func TestACrowdIsNoTrouble(t *testing.T) {
	c, group := crowd(t, 50000)
	token := c.token(nil)
	began := time.Now()
	const writes = 20
	for i := range writes {
		c.call(t, token, "POST", "/v1/betaTesters", newTester(fmt.Sprintf("new%d@friends.example", i), inGroups(group)))
	}
	if each := time.Since(began) / writes; each > 100*time.Millisecond {
		t.Errorf("%s for a write", each)
	}
	seen := 0
	path := "/v1/betaGroups/" + group + "/betaTesters?limit=200"
	for range 5 {
		d := c.read(c.call(t, token, "GET", path, nil))
		seen += len(d.all(t))
		if want := 50000 + writes + 3; d.Meta.Paging.Total != want {
			t.Errorf("%d testers, want %d", d.Meta.Paging.Total, want)
		}
		path = strings.TrimPrefix(d.Links.Next, "http://127.0.0.1:9")
	}
	if seen != 1000 {
		t.Errorf("%d testers on five pages", seen)
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("%s for all of it", took)
	}
}
