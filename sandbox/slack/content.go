package slack

import (
	"strings"
	"unicode/utf8"

	"github.com/ascbot/ascbot/sandbox/blockkit"
)

// Limits of messages, in characters.
const (
	mostText     = 40_000 // of a new message; what is beyond is cut
	mostEditText = 4_000
	mostMarkdown = 12_000
	mostAttached = 100

	// Of all blocks together, in the Web API. Slack does not publish it: 9,597 were seen taken and 11,341
	// refused, so the least that was refused is the limit here.
	mostBlockText = 11_340

	// Neither is confirmed: bytes of metadata as hearsay has it, and the event_type as the manifest has it.
	mostMetadata  = 8 << 10
	mostEventType = 50
)

// content is what a message says, checked.
type content struct {
	text        string
	blocks      []any
	hasBlocks   bool // given, though perhaps empty
	attachments []any
	hasAttached bool
	metadata    object
	hasMetadata bool
}

func (c content) empty() bool {
	return strings.TrimSpace(c.text) == "" && len(c.blocks) == 0 && len(c.attachments) == 0
}

// readContent reads and checks text, blocks, attachments and metadata of a call or a response. most is how
// much text all blocks may hold together, 0 for any.
func (s *Server) readContent(a args, most int) (c content, err error) {
	c.text = strings.ToValidUTF8(a.text("text"), "�")
	if a.has("markdown_text") {
		if c.text != "" || a.has("blocks") {
			return c, refuse("markdown_text_conflict")
		}
		if c.text = a.text("markdown_text"); utf8.RuneCountInString(c.text) > mostMarkdown {
			return c, refuse("msg_too_long")
		}
		c.blocks, c.hasBlocks = []any{object{"type": "markdown", "text": c.text}}, true
	}
	if err := s.readBlocks(a, &c, most); err != nil {
		return c, err
	}
	if err := s.readAttachments(a, &c); err != nil {
		return c, err
	}
	return c, readMetadata(a, &c)
}

func (s *Server) readBlocks(a args, c *content, most int) error {
	v, given, err := a.value("blocks")
	if err != nil {
		return refuse("invalid_blocks_format")
	}
	if given {
		list, ok := v.([]any)
		if !ok {
			return refuse("invalid_blocks_format")
		}
		c.blocks, c.hasBlocks = list, true
	}
	if len(c.blocks) == 0 {
		return nil
	}
	if found := s.checkBlocks(blockkit.InMessage, c.blocks); len(found) > 0 {
		return refuseBlocks("invalid_blocks", blockkit.Under("/blocks", found))
	}
	if most > 0 && blockkit.TextLength(encode(c.blocks)) > most {
		return refuse("msg_blocks_too_long")
	}
	c.blocks = fillIn(c.blocks)
	return nil
}

func (s *Server) readAttachments(a args, c *content) error {
	v, given, err := a.value("attachments")
	if err != nil {
		return refuse("invalid_attachments")
	}
	if !given {
		return nil
	}
	list, ok := v.([]any)
	switch {
	case !ok:
		return refuse("invalid_attachments")
	case len(list) > mostAttached:
		return refuse("too_many_attachments")
	}
	for i, one := range list {
		o, ok := one.(map[string]any)
		if !ok {
			return refuse("invalid_attachments")
		}
		o["id"] = i + 1
		setDefault(o, "fallback", "[no preview available]")
		if blocks, ok := o["blocks"].([]any); ok {
			if found := s.checkBlocks(blockkit.InMessage, blocks); len(found) > 0 {
				return refuseBlocks("invalid_blocks", blockkit.Under("/attachments/"+itoa(i)+"/blocks", found))
			}
			o["blocks"] = fillIn(blocks)
		}
	}
	c.attachments, c.hasAttached = list, true
	return nil
}

// readMetadata takes {"event_type":…,"event_payload":{…}}; an empty object takes metadata away.
func readMetadata(a args, c *content) error {
	v, given, err := a.value("metadata")
	if err != nil {
		return refuse("invalid_metadata_format")
	}
	if !given {
		return nil
	}
	o, ok := v.(map[string]any)
	if !ok {
		return refuse("invalid_metadata_format")
	}
	c.hasMetadata = true
	if len(o) == 0 || o["event_type"] == "" && o["event_payload"] == nil {
		return nil
	}
	kind, named := o["event_type"].(string)
	_, loaded := o["event_payload"].(map[string]any)
	switch {
	case !named || kind == "" || !loaded || utf8.RuneCountInString(kind) > mostEventType:
		return refuse("invalid_metadata_format")
	case len(encode(o)) > mostMetadata:
		return refuse("metadata_too_large")
	}
	c.metadata = object{"event_type": kind, "event_payload": o["event_payload"]}
	return nil
}

// refuseBlocks is Slack's answer to blocks it does not take.
func refuseBlocks(name string, found []blockkit.Complaint) error {
	plain, marked := []string{}, []string{}
	for _, f := range found {
		plain = append(plain, f.String())
		marked = append(marked, "[ERROR] "+f.String())
	}
	return &refusal{name, object{"errors": plain, "response_metadata": object{"messages": marked}}}
}
