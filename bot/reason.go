package bot

import (
	"slices"
	"strings"

	"github.com/ascbot/ascbot/bot/policy"
)

// becauseWord is what a reason is typed after, at the end of a command. In a form it
// is the name of the field.
const becauseWord = "because"

// cutReason takes the reason off the end of typed words.
func cutReason(words []string) (rest []string, reason string) {
	i := slices.IndexFunc(words, func(w string) bool { return strings.EqualFold(w, becauseWord) })
	if i < 0 {
		return words, ""
	}
	return words[:i], strings.Join(words[i+1:], " ")
}

// withReason adds the question why to a form, when a rule may want to know it. It has
// to be answered when every rule for the command wants that.
func (b *Bot) withReason(f Form, verb Verb, team Team, reason string) Form {
	conf := b.conf()
	if !conf.Policy.AsksWhy(verb.Words, verb.Class) {
		return f
	}
	hint := "Those who decide see it."
	must := conf.wants(verb, team, "")
	if !must.May {
		hint = must.Why
	}
	why := Field{Name: becauseWord, Label: "Why", Hint: hint, Text: reason, Optional: must.May}
	if len(f.More) > 0 {
		f.More = append(slices.Clone(f.More), why)
	} else {
		f.Fields = append(slices.Clone(f.Fields), why)
	}
	return f
}

// wants tells whether a reason is enough for the rules of a command, as far as they
// do not depend on the app.
func (c *Config) wants(verb Verb, team Team, reason string) policy.Verdict {
	demands, _ := c.Policy.Demands(verb.Subject(team))
	return demands.Lacks(reason)
}

// reasonMissing says how a reason is given.
func reasonMissing(v policy.Verdict) Trouble {
	return Trouble{What: v.Why, Next: "Say it again with `because …` at the end."}
}
