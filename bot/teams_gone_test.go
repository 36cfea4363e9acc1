package bot_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/store"
)

// A team that is configured no more leaves digests behind. They can be paused and removed.
func TestTheDigestOfATeamThatIsGoneCanBeRemoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := found(t, t.TempDir(), townRules, noon, apple.Options{})
		w.start(nil)
		settle(time.Minute)
		must(t, w.current().st.PutDigest(store.Digest{Name: "plums", Channel: "C0SALES", Where: "#sales", Team: orchard, When: "0 9 * * *", Zone: "UTC", Covers: "day", Since: noon}))
		for _, deed := range []string{"pause", "remove"} {
			w.box.Slack.Command("ana", "#ios", "/asc digest "+deed+" plums")
			settle(rest)
			if r := w.newest(); r.Operation != "digest "+deed || r.State != store.Pending {
				t.Errorf("%s: the newest request is %s, %s\n%s", deed, r.Operation, r.State, w.everything("ana"))
			}
			if said := w.everything("ana"); strings.Contains(said, "not configured") {
				t.Errorf("%s: %s", deed, said)
			}
		}
	})
}
