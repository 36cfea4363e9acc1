package store

import "slices"

// State is where a request stands.
type State string

const (
	Pending   State = "pending"   // waits for votes
	Approved  State = "approved"  // agreed, not begun
	Running   State = "running"   // the change may be on its way to Apple
	Done      State = "done"      // proven by reading
	Already   State = "already"   // it was so before
	Partly    State = "partly"    // some rows done, some not
	Failed    State = "failed"    // certainly not done
	Unsure    State = "unsure"    // no answer came; to be settled by reading
	Denied    State = "denied"    // an approver said no
	Expired   State = "expired"   // nobody decided, or nobody ran it, in time
	Cancelled State = "cancelled" // taken back by its requester
	Stale     State = "stale"     // the world moved; a new version has to be agreed
)

// moves is the table of legal moves. Running goes back to Approved, or to Stale,
// only when certainly nothing was sent; Unsure to Approved when reading has shown
// that nothing happened and sending it twice would not do it twice. Stale becomes Pending by Renew alone,
// since a new version voids the votes.
var moves = map[State][]State{
	Pending:  {Approved, Denied, Expired, Cancelled, Stale},
	Approved: {Running, Denied, Expired, Cancelled, Stale},
	Running:  {Done, Already, Partly, Failed, Unsure, Approved, Stale},
	Unsure:   {Done, Already, Partly, Failed, Approved},
	Stale:    {Pending, Expired, Cancelled},
}

// Final says that a request in this state never moves again.
func (s State) Final() bool { return s != "" && len(moves[s]) == 0 }

func (s State) mayBecome(to State) bool { return slices.Contains(moves[s], to) }
