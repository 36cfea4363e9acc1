// Package asc is a client for Apple's App Store Connect API: the people of a
// team, its apps, TestFlight, App Store versions and their review, customer
// reviews, signing, sales, finance and analytics reports, and webhooks.
//
// # A first call
//
// A key comes from App Store Connect (Users and Access, Integrations): its id,
// the team's issuer id, and a file AuthKey_<id>.p8.
//
//	key, err := asc.ParseKey(p8)
//	client, err := asc.New(asc.Config{KeyID: "2X9R4HXF34", IssuerID: issuer, Key: key})
//	for app, err := range client.Apps(ctx, asc.AppFilter{}) {
//		if err != nil {
//			return err
//		}
//		fmt.Println(app.Name, app.BundleID)
//	}
//
// A [Client] is safe for any number of goroutines. It signs one token and uses
// it until it is nearly over. The token is dated by Apple's clock when ours is
// more than 30 seconds off; see [Client.Skew].
//
// # Resources
//
// A resource has its id and type in [Ref], and Apple's attributes under names of
// the field: [Build.Number] is what Apple calls version, because people call it
// the build number. Times are UTC, and zero when Apple did not say. Related ids,
// such as [User.AppIDs], are nil unless they were asked for. States, roles and
// kinds are open strings: Apple adds values without notice, and they come
// through. Attributes that are not known are passed over.
//
// # Lists
//
// A list is an iterator: it asks Apple for 200 items at a time and for the next
// page only when the loop gets there, so whoever breaks early saves requests.
// An error is yielded once and is the last thing yielded.
//
// A filter matches any of its values, and all of the filters given. How Apple
// compares (exactly, by prefix, without case) is not documented and differs
// between resources: compare again what comes back. Lists lag behind changes by
// seconds, at times by minutes.
//
// # Changes
//
// What to change is said with pointers: nil leaves as it is. In Go 1.26,
// new("Friends") is a pointer to that text:
//
//	client.UpdateBetaGroup(ctx, id, asc.BetaGroupChange{Name: new("Friends"), FeedbackEnabled: new(true)})
//
// A change is sent once. Reads are repeated when Apple is busy or the line
// breaks, at most three times; changes never are, with one exception: 401 means
// that Apple did nothing, so the token is renewed and the change sent again,
// once. What a change ends in is one of
//
//   - nil: Apple confirmed it.
//   - [*Error]: Apple refused it, with every reason Apple gave.
//   - [*NotSentError]: it certainly never left. It may be sent again.
//   - [*UnsureError]: it left and no clear answer came. It may have happened:
//     read before repeating.
//   - [*ArgumentError]: it makes no sense and was not sent.
//
// A read can end in [*NoAnswerError] besides. Find them with errors.AsType, and
// ask what a refusal means with [AlreadyExists], [NotFound], [Forbidden],
// [AgreementMissing], [RateLimited] and [StateConflict].
//
// Two operations are more than one call. [Client.SubmitVersion] sends a version
// to review in the order that is safe, and [Client.SetWhatToTest] writes a text
// whether there is one or not.
//
// # The budget
//
// Apple allows a key some 3,500 requests in a rolling hour, and tells with each
// answer what is left; some resources have limits of their own, by the minute
// too. A context says for whom a call is made:
//
//	ctx = asc.WithClass(ctx, asc.Work)
//
// A [Job] leaves the last fifth of a limit alone. People ([Person], what a
// context without a class stands for) leave the last twentieth, which only
// approved [Work] may use. A call waits for its turn for a bounded time (jobs two
// minutes, people 20 seconds, work a minute and a half), the higher class first;
// beyond that it ends unsent, in a [*NotSentError] around a [*BudgetError], and
// [RateLimited] says so. [Client.Traffic] and the log show who waits.
//
// Eight requests are under way at once, jobs leaving two of the places free. The
// same read asked for twice at once is made once; but a read that began before a
// change is not shown to whoever asks after it.
//
// What it costs, in requests:
//
//	any list of one kind                      1 for 200 items
//	450 users with their visible apps         3
//	one user, of more than 50 visible apps    2
//	a build with all that is around it        1
//	200 builds with app, beta state, groups   1
//	200 testers with groups and apps          1
//	50 beta groups with their sizes and builds  1
//	an app's versions, builds and phases      1
//	200 reviews with their responses          1
//	a profile with devices and certificates   1
//	a text for testers, new or changed        2
//	a text for testers that is there          1
//	a version sent to review, first time      5
//	a version sent to review, draft there     3
//	a report                                  1
//	a report, first time after a new version  2
//	any other change                          1
//
// # Reports
//
// [Client.SalesReport] and its like stream the rows of a report. [NoSales],
// [NotYet] and [NoLonger] tell the answers that are no report. [ReadSales] and
// its like read a report file from anywhere; [ReadTable] reads any table of
// Apple's kind. [SumSales] puts rows together that earn the same, in less than
// half of the time, for whoever adds them up anyway.
//
// Amounts are exact decimals; currencies are never mixed. A quote is a character
// like others. Columns are found by name. A file that is cut off, has a row too
// short or too long, or unpacks to more than it should is a [*ReportError], which
// names the line: what was yielded before it is not to be used.
//
// Analytics come by four steps, from [Client.AnalyticsReportRequests] to
// [Client.AnalyticsRows]; the files are fetched without the token, and their size
// and checksum compared.
//
// # What it leaves to others
//
// It keeps nothing on disk, decides nothing about who may do what, and does not
// wait for an effect to show: confirm a change by reading. The token goes to the
// one host it was made for, over TLS: redirects are not followed, nor pages
// elsewhere.
//
// A line "Apple: METHOD path" in a comment names the call of Apple's that a
// method makes, for people and for tools.
package asc
