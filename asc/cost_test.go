package asc

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
)

// many answers with a page of items of a kind, of as many as there are.
func many(kind string, all int, item string) func(http.ResponseWriter, *http.Request, int) {
	return func(w http.ResponseWriter, r *http.Request, _ int) {
		from, _ := strconv.Atoi(r.URL.Query().Get("cursor"))
		var items []string
		for i := from; i < min(from+pageSize, all); i++ {
			items = append(items, fmt.Sprintf(`{"type":%q,"id":"%d"%s}`, kind, i, item))
		}
		next := ""
		if from+pageSize < all {
			next = fmt.Sprintf(`"next":"/v1/%s?cursor=%d"`, kind, from+pageSize)
		}
		reply(w, 200, `{"data":[`+strings.Join(items, ",")+`],"links":{`+next+`}}`)
	}
}

// one answers with one resource that has more related ids than come along.
func onlyOne(related string) func(http.ResponseWriter, *http.Request, int) {
	return func(w http.ResponseWriter, r *http.Request, _ int) {
		if strings.Contains(r.URL.Path, "/relationships/") {
			reply(w, 200, `{"data":[{"type":"apps","id":"1"}]}`)
			return
		}
		reply(w, 200, `{"data":{"type":"x","id":"1"`+related+`}}`)
	}
}

// TestRequestsPerOperation counts requests, and finds the counts in the table of
// the package's comment.
func TestRequestsPerOperation(t *testing.T) {
	texts := func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.Method == http.MethodGet {
			reply(w, 200, `{"data":[{"type":"betaBuildLocalizations","id":"1","attributes":{"locale":"de-DE","whatsNew":"Neu"}}]}`)
			return
		}
		reply(w, 200, `{"data":{"type":"betaBuildLocalizations","id":"1"}}`)
	}
	put := func(w http.ResponseWriter, d *reviewDesk) {
		d.items = append(d.items, "V")
		reply(w, 201, `{"data":{"type":"reviewSubmissionItems","id":"i"}}`)
	}
	submit := func(ctx context.Context, c *Client) error { return second(c.SubmitVersion(ctx, "A", "IOS", "V")) }
	newVersion := func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.URL.Query().Get("filter[version]") == "" {
			refuse(w, 400, "PARAMETER_ERROR.INVALID", "Please include the version parameter. The latest version for this report is 1_1.")
			return
		}
		w.Write(zip(sampleReports["SALES"]))
	}
	both := func(n int) string {
		return fmt.Sprintf(`,"relationships":{"betaGroups":{"data":[],"meta":{"paging":{"total":%d}}},"apps":{"data":[],"meta":{"paging":{"total":0}}}}`, n)
	}
	for operation, tt := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request, int)
		run    func(context.Context, *Client) error
	}{
		"450 users with their visible apps": {many("users", 450, ""), func(ctx context.Context, c *Client) error {
			return drained(c.Users(ctx, UserFilter{IncludeApps: true}))
		}},
		"one user, of more than 50 visible apps": {onlyOne(`,"relationships":{"visibleApps":{"data":[],"meta":{"paging":{"total":51}}}}`), func(ctx context.Context, c *Client) error {
			return second(c.User(ctx, "1"))
		}},
		"a build with all that is around it": {onlyOne(""), func(ctx context.Context, c *Client) error { return second(c.Build(ctx, "1")) }},
		"200 builds with app, beta state, groups": {many("builds", 200, ""), func(ctx context.Context, c *Client) error {
			return drained(c.Builds(ctx, BuildFilter{IncludeApp: true, IncludeBeta: true, IncludeGroups: true}))
		}},
		"200 testers with groups and apps": {many("betaTesters", 200, both(0)), func(ctx context.Context, c *Client) error {
			return drained(c.BetaTesters(ctx, BetaTesterFilter{IncludeGroups: true, IncludeApps: true}))
		}},
		"50 beta groups with their sizes and builds": {many("betaGroups", 50, ""), func(ctx context.Context, c *Client) error {
			return drained(c.BetaGroups(ctx, BetaGroupFilter{App: ids, IncludeApp: true, Count: true}))
		}},
		"an app's versions, builds and phases": {many("appStoreVersions", 30, ""), func(ctx context.Context, c *Client) error {
			return drained(c.AppStoreVersions(ctx, "1", AppStoreVersionFilter{}))
		}},
		"200 reviews with their responses": {many("customerReviews", 200, ""), func(ctx context.Context, c *Client) error {
			return drained(c.CustomerReviews(ctx, "1", CustomerReviewFilter{}))
		}},
		"a profile with devices and certificates":  {onlyOne(""), func(ctx context.Context, c *Client) error { return second(c.Profile(ctx, "1")) }},
		"a text for testers, new or changed":       {texts, func(ctx context.Context, c *Client) error { return second(c.SetWhatToTest(ctx, "1", "de-DE", "Neuer")) }},
		"a text for testers that is there":         {texts, func(ctx context.Context, c *Client) error { return second(c.SetWhatToTest(ctx, "1", "de-DE", "Neu")) }},
		"a version sent to review, first time":     {(&reviewDesk{add: put}).answer, submit},
		"a version sent to review, draft there":    {(&reviewDesk{draft: true, items: []string{"V"}}).answer, submit},
		"a report, first time after a new version": {newVersion, func(ctx context.Context, c *Client) error { return drained(c.SalesReport(ctx, aDay)) }},
		"any other change":                         {onlyOne(""), func(ctx context.Context, c *Client) error { return second(c.ExpireBuild(ctx, "1")) }},
	} {
		bubble(t, operation, func(t *testing.T) {
			c, s := start(t, tt.answer)
			if err := tt.run(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			if got, want := len(s.calls()), costs(t)[operation]; got != want {
				t.Errorf("it takes %d requests, and the table says %d", got, want)
			}
		})
	}
}

// costs reads the table out of the package's comment.
func costs(t *testing.T) map[string]int {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "What it costs, in requests:\n//\n")
	table, _, _ = strings.Cut(table, "\n//\n")
	all := map[string]int{}
	for line := range strings.Lines(table) {
		operation, count, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "//\t"), "  ")
		all[operation], _ = strconv.Atoi(strings.TrimSpace(count))
	}
	return all
}
