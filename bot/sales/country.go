package sales

import (
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// Country is what to call a country or region, by its ISO 3166 code of two or three
// letters. What nobody knows is called by its code.
func Country(code string) string {
	region, err := language.ParseRegion(code)
	if err != nil {
		return code
	}
	name := display.English.Regions().Name(region)
	name, _, _ = strings.Cut(name, " SAR") // as in “Hong Kong SAR China”
	if name == "" || strings.HasPrefix(name, "Unknown") {
		return code
	}
	return name
}
