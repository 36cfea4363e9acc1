package apple

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/ascbot/ascbot/sandbox/apple/contract"
)

// Kind is a kind of trouble.
type Kind string

// The kinds of trouble. "No effect" means that the team is as it was before.
const (
	// Refuse answers Fault.Status with the body Apple sends for it (502 and
	// 504: HTML) and has no effect. RetryAfter is sent when it is set.
	Refuse Kind = "refuse"
	// RefuseAfter does what was asked and then answers Fault.Status.
	RefuseAfter Kind = "refuse-after"
	// LoseAnswer does what was asked and cuts the connection before a byte of
	// the answer.
	LoseAnswer Kind = "lose-answer"
	// CutBefore cuts the connection and has no effect.
	CutBefore Kind = "cut-before"
	// HalfBody does what was asked and cuts the connection in the middle of
	// the answer's body.
	HalfBody Kind = "half-body"
	// Slow waits Fault.Delay before it begins.
	Slow Kind = "slow"
	// AgreementMissing answers 403 because an agreement has to be signed.
	AgreementMissing Kind = "agreement-missing"
	// Unauthorized answers 401 whatever the token says.
	Unauthorized Kind = "unauthorized"
	// Redirect answers 307 to Fault.Location, another host when it is empty.
	Redirect Kind = "redirect"
	// ReportMissing answers a report request with "not available yet".
	ReportMissing Kind = "report-missing"
	// Lagging keeps effects of the last Fault.Delay from a matching read.
	Lagging Kind = "lagging"
	// FewSales has a third of what is sold in daily sales reports.
	FewSales Kind = "few-sales"
	// ReportMoved asks for a newer version of the report than the one that was
	// asked for, and takes only that one.
	ReportMoved Kind = "report-moved"
	// ClockAhead puts Apple's clock Fault.Delay before everybody else's: Date
	// shows it, and tokens are judged by it.
	ClockAhead Kind = "clock-ahead"
	// UnknownEnums answers with states and platforms nobody has heard of.
	UnknownEnums Kind = "unknown-enums"
	// Deferred accepts a change with 202; it happens Fault.Delay later.
	Deferred Kind = "deferred"
	// OldRoles judges by the roles somebody had before a change whether apps can
	// be chosen for them. Whether Apple does is not known.
	OldRoles Kind = "old-roles"
)

// Kinds lists every kind of trouble, for a page that offers them.
var Kinds = []Kind{Refuse, RefuseAfter, LoseAnswer, CutBefore, HalfBody, Slow, AgreementMissing, Unauthorized, Redirect, ReportMissing, FewSales, Lagging, ReportMoved, ClockAhead, UnknownEnums, Deferred, OldRoles}

// Fault is trouble for the calls it matches.
type Fault struct {
	Method     string // "" matches every method
	PathPrefix string // such as "/v1/userInvitations"; "" matches every path
	Times      int    // for how many matching calls; 0 means until cancelled
	Percent    int    // of the matching calls so many are hit, in every run the same ones; 0 means all
	Kind       Kind
	Status     int           // Refuse and RefuseAfter; 0 means 500
	Code       string        // Refuse and RefuseAfter: the error's code, when it is not the one that is usual for Status
	Detail     string        // with Code: what the error says
	RetryAfter time.Duration // Refuse and RefuseAfter; 0 sends no Retry-After
	Delay      time.Duration // Slow, Lagging, ClockAhead and Deferred
	Location   string        // Redirect
}

// armed is a fault with what is left of it.
type armed struct {
	Fault
	left int // -1: no end
	n    int // which fault of the server's it is
	seen int // matching calls so far
}

// hits says whether the next matching call is one of those that are hit.
func (a *armed) hits() bool {
	a.seen++
	return a.Percent == 0 || roll(uint64(a.n), time.Time{}, "fault", strconv.Itoa(a.seen))*100 < float64(a.Percent)
}

// Inject adds trouble until it is used up or cancelled. When several faults
// match a call, the oldest happens and the others wait for later calls.
func (s *Server) Inject(f Fault) (cancel func()) {
	_, cancel = s.Arm(f)
	return cancel
}

// Arm is Inject for who wants to know what is left: for how many calls, -1 for
// no end, and 0 when it is over.
func (s *Server) Arm(f Fault) (left func() int, cancel func()) {
	a := &armed{Fault: f, left: f.Times}
	if f.Times <= 0 {
		a.left = -1
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a.n = len(s.faults)
	s.faults = append(s.faults, a)
	return func() int {
			s.mu.Lock()
			defer s.mu.Unlock()
			return a.left
		}, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			a.left = 0
		}
}

// strike takes the fault that hits this call, if any. The caller holds mu.
func (s *Server) strike(method, path string) *Fault {
	for i, a := range s.faults {
		if a.left == 0 || !a.matches(method, path) || !a.hits() {
			continue
		}
		if a.left > 0 {
			a.left--
		}
		f := s.faults[i].Fault
		return &f
	}
	return nil
}

func (f Fault) matches(method, path string) bool {
	if f.Method != "" && !strings.EqualFold(f.Method, method) {
		return false
	}
	if reports := f.Kind == ReportMissing || f.Kind == ReportMoved || f.Kind == FewSales; reports && !strings.HasSuffix(path, "Reports") {
		return false
	}
	return strings.HasPrefix(path, f.PathPrefix)
}

// before is the trouble that strikes before anything is done; effect says that
// what was asked is still to be done.
func (s *Server) before(f Fault, r *http.Request) (a reply, effect bool) {
	switch f.Kind {
	case Refuse:
		return f.answer(), false
	case CutBefore:
		return reply{note: "the connection was cut before anything happened"}, false
	case AgreementMissing:
		return refused(agreementMissing()), false
	case Unauthorized:
		return refused(notAuthorized()), false
	case Redirect:
		return reply{status: http.StatusTemporaryRedirect, header: http.Header{"Location": {cmp.Or(f.Location, "https://elsewhere.example"+r.URL.Path)}}}, false
	case ReportMissing:
		return refused(notYet()), false
	}
	return reply{}, true
}

// after is the trouble that strikes when what was asked has been done.
func after(f Fault, a reply) reply {
	switch f.Kind {
	case RefuseAfter:
		late := f.answer()
		late.note = strings.TrimPrefix(a.note+"; and yet the answer is an error", "; ")
		return late
	case LoseAnswer:
		a.note = strings.TrimPrefix(a.note+"; the answer is lost", "; ")
	case UnknownEnums:
		a.body = strange(a.body)
	}
	return a
}

// answer is the error that Refuse and RefuseAfter give.
func (f Fault) answer() reply {
	status := cmp.Or(f.Status, http.StatusInternalServerError)
	a := refused(f.refusal(status))
	switch status {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		a.body = []byte("<html><head><title>" + http.StatusText(status) + "</title></head><body><h1>" + http.StatusText(status) + "</h1></body></html>\n")
		a.header = http.Header{"Content-Type": {"text/html"}}
	}
	if f.RetryAfter > 0 {
		if a.header == nil {
			a.header = http.Header{}
		}
		a.header.Set("Retry-After", strconv.Itoa(int(f.RetryAfter.Round(time.Second)/time.Second)))
	}
	return a
}

func (f Fault) refusal(status int) *refusal {
	if f.Code != "" {
		return refuse(status, f.Code, "The request cannot be processed.", f.Detail)
	}
	switch status {
	case http.StatusUnauthorized:
		return notAuthorized()
	case http.StatusForbidden:
		return narrowKey()
	case http.StatusConflict:
		return stateError("Another operation is already in progress")
	case http.StatusUnprocessableEntity:
		return unprocessable("ENTITY_UNPROCESSABLE", "The request cannot be processed.", "Please try again later.")
	case http.StatusTooManyRequests:
		return rateLimited()
	}
	return refuse(status, "UNEXPECTED_ERROR", "An unexpected error occurred.",
		"An unexpected error occurred on the server side. If this issue continues, contact us at https://developer.apple.com/contact/.")
}

// ahead is how far Apple's clock is before ours.
func (f Fault) ahead() time.Duration {
	if f.Kind == ClockAhead {
		return f.Delay
	}
	return 0
}

// somethingNew is a value that no client has heard of.
const somethingNew = "SOMETHING_NEW"

// strange puts that value in place of the values of enums, and at the end of
// lists of them.
func strange(body []byte) []byte {
	var doc map[string]any
	if decodeStrictly(body, &doc) != nil || doc["data"] == nil {
		return body // no document, or an error
	}
	for _, part := range []any{doc["data"], doc["included"]} {
		list, ok := part.([]any)
		if !ok {
			list = []any{part}
		}
		for _, r := range list {
			if r, ok := r.(map[string]any); ok {
				estrange(r)
			}
		}
	}
	text, err := marshal(doc)
	if err != nil {
		return body
	}
	return text
}

func estrange(r map[string]any) {
	typ, _ := r["type"].(string)
	attrs, _ := r["attributes"].(map[string]any)
	for name, v := range attrs {
		switch s := contract.Resources()[typ].Attributes[name]; {
		case s == nil || v == nil:
		case s.Enum != nil:
			attrs[name] = somethingNew
		case s.Items != nil && s.Items.Enum != nil:
			if list, ok := v.([]any); ok {
				attrs[name] = append(list, somethingNew)
			}
		}
	}
}
