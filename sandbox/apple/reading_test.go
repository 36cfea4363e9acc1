package apple

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ascbot/ascbot/sandbox/apple/contract"
)

// Every read of the document that needs no more than an id is answered, and as
// the document says; with everything included, sorted each way, and each
// resource's fields named.
func TestEveryReadIsAsInTheDocument(t *testing.T) {
	c := newCaller(t, Options{HourlyLimit: 100000})
	asked := 0
	for _, op := range contract.Operations() {
		if op.Method != "GET" || strings.HasSuffix(op.Path, "Reports") && !strings.Contains(op.Path, "analytics") || strings.Contains(op.Path, "/metrics/") {
			continue
		}
		path := op.Path
		if strings.Contains(path, "{id}") {
			typ, _, _ := parts(op.Path)
			all := c.s.Resources(typ)
			if len(all) == 0 {
				t.Logf("there is no %s in the team to read %s of", typ, op.Path)
				continue
			}
			id := all[0].ID
			if strings.Contains(op.Path, "/betaRecruitmentCrit") { // which most groups have not, and then it is an error
				id = c.group(haloID, "Everybody")
			}
			path = strings.Replace(path, "{id}", id, 1)
		}
		for _, query := range questions(c, op) {
			c.ask("GET", path+query, nil)
			asked++
		}
	}
	t.Logf("%d reads", asked)
	if asked < 200 {
		t.Error("the document was not read, or the team is empty")
	}
}

// questions are queries that an operation takes.
func questions(c *caller, op contract.Operation) []string {
	base := ""
	for _, name := range sortedKeys(op.Query) {
		if p := op.Query[name]; p.Required {
			value := "x"
			switch {
			case p.Enum != nil:
				value = p.Enum[0]
			case name == "filter[app]":
				value = haloID
			case name == "filter[build]":
				value = c.s.Resources("builds")[0].ID
			case name == "filter[apps]":
				value = haloID
			}
			base += "&" + name + "=" + value
		}
	}
	if strings.HasSuffix(op.Path, "/webhooks/{id}/deliveries") {
		base += "&filter[createdDateGreaterThanOrEqualTo]=" + escaped(c.now.Add(-9*aDay).Format(time.RFC3339))
	}
	all := []string{base}
	for _, name := range sortedKeys(op.Query) {
		switch p := op.Query[name]; {
		case name == "include":
			all = append(all, base+"&include="+strings.Join(p.Enum, ","))
			for _, one := range p.Enum {
				all = append(all, base+"&include="+one)
			}
		case name == "sort":
			for _, one := range p.Enum {
				all = append(all, base+"&sort="+one)
			}
		case strings.HasPrefix(name, "fields[") && p.Enum != nil:
			all = append(all, base+"&"+name+"="+p.Enum[0], base+"&"+name+"="+strings.Join(p.Enum, ","))
		case strings.HasPrefix(name, "limit"):
			all = append(all, base+"&"+name+"=1", base+fmt.Sprintf("&%s=%d", name, p.Max))
		}
	}
	for i, q := range all {
		all[i] = strings.Replace(q, "&", "?", 1)
	}
	return all
}

// Whatever the document does not declare is refused, and so is every value that
// is not among those it lists.
func TestWhatIsNotInTheDocumentIsRefused(t *testing.T) {
	c := newCaller(t, Options{HourlyLimit: 100000})
	for _, op := range contract.Operations() {
		if op.Method != "GET" {
			continue
		}
		path := strings.Replace(op.Path, "{id}", "1", 1)
		c.refused(400, "PARAMETER_ERROR", "GET", path+"?colour=green", nil)
		c.refused(400, "PARAMETER_ERROR", "GET", path+"?filter[colour]=green", nil)
		for name, p := range op.Query {
			if p.Enum != nil {
				c.refused(400, "PARAMETER_ERROR.INVALID", "GET", path+"?"+name+"=nonsense", nil)
			}
			if p.Max > 0 {
				for _, n := range []string{"0", "-1", "ten", fmt.Sprint(p.Max + 1)} {
					c.refused(400, "PARAMETER_ERROR.INVALID", "GET", path+"?"+name+"="+n, nil)
				}
			}
			if p.Required {
				c.refused(400, "PARAMETER_ERROR.REQUIRED", "GET", path, nil)
			}
		}
	}
	c.refused(404, "PATH_ERROR", "GET", "/v1/colours", nil)
	c.refused(404, "NOT_FOUND", "GET", "/v1/users/nobody", nil)
	for _, verb := range []struct{ method, path, allowed string }{
		{"DELETE", "/v1/betaAppReviewSubmissions/1", "CREATE, GET_COLLECTION, GET_INSTANCE"},
		{"POST", "/v1/apps", "GET_COLLECTION, GET_INSTANCE, UPDATE"},
		{"GET", "/v1/appStoreVersions", "CREATE, DELETE, GET_INSTANCE, UPDATE"},
		{"GET", "/v1/apps/1/relationships/betaTesters", "REMOVE"},
	} {
		r := c.request(verb.method, verb.path, nil)
		w := c.send(r)
		if d := c.read(w); w.Code != 403 || !strings.HasSuffix(d.Errors[0].Detail, "Allowed operations are: "+verb.allowed) {
			t.Errorf("%s %s: %d %s", verb.method, verb.path, w.Code, w.Body)
		}
	}
	if w := c.send(c.request("PUT", "/v1/users/1", nil)); w.Code != 405 {
		t.Errorf("PUT: %d", w.Code)
	}
}

func TestPagesGoOnWhereTheLastOneEnded(t *testing.T) {
	c := newCaller(t, Options{})
	var seen []string
	path, pages := "/v1/betaTesters?limit=5&filter[inviteType]=EMAIL&sort=email", 0
	for path != "" {
		_, d := c.ask("GET", path, nil)
		seen = append(seen, ids(d.all(t))...)
		if d.Meta.Paging.Total != 9 || d.Meta.Paging.Limit != 5 {
			t.Errorf("paging: %+v", d.Meta.Paging)
		}
		if !strings.HasPrefix(d.Links.First, "http://127.0.0.1:9/v1/betaTesters?") || strings.Contains(d.Links.First, "cursor") {
			t.Errorf("first: %s", d.Links.First)
		}
		path = strings.TrimPrefix(d.Links.Next, "http://127.0.0.1:9")
		pages++
	}
	slices.Sort(seen)
	if n := len(slices.Compact(seen)); n != 9 || pages != 2 {
		t.Errorf("%d testers on %d pages", n, pages)
	}
	_, d := c.ask("GET", "/v1/betaTesters?limit=5", nil)
	other := strings.Replace(d.Links.Next, "/v1/betaTesters?", "/v1/betaTesters?filter[inviteType]=EMAIL&", 1)
	p := c.refused(400, "PARAMETER_ERROR.INVALID", "GET", strings.TrimPrefix(other, "http://127.0.0.1:9"), nil)
	if p.Source["parameter"] != "cursor" {
		t.Errorf("%+v", p)
	}
}

// Links are for who asks: the host they asked, by https behind a front that says
// so.
func TestLinksGoWhereTheCallerIs(t *testing.T) {
	c := newCaller(t, Options{})
	r := c.request("GET", "/v1/apps?limit=1", nil)
	r.Host = "asc.example:444"
	r.Header.Set("X-Forwarded-Proto", "https")
	if d := c.read(c.send(r)); !strings.HasPrefix(d.Links.Next, "https://asc.example:444/v1/apps?") || !strings.Contains(d.Links.Next, "limit=1") {
		t.Errorf("next: %s", d.Links.Next)
	}
}

func TestFiltersSortsAndFields(t *testing.T) {
	c := newCaller(t, Options{})
	names := func(path, attr string) string {
		_, d := c.ask("GET", path, nil)
		var out []string
		for _, r := range d.all(t) {
			out = append(out, fmt.Sprint(r.Attributes[attr]))
		}
		return strings.Join(out, " ")
	}
	for _, tt := range []struct{ path, attr, want string }{
		{"/v1/users?filter[username]=CY@meadow.example", "username", "cy@meadow.example"},
		{"/v1/users?filter%5Broles%5D=ADMIN,FINANCE&sort=lastName", "lastName", "Hart Lindqvist Weiss"},
		{"/v1/users?filter[roles]=FINANCE&filter[username]=cy@meadow.example", "username", ""},
		{"/v1/users?filter[visibleApps]=" + pebbleID + "&sort=username", "username", "ana@meadow.example gil@agency.example"},
		{"/v1/apps?sort=-name", "name", "Tide Pebble Halo for Kids Halo"},
		{"/v1/builds?filter[app]=" + haloID + "&sort=-uploadedDate", "version", "118 117 109"},
		{"/v1/builds?filter[expired]=true", "version", "109"},
		{"/v1/builds?filter[preReleaseVersion.version]=2.4.0&sort=version", "version", "117 118"},
		{"/v1/builds?filter[preReleaseVersion.platform]=MAC_OS&filter[processingState]=VALID", "version", "203"},
		{"/v1/builds?exists[usesNonExemptEncryption]=false&sort=version", "version", "204 58"},
		{"/v1/betaGroups?filter[app]=" + pebbleID + "&filter[isInternalGroup]=false&sort=name", "name", "Friends Press"},
		{"/v1/apps/" + tideID + "/betaGroups", "name", "Crew"},
	} {
		if got := names(tt.path, tt.attr); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.path, got, tt.want)
		}
	}
	_, d := c.ask("GET", "/v1/users?filter[username]=gil@agency.example&fields[users]=username&include=visibleApps&fields[apps]=name", nil)
	u := d.all(t)[0]
	if len(u.Attributes) != 1 || len(u.Relationships) != 0 {
		t.Errorf("only the user name was asked for: %+v", u)
	}
	_, d = c.ask("GET", "/v1/users?filter[username]=gil@agency.example&include=visibleApps&fields[apps]=name", nil)
	if u := d.all(t)[0]; !strings.Contains(string(u.Relationships["visibleApps"].Data), pebbleID) || len(d.Included) != 1 || len(d.Included[0].Attributes) != 1 {
		t.Errorf("%+v %+v", u, d.Included)
	}
	_, d = c.ask("GET", "/v1/users?filter[username]=gil@agency.example", nil)
	if data := d.all(t)[0].Relationships["visibleApps"].Data; data != nil {
		t.Errorf("linkage that nobody asked for: %s", data)
	}
}

func TestTheRateIsCounted(t *testing.T) {
	c := newCaller(t, Options{HourlyLimit: 2})
	w, _ := c.ask("GET", "/v1/apps", nil)
	if got := w.Header().Get("X-Rate-Limit"); got != "user-hour-lim:2;user-hour-rem:1;" {
		t.Error(got)
	}
	c.ask("GET", "/v1/apps", nil)
	c.refused(429, "RATE_LIMIT_EXCEEDED", "GET", "/v1/apps", nil)
	c.now = c.now.Add(3600e9)
	c.ask("GET", "/v1/apps", nil)
}

func TestTokensAreChecked(t *testing.T) {
	c := newCaller(t, Options{})
	at := func(seconds int64) int64 { return c.now.Unix() + seconds }
	for name, tt := range map[string]struct {
		spoil func(head, claims map[string]any)
		want  int
	}{
		"good":                   {nil, 200},
		"without iat":            {func(_, c map[string]any) { delete(c, "iat") }, 200},
		"without typ":            {func(h, _ map[string]any) { delete(h, "typ") }, 200},
		"audience in a list":     {func(_, c map[string]any) { c["aud"] = []string{audience} }, 200},
		"20 minutes":             {func(_, c map[string]any) { c["exp"] = at(1200) }, 200},
		"over 20 minutes":        {func(_, c map[string]any) { c["exp"] = at(1201) }, 401},
		"from the future":        {func(_, c map[string]any) { c["iat"] = at(34) }, 401},
		"expired":                {func(_, c map[string]any) { c["iat"], c["exp"] = at(-900), at(-30) }, 401},
		"for another audience":   {func(_, c map[string]any) { c["aud"] = "appstoreconnect-v2" }, 401},
		"of another issuer":      {func(_, c map[string]any) { c["iss"] = "69a6de70-0000-47e3-e053-5b8c7c11a4d1" }, 401},
		"of another key":         {func(h, _ map[string]any) { h["kid"] = "AAAAAAAAAA" }, 401},
		"of another algorithm":   {func(h, _ map[string]any) { h["alg"] = "HS256" }, 401},
		"without an end":         {func(_, c map[string]any) { delete(c, "exp") }, 401},
		"an individual key's":    {func(_, c map[string]any) { delete(c, "iss"); c["sub"] = "user" }, 401},
		"scoped to this":         {func(_, c map[string]any) { c["scope"] = []string{"GET /v1/apps?filter[name]=Halo"} }, 200},
		"scoped to another":      {func(_, c map[string]any) { c["scope"] = []string{"GET /v1/apps"} }, 401},
		"scoped, with the limit": {func(_, c map[string]any) { c["scope"] = []string{"GET /v1/apps?limit=3&filter[name]=Halo"} }, 200},
	} {
		r := httptest.NewRequest("GET", "http://127.0.0.1:9/v1/apps?limit=2&filter[name]=Halo", nil)
		r.Header.Set("Authorization", "Bearer "+c.token(tt.spoil))
		if w := c.send(r); w.Code != tt.want {
			t.Errorf("%s: %d, want %d", name, w.Code, tt.want)
		}
	}
	for name, header := range map[string]string{
		"none": "", "basic": "Basic abc", "DER": "Bearer " + c.token(nil)[:len(c.token(nil))-4], "a changed one": "Bearer " + strings.Replace(c.token(nil), ".", ".e30", 1),
	} {
		r := httptest.NewRequest("GET", "http://127.0.0.1:9/v1/apps", nil)
		r.Header.Set("Authorization", header)
		if w := c.send(r); w.Code != 401 || !strings.Contains(w.Body.String(), "NOT_AUTHORIZED") {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}
