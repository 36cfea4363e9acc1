package bot

import (
	"slices"
	"testing"
)

func TestAddressesAreFoundWhereverAMessageSaysThem(t *testing.T) {
	for _, c := range []struct {
		message string
		want    []string
	}{
		{`{"text":"kim@example.com"}`, []string{"kim@example.com"}},
		{`{"text":"Hi <mailto:kim@example.com|kim@example.com>, and <mailto:Lee.O'Neil@example.co.uk|Lee>."}`, []string{"kim@example.com", "Lee.O'Neil@example.co.uk"}},
		{`{"text":"Lee &lt;lee@example.com&gt;; LEE@example.com, kim+beta@sub.example.com!"}`, []string{"lee@example.com", "kim+beta@sub.example.com"}},
		{`{"text":"","blocks":[{"type":"section","text":{"type":"mrkdwn","text":"*kim@example.com*"}},{"type":"section","fields":[{"type":"plain_text","text":"Mail\nlee@example.com"}]}]}`, []string{"kim@example.com", "lee@example.com"}},
		{`{"text":"","blocks":[{"type":"rich_text","elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"ask "},{"type":"link","url":"mailto:kim@example.com?subject=Hi","text":"Kim"}]}]}]}`, []string{"kim@example.com"}},
		{`{"text":"","attachments":[{"fallback":"new tester","fields":[{"title":"Mail","value":"kim@example.com"}]}]}`, []string{"kim@example.com"}},
		{`{"text":"See <https://example.com/@kim|the page>, or ask @kim or kim@localhost"}`, nil},
		{`{"text":"jürgen@bücher.example"}`, []string{"jürgen@bücher.example"}},
		{`nonsense`, nil},
		{`{"text":3,"blocks":"x"}`, nil},
	} {
		if got := addresses([]byte(c.message)); !slices.Equal(got, c.want) {
			t.Errorf("%s: found %q, not %q", c.message, got, c.want)
		}
	}
}
