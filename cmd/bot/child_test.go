package main

import (
	"os"
	"testing"
)

// TestMain lets the tests' own program be the child that checks a data file, or the
// program itself in a process of its own.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "check-open-file" || os.Getenv(asProgram) != "" {
		main()
	}
	code := m.Run()
	closeBrowser()
	os.Exit(code)
}

// asProgram is set in the environment of a process that is to be the program.
const asProgram = "ASCBOT_TEST_AS_PROGRAM"
