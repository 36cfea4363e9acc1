package store

import (
	"fmt"
	"strings"
)

// Reason says why a data file was refused.
type Reason string

const (
	Held          Reason = "held"           // another process has it
	Newer         Reason = "newer"          // written by a later ascbot
	Foreign       Reason = "foreign"        // not a data file of ascbot
	Damaged       Reason = "damaged"        // cut short or overwritten
	OtherInstance Reason = "other instance" // sandbox data where real data was asked for, or the reverse
	OtherKey      Reason = "other key"      // its log is signed with another key
	Unreadable    Reason = "unreadable"     // the operating system, or its mode, stands in the way
)

// OpenError means that the data file was refused. The file is as it was.
type OpenError struct {
	Path   string
	Reason Reason
	Detail string
}

func (e *OpenError) Error() string {
	path := e.Path
	if path == "" {
		path = "the data file"
	}
	said := strings.TrimSuffix(e.Detail, ".")
	switch e.Reason {
	case Held:
		return fmt.Sprintf("%s is in use: %s. Stop that process first, or choose another data file.", path, said)
	case Newer:
		return fmt.Sprintf("%s was written by a newer ascbot: %s. Start that version again, or restore a backup made by this one.", path, said)
	case Foreign:
		return fmt.Sprintf("%s is not a data file of ascbot: %s. Choose another path; the file was not touched.", path, said)
	case Damaged:
		return fmt.Sprintf("%s is damaged: %s. Keep a copy of it and restore the last backup; the file was not touched.", path, said)
	case OtherInstance:
		return fmt.Sprintf("%s is for something else: %s. Choose another path, or start the program in the mode the file was made in.", path, said)
	case OtherKey:
		return fmt.Sprintf("%s belongs to another signing key: %s. Put back the key file that was used with it.", path, said)
	}
	return fmt.Sprintf("%s cannot be opened: %s.", path, said)
}

// EngineError means that the engine has met a fault after which it takes no more
// work: the disk refused a commit, or a page of the file could not be read. What
// was acknowledged before is on disk; what was being committed may or may not be.
type EngineError struct{ Cause error }

func (e *EngineError) Error() string {
	return fmt.Sprintf("the data file takes no more work: %v. Look at the disk, then stop ascbot and start it again.", e.Cause)
}

func (e *EngineError) Unwrap() error { return e.Cause }

// DamagedError means that one stored value cannot be read.
type DamagedError struct {
	Bucket string
	Key    []byte
	Cause  error
}

func (e *DamagedError) Error() string {
	return fmt.Sprintf("the record %q in %s is damaged: %v. Check the file with audit verify, and restore a backup.", e.Key, e.Bucket, e.Cause)
}

func (e *DamagedError) Unwrap() error { return e.Cause }

// NotFoundError means that there is no request with this number.
type NotFoundError struct{ ID uint64 }

func (e *NotFoundError) Error() string { return fmt.Sprintf("There is no request #%d.", e.ID) }

// MoveError means that a request cannot go to To from where it is now: someone
// was faster. Request is how it stands.
type MoveError struct {
	Request Request
	To      State
}

func (e *MoveError) Error() string {
	return fmt.Sprintf("Request #%d is %s by now, so it cannot become %s.", e.Request.ID, e.Request.State, e.To)
}

// StaleVoteError means that a vote was for another version of the request than
// the one that stands. Request is how it stands.
type StaleVoteError struct{ Request Request }

func (e *StaleVoteError) Error() string {
	return fmt.Sprintf("Request #%d has changed since that card was drawn: it is at version %d now. Look at it again, then vote.", e.Request.ID, e.Request.Version)
}
