package asc

import (
	"context"
	"io"
	"iter"
)

// Ways to ask for analytics.
const (
	Ongoing         = "ONGOING"           // new data every day
	OneTimeSnapshot = "ONE_TIME_SNAPSHOT" // all there is, once
)

// AnalyticsReportRequest asks Apple to make analytics reports of an app. The
// first come after one or two days.
type AnalyticsReportRequest struct {
	Ref
	AccessType             string `json:"accessType"`             // ONGOING, ONE_TIME_SNAPSHOT
	StoppedDueToInactivity bool   `json:"stoppedDueToInactivity"` // nobody read them for long: delete it and make another
}

// AnalyticsReportRequests lists what was asked for of an app. Needs Admin,
// Finance or Sales.
//
// Apple: GET /v1/apps/{id}/analyticsReportRequests
func (c *Client) AnalyticsReportRequests(ctx context.Context, appID string) iter.Seq2[AnalyticsReportRequest, error] {
	return list[AnalyticsReportRequest](ctx, c, at("/v1/apps", appID, "analyticsReportRequests"), ask())
}

// CreateAnalyticsReportRequest asks for reports of an app, [Ongoing] or as an
// [OneTimeSnapshot]. Needs Admin. There is one of each for an app: list them
// first.
//
// Apple: POST /v1/analyticsReportRequests
func (c *Client) CreateAnalyticsReportRequest(ctx context.Context, appID, accessType string) (AnalyticsReportRequest, error) {
	return create[AnalyticsReportRequest](ctx, c, "/v1/analyticsReportRequests", draft{
		Type: "analyticsReportRequests", Attributes: map[string]any{"accessType": accessType},
		Relationships: ties{"app": toOne("apps", appID)}, err: want("an access type is missing", accessType),
	})
}

// DeleteAnalyticsReportRequest ends the making of reports. Needs Admin.
//
// Apple: DELETE /v1/analyticsReportRequests/{id}
func (c *Client) DeleteAnalyticsReportRequest(ctx context.Context, id string) error {
	return erase(ctx, c, at("/v1/analyticsReportRequests", id))
}

// AnalyticsReport is one kind of report, such as "App Downloads Standard".
type AnalyticsReport struct {
	Ref
	Name     string `json:"name"`
	Category string `json:"category"` // APP_USAGE, APP_STORE_ENGAGEMENT, COMMERCE, FRAMEWORK_USAGE, PERFORMANCE
}

// AnalyticsReports lists the reports of a request, of all categories when none is
// named.
//
// Apple: GET /v1/analyticsReportRequests/{id}/reports
func (c *Client) AnalyticsReports(ctx context.Context, requestID string, categories ...string) iter.Seq2[AnalyticsReport, error] {
	return list[AnalyticsReport](ctx, c, at("/v1/analyticsReportRequests", requestID, "reports"), ask().filter("category", categories))
}

// AnalyticsInstance is a report of one day of processing. It may have lines of
// several days: of a day, the newest instance replaces the older ones; they do
// not add up.
type AnalyticsInstance struct {
	Ref
	Granularity    string `json:"granularity"`    // DAILY, WEEKLY, MONTHLY
	ProcessingDate string `json:"processingDate"` // such as 2026-11-23, UTC
}

// AnalyticsInstances lists what was made of a report: of one granularity, unless
// it is blank, and on one day, unless that is blank.
//
// Apple: GET /v1/analyticsReports/{id}/instances
func (c *Client) AnalyticsInstances(ctx context.Context, reportID, granularity, processingDate string) iter.Seq2[AnalyticsInstance, error] {
	p := ask().set("filter[granularity]", granularity).set("filter[processingDate]", processingDate)
	return list[AnalyticsInstance](ctx, c, at("/v1/analyticsReports", reportID, "instances"), p)
}

// AnalyticsSegment is one of the files of an instance; all of them together are
// the report. Its address is good for minutes.
type AnalyticsSegment struct {
	Ref
	URL      string `json:"url"`
	Checksum string `json:"checksum"`
	Size     int64  `json:"sizeInBytes"` // packed
}

// AnalyticsSegments lists the files of an instance.
//
// Apple: GET /v1/analyticsReportInstances/{id}/segments
func (c *Client) AnalyticsSegments(ctx context.Context, instanceID string) iter.Seq2[AnalyticsSegment, error] {
	return list[AnalyticsSegment](ctx, c, at("/v1/analyticsReportInstances", instanceID, "segments"), ask())
}

// DownloadSegment fetches the file of a segment as it is: packed with gzip, a
// table with tabs inside. At its end size and checksum are compared; an error
// there means that what was read is not to be used.
func (c *Client) DownloadSegment(ctx context.Context, s AnalyticsSegment) (io.ReadCloser, error) {
	file, err := c.Download(ctx, s.URL)
	if err != nil {
		return nil, err
	}
	size := s.Size
	if size <= 0 {
		size = -1 // not said
	}
	r, known := check(file, size, s.Checksum)
	if !known {
		c.log.Warn("the checksum of an analytics file is of a kind that is not known", "segment", s.ID)
	}
	return r, nil
}

// AnalyticsRows fetches a segment and reads it row by row. An error in the middle
// or at the end comes after rows that were yielded already: throw those away.
func (c *Client) AnalyticsRows(ctx context.Context, s AnalyticsSegment) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		file, err := c.DownloadSegment(ctx, s)
		if err != nil {
			yield(Record{}, err)
			return
		}
		defer file.Close()
		for row, err := range ReadTable(file, c.maxReport) {
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}
