package asc

import (
	"bytes"
	"errors"
	"io"
	"iter"
	"strings"
	"testing"
	"unicode/utf8"
)

// mostFuzzed bounds reports in fuzzing: small, so that bombs are found.
const mostFuzzed = 1 << 20

// FuzzReports gives any bytes to every reader of reports. It must end, within
// bounds, in rows and at most one error, which names a line; and both readers of
// sales reports must find the same one fit.
func FuzzReports(f *testing.F) {
	for _, sample := range sampleReports {
		f.Add([]byte(sample))
		f.Add(zip(sample))
	}
	f.Add([]byte(salesHeader + "\n" + strings.Repeat("\t", 27) + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		sales := endOf(t, ReadSales, data)
		sums := endOf(t, SumSales, data)
		if sales == nil && sums != nil && !strings.Contains(sums.Error(), "column Units") { // a sum may have too many digits
			t.Errorf("ReadSales reads it, and SumSales says %v", sums)
		}
		_ = endOf(t, ReadSubscriptions, data)
		_ = endOf(t, ReadSubscriptionEvents, data)
		_ = endOf(t, ReadSubscribers, data)
		_ = endOf(t, ReadFinancial, data)
		_ = endOf(t, ReadFinanceDetail, data)
		_ = endOf(t, ReadTable, data)
	})
}

// endOf reads a report to its end and checks how it ends.
func endOf[T any](t *testing.T, read func(io.Reader, int64) iter.Seq2[T, error], data []byte) error {
	_, err := everyone(read(bytes.NewReader(data), mostFuzzed))
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*ReportError](err); !ok || e.Line < 1 || len(e.Error()) > 2000 {
		t.Errorf("%T: it ends in %v (%T)", read, err, err)
	}
	return err
}

// FuzzDocuments gives any bytes to the reader of JSON:API documents, as a page of
// resources with everything around them and as measurements.
func FuzzDocuments(f *testing.F) {
	f.Add([]byte(invited))
	f.Add([]byte(`{"data":[{"type":"builds","id":"1","attributes":{"version":"45","uploadedDate":"2017-11-15T08:10:34-08:00","usesNonExemptEncryption":null},
		"relationships":{"app":{"data":{"type":"apps","id":"2"}},"betaGroups":{"data":[],"meta":{"paging":{"limit":50,"total":51}}}}}],
		"included":[{"type":"apps","id":"2","attributes":{"name":"Halo"}}],"links":{"next":"https://x.example/v1/builds?cursor=2"},"meta":{"paging":{"total":1}}}`))
	f.Add([]byte(`{"data":null}`))
	f.Add([]byte(`{"data":[{"dataPoints":[{"start":"2026-11-22T00:00:00Z","end":"2026-11-23","values":{"crashCount":1}}],"dimensions":{"apps":{"data":"1"}}}]}`))
	f.Add([]byte(`<html><title>Login</title>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		builds, _, err := several[Build](data)
		for _, b := range builds {
			if err != nil || b.ID == "" {
				t.Errorf("a build without an id, or beside an error: %+v, %v", b, err)
			}
		}
		if u, there, err := single[UserInvitation](data); there && (err != nil || u.ID == "") || !there && u.ID != "" {
			t.Errorf("got %+v, %v, %v", u, there, err)
		}
		if _, _, err := single[Delivery](data); err != nil && len(reason(err)) > 2000 {
			t.Errorf("a long error: %d bytes", len(reason(err)))
		}
		_, _, _ = single[Feedback](data)
		_, _, _ = usages(data)
	})
}

// FuzzErrors gives any bytes to the reader of errors. What it says must be one
// line of valid text, not too long, without a token.
func FuzzErrors(f *testing.F) {
	f.Add([]byte(documentOf(entryOf("STATE_ERROR", "T", "D"))), 409)
	f.Add([]byte(`{"errors":[{"status":409,"links":{"see":"/business","associated":{"href":"x"}},"meta":{"associatedErrors":{"/v1/x":[{"code":"A"}]}}}]}`), 403)
	f.Add([]byte(`{"errors":[{"meta":{"associatedErrors":{"a":[{"meta":{"associatedErrors":{"b":[{}]}}}]}}}]}`), 409)
	f.Add([]byte("<html><title>eyJhbGciOi.eyJpc3MiOi.c2ln"), 502)
	f.Add([]byte("\xff\xfe"), 500)
	f.Fuzz(func(t *testing.T, data []byte, status int) {
		e := &Error{Status: status, Method: "GET", Path: "/v1/users"}
		e.decode(data, false, nil)
		text := e.Error()
		if !utf8.ValidString(text) || strings.ContainsAny(text, "\r\n\u2028") || len(text) > 64<<10 || tokenShape.MatchString(text) {
			t.Errorf("it says %q", text)
		}
		_ = verdictsOf(e)
	})
}
