package slack

import (
	"maps"
	"slices"
)

// Methods are the names of all Web API methods.
func Methods() []string { return slices.Sorted(maps.Keys(methods)) }
