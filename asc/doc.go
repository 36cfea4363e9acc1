// Package asc is a client for Apple's App Store Connect API: the people of a
// team, its apps, its TestFlight groups and testers, and its sales reports.
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
// it until it is nearly over.
//
// # Lists
//
// A list is an iterator: it asks Apple for 200 items at a time and for the next
// page only when the loop gets there, so whoever breaks early saves requests.
// An error is yielded once and is the last thing yielded.
//
// A filter matches any of its values, and all of the filters given. How Apple
// compares (exactly, by prefix, without case) is not documented and differs
// between resources: compare again what comes back.
//
// Related ids, such as [User.AppIDs], are nil unless they were asked for.
// States, roles and kinds are open strings: Apple adds values without notice.
// Lists lag behind changes by seconds, at times by minutes.
//
// # Changes
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
// # Reports
//
// [Client.SalesReport] streams the rows of a day's sales. [NoSales], [NotYet]
// and [NoLonger] tell the answers that are no report. [ReadSales] reads a report
// file from anywhere. Amounts are exact decimals; currencies are never mixed.
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
