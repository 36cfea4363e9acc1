package bot

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/slack-go/slack"
)

// A digest of the configuration may call its channel by a name. Whoever may rename channels
// can give that name to another one, so it stands for the channel that bore it when it was
// read, for as long as the configuration has the name, whatever that channel is called since.
// Revenue is not posted while another channel bears the name.

// namedChannels are the names, with "#", that digests of the configuration call their
// channels by.
func (b *Bot) namedChannels() (names []string) {
	for _, d := range b.conf().Digests {
		if strings.HasPrefix(d.Channel, "#") {
			names = append(names, d.Channel)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// bindChannels notes which channels some names stand for, and forgets all other names.
func (b *Bot) bindChannels(ctx context.Context, names []string) error {
	if err := b.Store.KeepNames(names); err != nil {
		return err
	}
	names = slices.Clone(names)
	var failed error
	names = slices.DeleteFunc(names, func(name string) bool {
		_, known, err := b.Store.ChannelNamed(name)
		if err != nil {
			failed = err
		}
		return known
	})
	if failed != nil || len(names) == 0 {
		return failed
	}
	mine, err := b.channels(ctx)
	if err != nil {
		return fmt.Errorf("looking up the channels of digests: %w", err)
	}
	for _, name := range names {
		if _, _, err := b.channelMeant(mine, name); err != nil {
			return err
		}
	}
	return nil
}

// channelMeant finds a channel by id, or by a name of the configuration, among those of the
// bot. Where is below zero when it is not there. It refuses a name that another channel bears
// than when it was read.
func (b *Bot) channelMeant(mine []slack.Channel, want string) (where int, refusal string, err error) {
	byID := func(id string) int { return slices.IndexFunc(mine, func(c slack.Channel) bool { return c.ID == id }) }
	if !strings.HasPrefix(want, "#") {
		return byID(want), "", nil
	}
	named := slices.IndexFunc(mine, func(c slack.Channel) bool { return "#"+c.Name == want })
	is, known, err := b.Store.ChannelNamed(want)
	switch {
	case err != nil:
		return -1, "", err
	case !known && named < 0:
		return -1, "", nil
	case !known:
		if is, err = b.Store.BindChannel(want, mine[named].ID, b.Now()); err != nil {
			return -1, "", err
		}
		b.Log.Info("a name in the configuration stands for a channel", "name", want, "channel", is.ID)
	case named >= 0 && mine[named].ID != is.ID:
		now := "gone"
		if i := byID(is.ID); i >= 0 {
			now = "#" + mine[i].Name + " now"
		}
		return -1, fmt.Sprintf("the configuration calls it %s, and another channel has that name now (%s) than when it was read: the one that had it then, %s, is %s. Write the id of the one that is meant into the configuration.",
			want, mine[named].ID, is.ID, now), nil
	}
	return byID(is.ID), "", nil
}
