package page

import (
	"errors"
	"strings"

	"github.com/ascbot/ascbot/sandbox/apple"
)

// outside is something that people do with a mail from Apple, where neither the bot nor
// Slack sees it.
type outside struct {
	Deed    string `json:"deed"` // accept or install
	Email   string `json:"email"`
	Account string `json:"account"` // of accept: the address of their Apple Account, when it is another
	App     string `json:"app"`     // of install: its id
}

// teams are the stand-ins for App Store Connect, the first team first.
func (p *Page) teams() []*apple.Server {
	if p.Orchard == nil {
		return []*apple.Server{p.Apple}
	}
	return []*apple.Server{p.Apple, p.Orchard}
}

// doOutside plays somebody who has got a mail. Of several teams it is the one that has
// sent it.
func (p *Page) doOutside(in outside) (nothing, error) {
	email, account := strings.TrimSpace(in.Email), strings.TrimSpace(in.Account)
	var err error
	for _, team := range p.teams() {
		switch in.Deed {
		case "accept":
			err = team.Accept(email, account)
		case "install":
			err = team.Install(in.App, email)
		default:
			err = errors.New("the page asks for something the sandbox does not know")
		}
		if err == nil {
			break
		}
	}
	p.hub.tell()
	return nothing{}, err
}
