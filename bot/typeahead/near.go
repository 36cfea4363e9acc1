package typeahead

import (
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"
)

// Near returns at most most entries that are nearly called what was typed: each word
// of it is a slip of the fingers, or two if it is long, away from the beginning of
// a word of the text; its first letter is right. The nearest come first.
func (x *Index) Near(typed string, most int) []Entry {
	words := strings.Fields(fold(typed))
	words = words[:min(len(words), mostWords)]
	if len(words) == 0 {
		return nil
	}
	x.spelled.Do(x.spell)
	total := make([]int, len(x.entries)) // slips so far, by entry; negative: it does not fit
	for _, w := range words {
		least := x.spelledLike(w)
		for i, n := range least {
			if n == 0 {
				total[i] = -1
			} else if total[i] >= 0 {
				total[i] += int(n) - 1
			}
		}
	}
	var near []Entry
	for slips := 0; slips <= mostSlips*len(words) && len(near) < most; slips++ {
		for i, n := range total {
			if n == slips && len(near) < most {
				near = append(near, x.entries[i])
			}
		}
	}
	return near
}

// mostWords is how many words of what was typed are compared.
const mostWords = 6

// mostSlips is how many slips of the fingers a word may have.
const mostSlips = 2

func slipsIn(word string) int {
	switch n := utf8.RuneCountInString(word); {
	case n < 3:
		return 0
	case n < 6:
		return 1
	}
	return mostSlips
}

// spelling is a word of some texts.
type spelling struct {
	word    string
	letters uint64
	in      []int32 // entries
}

// spell lists the words of all texts.
func (x *Index) spell() {
	at := map[string]int{}
	for i, text := range x.texts {
		for w := range strings.FieldsSeq(text) {
			w = strings.Trim(w, "()<>·,;“”\"'")
			n, known := at[w]
			if !known {
				n = len(x.words)
				at[w] = n
				x.words = append(x.words, spelling{word: w, letters: lettersOf(w)})
			}
			x.words[n].in = append(x.words[n].in, int32(i))
		}
	}
	slices.SortFunc(x.words, func(a, b spelling) int { return strings.Compare(a.word, b.word) })
}

// spelledLike tells by entry how many slips lead to what was typed from the nearest
// word in it, and one more; zero where none is near.
func (x *Index) spelledLike(typed string) []uint8 {
	least := make([]uint8, len(x.entries))
	allowed, letters, begin := slipsIn(typed), lettersOf(typed), firstRunes(typed, 1)
	length := utf8.RuneCountInString(typed) + allowed
	first, _ := slices.BinarySearchFunc(x.words, begin, func(s spelling, begin string) int { return strings.Compare(s.word, begin) })
	last, n := "", 0 // words stand in their order, and many begin alike
	for _, s := range x.words[first:] {
		if !strings.HasPrefix(s.word, begin) {
			break
		}
		if bits.OnesCount64(letters&^s.letters) > allowed {
			continue
		}
		if to := firstRunes(s.word, length); to != last {
			last, n = to, beginsLike(to, typed, allowed)
		}
		if n > allowed {
			continue
		}
		for _, i := range s.in {
			if least[i] == 0 || least[i] > uint8(n+1) {
				least[i] = uint8(n + 1)
			}
		}
	}
	return least
}

// beginsLike is how many slips lead from a beginning of a word to what was typed of
// it: more than allowed where there are too many. Letters that cannot matter are cut
// off the word.
func beginsLike(word, typed string, allowed int) int {
	n := utf8.RuneCountInString(typed)
	if utf8.RuneCountInString(word) < n-allowed {
		return allowed + 1
	}
	least := allowed + 1
	distances(word, typed, func(length, slips int) {
		if length >= n-allowed {
			least = min(least, slips)
		}
	})
	return least
}

func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// lettersOf says which letters stand in a text, one bit for each; others share one.
func lettersOf(text string) (set uint64) {
	for _, r := range text {
		switch {
		case r >= 'a' && r <= 'z':
			set |= 1 << (r - 'a')
		case r >= '0' && r <= '9':
			set |= 1 << (26 + r - '0')
		default:
			set |= 1 << (36 + r%28)
		}
	}
	return set
}

// Distance counts the insertions, deletions, substitutions and swaps of
// neighbours that lead from a to b.
func Distance(a, b string) (n int) {
	distances(a, b, func(_, slips int) { n = slips })
	return n
}

// distances tells, for each beginning of a, how far it is from b: by its length in
// characters, the empty one first.
func distances(a, b string, tell func(length, slips int)) {
	var room [3][64]int
	var short [64]rune
	t := append(short[:0], []rune(b)...)
	before, above, here := row(room[0][:], t), row(room[1][:], t), row(room[2][:], t)
	for j := range above {
		above[j] = j
	}
	tell(0, len(t))
	i, last := 0, rune(0)
	for _, r := range a {
		i++
		here[0] = i
		for j := 1; j <= len(t); j++ {
			cost := 1
			if r == t[j-1] {
				cost = 0
			}
			here[j] = min(above[j]+1, here[j-1]+1, above[j-1]+cost)
			if i > 1 && j > 1 && last == t[j-1] && r == t[j-2] {
				here[j] = min(here[j], before[j-2]+1)
			}
		}
		tell(i, here[len(t)])
		before, above, here, last = above, here, before, r
	}
}

func row(room []int, t []rune) []int {
	if len(t) < len(room) {
		return room[:len(t)+1]
	}
	return make([]int, len(t)+1)
}
