package bot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/govalues/decimal"

	"github.com/ascbot/ascbot/bot/sales"
	"github.com/ascbot/ascbot/bot/schedule"
	"github.com/ascbot/ascbot/store"
)

const (
	largestRates = 16 << 20 // bytes; the Bank's file of all days since 1999 has seven million
	ratesAgain   = time.Hour
)

// rateKeeper chooses for each day the rates it is converted with, once.
type rateKeeper struct {
	mu      sync.Mutex
	trouble error // why the newest rates are not there; nil when they are

	chosen map[string]bool // days that have rates; read once
	not    time.Time       // nothing is fetched before
	pause  time.Duration
}

// why is what keeps the newest rates from being there, or nil.
func (k *rateKeeper) why() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.trouble
}

func (k *rateKeeper) met(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.trouble = err
}

// keepRates chooses the rates of every day once the day is over, until ctx ends.
func (b *Bot) keepRates(ctx context.Context) {
	client := webClient(b.Slack.Dial)
	defer client.CloseIdleConnections()
	for {
		if b.clockOff() != "" {
			// which days are over is not known
		} else if err := b.chooseRates(ctx, client); err != nil && ctx.Err() == nil {
			b.rates.met(err)
			b.rates.pause = min(max(2*b.rates.pause, 30*time.Second), ratesAgain)
			b.rates.not = b.Now().Add(b.rates.pause)
			b.Log.Warn("exchange rates could not be had", "until", b.rates.not.UTC(), "error", err)
		}
		if !sleep(ctx, b.Tick) {
			return
		}
	}
}

// chooseRates gives rates to the days of the past year that have none, as far as
// there are some for them.
func (b *Bot) chooseRates(ctx context.Context, client *http.Client) error {
	k, now, from := &b.rates, b.Now(), b.conf().Money
	if from.Currency == "" {
		return nil
	}
	newest := schedule.BusinessDay(now)
	if k.chosen == nil {
		list, err := b.Store.RatesBetween(newest.AddDays(-keptDays).String(), "")
		if err != nil {
			return err
		}
		k.chosen = map[string]bool{}
		for _, r := range list {
			k.chosen[r.Day] = true
		}
	}
	if k.chosen[newest.String()] || now.Before(k.not) {
		return nil
	}
	list, source, err := from.load(ctx, client)
	if err != nil {
		return err
	}
	k.not, k.pause = now.Add(ratesAgain), 0
	for back := range keptDays + 1 {
		day := newest.AddDays(-back).String()
		if k.chosen[day] {
			continue
		}
		r, ok := from.ratesFor(list, day)
		if !ok {
			continue
		}
		if _, err := b.Store.KeepRates(kept(r, day, source, now)); err != nil {
			return err
		}
		k.chosen[day] = true
	}
	if !k.chosen[newest.String()] {
		return fmt.Errorf("%s has no rates of the week before %s", source, newest)
	}
	k.met(nil)
	return nil
}

// ratesFor chooses from published rates those for a day, and adds those that stand in
// the configuration.
func (m Money) ratesFor(list []sales.Rates, day string) (sales.Rates, bool) {
	r, ok := sales.RatesFor(list, day)
	switch {
	case !ok && m.Address == "" && m.File == "":
		return m.Fixed, true
	case !ok:
		return r, false
	}
	all := maps.Clone(m.Fixed.Per)
	if r.Base != m.Fixed.Base || all == nil {
		all = map[string]decimal.Decimal{}
	}
	maps.Copy(all, r.Per)
	return sales.Rates{Base: r.Base, Date: r.Date, Per: all}, true
}

func kept(r sales.Rates, day, source string, now time.Time) store.Rates {
	per := map[string]string{}
	for currency, rate := range r.Per {
		per[currency] = rate.String()
	}
	return store.Rates{Day: day, Base: r.Base, Date: r.Date, Source: source, At: now, Per: per}
}

// load reads the published rates, and says in words where they are from.
func (m Money) load(ctx context.Context, client *http.Client) (list []sales.Rates, source string, err error) {
	switch {
	case m.File != "":
		source = "the file " + filepath.Base(m.File)
		text, err := readCapped(m.File)
		if err != nil {
			return nil, source, fmt.Errorf("%s: %w", source, err)
		}
		list, err = sales.ReadRates(text, m.Fixed.Base)
		if err != nil {
			return nil, source, fmt.Errorf("%s: %w", source, err)
		}
		return list, source, nil
	case m.Address != "":
		source = bank(m.Address)
		text, err := download(ctx, client, m.Address)
		if err == nil {
			list, err = sales.ReadRates(text, "EUR")
		}
		if err != nil {
			return nil, source, fmt.Errorf("%s: %w", source, err)
		}
		return list, source, nil
	}
	return nil, "the configuration", nil
}

// bank names who publishes at an address.
func bank(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "the address of rates"
	}
	if host := u.Hostname(); host != "ecb.europa.eu" && !strings.HasSuffix(host, ".ecb.europa.eu") {
		return "the European Central Bank, by way of " + host
	}
	return "the European Central Bank"
}

func readCapped(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return capped(f)
}

// download fetches rates. A redirect is not followed: what is shown to people comes
// from the address that was written down.
func download(ctx context.Context, client *http.Client, address string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, withoutURL(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("it answers with status %d", resp.StatusCode)
	}
	return capped(resp.Body)
}

func capped(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, largestRates+1))
	if err == nil && len(text) > largestRates {
		err = errors.New("there are more than 16 MiB of rates")
	}
	return text, err
}

// readRates makes kept rates ready for use.
func readRates(r store.Rates) (sales.Rates, error) {
	rates := sales.Rates{Base: r.Base, Date: r.Date, Per: map[string]decimal.Decimal{}}
	for currency, text := range r.Per {
		per, err := sales.Rate(currency, text)
		if err != nil {
			return rates, fmt.Errorf("the rates kept for %s: %w", r.Day, err)
		}
		rates.Per[currency] = per
	}
	return rates, nil
}
