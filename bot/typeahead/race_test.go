//go:build race

package typeahead

// slowness is how much longer everything takes under the race detector.
const slowness = 20
