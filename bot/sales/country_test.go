package sales

import "testing"

func TestCountriesHaveNames(t *testing.T) {
	for code, want := range map[string]string{"DE": "Germany", "US": "United States", "HK": "Hong Kong", "USA": "United States", "XK": "Kosovo", "ZZ": "ZZ", "": "", "no country": "no country"} {
		if got := Country(code); got != want {
			t.Errorf("%q is called %q, want %q", code, got, want)
		}
	}
}
