package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run(p *process) error {
	_, err := fmt.Fprintln(p.stdout, version())
	return err
}

// release is the version a build was given, with -ldflags "-X main.release=…",
// where there is no repository to take it from: in an image.
var release string

// version is this program's, in one line.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	if release != "" {
		info.Main.Version = release
	}
	return describe(info)
}

// describe says what was built: the released version if there is one, and the
// commit it came from.
func describe(info *debug.BuildInfo) string {
	what := info.Main.Version
	if what == "" || what == "(devel)" {
		what = "(not a release)"
	}
	commit, changed := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = ", commit " + s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = " with changes"
		}
	}
	return fmt.Sprintf("ascbot %s%s%s, %s, %s/%s", what, commit, changed, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
