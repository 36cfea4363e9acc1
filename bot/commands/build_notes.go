package commands

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/store"
)

// BuildNotes writes what testers are asked to look at in a build, in one language.
type BuildNotes struct {
	betaBuild
	Locale string `json:"locale"` // such as en-US; blank: the language of the only text there is
	Text   string `json:"text"`   // blank takes the text away
}

// Bounds of what to test: Apple's, and that of one field of a form.
const (
	longestNotes = 4000
	longestField = 3000
)

// locales are the languages that TestFlight's texts come in. Apple adds to them, so
// another one may be typed.
var locales = []bot.Choice{
	{Text: "English (US)", Value: "en-US"}, {Text: "English (UK)", Value: "en-GB"}, {Text: "English (Australia)", Value: "en-AU"}, {Text: "English (Canada)", Value: "en-CA"},
	{Text: "Chinese (simplified)", Value: "zh-Hans"}, {Text: "Chinese (traditional)", Value: "zh-Hant"}, {Text: "Danish", Value: "da"}, {Text: "Dutch", Value: "nl-NL"},
	{Text: "Finnish", Value: "fi"}, {Text: "French", Value: "fr-FR"}, {Text: "French (Canada)", Value: "fr-CA"}, {Text: "German", Value: "de-DE"}, {Text: "Greek", Value: "el"},
	{Text: "Indonesian", Value: "id"}, {Text: "Italian", Value: "it"}, {Text: "Japanese", Value: "ja"}, {Text: "Korean", Value: "ko"}, {Text: "Malay", Value: "ms"},
	{Text: "Norwegian", Value: "no"}, {Text: "Portuguese (Brazil)", Value: "pt-BR"}, {Text: "Portuguese (Portugal)", Value: "pt-PT"}, {Text: "Russian", Value: "ru"},
	{Text: "Spanish (Mexico)", Value: "es-MX"}, {Text: "Spanish (Spain)", Value: "es-ES"}, {Text: "Swedish", Value: "sv"}, {Text: "Thai", Value: "th"},
	{Text: "Turkish", Value: "tr"}, {Text: "Vietnamese", Value: "vi"},
}

// localeWord names a language.
func localeWord(locale string) string {
	for _, l := range locales {
		if l.Value == locale {
			return l.Text
		}
	}
	return locale
}

// readLocale takes a language as people write it: de, de-de, German.
func readLocale(word string) (string, bool) {
	word = strings.ReplaceAll(word, "_", "-")
	var fit []string
	for _, l := range locales {
		switch {
		case strings.EqualFold(l.Value, word), strings.EqualFold(l.Text, word):
			return l.Value, true
		case strings.HasPrefix(strings.ToLower(l.Value), strings.ToLower(word)+"-"):
			fit = append(fit, l.Value)
		}
	}
	if len(fit) == 1 {
		return fit[0], true
	}
	return "", false
}

// Parse reads "<app> <build> [locale] [text]"; it always opens the form, where the
// text can be read over, or written.
func (n *BuildNotes) Parse(words []string) error {
	for i := 1; i < len(words); i++ {
		if !isBuildRef(words[i-1]) || isBuildRef(words[i]) {
			continue // a language stands right after the build's number
		}
		if locale, ok := readLocale(words[i]); ok {
			n.Locale, n.Text, words = locale, readText(words[i+1:]), words[:i]
		}
		break
	}
	if err := n.parseBuild(words); err != nil {
		return err
	}
	return bot.ErrMore
}

// Fill takes the text that stands in the language that was named.
func (n *BuildNotes) Fill(ctx context.Context, api *asc.Client) {
	if n.Text != "" || n.Locale == "" || n.Build.Name == "" {
		return
	}
	found := *n
	if _, err := found.find(ctx, api); err != nil {
		return
	}
	if was, there, err := found.now(ctx, api); err == nil && there {
		found.Text = was.Text
		*n = found
	}
}

// isBuildRef tells whether a word can be a version or the number of a build.
func isBuildRef(word string) bool {
	word = strings.Trim(word, "()")
	return word != "" && (word[0] >= '0' && word[0] <= '9' || strings.EqualFold(word, "latest") || strings.EqualFold(word, "newest"))
}

// A text stands in a button's words as one word, so that its lines stay.
const textMark = "text="

func textWord(text string) string { return textMark + url.QueryEscape(text) }

func readText(words []string) string {
	if len(words) == 1 {
		if coded, is := strings.CutPrefix(words[0], textMark); is {
			if text, err := url.QueryUnescape(coded); err == nil {
				return text
			}
		}
	}
	return strings.Join(words, " ")
}

// Form asks for the build, the language and the text.
func (n *BuildNotes) Form() bot.Form {
	language := bot.Field{Name: "locale", Label: "Language", Kind: bot.Pick, Source: localeSource, Chosen: []bot.Choice{{Text: localeWord("en-US"), Value: "en-US"}}}
	if n.Locale != "" {
		language.Chosen = []bot.Choice{{Text: localeWord(n.Locale), Value: n.Locale}}
	}
	text, rest := n.Text, ""
	if runes := []rune(text); len(runes) > longestField {
		text, rest = string(runes[:longestField]), string(runes[longestField:])
	}
	return bot.Form{
		Title: "What to test", Submit: "Ask for it",
		Intro: "What testers read in TestFlight beside this build. A text that is there in this language is replaced.",
		Fields: []bot.Field{
			n.buildField(), language,
			{Name: "text", Label: "What to test", Kind: bot.Paragraph, Optional: true, Text: text, Hint: "At most 4,000 characters, without emoji. Empty takes the text away."},
			{Name: "rest", Label: "The rest, if it is longer than 3,000 characters", Kind: bot.Paragraph, Optional: true, Text: rest},
		},
	}
}

// Read takes the submitted form.
func (n *BuildNotes) Read(v bot.Values) map[string]string {
	wrong := map[string]string{}
	*n = BuildNotes{}
	n.readBuild(v, wrong)
	if n.Locale = pickedOne(v, "locale"); n.Locale == "" {
		wrong["locale"] = "Choose a language."
	}
	n.Text = v["text"].Text + v["rest"].Text
	switch length := utf8.RuneCountInString(n.Text); {
	case length > longestNotes:
		wrong["rest"] = fmt.Sprintf("Both together have %s characters, and %s are allowed.", grouped(length), grouped(longestNotes))
	case v["text"].Text == "" && v["rest"].Text != "":
		wrong["text"] = "Begin here, and go on below."
	case strings.ContainsFunc(n.Text, pictograph):
		wrong["text"] = "App Store Connect takes no emoji here."
	}
	return wrong
}

// pictograph tells emoji, which App Store Connect refuses in texts.
func pictograph(r rune) bool {
	return r >= 0x1F000 && r <= 0x1FAFF || r >= 0x2600 && r <= 0x27BF || r == 0xFE0F
}

// Summary names the build and the language.
func (n *BuildNotes) Summary() string {
	if n.Text == "" {
		return "Take away what to test of " + n.String() + " in " + localeWord(n.Locale)
	}
	return "Write what to test of " + n.String() + " in " + localeWord(n.Locale)
}

// now is the text that stands in the language.
func (n *BuildNotes) now(ctx context.Context, api *asc.Client) (asc.WhatToTest, bool, error) {
	return first(api.WhatToTests(ctx, n.Build.ID), func(w asc.WhatToTest) bool { return w.Locale == n.Locale })
}

// Look shows the text before and after.
func (n *BuildNotes) Look(ctx context.Context, api *asc.Client) (bot.Sight, error) {
	b, err := n.find(ctx, api)
	if err != nil {
		return bot.Sight{}, err
	}
	if b.Expired {
		return bot.Sight{}, bot.Trouble{What: n.String() + " has expired: nobody tests it any more.", Next: "Take a newer build; `/asc builds` lists them."}
	}
	was, _, err := n.now(ctx, api)
	if err != nil {
		return bot.Sight{}, err
	}
	fields := []store.Field{
		{Name: "Build", After: n.String() + platformWord(b)},
		{Name: "Language", After: localeWord(n.Locale) + " (" + n.Locale + ")"},
		{Name: "Text before", After: orNone(was.Text)},
		{Name: "Text after", After: orNone(n.Text)},
	}
	undo := "Can be undone by writing the text from before again, with " + toType("build notes", n.typed(), n.Locale) + "."
	return bot.Sight{
		Shown:   map[string]any{"build": n.Build, "app": n.App, "text": was.Text},
		Preview: store.Preview{Fields: fields, Touches: "everybody who tests this build and reads " + localeWord(n.Locale), Undo: undo},
	}, nil
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

// Do makes the text, changes it, or takes it away.
func (n *BuildNotes) Do(ctx context.Context, api *asc.Client) error {
	was, there, err := n.now(ctx, api)
	switch {
	case err != nil:
		return &asc.NotSentError{Cause: err} // only a read has failed so far
	case there && n.Text == "":
		err = api.DeleteWhatToTest(ctx, was.ID)
	case there:
		_, err = api.ChangeWhatToTest(ctx, was.ID, n.Text)
	case n.Text != "":
		_, err = api.AddWhatToTest(ctx, n.Build.ID, n.Locale, n.Text)
	}
	return explained(err)
}

// Check reads the text.
func (n *BuildNotes) Check(ctx context.Context, api *asc.Client) (bot.Finding, error) {
	now, _, err := n.now(ctx, api)
	if err != nil || now.Text != n.Text {
		return bot.Finding{Standing: bot.NotDone}, gone(err)
	}
	if n.Text == "" {
		return bot.Finding{Standing: bot.Done, Outcome: fmt.Sprintf("%s has no text in %s.", n.String(), localeWord(n.Locale))}, nil
	}
	return bot.Finding{
		Standing: bot.Done, Outcome: fmt.Sprintf("Testers of %s read the new text in %s.", n.String(), localeWord(n.Locale)),
		Before: fmt.Sprintf("Just this text stands there in %s.", localeWord(n.Locale)),
	}, nil
}
