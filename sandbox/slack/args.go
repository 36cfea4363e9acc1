package slack

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// mostBody is how large the body of a Web API call may be.
const mostBody = 4 << 20

// args are the arguments of a call, from query, form or JSON. A form holds strings, with JSON in them for
// blocks and the like; a JSON body holds the values themselves.
type args map[string]any

// readArgs takes a body as Slack takes it. Methods that know only forms ignore a JSON body, and every method
// ignores one of plain text.
func readArgs(r *http.Request, takesJSON bool) (args, error) {
	a := args{}
	for name, values := range r.URL.Query() {
		if name != "token" { // an address is no place for a token; there it counts for nothing
			a[name] = values[len(values)-1]
		}
	}
	if r.Method == http.MethodPost {
		if err := a.fromBody(r, takesJSON); err != nil {
			return nil, err
		}
	}
	return a, a.named()
}

func (a args) fromBody(r *http.Request, takesJSON bool) error {
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	written, known := charsets[strings.ToLower(params["charset"])]
	if !known {
		return refuse("invalid_charset")
	}
	r.Body = http.MaxBytesReader(nil, r.Body, mostBody)
	switch kind {
	case "application/json":
		return a.fromJSON(r.Body, written, takesJSON)
	case "application/x-www-form-urlencoded", "multipart/form-data":
		return a.fromForm(r, kind, written)
	case "text/plain":
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 1))
	switch {
	case err != nil || len(body) == 0:
		return nil
	case kind == "":
		return refuse("missing_post_type")
	}
	return refuse("invalid_post_type")
}

// charsets are those a body may be written in, each with what makes UTF-8 of it. Slack's reference of
// invalid_charset names two.
var charsets = map[string]func(string) string{"": asIs, "utf-8": asIs, "utf8": asIs, "iso-8859-1": fromLatin}

func asIs(s string) string { return s }

// fromLatin reads ISO 8859-1, whose bytes are the first 256 characters of Unicode.
func fromLatin(s string) string {
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}

// named refuses names of arguments that no method has: lists as PHP writes them, and what is not a word.
func (a args) named() error {
	for name := range a {
		switch {
		case strings.HasSuffix(name, "]") && strings.Contains(name, "["):
			return refuse("invalid_array_arg")
		case !argName.MatchString(name):
			return refuse("invalid_arg_name")
		}
	}
	return nil
}

// argName is what the name of an argument may be; which length is too long for Slack is not confirmed.
var argName = regexp.MustCompile(`^[A-Za-z0-9_]{1,255}$`)

func (a args) fromJSON(body io.Reader, written func(string) string, takesJSON bool) error {
	raw, err := io.ReadAll(body)
	if err != nil {
		return refuse("request_timeout")
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	v, err := decodeJSON([]byte(written(string(raw))))
	if err != nil {
		return refuse("invalid_json")
	}
	o, ok := v.(map[string]any)
	if !ok {
		return refuse("json_not_object")
	}
	delete(o, "token") // who sends JSON names the token in the header
	if takesJSON {
		for name, value := range o {
			if value != nil {
				a[name] = value
			}
		}
	}
	return nil
}

func (a args) fromForm(r *http.Request, kind string, written func(string) string) error {
	var err error
	if kind == "multipart/form-data" {
		err = r.ParseMultipartForm(mostBody)
	} else {
		err = r.ParseForm()
	}
	if err != nil {
		return refuse("invalid_form_data")
	}
	for name, values := range r.PostForm {
		a[written(name)] = written(values[len(values)-1])
	}
	return nil
}

// text is an argument as a string; numbers and truths of a JSON body are written out.
func (a args) text(name string) string {
	switch v := a[name].(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

func (a args) has(name string) bool { return a[name] != nil && a[name] != "" }

// truth reads a flag: true, "true" or 1.
func (a args) truth(name string) bool {
	switch a.text(name) {
	case "true", "1":
		return true
	}
	return false
}

// value is an argument that is itself JSON: written as a string in a form, as it is in a JSON body.
func (a args) value(name string) (v any, given bool, err error) {
	switch raw := a[name].(type) {
	case nil:
		return nil, false, nil
	case string:
		if strings.TrimSpace(raw) == "" || raw == "null" {
			return nil, false, nil
		}
		v, err = decodeJSON([]byte(raw))
		return v, true, err
	default:
		return raw, true, nil
	}
}

// list is an argument that is a list of names: comma separated or a JSON array.
func (a args) list(name string) (names []string) {
	if v, ok := a[name].([]any); ok {
		for _, one := range v {
			if s, ok := one.(string); ok {
				names = append(names, s)
			}
		}
		return names
	}
	for one := range strings.SplitSeq(a.text(name), ",") {
		if one = strings.TrimSpace(one); one != "" {
			names = append(names, one)
		}
	}
	return names
}

func bytesReader(b []byte) io.Reader { return bytes.NewReader(b) }
