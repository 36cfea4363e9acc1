package apple

import (
	"fmt"
)

func init() {
	register(
		&family{typ: "betaBuildLocalizations", writes: testflight, create: createWhatToTest, update: updateWhatToTest, remove: removeText},
		&family{typ: "betaAppLocalizations", writes: testflight, create: createBetaTexts, update: updateBetaTexts, remove: removeBetaTexts},
		&family{typ: "betaAppReviewDetails", writes: testflight, update: updateBetaReviewDetail},
	)
}

// createWhatToTest adds what to test in a language. Where the language is there
// already, it has to be changed instead.
func createWhatToTest(d *deed, in *entity) (*record, *refusal) {
	b := d.w.get("builds", in.one("build"))
	if wrong := goodLocale(in.text("locale"), betaLocales).and(goodText(in)); wrong != nil {
		return nil, wrong
	}
	for _, id := range b.rels["betaBuildLocalizations"] {
		if d.w.get("betaBuildLocalizations", id).text("locale") == in.text("locale") {
			return nil, duplicate("locale", fmt.Sprintf("The build has texts in '%s' already", in.text("locale")))
		}
	}
	if b.flag("expired") {
		return nil, stateError("Texts cannot be added to an expired build") // not confirmed
	}
	l := newRecord("betaBuildLocalizations", d.newID(), in.attrs)
	d.keep(l)
	d.note = fmt.Sprintf("what to test in build %s, in %s", b.text("version"), in.text("locale"))
	return d.w.get(l.typ, l.id), nil
}

func updateWhatToTest(d *deed, old *record, in *entity) *refusal {
	if wrong := goodText(in); wrong != nil {
		return wrong
	}
	d.w.set(old.typ, old.id, in.attrs)
	d.note = fmt.Sprintf("what to test in build %s changed, in %s", d.w.get("builds", old.one("build")).text("version"), old.text("locale"))
	return nil
}

func removeText(d *deed, old *record) *refusal {
	d.w.drop(old.typ, old.id)
	return nil
}

func goodBetaTexts(in *entity) *refusal {
	wrong := goodText(in)
	if email := in.text("feedbackEmail"); email != "" {
		if bad := goodAddress(email); bad != nil {
			wrong = wrong.and(bad.at("/data/attributes/feedbackEmail"))
		}
	}
	return wrong
}

func createBetaTexts(d *deed, in *entity) (*record, *refusal) {
	app := d.w.get("apps", in.one("app"))
	if wrong := goodLocale(in.text("locale"), betaLocales).and(goodBetaTexts(in)); wrong != nil {
		return nil, wrong
	}
	for _, id := range app.rels["betaAppLocalizations"] {
		if d.w.get("betaAppLocalizations", id).text("locale") == in.text("locale") {
			return nil, duplicate("locale", fmt.Sprintf("The app has TestFlight texts in '%s' already", in.text("locale")))
		}
	}
	l := newRecord("betaAppLocalizations", d.newID(), in.attrs)
	d.keep(l)
	return d.w.get(l.typ, l.id), nil
}

func updateBetaTexts(d *deed, old *record, in *entity) *refusal {
	if wrong := goodBetaTexts(in); wrong != nil {
		return wrong
	}
	d.w.set(old.typ, old.id, in.attrs)
	return nil
}

// removeBetaTexts leaves the app's own language (not confirmed).
func removeBetaTexts(d *deed, old *record) *refusal {
	if d.w.get("apps", old.one("app")).text("primaryLocale") == old.text("locale") {
		return stateError("The primary localization of an app cannot be deleted")
	}
	return removeText(d, old)
}

func updateBetaReviewDetail(d *deed, old *record, in *entity) *refusal {
	if wrong := goodContact(in); wrong != nil {
		return wrong
	}
	d.w.set(old.typ, old.id, in.attrs)
	return nil
}
