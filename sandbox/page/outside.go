package page

import (
	"errors"
	"strings"

	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
)

// outside is something that testers, developers, Apple itself or those who run the Slack
// workspace do, where the bot does not see it.
type outside struct {
	Deed    string `json:"deed"`
	Team    string `json:"team"`    // where there are several and the rest does not tell which
	Email   string `json:"email"`   // of who has got a mail
	Account string `json:"account"` // of accept: the address of their Apple Account, when it is another
	App     string `json:"app"`     // of testers, and of upload: its id
	ID      string `json:"id"`      // of a build or a group, or of somebody in Slack
	Number  string `json:"number"`  // of upload: the build number
}

// deeds are what can happen, by their names.
var deeds = map[string]func(team *apple.Server, in outside) error{
	"accept":         func(t *apple.Server, in outside) error { return t.Accept(in.Email, in.Account) },
	"accept-testing": func(t *apple.Server, in outside) error { return t.AcceptTesting(in.App, in.Email) },
	"install":        func(t *apple.Server, in outside) error { return t.Install(in.App, in.Email) },
	"follow-link":    func(t *apple.Server, in outside) error { return t.FollowLink(in.ID) },
	"processed":      func(t *apple.Server, in outside) error { return t.Process(in.ID, true) },
	"invalid":        func(t *apple.Server, in outside) error { return t.Process(in.ID, false) },
	"review-begins":  func(t *apple.Server, in outside) error { return t.BetaReview(in.ID, apple.ReviewBegins) },
	"review-passes":  func(t *apple.Server, in outside) error { return t.BetaReview(in.ID, apple.ReviewPasses) },
	"review-rejects": func(t *apple.Server, in outside) error { return t.BetaReview(in.ID, apple.ReviewRejects) },
	"upload":         func(t *apple.Server, in outside) error { _, err := t.Upload(in.App, in.Number); return err },
}

// teams are the stand-ins for App Store Connect, the first team first.
func (p *Page) teams() []*apple.Server {
	if p.Orchard == nil {
		return []*apple.Server{p.Apple}
	}
	return []*apple.Server{p.Apple, p.Orchard}
}

// doOutside plays them. Of several teams it is the one that has what it is about.
func (p *Page) doOutside(in outside) (nothing, error) {
	for _, s := range []*string{&in.Email, &in.Account, &in.Number} {
		*s = strings.TrimSpace(*s)
	}
	if in.Deed == "leave-slack" || in.Deed == "return-to-slack" {
		err := p.Slack.EditPerson(in.ID, func(who *slack.Person) { who.Deleted = in.Deed == "leave-slack" })
		p.hub.tell()
		return nothing{}, err
	}
	do, known := deeds[in.Deed]
	if !known {
		return nothing{}, errors.New("the page asks for something the sandbox does not know")
	}
	var err error
	for _, team := range p.teams() {
		if in.Team != "" && in.Team != p.teamWord(team) {
			continue
		}
		if err = do(team, in); !apple.Absent(err) {
			break
		}
	}
	p.hub.tell()
	return nothing{}, err
}
