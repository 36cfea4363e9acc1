package commands

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ascbot/ascbot/bot"
)

// How long a change that ends by itself may hold.
const (
	shortestSpan = time.Hour
	longestSpan  = 365 * 24 * time.Hour
)

var (
	spanShape = regexp.MustCompile(`^(\d{1,4}|an?) ?(m|minutes?|h|hours?|d|days?|w|weeks?)$`)
	spanUnits = map[byte]time.Duration{'m': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
)

// readSpan understands “7d”, “2 weeks” and “a day”.
func readSpan(text string) (time.Duration, bool) {
	m := spanShape.FindStringSubmatch(strings.ToLower(text))
	if m == nil {
		return 0, false
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		n = 1 // “a week”
	}
	return time.Duration(n) * spanUnits[m[2][0]], true
}

// cutFor takes “for 7d” out of words. Other words after “for” belong to something
// else, such as an app called Halo for Kids.
func cutFor(words []string) ([]string, time.Duration, error) {
	for i, w := range words {
		if !strings.EqualFold(w, "for") {
			continue
		}
		for _, n := range []int{2, 1} {
			if end := i + 1 + n; end <= len(words) {
				if d, ok := readSpan(strings.Join(words[i+1:end], " ")); ok {
					return slices.Concat(words[:i], words[end:]), d, spanComplaint(d)
				}
			}
		}
	}
	return words, 0, nil
}

func spanComplaint(d time.Duration) error {
	if d < shortestSpan || d > longestSpan {
		return bot.Trouble{What: "A change that ends by itself holds from an hour to a year.", Next: "Say for example “for 7d” or “for 2 weeks”."}
	}
	return nil
}

// spanWords says how long something holds: “7 days”, “36 hours”.
func spanWords(d time.Duration) string {
	if d%(24*time.Hour) == 0 {
		return count(int(d/(24*time.Hour)), "day", "days")
	}
	return count(int(d/time.Hour), "hour", "hours")
}

// count says how many there are.
func count(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}
