package apple

import (
	"cmp"
	"fmt"
	"slices"
)

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
func (s *Server) Install(app, email string) error {
	return s.happens(app, func(w *world, a *record) error {
		for _, t := range w.named("betaTesters", email) {
			if t.one("apps") == a.id {
				w.set(t.typ, t.id, map[string]any{"state": "INSTALLED"})
				return nil
			}
		}
		return fmt.Errorf("%s does not test %s", email, app)
	})
}

// happens changes what stands about an app, as somebody outside the API does.
func (s *Server) happens(app string, change func(*world, *record) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	w := s.state.now.fork()
	a := w.find("apps", func(a *record) bool { return a.text("name") == app || a.id == app })
	if a == nil {
		return fmt.Errorf("there is no app %q", app)
	}
	if err := change(w, a); err != nil {
		return err
	}
	s.state.commit(s.now(), w)
	return nil
}
