package bot

import (
	"bytes"
	"strings"
	"unicode"
)

// Cell is one value of a file that spreadsheets open.
type Cell string

// TextCell is a text, whoever it is from. A spreadsheet would run one that begins
// like a formula, so such a text begins with an apostrophe; also after blanks, and
// in the wide letters that East Asian keyboards have.
func TextCell(s string) Cell {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == '\ufeff' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	if first := strings.TrimLeftFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) }); first != "" &&
		strings.ContainsRune("=+-@＝＋－＠−|%", []rune(first)[0]) {
		s = "'" + s
	}
	return Cell(`"` + strings.ReplaceAll(s, `"`, `""`) + `"`)
}

// NumberCell is a number that this program has written: digits, a point, a sign.
func NumberCell(s string) Cell {
	if strings.Trim(s, "0123456789.-") != "" || strings.LastIndexByte(s, '-') > 0 {
		return TextCell(s)
	}
	return Cell(s)
}

// CSV writes a table for spreadsheets: UTF-8, commas, texts in quotes, lines ended as
// they like it.
func CSV(rows [][]Cell) []byte {
	var b bytes.Buffer
	b.WriteString("\ufeff") // without it some spreadsheets take UTF-8 for something else
	for _, row := range rows {
		for i, cell := range row {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(string(cell))
		}
		b.WriteString("\r\n")
	}
	return b.Bytes()
}
