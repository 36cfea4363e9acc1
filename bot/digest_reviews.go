package bot

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot/schedule"
)

// reviewedApps bounds how many apps a digest looks for new reviews of: each is a
// request.
const reviewedApps = 40

// reviewFigures are what a digest says of new reviews. Apple tells of reviews with a
// text alone; there is no way to learn how many only gave stars.
type reviewFigures struct {
	asked  int    // apps that were looked at
	left   int    // apps that were not, since there are so many
	stars  [6]int // how many gave so many stars; the first is not used
	failed error  // why some could not be read
}

func (r reviewFigures) count() (n int) {
	for _, k := range r.stars {
		n += k
	}
	return n
}

// mean is the average of the stars, with one digit: "4.3".
func (r reviewFigures) mean() string {
	sum, n := 0, r.count()
	for stars, k := range r.stars {
		sum += stars * k
	}
	tenths := (20*sum + n) / (2 * n)
	return fmt.Sprintf("%d.%d", tenths/10, tenths%10)
}

// reviewed are the apps whose reviews a digest looks at: those it is for, the most
// downloaded first.
func (f figures) reviewed(apps []teamApp) []teamApp {
	downloads := map[string]int{}
	for rank, e := range f.now.Table("app") {
		downloads[e.Key] = rank + 1
	}
	apps = slices.DeleteFunc(slices.Clone(apps), func(a teamApp) bool {
		return len(f.digest.Apps) > 0 && !slices.Contains(f.apps, a.Name)
	})
	slices.SortStableFunc(apps, func(a, b teamApp) int {
		rank := func(a teamApp) int {
			if n := downloads[a.SKU]; n > 0 {
				return n
			}
			return len(downloads) + 1
		}
		return rank(a) - rank(b)
	})
	return apps
}

// newReviews counts the reviews of some days.
func (b *Bot) newReviews(ctx context.Context, apps []teamApp, over schedule.Stretch) (r reviewFigures) {
	from, to := schedule.Begins(over.From), schedule.Begins(over.To.AddDays(1))
	for _, app := range apps {
		if r.asked >= reviewedApps {
			r.left++
			continue
		}
		r.asked++
		if err := r.read(ctx, app, from, to); err != nil {
			r.failed = err
			b.Log.Warn("the new reviews of an app could not be read for a digest", "app", app.ID, "error", err)
			return r
		}
	}
	return r
}

func (r *reviewFigures) read(ctx context.Context, app teamApp, from, to time.Time) error {
	for review, err := range app.team.API.CustomerReviews(ctx, app.ID, asc.CustomerReviewFilter{}) {
		if err != nil {
			return err
		}
		if review.CreatedDate.Before(from) {
			return nil // the newest come first
		}
		if review.CreatedDate.Before(to) && review.Rating >= 1 && review.Rating <= 5 {
			r.stars[review.Rating]++
		}
	}
	return nil
}
