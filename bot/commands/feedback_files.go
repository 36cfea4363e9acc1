package commands

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
)

// show tells everything about one piece of feedback, with its pictures or its log as
// files: the addresses of pictures at Apple lapse, and are for nobody else.
func (p piece) show(ctx context.Context, d bot.Desk, app string) (bot.Message, error) {
	lines := p.lines(app)
	var files []bot.File
	var note bot.Markup
	var err error
	if p.kind == aCrash {
		files, note, err = p.log(ctx, d.Team.API, app)
	} else {
		files, note, err = p.pictures(ctx, d.Team.API, app)
	}
	if err != nil {
		return bot.Message{}, err
	}
	m := bot.Say("%s", bot.Join(lines, "\n")).Below(note)
	m.Files = files
	return m, nil
}

// called names a file of the piece.
func (p piece) called(app, end string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(app+" "+p.BuildNumber))
	return fmt.Sprintf("%s-%s-%s%s", p.kind, name, p.CreatedDate.UTC().Format("2006-01-02-1504"), end)
}

// log is the crash log. Apple throws it away after some months.
func (p piece) log(ctx context.Context, api *asc.Client, app string) ([]bot.File, bot.Markup, error) {
	text, err := api.CrashLog(ctx, p.ID)
	if asc.NotFound(err) {
		return nil, "App Store Connect does not have the crash log any more; it keeps it for some months.", nil
	}
	if err != nil {
		return nil, "", err
	}
	title := fmt.Sprintf("Crash of %s (%s), %s", app, p.BuildNumber, p.CreatedDate.UTC().Format(time.DateOnly))
	return []bot.File{{Name: p.called(app, ".txt"), Title: title, Data: []byte(text)}}, "The crash log is in our direct messages.", nil
}

// Bounds of what is fetched of one piece: a screenshot has a few megabytes.
const (
	mostPictures   = 10
	largestPicture = 20 << 20
)

// endings are the kinds of pictures that are taken.
var endings = map[string]string{"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp"}

// pictures are the screenshots. What cannot be fetched, or is no picture, is counted
// and said.
func (p piece) pictures(ctx context.Context, api *asc.Client, app string) (files []bot.File, note bot.Markup, err error) {
	lost := 0
	for i, s := range p.Screenshots {
		if i == mostPictures {
			lost += len(p.Screenshots) - mostPictures
			break
		}
		data, end, err := picture(ctx, api, s.URL)
		if err != nil {
			if ctx.Err() != nil {
				return nil, "", err
			}
			lost++
			continue
		}
		files = append(files, bot.File{
			Name: p.called(app, fmt.Sprintf("-%d%s", i+1, end)), Title: fmt.Sprintf("%s (%s), picture %d of %d", app, p.BuildNumber, i+1, len(p.Screenshots)),
			Alt: "A tester's screenshot of " + app, Data: data,
		})
	}
	switch {
	case len(p.Screenshots) == 0:
		note = "There is no picture with it."
	case len(files) == 0:
		note = "The pictures could not be fetched from Apple. Try again in a minute."
	case lost > 0:
		note = bot.Markf("%s in our direct messages; %d more could not be fetched from Apple.", areIn(len(files)), lost)
	default:
		note = bot.Markf("%s in our direct messages.", areIn(len(files)))
	}
	return files, note, nil
}

func areIn(n int) string {
	if n == 1 {
		return "The picture is"
	}
	return fmt.Sprintf("%d pictures are", n)
}

// picture fetches one, and looks whether it is one.
func picture(ctx context.Context, api *asc.Client, address string) (data []byte, end string, err error) {
	body, err := api.Download(ctx, address)
	if err != nil {
		return nil, "", err
	}
	defer body.Close()
	if data, err = io.ReadAll(io.LimitReader(body, largestPicture+1)); err != nil {
		return nil, "", err
	}
	end, is := endings[http.DetectContentType(data)]
	if !is || len(data) > largestPicture {
		return nil, "", fmt.Errorf("what a tester sent as a picture is none, or is too large (%d bytes)", len(data))
	}
	return data, end, nil
}
