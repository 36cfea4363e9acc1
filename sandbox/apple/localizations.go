package apple

import (
	"fmt"
	"net/mail"
	"net/url"
	"slices"
	"unicode"
	"unicode/utf8"
)

func init() {
	register(
		&family{typ: "appStoreVersionLocalizations", writes: testflight, create: createLocalization, update: updateLocalization, remove: removeLocalization},
		&family{typ: "appStoreReviewDetails", writes: testflight, create: createReviewDetail, update: updateReviewDetail},
	)
}

// betaLocales are the languages of TestFlight texts; the store has more.
var betaLocales = []string{
	"da", "de-DE", "el", "en-AU", "en-CA", "en-GB", "en-US", "es-ES", "es-MX", "fi", "fr-CA", "fr-FR", "id", "it", "ja", "ko", "ms", "nl-NL", "no",
	"pt-BR", "pt-PT", "ru", "sv", "th", "tr", "vi", "zh-Hans", "zh-Hant",
}

var storeLocales = append([]string{"ar-SA", "ca", "cs", "he", "hi", "hr", "hu", "pl", "ro", "sk", "uk"}, betaLocales...)

func goodLocale(locale string, known []string) *refusal {
	if !slices.Contains(known, locale) {
		return badAttribute("locale", fmt.Sprintf("'%s' is not a valid locale", locale))
	}
	return nil
}

// longest are the lengths of texts in characters; of keywords in bytes.
var longest = map[string]int{"description": 4000, "whatsNew": 4000, "promotionalText": 170, "keywords": 100}

// goodText checks the length and the characters of the texts that were sent.
func goodText(in *entity) (wrong *refusal) {
	for _, name := range sortedKeys(in.attrs) {
		text := in.text(name)
		most, n := longest[name], utf8.RuneCountInString(text)
		if name == "keywords" {
			n = len(text)
		}
		if most > 0 && n > most {
			wrong = wrong.and(badAttribute(name, fmt.Sprintf("The attribute '%s' is too long: at most %d are allowed", name, most)))
		}
		if most > 0 && !plainText(text) {
			wrong = wrong.and(badAttribute(name, fmt.Sprintf("Text for %s contains invalid characters", name)))
		}
		if (name == "marketingUrl" || name == "supportUrl" || name == "privacyPolicyUrl") && text != "" {
			wrong = wrong.and(goodURL(name, text))
		}
	}
	return wrong
}

func goodURL(name, text string) *refusal {
	if u, err := url.Parse(text); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return badAttribute(name, fmt.Sprintf("'%s' is not a valid URL", text))
	}
	return nil
}

// plainText has no emoji and nothing that controls. Which characters Apple
// refuses beyond emoji is not confirmed.
func plainText(s string) bool {
	for _, r := range s {
		switch {
		case r == '\n' || r == '\r' || r == '\t':
		case unicode.IsControl(r), r >= 0x1F000 && r <= 0x1FAFF, r >= 0x2600 && r <= 0x27BF, r == 0x200D, r == 0xFE0F, r == utf8.RuneError:
			return false
		}
	}
	return true
}

func createLocalization(d *deed, in *entity) (*record, *refusal) {
	v := d.w.get("appStoreVersions", in.one("appStoreVersion"))
	if wrong := goodLocale(in.text("locale"), storeLocales).and(goodText(in)); wrong != nil {
		return nil, wrong
	}
	for _, id := range v.rels["appStoreVersionLocalizations"] {
		if d.w.get("appStoreVersionLocalizations", id).text("locale") == in.text("locale") {
			return nil, duplicate("locale", fmt.Sprintf("The language '%s' is there already", in.text("locale")))
		}
	}
	if !slices.Contains(editable, v.text("appVersionState")) {
		return nil, stateError("A localization cannot be added to the version at this time")
	}
	if wrong := d.textsOf(v, in); wrong != nil {
		return nil, wrong
	}
	l := newRecord("appStoreVersionLocalizations", d.newID(), in.attrs)
	d.keep(l)
	d.note = fmt.Sprintf("version %s has texts in %s", v.text("versionString"), l.text("locale"))
	return d.w.get(l.typ, l.id), nil
}

// textsOf refuses texts that the version's state does not let through: all of
// them while it is with Apple, all but the promotional text when it is live,
// and what is new in a first version.
func (d *deed) textsOf(v *record, in *entity) *refusal {
	state := v.text("appVersionState")
	for _, name := range sortedKeys(in.attrs) {
		switch {
		case name == "locale" || in.attrs[name] == nil:
		case name == "whatsNew" && d.w.first(v):
			return locked(name)
		case slices.Contains(editable, state):
		case state != "READY_FOR_DISTRIBUTION" || name != "promotionalText":
			return locked(name)
		}
	}
	return nil
}

func updateLocalization(d *deed, old *record, in *entity) *refusal {
	v := d.w.get("appStoreVersions", old.one("appStoreVersion"))
	if wrong := goodText(in); wrong != nil {
		return wrong
	}
	if wrong := d.textsOf(v, in); wrong != nil {
		return wrong
	}
	d.w.set(old.typ, old.id, in.attrs)
	d.note = fmt.Sprintf("texts of version %s in %s changed", v.text("versionString"), old.text("locale"))
	return nil
}

func removeLocalization(d *deed, old *record) *refusal {
	v := d.w.get("appStoreVersions", old.one("appStoreVersion"))
	switch {
	case !slices.Contains(editable, v.text("appVersionState")):
		return stateError("A localization cannot be deleted at this time")
	case old.text("locale") == d.w.get("apps", v.one("app")).text("primaryLocale"):
		return stateError("The primary localization of an app cannot be deleted")
	}
	d.w.drop(old.typ, old.id)
	return nil
}

// goodContact checks how reviewers can reach somebody.
func goodContact(in *entity) *refusal {
	if email := in.text("contactEmail"); email != "" {
		if a, err := mail.ParseAddress(email); err != nil || a.Address != email {
			return badAttribute("contactEmail", fmt.Sprintf("'%s' is not a valid email address", email))
		}
	}
	if notes := in.text("notes"); utf8.RuneCountInString(notes) > 4000 {
		return badAttribute("notes", "The attribute 'notes' is too long: at most 4000 are allowed")
	}
	return nil
}

func createReviewDetail(d *deed, in *entity) (*record, *refusal) {
	v := d.w.get("appStoreVersions", in.one("appStoreVersion"))
	if wrong := goodContact(in); wrong != nil {
		return nil, wrong
	}
	if v.one("appStoreReviewDetail") != "" {
		return nil, stateError("The version has review details already")
	}
	// A version that is with Apple has some: it cannot be submitted without.
	r := newRecord("appStoreReviewDetails", d.newID(), in.attrs)
	d.keep(r)
	return d.w.get(r.typ, r.id), nil
}

// updateReviewDetail changes what reviewers are told; not while they look at
// it (not confirmed).
func updateReviewDetail(d *deed, old *record, in *entity) *refusal {
	if wrong := goodContact(in); wrong != nil {
		return wrong
	}
	state := d.w.get("appStoreVersions", old.one("appStoreVersion")).text("appVersionState")
	for _, name := range sortedKeys(in.attrs) {
		if !slices.Contains(editable, state) && state != "WAITING_FOR_REVIEW" {
			return locked(name)
		}
	}
	d.w.set(old.typ, old.id, in.attrs)
	return nil
}
