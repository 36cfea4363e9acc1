package apple

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

func init() {
	register(
		&family{
			typ: "betaTesters", writes: testflight, create: createTester, remove: removeTester,
			links: map[string]linkRule{
				"betaGroups": {add: joinGroups, remove: leaveGroups},
				"builds":     {add: addBuildsToTester},
				"apps":       {remove: removeFromApps},
			},
		},
		&family{typ: "betaTesterInvitations", writes: testflight, create: inviteTester},
		&family{typ: "apps", links: map[string]linkRule{"betaTesters": {remove: removeFromApp}}, writes: testflight, update: updateApp},
	)
}

func updateApp(d *deed, old *record, in *entity) *refusal {
	d.w.set(old.typ, old.id, in.attrs)
	return nil
}

// createTester makes a tester of the app that the groups or builds belong to. A
// tester of that app with the same address is used again: Apple keeps one
// record per app and address.
func createTester(d *deed, in *entity) (*record, *refusal) {
	email := in.text("email")
	if wrong := goodAddress(email); wrong != nil {
		return nil, wrong
	}
	groups, builds := in.rels["betaGroups"], in.rels["builds"]
	switch {
	case len(groups) > 0 && len(builds) > 0:
		return nil, entityError("Only one relationship should be included when creating betaTesters", "/data/relationships")
	case len(groups)+len(builds) == 0:
		return nil, missingRelation("betaGroups")
	}
	app, wrong := d.appOf(groups, builds)
	if wrong != nil {
		return nil, wrong
	}
	t := d.testerOf(app, email)
	if t == nil {
		t = newRecord("betaTesters", d.newID(), map[string]any{"email": email, "inviteType": "EMAIL", "state": "NOT_INVITED"})
		for _, name := range []string{"firstName", "lastName"} {
			if s := in.text(name); s != "" {
				t.attrs[name] = s
			}
		}
		d.w.put(t)
		d.w.link("betaTesters", t.id, "apps", app)
	}
	for _, g := range groups {
		if wrong := d.addTesters(d.w.get("betaGroups", g), []string{t.id}); wrong != nil {
			return nil, wrong
		}
	}
	for _, b := range builds {
		d.w.link("betaTesters", t.id, "builds", b)
	}
	d.w.invite(t.id)
	d.note = fmt.Sprintf("%s tests %s", email, d.appName(app))
	return d.w.get(t.typ, t.id), nil
}

// testerOf is the tester of an app with an address, or nil.
func (d *deed) testerOf(app, email string) *record {
	for _, t := range d.w.named("betaTesters", email) {
		if t.one("apps") == app {
			return t
		}
	}
	return nil
}

// appOf is the one app that groups and builds belong to.
func (d *deed) appOf(groups, builds []string) (app string, wrong *refusal) {
	for _, set := range []struct {
		typ string
		ids []string
	}{{"betaGroups", groups}, {"builds", builds}} {
		for _, id := range set.ids {
			of := d.w.get(set.typ, id).one("app")
			if app != "" && of != app {
				return "", cannotBeAssigned()
			}
			app = of
		}
	}
	return app, nil
}

// invite sends a tester the mail when there is a build they can install.
func (w *world) invite(id string) {
	t := w.get("betaTesters", id)
	if t.text("state") == "NOT_INVITED" && w.installable(t) {
		w.set(t.typ, id, map[string]any{"state": "INVITED"})
	}
}

// inviteWaiting sends the mail to those who were added before a build was ready for
// them, now that it may be.
func (w *world) inviteWaiting(b *record) {
	for _, id := range w.get("apps", b.one("app")).rels["betaGroups"] {
		g := w.get("betaGroups", id)
		if !w.ready(b.id, g.flag("isInternalGroup")) || !g.flag("hasAccessToAllBuilds") && !g.has("builds", b.id) {
			continue
		}
		for _, t := range g.rels["betaTesters"] {
			w.invite(t)
		}
	}
}

// installable says whether a tester has a build that is ready for them.
func (w *world) installable(t *record) bool {
	for _, b := range t.rels["builds"] {
		if w.ready(b, false) {
			return true
		}
	}
	for _, id := range t.rels["betaGroups"] {
		g := w.get("betaGroups", id)
		builds := g.rels["builds"]
		if g.flag("hasAccessToAllBuilds") {
			builds = w.get("apps", g.one("app")).rels["builds"]
		}
		for _, b := range builds {
			if w.ready(b, g.flag("isInternalGroup")) {
				return true
			}
		}
	}
	return false
}

func joinGroups(d *deed, t *record, ids []string) *refusal {
	for _, id := range ids {
		if wrong := d.addTesters(d.w.get("betaGroups", id), []string{t.id}); wrong != nil {
			return wrong
		}
	}
	return nil
}

func leaveGroups(d *deed, t *record, ids []string) *refusal {
	d.plain(t)
	d.note = fmt.Sprintf("%s out of %d groups", t.text("email"), len(ids))
	return nil
}

func addBuildsToTester(d *deed, t *record, ids []string) *refusal {
	for _, id := range ids {
		if d.w.get("builds", id).one("app") != t.one("apps") {
			return cannotBeAssigned()
		}
	}
	d.plain(t)
	d.w.invite(t.id)
	return nil
}

// removeTester takes a person out of every app of the team. It is accepted now
// and happens a little later.
func removeTester(d *deed, old *record) *refusal {
	email := old.text("email")
	d.removeLater(func(w *world) []*record {
		if email == "" { // who came by a public link
			return []*record{w.get(old.typ, old.id)}
		}
		return w.named(old.typ, email)
	})
	d.note = email + " is removed from all apps"
	return nil
}

func removeFromApps(d *deed, t *record, apps []string) *refusal {
	d.removeLater(func(w *world) (gone []*record) {
		all := w.named(t.typ, t.text("email"))
		if t.text("email") == "" {
			all = []*record{w.get(t.typ, t.id)}
		}
		for _, other := range all {
			if other != nil && slices.Contains(apps, other.one("apps")) {
				gone = append(gone, other)
			}
		}
		return gone
	})
	d.note = fmt.Sprintf("%s is removed from %d apps", t.text("email"), len(apps))
	return nil
}

func removeFromApp(d *deed, app *record, testers []string) *refusal {
	d.removeLater(func(w *world) (gone []*record) {
		for _, id := range testers {
			if t := w.get("betaTesters", id); t != nil && t.one("apps") == app.id {
				gone = append(gone, t)
			}
		}
		return gone
	})
	d.note = fmt.Sprintf("%d testers are removed from %s", len(testers), app.text("name"))
	return nil
}

// removeLater drops the testers that are picked, after the delay.
func (d *deed) removeLater(pick func(*world) []*record) {
	apply := func(w *world, _ time.Time) {
		for _, t := range pick(w) {
			if t != nil {
				w.drop(t.typ, t.id)
			}
		}
	}
	if d.s.opt.RemovalDelay < 0 {
		apply(d.w, d.now)
		return
	}
	d.status = http.StatusAccepted
	d.w.after(d.now.Add(d.s.opt.RemovalDelay), apply)
}

// inviteTester sends the mail again.
func inviteTester(d *deed, in *entity) (*record, *refusal) {
	t := d.w.get("betaTesters", in.one("betaTester"))
	if t == nil {
		return nil, missingRelation("betaTester")
	}
	if t.one("apps") != in.one("app") {
		return nil, cannotBeAssigned()
	}
	switch state := t.text("state"); {
	case state == "ACCEPTED" || state == "INSTALLED":
		return nil, inState("STATE_ERROR.TESTER_INVITE.ALREADY_ACCEPTED", "Tester has already accepted the invitation")
	case !d.w.installable(t):
		return nil, inState("STATE_ERROR.TESTER_INVITE.NO_INSTALLABLE_BUILDS", "Tester has no installable build")
	}
	d.w.set(t.typ, t.id, map[string]any{"state": "INVITED"})
	d.note = "mail to " + t.text("email")
	return newRecord("betaTesterInvitations", d.newID(), nil), nil
}

// inState is a state error with a code of its own.
func inState(code, detail string) *refusal {
	return refuse(http.StatusConflict, code, "The request cannot be fulfilled because of the state of another resource.", detail)
}
