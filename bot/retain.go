package bot

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/ascbot/ascbot/store"
)

// What people said and what is said of them need not be kept for ever. When the rules
// say for how long, the bot erases once a day what is older: names, words, arguments and
// results. The records of the log stay, and verify as before.

// shortestKept is how many days at least everything is kept, so that what was done lately
// can be looked up.
const shortestKept = 30

// erasingHour is the hour of the day, in UTC, from which on the day's erasing is due.
const erasingHour = 3

// retention reads how long personal data is kept.
func (r *reader) retention(c *Config, n ast.Node) {
	f := r.fields(n, "personal")
	s, ok := f["personal"]
	if !ok {
		return
	}
	text, ok := r.text(s.value)
	if !ok {
		return
	}
	days := 0
	if m := inDays.FindStringSubmatch(text); m != nil {
		days, _ = strconv.Atoi(m[1])
	}
	if days < shortestKept || days > 10_000 {
		r.complain(s.value, "%q is not a number of days between %dd and 10000d; write for example 400d", text, shortestKept)
		return
	}
	c.Keep = time.Duration(days) * 24 * time.Hour
}

var inDays = regexp.MustCompile(`^([0-9]{1,5})d$`)

// keepRetention erases once a day what is older than the rules say, until ctx ends.
func (b *Bot) keepRetention(ctx context.Context) {
	tick := time.NewTicker(b.Tick)
	defer tick.Stop()
	for {
		if day, due := b.erasingDue(); due && b.holding() == "" {
			if err := b.eraseOld(); err != nil {
				b.Log.Error("what is older than the rules say could not be erased; it is tried again", "error", err)
			} else {
				b.noteLook(day)
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// erasingDue is the mark of today's erasing, and whether it is still to be done.
func (b *Bot) erasingDue() (day string, due bool) {
	if b.conf().Keep == 0 {
		return "", false
	}
	now := b.Now().UTC()
	day = "erasing/" + now.Format(time.DateOnly)
	claim, known, err := b.Store.LookUpClaim(day)
	return day, now.Hour() >= erasingHour && err == nil && (!known || claim.Posted.IsZero())
}

func (b *Bot) eraseOld() error {
	now, keep := b.Now(), b.conf().Keep
	before := now.Add(-keep).UTC().Truncate(24 * time.Hour)
	done, err := b.Store.Erase(store.Erasure{Before: before}, now, fmt.Sprintf("everything from before %s: the rules keep personal data for %d days", before.Format(time.DateOnly), keep/(24*time.Hour)))
	if err == nil && done.Records+done.Requests > 0 {
		b.Log.Info("personal data was erased", "before", before, "records", done.Records, "requests", done.Requests, "still open", len(done.Open))
	}
	return err
}
