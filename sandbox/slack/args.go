package slack

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// mostBody is how large the body of a Web API call may be.
const mostBody = 4 << 20

// args are the arguments of a call, from query, form or JSON. A form holds strings, with JSON in them for
// blocks and the like; a JSON body holds the values themselves.
type args map[string]any

// readArgs takes a body as Slack takes it. Methods that know only forms ignore a JSON body.
func readArgs(r *http.Request, takesJSON bool) (args, error) {
	a := args{}
	for name, values := range r.URL.Query() {
		if name != "token" { // an address is no place for a token; there it counts for nothing
			a[name] = values[len(values)-1]
		}
	}
	if r.Method != http.MethodPost {
		return a, nil
	}
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if set := params["charset"]; set != "" && !strings.EqualFold(set, "utf-8") && !strings.EqualFold(set, "utf8") {
		return nil, refuse("invalid_charset")
	}
	switch kind {
	case "application/json":
		return a, a.fromJSON(r.Body, takesJSON)
	case "application/x-www-form-urlencoded", "multipart/form-data":
		return a, a.fromForm(r, kind)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 1))
	switch {
	case err != nil || len(body) == 0:
		return a, nil
	case kind == "":
		return nil, refuse("missing_post_type")
	}
	return nil, refuse("invalid_post_type")
}

func (a args) fromJSON(body io.Reader, takesJSON bool) error {
	raw, err := io.ReadAll(io.LimitReader(body, mostBody))
	if err != nil {
		return refuse("request_timeout")
	}
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	v, err := decodeJSON(raw)
	if err != nil {
		return refuse("invalid_json")
	}
	o, ok := v.(map[string]any)
	if !ok {
		return refuse("json_not_object")
	}
	if takesJSON {
		for name, value := range o {
			if value != nil {
				a[name] = value
			}
		}
	}
	return nil
}

func (a args) fromForm(r *http.Request, kind string) error {
	var err error
	r.Body = http.MaxBytesReader(nil, r.Body, mostBody)
	if kind == "multipart/form-data" {
		err = r.ParseMultipartForm(mostBody)
	} else {
		err = r.ParseForm()
	}
	if err != nil {
		return refuse("invalid_form_data")
	}
	for name, values := range r.PostForm {
		a[name] = values[len(values)-1]
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
