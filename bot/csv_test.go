package bot

import (
	"bytes"
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
)

func TestT31CellsOfStrangersAreNoFormulas(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"Halo", `"Halo"`},
		{"=1+1", `"'=1+1"`},
		{"  =1+1", `"'  =1+1"`},
		{"\t=1+1", `"' =1+1"`},
		{"\r\n@SUM(A1)", `"'  @SUM(A1)"`},
		{"＝1+1", `"'＝1+1"`},
		{"\u200b+1", `"'` + "\u200b" + `+1"`},
		{"-1", `"'-1"`},
		{`say "hi", =1`, `"say ""hi"", =1"`},
		{"a\nb", `"a b"`},
		{"", `""`},
	} {
		if got := TextCell(c.text); string(got) != c.want {
			t.Errorf("%q: %s, want %s", c.text, got, c.want)
		}
	}
	for text, want := range map[string]string{"-1.40": "-1.40", "12": "12", "1-2": `"1-2"`, "=1": `"'=1"`, "1e5": `"1e5"`} {
		if got := NumberCell(text); string(got) != want {
			t.Errorf("the number %q: %s, want %s", text, got, want)
		}
	}
}

// Whatever the text, a reader of CSV gets one cell back, and it does not begin as a
// formula does.
func FuzzTextCell(f *testing.F) {
	for _, s := range []string{"=1+1", " \t+1", "＠x", "\"\r\n=", "a,b", "\xff=1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		rows, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(CSV([][]Cell{{TextCell(s), NumberCell("-1.5")}}), []byte("\ufeff")))).ReadAll()
		if err != nil || len(rows) != 1 || len(rows[0]) != 2 || rows[0][1] != "-1.5" {
			t.Fatalf("%q is read as %q, %v", s, rows, err)
		}
		first := strings.TrimLeftFunc(rows[0][0], unicode.IsSpace)
		if first != "" && strings.ContainsAny(first[:1], "=+-@") {
			t.Fatalf("%q begins as a formula: %q", s, rows[0][0])
		}
		if strings.ContainsAny(rows[0][0], "\r\n\t\x00") {
			t.Fatalf("%q has control characters left: %q", s, rows[0][0])
		}
	})
}

// A spreadsheet that is installed opens a file of nasty texts and finds no formula.
func TestASpreadsheetFindsNoFormula(t *testing.T) {
	office, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("LibreOffice is not installed, so no spreadsheet was asked")
	}
	dir := t.TempDir()
	var rows [][]Cell
	for _, s := range []string{"=1+1", " =1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", "＝1+1", "=HYPERLINK(\"http://x\")", "|calc"} {
		rows = append(rows, []Cell{TextCell(s)})
	}
	if err := os.WriteFile(filepath.Join(dir, "in.csv"), CSV(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), office, "--headless", "-env:UserInstallation=file://"+dir+"/profile", "--convert-to", "fods", "--outdir", dir, filepath.Join(dir, "in.csv"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("LibreOffice does not run here: %v %s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(dir, "in.fods"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(text, []byte("table:formula=")) {
		t.Errorf("there are formulas in it")
	}
}
