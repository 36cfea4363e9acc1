package apple

import (
	"fmt"
	"slices"
	"time"
)

func init() {
	register(
		&family{
			typ: "builds", writes: testflight, update: updateBuild, due: buildEnds, age: endBuild,
			links: map[string]linkRule{
				"betaGroups":               {add: buildToGroups},
				"individualTesters":        {add: buildToTesters},
				"appEncryptionDeclaration": {replace: declareBuild},
			},
		},
		&family{typ: "buildBetaDetails", writes: testflight, update: updateBetaDetail},
		&family{typ: "buildBetaNotifications", writes: testflight, create: notifyTesters},
	)
}

// assignable are the external states in which a build can be given to an
// external group.
var assignable = []string{"READY_FOR_BETA_SUBMISSION", "WAITING_FOR_BETA_REVIEW", "IN_BETA_REVIEW", "BETA_APPROVED", "READY_FOR_BETA_TESTING", "IN_BETA_TESTING"}

// externalState is where a build stands for external testers.
func (d *deed) externalState(b *record) string {
	if detail := d.w.get("buildBetaDetails", b.one("buildBetaDetail")); detail != nil {
		return detail.text("externalBuildState")
	}
	return "PROCESSING"
}

// ready says whether testers can install a build.
func (w *world) ready(build string, internal bool) bool {
	b := w.get("builds", build)
	detail := w.get("buildBetaDetails", b.one("buildBetaDetail"))
	if detail == nil || b.flag("expired") {
		return false
	}
	state := "externalBuildState"
	if internal {
		state = "internalBuildState"
	}
	return slices.Contains([]string{"READY_FOR_BETA_TESTING", "IN_BETA_TESTING", "BETA_APPROVED"}, detail.text(state))
}

// updateBuild expires a build, which is one way, or answers export compliance,
// which is answered once.
func updateBuild(d *deed, old *record, in *entity) *refusal {
	changes := map[string]any{}
	if in.sent("expired") {
		if old.flag("expired") && !in.flag("expired") {
			return badAttribute("expired", "An expired build cannot be made available again")
		}
		changes["expired"] = in.flag("expired")
		if in.flag("expired") {
			d.w.states(old, "EXPIRED", "EXPIRED", d.now)
			d.note = "build " + old.text("version") + " is expired"
		}
	}
	if v, ok := in.attrs["usesNonExemptEncryption"].(bool); ok {
		if had, answered := old.attrs["usesNonExemptEncryption"].(bool); answered && had != v {
			return badAttribute("usesNonExemptEncryption", "The export compliance of this build has been answered already")
		}
		changes["usesNonExemptEncryption"] = v
		if old.attrs["usesNonExemptEncryption"] == nil && !old.flag("expired") {
			d.w.states(old, "READY_FOR_BETA_TESTING", "READY_FOR_BETA_SUBMISSION", d.now)
			d.note = "export compliance of build " + old.text("version") + " is answered"
		}
	}
	d.w.set(old.typ, old.id, changes)
	return nil
}

// buildEnds is when a build can be tested no more.
func buildEnds(b *record) time.Time {
	if b.flag("expired") {
		return time.Time{}
	}
	return b.moment("expirationDate")
}

func endBuild(w *world, b *record, at time.Time) {
	w.set(b.typ, b.id, map[string]any{"expired": true})
	w.states(b, "EXPIRED", "EXPIRED", at)
}

// states moves the beta side of a build and tells webhooks.
func (w *world) states(b *record, internal, external string, at time.Time) {
	detail := w.get("buildBetaDetails", b.one("buildBetaDetail"))
	if detail == nil {
		return
	}
	w.set(detail.typ, detail.id, map[string]any{"internalBuildState": internal, "externalBuildState": external})
	w.inviteWaiting(b)
	if old := detail.text("externalBuildState"); old != external {
		w.announce("BUILD_BETA_DETAIL_EXTERNAL_BUILD_STATE_UPDATED", detail, b.one("app"), at, map[string]any{
			"oldExternalBuildState": old, "newExternalBuildState": external, // the first name is not confirmed
		})
	}
}

func buildToGroups(d *deed, b *record, groups []string) *refusal {
	for _, id := range groups {
		if wrong := d.addBuilds(d.w.get("betaGroups", id), []string{b.id}); wrong != nil {
			return wrong
		}
	}
	d.note = fmt.Sprintf("build %s to %d groups", b.text("version"), len(groups))
	return nil
}

func buildToTesters(d *deed, b *record, testers []string) *refusal {
	for _, id := range testers {
		if d.w.get("betaTesters", id).one("apps") != b.one("app") {
			return cannotBeAssigned()
		}
	}
	d.plain(b)
	for _, id := range testers {
		d.w.invite(id)
	}
	return nil
}

func updateBetaDetail(d *deed, old *record, in *entity) *refusal {
	if in.sent("autoNotifyEnabled") {
		d.w.set(old.typ, old.id, map[string]any{"autoNotifyEnabled": in.flag("autoNotifyEnabled")})
	}
	return nil
}

func notifyTesters(d *deed, in *entity) (*record, *refusal) {
	b := d.w.get("builds", in.one("build"))
	detail := d.w.get("buildBetaDetails", b.one("buildBetaDetail"))
	switch {
	case detail != nil && detail.flag("autoNotifyEnabled"):
		return nil, inState("STATE_ERROR.ENTITY_STATE_INVALID", "Auto-notify already enabled")
	case !d.w.ready(b.id, false):
		return nil, inState("STATE_ERROR.ENTITY_STATE_INVALID", "Build is not in externally testable state.")
	}
	if detail != nil && detail.text("externalBuildState") == "BETA_APPROVED" { // it goes live by this call
		d.w.states(b, detail.text("internalBuildState"), "IN_BETA_TESTING", d.now)
	}
	d.note = "testers of build " + b.text("version") + " are told"
	return newRecord("buildBetaNotifications", d.newID(), nil), nil
}
