package apple

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
)

// absent is the error of something that this team does not have, and another might.
type absent struct{ what string }

func (a absent) Error() string { return a.what }

// Absent says whether an outside deed failed because this team has no such thing.
func Absent(err error) bool {
	_, is := errors.AsType[absent](err)
	return is
}

// Upload puts another build into the version of an app that was uploaded last, as Xcode
// does: processed, compliance answered, with a text, ready for beta review.
func (s *Server) Upload(app, number string) (id string, err error) {
	return id, s.happens(app, func(w *world, a *record) error {
		builds := slices.Clone(a.rels["builds"])
		slices.SortFunc(builds, func(x, y string) int {
			return cmp.Compare(w.get("builds", x).text("uploadedDate"), w.get("builds", y).text("uploadedDate"))
		})
		if len(builds) == 0 {
			return fmt.Errorf("%q has no build whose version this could be", app)
		}
		like := w.get("builds", builds[len(builds)-1])
		b := newRecord("builds", w.newID(), map[string]any{})
		for name, v := range like.attrs {
			b.attrs[name] = v
		}
		now := s.now()
		b.attrs["version"], b.attrs["uploadedDate"], b.attrs["expirationDate"] = number, stamp(now), stamp(now.Add(90*aDay))
		b.attrs["processingState"], b.attrs["usesNonExemptEncryption"], b.attrs["expired"] = "VALID", false, false
		w.put(b)
		w.link(b.typ, b.id, "app", a.id)
		w.link(b.typ, b.id, "preReleaseVersion", like.one("preReleaseVersion"))
		w.put(newRecord("buildBetaDetails", b.id, map[string]any{"autoNotifyEnabled": false, "internalBuildState": "READY_FOR_BETA_TESTING", "externalBuildState": "READY_FOR_BETA_SUBMISSION"}))
		w.link("buildBetaDetails", b.id, "build", b.id)
		w.put(newRecord("betaBuildLocalizations", b.id, map[string]any{"locale": "en-US", "whatsNew": "What is new in " + number + "."}))
		w.link("betaBuildLocalizations", b.id, "build", b.id)
		id = b.id
		return nil
	})
}

// Install has a tester accept the invitation to an app, and install it.
func (s *Server) Install(app, email string) error { return s.tests(app, email, "INSTALLED") }

// AcceptTesting has a tester accept the invitation to an app, and not install it yet.
func (s *Server) AcceptTesting(app, email string) error { return s.tests(app, email, "ACCEPTED") }

func (s *Server) tests(app, email, state string) error {
	return s.happens(app, func(w *world, a *record) error {
		for _, t := range w.named("betaTesters", email) {
			if t.one("apps") == a.id {
				w.set(t.typ, t.id, map[string]any{"state": state})
				return nil
			}
		}
		return absent{fmt.Sprintf("%s does not test %s", email, app)}
	})
}

// FollowLink has somebody become a tester by the public link of a group: they leave
// neither name nor address.
func (s *Server) FollowLink(group string) error {
	return s.outside("betaGroups", group, func(w *world, g *record, _ time.Time) error {
		came := 0
		for _, id := range g.rels["betaTesters"] {
			if w.get("betaTesters", id).text("inviteType") == "PUBLIC_LINK" {
				came++
			}
		}
		most, _ := g.attrs["publicLinkLimit"].(int)
		switch {
		case !g.flag("publicLinkEnabled"):
			return fmt.Errorf("the public link of %s is off", g.text("name"))
		case g.flag("publicLinkLimitEnabled") && came >= most:
			return fmt.Errorf("TestFlight says that this beta is full: %d testers have come by the link of %s", came, g.text("name"))
		}
		t := newRecord("betaTesters", w.newID(), map[string]any{"inviteType": "PUBLIC_LINK", "state": "INSTALLED"})
		w.put(t)
		w.link(t.typ, t.id, "apps", g.one("app"))
		w.link(t.typ, t.id, "betaGroups", g.id)
		return nil
	})
}

// Process ends Apple's processing of a build: testers can have it, or it is invalid.
func (s *Server) Process(build string, valid bool) error {
	return s.outside("builds", build, func(w *world, b *record, at time.Time) error {
		if b.text("processingState") != "PROCESSING" {
			return fmt.Errorf("build %s is not being processed any more", b.text("version"))
		}
		state, internal, external := "VALID", "READY_FOR_BETA_TESTING", "READY_FOR_BETA_SUBMISSION"
		switch {
		case !valid:
			state, internal, external = "INVALID", "PROCESSING_EXCEPTION", "PROCESSING_EXCEPTION"
		case b.attrs["usesNonExemptEncryption"] == nil:
			internal, external = "MISSING_EXPORT_COMPLIANCE", "MISSING_EXPORT_COMPLIANCE"
		}
		w.set(b.typ, b.id, map[string]any{"processingState": state})
		w.states(b, internal, external, at)
		return nil
	})
}

// Steps of a beta review.
const (
	ReviewBegins  = "begin"
	ReviewPasses  = "approve"
	ReviewRejects = "reject"
)

// BetaReview takes the beta review of a build one step further.
func (s *Server) BetaReview(build, step string) error {
	return s.outside("builds", build, func(w *world, b *record, at time.Time) error {
		id := b.one("betaAppReviewSubmission")
		if id == "" {
			return fmt.Errorf("build %s was not submitted for beta review", b.text("version"))
		}
		_, detail := w.inBetaReview(id)
		if detail == nil {
			return fmt.Errorf("build %s is not in beta review", b.text("version"))
		}
		switch step {
		case ReviewBegins:
			w.beginBetaReview(id, at)
		case ReviewPasses:
			w.endBetaReview(id, at)
		case ReviewRejects:
			w.set("betaAppReviewSubmissions", id, map[string]any{"betaReviewState": "REJECTED"})
			w.states(b, detail.text("internalBuildState"), "BETA_REJECTED", at)
		default:
			return fmt.Errorf("%q is no step of a beta review", step)
		}
		return nil
	})
}

// happens changes what stands about an app, as somebody outside the API does.
func (s *Server) happens(app string, change func(*world, *record) error) error {
	return s.changes(func(w *world, _ time.Time) error {
		a := w.find("apps", func(a *record) bool { return a.text("name") == app || a.id == app })
		if a == nil {
			return absent{fmt.Sprintf("there is no app %q", app)}
		}
		return change(w, a)
	})
}

// outside changes what stands about a resource, as somebody outside the API does.
func (s *Server) outside(kind, id string, change func(*world, *record, time.Time) error) error {
	return s.changes(func(w *world, at time.Time) error {
		r := w.get(kind, id)
		if r == nil {
			return absent{"that is not there any more"}
		}
		return change(w, r, at)
	})
}

func (s *Server) changes(change func(*world, time.Time) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	w := s.state.now.fork()
	if err := change(w, s.now()); err != nil {
		return err
	}
	s.state.commit(s.now(), w)
	return nil
}
