package schedule

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// ParseWords reads when something is to happen, as a cron expression or as people
// say it: "weekdays 9:00", "every day at 8:30", "Mondays 9", "monthly on day 3 at
// 9:00". Its errors are for the person who wrote it.
func ParseWords(text, zone string) (Schedule, error) {
	text = strings.Join(strings.Fields(text), " ")
	if expr, ok := said(text); ok {
		return Parse(expr, zone)
	}
	if len(strings.Fields(text)) == len(fields) || strings.HasPrefix(text, "@") {
		return Parse(text, zone)
	}
	if _, err := location(strings.TrimSpace(zone)); err != nil {
		return Schedule{}, err
	}
	return Schedule{}, fmt.Errorf("%s is no time that is understood here; write for example “weekdays 9:00”, “every Monday 9:00”, “monthly on day 3 at 9:00”, or a cron expression such as “0 9 * * *”", quote(text))
}

var (
	clockTime = regexp.MustCompile(`^([0-9]{1,2})(?:[:.]([0-9]{2}))? ?(am|pm)?$`)
	onDay     = regexp.MustCompile(`^(?:on )?(?:the |day )?([0-9]{1,2})(?:st|nd|rd|th)?$`)
)

// said makes a cron expression of words.
func said(text string) (expr string, ok bool) {
	text = strings.ToLower(strings.NewReplacer(",", " ", " and ", " ").Replace(" " + text + " "))
	words := strings.Fields(text)
	minute, hour, words, ok := clockOf(words)
	if !ok {
		return "", false
	}
	words = slices.DeleteFunc(words, func(w string) bool { return w == "every" || w == "each" || w == "at" })
	when := strings.Join(words, " ")
	switch when {
	case "", "day", "daily", "days":
		return fmt.Sprintf("%d %d * * *", minute, hour), true
	case "weekday", "weekdays", "workday", "workdays":
		return fmt.Sprintf("%d %d * * 1-5", minute, hour), true
	case "week", "weekly":
		return fmt.Sprintf("%d %d * * 1", minute, hour), true
	case "month", "monthly":
		return fmt.Sprintf("%d %d 1 * *", minute, hour), true
	}
	for _, often := range []string{"monthly ", "month "} {
		if rest, cut := strings.CutPrefix(when, often); cut {
			m := onDay.FindStringSubmatch(rest)
			if m == nil {
				return "", false
			}
			return fmt.Sprintf("%d %d %s * *", minute, hour, m[1]), true
		}
	}
	var days []string
	for _, w := range words {
		if w == "on" || w == "weekly" {
			continue
		}
		n, known := weekdayOf(w)
		if !known {
			return "", false
		}
		days = append(days, strconv.Itoa(n))
	}
	if len(days) == 0 {
		return "", false
	}
	return fmt.Sprintf("%d %d * * %s", minute, hour, strings.Join(days, ",")), true
}

// clockOf takes the time of day off the words: the last of them.
func clockOf(words []string) (minute, hour int, rest []string, ok bool) {
	if len(words) == 0 {
		return 0, 0, nil, false
	}
	last, rest := words[len(words)-1], words[:len(words)-1]
	if (last == "am" || last == "pm") && len(rest) > 0 {
		last, rest = rest[len(rest)-1]+" "+last, rest[:len(rest)-1]
	}
	m := clockTime.FindStringSubmatch(last)
	if m == nil {
		return 0, 0, nil, false
	}
	hour, _ = strconv.Atoi(m[1])
	minute, _ = strconv.Atoi(m[2])
	switch {
	case m[3] != "" && (hour < 1 || hour > 12):
		return 0, 0, nil, false
	case m[3] == "pm" && hour < 12:
		hour += 12
	case m[3] == "am" && hour == 12:
		hour = 0
	}
	if hour > 23 || minute > 59 {
		return 0, 0, nil, false
	}
	return minute, hour, rest, true
}

// weekdayOf understands "monday", "mondays", "mon".
func weekdayOf(word string) (int, bool) {
	for n, name := range []string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"} {
		if word == name || word == name+"s" || word == name[:3] {
			return n, true
		}
	}
	return 0, false
}
