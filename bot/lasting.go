package bot

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// longestGrant bounds for how long something can be asked for a time: what is to hold
// longer is asked for without an end.
const longestGrant = 365 * 24 * time.Hour

var lengthOfTime = regexp.MustCompile(`^(\d{1,4})\s*(h|hours?|d|days?|w|weeks?)$`)

// Lasting reads for how long something is to hold: "36h", "7d", "2 weeks". Less than
// an hour and more than a year are refused.
func Lasting(text string) (time.Duration, error) {
	found := lengthOfTime.FindStringSubmatch(strings.ToLower(strings.TrimSpace(text)))
	if found == nil {
		return 0, Trouble{What: "“" + clean(text, 40) + "” is no length of time I know.", Next: "Write hours, days or weeks: 36h, 7d, 2w."}
	}
	n, err := strconv.Atoi(found[1])
	if err != nil {
		return 0, err
	}
	unit := map[byte]time.Duration{'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}[found[2][0]]
	if d := time.Duration(n) * unit; d > 0 && d <= longestGrant {
		return d, nil
	}
	return 0, Trouble{What: "It has to be between an hour and a year.", Next: "Ask without an end for what is to stay."}
}
