package main

import (
	"os"
	"testing"
)

// TestMain lets the tests' own program be the child that checks a data file.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "check-open-file" {
		main()
	}
	code := m.Run()
	closeBrowser()
	os.Exit(code)
}
