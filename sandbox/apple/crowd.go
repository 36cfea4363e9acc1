package apple

import "fmt"

// Crowd puts many people who have installed the app into one of its groups at once,
// called tester00000@friends.example and so on: for whoever wants to see what a big
// group is like. It looks at no limit.
func (s *Server) Crowd(app, group string, n int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	w := s.state.now.fork()
	a := w.find("apps", func(a *record) bool { return a.text("name") == app })
	if a == nil {
		return fmt.Errorf("there is no app %q", app)
	}
	g := w.find("betaGroups", func(g *record) bool { return g.one("app") == a.id && g.text("name") == group })
	if g == nil {
		return fmt.Errorf("%s has no group %q", app, group)
	}
	inGroup, ofApp := append([]string(nil), g.rels["betaTesters"]...), append([]string(nil), a.rels["betaTesters"]...)
	for i := range n {
		t := newRecord("betaTesters", w.newID(), map[string]any{
			"email": fmt.Sprintf("tester%05d@friends.example", i), "firstName": "T", "lastName": fmt.Sprint(i), "inviteType": "EMAIL", "state": "INSTALLED",
		})
		t.rels["apps"], t.rels["betaGroups"] = []string{a.id}, []string{g.id}
		w.put(t)
		inGroup, ofApp = append(inGroup, t.id), append(ofApp, t.id)
	}
	for r, members := range map[*record][]string{g: inGroup, a: ofApp} {
		full := r.copy()
		full.rels["betaTesters"] = members
		w.put(full)
	}
	s.state.commit(s.now(), w)
	return nil
}
