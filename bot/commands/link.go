package commands

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/store"
)

// Link switches the public link of an external group on or off.
type Link struct {
	betaGroup
	On    bool `json:"on"`
	Limit int  `json:"limit"` // how many may come by it; 0: as it is now, without one at first
	Free  bool `json:"free"`  // no limit
}

// mostByLink is how many a public link may let in (Apple's documentation).
const mostByLink = 10_000

// Parse reads "<group> on|off [limit <n>|no limit] [in <app>]".
func (l *Link) Parse(words []string) error {
	words, l.Free = takeFree(words)
	words, limit, limited, err := takeLimit(words)
	if err != nil {
		return err
	}
	rest, on, said := takeOnOff(words)
	if err := l.parseGroup(rest); err != nil {
		return err
	}
	l.Limit = limit
	if l.On = on || !said && (limited || l.Free); l.Group.Name == "" || !said && !l.On {
		return bot.ErrMore
	}
	if !l.On && (limited || l.Free) {
		return bot.Trouble{What: "A link that is off has no limit.", Next: "Say “on” with the limit, or “off” alone."}
	}
	return nil
}

func takeFree(words []string) (rest []string, free bool) {
	for i := range words {
		if i+1 < len(words) && strings.EqualFold(words[i], "no") && strings.EqualFold(words[i+1], "limit") {
			return append(append([]string(nil), words[:i]...), words[i+2:]...), true
		}
	}
	return words, false
}

// takeLimit takes "limit <n>" out of words.
func takeLimit(words []string) (rest []string, limit int, said bool, err error) {
	for i, w := range words {
		if !strings.EqualFold(w, "limit") || i+1 == len(words) {
			continue
		}
		if limit, err = readLimit(words[i+1]); err != nil {
			return words, 0, false, err
		}
		return append(append([]string(nil), words[:i]...), words[i+2:]...), limit, true, nil
	}
	return words, 0, false, nil
}

func readLimit(s string) (int, error) {
	n, err := strconv.Atoi(strings.ReplaceAll(s, ".", ""))
	if err != nil || n < 1 || n > mostByLink {
		return 0, bot.Trouble{What: "“" + s + "” is no limit for a link.", Next: "Take a number from 1 to 10000."}
	}
	return n, nil
}

var (
	linkOn  = bot.Choice{Text: "On", Value: "on", About: "whoever has the link may test"}
	linkOff = bot.Choice{Text: "Off", Value: "off", About: "who came by it stays a tester"}
)

// Form asks for the group, on or off, and the limit.
func (l *Link) Form() bot.Form {
	limit := ""
	if l.Limit > 0 {
		limit = strconv.Itoa(l.Limit)
	}
	f := bot.Field{Name: "on", Label: "The link is", Kind: bot.OneOf, Choices: []bot.Choice{linkOn, linkOff}}
	f.Chosen = []bot.Choice{linkOn}
	return bot.Form{
		Title: "Public link", Submit: "Ask for it",
		Intro: "With a public link anybody who has it can become a tester, without an invitation. The group has to be external and to have a build.",
		Fields: []bot.Field{
			l.groupField(), f,
			{Name: "limit", Label: "How many may come by it", Kind: bot.Line, Optional: true, Text: limit, Hint: "1 to 10000, or “none”. Empty: as it is now."},
		},
	}
}

// Read takes the submitted form.
func (l *Link) Read(v bot.Values) map[string]string {
	wrong := map[string]string{}
	*l = Link{}
	l.readGroup(v, wrong)
	l.On = pickedOne(v, "on") == linkOn.Value
	switch text := v["limit"].Text; {
	case text == "":
	case !l.On:
		wrong["limit"] = "A link that is off has no limit: leave this empty."
	case strings.EqualFold(text, "none"):
		l.Free = true
	default:
		var err error
		if l.Limit, err = readLimit(strings.ReplaceAll(text, ",", "")); err != nil {
			wrong["limit"] = "Take a number from 1 to 10000, or “none”."
		}
	}
	return wrong
}

// Summary names the group.
func (l *Link) Summary() string {
	s := "Switch the public link of " + l.Group.Name + " in " + l.App.Name + " " + onOff(l.On)
	switch {
	case l.Limit > 0:
		s += " for at most " + howMany(l.Limit, "tester")
	case l.Free:
		s += " without a limit"
	}
	return s
}

// limit is what the link's limit will be with the group as it is; 0: none.
func (l *Link) limit(now asc.BetaGroup) int {
	switch {
	case l.Free:
		return 0
	case l.Limit > 0:
		return l.Limit
	case now.PublicLinkLimitEnabled:
		return now.PublicLinkLimit
	}
	return 0
}

// Look says what has to be there first, and how full the link is.
func (l *Link) Look(ctx context.Context, api *asc.Client) (bot.Sight, error) {
	now, err := l.find(ctx, api)
	if err != nil {
		return bot.Sight{}, err
	}
	if now.IsInternalGroup {
		return bot.Sight{}, bot.Trouble{What: now.Name + " is an internal group, and those have no public link.", Next: "Take an external group; `/asc groups " + l.App.Name + "` lists them."}
	}
	if l.On && len(now.BuildIDs) == 0 {
		return bot.Sight{}, bot.Trouble{
			What: now.Name + " has no build yet, and without one App Store Connect gives it no link.",
			Next: "Give it a build first: `/asc build give " + l.App.Name + " <number> to " + now.Name + "`, then have it reviewed with `/asc build review`.",
		}
	}
	joined, known, err := joinedByLink(ctx, api, now.ID)
	if err != nil {
		return bot.Sight{}, err
	}
	fields := []store.Field{
		{Name: "Public link", Before: linkState(now.PublicLinkEnabled, now.PublicLinkLimitEnabled, now.PublicLinkLimit), After: linkState(l.On, l.On && l.limit(now) > 0, l.limit(now))},
		{Name: "Group", After: now.Name + " in " + l.App.Name},
	}
	if known {
		fields = append(fields, store.Field{Name: "Came by it so far", After: howMany(joined, "tester")})
	}
	if l.On {
		ready, err := anyReady(ctx, api, now.ID)
		if err != nil {
			return bot.Sight{}, err
		}
		if !ready {
			fields = append(fields, store.Field{Name: "Not yet", After: "None of the group's builds has passed beta review: until one has, whoever follows the link finds nothing to install."})
		}
		if limit := l.limit(now); known && limit > 0 && joined >= limit {
			fields = append(fields, store.Field{Name: "Full", After: "As many as the limit lets in have come already, so nobody else can."})
		}
	}
	if r, ok, err := api.RecruitmentCriterion(ctx, now.ID); err != nil {
		return bot.Sight{}, err
	} else if ok && l.On {
		fields = append(fields, store.Field{Name: "For whom", After: criteria(r)})
	}
	p := store.Preview{Fields: fields, Touches: "anybody who has the link", Allows: "They may install the builds of this group without being asked", Undo: "Can be undone with " + toType("link", bot.Quote(now.Name), "off in", bot.Quote(l.App.Name)) + "; who came by it stays a tester."}
	if !l.On {
		p.Touches, p.Allows = "whoever would follow the link from now on", ""
		p.Undo = "Can be switched on again; whether the address stays the same is not known."
	}
	return bot.Sight{
		Shown:   map[string]any{"app": l.App, "group": l.Group, "on": now.PublicLinkEnabled, "limited": now.PublicLinkLimitEnabled, "limit": now.PublicLinkLimit},
		Preview: p,
	}, nil
}

// joinedByLink counts who came by a group's public link.
func joinedByLink(ctx context.Context, api *asc.Client, group string) (n int, known bool, err error) {
	return api.CountBetaTesters(ctx, asc.BetaTesterFilter{Group: []string{group}, InviteType: []string{"PUBLIC_LINK"}})
}

// anyReady tells whether people outside the team can install one of a group's
// builds.
func anyReady(ctx context.Context, api *asc.Client, group string) (bool, error) {
	_, ok, err := first(api.Builds(ctx, asc.BuildFilter{Group: []string{group}, Expired: new(false), IncludeBeta: true}),
		func(b asc.Build) bool { return testable(b) })
	return ok, err
}

func linkState(on, limited bool, limit int) string {
	switch {
	case !on:
		return "off"
	case limited:
		return "on, for at most " + howMany(limit, "tester")
	}
	return "on, for any number"
}

var families = map[string]string{
	"IPHONE": "iPhone", "IPAD": "iPad", "APPLE_TV": "Apple TV", "APPLE_WATCH": "Apple Watch", "MAC": "Mac", "VISION": "Apple Vision",
}

// criteria says with which devices somebody may come by a link.
func criteria(r asc.RecruitmentCriterion) string {
	var parts []string
	for _, d := range r.Devices {
		s := families[d.Family]
		if s == "" {
			s = d.Family
		}
		switch {
		case d.Minimum != "" && d.Maximum != "":
			s += " with system " + d.Minimum + " to " + d.Maximum
		case d.Minimum != "":
			s += " with system " + d.Minimum + " or later"
		case d.Maximum != "":
			s += " with system " + d.Maximum + " or earlier"
		}
		parts = append(parts, s)
	}
	if len(parts) == 0 {
		return "any device"
	}
	return strings.Join(parts, ", ")
}

// Do switches the link.
func (l *Link) Do(ctx context.Context, api *asc.Client) error {
	if !l.On {
		_, err := api.ClosePublicLink(ctx, l.Group.ID)
		return explained(err)
	}
	change := asc.BetaGroupChange{PublicLinkEnabled: new(true)}
	switch {
	case l.Free:
		change.PublicLinkLimitEnabled = new(false)
	case l.Limit > 0:
		change.PublicLinkLimitEnabled, change.PublicLinkLimit = new(true), &l.Limit
	}
	_, err := api.UpdateBetaGroup(ctx, l.Group.ID, change)
	return explained(err)
}

// Check reads the link.
func (l *Link) Check(ctx context.Context, api *asc.Client) (bot.Finding, error) {
	now, err := api.BetaGroup(ctx, l.Group.ID)
	if err != nil {
		return bot.Finding{Standing: bot.NotDone}, gone(err)
	}
	if now.PublicLinkEnabled != l.On || l.Free && now.PublicLinkLimitEnabled || l.Limit > 0 && (!now.PublicLinkLimitEnabled || now.PublicLinkLimit != l.Limit) {
		return bot.Finding{Standing: bot.NotDone}, nil
	}
	said := fmt.Sprintf("The public link of %s in %s is %s.", l.Group.Name, l.App.Name, linkState(now.PublicLinkEnabled, now.PublicLinkLimitEnabled, now.PublicLinkLimit))
	switch {
	case l.On && now.PublicLink == "":
		said += " App Store Connect does not show its address yet; `/asc groups " + l.App.Name + "` does once it is there."
	case l.On:
		said += " It is " + now.PublicLink
	}
	return bot.Finding{Standing: bot.Done, Outcome: said}, nil
}
