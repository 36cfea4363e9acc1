package asc

import (
	"bytes"
	"errors"
	"iter"
	"math/big"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// pencil adds a report up with nothing but cutting at tabs and exact fractions: units
// times proceeds, and units, by what was sold, where, and in which currency.
func pencil(text string) (sums map[string][2]string) {
	lines := strings.Split(strings.TrimPrefix(text, "\uFEFF"), "\n")
	at := map[string]int{}
	for i, name := range strings.Split(strings.TrimSuffix(lines[0], "\r"), "\t") {
		name = strings.ToLower(strings.TrimSpace(name))
		for old, now := range map[string]string{"vendor identifier": "sku", "royalty price": "developer proceeds", "royalty currency": "currency of proceeds"} {
			if name == old {
				name = now
			}
		}
		at[name] = i
	}
	units, money := map[string]*big.Rat{}, map[string]*big.Rat{}
	for _, line := range lines[1:] {
		if strings.TrimSpace(line) == "" {
			continue
		}
		cells := strings.Split(line, "\t")
		of := func(column string) string { return strings.TrimSpace(cells[at[column]]) }
		n, _ := new(big.Rat).SetString(of("units"))
		each := new(big.Rat)
		if text := of("developer proceeds"); text != "" {
			each, _ = each.SetString(text)
		}
		key := strings.Join([]string{of("sku"), of("product type identifier"), of("country code"), of("currency of proceeds"), of("parent identifier")}, " ")
		if units[key] == nil {
			units[key], money[key] = new(big.Rat), new(big.Rat)
		}
		units[key].Add(units[key], n)
		money[key].Add(money[key], each.Mul(each, n))
	}
	sums = map[string][2]string{}
	for key := range units {
		sums[key] = [2]string{units[key].RatString(), money[key].RatString()}
	}
	return sums
}

// penned is the same by the program.
func penned(t *testing.T, rows iter.Seq2[SalesRow, error]) map[string][2]string {
	t.Helper()
	units, money := map[string]*big.Rat{}, map[string]*big.Rat{}
	for r, err := range rows {
		if err != nil {
			t.Error(err)
			return nil
		}
		key := strings.Join([]string{r.SKU, r.ProductType, r.Country, r.ProceedsCurrency, r.ParentID}, " ")
		if units[key] == nil {
			units[key], money[key] = new(big.Rat), new(big.Rat)
		}
		n, _ := new(big.Rat).SetString(r.Units.String())
		each, _ := new(big.Rat).SetString(r.Proceeds.String())
		units[key].Add(units[key], n)
		money[key].Add(money[key], each.Mul(each, n))
	}
	sums := map[string][2]string{}
	for key := range units {
		sums[key] = [2]string{units[key].RatString(), money[key].RatString()}
	}
	return sums
}

// oddRow is a row of the columns of oddColumns; what is not given is a space.
func oddRow(sku, kind, units, proceeds, currency, country, parent string, more ...string) string {
	row := map[string]string{"Provider": "APPLE", "SKU": sku, "Title": "Halo", "Product Type Identifier": kind, "Units": units, "Developer Proceeds": proceeds,
		"Currency of Proceeds": currency, "Country Code": country, "Parent Identifier": parent, "Customer Currency": "EUR", "Customer Price": "0", "Apple Identifier": "1",
		"Begin Date": "11/23/2026", "End Date": "2026-11-23"}
	for i := 0; i+1 < len(more); i += 2 {
		row[more[i]] = more[i+1]
	}
	var cells []string
	for name := range strings.SplitSeq(salesHeader, "\t") {
		cell, there := row[name]
		if !there {
			cell = " "
		}
		cells = append(cells, cell)
	}
	return strings.Join(cells, "\t") + "\n"
}

// Both ways of reading agree with the pencil on rows that Apple's description does not
// lead one to expect.
func TestOddRowsComeToTheRightSums(t *testing.T) {
	row := oddRow
	sold := row("HALO", "1F", "2", "1.4", "EUR", "DE", " ")
	const older = "Provider\tProvider Country\tVendor Identifier\tUPC\tISRC\tArtist / Show\tTitle / Episode / Season\tLabel/Studio/Network\tProduct Type Identifier\tUnits\t" +
		"Royalty Price\tBegin Date\tEnd Date\tCustomer Currency\tCountry Code\tRoyalty Currency\tPreorder\tSeason Pass\tISAN\tApple Identifier\tCustomer Price\tCMA\t" +
		"Asset/Content Flavor\tVendor Offer Code\tGrid\tPromo Code\tParent Identifier\n"
	for name, text := range map[string]string{
		"only a header":                      salesHeader + "\n",
		"only a header, without an end":      salesHeader,
		"a byte order mark and CRLF":         "\uFEFF" + strings.ReplaceAll(salesHeader+"\n"+sold+sold, "\n", "\r\n"),
		"tabs at the end of rows alone":      salesHeader + "\n" + strings.ReplaceAll(sold, "\n", "\t\t\n") + sold,
		"quotes that do not end":             salesHeader + "\n" + row("HALO", "1F", "2", "1.4", "EUR", "DE", " ", "Title", `"Halo`) + row("TIDE", "1F", "3", "1.4", "EUR", "DE", " ", "Title", `Ti"de""`) + sold,
		"a refund, a minus after a space":    salesHeader + "\n" + sold + row("HALO", "1F", " -1", "1.4", "EUR", "DE", " ") + row("HALO", "1F", "-1.00", "1.40", "EUR", "DE", " "),
		"a plus":                             salesHeader + "\n" + row("HALO", "1F", "+3", "+1.4", "EUR", "DE", " "),
		"nothing for nothing":                salesHeader + "\n" + row("HALO", "1F", "5", "", " ", "DE", " ") + row("HALO", "1F", "0", "0", "", "DE", "") + row("HALO", "1F", "0.00", "1.4", "EUR", "DE", ""),
		"no decimals, three, and many":       salesHeader + "\n" + row("HALO", "1F", "3", "1200", "JPY", "JP", " ") + row("HALO", "1F", "3", "13000.00", "KRW", "KR", " ") + row("HALO", "1F", "3", "0.999", "KWD", "KW", " ") + row("HALO", "1F", "7", ".123456789", "USD", "US", " "),
		"large numbers":                      salesHeader + "\n" + row("HALO", "1F", "999999999999", "99999.99", "IDR", "ID", " ") + row("HALO", "1F", "1000000000000", "0.01", "IDR", "ID", " ") + row("HALO", "1F", "-123456789012345", "1", "VND", "VN", " "),
		"halves of units":                    salesHeader + "\n" + row("HALO", "1F", "0.50", "1.4", "EUR", "DE", " ") + row("HALO", "1F", "1.25", "1.4", "EUR", "DE", " "),
		"a SKU with spaces, and a blank one": salesHeader + "\n" + row(" My  App 1 ", "1", "1", "1", "EUR", "DE", " ") + row("coins", "IA1", "1", "1", "EUR", "DE", "My  App 1 ") + row("", "1", "1", "1", "EUR", "DE", " "),
		"letters of everywhere":              salesHeader + "\n" + row("ハロー", "1F", "1", "1", "JPY", "JP", " ", "Title", "مرحبا \u200f هالو", "Category", "写真") + row("HALO", "1F", "1", "1", "JPY", "JP", " ", "Title", "\xff\xfe"),
		"one id, several titles":             salesHeader + "\n" + row("HALO", "1F", "1", "1", "EUR", "DE", " ", "Title", "Halo") + row("HALO", "1F", "1", "1", "EUR", "FR", " ", "Title", "Le Halo"),
		"the same in all but a device":       salesHeader + "\n" + row("HALO", "F1", "1", "1", "EUR", "DE", " ", "Device", "Desktop") + row("HALO", "F1", "4", "1.00", "EUR", "DE", " ", "Device", "Apple Vision", "Proceeds Reason", "Rate After One Year", "Preserved Pricing", "Yes", "Client", "News"),
		"new columns before and behind":      "Of Late\t" + salesHeader + "\tAnother\n" + "x\t" + strings.TrimSuffix(sold, "\n") + "\ty\n",
		"2010: the columns of music, a day of two digits": older +
			"APPLE\tUS\tHALO\t \t \tMeadow\tHalo\t \t1\t1\t0\t1/21/10\t1/21/10\tUSD\tUS\tUSD\t \t \t \t3\t0\t \t \t \t \tCR-RW\t \n" +
			"APPLE\tUS\tHALO\t \t \tMeadow\tHalo\t \t1\t4\t.36\t01/21/2010\t01/21/2010\tGBP\tGB\tGBP\t \t \t \t3\t.59\t \t \t \t \t \t \n" +
			"APPLE\tUS\tHALO\t \t \tMeadow\tHalo\t \t1\t3\t.97\t01/21/2010\t01/21/2010\tSEK\tSE\tEUR\t \t \t \t3\t15\t \t \t \t \t \t \n",
	} {
		want := pencil(text)
		for how, read := range map[string]iter.Seq2[SalesRow, error]{
			"ReadSales": ReadSales(strings.NewReader(text), most), "SumSales": SumSales(strings.NewReader(text), most), "packed": SumSales(bytes.NewReader(zip(text)), most),
		} {
			if diff := cmp.Diff(want, penned(t, read)); diff != "" {
				t.Errorf("%s, %s: -pencil +program\n%s", name, how, diff)
			}
		}
	}
}

// Sales and refunds are kept apart however the minus is written.
func TestAMinusBehindASpaceIsOne(t *testing.T) {
	text := salesHeader + "\n" + oddRow("HALO", "1F", "3", "1", "EUR", "DE", " ") + oddRow("HALO", "1F", " -1", "1", "EUR", "DE", " ")
	rows, err := everyone(SumSales(strings.NewReader(text), most))
	if err != nil || len(rows) != 2 || rows[0].Units.String() != "3" || rows[1].Units.String() != "-1" {
		t.Errorf("got %d rows, %+v, %v", len(rows), rows, err)
	}
}

// A column may stand beside the one that has its name of other years.
func TestTheNewerNameOfAColumnWins(t *testing.T) {
	for _, header := range []string{"Active Subscriptions\tActive Standard Price Subscriptions", "Active Standard Price Subscriptions\tActive Subscriptions"} {
		cells := map[string]string{"Active Subscriptions": "90", "Active Standard Price Subscriptions": "12"}
		first, second, _ := strings.Cut(header, "\t")
		text := "App Apple ID\tSubscription Apple ID\tCustomer Price\tCustomer Currency\tDeveloper Proceeds\tProceeds Currency\tCountry\t" + header + "\n" +
			"1\t2\t4.99\tEUR\t3.49\tEUR\tDE\t" + cells[first] + "\t" + cells[second] + "\n"
		rows, err := everyone(ReadSubscriptions(strings.NewReader(text), most))
		if err != nil || len(rows) != 1 || rows[0].Active.String() != "12" {
			t.Errorf("%s: got %+v, %v", header, rows, err)
		}
	}
}

// A financial report whose footer counts otherwise gives its rows, and says so after
// them; half a file does not pass for one.
func TestAFooterThatCountsOtherwise(t *testing.T) {
	const header = "Start Date\tEnd Date\tUPC\tISRC/ISBN\tVendor Identifier\tQuantity\tPartner Share\tExtended Partner Share\tPartner Share Currency\tSales or Return\tApple Identifier\tArtist/Show/Developer/Author\tTitle\tLabel/Studio/Network/Developer/Publisher\tGrid\tProduct Type Identifier\tISAN/Other Identifier\tCountry Of Sale\tPre-order Flag\tPromo Code\tCustomer Price\tCustomer Currency\n"
	const row = "03/30/2014\t05/03/2014\t\t\tHALO\t1\t5.10\t5.10\tAED\tS\t577\t\tHalo\t\t\tT1\t\tAE\t\t\t7.29\tAED\n"
	read := func(text string) (n int, err error) {
		rows, err := everyone(ReadFinancial(strings.NewReader(text), most))
		return len(rows), err
	}
	n, err := read(header + row + row + "Total_Rows\t1\nTotal_Amount\t5.1\nTotal_Units\t1\n")
	miscounted, ok := errors.AsType[*RowCountError](err)
	if n != 2 || !ok || miscounted.Said != "1" || miscounted.Rows != 2 || !strings.Contains(err.Error(), "line 4 of the report: the footer says that there are 1 rows, and there were 2") {
		t.Errorf("%d rows, %v", n, err)
	}
	if _, err := read(header + row + "Total_Rows\t5\n" + row); errors.As(err, &miscounted) || err == nil {
		t.Errorf("a row after the end passes: %v", err)
	}
	if n, err := read(header + row + row + "Total_Rows\t2\nTotal_Amount\t10.2\nTotal_Units\t2\n"); n != 2 || err != nil {
		t.Errorf("%d rows, %v", n, err)
	}
}
