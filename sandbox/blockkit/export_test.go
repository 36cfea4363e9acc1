package blockkit

import (
	"maps"
	"slices"
)

// Types are the names of all types the tables know.
func Types() []string { return slices.Sorted(maps.Keys(shapes)) }

// Properties says of each type which properties it may have, and which of them it must have.
func Properties() map[string]map[string]bool {
	all := map[string]map[string]bool{}
	for name, s := range shapes {
		all[name] = map[string]bool{}
		for property, f := range s.fields {
			all[name][property] = f.must
		}
	}
	for property, f := range imageBlock.fields { // shares its name with the element
		all["image"][property] = f.must
	}
	return all
}
