package apple

import "time"

func init() {
	register(&family{
		typ: "appStoreVersionPhasedReleases", writes: testflight, create: createPhased, update: updatePhased, remove: removePhased,
		look: lookAtPhased, due: phaseDue, age: nextPhase,
	})
}

const (
	phases       = 7 // days: 1, 2, 5, 10, 20, 50 and 100 percent
	longestPause = 30
)

// createPhased prepares a release in phases. It begins with the version's own
// release; other states at the beginning are refused (not confirmed).
func createPhased(d *deed, in *entity) (*record, *refusal) {
	v := d.w.get("appStoreVersions", in.one("appStoreVersion"))
	switch state := v.text("appVersionState"); {
	case in.sent("phasedReleaseState") && in.text("phasedReleaseState") != "INACTIVE":
		return nil, badAttribute("phasedReleaseState", "A phased release begins with the state 'INACTIVE'")
	case v.one("appStoreVersionPhasedRelease") != "":
		return nil, stateError("The version has a phased release already")
	case d.w.first(v):
		return nil, stateError("A phased release is not available for the first version of an app")
	case state == "READY_FOR_DISTRIBUTION" || state == "PROCESSING_FOR_DISTRIBUTION" || state == "REPLACED_WITH_NEW_VERSION":
		return nil, stateError("A phased release cannot be added to a version that has been released")
	}
	p := newRecord("appStoreVersionPhasedReleases", d.newID(), map[string]any{"phasedReleaseState": "INACTIVE", "totalPauseDuration": 0})
	d.keep(p)
	d.note = "version " + v.text("versionString") + " will be released in phases"
	return d.w.get(p.typ, p.id), nil
}

func (w *world) beginPhases(id string, at time.Time) {
	if id != "" {
		w.set("appStoreVersionPhasedReleases", id, map[string]any{
			"phasedReleaseState": "ACTIVE", "startDate": stamp(at), "currentDayNumber": 1, "nextDay": stamp(at.Add(aDay)),
		})
	}
}

func (w *world) endPhases(id string) {
	if id != "" {
		w.set("appStoreVersionPhasedReleases", id, map[string]any{"phasedReleaseState": "COMPLETE", "nextDay": nil, "pausedAt": nil})
	}
}

func updatePhased(d *deed, old *record, in *entity) *refusal {
	if !in.sent("phasedReleaseState") {
		return nil
	}
	from, to := old.text("phasedReleaseState"), in.text("phasedReleaseState")
	switch from + " " + to {
	case "ACTIVE ACTIVE", "PAUSED PAUSED", "INACTIVE INACTIVE":
	case "ACTIVE PAUSED":
		return d.pausePhases(old)
	case "PAUSED ACTIVE":
		d.w.resumePhases(old, d.now)
	case "ACTIVE COMPLETE", "PAUSED COMPLETE":
		d.w.endPhases(old.id)
	default:
		return inState("STATE_ERROR.ENTITY_STATE_INVALID", "A phased release cannot go from "+from+" to "+to)
	}
	d.note = "the phased release is " + to
	return nil
}

func (d *deed) pausePhases(p *record) *refusal {
	if p.number("totalPauseDuration") >= longestPause {
		return inState("STATE_ERROR.ENTITY_STATE_INVALID", "A phased release can be paused for at most 30 days")
	}
	d.w.set(p.typ, p.id, map[string]any{
		"phasedReleaseState": "PAUSED", "pausedAt": stamp(d.now), "left": int(p.moment("nextDay").Sub(d.now) / time.Second), "nextDay": nil,
	})
	d.note = "the phased release is PAUSED"
	return nil
}

func (w *world) resumePhases(p *record, at time.Time) {
	w.set(p.typ, p.id, map[string]any{
		"phasedReleaseState": "ACTIVE", "totalPauseDuration": paused(p, at), "pausedAt": nil,
		"nextDay": stamp(at.Add(time.Duration(p.number("left")) * time.Second)), "left": nil,
	})
}

// paused is the days a phased release has been paused, whole ones.
func paused(p *record, now time.Time) int {
	days := p.number("totalPauseDuration")
	if since := p.moment("pausedAt"); !since.IsZero() {
		days += int(now.Sub(since) / aDay)
	}
	return days
}

func lookAtPhased(rd reader, p *record) *record {
	if p.text("pausedAt") == "" {
		return p
	}
	shown := p.copy()
	shown.attrs["totalPauseDuration"] = paused(p, rd.now)
	return shown
}

// phaseDue is when the next day begins, or the longest pause ends.
func phaseDue(p *record) time.Time {
	switch p.text("phasedReleaseState") {
	case "ACTIVE":
		return p.moment("nextDay")
	case "PAUSED":
		return p.moment("pausedAt").Add(time.Duration(longestPause-p.number("totalPauseDuration")) * aDay)
	}
	return time.Time{}
}

func nextPhase(w *world, p *record, at time.Time) {
	switch day := p.number("currentDayNumber"); {
	case p.text("phasedReleaseState") == "PAUSED":
		w.resumePhases(p, at)
	case day >= phases:
		w.endPhases(p.id)
	default:
		w.set(p.typ, p.id, map[string]any{"currentDayNumber": day + 1, "nextDay": stamp(at.Add(aDay))})
	}
}

func removePhased(d *deed, old *record) *refusal {
	if old.text("phasedReleaseState") != "INACTIVE" {
		return inState("STATE_ERROR.ENTITY_STATE_INVALID", "A phased release that has begun cannot be deleted")
	}
	d.w.drop(old.typ, old.id)
	d.note = "the version will be released to everybody at once"
	return nil
}
