package bot

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// Anchors are where the log's signed checkpoint is put outside the data file: in a
// channel, and in a second place of choice. Its zero value puts it nowhere.
type Anchors struct {
	Channel string   // id, or "#" and a name
	Folder  string   // a file for each checkpoint
	Command []string // a program and what it is given; the checkpoint is on its standard input
}

// wanted says whether there is any place.
func (a Anchors) wanted() bool { return a.Channel != "" || a.Folder != "" || len(a.Command) > 0 }

// line says where that is. What a program is given may hold a secret, so it is told from
// others without being named.
func (a Anchors) line() string {
	var places []string
	if a.Channel != "" {
		places = append(places, "in "+a.Channel)
	}
	if a.Folder != "" {
		places = append(places, "in the folder "+a.Folder)
	}
	if len(a.Command) > 0 {
		places = append(places, fmt.Sprintf("with %s (%.6x)", a.Command[0], sha256.Sum256([]byte(strings.Join(a.Command, "\x00")))))
	}
	return strings.Join(places, " and ")
}

// anchor reads where the log is anchored.
func (r *reader) anchor(c *Config, n ast.Node) {
	f := r.fields(n, "channel", "folder", "command")
	if s, ok := f["channel"]; ok {
		c.Anchors.Channel = r.channel(s.value)
	}
	if s, ok := f["folder"]; ok {
		if c.Anchors.Folder, _ = r.text(s.value); !filepath.IsAbs(c.Anchors.Folder) {
			r.complain(s.value, "%q is not the whole path of a folder; it begins with /", c.Anchors.Folder)
		}
	}
	if s, ok := f["command"]; ok {
		r.texts(s.value, func(_ ast.Node, text string) { c.Anchors.Command = append(c.Anchors.Command, text) })
		if len(c.Anchors.Command) > 0 && !filepath.IsAbs(c.Anchors.Command[0]) {
			r.complain(s.value, "%q is not the whole path of a program; no shell looks for it", c.Anchors.Command[0])
		}
	}
}
