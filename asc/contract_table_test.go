package asc

import (
	"context"
	"errors"
	"iter"
	"reflect"
	"time"
)

// zeroFields tells of each exported field of a struct whether it has its zero
// value.
func zeroFields(v any) iter.Seq2[string, bool] {
	return func(yield func(string, bool) bool) {
		s := reflect.ValueOf(v)
		for i := range s.NumField() {
			if f := s.Type().Field(i); f.IsExported() && !yield(f.Name, s.Field(i).IsZero()) {
				return
			}
		}
	}
}

const csr = "-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----\n"

var (
	noon      = time.Date(2026, 11, 23, 12, 30, 0, 0, time.UTC)
	aDay      = SalesQuery{Vendor: "85912345", Day: "2026-11-22"}
	aPeriod   = FinanceQuery{Vendor: "85912345", Period: "2026-01", Region: "ZZ"}
	reviews   = everything(CustomerReviewFilter{Rating: []string{"1", "2"}, Territory: []string{"USA", "DEU"}, Answered: new(false), Sort: "rating"})
	comments  = everything(FeedbackFilter{Build: ids, PreReleaseVersion: ids, Tester: ids, DeviceModel: []string{"iPhone15_3"}, OSVersion: []string{"26.1"}, AppPlatform: []string{"IOS"}, DevicePlatform: []string{"IOS"}})
	ids       = []string{"1", "2"}
	platforms = []string{"IOS", "MAC_OS"}
)

// usage calls every method of the client once, with all that it can be given.
var usage = map[string]func(context.Context, *Client) error{
	// Users and invitations.
	"Users": func(ctx context.Context, c *Client) error {
		return drained(c.Users(ctx, everything(UserFilter{Username: []string{"a@x.example"}, Roles: []string{"ADMIN", "SALES"}, VisibleApps: ids, IncludeApps: true})))
	},
	"User": func(ctx context.Context, c *Client) error { return second(c.User(ctx, "7")) },
	"UpdateUser": func(ctx context.Context, c *Client) error {
		return second(c.UpdateUser(ctx, "7", everything(UserChange{Roles: []string{"DEVELOPER"}, AllAppsVisible: new(false), ProvisioningAllowed: new(true), VisibleApps: ids})))
	},
	"RemoveUser":     func(ctx context.Context, c *Client) error { return c.RemoveUser(ctx, "7") },
	"UserApps":       func(ctx context.Context, c *Client) error { return drained(c.UserApps(ctx, "7")) },
	"ShowApps":       func(ctx context.Context, c *Client) error { return c.ShowApps(ctx, "7", ids...) },
	"HideApps":       func(ctx context.Context, c *Client) error { return c.HideApps(ctx, "7", ids...) },
	"SetVisibleApps": func(ctx context.Context, c *Client) error { return c.SetVisibleApps(ctx, "7") },
	"Actors":         func(ctx context.Context, c *Client) error { return drained(c.Actors(ctx, ids...)) },
	"UserInvitations": func(ctx context.Context, c *Client) error {
		return drained(c.UserInvitations(ctx, everything(InvitationFilter{Email: []string{"a@x.example"}, Roles: []string{"ADMIN"}, VisibleApps: ids, IncludeApps: true})))
	},
	"UserInvitation": func(ctx context.Context, c *Client) error { return second(c.UserInvitation(ctx, "7")) },
	"InviteUser": func(ctx context.Context, c *Client) error {
		in := NewInvitation{Email: "a@x.example", FirstName: "A", LastName: "B", Roles: []string{"DEVELOPER", "CREATE_APPS"}, ProvisioningAllowed: true, VisibleApps: ids}
		return second(c.InviteUser(ctx, in))
	},
	"CancelInvitation": func(ctx context.Context, c *Client) error { return c.CancelInvitation(ctx, "7") },
	"InvitationApps":   func(ctx context.Context, c *Client) error { return drained(c.InvitationApps(ctx, "7")) },

	// Apps.
	"Apps": func(ctx context.Context, c *Client) error {
		return drained(c.Apps(ctx, everything(AppFilter{Name: []string{"Halo"}, BundleID: []string{"x.y"}, SKU: []string{"HALO"}, ID: ids})))
	},
	"App": func(ctx context.Context, c *Client) error { return second(c.App(ctx, "7")) },

	// Beta groups.
	"BetaGroups": func(ctx context.Context, c *Client) error {
		return drained(c.BetaGroups(ctx, everything(BetaGroupFilter{App: ids, Name: []string{"Friends"}, ID: ids, Build: ids, Internal: new(false), PublicLink: new(true), IncludeApp: true, Count: true})))
	},
	"BetaGroup": func(ctx context.Context, c *Client) error { return second(c.BetaGroup(ctx, "7")) },
	"CreateBetaGroup": func(ctx context.Context, c *Client) error {
		return second(c.CreateBetaGroup(ctx, everything(NewBetaGroup{Name: "Friends", IsInternalGroup: true, HasAccessToAllBuilds: new(true), FeedbackEnabled: new(false), AppID: "1", Builds: ids, Testers: ids})))
	},
	"UpdateBetaGroup": func(ctx context.Context, c *Client) error {
		return second(c.UpdateBetaGroup(ctx, "7", everything(BetaGroupChange{Name: new("B"), PublicLinkEnabled: new(true), PublicLinkLimitEnabled: new(true), PublicLinkLimit: new(10_000),
			FeedbackEnabled: new(false), BuildsOnMac: new(true), BuildsOnVision: new(false)})))
	},
	"OpenPublicLink":         func(ctx context.Context, c *Client) error { return second(c.OpenPublicLink(ctx, "7", 100)) },
	"ClosePublicLink":        func(ctx context.Context, c *Client) error { return second(c.ClosePublicLink(ctx, "7")) },
	"DeleteBetaGroup":        func(ctx context.Context, c *Client) error { return c.DeleteBetaGroup(ctx, "7") },
	"GroupTesters":           func(ctx context.Context, c *Client) error { return drained(c.GroupTesters(ctx, "7")) },
	"GroupBuilds":            func(ctx context.Context, c *Client) error { return drained(c.GroupBuilds(ctx, "7")) },
	"AddTestersToGroup":      func(ctx context.Context, c *Client) error { return c.AddTestersToGroup(ctx, "7", ids...) },
	"RemoveTestersFromGroup": func(ctx context.Context, c *Client) error { return c.RemoveTestersFromGroup(ctx, "7", ids...) },
	"AddBuildsToGroup":       func(ctx context.Context, c *Client) error { return c.AddBuildsToGroup(ctx, "7", ids...) },
	"RemoveBuildsFromGroup":  func(ctx context.Context, c *Client) error { return c.RemoveBuildsFromGroup(ctx, "7", ids...) },

	"RecruitmentCriterion": func(ctx context.Context, c *Client) error { return there(c.RecruitmentCriterion(ctx, "7")) },

	// Beta testers.
	"BetaTesters": func(ctx context.Context, c *Client) error {
		return drained(c.BetaTesters(ctx, everything(BetaTesterFilter{Email: []string{"a@x.example"}, FirstName: []string{"A"}, LastName: []string{"B"}, InviteType: []string{"EMAIL", "PUBLIC_LINK"},
			App: ids, Group: ids, Build: ids, ID: ids, IncludeGroups: true, IncludeApps: true})))
	},
	"BetaTester": func(ctx context.Context, c *Client) error { return second(c.BetaTester(ctx, "7")) },
	"CountBetaTesters": func(ctx context.Context, c *Client) error {
		return there(c.CountBetaTesters(ctx, BetaTesterFilter{App: ids, InviteType: []string{"PUBLIC_LINK"}}))
	},
	"CreateBetaTester": func(ctx context.Context, c *Client) error {
		if _, err := c.CreateBetaTester(ctx, NewBetaTester{Email: "a@x.example", Builds: ids}); err != nil {
			return err
		}
		return second(c.CreateBetaTester(ctx, NewBetaTester{Email: "a@x.example", FirstName: "A", LastName: "B", Groups: ids}))
	},
	"CreateBetaTesters": func(ctx context.Context, c *Client) error {
		var errs []error
		for r := range c.CreateBetaTesters(ctx, []NewBetaTester{{Email: "a@x.example", Groups: ids}, {Email: "b@x.example", Groups: ids}}) {
			errs = append(errs, r.Err)
		}
		return errors.Join(errs...)
	},
	"RemoveTestersFromApp":       func(ctx context.Context, c *Client) error { return c.RemoveTestersFromApp(ctx, "7", ids...) },
	"RemoveTesterFromEverything": func(ctx context.Context, c *Client) error { return c.RemoveTesterFromEverything(ctx, "7") },
	"InviteTester":               func(ctx context.Context, c *Client) error { return c.InviteTester(ctx, "1", "2") },
	"AppTesterUsages":            func(ctx context.Context, c *Client) error { return drained(c.AppTesterUsages(ctx, "7", Week)) },
	"GroupTesterUsages":          func(ctx context.Context, c *Client) error { return drained(c.GroupTesterUsages(ctx, "7", Month)) },
	"TesterUsages":               func(ctx context.Context, c *Client) error { return drained(c.TesterUsages(ctx, "7", "1", Quarter)) },
	"BuildUsages":                func(ctx context.Context, c *Client) error { return drained(c.BuildUsages(ctx, "7")) },
	"PublicLinkUsages":           func(ctx context.Context, c *Client) error { return drained(c.PublicLinkUsages(ctx, "7")) },

	// Builds.
	"Builds": func(ctx context.Context, c *Client) error {
		if err := drained(c.Builds(ctx, BuildFilter{})); err != nil {
			return err
		}
		return drained(c.Builds(ctx, everything(BuildFilter{App: ids, Number: ids, Version: []string{"1.2"}, PreReleaseVersion: ids, Platform: platforms, ProcessingState: []string{"VALID", "PROCESSING"},
			Audience: []string{"INTERNAL_ONLY"}, BetaReviewState: []string{"IN_REVIEW"}, Group: ids, AppStoreVersion: ids, ID: ids, Expired: new(false),
			UsesNonExemptEncryption: new(true), Compliance: new(true), Sort: "-version", IncludeApp: true, IncludeBeta: true, IncludeGroups: true})))
	},
	"Build":                   func(ctx context.Context, c *Client) error { return second(c.Build(ctx, "7")) },
	"ExpireBuild":             func(ctx context.Context, c *Client) error { return second(c.ExpireBuild(ctx, "7")) },
	"AnswerExportCompliance":  func(ctx context.Context, c *Client) error { return second(c.AnswerExportCompliance(ctx, "7", false)) },
	"IndividualTesters":       func(ctx context.Context, c *Client) error { return drained(c.IndividualTesters(ctx, "7")) },
	"AddIndividualTesters":    func(ctx context.Context, c *Client) error { return c.AddIndividualTesters(ctx, "7", ids...) },
	"RemoveIndividualTesters": func(ctx context.Context, c *Client) error { return c.RemoveIndividualTesters(ctx, "7", ids...) },
	"AddGroupsToBuild":        func(ctx context.Context, c *Client) error { return c.AddGroupsToBuild(ctx, "7", ids...) },
	"RemoveGroupsFromBuild":   func(ctx context.Context, c *Client) error { return c.RemoveGroupsFromBuild(ctx, "7", ids...) },
	"PreReleaseVersions": func(ctx context.Context, c *Client) error {
		return drained(c.PreReleaseVersions(ctx, everything(PreReleaseVersionFilter{App: ids, Version: []string{"1.2"}, Platform: platforms, Build: ids, BuildNumber: ids,
			ProcessingState: []string{"VALID"}, BuildExpired: new(true), IncludeApp: true, IncludeBuilds: true})))
	},
	"PreReleaseVersion": func(ctx context.Context, c *Client) error { return second(c.PreReleaseVersion(ctx, "7")) },
	"BuildBetaDetails":  func(ctx context.Context, c *Client) error { return drained(c.BuildBetaDetails(ctx, ids...)) },
	"SetAutoNotify":     func(ctx context.Context, c *Client) error { return second(c.SetAutoNotify(ctx, "7", true)) },
	"NotifyTesters":     func(ctx context.Context, c *Client) error { return c.NotifyTesters(ctx, "7") },
	"WhatToTests":       func(ctx context.Context, c *Client) error { return drained(c.WhatToTests(ctx, "7")) },
	"AddWhatToTest":     func(ctx context.Context, c *Client) error { return second(c.AddWhatToTest(ctx, "7", "de-DE", "Neu")) },
	"ChangeWhatToTest":  func(ctx context.Context, c *Client) error { return second(c.ChangeWhatToTest(ctx, "7", "Neu")) },
	"SetWhatToTest": func(ctx context.Context, c *Client) error {
		if _, err := c.SetWhatToTest(ctx, "7", "some locale", "the language that the recorder has"); err != nil {
			return err
		}
		return second(c.SetWhatToTest(ctx, "7", "de-DE", "Neu"))
	},
	"BetaAppTexts":             func(ctx context.Context, c *Client) error { return drained(c.BetaAppTexts(ctx, "7")) },
	"BetaReviewContacts":       func(ctx context.Context, c *Client) error { return drained(c.BetaReviewContacts(ctx, "7")) },
	"DeleteWhatToTest":         func(ctx context.Context, c *Client) error { return c.DeleteWhatToTest(ctx, "7") },
	"BetaAppReviewSubmissions": func(ctx context.Context, c *Client) error { return drained(c.BetaAppReviewSubmissions(ctx, ids...)) },
	"SubmitForBetaReview":      func(ctx context.Context, c *Client) error { return second(c.SubmitForBetaReview(ctx, "7")) },

	// Feedback.
	"CrashFeedback":            func(ctx context.Context, c *Client) error { return drained(c.CrashFeedback(ctx, "7", comments)) },
	"ScreenshotFeedback":       func(ctx context.Context, c *Client) error { return drained(c.ScreenshotFeedback(ctx, "7", comments)) },
	"OneCrashFeedback":         func(ctx context.Context, c *Client) error { return second(c.OneCrashFeedback(ctx, "7")) },
	"OneScreenshotFeedback":    func(ctx context.Context, c *Client) error { return second(c.OneScreenshotFeedback(ctx, "7")) },
	"CrashLog":                 func(ctx context.Context, c *Client) error { return second(c.CrashLog(ctx, "7")) },
	"DeleteCrashFeedback":      func(ctx context.Context, c *Client) error { return c.DeleteCrashFeedback(ctx, "7") },
	"DeleteScreenshotFeedback": func(ctx context.Context, c *Client) error { return c.DeleteScreenshotFeedback(ctx, "7") },

	// App Store versions.
	"AppStoreVersions": func(ctx context.Context, c *Client) error {
		return drained(c.AppStoreVersions(ctx, "7", everything(AppStoreVersionFilter{Platform: platforms, Version: []string{"1.2"}, State: []string{PrepareForSubmission, ReadyForReview,
			WaitingForReview, InReview, PendingDeveloperRelease, ReadyForDistribution}, ID: ids})))
	},
	"AppStoreVersion": func(ctx context.Context, c *Client) error { return second(c.AppStoreVersion(ctx, "7")) },
	"CreateAppStoreVersion": func(ctx context.Context, c *Client) error {
		return second(c.CreateAppStoreVersion(ctx, everything(NewAppStoreVersion{AppID: "1", Platform: "IOS", Version: "1.2", Copyright: "2026", ReleaseType: ReleaseScheduled, EarliestReleaseDate: &noon, BuildID: "1"})))
	},
	"SetReleaseType": func(ctx context.Context, c *Client) error {
		return errors.Join(second(c.SetReleaseType(ctx, "7", ReleaseManual, time.Time{})), second(c.SetReleaseType(ctx, "7", ReleaseAfterApproval, time.Time{})),
			second(c.SetReleaseType(ctx, "7", ReleaseScheduled, noon)))
	},
	"AttachBuild":           func(ctx context.Context, c *Client) error { return c.AttachBuild(ctx, "7", "1") },
	"DetachBuild":           func(ctx context.Context, c *Client) error { return c.DetachBuild(ctx, "7") },
	"VersionBuild":          func(ctx context.Context, c *Client) error { return there(c.VersionBuild(ctx, "7")) },
	"BuildVersion":          func(ctx context.Context, c *Client) error { return there(c.BuildVersion(ctx, "7")) },
	"ReleaseVersion":        func(ctx context.Context, c *Client) error { return c.ReleaseVersion(ctx, "7") },
	"DeleteAppStoreVersion": func(ctx context.Context, c *Client) error { return c.DeleteAppStoreVersion(ctx, "7") },
	"VersionLocalizations":  func(ctx context.Context, c *Client) error { return drained(c.VersionLocalizations(ctx, "7")) },
	"VersionLocalization":   func(ctx context.Context, c *Client) error { return second(c.VersionLocalization(ctx, "7")) },
	"SetWhatsNew":           func(ctx context.Context, c *Client) error { return second(c.SetWhatsNew(ctx, "7", "Neu")) },
	"SetPromotionalText":    func(ctx context.Context, c *Client) error { return second(c.SetPromotionalText(ctx, "7", "Neu")) },
	"PhasedRelease":         func(ctx context.Context, c *Client) error { return there(c.PhasedRelease(ctx, "7")) },
	"CreatePhasedRelease":   func(ctx context.Context, c *Client) error { return second(c.CreatePhasedRelease(ctx, "7")) },
	"PausePhasedRelease":    func(ctx context.Context, c *Client) error { return second(c.PausePhasedRelease(ctx, "7")) },
	"ResumePhasedRelease":   func(ctx context.Context, c *Client) error { return second(c.ResumePhasedRelease(ctx, "7")) },
	"CompletePhasedRelease": func(ctx context.Context, c *Client) error { return second(c.CompletePhasedRelease(ctx, "7")) },
	"DeletePhasedRelease":   func(ctx context.Context, c *Client) error { return c.DeletePhasedRelease(ctx, "7") },

	// Review.
	"ReviewSubmissions": func(ctx context.Context, c *Client) error {
		return drained(c.ReviewSubmissions(ctx, "7", everything(ReviewSubmissionFilter{Platform: platforms, State: []string{SubmissionDraft, SubmissionWaiting, SubmissionInReview,
			SubmissionIssues, SubmissionCanceling, SubmissionComplete}})))
	},
	"ReviewSubmission":            func(ctx context.Context, c *Client) error { return second(c.ReviewSubmission(ctx, "7")) },
	"CreateReviewSubmission":      func(ctx context.Context, c *Client) error { return second(c.CreateReviewSubmission(ctx, "7", "IOS")) },
	"SendReviewSubmission":        func(ctx context.Context, c *Client) error { return second(c.SendReviewSubmission(ctx, "7")) },
	"WithdrawReviewSubmission":    func(ctx context.Context, c *Client) error { return second(c.WithdrawReviewSubmission(ctx, "7")) },
	"ReviewSubmissionItems":       func(ctx context.Context, c *Client) error { return drained(c.ReviewSubmissionItems(ctx, "7")) },
	"AddVersionToReview":          func(ctx context.Context, c *Client) error { return second(c.AddVersionToReview(ctx, "7", "8")) },
	"RemoveReviewSubmissionItem":  func(ctx context.Context, c *Client) error { return c.RemoveReviewSubmissionItem(ctx, "7") },
	"ResolveReviewSubmissionItem": func(ctx context.Context, c *Client) error { return second(c.ResolveReviewSubmissionItem(ctx, "7")) },
	"SubmitVersion":               submitWithBothDrafts,

	// Purchases.
	"InAppPurchases": func(ctx context.Context, c *Client) error {
		return drained(c.InAppPurchases(ctx, "7", everything(InAppPurchaseFilter{ProductID: ids, Name: []string{"Coins"}, Kind: []string{"CONSUMABLE"}, State: []string{"APPROVED"}})))
	},
	"InAppPurchase":      func(ctx context.Context, c *Client) error { return second(c.InAppPurchase(ctx, "7")) },
	"SubscriptionGroups": func(ctx context.Context, c *Client) error { return drained(c.SubscriptionGroups(ctx, "7")) },
	"Subscriptions": func(ctx context.Context, c *Client) error {
		return drained(c.Subscriptions(ctx, "7", everything(SubscriptionFilter{ProductID: ids, Name: []string{"Gold"}, State: []string{"APPROVED"}})))
	},
	"Subscription": func(ctx context.Context, c *Client) error { return second(c.Subscription(ctx, "7")) },

	// Customer reviews.
	"CustomerReviews": func(ctx context.Context, c *Client) error {
		return errors.Join(drained(c.CustomerReviews(ctx, "7", CustomerReviewFilter{})), drained(c.CustomerReviews(ctx, "7", reviews)))
	},
	"VersionReviews": func(ctx context.Context, c *Client) error { return drained(c.VersionReviews(ctx, "7", reviews)) },
	"CustomerReview": func(ctx context.Context, c *Client) error { return second(c.CustomerReview(ctx, "7")) },
	"ReviewResponse": func(ctx context.Context, c *Client) error { return there(c.ReviewResponse(ctx, "7")) },
	"Respond":        func(ctx context.Context, c *Client) error { return second(c.Respond(ctx, "7", "Thank you!")) },
	"DeleteResponse": func(ctx context.Context, c *Client) error { return c.DeleteResponse(ctx, "7") },

	// Signing.
	"Devices": func(ctx context.Context, c *Client) error {
		return drained(c.Devices(ctx, everything(DeviceFilter{Name: []string{"A"}, UDID: ids, Platform: platforms, Status: []string{"ENABLED"}, ID: ids})))
	},
	"Device": func(ctx context.Context, c *Client) error { return second(c.Device(ctx, "7")) },
	"RegisterDevice": func(ctx context.Context, c *Client) error {
		return second(c.RegisterDevice(ctx, "A", "00008030-001A2B3C4D5E6F70", "IOS"))
	},
	"RenameDevice":    func(ctx context.Context, c *Client) error { return second(c.RenameDevice(ctx, "7", "B")) },
	"SetDeviceStatus": func(ctx context.Context, c *Client) error { return second(c.SetDeviceStatus(ctx, "7", false)) },
	"Certificates": func(ctx context.Context, c *Client) error {
		return drained(c.Certificates(ctx, everything(CertificateFilter{Kind: []string{"DISTRIBUTION"}, DisplayName: []string{"A"}, Serial: ids, ID: ids})))
	},
	"Certificate": func(ctx context.Context, c *Client) error { return second(c.Certificate(ctx, "7")) },
	"CreateCertificate": func(ctx context.Context, c *Client) error {
		return second(c.CreateCertificate(ctx, "DISTRIBUTION", csr))
	},
	"RevokeCertificate": func(ctx context.Context, c *Client) error { return c.RevokeCertificate(ctx, "7") },
	"BundleIDs": func(ctx context.Context, c *Client) error {
		return drained(c.BundleIDs(ctx, everything(BundleIDFilter{Identifier: ids, Name: []string{"A"}, Platform: platforms, SeedID: ids, ID: ids})))
	},
	"FindBundleID": func(ctx context.Context, c *Client) error { return there(c.FindBundleID(ctx, "SOME identifier")) },
	"BundleID":     func(ctx context.Context, c *Client) error { return second(c.BundleID(ctx, "7")) },
	"RegisterBundleID": func(ctx context.Context, c *Client) error {
		return second(c.RegisterBundleID(ctx, "com.example.halo", "Halo", "IOS"))
	},
	"RenameBundleID": func(ctx context.Context, c *Client) error { return second(c.RenameBundleID(ctx, "7", "Halo")) },
	"DeleteBundleID": func(ctx context.Context, c *Client) error { return c.DeleteBundleID(ctx, "7") },
	"Capabilities":   func(ctx context.Context, c *Client) error { return drained(c.Capabilities(ctx, "7")) },
	"EnableCapability": func(ctx context.Context, c *Client) error {
		return errors.Join(second(c.EnableCapability(ctx, "7", "PUSH_NOTIFICATIONS")), second(c.EnableCapability(ctx, "7", "ICLOUD", iCloud)))
	},
	"SetCapability":     func(ctx context.Context, c *Client) error { return second(c.SetCapability(ctx, "7_ICLOUD", iCloud)) },
	"DisableCapability": func(ctx context.Context, c *Client) error { return c.DisableCapability(ctx, "7_ICLOUD") },
	"Profiles": func(ctx context.Context, c *Client) error {
		return drained(c.Profiles(ctx, everything(ProfileFilter{Name: []string{"A"}, Kind: []string{"IOS_APP_STORE"}, State: []string{"ACTIVE"}, ID: ids})))
	},
	"Profile":          func(ctx context.Context, c *Client) error { return second(c.Profile(ctx, "7")) },
	"BundleIDProfiles": func(ctx context.Context, c *Client) error { return drained(c.BundleIDProfiles(ctx, "7")) },
	"CreateProfile": func(ctx context.Context, c *Client) error {
		return second(c.CreateProfile(ctx, everything(NewProfile{Name: "A", Kind: "IOS_APP_ADHOC", BundleID: "1", Certificates: ids, Devices: ids})))
	},
	"DeleteProfile": func(ctx context.Context, c *Client) error { return c.DeleteProfile(ctx, "7") },

	// Reports.
	"SalesReport": func(ctx context.Context, c *Client) error {
		return errors.Join(drained(c.SalesReport(ctx, aDay)),
			drained(c.SalesReport(ctx, everything(SalesQuery{Vendor: "85912345", Day: "2026-11-22", Frequency: "WEEKLY", Version: "1_1"}))),
			drained(c.SalesReport(ctx, SalesQuery{Vendor: "85912345", Day: "2026-11", Frequency: "MONTHLY"})),
			drained(c.SalesReport(ctx, SalesQuery{Vendor: "85912345", Day: "2026", Frequency: "YEARLY"})))
	},
	"SalesSums":               func(ctx context.Context, c *Client) error { return drained(c.SalesSums(ctx, aDay)) },
	"SubscriptionReport":      func(ctx context.Context, c *Client) error { return drained(c.SubscriptionReport(ctx, aDay)) },
	"SubscriptionEventReport": func(ctx context.Context, c *Client) error { return drained(c.SubscriptionEventReport(ctx, aDay)) },
	"SubscriberReport":        func(ctx context.Context, c *Client) error { return drained(c.SubscriberReport(ctx, aDay)) },
	"FinancialFile": func(ctx context.Context, c *Client) error {
		_, err := c.FinancialFile(ctx, everything(aPeriod))
		return err
	},
	"FinancialReport": func(ctx context.Context, c *Client) error {
		return drained(c.FinancialReport(ctx, everything(aPeriod)))
	},
	"FinanceDetailReport": func(ctx context.Context, c *Client) error {
		return drained(c.FinanceDetailReport(ctx, FinanceQuery{Vendor: "85912345", Period: "2026-01"}))
	},

	// Analytics.
	"AnalyticsReportRequests": func(ctx context.Context, c *Client) error { return drained(c.AnalyticsReportRequests(ctx, "7")) },
	"CreateAnalyticsReportRequest": func(ctx context.Context, c *Client) error {
		return errors.Join(second(c.CreateAnalyticsReportRequest(ctx, "7", Ongoing)), second(c.CreateAnalyticsReportRequest(ctx, "7", OneTimeSnapshot)))
	},
	"DeleteAnalyticsReportRequest": func(ctx context.Context, c *Client) error { return c.DeleteAnalyticsReportRequest(ctx, "7") },
	"AnalyticsReports":             func(ctx context.Context, c *Client) error { return drained(c.AnalyticsReports(ctx, "7", "COMMERCE")) },
	"AnalyticsInstances": func(ctx context.Context, c *Client) error {
		return drained(c.AnalyticsInstances(ctx, "7", "DAILY", "2026-11-23"))
	},
	"AnalyticsSegments": func(ctx context.Context, c *Client) error { return drained(c.AnalyticsSegments(ctx, "7")) },

	// Webhooks.
	"Webhooks": func(ctx context.Context, c *Client) error { return drained(c.Webhooks(ctx, "7")) },
	"Webhook":  func(ctx context.Context, c *Client) error { return second(c.Webhook(ctx, "7")) },
	"CreateWebhook": func(ctx context.Context, c *Client) error {
		return second(c.CreateWebhook(ctx, everything(NewWebhook{AppID: "1", Name: "A", URL: "https://x.example", Secret: "s", Enabled: true, Events: []string{"BUILD_UPLOAD_STATE_UPDATED"}})))
	},
	"UpdateWebhook": func(ctx context.Context, c *Client) error {
		return second(c.UpdateWebhook(ctx, "7", everything(WebhookChange{Name: new("A"), URL: new("https://x.example"), Secret: new(Secret("s")), Enabled: new(false), Events: []string{"BUILD_UPLOAD_STATE_UPDATED"}})))
	},
	"DeleteWebhook": func(ctx context.Context, c *Client) error { return c.DeleteWebhook(ctx, "7") },
	"PingWebhook":   func(ctx context.Context, c *Client) error { return c.PingWebhook(ctx, "7") },
	"Deliveries": func(ctx context.Context, c *Client) error {
		return errors.Join(drained(c.Deliveries(ctx, "7", DeliveryFilter{})), drained(c.Deliveries(ctx, "7", everything(DeliveryFilter{Since: noon, Before: noon, State: []string{"FAILED"}}))))
	},
	"Redeliver": func(ctx context.Context, c *Client) error { return second(c.Redeliver(ctx, "7")) },
}

var iCloud = CapabilitySetting{Key: "ICLOUD_VERSION", Options: []CapabilityOption{{Key: "XCODE_6", Enabled: true}}}

// submitWithBothDrafts drives both ways of SubmitVersion: with a draft that is
// there and holds the version already, and of an app that has none.
func submitWithBothDrafts(ctx context.Context, c *Client) error {
	if _, err := c.SubmitVersion(ctx, "7", "IOS", "1"); err != nil {
		return err
	}
	_, err := c.SubmitVersion(ctx, "without", "IOS", "1")
	return err
}

// sampleReports are small reports of each type.
var sampleReports = map[string]string{
	"SALES": salesHeader + "\nAPPLE\tUS\tHALO\tHalo GmbH\tHalo\t1.0\t1F\t3\t0.7\t11/22/2026\t11/22/2026\tEUR\tDE\tEUR\t1440000001\t.99\t \t \t \t \tGames\t\tiPhone\tiOS\t \t \t \t \n",
	"SUBSCRIPTION": "App Name\tApp Apple ID\tSubscription Name\tSubscription Apple ID\tCustomer Price\tCustomer Currency\tDeveloper Proceeds\tProceeds Currency\tCountry\tActive Standard Price Subscriptions\n" +
		"Halo\t144\tGold\t145\t4.99\tEUR\t3.49\tEUR\tDE\t12\n",
	"SUBSCRIPTION_EVENT": "Event Date\tEvent\tApp Apple ID\tSubscription Apple ID\tCountry\tQuantity\n2026-11-22\tRenew\t144\t145\tDE\t3\n",
	"SUBSCRIBER": "Event Date\tApp Apple ID\tSubscription Apple ID\tCustomer Price\tCustomer Currency\tDeveloper Proceeds\tProceeds Currency\tCountry\tSubscriber ID\tUnits\n" +
		"11/22/2026\t144\t145\t4.99\tEUR\t3.49\tEUR\tDE\t9001\t1\n",
	"FINANCIAL": "Start Date\tEnd Date\tVendor Identifier\tQuantity\tPartner Share\tExtended Partner Share\tPartner Share Currency\tSales or Return\tApple Identifier\tCountry Of Sale\n" +
		"09/28/2025\t11/01/2025\tHALO\t2\t0.7\t1.4\tEUR\tS\t144\tDE\nTotal_Rows\t1\n",
	"FINANCE_DETAIL": "Vendor Name\tHalo GmbH\nStart Date\t09/28/2025\nEnd Date\t11/01/2025\n" +
		"Transaction Date\tSettlement Date\tApple Identifier\tSKU\tCountry of Sale\tQuantity\tPartner Share\tExtended Partner Share\tPartner Share Currency\tSale or Return\n" +
		"10/03/2025\t10/05/2025\t144\tHALO\tDE\t2\t0.7\t1.4\tEUR\tS\nCountry Of Sale\tPartner Share Currency\tQuantity\tExtended Partner Share\nDE\tEUR\t2\t1.4\n",
}
