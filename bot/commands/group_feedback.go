package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/store"
)

// GroupFeedback lets the testers of a group send feedback, or not.
type GroupFeedback struct {
	betaGroup
	On bool `json:"on"`
}

// Parse reads "<group> [in <app>] on|off".
func (g *GroupFeedback) Parse(words []string) error {
	rest, on, said := takeOnOff(words)
	if err := g.parseGroup(rest); err != nil {
		return err
	}
	if g.On = on; g.Group.Name == "" || !said {
		return bot.ErrMore
	}
	return nil
}

// takeOnOff takes the last “on” or “off” out of words.
func takeOnOff(words []string) (rest []string, on, said bool) {
	for i, w := range slices.Backward(words) {
		if on = strings.EqualFold(w, "on"); on || strings.EqualFold(w, "off") {
			return slices.Concat(words[:i], words[i+1:]), on, true
		}
	}
	return words, false, false
}

// Form asks for the group, and for yes or no.
func (g *GroupFeedback) Form() bot.Form {
	return bot.Form{Title: "Feedback of a group", Submit: "Ask for it", Fields: []bot.Field{g.groupField(), feedbackField(g.On)}}
}

// Read takes the submitted form.
func (g *GroupFeedback) Read(v bot.Values) map[string]string {
	wrong := map[string]string{}
	g.readGroup(v, wrong)
	g.On = pickedOne(v, "feedback") == feedbackOn.Value
	return wrong
}

// Summary names the group.
func (g *GroupFeedback) Summary() string {
	return "Switch feedback " + onOff(g.On) + " for " + g.Group.Name + " in " + g.App.Name
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

// Look shows what is set now.
func (g *GroupFeedback) Look(ctx context.Context, api *asc.Client) (bot.Sight, error) {
	now, err := g.find(ctx, api)
	if err != nil {
		return bot.Sight{}, err
	}
	return bot.Sight{
		Shown: map[string]any{"app": g.App, "group": g.Group, "feedback": now.FeedbackEnabled},
		Preview: store.Preview{
			Fields: []store.Field{
				{Name: "Feedback", Before: onOff(now.FeedbackEnabled), After: onOff(g.On)},
				{Name: "Group", After: now.Name + " (" + groupKind(now) + ")"},
				{Name: "App", After: g.App.Name},
			},
			Touches: size(now),
			Undo:    "Can be undone with " + toType("group feedback", bot.Quote(now.Name), "in", bot.Quote(g.App.Name), onOff(!g.On)) + ".",
		},
	}, nil
}

// Do sets it.
func (g *GroupFeedback) Do(ctx context.Context, api *asc.Client) error {
	_, err := api.UpdateBetaGroup(ctx, g.Group.ID, asc.BetaGroupChange{FeedbackEnabled: &g.On})
	return explained(err)
}

// Check reads it.
func (g *GroupFeedback) Check(ctx context.Context, api *asc.Client) (bot.Finding, error) {
	now, err := api.BetaGroup(ctx, g.Group.ID)
	if err != nil || now.FeedbackEnabled != g.On {
		return bot.Finding{Standing: bot.NotDone}, gone(err)
	}
	return bot.Finding{Standing: bot.Done, Outcome: fmt.Sprintf("Feedback is %s for %s in %s.", onOff(g.On), g.Group.Name, g.App.Name)}, nil
}
