package main

import (
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
