package main

import (
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"
)

func TestDescribe(t *testing.T) {
	vcs := func(modified string) []debug.BuildSetting {
		return []debug.BuildSetting{{Key: "vcs.revision", Value: "0123456789abcdef0123"}, {Key: "vcs.modified", Value: modified}}
	}
	for _, c := range []struct {
		info debug.BuildInfo
		want string
	}{
		{debug.BuildInfo{}, "ascbot (not a release), go"},
		{debug.BuildInfo{Main: debug.Module{Version: "(devel)"}, Settings: vcs("true")}, "ascbot (not a release), commit 0123456789ab with changes, go"},
		{debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}, Settings: vcs("false")}, "ascbot v1.2.3, commit 0123456789ab, go"},
	} {
		if got := describe(&c.info); !strings.HasPrefix(got, c.want) {
			t.Errorf("describe: %q, want %q…", got, c.want)
		}
	}
}

// The image is built without a repository, so it is told its version.
func TestBuildIsToldItsVersion(t *testing.T) {
	t.Parallel()
	if text := must(t, "../../Dockerfile"); !strings.Contains(text, "-X main.release=${VERSION}") {
		t.Error("the Dockerfile does not tell it")
	}
	program := filepath.Join(t.TempDir(), "ascbot")
	build := exec.CommandContext(t.Context(), "go", "build", "-ldflags", "-X main.release=v1.2.3-image", "-o", program, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	said, err := exec.CommandContext(t.Context(), program, "version").Output()
	if err != nil || !strings.HasPrefix(string(said), "ascbot v1.2.3-image") {
		t.Errorf("it says %q, %v", said, err)
	}
}
