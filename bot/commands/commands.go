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
	return slices.Concat(people(), testFlight(), itself())
}
