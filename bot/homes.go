package bot

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/store"
)

// homeLately is how long after somebody looked at their Home it is still redrawn when
// something on it changes. Slack tells of every look, and each draws it anew.
const homeLately = 24 * time.Hour

// betweenHomes is how long the Home of one person is left alone after it was drawn,
// so that what happens in quick succession is one redraw.
const betweenHomes = time.Second

// homesAtOnce bounds how many Homes are drawn at the same time.
const homesAtOnce = 4

// homes keeps what the App Homes show true.
type homes struct {
	mu   sync.Mutex
	of   map[string]*homeTab
	desk desk

	gap    Trouble   // what is missing before anything can be asked for
	looked time.Time // when that was looked for
}

// homeTab is the Home of one person in this run of the program.
type homeTab struct {
	stale bool     // something has changed since it was drawn
	busy  bool     // somebody is drawing it
	whole bool     // it has to be published even if it looks the same
	shown []byte   // the blocks that were published last
	lists []uint64 // the requests on it
}

func (h *homes) tab(user string) *homeTab {
	if h.of == nil || len(h.of) > 5000 {
		h.of = map[string]*homeTab{}
	}
	t := h.of[user]
	if t == nil {
		t = &homeTab{}
		h.of[user] = t
	}
	return t
}

// openedHome draws the Home of somebody who has just opened it.
func (b *Bot) openedHome(user, viewID, hash string) {
	was, err := b.Store.HomeOpened(user, b.Now())
	if err != nil {
		b.Log.Warn("that somebody looks at their home could not be noted", "user", user, "error", err)
	}
	b.start(func(ctx context.Context) { b.welcome(ctx, user) })
	ours := was.View == viewID && len(was.Hashes) > 0 && was.Hashes[len(was.Hashes)-1] == hash
	b.redrawHome(user, !ours)
}

// redrawHome draws somebody's Home soon. However often it is called meanwhile, it is
// drawn once more, with what is so then. Whole draws it even if nothing on it has
// changed.
func (b *Bot) redrawHome(user string, whole bool) {
	b.homes.mu.Lock()
	t := b.homes.tab(user)
	t.stale, t.whole = true, t.whole || whole
	begin := !t.busy
	t.busy = true
	b.homes.mu.Unlock()
	if begin {
		b.start(func(ctx context.Context) { b.keepHome(ctx, user, t) })
	}
}

// keepHome draws a Home until nothing has changed since.
func (b *Bot) keepHome(ctx context.Context, user string, t *homeTab) {
	for {
		b.homes.mu.Lock()
		if !t.stale || b.root.Err() != nil {
			t.busy = false
			b.homes.mu.Unlock()
			return
		}
		t.stale = false
		whole := t.whole
		t.whole = false
		b.homes.mu.Unlock()
		b.drawHome(ctx, user, t, whole)
		sleep(b.root, betweenHomes)
	}
}

// drawHome publishes a Home, unless it shows the same already.
func (b *Bot) drawHome(ctx context.Context, user string, t *homeTab, whole bool) {
	defer b.homes.desk.sit()()
	page, err := b.homeFor(b.showing(ctx), user)
	if err != nil {
		b.Log.Warn("the home tab could not be drawn", "user", user, "error", err)
		page = homePage{blocks: []slack.Block{Section(prose(words(err).Error()))}}
	}
	look, err := json.Marshal(page.blocks)
	b.homes.mu.Lock()
	same := err == nil && bytes.Equal(look, t.shown)
	t.shown, t.lists = look, page.lists
	b.homes.mu.Unlock()
	if same && !whole {
		return
	}
	if err := b.publish(ctx, user, page.blocks); err != nil {
		b.Log.Warn("the home tab could not be published", "user", user, "error", err)
		b.homes.mu.Lock()
		t.shown = nil
		b.homes.mu.Unlock()
	}
}

// publish puts blocks on somebody's Home. Slack refuses them when the Home is not the
// one that was drawn last: then somebody else with the bot's token has drawn on it,
// which is worth a warning, and is drawn over.
func (b *Bot) publish(ctx context.Context, user string, blocks []slack.Block) error {
	req := slack.PublishViewContextRequest{
		UserID: user,
		View:   slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: blocks}},
	}
	was, err := b.Store.Home(user)
	if err != nil {
		return err
	}
	if n := len(was.Hashes); n > 0 {
		req.Hash = &was.Hashes[n-1]
	}
	got, err := b.web.PublishViewContext(ctx, req)
	if said, ok := errors.AsType[slack.SlackErrorResponse](err); ok && said.Err == "hash_conflict" {
		b.Log.Warn("somebody else has drawn on a home tab with the bot's token; it is drawn over", "user", user)
		req.Hash = nil
		got, err = b.web.PublishViewContext(ctx, req)
	}
	if err != nil {
		return err
	}
	_, err = b.Store.HomeDrawn(user, got.View.ID, got.View.Hash)
	return err
}

// stir redraws the Homes of those whom a request concerns: who asked, who may decide,
// and everybody else who has it on their Home now.
func (b *Bot) stir(r store.Request) {
	b.eachHome(func(ctx context.Context, user string) {
		b.homes.mu.Lock()
		shows := slices.Contains(b.homes.tab(user).lists, r.ID)
		b.homes.mu.Unlock()
		if shows || r.Asker.ID == user || r.State == store.Pending && b.mayDecide(ctx, user, r) {
			b.redrawHome(user, false)
		}
	})
}

// stirAll redraws every Home that was looked at lately, since anything on it may have
// changed.
func (b *Bot) stirAll() {
	b.eachHome(func(_ context.Context, user string) { b.redrawHome(user, false) })
}

// eachHome does something about every Home that was looked at lately, beside the
// caller.
func (b *Bot) eachHome(do func(ctx context.Context, user string)) {
	if b.root == nil {
		return // not running yet
	}
	lately, err := b.Store.Homes(b.Now().Add(-homeLately))
	if err != nil {
		b.Log.Error("reading whose home is to be redrawn", "error", err)
	}
	if len(lately) == 0 {
		return
	}
	b.start(func(ctx context.Context) {
		ctx = b.showing(ctx)
		for _, h := range lately {
			do(ctx, h.User)
		}
	})
}

// ownHome reports whether a click was made on a picture that the bot itself has put
// on the Home of the person who clicked. Slack makes up a new hash for every picture
// and tells it to whoever published it, so nobody with the bot's token can show one
// with a hash the bot has noted, and nobody can click on the Home of somebody else.
// That is what the stored place of a card says of its message.
func (b *Bot) ownHome(d deed) bool {
	if d.View == nil || d.View.Type != string(slack.VTHomeTab) || d.Container.MessageTS != "" {
		return false
	}
	h, err := b.Store.Home(d.who())
	if err != nil {
		b.Log.Error("reading what was put on a home", "user", d.who(), "error", err)
		return false
	}
	return h.View == d.View.ID && slices.Contains(h.Hashes, d.View.Hash)
}
