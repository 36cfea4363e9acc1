package bot

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ascbot/ascbot/bot/policy"
	"github.com/ascbot/ascbot/store"
)

// busy refuses to begin a change while another of the same target is under way or
// being read back: what a read shows then could be either's doing. The target is whom a
// change serves; of one that serves nobody, the apps it is about, for the same command, or
// any of its class when one of them makes something that has no key: whether it is there
// can only be told by what was not there before, such as a group of that name, which a
// rename could bring too.
// Nobody else may begin between this and the move to running, so claims is held.
func (b *Bot) busy(r store.Request, op Operation) error {
	other, err := b.beside(r, op)
	if err == nil && other != 0 {
		err = wait(errors.New(underWay(other)))
	}
	return err
}

func underWay(other uint64) string {
	return fmt.Sprintf("request #%d is under way with the same", other)
}

// beside finds a request of the same target that is under way or being read back; 0:
// there is none.
func (b *Bot) beside(r store.Request, op Operation) (id uint64, err error) {
	open, err := b.Store.Open()
	if err != nil {
		return 0, err
	}
	for _, other := range open {
		if other.ID == r.ID || other.Team != r.Team || other.State != store.Running && other.State != store.Unsure {
			continue
		}
		if b.sameTarget(r, op, other) {
			return other.ID, nil
		}
	}
	return 0, nil
}

func (b *Bot) sameTarget(r store.Request, op Operation, other store.Request) bool {
	for _, mail := range r.Beneficiaries {
		if slices.ContainsFunc(other.Beneficiaries, func(m string) bool { return policy.Mailbox(m) == policy.Mailbox(mail) }) {
			return true
		}
	}
	alike := r.Operation == other.Operation || len(other.Beneficiaries) == 0 && b.besideNew(r, other)
	if len(r.Beneficiaries) > 0 || !alike {
		return false
	}
	_, theirs, err := b.operation(other)
	if err != nil {
		return true // nobody can tell
	}
	apps, all := about(op)
	more, allOfThem := about(theirs)
	return all || allOfThem || slices.ContainsFunc(apps, func(id string) bool { return slices.Contains(more, id) })
}

// besideNew reports whether one of two requests makes something that has no key, and the
// other is of its class, and so could have to do with the same.
func (b *Bot) besideNew(r, other store.Request) bool {
	one, ok := b.verb(r.Operation)
	two, known := b.verb(other.Operation)
	return ok && known && one.Class == two.Class && (one.Effect == Unkeyed || two.Effect == Unkeyed)
}

func about(op Operation) (apps []string, all bool) {
	told, ok := op.(AboutApps)
	if !ok {
		return nil, true
	}
	return told.About()
}
