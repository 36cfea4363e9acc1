package store

import (
	"encoding/base64"
	"encoding/json"
	"time"
	"unicode/utf8"
)

// quickRequest reads of a request, as this package writes it, what verifying compares
// with the log. It is false when there is anything that it does not take apart; the
// general reader has the last word then.
func quickRequest(data []byte) (r Request, ok bool) {
	if !json.Valid(data) || !utf8.Valid(data) {
		return r, false
	}
	first := true
	ok = members(data, func(key, value []byte) bool {
		if first {
			first = false
			return string(key) == "v" && string(value) == "1"
		}
		ok := true
		switch string(key) {
		case "id":
			r.ID, ok = whole[uint64](value)
		case "version":
			r.Version, ok = whole[int](value)
		case "returns":
			r.Returns, ok = whole[uint64](value)
		case "state":
			r.State, ok = stateIn(value)
		case "team":
			r.Team, ok = word(value)
		case "key":
			r.Key, ok = word(value)
		case "operation":
			r.Operation, ok = word(value)
		case "note":
			r.Note, ok = word(value)
		case "digest":
			r.Digest, ok = word(value)
		case "policy":
			r.Policy, ok = word(value)
		case "origin":
			r.Origin, ok = word(value)
		case "args":
			r.Args = value
		case "shown":
			r.Shown = value
		case "rules":
			r.Rules = value
		case "salt":
			var text string
			if text, ok = word(value); ok {
				var err error
				r.Salt, err = base64.StdEncoding.DecodeString(text)
				ok = err == nil
			}
		case "erased":
			r.Erased = string(value) == "true"
			ok = r.Erased
		case "asker":
			r.Asker, ok = quickPerson(value)
		case "beneficiaries":
			ok = elements(value, func(of []byte) bool {
				text, ok := word(of)
				r.Beneficiaries = append(r.Beneficiaries, text)
				return ok
			})
		case "vote_until":
			ok = r.VoteUntil.UnmarshalJSON(value) == nil
		case "asked", "run_until", "decided", "ended":
			ok = isTime(value)
		case "votes":
			ok = elements(value, func(of []byte) bool {
				v, ok := quickVote(of)
				r.Votes = append(r.Votes, v)
				return ok
			})
		case "attempts":
			ok = elements(value, func(of []byte) bool {
				return members(of, func(key, value []byte) bool {
					return string(key) != "started" && string(key) != "ended" || isTime(value)
				})
			})
		case "grant":
			ok = json.Unmarshal(value, new(Grant)) == nil
		case "follow_up":
			ok = json.Unmarshal(value, new(FollowUp)) == nil
		default: // what the log does not speak of; of another kind than expected it could not be read, though
			ok = kindOf(value) == requestKinds[string(key)]
		}
		return ok
	})
	return r, ok && !first
}

// requestKinds are the first letters of what else a request is made of.
var requestKinds = map[string]byte{
	"summary": '"', "preview": '{', "outcome": '"', "rows": '[', "card": '{', "asked_in": '{', "reminders": '0',
}

func isTime(value []byte) bool {
	var at time.Time
	return at.UnmarshalJSON(value) == nil
}

// kindOf is the first letter of a value; that of any number is 0.
func kindOf(value []byte) byte {
	if c := value[0]; c < '0' || c > '9' {
		return c
	}
	return '0'
}

// quickPerson reads what makes a person out of one, which is not their name.
func quickPerson(value []byte) (p Person, ok bool) {
	ok = members(value, func(key, value []byte) bool {
		ok := true
		switch string(key) {
		case "team":
			p.Team, ok = word(value)
		case "id":
			p.ID, ok = word(value)
		default:
			ok = string(key) == "name" && value[0] == '"'
		}
		return ok
	})
	return p, ok
}

func quickVote(value []byte) (v Vote, ok bool) {
	ok = members(value, func(key, value []byte) bool {
		ok := true
		switch string(key) {
		case "person":
			v.Person, ok = quickPerson(value)
		case "yes":
			v.Yes = string(value) == "true"
			ok = v.Yes || string(value) == "false"
		case "version":
			v.Version, ok = whole[int](value)
		case "at":
			ok = isTime(value)
		default:
			ok = (string(key) == "digest" || string(key) == "reason") && value[0] == '"'
		}
		return ok
	})
	return v, ok
}

// elements calls fn for each element of an array that is written without blanks, until
// it answers false.
func elements(data []byte, fn func(value []byte) bool) bool {
	if len(data) < 2 || data[0] != '[' || data[len(data)-1] != ']' {
		return false
	}
	for at := 1; at < len(data)-1; {
		end := valueEnd(data, at)
		if end <= at || !fn(data[at:end]) {
			return false
		}
		at = end + 1
	}
	return true
}
