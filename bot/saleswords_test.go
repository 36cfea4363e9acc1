package bot

import (
	"strings"
	"testing"

	"github.com/govalues/decimal"

	"github.com/ascbot/ascbot/bot/sales"
)

// A cell of a table shows whole amounts alone: a cut number would be another number.
func TestAnAmountIsNeverCut(t *testing.T) {
	var list []sales.Money
	for _, currency := range []string{"AUD", "BRL", "CAD", "CHF", "EUR", "GBP", "JPY", "MXN", "USD"} {
		list = append(list, sales.Money{Amount: decimal.MustParse("1234567.89"), Currency: currency})
	}
	for n := range list {
		text := MoneyBrief(list[:n+1])
		if len([]rune(text)) > longestCell || strings.Contains(text, "…") {
			t.Errorf("%d amounts: %q does not fit", n+1, text)
		}
		whole := strings.Count(text, "1,234,567.89")
		if rest := n + 1 - whole; rest > 0 && !strings.HasSuffix(text, " and "+sales.Grouped(rest)+" more") {
			t.Errorf("%d amounts: %q", n+1, text)
		}
	}
}
