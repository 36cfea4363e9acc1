package apple

import (
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

func init() {
	readers := []string{"ADMIN", "FINANCE", "SALES"}
	register(
		&family{typ: "analyticsReportRequests", reads: readers, writes: []string{"ADMIN"}, create: requestAnalytics, remove: removeAnalytics},
		&family{
			typ: "analyticsReports", reads: readers,
			due: func(r *record) time.Time { return r.moment("next") }, age: nextInstances,
		},
		&family{typ: "analyticsReportInstances", reads: readers},
		&family{typ: "analyticsReportSegments", reads: readers, look: lookAtSegment},
	)
}

const (
	firstReports  = 30 * time.Hour // Apple says one or two days
	segmentLife   = 5 * time.Minute
	instancesKept = 35 * aDay
)

// analyticsKind is a report of a request.
type analyticsKind struct {
	name, category string
	columns        []string
	segments       int
	rows           func(s *Server, app *record, day time.Time) [][]string
}

// analyticsKinds are the reports that are made here; Apple makes more. Columns
// beyond the documented ones are not confirmed.
var analyticsKinds = []analyticsKind{
	{"App Store Downloads Standard", "COMMERCE", []string{
		"Date", "App Name", "App Apple Identifier", "Download Type", "App Version", "Device", "Platform Version", "Source Type", "Page Type", "Pre-Order", "Territory", "Counts",
	}, 2, downloadRows},
	{"App Store Downloads Detailed", "COMMERCE", []string{
		"Date", "App Name", "App Apple Identifier", "Download Type", "App Version", "Device", "Platform Version", "Source Type", "Source Info", "Campaign", "Page Type", "Page Title", "Pre-Order", "Territory", "Counts",
	}, 1, detailedRows},
	{"App Store Purchases Standard", "COMMERCE", []string{
		"Date", "App Name", "App Apple Identifier", "Purchase Type", "Content Name", "Content Apple Identifier", "Payment Method", "Device", "Platform Version", "Source Type", "Page Type",
		"App Download Date", "Pre-Order", "Territory", "Purchases", "Proceeds in USD", "Sales in USD", "Paying Users",
	}, 1, purchaseRows},
	{"App Sessions Standard", "APP_USAGE", []string{
		"Date", "App Name", "App Apple Identifier", "App Version", "Device", "Platform Version", "Source Type", "Page Type", "App Download Date", "Territory", "Sessions", "Total Session Duration", "Unique Devices",
	}, 1, sessionRows},
	{"App Crashes", "APP_USAGE", []string{
		"Date", "App Name", "App Apple Identifier", "App Version", "Device", "Platform Version", "Crashes", "Unique Devices",
	}, 1, crashRows},
	{"App Store Installation and Deletion Standard", "APP_USAGE", []string{
		"Date", "App Name", "App Apple Identifier", "Event", "Download Type", "App Version", "Device", "Platform Version", "Source Type", "Page Type", "App Download Date", "Territory", "Counts", "Unique Devices",
	}, 1, installRows},
}

// requestAnalytics asks for the reports of an app; they come a day or two later.
// There is one request of each kind for an app (the code is not confirmed).
func requestAnalytics(d *deed, in *entity) (*record, *refusal) {
	app := d.w.get("apps", in.one("app"))
	for _, id := range app.rels["analyticsReportRequests"] {
		if d.w.get("analyticsReportRequests", id).text("accessType") == in.text("accessType") {
			return nil, stateError(fmt.Sprintf("There is an analytics report request of the access type %s for this app already", in.text("accessType")))
		}
	}
	r := newRecord("analyticsReportRequests", d.newID(), map[string]any{"accessType": in.text("accessType"), "stoppedDueToInactivity": false})
	d.keep(r)
	d.w.after(d.now.Add(firstReports), func(w *world, at time.Time) {
		if w.get(r.typ, r.id) != nil {
			w.makeReports(r.id, at)
		}
	})
	d.note = "analytics of " + app.text("name") + " are asked for"
	return d.w.get(r.typ, r.id), nil
}

// removeAnalytics drops a request with all that was made for it.
func removeAnalytics(d *deed, old *record) *refusal {
	for _, report := range append([]string(nil), old.rels["reports"]...) {
		for _, instance := range append([]string(nil), d.w.get("analyticsReports", report).rels["instances"]...) {
			d.w.dropInstance(instance)
		}
		d.w.drop("analyticsReports", report)
	}
	d.w.drop(old.typ, old.id)
	return nil
}

func (w *world) dropInstance(id string) {
	for _, segment := range append([]string(nil), w.get("analyticsReportInstances", id).rels["segments"]...) {
		w.drop("analyticsReportSegments", segment)
	}
	w.drop("analyticsReportInstances", id)
}

// makeReports makes the reports of a request, with their first instances. An
// ongoing request gets more every day.
func (w *world) makeReports(request string, at time.Time) {
	for i, k := range analyticsKinds {
		r := newRecord("analyticsReports", fmt.Sprintf("r%d-%s", i+3, request), map[string]any{"name": k.name, "category": k.category, "next": stamp(at)})
		w.put(r)
		w.link(r.typ, r.id, "request", request)
		nextInstances(w, w.get(r.typ, r.id), at)
	}
}

// nextInstances makes the instances of a day: daily ones always, weekly ones on
// Friday, monthly ones on the fifth. Days are those of UTC.
func nextInstances(w *world, report *record, at time.Time) {
	request := w.get("analyticsReportRequests", report.one("request"))
	day := at.UTC()
	var next any
	if request.text("accessType") == "ONGOING" && !request.flag("stoppedDueToInactivity") {
		next = stamp(time.Date(day.Year(), day.Month(), day.Day()+1, 12, 0, 0, 0, time.UTC))
	}
	w.set(report.typ, report.id, map[string]any{"next": next})
	kinds := []string{"DAILY"}
	if day.Weekday() == time.Friday {
		kinds = append(kinds, "WEEKLY")
	}
	if day.Day() == 5 {
		kinds = append(kinds, "MONTHLY")
	}
	for _, g := range kinds {
		w.makeInstance(report, g, day)
	}
	for _, id := range append([]string(nil), report.rels["instances"]...) {
		if made, err := time.Parse(time.DateOnly, w.get("analyticsReportInstances", id).text("processingDate")); err == nil && day.Sub(made) > instancesKept {
			w.dropInstance(id)
		}
	}
}

func (w *world) makeInstance(report *record, granularity string, day time.Time) {
	i := newRecord("analyticsReportInstances", w.newID(), map[string]any{"granularity": granularity, "processingDate": day.Format(time.DateOnly)})
	w.put(i)
	w.link(i.typ, i.id, "report", report.id)
	for n := range kindOf(report).segments {
		s := newRecord("analyticsReportSegments", w.newID(), map[string]any{"part": n})
		w.put(s)
		w.link(s.typ, s.id, "instance", i.id)
	}
}

func kindOf(report *record) analyticsKind {
	for _, k := range analyticsKinds {
		if k.name == report.text("name") {
			return k
		}
	}
	return analyticsKind{}
}

// lookAtSegment gives a part of a report its link, which works for a few
// minutes, with the size and checksum of what is behind it.
func lookAtSegment(rd reader, seg *record) *record {
	file := rd.s.segment(seg)
	sum := md5.Sum(file)
	shown := seg.copy()
	shown.attrs["url"] = rd.s.signedURL(rd.base, "/segments/"+seg.id+".gz", rd.now.Add(segmentLife))
	shown.attrs["checksum"], shown.attrs["sizeInBytes"] = hex.EncodeToString(sum[:]), len(file)
	return shown
}

// segment is the file of a part: always the same for the same part. The caller
// holds mu.
func (s *Server) segment(seg *record) []byte {
	w := s.state.now
	instance := w.get("analyticsReportInstances", seg.one("instance"))
	report := w.get("analyticsReports", instance.one("report"))
	app := w.get("apps", w.get("analyticsReportRequests", report.one("request")).one("app"))
	k := kindOf(report)
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	fmt.Fprintln(z, strings.Join(k.columns, "\t"))
	n := 0
	for _, day := range covered(instance) {
		for _, row := range k.rows(s, app, day) {
			if n++; n%k.segments == seg.number("part") {
				fmt.Fprintln(z, strings.Join(row, "\t"))
			}
		}
	}
	_ = z.Close() // a buffer takes everything
	return b.Bytes()
}

// covered are the dates in an instance. A daily one has two: the newer rows of
// a date replace those of the instance before.
func covered(instance *record) (days []time.Time) {
	made, _ := time.Parse(time.DateOnly, instance.text("processingDate"))
	first := made.AddDate(0, 0, -3)
	last := made.AddDate(0, 0, -2)
	switch instance.text("granularity") {
	case "WEEKLY": // Monday to Sunday
		last = made.AddDate(0, 0, -5)
		first = last.AddDate(0, 0, -6)
	case "MONTHLY":
		first = time.Date(made.Year(), made.Month()-1, 1, 0, 0, 0, 0, time.UTC)
		last = first.AddDate(0, 1, -1)
	}
	for d := first; !d.After(last); d = d.AddDate(0, 0, 1) {
		days = append(days, d)
	}
	return days
}
