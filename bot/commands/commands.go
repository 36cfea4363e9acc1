// Package commands holds what can be said after /asc: one file for each part of
// App Store Connect, and the table that lists every command.
package commands

import (
	"slices"

	"github.com/ascbot/ascbot/bot"
)

// Table is the only list of commands; help is drawn from it. A new operation is
// one file and one row in the part of the table it belongs to.
func Table() []bot.Verb {
	return slices.Concat(
		part("People and access", people()),
		part("TestFlight", testFlight()),
		part("Money", slices.Concat(money(), digests())),
		part("Bot and requests", itself()),
	)
}

// part puts commands under a heading, which is one word or a few: help shows it, and
// “help testflight” finds it by its first word.
func part(name string, verbs []bot.Verb) []bot.Verb {
	for i := range verbs {
		verbs[i].Part = name
	}
	return verbs
}
