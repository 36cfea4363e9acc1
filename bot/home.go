package bot

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/bot/policy"
	"github.com/ascbot/ascbot/store"
)

// homePage is what one person's App Home shows.
type homePage struct {
	blocks []slack.Block
	lists  []uint64 // the requests on it
}

func (p *homePage) add(blocks ...slack.Block) { p.blocks = append(p.blocks, blocks...) }

// A Home holds a hundred blocks, so every list on it is bounded. Those who decide see
// everything that will change before they press, so that takes the most room.
const (
	homeCards = 5 // requests in full, for whoever may decide
	homeRows  = 8 // lines of every other list
)

// homeFor draws the Home of one person, from what is stored and from who they are.
func (b *Bot) homeFor(ctx context.Context, user string) (homePage, error) {
	page := homePage{blocks: []slack.Block{Header("App Store Connect")}}
	who, _, err := b.person(ctx, user, false)
	if err != nil {
		return page, Trouble{What: "I cannot check in Slack who you are just now.", Next: "Open this tab again in a minute."}
	}
	if v := b.conf().Policy.MayUse(who); !v.May {
		page.add(Section(prose(v.Why)))
		return page, nil
	}
	if gap := b.gap(ctx); gap.What != "" {
		page.add(Section("⚙️ *Not ready yet.* "+prose(gap.What)), Context(prose(gap.Next)))
	}
	if err := b.homeRequests(ctx, &page, who); err != nil {
		return page, err
	}
	page.add(slack.NewDividerBlock(), Section("*Begin something*"), b.quick(who))
	page.add(slack.NewDividerBlock(), Section("*What you may do*"))
	for _, line := range b.mayInWords(who) {
		page.add(Context(line))
	}
	page.add(Context("Type `/asc help` in any channel to see what I can do. Every change is shown to somebody else before it happens. Only you see this page."))
	return page, nil
}

// gap is what keeps anybody from asking for anything yet: there is no channel for
// cards. When nothing is missing, that is good for a minute.
func (b *Bot) gap(ctx context.Context) Trouble {
	b.homes.mu.Lock()
	known, at := b.homes.gap, b.homes.looked
	b.homes.mu.Unlock()
	if !at.IsZero() && time.Since(at) < shownFor {
		return known
	}
	var gap Trouble
	if _, err := b.court(ctx, ""); err != nil {
		gap, _ = errors.AsType[Trouble](err) // when Slack does not answer, nothing is known to be missing
	}
	b.homes.mu.Lock()
	defer b.homes.mu.Unlock()
	if b.homes.looked = time.Now(); gap.What != "" {
		b.homes.looked = time.Time{} // it may be filled any moment, and whoever fills it looks here
	}
	b.homes.gap = gap
	return gap
}

// homeRequests shows what waits for somebody, what they asked for, and what holds for
// a time.
func (b *Bot) homeRequests(ctx context.Context, page *homePage, who policy.Person) error {
	open, err := b.Store.Open()
	if err != nil {
		return err
	}
	var mine, waiting []store.Request
	for _, r := range open {
		switch {
		case r.Asker.ID == who.ID:
			mine = append(mine, r)
		case r.State == store.Pending && !voted(r, who) && b.mayDecide(ctx, who.ID, r):
			waiting = append(waiting, r)
		}
	}
	running, err := b.Store.Grants()
	if err != nil {
		return err
	}
	running = slices.DeleteFunc(running, func(r store.Request) bool { return !b.mayEnd(ctx, who, r).May })
	ended, err := b.endedLately(who.ID)
	if err != nil {
		return err
	}
	page.waiting(waiting)
	page.mine(mine, ended)
	page.grants(running)
	return nil
}

// A request that ended stays on the Home of whoever asked for a while.
const (
	endedLately = 48 * time.Hour
	endedShown  = 3
)

// endedLately are the newest requests of somebody that have ended.
func (b *Bot) endedLately(user string) (ended []store.Request, err error) {
	recent, err := b.Store.Recent(200)
	for _, r := range recent {
		if r.Asker.ID == user && r.State.Final() && b.Now().Sub(r.Ended) < endedLately && len(ended) < endedShown {
			ended = append(ended, r)
		}
	}
	return ended, err
}

// waiting shows requests as their cards do, with buttons to decide.
func (p *homePage) waiting(requests []store.Request) {
	p.add(Section(counted("Waiting for you", len(requests))))
	if len(requests) == 0 {
		p.add(Context("Nothing waits for your decision."))
	}
	for i, r := range requests {
		p.lists = append(p.lists, r.ID)
		switch {
		case i < homeCards:
			p.add(Section(Markf("*%s*\n*#%d*%s  ·  asked by %s in %s", r.Summary, r.ID, versionWords(r), mention(r.Asker.ID), channel(r.Card.Channel))), details(r))
			if r.Note != "" {
				p.add(quote(r.Note))
			}
			approve, deny := decisions(r)
			p.add(Context(Markf("%s, until %s.  Fingerprint %s.", r.Preview.Needs, When(r.VoteUntil), shortDigest(r)[:8])),
				slack.NewActionBlock(fmt.Sprintf("decide %d", r.ID), approve, deny))
		case i < homeCards+homeRows:
			p.add(Section(RequestLine(r)))
		}
	}
	p.rest(len(requests), homeCards+homeRows)
}

// mine shows what somebody has asked for and where it stands.
func (p *homePage) mine(open, ended []store.Request) {
	p.add(slack.NewDividerBlock(), Section(counted("Asked by you", len(open))))
	if len(open) == 0 {
		p.add(Context("You have no open requests."))
	}
	for i, r := range open {
		p.lists = append(p.lists, r.ID)
		if i == homeRows {
			break
		}
		row := Markf("*#%d* %s\n%s, card in %s", r.ID, r.Summary, headline(r), channel(r.Card.Channel))
		if r.State == store.Pending || r.State == store.Approved { // it can still be taken back
			p.add(rowOf(r, row, button(r, cancelID, "Take back", "")))
			continue
		}
		p.add(Section(row))
	}
	p.rest(len(open), homeRows)
	for _, r := range ended {
		line := Markf("%s: *#%d* %s.", headlines[r.State], r.ID, r.Summary)
		if end := ending(r); end != "" {
			line += " " + prose(clean(end, 200))
		}
		p.add(Context(line))
	}
}

// grants shows what ends by itself.
func (p *homePage) grants(running []store.Request) {
	if len(running) == 0 {
		return
	}
	p.add(slack.NewDividerBlock(), Section(counted("Holds for a time", len(running))))
	for i, r := range running {
		p.lists = append(p.lists, r.ID)
		if i == homeRows {
			break
		}
		ends := endButtons(r)
		if row, ok := ends.(*slack.ActionBlock); ok {
			row.BlockID = "grant " + strconv.FormatUint(r.ID, 10)
		}
		p.add(Section(Markf("*#%d* %s\nEnds %s; what was there before comes back by itself.", r.ID, r.Summary, When(r.Grant.Until))), ends)
	}
	p.rest(len(running), homeRows)
}

func (p *homePage) rest(all, shown int) {
	if all > shown {
		p.add(Context(Markf("… and %d more: `/asc requests`", all-shown)))
	}
}

func counted(title Markup, n int) Markup {
	if n == 0 {
		return Markf("*%s*", title)
	}
	return Markf("*%s* (%d)", title, n)
}

// rowOf is a line about a request with a button of its own.
func rowOf(r store.Request, text Markup, b *slack.ButtonBlockElement) slack.Block {
	s := slack.NewSectionBlock(Marked(text), nil, slack.NewAccessory(b))
	s.BlockID = fmt.Sprintf("request %d", r.ID)
	return s
}

// mayInWords says what somebody may ask for, see and decide about, and who agrees.
func (b *Bot) mayInWords(who policy.Person) []Markup {
	p := b.conf().Policy
	var team Team // where there are several, what they have in common counts
	if !b.several() {
		team, _ = b.team("")
	}
	var sees, decides []Verb
	asks := map[string][]Verb{} // by who has to agree
	var order []string
	for _, v := range b.Verbs {
		s := v.Subject(team)
		demands, ok := p.Demands(s)
		switch may := b.mayAsk(who, v).May; {
		case !may:
		case v.Change == nil:
			sees = append(sees, v)
		default:
			needs := demands.InWords()
			if asks[needs] == nil {
				order = append(order, needs)
			}
			asks[needs] = append(asks[needs], v)
		}
		other := policy.Case{Subject: s, Asker: policy.Person{Team: who.Team, ID: "somebody else"}}
		if v.Change != nil && ok && p.MayDecide(who, other, demands).May {
			decides = append(decides, v)
		}
	}
	var lines []Markup
	for _, needs := range order {
		lines = append(lines, Markf("*Ask for* %s. %s.", b.inParts(asks[needs]), needs))
	}
	if len(decides) > 0 {
		lines = append(lines, Markf("*Decide about* %s, when somebody else asks.", b.inParts(decides)))
	}
	if len(sees) > 0 {
		lines = append(lines, Markf("*See* %s.", b.inParts(sees)))
	}
	return lines
}

// inParts names commands that are all changes or all looks: by the part of App Store
// Connect where it is every one of a part.
func (b *Bot) inParts(verbs []Verb) Markup {
	var whole, single []Markup
	for i := 0; i < len(verbs); {
		n, all := 0, 0
		for _, v := range b.Verbs {
			if v.Part == verbs[i].Part && (v.Change == nil) == (verbs[i].Change == nil) {
				all++
			}
		}
		for ; i+n < len(verbs) && verbs[i+n].Part == verbs[i].Part; n++ {
			single = append(single, Code(verbs[i+n].Words))
		}
		if n == all && n > 1 {
			single = single[:len(single)-n]
			whole = append(whole, Inert(verbs[i].Part))
		}
		i += n
	}
	switch {
	case len(whole) == 0:
		return Join(single, ", ")
	case len(single) == 0:
		return "everything under " + Join(whole, ", ")
	}
	return "everything under " + Join(whole, ", ") + "; also " + Join(single, ", ")
}

// mayDecide says whether somebody's vote would count, as far as is known now.
func (b *Bot) mayDecide(ctx context.Context, user string, r store.Request) bool {
	f, err := b.facts(ctx, r)
	if err != nil {
		return false
	}
	who, _, err := b.personUnder(ctx, user, f.ruling)
	return err == nil && f.conf.Policy.MayDecide(who, f.of, f.demands).May
}

// RequestLine shows a request in one line of a list.
func RequestLine(r store.Request) Markup {
	return Markf("*#%d* %s — %s, asked by %s, card in %s", r.ID, r.Summary, standing(r), mention(r.Asker.ID), channel(r.Card.Channel))
}
