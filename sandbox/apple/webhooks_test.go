package apple

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func hook(app string, attrs map[string]any) map[string]any {
	all := map[string]any{
		"name": "Bell", "url": "https://bell.example/hook", "enabled": true, "secret": "hush",
		"eventTypes": []string{"APP_STORE_VERSION_APP_VERSION_STATE_UPDATED", "BUILD_BETA_DETAIL_EXTERNAL_BUILD_STATE_UPDATED"},
	}
	for name, v := range attrs {
		all[name] = v
	}
	return entityOf("webhooks", "", all, map[string]any{"app": toOne("apps", app)})
}

// deliveries of a webhook since the beginning of the day.
func (c *caller) deliveries(id string) ([]res, []res) {
	c.t.Helper()
	_, d := c.ask("GET", "/v1/webhooks/"+id+"/deliveries?include=event&filter[createdDateGreaterThanOrEqualTo]="+escaped(noon.Add(-time.Hour).Format(time.RFC3339)), nil)
	return d.all(c.t), d.Included
}

func TestWebhooksHear(t *testing.T) {
	c := newCaller(t, Options{})
	w, d := c.ask("POST", "/v1/webhooks", hook(haloID, nil))
	id := d.one(t).ID
	if strings.Contains(w.Body.String(), "hush") || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("the secret is shown: %s", w.Body)
	}
	for _, r := range c.s.Resources("webhooks") {
		if r.Attributes["secret"] != nil {
			t.Errorf("%+v", r)
		}
	}
	off := c.made("/v1/webhooks", hook(haloID, map[string]any{"enabled": false}))
	deaf := c.made("/v1/webhooks", hook(haloID, map[string]any{"eventTypes": []string{"BUILD_UPLOAD_STATE_UPDATED"}}))
	v := c.version(haloID, "2.4.0")
	c.made("/v1/appStoreVersionReleaseRequests", entityOf("appStoreVersionReleaseRequests", "", nil, map[string]any{"appStoreVersion": toOne("appStoreVersions", v)}))
	b := c.build(haloID, "118")
	c.ask("PATCH", "/v1/builds/"+b, changed("builds", b, map[string]any{"expired": true}))
	all, events := c.deliveries(id)
	if len(all) != 2 || len(events) != 2 || all[0].Attributes["deliveryState"] != "PENDING" {
		t.Fatalf("%+v %+v", all, events)
	}
	for _, other := range []string{off, deaf} {
		if all, _ := c.deliveries(other); len(all) != 0 {
			t.Errorf("%+v", all)
		}
	}
	payloads := map[string]string{}
	for _, e := range events {
		var p struct {
			Data struct {
				Type          string
				Attributes    map[string]string
				Relationships struct {
					Instance struct{ Data ref }
				}
			}
		}
		if err := json.Unmarshal([]byte(e.Attributes["payload"].(string)), &p); err != nil {
			t.Fatal(err)
		}
		a := p.Data.Attributes
		payloads[p.Data.Type] = a["oldValue"] + a["newValue"] + a["newExternalBuildState"] + " " + p.Data.Relationships.Instance.Data.ID + " " + a["timestamp"]
	}
	if got := payloads["appStoreVersionAppVersionStateUpdated"]; got != "PENDING_DEVELOPER_RELEASEPROCESSING_FOR_DISTRIBUTION "+v+" 2026-11-24T20:00:00.000Z" {
		t.Error(got)
	}
	if got := payloads["buildBetaDetailExternalBuildStateUpdated"]; got != "EXPIRED "+b+" 2026-11-24T20:00:00.000Z" {
		t.Error(got)
	}
	c.wait(deliveryTakes)
	if all, _ = c.deliveries(id); all[0].Attributes["deliveryState"] != "FAILED" || all[0].Attributes["errorMessage"] != nobodyCalled {
		t.Errorf("%+v", all)
	}
	again := c.made("/v1/webhookDeliveries", entityOf("webhookDeliveries", "", nil, map[string]any{"template": toOne("webhookDeliveries", all[0].ID)}))
	if all, _ = c.deliveries(id); len(all) != 3 || all[2].ID != again || all[2].Attributes["redelivery"] != true {
		t.Errorf("%+v", all)
	}
}

func TestWebhooksChange(t *testing.T) {
	c := newCaller(t, Options{})
	no := func(words string, attrs map[string]any) {
		t.Helper()
		c.says(409, "ENTITY_ERROR.ATTRIBUTE.INVALID", words, "POST", "/v1/webhooks", hook(haloID, attrs))
	}
	no("https://", map[string]any{"url": "http://bell.example"})
	no("at least one event type", map[string]any{"eventTypes": []string{}})
	no("'secret'", map[string]any{"secret": ""})
	no("'name'", map[string]any{"name": " "})
	id := c.made("/v1/webhooks", hook(tideID, nil))
	ping := entityOf("webhookPings", "", nil, map[string]any{"webhook": toOne("webhooks", id)})
	c.made("/v1/webhookPings", ping)
	if all, events := c.deliveries(id); len(all) != 1 || events[0].Attributes["ping"] != true || !strings.Contains(events[0].Attributes["payload"].(string), "webhookPingCreated") {
		t.Errorf("%+v", events)
	}
	_, d := c.ask("PATCH", "/v1/webhooks/"+id, changed("webhooks", id, map[string]any{"enabled": false, "secret": "new", "name": "Gong"}))
	if h := d.one(t); h.Attributes["enabled"] != false || h.Attributes["name"] != "Gong" {
		t.Errorf("%+v", h)
	}
	c.says(409, "STATE_ERROR", "not enabled", "POST", "/v1/webhookPings", ping)
	c.ask("DELETE", "/v1/webhooks/"+id, nil)
	if _, d = c.ask("GET", "/v1/apps/"+tideID+"/webhooks", nil); len(d.all(t)) != 0 {
		t.Errorf("%s", d.Data)
	}
}

func TestDeliveriesWantADate(t *testing.T) {
	c := newCaller(t, Options{})
	h := c.find("webhooks", "name", "Meadow bell", inApp(haloID))
	path := "/v1/webhooks/" + h + "/deliveries"
	c.says(400, "PARAMETER_ERROR.REQUIRED", "createdDateGreaterThanOrEqualTo", "GET", path, nil)
	c.says(400, "PARAMETER_ERROR.REQUIRED", "createdDateGreaterThanOrEqualTo", "GET", path+"?filter[deliveryState]=FAILED", nil)
	since := func(d time.Duration) string {
		return "filter[createdDateGreaterThanOrEqualTo]=" + escaped(c.now.Add(-d).Format(time.RFC3339))
	}
	c.says(400, "PARAMETER_ERROR.INVALID", "last 10 days", "GET", path+"?"+since(11*aDay), nil)
	c.says(400, "PARAMETER_ERROR.INVALID", "not a valid date", "GET", path+"?filter[createdDateGreaterThanOrEqualTo]=2026-11-20", nil)
	count := func(query string) int {
		_, d := c.ask("GET", path+"?"+query, nil)
		return len(d.all(t))
	}
	if a, b, e := count(since(9*aDay)), count(since(9*aDay)+"&filter[deliveryState]=FAILED"), count(since(aDay)); a != 2 || b != 1 || e != 0 {
		t.Errorf("%d, %d failed, %d today", a, b, e)
	}
	if n := count(since(9*aDay) + "&filter[createdDateLessThan]=" + escaped(c.now.Add(-3*aDay+5*time.Hour).Format(time.RFC3339))); n != 1 {
		t.Errorf("%d before", n)
	}
	narrow := newCaller(t, Options{KeyRoles: []string{"DEVELOPER"}})
	narrow.says(403, "FORBIDDEN_ERROR", "The API key in use", "GET", path+"?"+since(aDay), nil)
}
