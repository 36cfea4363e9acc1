package asc

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// Answers that say success and are not what Apple documents. Servers in front of Apple write such things, and so do
// stand-ins.
var oddSuccesses = map[string]string{
	"nothing": ``, "null": `null`, "a list": `[]`, "a text": `"done"`, "a number": `7`, "an empty object": `{}`,
	"data null": `{"data":null}`, "data an object": `{"data":{}}`, "data a text": `{"data":"x"}`, "data a number": `{"data":7}`,
	"nulls in a list": `{"data":[null,null]}`, "texts in a list": `{"data":["x"]}`, "lists in a list": `{"data":[[]]}`,
	"no ids":            `{"data":[{"type":"users"},{"type":"users","attributes":{}}]}`,
	"null ids":          `{"data":[{"type":null,"id":null,"attributes":null,"relationships":null}]}`,
	"ids as numbers":    `{"data":[{"type":"users","id":7}]}`,
	"nulls around":      `{"data":[{"type":"users","id":"1","attributes":null,"relationships":null,"links":null}],"included":null,"links":null,"meta":null}`,
	"nulls in one":      `{"data":{"type":"users","id":"1","attributes":null,"relationships":null,"links":null},"included":[null],"links":{"next":null},"meta":{"paging":null}}`,
	"odd relationships": `{"data":{"type":"users","id":"1","relationships":{"app":null,"apps":{"data":"x"},"build":{"data":[]},"builds":{"data":{}},"visibleApps":7}}}`,
	"odd neighbours":    `{"data":{"type":"users","id":"1"},"included":[{"type":"apps"},{"id":"1"},7,"x",[]]}`,
	"odd attributes":    `{"data":{"type":"users","id":"1","attributes":[1,2]}}`,
	"odd links":         `{"data":[],"links":"x","meta":"y"}`,
	"odd next":          `{"data":[],"links":{"next":{"href":7,"meta":[]}},"meta":{"paging":{"total":"many","limit":{}}}}`,
	"round in circles":  `{"data":[],"links":{"next":"?"}}`,
	"deep":              strings.Repeat(`{"data":`, 20_000) + `1` + strings.Repeat(`}`, 20_000),
	"a page":            `<!doctype html><title>Sign in</title>`,
	"half":              `{"data":[{"type":"users","id":"1"`,
	"two documents":     `{"data":[]}{"data":[]}`,
	"not text":          "\xff\xfe{}\x00",
}

// Every method gets each of them, with a body that is meant or not, and comes back soon: with an error in words, or with
// what there was to read. A change is sent once whatever comes back.
func TestEveryMethodTakesOddSuccesses(t *testing.T) {
	for name, body := range oddSuccesses {
		bubble(t, name, func(t *testing.T) {
			status := 0
			c, s := start(t, func(w http.ResponseWriter, r *http.Request, _ int) { reply(w, status, body) })
			for _, status = range []int{200, 204} {
				for method, call := range usage {
					before, began := len(s.calls()), time.Now()
					err := call(t.Context(), c)
					asked := s.calls()[before:]
					if took := time.Since(began); took > 2*time.Minute || len(asked) > 40 {
						t.Errorf("%d, %s: %d requests in %v", status, method, len(asked), took)
					}
					if err != nil {
						for line := range strings.Lines(err.Error() + "\n") { // a row of the table may make several calls
							if text := strings.TrimSuffix(line, "\n"); text == "" || strings.ContainsAny(text, "\r\x00") || !utf8.ValidString(text) || len(text) > 1000 {
								t.Errorf("%d, %s: it says %q", status, method, text)
							}
						}
					}
					changes := map[string]int{}
					for _, a := range asked {
						if a.Method != http.MethodGet {
							changes[a.Method+a.Path+a.Body]++
						}
					}
					for what, n := range changes {
						if n > 1 {
							t.Errorf("%d, %s: sent %d times: %s", status, method, n, what)
						}
					}
					var lost *NotSentError
					if errors.As(err, &lost) {
						t.Errorf("%d, %s: %v, but it was", status, method, err)
					}
				}
			}
		})
	}
}
