//go:build !race

package typeahead

const slowness = 1
