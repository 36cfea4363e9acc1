package bot

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	yamltoken "github.com/goccy/go-yaml/token"
)

// Bounds of config.yaml. The YAML library takes time that grows with the square
// of the number of keys, and room on the stack for each level.
const (
	largestConfig = 256 << 10 // bytes
	mostTokens    = 40_000    // words, marks and values
	deepestConfig = 20        // lists and mappings inside each other
)

// reader reads config.yaml by what each key may hold, and collects everything that
// is wrong, each with its place in the file.
type reader struct {
	name   string
	known  Vocabulary
	wrong  []complaint
	spoken []spoken
}

// spoken is something in Slack that stands in the file.
type spoken struct {
	complaint
	cards, money bool
}

// mention notes that a value stands for something in Slack.
func (r *reader) mention(at ast.Node, of string) {
	r.spoken = append(r.spoken, spoken{complaint: place(begin(at), of)})
}

// mentions are what of Slack the file speaks of, in its order.
func (r *reader) mentions() (all []Reference) {
	slices.SortStableFunc(r.spoken, func(a, b spoken) int { return a.compare(b.complaint) })
	for _, s := range r.spoken {
		all = append(all, Reference{Of: s.text, At: s.at(r.name), Cards: s.cards, Money: s.money})
	}
	return all
}

type complaint struct {
	line, column int
	text         string
}

// place notes where in the file something is.
func place(t *yamltoken.Token, text string) complaint {
	c := complaint{line: 1, column: 1, text: text}
	if t != nil && t.Position != nil {
		c.line, c.column = t.Position.Line, t.Position.Column
	}
	return c
}

func (c complaint) compare(with complaint) int {
	return cmp.Or(cmp.Compare(c.line, with.line), cmp.Compare(c.column, with.column))
}

func (c complaint) at(file string) string { return fmt.Sprintf("%s:%d:%d", file, c.line, c.column) }

// all are the complaints in the order of the file, or nil.
func (r *reader) all() error {
	slices.SortStableFunc(r.wrong, complaint.compare)
	var errs []error
	for _, c := range slices.Compact(r.wrong) {
		errs = append(errs, fmt.Errorf("%s: %s", c.at(r.name), c.text))
	}
	return errors.Join(errs...)
}

// complain notes what is wrong at a place in the file.
func (r *reader) complain(at ast.Node, format string, args ...any) {
	r.complainAt(begin(at), format, args...)
}

func (r *reader) complainAt(t *yamltoken.Token, format string, args ...any) {
	r.wrong = append(r.wrong, place(t, fmt.Sprintf(format, args...)))
}

// begin is where a value begins in the file.
func begin(n ast.Node) *yamltoken.Token {
	switch n := n.(type) {
	case nil:
		return nil
	case *ast.MappingNode:
		if len(n.Values) > 0 && !n.IsFlowStyle {
			return begin(n.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return begin(n.Key)
	}
	return n.GetToken()
}

// parse reads the text as one YAML document of plain lists, mappings and values.
// It is nil when the file says nothing.
func (r *reader) parse(text []byte) (body ast.Node) {
	defer func() { // the library has panicked before at files that are no YAML
		if p := recover(); p != nil {
			r.complainAt(nil, "this cannot be read as YAML (%v); write it like config.example.yaml", p)
			body = nil
		}
	}()
	tokens := lexer.Tokenize(string(text))
	if !r.plain(tokens) {
		return nil
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.syntax(err)
		return nil
	}
	if at, more := second(tokens); more {
		r.complainAt(at, "a second document begins here, and would be ignored; write everything into one, without “---” in between")
	}
	for _, d := range file.Docs {
		if _, directive := d.Body.(*ast.DirectiveNode); d.Body != nil && !directive {
			return d.Body
		}
	}
	return nil
}

// syntax puts an error of the YAML library into the form of all others.
func (r *reader) syntax(err error) {
	e, ok := errors.AsType[yaml.Error](err)
	if !ok {
		r.complainAt(nil, "%v", err)
		return
	}
	r.complainAt(e.GetToken(), "this is no YAML: %s", e.GetMessage())
}

// plain looks at the words of the file before they are put together: too many, too
// deep, or of a kind that lets one part of a file stand for another.
func (r *reader) plain(tokens yamltoken.Tokens) bool {
	if len(tokens) > mostTokens {
		r.complainAt(nil, "this file has %d words and marks; %d are allowed", len(tokens), mostTokens)
		return false
	}
	before := len(r.wrong)
	depth, dashes, line := 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			dashes, line = 0, t.Position.Line
		}
		switch t.Type {
		case yamltoken.AnchorType, yamltoken.AliasType, yamltoken.MergeKeyType:
			r.complainAt(t, "anchors and aliases (&, *, <<) are not read here; write it out")
		case yamltoken.TagType:
			r.complainAt(t, "tags (!) are not read here; leave them out")
		case yamltoken.MappingKeyType:
			r.complainAt(t, "write keys as “key: value”, without a question mark")
		case yamltoken.MappingStartType, yamltoken.SequenceStartType:
			depth++
		case yamltoken.MappingEndType, yamltoken.SequenceEndType:
			depth--
		case yamltoken.SequenceEntryType:
			dashes++
		}
		if max(depth, dashes) > deepestConfig {
			r.complainAt(t, "lists and mappings are inside each other more than %d times here", deepestConfig)
			return false
		}
	}
	return len(r.wrong) == before
}

// second finds where a document begins after the one that is read. Directives before
// it, and marks with nothing but comments after them, are none. It looks at the words
// of the file, since the library's parser drops what follows an empty document.
func second(tokens yamltoken.Tokens) (at *yamltoken.Token, found bool) {
	begun, directive := false, 0
	for _, t := range tokens {
		switch {
		case t.Type == yamltoken.DirectiveType:
			directive = t.Position.Line
		case t.Type == yamltoken.CommentType, t.Position.Line == directive:
		case t.Type != yamltoken.DocumentHeaderType && t.Type != yamltoken.DocumentEndType:
			if at != nil {
				return at, true
			}
			begun = true
		case begun && at == nil:
			at = t
		default:
			begun = true
		}
	}
	return nil, false
}

// setting is a key of a mapping and what stands there.
type setting struct {
	key   ast.Node
	name  string
	value ast.Node
}

// nothing reports whether a key has no value.
func nothing(n ast.Node) bool {
	_, null := n.(*ast.NullNode)
	return n == nil || null
}

// mapping reads keys and values. What is no mapping is complained about.
func (r *reader) mapping(n ast.Node) (all []setting) {
	var values []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		values = n.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{n}
	default:
		r.complain(n, "keys with values belong here, like “key: value”")
	}
	seen := map[string]bool{}
	for _, v := range values {
		name := scalar(v.Key)
		if seen[name] {
			r.complain(v.Key, "the key %q is here twice", name)
			continue
		}
		seen[name] = true
		all = append(all, setting{key: v.Key, name: name, value: v.Value})
	}
	return all
}

// fields reads a mapping of which the keys are given. Others are complained about,
// and so is a key without a value. It is nil for what is no mapping.
func (r *reader) fields(n ast.Node, known ...string) map[string]setting {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
	default:
		r.mapping(n)
		return nil
	}
	found := map[string]setting{}
	for _, s := range r.mapping(n) {
		switch {
		case !slices.Contains(known, s.name):
			r.complain(s.key, "there is no key %q here; there is %s.%s", s.name, strings.Join(known, ", "), Nearest(s.name, known))
		case nothing(s.value):
			r.complain(s.key, "nothing is said after %q; fill it in or remove the line", s.name)
		default:
			found[s.name] = s
		}
	}
	return found
}

// list reads the values of a list, which must not be empty.
func (r *reader) list(n ast.Node) []ast.Node {
	l, ok := n.(*ast.SequenceNode)
	switch {
	case !ok:
		r.complain(n, "a list belongs here, like [one, another]")
		return nil
	case len(l.Values) == 0:
		r.complain(n, "this list is empty; name at least one")
	}
	return l.Values
}

// texts reads a list of values.
func (r *reader) texts(n ast.Node, each func(at ast.Node, text string)) {
	for _, v := range r.list(n) {
		if text, ok := r.text(v); ok {
			each(v, text)
		}
	}
}

// text reads a single value as it is written.
func (r *reader) text(n ast.Node) (string, bool) {
	switch n.(type) {
	case *ast.StringNode, *ast.LiteralNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return scalar(n), true
	}
	r.complain(n, "a single value belongs here")
	return "", false
}

// number reads a whole number between two bounds.
func (r *reader) number(n ast.Node, least, most int) int {
	text, ok := r.text(n)
	if !ok {
		return least
	}
	value, err := strconv.Atoi(text)
	if err != nil || value < least || value > most {
		r.complain(n, "%q is not a whole number between %d and %d", text, least, most)
		return least
	}
	return value
}

// scalar is a single value as it is written, without its quotes.
func scalar(n ast.Node) string {
	if l, ok := n.(*ast.LiteralNode); ok {
		return l.Value.Value
	}
	return n.GetToken().Value
}
