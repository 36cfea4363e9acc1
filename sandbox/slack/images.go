package slack

import (
	"slices"

	"github.com/ascbot/ascbot/sandbox/blockkit"
)

// wrongImages complains about images that name a file which does not exist, is not finished or is no
// picture. prefix is the JSON pointer of the blocks.
func (s *Server) wrongImages(prefix string, blocks []any) (found []blockkit.Complaint) {
	walkBlocks(prefix, blocks, mostDeep, func(at string, block map[string]any) {
		for _, one := range images(at, block) {
			o, _ := one.image.(map[string]any)
			named, _ := o["slack_file"].(map[string]any)
			if o["type"] == "image" && named != nil && !s.isPicture(named) {
				found = append(found, blockkit.Complaint{Code: blockkit.FailedConstraint, Message: "invalid slack file", Pointer: one.at + "/slack_file"})
			}
		}
	})
	return found
}

// spot is a place where an image may stand.
type spot struct {
	at    string
	image any
}

func images(at string, block map[string]any) []spot {
	all := []spot{{at, block}}
	for _, name := range []string{"accessory", "icon", "hero_image"} {
		all = append(all, spot{at + "/" + name, block[name]})
	}
	if block["type"] == "context" {
		list, _ := block["elements"].([]any)
		for i, e := range list {
			all = append(all, spot{at + "/elements/" + itoa(i), e})
		}
	}
	return all
}

// isPicture: Slack shows png, jpg, jpeg and gif files in blocks. A file is named by its id or by one of its
// addresses.
func (s *Server) isPicture(named map[string]any) bool {
	f := s.files[str(named["id"])]
	for _, other := range s.files {
		if at := str(named["url"]); at != "" && (at == s.base+other.private("") || at == s.base+other.private("download/") || at == other.permalink()) {
			f = other
		}
	}
	if f == nil || !f.ready() || !s.mayRead(f) {
		return false
	}
	switch f.mimetype() {
	case "image/png", "image/jpeg", "image/gif":
		return true
	}
	return false
}

// forbiddenVideos complains about video blocks of an app that may not embed links.
func (s *Server) forbiddenVideos(prefix string, blocks []any) (found []blockkit.Complaint) {
	if s.granted("links.embed:write") {
		return nil
	}
	walkBlocks(prefix, blocks, mostDeep, func(at string, block map[string]any) {
		if block["type"] == "video" {
			found = append(found, blockkit.Complaint{Code: blockkit.FailedConstraint, Message: "missing scope: links.embed:write", Pointer: at})
		}
	})
	return found
}

// checkBlocks adds to Block Kit's rules what only the workspace knows: whether files exist, and what the
// app may do.
func (s *Server) checkBlocks(on blockkit.Surface, blocks []any) []blockkit.Complaint {
	found := blockkit.Blocks(on, encode(blocks))
	return slices.Concat(found, s.wrongImages("", blocks), s.forbiddenVideos("", blocks), s.tooNew(blocks))
}

// tooNew finds the blocks that a workspace does not have yet. The lock is held.
func (s *Server) tooNew(blocks []any) (found []blockkit.Complaint) {
	if _, on := s.inForce(NoCharts); !on {
		return nil
	}
	for i, b := range blocks {
		o, _ := b.(map[string]any)
		if kind := str(o["type"]); kind == "data_visualization" || kind == "data_table" || kind == "table" {
			found = append(found, blockkit.Complaint{Message: "unsupported type: " + kind, Pointer: "/" + itoa(i) + "/type"})
		}
	}
	return found
}
