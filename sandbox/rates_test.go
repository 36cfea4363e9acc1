package sandbox

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// The made-up bank publishes working days, each once it is four in the afternoon in
// Frankfurt.
func TestTheBankPublishesWorkingDays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Date(2026, 11, 23, 14, 59, 0, 0, time.UTC) // a Monday
		s, client := begin(t, Options{Now: func() time.Time { return now }})
		read := func() string {
			resp, err := client.Get(s.RatesURL())
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			text, err := io.ReadAll(resp.Body)
			if err != nil || resp.StatusCode != http.StatusOK {
				t.Fatal(resp.Status, err)
			}
			return string(text)
		}
		text := read()
		for day, want := range map[string]bool{"2026-11-23": false, "2026-11-22": false, "2026-11-21": false, "2026-11-20": true} {
			if strings.Contains(text, `time="`+day+`"`) != want {
				t.Errorf("before three in the afternoon, UTC: rates of %s, want them: %t", day, want)
			}
		}
		if err := s.Clock.Move(time.Minute); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(read(), `time="2026-11-23"`) {
			t.Error("the day's rates are not published")
		}
	})
}
