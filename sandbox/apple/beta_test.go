package apple

import (
	"fmt"
	"image/png"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func whatToTestIn(build, locale string, text any) map[string]any {
	return entityOf("betaBuildLocalizations", "", map[string]any{"locale": locale, "whatsNew": text}, map[string]any{"build": toOne("builds", build)})
}

func TestWhatToTest(t *testing.T) {
	c := newCaller(t, Options{})
	b := c.build(haloID, "118")
	no := func(code, words string, body any) {
		t.Helper()
		c.says(409, code, words, "POST", "/v1/betaBuildLocalizations", body)
	}
	id := c.made("/v1/betaBuildLocalizations", whatToTestIn(b, "de-DE", "Die Tagesansicht."))
	no("ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE", "'en-US'", whatToTestIn(b, "en-US", "x"))
	no("ENTITY_ERROR.ATTRIBUTE.INVALID", "not a valid locale", whatToTestIn(b, "hu", "x")) // which only the store has
	no("ENTITY_ERROR.ATTRIBUTE.INVALID", "too long", whatToTestIn(b, "ja", strings.Repeat("あ", 4001)))
	no("ENTITY_ERROR.ATTRIBUTE.INVALID", "Text for whatsNew contains invalid characters", whatToTestIn(b, "ja", "ok 👍"))
	no("STATE_ERROR", "expired build", whatToTestIn(c.build(haloID, "109"), "ja", "x"))
	path := "/v1/betaBuildLocalizations/" + id
	patch := func(text any) map[string]any {
		return changed("betaBuildLocalizations", id, map[string]any{"whatsNew": text})
	}
	c.ask("PATCH", path, patch(strings.Repeat("あ", 4000)))
	c.says(409, "ENTITY_ERROR.ATTRIBUTE.INVALID", "invalid characters", "PATCH", path, patch("bell \a"))
	_, d := c.ask("GET", "/v1/betaBuildLocalizations?filter[build]="+b+"&filter[locale]=de-DE", nil)
	if all := d.all(t); len(all) != 1 || len([]rune(all[0].Attributes["whatsNew"].(string))) != 4000 {
		t.Errorf("%s", d.Data)
	}
	c.ask("DELETE", path, nil)
	c.made("/v1/betaBuildLocalizations", whatToTestIn(b, "de-DE", nil))
}

func TestBetaAppTexts(t *testing.T) {
	c := newCaller(t, Options{})
	body := func(attrs map[string]any) map[string]any {
		return entityOf("betaAppLocalizations", "", attrs, map[string]any{"app": toOne("apps", haloID)})
	}
	id := c.made("/v1/betaAppLocalizations", body(map[string]any{"locale": "de-DE", "feedbackEmail": "beta@meadow.example"}))
	for words, attrs := range map[string]map[string]any{
		"'en-US' already":     {"locale": "en-US"},
		"not a valid locale":  {"locale": "xx"},
		"not a valid email":   {"locale": "ja", "feedbackEmail": "beta"},
		"is not a valid URL":  {"locale": "ja", "marketingUrl": "meadow"},
		"'description' is to": {"locale": "ja", "description": strings.Repeat("x", 4001)},
	} {
		w := c.send(c.request("POST", "/v1/betaAppLocalizations", body(attrs)))
		if w.Code != 409 || !strings.Contains(w.Body.String(), words) {
			t.Errorf("%s: %d %s", words, w.Code, w.Body)
		}
	}
	c.ask("PATCH", "/v1/betaAppLocalizations/"+id, changed("betaAppLocalizations", id, map[string]any{"description": "Hilf uns."}))
	c.ask("DELETE", "/v1/betaAppLocalizations/"+id, nil)
	primary := c.find("betaAppLocalizations", "locale", "en-US", inApp(haloID))
	c.says(409, "STATE_ERROR", "primary localization", "DELETE", "/v1/betaAppLocalizations/"+primary, nil)
	_, d := c.ask("GET", "/v1/betaAppReviewDetails?filter[app]="+haloID, nil)
	r := d.all(t)[0].ID
	c.ask("PATCH", "/v1/betaAppReviewDetails/"+r, changed("betaAppReviewDetails", r, map[string]any{"notes": "Ask Ben."}))
	c.says(409, "ENTITY_ERROR.ATTRIBUTE.INVALID", "not a valid email", "PATCH", "/v1/betaAppReviewDetails/"+r, changed("betaAppReviewDetails", r, map[string]any{"contactEmail": "x"}))
}

func forBeta(build string) map[string]any {
	return entityOf("betaAppReviewSubmissions", "", nil, map[string]any{"build": toOne("builds", build)})
}

func (c *caller) external(build string) any {
	c.t.Helper()
	return c.item("/v1/buildBetaDetails/" + build).Attributes["externalBuildState"]
}

// The first build of a version is looked at, a later one passes at once.
func TestBetaReviews(t *testing.T) {
	c := newCaller(t, Options{})
	b118, b58 := c.build(haloID, "118"), c.build(pebbleID, "58")
	c.says(422, "ENTITY_UNPROCESSABLE.INVALID_QC_STATE", "MISSING_EXPORT_COMPLIANCE", "POST", "/v1/betaAppReviewSubmissions", forBeta(b58))
	c.ask("POST", "/v1/betaGroups/"+c.group(haloID, "Friends")+"/relationships/builds", toMany("builds", b118))
	s := c.made("/v1/betaAppReviewSubmissions", forBeta(b118))
	if got := c.external(b118); got != "WAITING_FOR_BETA_REVIEW" {
		t.Error(got)
	}
	c.says(422, "ENTITY_UNPROCESSABLE.INVALID_QC_STATE", "WAITING_FOR_BETA_REVIEW", "POST", "/v1/betaAppReviewSubmissions", forBeta(b118))
	c.wait(betaPasses)
	if got := c.external(b118); got != "IN_BETA_TESTING" || c.item("/v1/betaAppReviewSubmissions/" + s).Attributes["betaReviewState"] != "APPROVED" {
		t.Errorf("testers are told by themselves: %v", got)
	}
	c.ask("PATCH", "/v1/builds/"+b58, changed("builds", b58, map[string]any{"usesNonExemptEncryption": false}))
	c.says(422, "ENTITY_UNPROCESSABLE", "what to test must be given", "POST", "/v1/betaAppReviewSubmissions", forBeta(b58))
	text := c.find("betaBuildLocalizations", "locale", "en-US", func(r Resource) bool { return r.Relationships["build"][0] == b58 })
	c.ask("PATCH", "/v1/betaBuildLocalizations/"+text, changed("betaBuildLocalizations", text, map[string]any{"whatsNew": "Levels."}))
	s = c.made("/v1/betaAppReviewSubmissions", forBeta(b58))
	c.wait(betaReviewBegins)
	if got := c.external(b58); got != "IN_BETA_REVIEW" || c.item("/v1/betaAppReviewSubmissions/" + s).Attributes["betaReviewState"] != "IN_REVIEW" {
		t.Error(got)
	}
	c.wait(betaReviewEnds)
	if got := c.external(b58); got != "BETA_APPROVED" {
		t.Error(got)
	}
	for _, b := range []string{c.build(haloID, "109"), c.build(haloID, "117"), c.build(tideID, "203"), c.build(tideID, "204"), c.build(kidsID, "12")} {
		c.says(422, "ENTITY_UNPROCESSABLE.INVALID_QC_STATE", "cannot be submitted", "POST", "/v1/betaAppReviewSubmissions", forBeta(b))
	}
	w := c.send(c.request("DELETE", "/v1/betaAppReviewSubmissions/"+s, nil))
	if w.Code != 403 || !strings.Contains(w.Body.String(), "The resource 'betaAppReviewSubmissions' does not allow 'DELETE'. Allowed operations are: CREATE, GET_COLLECTION, GET_INSTANCE") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// upload puts a build into the newest version of an app.
func (c *caller) upload(app, number string) string {
	c.t.Helper()
	id, err := c.s.Upload(app, number)
	if err != nil {
		c.t.Fatal(err)
	}
	return id
}

func TestLimitsOfBetaReview(t *testing.T) {
	c := newCaller(t, Options{})
	first := c.upload(haloID, "199")
	another := c.upload(haloID, "198")
	c.made("/v1/betaAppReviewSubmissions", forBeta(first))
	c.says(422, "ENTITY_UNPROCESSABLE.ANOTHER_BUILD_IN_REVIEW", "Another build in the same train is already in beta review", "POST", "/v1/betaAppReviewSubmissions", forBeta(another))
	c.wait(2 * betaPasses)
	for i := range mostBetaSubmissions - 1 {
		c.made("/v1/betaAppReviewSubmissions", forBeta(c.upload(haloID, fmt.Sprint(200+i))))
		c.wait(2 * betaPasses)
	}
	last := c.upload(haloID, "300")
	c.says(422, "ENTITY_UNPROCESSABLE.SUBMISSION_LIMIT_REACHED", "24 hours", "POST", "/v1/betaAppReviewSubmissions", forBeta(last))
	c.wait(aDay)
	c.made("/v1/betaAppReviewSubmissions", forBeta(last))
}

func TestBetaReviewWantsToKnow(t *testing.T) {
	c := newCaller(t, Options{})
	b := c.build(haloID, "118")
	detail := c.item("/v1/apps/" + haloID + "/betaAppReviewDetail").ID
	c.ask("PATCH", "/v1/betaAppReviewDetails/"+detail, changed("betaAppReviewDetails", detail, map[string]any{"contactPhone": nil}))
	c.says(422, "ENTITY_UNPROCESSABLE", "contactPhone", "POST", "/v1/betaAppReviewSubmissions", forBeta(b))
	c.ask("PATCH", "/v1/betaAppReviewDetails/"+detail, changed("betaAppReviewDetails", detail, map[string]any{"contactPhone": "+1"}))
	text := c.made("/v1/betaAppLocalizations", entityOf("betaAppLocalizations", "", map[string]any{"locale": "ja"}, map[string]any{"app": toOne("apps", haloID)}))
	c.says(422, "ENTITY_UNPROCESSABLE", "description in ja", "POST", "/v1/betaAppReviewSubmissions", forBeta(b))
	c.ask("DELETE", "/v1/betaAppLocalizations/"+text, nil)
	c.made("/v1/betaAppReviewSubmissions", forBeta(b))
}

func TestFeedback(t *testing.T) {
	c := newCaller(t, Options{})
	_, d := c.ask("GET", "/v1/apps/"+haloID+"/betaFeedbackCrashSubmissions?sort=-createdDate&include=build,tester&filter[build]="+c.build(haloID, "117"), nil)
	all := d.all(t)
	if len(all) != 2 || len(d.Included) != 2 || all[0].Attributes["comment"] != "It closed when I turned the day at midnight." {
		t.Fatalf("%+v %+v", all, d.Included)
	}
	log := c.item("/v1/betaFeedbackCrashSubmissions/" + all[0].ID + "/crashLog")
	if text, _ := log.Attributes["logText"].(string); !strings.Contains(text, "DayView.midnight()") {
		t.Errorf("%+v", log)
	}
	_, d = c.ask("GET", "/v1/apps/"+haloID+"/betaFeedbackCrashSubmissions?filter[build]="+c.build(haloID, "109"), nil)
	old := d.all(t)[0].ID
	c.says(404, "NOT_FOUND", "betaCrashLogs", "GET", "/v1/betaFeedbackCrashSubmissions/"+old+"/crashLog", nil)
	c.ask("DELETE", "/v1/betaFeedbackCrashSubmissions/"+all[0].ID, nil)
	if c.item("/v1/betaCrashLogs/"+log.ID) != nil {
		t.Error("the log stays")
	}
	// Feedback of a tester who is gone stays, without the tester.
	noor := c.tester(haloID, "noor@friends.example")
	c.ask("DELETE", "/v1/betaTesters/"+noor, nil)
	c.wait(time.Minute)
	_, d = c.ask("GET", "/v1/apps/"+haloID+"/betaFeedbackCrashSubmissions?include=tester&filter[build]="+c.build(haloID, "109"), nil)
	if f := d.all(t)[0]; f.Relationships["tester"].Data != nil || f.Attributes["email"] != "noor@friends.example" {
		t.Errorf("%+v", f)
	}
}

// file fetches a link without a token.
func (c *caller) file(link string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	c.s.ServeHTTP(w, httptest.NewRequest("GET", link, nil))
	return w
}

func TestScreenshotsAreFetchedWithoutAToken(t *testing.T) {
	c := newCaller(t, Options{})
	_, d := c.ask("GET", "/v1/apps/"+haloID+"/betaFeedbackScreenshotSubmissions", nil)
	first := d.all(t)[0]
	shot := first.Attributes["screenshots"].([]any)[0].(map[string]any)
	link := shot["url"].(string)
	w := c.file(link)
	if img, err := png.Decode(w.Body); w.Code != 200 || err != nil || img.Bounds().Dx() != 390 {
		t.Errorf("%d %v", w.Code, err)
	}
	r := httptest.NewRequest("GET", link, nil)
	r.Header.Set("Authorization", "Bearer "+c.token(nil))
	if w := c.send(r); w.Code != 400 {
		t.Errorf("with a token: %d %s", w.Code, w.Body)
	}
	if w := c.file(link + "0"); w.Code != 403 || !strings.Contains(w.Body.String(), "SignatureDoesNotMatch") {
		t.Errorf("changed: %d %s", w.Code, w.Body)
	}
	c.wait(2 * time.Hour)
	if w := c.file(link); w.Code != 403 || !strings.Contains(w.Body.String(), "expired") {
		t.Errorf("late: %d %s", w.Code, w.Body)
	}
	c.ask("DELETE", "/v1/betaFeedbackScreenshotSubmissions/"+first.ID, nil)
}

func TestUsage(t *testing.T) {
	c := newCaller(t, Options{})
	count := func(path string) (lines int) {
		_, d := c.ask("GET", path, nil)
		return len(d.all(t))
	}
	everybody, lee := c.group(haloID, "Everybody"), c.tester(haloID, "lee@friends.example")
	if n := count("/v1/apps/" + haloID + "/metrics/betaTesterUsages?period=P30D"); n != 1 {
		t.Errorf("%d totals", n)
	}
	if n := count("/v1/apps/" + haloID + "/metrics/betaTesterUsages?groupBy=betaTesters&period=P30D"); n != 8 {
		t.Errorf("%d testers", n)
	}
	if n := count("/v1/betaGroups/" + everybody + "/metrics/betaTesterUsages?groupBy=betaTesters&limit=2"); n != 2 {
		t.Errorf("%d on a page of 2", n)
	}
	if n := count("/v1/betaTesters/" + lee + "/metrics/betaTesterUsages?filter[apps]=" + haloID); n != 1 {
		t.Errorf("%d apps", n)
	}
	if n := count("/v1/betaTesters/" + lee + "/metrics/betaTesterUsages?filter[apps]=" + tideID); n != 0 {
		t.Errorf("%d apps", n)
	}
	_, d := c.ask("GET", "/v1/betaGroups/"+everybody+"/metrics/publicLinkUsages", nil)
	if !strings.Contains(string(d.Data), `"acceptedCount":3`) {
		t.Errorf("%s", d.Data)
	}
	if n := count("/v1/betaGroups/" + c.group(haloID, "Friends") + "/metrics/publicLinkUsages"); n != 0 {
		t.Error("usage of a link that is not there")
	}
	_, d = c.ask("GET", "/v1/builds/"+c.build(haloID, "117")+"/metrics/betaBuildUsages", nil)
	if !strings.Contains(string(d.Data), `"inviteCount":6`) {
		t.Errorf("%s", d.Data)
	}
	c.says(404, "NOT_FOUND", "nothing", "GET", "/v1/builds/nothing/metrics/betaBuildUsages", nil)
}

func TestReviewsAreAnswered(t *testing.T) {
	c := newCaller(t, Options{KeyRoles: []string{"CUSTOMER_SUPPORT"}})
	_, d := c.ask("GET", "/v1/apps/"+haloID+"/customerReviews?sort=-createdDate&filter[rating]=1&include=response", nil)
	all := d.all(t)
	if len(all) != 3 || all[0].Attributes["title"] != "Crashes at midnight" {
		t.Fatalf("%+v", all)
	}
	review := all[0].ID
	path := "/v1/customerReviews/" + review + "/response"
	if w := c.send(c.request("GET", path, nil)); !strings.HasPrefix(w.Body.String(), `{"data":null`) {
		t.Errorf("%s", w.Body)
	}
	answer := func(text string) map[string]any {
		return entityOf("customerReviewResponses", "", map[string]any{"responseBody": text}, map[string]any{"review": toOne("customerReviews", review)})
	}
	first := c.made("/v1/customerReviewResponses", answer("We are on it."))
	unanswered := func() int {
		_, d := c.ask("GET", "/v1/apps/"+haloID+"/customerReviews?exists[publishedResponse]=false&limit=200", nil)
		return len(d.all(t))
	}
	before := unanswered()
	if a := c.item(path); a.ID != first || a.Attributes["state"] != "PENDING_PUBLISH" {
		t.Errorf("%+v", a)
	}
	c.wait(publishingTakes / 2)
	if second := c.made("/v1/customerReviewResponses", answer("Fixed in 2.4.")); second != first {
		t.Errorf("another answer: %s and %s", first, second)
	}
	c.wait(publishingTakes / 2)
	if a := c.item(path); a.Attributes["state"] != "PENDING_PUBLISH" || a.Attributes["responseBody"] != "Fixed in 2.4." {
		t.Errorf("the first answer's time is not the second's: %+v", a)
	}
	c.wait(publishingTakes / 2)
	if a := c.item(path); a.Attributes["state"] != "PUBLISHED" || unanswered() != before-1 {
		t.Errorf("%+v", a)
	}
	c.ask("DELETE", "/v1/customerReviewResponses/"+first, nil)
	if unanswered() != before {
		t.Error("the answer is still counted")
	}
	for _, text := range []string{"", " \n", strings.Repeat("x", longestResponse+1)} {
		c.says(409, "ENTITY_ERROR.ATTRIBUTE.INVALID", "5970", "POST", "/v1/customerReviewResponses", answer(text))
	}
	narrow := newCaller(t, Options{KeyRoles: []string{"MARKETING"}})
	narrow.says(403, "FORBIDDEN_ERROR", "The API key in use", "POST", "/v1/customerReviewResponses", answer("x"))
}

func TestReviewsAreFiltered(t *testing.T) {
	c := newCaller(t, Options{})
	count := func(query string) int {
		_, d := c.ask("GET", query, nil)
		return d.Meta.Paging.Total
	}
	for query, want := range map[string]int{
		"/v1/apps/" + haloID + "/customerReviews":                                                               18,
		"/v1/apps/" + haloID + "/customerReviews?filter[territory]=USA":                                         4,
		"/v1/apps/" + haloID + "/customerReviews?filter[territory]=USA,DEU&filter[rating]=4,5":                  3,
		"/v1/apps/" + haloID + "/customerReviews?exists[publishedResponse]=true":                                4,
		"/v1/appStoreVersions/" + c.version(pebbleID, "1.9.0") + "/customerReviews?filter[reviewTerritory]=USA": 4,
		"/v1/apps/" + kidsID + "/customerReviews":                                                               0,
	} {
		if got := count(query); got != want {
			t.Errorf("%s: %d, want %d", query, got, want)
		}
	}
}

// Whoever was added before there was a build gets the mail when it has passed the review.
func TestWhoWaitsForABuildIsInvitedThen(t *testing.T) {
	c := newCaller(t, Options{})
	desk, press := c.tester(pebbleID, "desk@paper.example"), c.group(pebbleID, "Press")
	state := func() any { return c.item("/v1/betaTesters/" + desk).Attributes["state"] }
	b, err := c.s.Upload(pebbleID, "70")
	if err != nil {
		t.Fatal(err)
	}
	c.ask("POST", "/v1/betaGroups/"+press+"/relationships/builds", toMany("builds", b))
	c.made("/v1/betaAppReviewSubmissions", forBeta(b))
	if got := state(); got != "NOT_INVITED" {
		t.Errorf("before the review they are %v", got)
	}
	if err := c.s.BetaReview(b, ReviewPasses); err != nil {
		t.Fatal(err)
	}
	if got := state(); got != "INVITED" {
		t.Errorf("after the review they are %v", got)
	}
}
