package bot

import (
	"fmt"
	"strings"
	"testing"

	"github.com/govalues/decimal"

	"github.com/ascbot/ascbot/bot/schedule"
)

// An alarm needs a change that is large both ways: against the same weekday and against
// the mean of 28 days, in percent and in number, and in the same direction.
func TestAnAlarmIsLargeBothWays(t *testing.T) {
	for name, c := range map[string]struct {
		usual, weekday, now int // downloads: on the 28 days before, on the Monday among them, on the day
		want                string
	}{
		"up against both":              {100, 100, 300, "downloads up"},
		"down against both":            {300, 300, 100, "downloads down"},
		"against the weekday alone":    {300, 100, 300, ""},
		"against the mean alone":       {100, 300, 300, ""},
		"one up, the other down":       {900, 100, 300, ""},
		"exactly the percentage":       {200, 200, 300, "downloads up"},
		"less than the percentage":     {200, 200, 299, ""},
		"much in percent, few of them": {10, 10, 40, ""},
		"exactly the floor":            {20, 20, 70, "downloads up"},
		"under the floor by one":       {20, 20, 69, ""},
		"from nothing":                 {0, 0, 60, "downloads up"},
		"the same":                     {100, 100, 100, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, schedule.ReportDue(monday))
			s.says = func(kind, day string) (int, string) {
				if kind != SalesReport {
					return none(noSales)
				}
				sold := c.usual
				switch day {
				case monday.String():
					sold = c.now
				case monday.AddDays(-7).String():
					sold = c.weekday
				}
				if sold == 0 {
					return none(noSales)
				}
				return report(fmt.Sprintf("HALO Halo 1F %d 0 - DE", sold))
			}
			f := s.digestOf(Digest{Alert: Alert{Percent: 50, Floor: decimal.MustNew(50, 0)}}, only(monday))
			var causes []string
			for _, one := range f.findings() {
				causes = append(causes, one.cause)
			}
			if got := strings.Join(causes, ", "); got != c.want {
				t.Errorf("alarms are %q, want %q", got, c.want)
			}
		})
	}
}
