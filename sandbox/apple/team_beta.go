package apple

import (
	"fmt"
	"time"
)

// whatToTest are the texts of builds, by app and number. A build that is not
// here has a row without a word, as Apple makes one.
var whatToTest = map[string]map[string]string{
	haloID + " 117":  {"en-US": "Please try the new day view and tell us what is missing.", "de-DE": "Bitte probiert die neue Tagesansicht."},
	haloID + " 118":  {"en-US": "The day view again, without the crash at midnight."},
	pebbleID + " 57": {"en-US": "Thirty new levels. Are the last five too hard?"},
	tideID + " 203":  {"en-US": "Tides of the whole Pacific coast."},
	haloID + " 109":  {"en-US": "Widgets."},
	kidsID + " 12":   {"en-US": "First steps."},
}

func (f *founding) betaTexts() {
	for b := range f.w.each("builds") {
		texts := whatToTest[b.one("app")+" "+b.text("version")]
		if len(texts) == 0 {
			texts = map[string]string{"en-US": ""}
		}
		for _, locale := range sortedKeys(texts) {
			attrs := map[string]any{"locale": locale}
			if texts[locale] != "" {
				attrs["whatsNew"] = texts[locale]
			}
			f.add("betaBuildLocalizations", "", attrs, "build="+b.id)
		}
	}
	for _, a := range teamApps {
		attrs := map[string]any{"locale": "en-US", "feedbackEmail": "beta@meadow.example", "marketingUrl": "https://meadow.example", "privacyPolicyUrl": "https://meadow.example/privacy"}
		if a.id != kidsID { // whose description nobody has written yet
			attrs["description"] = "Help us make " + a.name + " better."
		}
		f.add("betaAppLocalizations", "", attrs, "app="+a.id)
		f.add("betaAppReviewDetails", a.id, map[string]any{
			"contactFirstName": "Ben", "contactLastName": "Okafor", "contactPhone": "+1 415 555 0134", "contactEmail": "ben@meadow.example", "demoAccountRequired": false,
		}, "app="+a.id)
		f.add("betaLicenseAgreements", a.id, map[string]any{"agreementText": "You agree to keep " + a.name + " to yourself until it is out."}, "app="+a.id)
	}
	f.add("appEncryptionDeclarations", "1a7e11c0-0c4e-4b5a-8d11-00000000e001", map[string]any{
		"appDescription": "Messages are encrypted from end to end.", "createdDate": f.ago(200 * aDay), "exempt": false, "availableOnFrenchStore": true,
		"containsProprietaryCryptography": false, "containsThirdPartyCryptography": true, "appEncryptionDeclarationState": "APPROVED", "codeValue": "3d5f0b1e",
	}, "app="+pebbleID)
	f.add("betaRecruitmentCriterionOptions", "DEVICE_FAMILY_OS_VERSIONS", map[string]any{"deviceFamilyOsVersions": []any{
		map[string]any{"deviceFamily": "IPHONE", "osVersions": []any{"17.0", "18.0", "26.0", "26.1"}},
		map[string]any{"deviceFamily": "IPAD", "osVersions": []any{"17.0", "18.0", "26.0", "26.1"}},
		map[string]any{"deviceFamily": "MAC", "osVersions": []any{"14.0", "15.0", "26.0", "26.1"}},
		map[string]any{"deviceFamily": "APPLE_TV", "osVersions": []any{"17.0", "18.0", "26.0"}},
		map[string]any{"deviceFamily": "VISION", "osVersions": []any{"1.0", "2.0", "26.0"}},
	}})
}

func (f *founding) betaReviews() {
	for _, s := range []struct{ app, build, state string }{
		{haloID, "109", "APPROVED"}, {haloID, "117", "APPROVED"}, {pebbleID, "57", "APPROVED"}, {tideID, "203", "WAITING_FOR_REVIEW"},
	} {
		b := f.w.get("builds", f.build(s.app, s.build))
		f.add("betaAppReviewSubmissions", b.id, map[string]any{
			"betaReviewState": s.state, "submittedDate": stamp(b.moment("uploadedDate").Add(2 * time.Hour)),
		}, "build="+b.id)
	}
}

// teamFeedback is what testers sent: hostile text too, since strangers write
// it.
var teamFeedback = []struct {
	app, build, tester, comment, model, os string
	crash                                  bool
	days                                   int
}{
	{haloID, "117", "lee@friends.example", "It closed when I turned the day at midnight.", "iPhone17,1", "26.1", true, 2},
	{haloID, "117", "", "", "iPhone15,3", "25.6", true, 4},
	{haloID, "109", "noor@friends.example", "Crash in the settings <!channel> *please* look: <https://evil.example|apple.com>", "iPad16,3", "25.4", true, 90},
	{pebbleID, "57", "lee@friends.example", "Level 28 cannot be won.", "iPhone17,1", "26.1", true, 6},
	{haloID, "117", "noor@friends.example", "The text is cut off here.", "iPhone16,2", "26.1", false, 1},
	{haloID, "117", "lee@friends.example", "Lovely colours!\nBut the moon is missing.", "iPhone17,1", "26.1", false, 3},
	{tideID, "203", "eve@meadow.example", "\u202egnirts desrever\u202c & <b>bold</b>", "Mac16,1", "26.0", false, 1},
}

func (f *founding) feedback() {
	for i, fb := range teamFeedback {
		app := f.w.get("apps", fb.app)
		family, platform := "IPHONE", "IOS"
		switch {
		case fb.app == tideID:
			family, platform = "MAC", "MAC_OS"
		case fb.model[:4] == "iPad":
			family = "IPAD"
		}
		attrs := map[string]any{
			"createdDate": f.ago(time.Duration(fb.days)*aDay + time.Duration(i)*time.Hour), "comment": fb.comment, "deviceModel": fb.model, "osVersion": fb.os,
			"locale": "en-US", "timeZone": "America/Los_Angeles", "architecture": "arm64e", "connectionType": "WIFI", "appUptimeInMilliseconds": 91000 + i*7000,
			"diskBytesAvailable": 21474836480, "diskBytesTotal": 137438953472, "batteryPercentage": 64 - i, "screenWidthInPoints": 390, "screenHeightInPoints": 844,
			"appPlatform": platform, "devicePlatform": platform, "deviceFamily": family, "buildBundleId": app.text("bundleId"),
		}
		rels := []string{"app=" + fb.app, "build=" + f.build(fb.app, fb.build)}
		if fb.tester != "" {
			attrs["email"] = fb.tester
			t := f.w.find("betaTesters", func(t *record) bool { return t.one("apps") == fb.app && t.text("email") == fb.tester })
			rels = append(rels, "tester="+t.id)
		}
		if !fb.crash {
			attrs["pictures"] = []string{"1"}
			f.add("betaFeedbackScreenshotSubmissions", "", attrs, rels...)
			continue
		}
		id := f.add("betaFeedbackCrashSubmissions", "", attrs, rels...)
		if fb.days < 60 { // Apple drops the log of an old one
			f.add("betaCrashLogs", "", map[string]any{"logText": crashLog(app, fb.model, fb.os)}, "submission="+id)
		}
	}
}

// crashLog is a report as a device writes it.
func crashLog(app *record, model, os string) string {
	name := app.text("name")
	return fmt.Sprintf(`Incident Identifier: 6E1B2C40-9A5D-4F7E-8C11-2B3D4E5F6071
Hardware Model:      %s
Process:             %s [512]
Identifier:          %s
OS Version:          iPhone OS %s
Exception Type:  EXC_BREAKPOINT (SIGTRAP)
Termination Reason: SIGNAL 5 Trace/BPT trap: 5
Triggered by Thread:  0

Thread 0 name:   Dispatch queue: com.apple.main-thread
Thread 0 Crashed:
0   %s    0x0000000104a1c2f8 DayView.turn(to:) + 412
1   %s    0x0000000104a1b8e0 DayView.midnight() + 96
2   UIKitCore    0x00000001a2c41d10 -[UIApplication sendAction:to:from:forEvent:] + 96
`, model, name, app.text("bundleId"), os, name, name)
}
