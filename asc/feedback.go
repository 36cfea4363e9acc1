package asc

import (
	"context"
	"encoding/json"
	"iter"
	"strings"
	"time"
)

// Feedback is what a tester sent from TestFlight: a crash, or screenshots.
// Comment is the text of a stranger, and Email is personal.
type Feedback struct {
	Ref
	Comment             string       `json:"comment"`
	Email               string       `json:"email"`       // blank when the tester gave none
	DeviceModel         string       `json:"deviceModel"` // such as iPhone15_3
	OSVersion           string       `json:"osVersion"`
	Locale              string       `json:"locale"`
	TimeZone            string       `json:"timeZone"`
	Architecture        string       `json:"architecture"`
	ConnectionType      string       `json:"connectionType"` // WIFI, MOBILE_DATA, WIRE, UNKNOWN, NONE
	PairedAppleWatch    string       `json:"pairedAppleWatch"`
	Uptime              int64        `json:"appUptimeInMilliseconds"`
	DiskBytesAvailable  int64        `json:"diskBytesAvailable"`
	DiskBytesTotal      int64        `json:"diskBytesTotal"`
	BatteryPercentage   int          `json:"batteryPercentage"`
	ScreenWidthPoints   int          `json:"screenWidthInPoints"`
	ScreenHeightPoints  int          `json:"screenHeightInPoints"`
	AppPlatform         string       `json:"appPlatform"` // IOS, MAC_OS, TV_OS, VISION_OS
	DevicePlatform      string       `json:"devicePlatform"`
	DeviceFamily        string       `json:"deviceFamily"` // IPHONE, IPAD, APPLE_TV, APPLE_WATCH, MAC, VISION
	BuildBundleID       string       `json:"buildBundleId"`
	Screenshots         []Screenshot `json:"-"` // of screenshot feedback
	CreatedDate         time.Time    `json:"-"` // UTC
	BuildID, TesterID   string       `json:"-"` // blank when not told
	BuildNumber         string       `json:"-"`
	TesterName, Invited string       `json:"-"` // the tester's name, and how they came: EMAIL, PUBLIC_LINK
}

// Screenshot is a picture that a tester sent. Its address needs no token and is
// good until it expires: fetch it soon, with [Client.Download].
type Screenshot struct {
	URL           string `json:"url"`
	Width, Height int
	Expires       time.Time `json:"-"` // UTC
}

// UnmarshalJSON reads the expiration, in whatever form it comes.
func (s *Screenshot) UnmarshalJSON(data []byte) error {
	type plain Screenshot
	var more struct {
		ExpirationDate loose `json:"expirationDate"`
	}
	if err := json.Unmarshal(data, (*plain)(s)); err != nil {
		return err
	}
	err := json.Unmarshal(data, &more)
	s.Expires = moment(string(more.ExpirationDate))
	return err
}

func (f *Feedback) read(o object) {
	f.CreatedDate = o.time("createdDate")
	f.BuildID, f.TesterID = o.one("build"), o.one("tester")
	if b := side[Build](o, "builds", f.BuildID); b != nil {
		f.BuildNumber = b.Number
	}
	if t := side[BetaTester](o, "betaTesters", f.TesterID); t != nil {
		f.TesterName, f.Invited = strings.TrimSpace(t.FirstName+" "+t.LastName), t.InviteType
	}
	o.attribute("screenshots", &f.Screenshots)
}

// FeedbackFilter chooses feedback. The zero value is all of an app.
type FeedbackFilter struct {
	Build             []string // ids
	PreReleaseVersion []string // ids
	Tester            []string // ids
	DeviceModel       []string
	OSVersion         []string
	AppPlatform       []string
	DevicePlatform    []string
}

func (f FeedbackFilter) params() params {
	return ask().filter("build", f.Build).filter("build.preReleaseVersion", f.PreReleaseVersion).filter("tester", f.Tester).
		filter("deviceModel", f.DeviceModel).filter("osVersion", f.OSVersion).filter("appPlatform", f.AppPlatform).
		filter("devicePlatform", f.DevicePlatform).sort("-createdDate")
}

func withTester(p params) params {
	return p.include(true, "build").fields(true, "builds", "version").
		include(true, "tester").fields(true, "betaTesters", "firstName,lastName,inviteType")
}

// CrashFeedback lists crashes that testers sent of an app, the newest first.
// Needs App Manager, Developer, Admin or another role with TestFlight.
//
// Apple: GET /v1/apps/{id}/betaFeedbackCrashSubmissions
func (c *Client) CrashFeedback(ctx context.Context, appID string, f FeedbackFilter) iter.Seq2[Feedback, error] {
	return list[Feedback](ctx, c, at("/v1/apps", appID, "betaFeedbackCrashSubmissions"), withTester(f.params()))
}

// ScreenshotFeedback lists screenshots that testers sent of an app, the newest
// first.
//
// Apple: GET /v1/apps/{id}/betaFeedbackScreenshotSubmissions
func (c *Client) ScreenshotFeedback(ctx context.Context, appID string, f FeedbackFilter) iter.Seq2[Feedback, error] {
	return list[Feedback](ctx, c, at("/v1/apps", appID, "betaFeedbackScreenshotSubmissions"), withTester(f.params()))
}

// OneCrashFeedback reads one crash that a tester sent. [NotFound] when there is
// none with this id.
//
// Apple: GET /v1/betaFeedbackCrashSubmissions/{id}
func (c *Client) OneCrashFeedback(ctx context.Context, id string) (Feedback, error) {
	return get[Feedback](ctx, c, at("/v1/betaFeedbackCrashSubmissions", id), withTester(ask()))
}

// OneScreenshotFeedback reads the screenshots that a tester sent at once, with
// fresh addresses. [NotFound] when there are none with this id.
//
// Apple: GET /v1/betaFeedbackScreenshotSubmissions/{id}
func (c *Client) OneScreenshotFeedback(ctx context.Context, id string) (Feedback, error) {
	return get[Feedback](ctx, c, at("/v1/betaFeedbackScreenshotSubmissions", id), withTester(ask()))
}

// CrashLog reads the log of a crash that a tester sent. [NotFound] when Apple has
// thrown it away, which it does after some months.
//
// Apple: GET /v1/betaFeedbackCrashSubmissions/{id}/crashLog
func (c *Client) CrashLog(ctx context.Context, feedbackID string) (string, error) {
	l, err := get[crashLog](ctx, c, at("/v1/betaFeedbackCrashSubmissions", feedbackID, "crashLog"), ask())
	return l.Text, err
}

type crashLog struct {
	Ref
	Text string `json:"logText"`
}

// DeleteCrashFeedback deletes a crash that a tester sent. Needs App Manager or
// Admin. It cannot be undone.
//
// Apple: DELETE /v1/betaFeedbackCrashSubmissions/{id}
func (c *Client) DeleteCrashFeedback(ctx context.Context, id string) error {
	return erase(ctx, c, at("/v1/betaFeedbackCrashSubmissions", id))
}

// DeleteScreenshotFeedback deletes screenshots that a tester sent. Needs App
// Manager or Admin. It cannot be undone.
//
// Apple: DELETE /v1/betaFeedbackScreenshotSubmissions/{id}
func (c *Client) DeleteScreenshotFeedback(ctx context.Context, id string) error {
	return erase(ctx, c, at("/v1/betaFeedbackScreenshotSubmissions", id))
}
