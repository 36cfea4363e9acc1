package sales

import "strings"

// Kind is what sort of sale a row counts. Types that Apple's table does not
// name are kinds of their own, "other:" and the type.
type Kind string

// The kinds of sale.
const (
	Download     Kind = "download"      // the first time for this customer
	Bundle       Kind = "bundle"        // an app bundle, free or paid
	Redownload   Kind = "redownload"    // no proceeds
	Update       Kind = "update"        // no proceeds
	InApp        Kind = "in-app"        // also subscriptions that do not renew
	Restore      Kind = "restore"       // an in-app purchase brought back, no proceeds
	SubNew       Kind = "sub-new"       // auto-renewing, first period
	SubRenewal   Kind = "sub-renewal"   // auto-renewing, later periods
	Subscription Kind = "sub"           // auto-renewing, the report does not say which
	BundleCredit Kind = "bundle-credit" // what customers get off a bundle for apps they own: negative units, no refund
	other             = "other:"
)

// order is the order in which kinds are listed; others follow.
var order = []Kind{Download, Bundle, Redownload, Update, InApp, SubNew, SubRenewal, Subscription, Restore, BundleCredit}

var kindWords = map[Kind]string{
	Download: "first downloads", Bundle: "bundles", Redownload: "re-downloads", Update: "updates",
	InApp: "in-app purchases", Restore: "restored purchases", SubNew: "new subscriptions",
	SubRenewal: "subscription renewals", Subscription: "subscriptions", BundleCredit: "bundle credits",
}

// productTypes is Apple's table of Product Type Identifiers, and 3T, which it does not
// have and reports do: beside 1T and 7T, for the iPad. Subscriptions are told apart by
// the Subscription column.
var productTypes = map[string]Kind{
	"1": Download, "1F": Download, "1T": Download, "1E": Download, "1EP": Download, "1EU": Download, "F1": Download,
	"1-B": Bundle, "F1-B": Bundle,
	"3": Redownload, "3F": Redownload, "3T": Redownload,
	"7": Update, "7F": Update, "7T": Update, "F7": Update,
	"IA1": InApp, "IA1-M": InApp, "FI1": InApp, "IA9": InApp, "IA9-M": InApp,
	"IA3": Restore,
	"IAY": Subscription, "IAY-M": Subscription,
}

// kind tells what sort of sale the row counts.
func (r Row) kind() Kind {
	kind, known := productTypes[r.ProductType]
	switch {
	case strings.EqualFold(r.CMB, "CMB-C"):
		return BundleCredit
	case !known:
		return Kind(other + r.ProductType)
	case kind == Subscription && strings.EqualFold(r.Subscription, "New"):
		return SubNew
	case kind == Subscription && strings.EqualFold(r.Subscription, "Renewal"):
		return SubRenewal
	}
	return kind
}

// Words is the kind as one says it, in the plural: "first downloads", "other
// (type IAC)".
func (k Kind) Words() string {
	if words, known := kindWords[k]; known {
		return words
	}
	if typ := strings.TrimPrefix(string(k), other); typ != "" {
		return "other (type " + typ + ")"
	}
	return "other (no type)"
}
