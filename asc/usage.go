package asc

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"time"
)

// Periods that usage can be asked for.
const (
	Week    = "P7D"
	Month   = "P30D"
	Quarter = "P90D"
	Year    = "P365D"
)

// Usage is what was counted in one stretch of time: of a tester in an app, or of
// a build.
type Usage struct {
	Start, End time.Time `json:"-"` // UTC
	TesterID   string    `json:"-"` // blank where it is about one tester or all
	AppID      string    `json:"-"` // where it is about one tester
	Crashes    int       `json:"crashCount"`
	Sessions   int       `json:"sessionCount"`
	Feedbacks  int       `json:"feedbackCount"`
	Installs   int       `json:"installCount"` // of builds only
	Invites    int       `json:"inviteCount"`  // of builds only
}

// LinkUsage is what became of a public link in one stretch of time.
type LinkUsage struct {
	Start, End         time.Time `json:"-"` // UTC
	Views              int       `json:"viewCount"`
	Accepted           int       `json:"acceptedCount"`
	NotAccepted        int       `json:"didNotAcceptCount"`
	NotMeetingCriteria int       `json:"didNotMeetCriteriaCount"`
	// The shares, 0 to 1, of those who gave a reason for not accepting.
	NotRelevant    float64 `json:"notRelevantRatio"`
	NotClear       float64 `json:"notClearRatio"`
	NotInteresting float64 `json:"notInterestingRatio"`
}

// AppTesterUsages lists how much each tester used an app. The period is one of
// [Week], [Month], [Quarter] and [Year]; blank is Apple's choice.
//
// Apple: GET /v1/apps/{id}/metrics/betaTesterUsages
func (c *Client) AppTesterUsages(ctx context.Context, appID, period string) iter.Seq2[Usage, error] {
	return pages(ctx, c, at("/v1/apps", appID, "metrics/betaTesterUsages"), ask().set("period", period).set("groupBy", "betaTesters"), usages)
}

// GroupTesterUsages lists how much each tester of a beta group used its app. The
// period is as for [Client.AppTesterUsages].
//
// Apple: GET /v1/betaGroups/{id}/metrics/betaTesterUsages
func (c *Client) GroupTesterUsages(ctx context.Context, groupID, period string) iter.Seq2[Usage, error] {
	return pages(ctx, c, at("/v1/betaGroups", groupID, "metrics/betaTesterUsages"), ask().set("period", period).set("groupBy", "betaTesters"), usages)
}

// TesterUsages lists how much a tester used an app, which has to be named. The
// period is as for [Client.AppTesterUsages].
//
// Apple: GET /v1/betaTesters/{id}/metrics/betaTesterUsages
func (c *Client) TesterUsages(ctx context.Context, testerID, appID, period string) iter.Seq2[Usage, error] {
	return pages(ctx, c, at("/v1/betaTesters", testerID, "metrics/betaTesterUsages"), ask().must("apps", appID).set("period", period), usages)
}

// BuildUsages lists how much a build was used, installs and invitations
// included.
//
// Apple: GET /v1/builds/{id}/metrics/betaBuildUsages
func (c *Client) BuildUsages(ctx context.Context, buildID string) iter.Seq2[Usage, error] {
	return pages(ctx, c, at("/v1/builds", buildID, "metrics/betaBuildUsages"), ask(), usages)
}

// PublicLinkUsages lists what became of a beta group's public link.
//
// Apple: GET /v1/betaGroups/{id}/metrics/publicLinkUsages
func (c *Client) PublicLinkUsages(ctx context.Context, groupID string) iter.Seq2[LinkUsage, error] {
	return pages(ctx, c, at("/v1/betaGroups", groupID, "metrics/publicLinkUsages"), ask(), linkUsages)
}

// metric is a line of measurements. It is no resource: it has no id.
type metric struct {
	DataPoints []struct {
		Start, End loose
		Values     json.RawMessage
	}
	Dimensions map[string]struct{ Data loose }
}

func usages(body []byte) ([]Usage, string, error) {
	return measured(body, func(u *Usage, m metric, start, end time.Time) {
		u.Start, u.End = start, end
		u.TesterID, u.AppID = string(m.Dimensions["betaTesters"].Data), string(m.Dimensions["apps"].Data)
	})
}

func linkUsages(body []byte) ([]LinkUsage, string, error) {
	return measured(body, func(u *LinkUsage, _ metric, start, end time.Time) { u.Start, u.End = start, end })
}

// measured makes one T of each point of a page of measurements.
func measured[T any](body []byte, place func(*T, metric, time.Time, time.Time)) (all []T, next string, err error) {
	d, err := parse(body)
	if err != nil {
		return nil, "", err
	}
	var metrics []metric
	if err := json.Unmarshal(d.Data, &metrics); err != nil {
		return nil, "", fmt.Errorf("measurements that cannot be read: %w", err)
	}
	for _, m := range metrics {
		for _, point := range m.DataPoints {
			var t T
			if err := json.Unmarshal(point.Values, &t); len(point.Values) > 0 && err != nil {
				return nil, "", fmt.Errorf("a measurement that cannot be read: %w", err)
			}
			place(&t, m, moment(string(point.Start)), moment(string(point.End)))
			all = append(all, t)
		}
	}
	return all, string(d.Links.Next), nil
}
