package apple

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// refusal is an answer that is not what was asked for.
type refusal struct {
	status  int
	entries []problem
}

// problem is one entry of an error document.
type problem struct {
	ID     string            `json:"id,omitempty"`
	Status string            `json:"status"`
	Code   string            `json:"code"`
	Title  string            `json:"title"`
	Detail string            `json:"detail,omitempty"`
	Source map[string]string `json:"source,omitempty"`
	Links  map[string]string `json:"links,omitempty"`
	Meta   *problemMeta      `json:"meta,omitempty"`
}

// problemMeta holds what stands behind a refusal, by the path of the resource
// that is in the way.
type problemMeta struct {
	Associated map[string][]problem `json:"associatedErrors"`
}

func refuse(status int, code, title, detail string) *refusal {
	return &refusal{status: status, entries: []problem{{
		Status: strconv.Itoa(status), Code: code, Title: title, Detail: detail,
	}}}
}

// at points to the part of the body that is wrong.
func (r *refusal) at(pointer string) *refusal {
	r.entries[0].Source = map[string]string{"pointer": pointer}
	return r
}

// of names the parameter that is wrong.
func (r *refusal) of(parameter string) *refusal {
	r.entries[0].Source = map[string]string{"parameter": parameter}
	return r
}

// and collects the entries of several refusals into one answer; the first one
// gives the status.
func (r *refusal) and(more *refusal) *refusal {
	switch {
	case r == nil:
		return more
	case more == nil:
		return r
	}
	r.entries = append(r.entries, more.entries...)
	return r
}

// number gives every entry the id by which Apple's support finds it again. Only the answer to a bad token was
// seen without one.
func (r *refusal) number() {
	if r.status != http.StatusUnauthorized {
		numbered(r.entries)
	}
}

func numbered(all []problem) {
	for i := range all {
		if all[i].ID == "" {
			all[i].ID = freshID()
		}
		if all[i].Meta != nil {
			for _, behind := range all[i].Meta.Associated {
				numbered(behind)
			}
		}
	}
}

// freshID is a UUID that means nothing.
func freshID() string {
	b := make([]byte, 16)
	rand.Read(b)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// words is the refusal for the journal.
func (r *refusal) words() string {
	if d := r.entries[0].Detail; d != "" {
		return "refused: " + d
	}
	return "refused: " + r.entries[0].Title
}

// Apple gives the same answer for every fault of a token.
func notAuthorized() *refusal {
	return refuse(http.StatusUnauthorized, "NOT_AUTHORIZED",
		"Authentication credentials are missing or invalid.",
		"Provide a properly configured and signed bearer token, and make sure that it has not expired. "+
			"Learn more about Generating Tokens for API Requests https://developer.apple.com/go/?id=api-generating-tokens")
}

// tooLarge: how long a body Apple takes, and what it says of a longer one, is not confirmed.
func tooLarge() *refusal {
	return refuse(http.StatusRequestEntityTooLarge, "ENTITY_TOO_LARGE", "The request entity is too large.",
		fmt.Sprintf("The request entity must not be longer than %d bytes", maxBody))
}

func rateLimited() *refusal {
	return refuse(http.StatusTooManyRequests, "RATE_LIMIT_EXCEEDED",
		"The request rate limit has been reached.",
		"We've received too many requests for this API. Please wait and try again or slow down your request rate.")
}

// narrowKey refuses what the key's roles do not cover.
func narrowKey() *refusal {
	return refuse(http.StatusForbidden, "FORBIDDEN_ERROR",
		"This request is forbidden for security reasons", "The API key in use does not allow this request")
}

func agreementMissing() *refusal {
	r := refuse(http.StatusForbidden, "FORBIDDEN.REQUIRED_AGREEMENTS_MISSING_OR_EXPIRED",
		"A required agreement is missing or has expired.",
		"This request requires an in-effect agreement that has not been signed or has expired.")
	r.entries[0].Links = map[string]string{"see": "/agreements"}
	return r
}

func forbiddenVerb(what, name, verb string, allowed []string) *refusal {
	return refuse(http.StatusForbidden, "FORBIDDEN_ERROR",
		"The given operation is not allowed",
		fmt.Sprintf("The %s '%s' does not allow '%s'. Allowed operations are: %s", what, name, verb, strings.Join(allowed, ", ")))
}

func wrongMethod(method string) *refusal {
	return refuse(http.StatusMethodNotAllowed, "METHOD_NOT_ALLOWED",
		"The request method is not valid for the resource path.",
		fmt.Sprintf("The request method used for this request is not valid for the resource path. Please consult the API documentation: '%s'", method))
}

func noPath(detail string) *refusal {
	return refuse(http.StatusNotFound, "PATH_ERROR", "The URL path is not valid", detail)
}

func notFound(typ, id string) *refusal {
	return refuse(http.StatusNotFound, "NOT_FOUND", "The specified resource does not exist",
		fmt.Sprintf("There is no resource of type '%s' with id '%s'", typ, id))
}

func wrongType(got string) *refusal {
	if got == "" {
		got = "none"
	}
	return refuse(http.StatusUnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE",
		"The Content-Type is not supported", fmt.Sprintf("The Content-Type must be 'application/json', not '%s'", got))
}

func illegalParameter(name string) *refusal {
	return refuse(http.StatusBadRequest, "PARAMETER_ERROR.ILLEGAL", "A parameter is not allowed",
		fmt.Sprintf("The parameter '%s' can not be used with this request", name)).of(name)
}

func badParameter(name, detail string) *refusal {
	return refuse(http.StatusBadRequest, "PARAMETER_ERROR.INVALID", "A parameter has an invalid value", detail).of(name)
}

func missingParameter(name string) *refusal {
	return refuse(http.StatusBadRequest, "PARAMETER_ERROR.REQUIRED", "A required parameter is missing",
		fmt.Sprintf("The parameter '%s' is required but was not provided", name)).of(name)
}

func unreadable(detail string) *refusal {
	return refuse(http.StatusBadRequest, "ENTITY_INVALID", "The request entity is not valid", detail)
}

func entityError(detail, pointer string) *refusal {
	return refuse(http.StatusConflict, "ENTITY_ERROR", "There is a problem with the request entity", detail).at(pointer)
}

func badAttribute(name, detail string) *refusal {
	return refuse(http.StatusConflict, "ENTITY_ERROR.ATTRIBUTE.INVALID",
		"The provided entity includes an attribute with an invalid value", detail).at("/data/attributes/" + name)
}

func duplicate(name, detail string) *refusal {
	return refuse(http.StatusConflict, "ENTITY_ERROR.ATTRIBUTE.INVALID.DUPLICATE",
		"The provided entity includes an attribute with a value that has already been used", detail).at("/data/attributes/" + name)
}

func missingAttribute(name string) *refusal {
	return refuse(http.StatusConflict, "ENTITY_ERROR.ATTRIBUTE.REQUIRED",
		"The provided entity is missing a required attribute",
		fmt.Sprintf("You must provide a value for the attribute '%s' with this request", name)).at("/data/attributes/" + name)
}

func unknownAttribute(typ, name string) *refusal {
	return refuse(http.StatusConflict, "ENTITY_ERROR.ATTRIBUTE.UNKNOWN",
		"The provided entity includes an unknown attribute",
		fmt.Sprintf("'%s' is not an attribute on the resource '%s'", name, typ)).at("/data/attributes/" + name)
}

func unknownRelation(typ, name string) *refusal {
	return refuse(http.StatusConflict, "ENTITY_ERROR.RELATIONSHIP.UNKNOWN",
		"The provided entity includes an unknown relationship",
		fmt.Sprintf("'%s' is not a relationship on the resource '%s'", name, typ)).at("/data/relationships/" + name)
}

func missingRelation(name string) *refusal {
	return refuse(http.StatusConflict, "ENTITY_ERROR.RELATIONSHIP.REQUIRED",
		"The provided entity is missing a required relationship",
		fmt.Sprintf("You must provide a value for the relationship '%s' with this request", name)).at("/data/relationships/" + name)
}

func badRelation(name, detail string) *refusal {
	return refuse(http.StatusConflict, "ENTITY_ERROR.RELATIONSHIP.INVALID",
		"The provided entity includes a relationship with an invalid value", detail).at("/data/relationships/" + name)
}

func stateError(detail string) *refusal {
	return refuse(http.StatusConflict, "STATE_ERROR",
		"The request cannot be fulfilled because of the state of another resource.", detail)
}

func unprocessable(code, title, detail string) *refusal {
	return refuse(http.StatusUnprocessableEntity, code, title, detail)
}
