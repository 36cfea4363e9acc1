// Package blockkit checks Block Kit: whether Slack would take these blocks, this view, these options.
//
// It knows what may stand where, which properties each part has, their limits, and the rules that reach
// across parts (unique ids, counts per message, a form that needs a submit button). Each complaint names
// its place with a JSON pointer, the way Slack's own answers do. It leaves to others what needs a
// workspace to decide: whether a file, a person or a channel exists.
//
// Lengths are counted in characters (code points).
package blockkit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// Surface is a place where blocks can stand.
type Surface uint8

// Surfaces. Views are modals or Homes.
const (
	InMessage Surface = 1 << iota
	InModal
	InHome

	anywhere = InMessage | InModal | InHome
)

// Codes of complaints, as blocks.validate names them.
const (
	FailedConstraint = "failed_constraint"
	MissingField     = "missing_field"
)

// A Complaint is one reason for which Slack refuses.
type Complaint struct {
	Code    string `json:"code"`
	Message string `json:"message"`         // in Slack's words: "must be less than 3001 characters"
	Pointer string `json:"pointer"`         // JSON pointer (RFC 6901) from what was checked: "/0/text/text"
	Field   string `json:"field,omitempty"` // of a missing field, its name

	Constraint *Constraint `json:"constraint,omitempty"` // of a value that is none of those allowed
}

// A Constraint is what a value had to be.
type Constraint struct {
	Type     string   `json:"type"` // enum
	Expected []string `json:"expected"`
}

// String is the complaint as invalid_blocks and invalid_arguments carry it.
func (c Complaint) String() string { return c.Message + " [json-pointer:" + c.Pointer + "]" }

// Under puts the complaints below a pointer such as "/blocks" or "/view".
func Under(prefix string, found []Complaint) []Complaint {
	moved := make([]Complaint, len(found))
	for i, c := range found {
		c.Pointer = prefix + c.Pointer
		moved[i] = c
	}
	return moved
}

// Blocks checks an array of blocks for a surface. Pointers are relative to the array.
func Blocks(on Surface, raw []byte) []Complaint {
	c := newChecker(on)
	if v, ok := c.decode(raw); ok {
		c.blocks("", v)
	}
	return c.found
}

// View checks a modal or a Home. Pointers are relative to the view.
func View(raw []byte) []Complaint {
	c := newChecker(InModal)
	if v, ok := c.decode(raw); ok {
		c.view(v)
	}
	return c.found
}

// Message checks a message: an object with at least one of text, blocks, attachments. Pointers are
// relative to the message.
func Message(raw []byte) []Complaint {
	c := newChecker(InMessage)
	v, ok := c.decode(raw)
	if !ok {
		return c.found
	}
	o, ok := v.(map[string]any)
	if !ok {
		c.complain("", "must be a json object")
		return c.found
	}
	if text, given := o["text"]; given {
		c.try(chars(0, 40_000), "/text", text)
	}
	if blocks, given := o["blocks"]; given {
		c.blocks("/blocks", blocks)
	}
	if attached, given := o["attachments"]; given {
		c.attachments("/attachments", attached)
	}
	if o["text"] == nil && o["blocks"] == nil && o["attachments"] == nil {
		c.missing("", "blocks")
	}
	return c.found
}

// attachments are the old way to say more: at most 100, which may hold blocks of their own.
func (c *checker) attachments(at string, v any) {
	listOf(0, 100, func(c *checker, at string, v any) {
		if o, ok := v.(map[string]any); !ok {
			c.complain(at, "must be a json object")
		} else if blocks, given := o["blocks"]; given {
			c.blocks(at+"/blocks", blocks)
		}
	})(c, at, v)
}

// Options checks what an app offers in an external select: an object with options or option_groups, each
// holding at most 100.
func Options(raw []byte) []Complaint {
	c := newChecker(anywhere)
	if v, ok := c.decode(raw); ok {
		c.object("", v, suggestions)
	}
	return c.found
}

// checker collects complaints while it walks.
type checker struct {
	shapes   map[string]shape // every type of block, element and chart; a field, so that the tables may refer to each other
	surface  Surface
	found    []Complaint
	blockIDs map[string]bool
	depth    int // containers and layouts around what is being checked
	focus    int // elements that ask for the cursor
	inputs   int
	tables   int
	charts   int
	markdown int // characters in markdown blocks
}

func newChecker(on Surface) *checker {
	return &checker{shapes: shapes, surface: on, blockIDs: map[string]bool{}}
}

func (c *checker) decode(raw []byte) (any, bool) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		c.complain("", "must be valid json")
		return nil, false
	}
	if _, err := d.Token(); err != io.EOF {
		c.complain("", "must be valid json")
		return nil, false
	}
	return v, true
}

func (c *checker) complain(at, format string, args ...any) {
	c.found = append(c.found, Complaint{Code: FailedConstraint, Message: fmt.Sprintf(format, args...), Pointer: at})
}

// neither complains about a value that has to be one of those expected.
func (c *checker) neither(at string, expected []string, format string, args ...any) {
	c.complain(at, format, args...)
	c.found[len(c.found)-1].Constraint = &Constraint{Type: "enum", Expected: expected}
}

func (c *checker) missing(at, name string) {
	c.found = append(c.found, Complaint{Code: MissingField, Message: "missing required field: " + name, Pointer: at, Field: name})
}

func (c *checker) try(is rule, at string, v any) { is(c, at, v) }

// blocks checks the array itself and what reaches across its blocks.
func (c *checker) blocks(at string, v any) {
	list, ok := v.([]any)
	if !ok {
		c.complain(at, "must be an array")
		return
	}
	most := 100
	if c.surface == InMessage {
		most = 50
	}
	if len(list) > most {
		c.complain(at, "no more than %d items allowed", most)
		return
	}
	for i, v := range list {
		c.block(at+"/"+strconv.Itoa(i), v, blockTypes)
	}
	if c.markdown > 12_000 {
		c.complain(at, "markdown blocks must have less than 12001 characters in total")
	}
	if c.focus > 1 {
		c.complain(at, "only one element may have focus_on_load")
	}
}

// block checks one block, at the top or inside another, that must be among the allowed ones.
func (c *checker) block(at string, v any, allowed []string) {
	if o, ok := v.(map[string]any); ok && o["type"] == "image" && slices.Contains(allowed, "image") {
		c.object(at, v, imageBlock, "type") // the element of the same name has no title
	} else {
		c.one(at, v, allowed)
	}
	c.acrossBlocks(at, v)
}

func (c *checker) acrossBlocks(at string, v any) {
	o, ok := v.(map[string]any)
	if !ok {
		return
	}
	if id, ok := o["block_id"].(string); ok && id != "" {
		if c.blockIDs[id] {
			c.complain(at+"/block_id", "block_id must be unique: %s", id)
		}
		c.blockIDs[id] = true
	}
	switch o["type"] {
	case "input":
		c.inputs++
	case "markdown":
		text, _ := o["text"].(string)
		c.markdown += length(text)
	case "table":
		if c.tables++; c.tables == 2 {
			c.complain(at, "no more than 1 table allowed in a message")
		}
	case "data_visualization":
		if c.charts++; c.charts == 3 {
			c.complain(at, "no more than 2 data_visualization blocks allowed in a message")
		}
	}
}

// view picks the modal's or the Home's table by the type.
func (c *checker) view(v any) {
	o, ok := v.(map[string]any)
	if !ok {
		c.complain("", "must be a json object")
		return
	}
	switch o["type"] {
	case "modal":
		c.object("", v, modal)
		if c.inputs > 0 && o["submit"] == nil {
			c.missing("", "submit")
		}
	case "home":
		c.surface = InHome
		c.object("", v, home)
	case nil:
		c.missing("", "type")
	default:
		c.complain("/type", "unsupported type: %v", o["type"])
	}
}
