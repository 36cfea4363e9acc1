package bot_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/ascbot/ascbot/sandbox/slack"
)

func init() {
	cast["file"] = act((*play).file)
	cast["demand"] = act((*play).demand)
	cast["late"] = act((*play).late)
	cast["rename-channel"] = act((*play).renameChannel)
	cast["bank"] = act((*play).bank)
	cast["archive"] = act((*play).archive)
}

// demand makes so many percent of what would be sold of an app, by SKU, or of all, on a
// day: demand day percent [SKU].
func (p *play) demand(args []string) (outcome, error) {
	percent, err := strconv.Atoi(args[1])
	if err != nil {
		return outcome{}, err
	}
	p.box.Apple.Demand(args[0], strings.Join(args[2:], ""), percent)
	return outcome{}, nil
}

// late keeps the reports of some days from being published, or with off publishes them:
// late day… or late off day….
func (p *play) late(args []string) (outcome, error) {
	late := args[0] != "off"
	for _, day := range args {
		p.box.Apple.Delay(day, late)
	}
	return outcome{}, nil
}

// renameChannel gives a channel another name: rename-channel channel name.
func (p *play) renameChannel(args []string) (outcome, error) {
	return outcome{}, p.box.Slack.Rename(args[0], args[1])
}

// bank has exchange rates published or not: bank shut, bank open.
func (p *play) bank(args []string) (outcome, error) {
	p.box.ShutBank(args[0] == "shut")
	return outcome{}, nil
}

// archive closes a channel, or with back opens it again: archive channel [back].
func (p *play) archive(args []string) (outcome, error) {
	return outcome{}, p.box.Slack.Archive(args[0], len(args) < 2)
}

// file prints the beginning of the newest file that somebody was given: file who
// [lines].
func (p *play) file(args []string) (outcome, error) {
	var newest slack.Message
	for _, c := range p.box.Slack.Snapshot(args[0]).Channels {
		for _, m := range c.Messages {
			if len(m.Files) > 0 && m.TS > newest.TS {
				newest = m
			}
		}
	}
	if len(newest.Files) == 0 {
		return outcome{}, fmt.Errorf("%s was given no file", args[0])
	}
	f := newest.Files[0]
	transport := &http.Transport{DialContext: p.net.Dial, DisableKeepAlives: true}
	resp, err := (&http.Client{Transport: transport}).Get("http://" + strings.TrimPrefix(strings.TrimSuffix(p.box.URL(), "/"), "http://") + f.Path)
	if err != nil {
		return outcome{}, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		return outcome{}, err
	}
	most := 5
	if len(args) > 1 {
		if most, err = strconv.Atoi(args[1]); err != nil {
			return outcome{}, err
		}
	}
	lines := strings.Split(string(bytes.ReplaceAll(bytes.TrimPrefix(data, []byte("\ufeff")), []byte("\r\n"), []byte("\n"))), "\n")
	return outcome{text: fmt.Sprintf("%s, “%s”, %d lines\n%s\n", f.Name, f.Title, len(lines)-1, strings.Join(lines[:min(most, len(lines))], "\n"))}, nil
}
