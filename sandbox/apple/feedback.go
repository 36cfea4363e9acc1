package apple

import (
	"net/http"
	"time"
)

func init() {
	register(
		&family{typ: "betaFeedbackCrashSubmissions", writes: testflight, remove: removeCrash},
		&family{typ: "betaFeedbackScreenshotSubmissions", writes: testflight, remove: removeFeedback, look: lookAtScreenshots},
	)
	specials["GET /v1/betaFeedbackCrashSubmissions/{id}/crashLog"] = (*call).crashLog
}

// screenshotLife is how long the link to a screenshot works.
const screenshotLife = time.Hour

// crashLog is not there for old crashes: Apple drops the logs after months.
func (c *call) crashLog(*http.Request) reply {
	a := c.read()
	if a.status == http.StatusOK && c.rd.w.get(c.typ, c.id).one("crashLog") == "" {
		return refused(notFound("betaCrashLogs", c.id))
	}
	return a
}

func removeCrash(d *deed, old *record) *refusal {
	if log := old.one("crashLog"); log != "" {
		d.w.drop("betaCrashLogs", log)
	}
	return removeFeedback(d, old)
}

func removeFeedback(d *deed, old *record) *refusal {
	d.w.drop(old.typ, old.id)
	d.note = "the feedback is deleted"
	return nil
}

// lookAtScreenshots gives each picture a link that works for a while.
func lookAtScreenshots(rd reader, r *record) *record {
	shown := r.copy()
	var pictures []any
	for i, p := range r.list("pictures") {
		until := rd.now.Add(screenshotLife)
		pictures = append(pictures, map[string]any{
			"url": rd.s.signedURL(rd.base, "/screenshots/"+r.id+"/"+p+".png", until), "width": 390, "height": 844 + i, "expirationDate": stamp(until),
		})
	}
	shown.attrs["screenshots"] = pictures
	return shown
}
