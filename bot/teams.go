package bot

import (
	"slices"
	"strings"
)

// pickTeam takes “on <team>” out of words and finds the App Store Connect team they
// are about: the one that is named, else the only one. When there are several and
// nothing says which, it answers false. Other words after “on” are left to the command.
func (b *Bot) pickTeam(said []string) (rest []string, team Team, ok bool) {
	for i, w := range said {
		if !strings.EqualFold(w, "on") {
			continue
		}
		for end := len(said); end > i+1; end-- {
			if t, named := b.teamCalled(strings.Join(said[i+1:end], " ")); named {
				return slices.Concat(said[:i], said[end:]), t, true
			}
		}
	}
	if len(b.Teams) == 1 {
		return said, b.Teams[0], true
	}
	return said, Team{}, false
}

// whichTeam asks, and does not guess: a button for each team does what was said.
func (b *Bot) whichTeam(said []string) error {
	t := Trouble{What: "There are several App Store Connect teams here.", Next: "Say which, with “on” and its name at the end."}
	for _, team := range b.Teams {
		t.Offers = append(t.Offers, Offer{Label: "On " + team.Name, Words: b.on(quoted(said), team)})
	}
	return t
}

// teamCalled finds a team by its name, as somebody may have typed it.
func (b *Bot) teamCalled(name string) (Team, bool) {
	i := slices.IndexFunc(b.Teams, func(t Team) bool { return name != "" && Alike(t.Name, name) })
	if i < 0 {
		return Team{}, false
	}
	return b.Teams[i], true
}

// on adds to a command for which team it is, when there are several.
func (b *Bot) on(words string, team Team) string {
	if len(b.Teams) < 2 {
		return words
	}
	return words + " on " + Quote(team.Name)
}
