package store

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// replay is what the log says of every request, and of what was erased.
type replay struct {
	requests map[uint64]*replayed
	gone     []int64         // records whose values are not there, in order
	erased   [][2]int64      // records whose values were erased, from and to
	emptied  map[uint64]bool // requests whose content was erased
	lost     map[string]bool // texts of checkpoints that were given up
}

func newReplay() replay {
	return replay{requests: map[uint64]*replayed{}, emptied: map[uint64]bool{}, lost: map[string]bool{}}
}

type replayed struct {
	state   State
	version int
	digest  string
	votes   []ballot
	matched bool
}

type ballot struct {
	team, id string
	yes      bool
}

// apply follows one line and answers in words what cannot be.
func (p *replay) apply(l Leaf) string {
	at, known := p.requests[l.Request]
	switch l.Kind {
	case "erased":
		return p.erase(l)
	case "rollback":
		var d rollbackDetails
		if err := json.Unmarshal(l.Details, &d); err != nil {
			return "what was given up cannot be read"
		}
		for _, text := range d.Lost {
			p.lost[text] = true
		}
		return ""
	case "asked":
		if known || l.Request == 0 || l.To != Pending {
			return fmt.Sprintf("request #%d is asked for twice", l.Request)
		}
		p.requests[l.Request] = &replayed{state: Pending, version: l.Version, digest: l.Digest}
		return ""
	case "voted", "unvoted", "moved", "renewed":
		if !known {
			return fmt.Sprintf("request #%d was never asked for", l.Request)
		}
	default:
		return ""
	}
	switch l.Kind {
	case "voted":
		return at.voted(l)
	case "unvoted":
		return at.unvoted(l)
	case "moved":
		return at.moved(l)
	}
	return at.renewed(l)
}

func (p *replay) erase(l Leaf) string {
	var d erasedDetails
	if err := json.Unmarshal(l.Details, &d); err != nil {
		return "what was erased cannot be read"
	}
	p.erased = append(p.erased, d.Records...)
	for _, id := range d.Requests {
		p.emptied[id] = true
	}
	return ""
}

// unaccounted says in words which values are gone though the log tells of no erasure.
func (p *replay) unaccounted() (words []string) {
	slices.SortFunc(p.erased, func(a, b [2]int64) int { return cmp.Compare(a[0], b[0]) })
	next, until := 0, int64(-1)
	for _, n := range p.gone {
		for ; next < len(p.erased) && p.erased[next][0] <= n; next++ {
			until = max(until, p.erased[next][1])
		}
		if n > until {
			words = append(words, fmt.Sprintf("values of record %d are gone, and no erasure speaks of them", n))
		}
	}
	return words
}

func (at *replayed) voted(l Leaf) string {
	var d votedDetails
	if err := json.Unmarshal(l.Details, &d); err != nil || l.By == nil {
		return "the vote cannot be read"
	}
	if at.state != Pending && (at.state != Approved || d.Yes) || l.Version != at.version || l.Digest != at.digest {
		return fmt.Sprintf("a vote for something else than request #%d as it was, %s at version %d", l.Request, at.state, at.version)
	}
	at.votes = append(at.votes, ballot{l.By.Team, l.By.ID, d.Yes})
	return ""
}

func (at *replayed) unvoted(l Leaf) string {
	back := l.From == Approved && l.To == Pending
	if l.By == nil || l.Version != at.version || at.state != Pending && at.state != Approved || back != (l.To != "") || back && at.state != Approved {
		return fmt.Sprintf("a vote on request #%d cannot be taken back, it was %s", l.Request, at.state)
	}
	i := slices.IndexFunc(at.votes, func(b ballot) bool { return b.team == l.By.Team && b.id == l.By.ID })
	if i < 0 {
		return fmt.Sprintf("a vote on request #%d is taken back that was never given", l.Request)
	}
	at.votes = slices.Delete(at.votes, i, i+1)
	if back {
		at.state = Pending
	}
	return ""
}

func (at *replayed) moved(l Leaf) string {
	if l.From != at.state || l.To == Pending || !l.From.mayBecome(l.To) || l.Version != at.version || l.Digest != at.digest {
		return fmt.Sprintf("request #%d cannot go from %s to %s, it was %s", l.Request, l.From, l.To, at.state)
	}
	at.state = l.To
	return ""
}

func (at *replayed) renewed(l Leaf) string {
	if at.state != Stale && at.state != Pending || l.Version != at.version+1 {
		return fmt.Sprintf("request #%d cannot be renewed to version %d, it was %s at version %d", l.Request, l.Version, at.state, at.version)
	}
	*at = replayed{state: Pending, version: l.Version, digest: l.Digest}
	return ""
}

// compare answers in words how a stored request differs from what the log says.
func (p *replay) compare(r Request) string {
	at, known := p.requests[r.ID]
	if !known {
		return "is in the file and not in the log"
	}
	at.matched = true
	votes := make([]ballot, 0, len(r.Votes))
	for _, v := range r.Votes {
		votes = append(votes, ballot{v.Person.Team, v.Person.ID, v.Yes})
	}
	switch {
	case r.State != at.state:
		return fmt.Sprintf("is %s in the file and %s in the log", r.State, at.state)
	case r.Version != at.version:
		return fmt.Sprintf("has version %d in the file and %d in the log", r.Version, at.version)
	case r.Digest != at.digest:
		return "has another digest in the file than in the log"
	case r.Erased && (!r.State.Final() || !p.emptied[r.ID]):
		return "has erased content, and no erasure speaks of it"
	case !r.Erased && r.sealAsStored() != at.digest:
		return "is not what was agreed on: its digest does not fit what it asks for"
	case !slices.Equal(votes, at.votes):
		return fmt.Sprintf("has %d votes in the file that are not the %d in the log", len(votes), len(at.votes))
	}
	return ""
}

// left answers the requests that were not compared.
func (p *replay) left() (ids []uint64) {
	for _, id := range slices.Sorted(maps.Keys(p.requests)) {
		if !p.requests[id].matched {
			ids = append(ids, id)
		}
	}
	return ids
}
