package bot

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/govalues/decimal"
	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/bot/sales"
	"github.com/ascbot/ascbot/store"
)

// MutedFor is how long an alarm is muted with a press of its button.
const MutedFor = 30 * 24 * time.Hour

// AlarmPrefix begins the causes of a digest's alarms in the store.
func AlarmPrefix(digest string) string { return "alarm/" + digest + "/" }

// finding is a change that is large enough for an alarm.
type finding struct {
	cause string // what the alarm is about: "proceeds down", "downloads up HALO" (bundles count)
	words Markup
}

// raiseAlarms tells a channel of changes that are larger than its digest says, once for
// each cause until that is over. When a later digest has looked before, as with a report
// that came after the next day's, what was large is told if that one did not find it.
func (b *Bot) raiseAlarms(ctx context.Context, f figures, channel string, latest bool) error {
	if f.digest.Alert.Percent == 0 || f.over.From != f.over.To || !f.some() || f.incomplete() || !f.compared() {
		return nil
	}
	prefix := AlarmPrefix(f.digest.Name)
	found := f.findings()
	var causes []string
	for _, one := range found {
		causes = append(causes, prefix+one.cause)
	}
	look := func() ([]string, error) { return b.Store.Watch(prefix, f.over.To.String(), causes, b.Now()) }
	if !latest {
		look = func() ([]string, error) { return b.untold(prefix, causes) }
	}
	fresh, err := look()
	if err != nil || len(fresh) == 0 {
		return err
	}
	found = slices.DeleteFunc(found, func(one finding) bool { return !slices.Contains(fresh, prefix+one.cause) })
	_, err = b.postOnce(ctx, prefix+f.over.To.String(), channel, drawAlarm(f, found))
	return err
}

// untold are the causes that people are not told of now.
func (b *Bot) untold(prefix string, causes []string) ([]string, error) {
	known, err := b.Store.Alarms(prefix)
	return slices.DeleteFunc(causes, func(cause string) bool {
		return slices.ContainsFunc(known, func(a store.Alarm) bool { return a.Cause == cause })
	}), err
}

// alarmsShown bounds the causes of one message.
const alarmsShown = 8

func drawAlarm(f figures, found []finding) Message {
	title := Markf("*Large changes on %s, Pacific*", f.over.To.Short())
	blocks := []slack.Block{Section(title)}
	text := []Markup{title}
	for i, one := range found {
		if i == alarmsShown {
			more := Markf("… and %s more; the details of the digest have all figures", sales.Grouped(len(found)-i))
			blocks, text = append(blocks, Context(more)), append(text, more)
			break
		}
		section := slack.NewSectionBlock(Marked(one.words.unbroken()), nil, nil)
		if mute := Begin("Mute for 30 days", "digest mute "+Quote(f.digest.Name)+" "+Quote(one.cause)); mute != nil {
			section.Accessory = slack.NewAccessory(mute)
		}
		blocks, text = append(blocks, section), append(text, one.words)
	}
	note := Markf("Changes of at least %d%%, and of at least %s, both against %s and against the mean of the %d days before. You are told once, until it is over.",
		f.digest.Alert.Percent, f.floorInWords(), f.before.From.Short(), f.month.Whole())
	return Message{Text: Join(append(text, note), "\n"), Blocks: append(blocks, Context(note.unbroken()))}
}

// floorInWords is the least change of an alarm: "EUR 100 or 100 units".
func (f figures) floorInWords() string {
	units := sales.Count(f.digest.Alert.Floor) + " units"
	if f.currency == "" {
		return units
	}
	return MoneyList([]sales.Money{{Amount: f.digest.Alert.Floor, Currency: f.currency}}) + " or " + units
}

// findings are the changes that are large against both.
func (f figures) findings() (found []finding) {
	look := func(what, app, currency string, now, before, mean decimal.Decimal) {
		way := exceeds(now, before, f.digest.Alert)
		if way == 0 || way != exceeds(now, mean, f.digest.Alert) {
			return
		}
		cause, name := what+map[int]string{1: " up", -1: " down"}[way], "All apps"
		if app != "" {
			cause, name = cause+" "+app, f.called(app)
		}
		against, err := sales.Changed(what, currency, now, before)
		usual, err2 := sales.Changed(what, currency, now, mean)
		if err != nil || err2 != nil {
			return
		}
		is := sales.Count(now)
		if currency != "" {
			is = MoneyList([]sales.Money{{Amount: now, Currency: currency}})
		}
		found = append(found, finding{cause, Markf("*%s*, %s *%s*: %s against %s, %s against the mean", name, what, is, against.Words(), f.before.From.Short(), usual.Words())})
	}
	days := max(f.month.Whole(), 1)
	now, before, month := f.now.Table(sales.Apps), byKey(f.before.Table(sales.Apps)), byKey(f.month.Table(sales.Apps))
	all, was, usual := totalOf(f.now), totalOf(f.before), totalOf(f.month)
	f.compare("", all, was, usual, days, look)
	if len(now) > 1 {
		for _, e := range now {
			if e.Key != "" {
				f.compare(e.Key, e, before[e.Key], month[e.Key], days, look)
			}
		}
	}
	return found
}

// compare looks at proceeds, downloads and refunds of one app, or of all.
func (f figures) compare(app string, now, before, month sales.Entry, days int, look func(what, app, currency string, now, before, mean decimal.Decimal)) {
	if f.currency != "" && (app == "" || Comparable(now.Valued, before.Valued)) {
		is, err := now.Worth.In(f.currency)
		was, err2 := before.Worth.In(f.currency)
		mean, err3 := month.Worth.Over(days).In(f.currency)
		if err == nil && err2 == nil && err3 == nil {
			look("proceeds", app, f.currency, is.Amount, was.Amount, mean.Amount)
		}
	}
	look("downloads", app, "", now.Downloads, before.Downloads, perDay(month.Downloads, days))
	look("refunds", app, "", now.Refunds.Neg(), before.Refunds.Neg(), perDay(month.Refunds.Neg(), days))
}

func perDay(n decimal.Decimal, days int) decimal.Decimal {
	mean, err := n.Quo(decimal.MustNew(int64(days), 0))
	if err != nil {
		return n
	}
	return mean.Round(0)
}

// exceeds tells which way a figure has changed by as much as an alarm asks for: 1 is
// up, -1 down, 0 neither. From zero every change is large enough in percent.
func exceeds(now, before decimal.Decimal, a Alert) int {
	by, err := now.Sub(before)
	if err != nil || by.IsZero() || by.Abs().Less(a.Floor) {
		return 0
	}
	percent, err := by.Abs().Mul(decimal.Hundred)
	least, err2 := before.Abs().Mul(decimal.MustNew(int64(a.Percent), 0))
	if err != nil || err2 != nil || percent.Less(least) {
		return 0
	}
	return by.Sign()
}

func totalOf(r Reading) (all sales.Entry) {
	all.Valued = r.All()
	for _, e := range r.Table(sales.Apps) {
		if sum, err := all.Downloads.Add(e.Downloads); err == nil {
			all.Downloads = sum
		}
	}
	return all
}

func byKey(list []sales.Entry) map[string]sales.Entry {
	keyed := map[string]sales.Entry{}
	for _, e := range list {
		keyed[e.Key] = e
	}
	return keyed
}

// called is the name of an app by its SKU.
func (f figures) called(sku string) string {
	for _, r := range []Reading{f.now, f.before, f.month} {
		if app, ok := r.Sum.Apps[sku]; ok && strings.TrimSpace(app.Title) != "" {
			return app.Title
		}
	}
	return sku
}
