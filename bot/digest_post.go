package bot

import (
	"context"
	"errors"
	"fmt"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot/schedule"
)

// deliver gathers the figures and posts them, or says why not. Its note goes
// into the log.
func (b *Bot) deliver(ctx context.Context, r run) (note string, err error) {
	if r, err = b.asBegun(r); err != nil {
		return "", err
	}
	channel, refusal, err := b.mayHearMoney(ctx, r.Channel)
	if err != nil {
		return "", err
	}
	if refusal != "" {
		return b.withhold(ctx, r, refusal)
	}
	f, err := b.figures(ctx, r)
	if err != nil {
		return "", err
	}
	if f.broken() {
		if err := b.complain(ctx, f); err != nil {
			b.Log.Warn("the approvers could not be told", "digest", r.Name, "error", err)
		}
		if !r.late {
			return "", errNotOut
		}
	}
	if len(f.unknown) > 0 {
		b.Log.Error("a digest is for apps that are not known", "digest", r.Name, "apps", f.unknown)
	}
	if f.incomplete() {
		if err := b.await(r, f); err != nil {
			return "", err
		}
	}
	place, err := b.postOnce(ctx, r.key(), channel, drawDigest(f))
	if err != nil {
		return "", err
	}
	if place.Channel != channel { // it was posted before a stop, and goes elsewhere since
		if _, refusal, err := b.mayHearMoney(ctx, place.Channel); err != nil || refusal != "" {
			return fmt.Sprintf("digest %s for %s posted, its details not: %s", r.Name, f.over, refusal), err
		}
	}
	if details := drawDetails(f); f.digest.has("details") && details.Text != "" {
		if _, err := b.postInThread(ctx, r.detailsKey(), place, details); err != nil {
			return "", err
		}
	}
	if err := b.raiseAlarms(ctx, f, place.Channel, true); err != nil {
		return "", err
	}
	return fmt.Sprintf("digest %s for %s posted", r.Name, f.over), nil
}

// withhold tells the approvers that a digest was not posted, and why.
func (b *Bot) withhold(ctx context.Context, r run, why string) (string, error) {
	b.Log.Error("a digest was withheld", "digest", r.Name, "reason", why)
	if court, err := b.court(ctx, ""); err == nil {
		_, err := b.postOnce(ctx, fmt.Sprintf("withheld/%s/%s", r.Name, r.due.Label), court,
			Say("The sales digest *%s* was not posted: %s", r.Name, why))
		if err != nil {
			return "", err
		}
	}
	return "digest " + r.Name + " withheld: " + why, nil
}

// complain tells the log and the approvers, once, what keeps a digest from being
// complete and waiting does not mend, such as a key that is refused.
func (b *Bot) complain(ctx context.Context, f figures) error {
	for _, v := range f.vendors {
		if v.broken == nil || !lasting(v.broken) {
			continue
		}
		key := fmt.Sprintf("unread/%s/%s", f.digest.Name, f.over.To)
		if told, _, err := b.Store.LookUpClaim(key); err != nil || !told.Posted.IsZero() {
			return err
		}
		b.Log.Error("a digest cannot read what it needs", "digest", f.digest.Name, "days", f.over.String(), "vendor", v.vendor, "error", v.broken)
		court, err := b.court(ctx, "")
		if err != nil {
			return err
		}
		_, err = b.postOnce(ctx, key, court, Say("For the sales digest *%s* of %s I could not read the report of %s: %s",
			f.digest.Name, f.over.String(), v.called(), prose(words(v.broken).Error())))
		return err
	}
	return nil
}

// lasting reports whether an error stays until somebody mends it.
func lasting(err error) bool {
	e, refused := errors.AsType[*asc.Error](err)
	_, wrong := errors.AsType[*asc.ArgumentError](err)
	_, odd := errors.AsType[*asc.ReportError](err)
	_, doubtful := errors.AsType[Trouble](err)
	return wrong || odd || doubtful || refused && e.Status < 500 && !asc.RateLimited(err)
}

// preview draws a digest as it would be posted now, with its details below.
func (b *Bot) preview(ctx context.Context, d Digest) (Message, error) {
	now := b.Now()
	due := schedule.Due{At: now}
	f, err := b.figures(ctx, run{Digest: d, due: due, over: d.over(due), late: true})
	if err != nil {
		return Message{}, err
	}
	m := drawDigest(f)
	if details := drawDetails(f); details.Text != "" && d.has("details") {
		for _, block := range details.Blocks {
			if _, chart := block.(*slack.DataVisualizationBlock); !chart {
				m.Blocks = append(m.Blocks, block)
			}
		}
	}
	return m.Below(Markf("So the digest %s would be posted now, in %s; only you see this.", d.Name, ChannelCalled(d.Channel))), nil
}
