package bot_test

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/ascbot/ascbot/sandbox/slack"
)

// scene is what people saw since some moment, as each of them sees it now.
type scene struct {
	title string // who sees it, and where
	text  string
	rank  int // private words first, then forms, channels, direct messages
}

// seen tells what people saw since an entry of Slack's journal: each message,
// form and home that came or changed, once, as it stands now. The order does not
// depend on which of two things that happened at the same moment was first.
func (w *town) seen(since int) string {
	byPlace := map[string]scene{}
	var order []string
	private := map[string]bool{} // what one person saw before
	for _, e := range w.box.Slack.Journal(0) {
		place := e.Channel + e.TS + e.View
		if e.Seq <= since {
			private[place] = e.Kind == slack.KindEphemeral
			continue
		}
		sc, ok := w.scene(e)
		if !ok {
			continue
		}
		if private[place] {
			sc.title += ", redrawn"
		}
		was, again := byPlace[place]
		if !again {
			order = append(order, place)
		} else {
			sc.title = was.title
		}
		byPlace[place] = sc
	}
	var all []scene
	for _, place := range order {
		all = append(all, byPlace[place])
	}
	slices.SortStableFunc(all, func(a, b scene) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), strings.Compare(a.title, b.title))
	})
	var out strings.Builder
	for _, sc := range all {
		fmt.Fprintln(&out, sc.title)
		for line := range strings.SplitSeq(sc.text, "\n") {
			fmt.Fprintln(&out, strings.TrimRight("  "+line, " "))
		}
	}
	return digests.ReplaceAllString(out.String(), "Fingerprint ········")
}

// digests are masked, so that a story does not change with every word of a request.
var digests = regexp.MustCompile(`Fingerprint [0-9a-f]{8}`)

func (w *town) scene(e slack.Entry) (scene, bool) {
	name := w.box.Slack.Name
	direct := strings.HasPrefix(e.Channel, "D")
	sc := scene{text: strings.TrimSpace(e.Text)}
	switch e.Kind {
	case slack.KindEphemeral:
		sc.title = "to " + name(e.User) + " alone"
	case slack.KindView:
		sc.title, sc.rank = "a form for "+name(e.User), 1
		if e.Method == "closed" || e.Method == "submitted" {
			return sc, false
		}
	case slack.KindHome:
		sc.title, sc.rank = "the home of "+name(e.User), 1
		if e.Method == "opened" {
			return sc, false
		}
	case slack.KindMessage, slack.KindEdit:
		if e.User != slack.BotUser {
			return sc, false
		}
		sc.title, sc.rank = "in #"+name(e.Channel), 2
		if direct {
			sc.title, sc.rank = "to "+name(e.Channel)+" directly", 3
		}
		if e.Kind == slack.KindEdit {
			sc.title += ", redrawn"
		}
	default:
		return sc, false
	}
	return sc, true
}

// shown is what Slack's client says about something a person did.
func shown(r slack.Reply) string {
	var lines []string
	if r.Error != "" {
		lines = append(lines, "Slack shows: "+r.Error)
	}
	for block, why := range r.Errors {
		lines = append(lines, "at "+block+": "+why)
	}
	slices.Sort(lines)
	if lines == nil {
		return ""
	}
	return strings.Join(lines, "\n") + "\n"
}
