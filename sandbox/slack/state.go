package slack

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// state is what the elements of a view or message hold: block id → action id → type and value fields.
type state map[string]map[string]object

// field says under which name an element keeps its value, and what it starts with.
type field struct {
	value   string // name in state and in actions
	initial string // property of the element
	list    bool
}

// kept is the table of elements that keep a value. Buttons and overflow menus keep none.
var kept = map[string]field{
	"static_select":              {"selected_option", "initial_option", false},
	"external_select":            {"selected_option", "initial_option", false},
	"radio_buttons":              {"selected_option", "initial_option", false},
	"multi_static_select":        {"selected_options", "initial_options", true},
	"multi_external_select":      {"selected_options", "initial_options", true},
	"checkboxes":                 {"selected_options", "initial_options", true},
	"users_select":               {"selected_user", "initial_user", false},
	"multi_users_select":         {"selected_users", "initial_users", true},
	"channels_select":            {"selected_channel", "initial_channel", false},
	"multi_channels_select":      {"selected_channels", "initial_channels", true},
	"conversations_select":       {"selected_conversation", "initial_conversation", false},
	"multi_conversations_select": {"selected_conversations", "initial_conversations", true},
	"datepicker":                 {"selected_date", "initial_date", false},
	"timepicker":                 {"selected_time", "initial_time", false},
	"datetimepicker":             {"selected_date_time", "initial_date_time", false},
	"plain_text_input":           {"value", "initial_value", false},
	"email_text_input":           {"value", "initial_value", false},
	"url_text_input":             {"value", "initial_value", false},
	"number_input":               {"value", "initial_value", false},
	"rich_text_input":            {"rich_text_value", "initial_value", false},
	"file_input":                 {"files", "", true},
}

// stateOf is the state of these blocks: what was held before under the same block and action id by an
// element of the same type, else what the element starts with.
func stateOf(blocks []any, before state) state {
	now := state{}
	for _, p := range places(blocks) {
		if _, keeps := kept[p.kind()]; !keeps {
			continue
		}
		entry := before[p.blockID()][p.actionID()]
		if entry == nil || entry["type"] != p.kind() {
			entry = initial(p.element)
		}
		if now[p.blockID()] == nil {
			now[p.blockID()] = map[string]object{}
		}
		now[p.blockID()][p.actionID()] = entry
	}
	return now
}

func initial(element map[string]any) object {
	f := kept[str(element["type"])]
	entry := object{"type": element["type"], f.value: element[f.initial]}
	if f.list && element[f.initial] == nil {
		entry[f.value] = []any{}
	}
	if element["type"] == "timepicker" && element["timezone"] != nil {
		entry["timezone"] = element["timezone"]
	}
	return entry
}

// fill puts what a person entered into the state. offered are options an external select was given.
func (s state) fill(blocks []any, values Values, offered map[string][]any) error {
	for blockID, actions := range values {
		for actionID, in := range actions {
			p, found := locate(blocks, blockID, actionID)
			if !found || s[p.blockID()][p.actionID()] == nil {
				return fmt.Errorf("there is no input %s/%s here", blockID, actionID)
			}
			entry, err := enter(p.element, in, append(held(s[p.blockID()][p.actionID()]), offered[offerKey(p)]...))
			if err != nil {
				return fmt.Errorf("%s/%s: %w", blockID, actionID, err)
			}
			s[p.blockID()][p.actionID()] = entry
		}
	}
	return nil
}

// held are the options an element holds already, which may be chosen again.
func held(entry object) []any {
	list, _ := entry["selected_options"].([]any)
	list = append([]any(nil), list...)
	if one := entry["selected_option"]; one != nil {
		list = append(list, one)
	}
	return list
}

func offerKey(p place) string { return p.blockID() + "\x00" + p.actionID() }

// enter is what an element holds after a person used it. offered are options it does not list itself.
func enter(element map[string]any, in Input, offered []any) (object, error) {
	f, keeps := kept[str(element["type"])]
	if !keeps {
		return nil, errors.New("this element keeps no value")
	}
	entry := initial(element)
	v, err := entered(element, f, in, offered)
	if err != nil {
		return nil, err
	}
	entry[f.value] = v
	return entry, nil
}

func entered(element map[string]any, f field, in Input, offered []any) (any, error) {
	switch f.value {
	case "selected_option", "selected_options":
		chosen, err := pick(element, in.Selected, offered)
		if err != nil || f.list {
			return chosen, err
		}
		return single(chosen)
	case "value":
		return orNull(strings.ToValidUTF8(in.Value, "�")), nil
	case "rich_text_value":
		return richValue(in)
	case "files":
		files := []any{}
		for _, id := range in.Files {
			files = append(files, object{"id": id})
		}
		return files, nil
	case "selected_date":
		if _, err := time.Parse(time.DateOnly, in.Value); err != nil && in.Value != "" {
			return nil, errors.New("a date looks like 2006-01-02")
		}
		return orNull(in.Value), nil
	case "selected_time":
		if _, err := time.Parse("15:04", in.Value); err != nil && in.Value != "" {
			return nil, errors.New("a time looks like 15:04")
		}
		return orNull(in.Value), nil
	case "selected_date_time":
		if in.Value == "" {
			return nil, nil
		}
		n, err := strconv.ParseInt(in.Value, 10, 64)
		return n, err
	}
	ids := []any{}
	for _, id := range in.Selected {
		ids = append(ids, id)
	}
	if f.list {
		return ids, nil
	}
	return single(ids)
}

func single(list []any) (any, error) {
	switch len(list) {
	case 0:
		return nil, nil
	case 1:
		return list[0], nil
	}
	return nil, errors.New("only one can be chosen")
}

func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func richValue(in Input) (any, error) {
	if in.RichText != nil {
		return decodeJSON(in.RichText)
	}
	if in.Value == "" {
		return nil, nil
	}
	text := object{"type": "text", "text": in.Value}
	return object{"type": "rich_text", "elements": []any{object{"type": "rich_text_section", "elements": []any{text}}}}, nil
}

// pick finds the options with these values among those the element lists or was offered.
func pick(element map[string]any, values []string, offered []any) ([]any, error) {
	known := append(optionsOf(element), offered...)
	chosen := []any{}
	for _, value := range values {
		i := 0
		for i < len(known) {
			if o, _ := known[i].(map[string]any); o["value"] == value {
				break
			}
			i++
		}
		if i == len(known) {
			return nil, fmt.Errorf("there is no option %q to choose", value)
		}
		chosen = append(chosen, known[i])
	}
	return chosen, nil
}

// optionsOf are the options an element lists, and those it starts with.
func optionsOf(element map[string]any) []any {
	options, _ := element["options"].([]any)
	options = append([]any(nil), options...)
	groups, _ := element["option_groups"].([]any)
	for _, g := range groups {
		group, _ := g.(map[string]any)
		more, _ := group["options"].([]any)
		options = append(options, more...)
	}
	if first := element["initial_option"]; first != nil {
		options = append(options, first)
	}
	more, _ := element["initial_options"].([]any)
	return append(options, more...)
}

// Sentences Slack's client shows at an input before it sends anything.
const (
	pleaseComplete = "Please complete this required field."
	pleaseEmail    = "Please enter a valid email address."
	pleaseURL      = "Please enter a valid URL."
	pleaseNumber   = "Please enter a number."
)

// complaints is what Slack's client itself finds wrong with a form, by block id.
func complaints(blocks []any, s state) map[string]string {
	found := map[string]string{}
	for _, p := range places(blocks) {
		if !p.isInput() {
			continue
		}
		f := kept[p.kind()]
		v := s[p.blockID()][p.actionID()][f.value]
		if why := complaint(p, v); why != "" {
			found[p.blockID()] = why
		}
	}
	return found
}

func complaint(p place, v any) string {
	list, isList := v.([]any)
	text, isText := v.(string)
	switch {
	case v == nil || isList && len(list) == 0 || isText && strings.TrimSpace(text) == "":
		if p.block["optional"] == true {
			return ""
		}
		return pleaseComplete
	case isList:
		if most, ok := wholeOf(p.element["max_selected_items"]); ok && len(list) > most {
			return fmt.Sprintf("You can select up to %d items.", most)
		}
	case isText:
		return textComplaint(p, text)
	}
	return ""
}

func textComplaint(p place, text string) string {
	switch p.kind() {
	case "email_text_input":
		if a, err := mail.ParseAddress(text); err != nil || a.Address != strings.TrimSpace(text) || !strings.Contains(afterAt(text), ".") {
			return pleaseEmail
		}
	case "url_text_input":
		if u, err := url.Parse(text); err != nil || u.Scheme == "" || u.Host == "" {
			return pleaseURL
		}
	case "number_input":
		return numberComplaint(p.element, text)
	case "plain_text_input":
		n := utf8.RuneCountInString(text)
		if least, ok := wholeOf(p.element["min_length"]); ok && n < least {
			return fmt.Sprintf("Must be at least %d characters.", least)
		}
		most := 3000
		if m, ok := wholeOf(p.element["max_length"]); ok {
			most = m
		}
		if n > most {
			return fmt.Sprintf("Must be no more than %d characters.", most)
		}
	}
	return ""
}

func afterAt(address string) string {
	_, host, _ := strings.Cut(address, "@")
	return host
}

var (
	wholeNumber = regexp.MustCompile(`^-?[0-9]+$`)
	anyNumber   = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)
)

func numberComplaint(element map[string]any, text string) string {
	pattern, what := wholeNumber, "Please enter a whole number."
	if element["is_decimal_allowed"] == true {
		pattern, what = anyNumber, pleaseNumber
	}
	if !pattern.MatchString(text) {
		return what
	}
	n, _ := strconv.ParseFloat(text, 64)
	if least, err := strconv.ParseFloat(str(element["min_value"]), 64); err == nil && n < least {
		return "Must be at least " + str(element["min_value"]) + "."
	}
	if most, err := strconv.ParseFloat(str(element["max_value"]), 64); err == nil && n > most {
		return "Must be no more than " + str(element["max_value"]) + "."
	}
	return ""
}

func wholeOf(v any) (int, bool) {
	n, ok := v.(json.Number)
	if !ok {
		return 0, false
	}
	i, err := strconv.Atoi(n.String())
	return i, err == nil
}

func itoa(i int) string { return strconv.Itoa(i) }
