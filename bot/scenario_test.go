package bot_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/sandbox/apple"
	"github.com/ascbot/ascbot/sandbox/slack"
	"github.com/ascbot/ascbot/store"
)

var update = flag.Bool("update", false, "write what the stories print into testdata")

// TestStories plays the conversations in testdata, each in a bubble of its own,
// where an hour passes as soon as nobody has anything to do.
func TestStories(t *testing.T) {
	testscript.RunT(bubble{t}, testscript.Params{
		Dir: "testdata", Setup: setUp, Cmds: cast, UpdateScripts: *update, RequireUniqueNames: true,
	})
}

// bubble gives each story fake time.
type bubble struct{ *testing.T }

func (b bubble) Run(name string, f func(testscript.T)) {
	b.T.Run(name, func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) { f(bubble{t}) })
	})
}

func (bubble) Parallel()     {} // Run has done it, outside
func (bubble) Verbose() bool { return testing.Verbose() }

// play is a town with what a story keeps in mind between two lines.
type play struct {
	*town
	way       line                   // of a story that is told for each class of operation
	dir       string                 // with the files of the story
	mark      int                    // Slack's journal when this line began
	last      int                    // and when the one before did
	lastCall  int                    // the same of Apple's
	lastOther int                    // and of the other team's
	envelope  string                 // of what was done last
	forged    store.Place            // a message with buttons that the bot has not posted
	calm      []func()               // ends the troubles in force
	fate      atomic.Pointer[string] // the point at which this life ends; the bot looks while the story goes on
	down      bool
	noCharts  bool // Slack refused charts and tables for a while

	refusals []string // with which Slack was told to refuse
}

// setUp opens the town a story plays in. A file rules.yaml in the story replaces
// the company's rules; one called begin says when it begins, key which roles the
// key has.
func setUp(env *testscript.Env) error {
	rules, at, like := townRules, noon, apple.Options{}
	if text, err := os.ReadFile(filepath.Join(env.WorkDir, "rules.yaml")); err == nil {
		rules = string(text)
	}
	if text, err := os.ReadFile(filepath.Join(env.WorkDir, "begin")); err == nil {
		if at, err = time.Parse(time.RFC3339, strings.TrimSpace(string(text))); err != nil {
			return err
		}
	}
	if text, err := os.ReadFile(filepath.Join(env.WorkDir, "key")); err == nil {
		like.KeyRoles = strings.Fields(string(text))
	}
	t := env.T().(bubble).T
	p := &play{town: found(t, t.TempDir(), rules, at, like), dir: env.WorkDir}
	if way := slices.IndexFunc(effects, func(way line) bool { return way.name == env.Getenv("CLASS") }); way >= 0 {
		p.way = effects[way]
	}
	p.live()
	env.Values[p.key()] = p
	env.Defer(func() { p.curtain() })
	return nil
}

// has looks how often Apple has what the story's class of operation asks for: has times.
func (p *play) has(args []string) (outcome, error) {
	if n := fmt.Sprint(p.way.has(p.town)); n != args[0] {
		return outcome{}, fmt.Errorf("Apple has it %s times", n)
	}
	return outcome{}, nil
}

func (*play) key() any { return "play" }

// live starts the bot, unless it is running.
func (p *play) live() {
	p.start(func(point string, _ int) bool {
		end := p.fate.Load()
		if end == nil {
			return false
		}
		beginning, open := strings.CutSuffix(*end, "*") // an id follows
		return *end == point || open && strings.HasPrefix(point, beginning)
	})
	p.down = false
}

// curtain is what holds at the end of every story, whatever it tells: the log
// verifies, nothing received is left lying about, and Slack was never sent
// anything it does not take.
func (p *play) curtain() {
	if p.t.Failed() {
		p.t.Logf("the bot's own log:\n%s", p.current().log)
		for _, e := range p.box.Slack.Journal(0) {
			if e.Kind == slack.KindAPI && e.Error != "" {
				p.t.Logf("Slack answered %s with %s", e.Method, e.Error)
			}
		}
		return
	}
	p.said()
	if p.down {
		return
	}
	settle(5 * time.Second) // messages to one channel leave a second apart
	p.holds(len(p.box.Slack.Faults()) == 0)
	left, err := p.current().unhandled()
	if err != nil || len(left) > 0 {
		p.t.Errorf("%d envelopes are left unhandled, %v", len(left), err)
	}
	for _, e := range p.box.Slack.Journal(0) {
		switch {
		case e.Error == "invalid_blocks" && p.noCharts:
		case slices.Contains(p.refusals, e.Error):
		case strings.HasPrefix(e.Error, "invalid_") && e.Kind == slack.KindAPI,
			slices.Contains([]string{"no_text", "msg_too_long", "msg_blocks_too_long", "metadata_too_large", "bad_frame", "frame_too_long"}, e.Error),
			e.Kind == slack.KindError && strings.Contains(e.Text, "did not take"):
			p.t.Errorf("Slack refused what the bot sent: %s %s %s %s", e.Method, e.Error, e.Text, e.Raw)
		}
	}
}

// cast are the words of the stories.
var cast = map[string]func(*testscript.TestScript, bool, []string){
	"say":        act((*play).say),
	"form":       act((*play).form),
	"pick":       act((*play).pick),
	"team":       act((*play).team),
	"click":      act((*play).click),
	"begin":      act((*play).begin),
	"turn":       act((*play).turn),
	"shortcut":   act((*play).shortcut),
	"choose":     act((*play).choose),
	"close":      act((*play).closeForm),
	"drawn":      act((*play).drawn),
	"each":       act((*play).each),
	"home":       act((*play).home),
	"redeliver":  act((*play).redeliver),
	"together":   act((*play).together),
	"sleep":      act((*play).sleep),
	"clock":      act((*play).clock),
	"apple":      act((*play).apple),
	"trouble":    act((*play).trouble),
	"person":     act((*play).person),
	"old-form":   act((*play).oldForm),
	"forge":      act((*play).forge),
	"delete":     act((*play).deleteCard),
	"halt":       act((*play).haltBot),
	"crash":      act((*play).crashBot),
	"crash-at":   act((*play).crashAt),
	"start":      act((*play).startBot),
	"restart":    act((*play).restart),
	"usergroup":  act((*play).usergroup),
	"log":        act((*play).log),
	"reload":     reload,
	"audit":      act((*play).audit),
	"state":      act((*play).state),
	"everything": act((*play).everything),
	"has":        act((*play).has),
}

// outcome is how a line of a story went: what to print, and whether Slack's client
// or the bot refused it.
type outcome struct {
	text    string
	refused bool
}

// act makes a command of a story: it does something, lets the bot come to rest,
// and prints what people saw. With ! the person's client has to show trouble.
func act(do func(*play, []string) (outcome, error)) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		p := ts.Value((*play).key(nil)).(*play)
		p.last, p.mark = p.mark, p.journalEnd()
		out, err := do(p, args)
		ts.Check(err)
		text := p.seen(p.mark)
		fmt.Fprint(ts.Stdout(), out.text+text)
		switch {
		case out.refused && !neg:
			ts.Fatalf("this was refused:\n%s", out.text)
		case neg && !out.refused:
			ts.Fatalf("this was not refused")
		}
	}
}

// reload has the bot read its rules again: reload file.
func reload(ts *testscript.TestScript, neg bool, args []string) {
	text := ts.ReadFile(args[0])
	act(func(p *play, _ []string) (outcome, error) {
		if cfg, err := readRules(text); err == nil {
			p.Config = cfg // of the next start too
		}
		p.current().rules <- func() (bot.Config, error) { return readRules(text) }
		settle(rest)
		return outcome{}, nil
	})(ts, neg, args)
}

func (p *play) journalEnd() int {
	all := p.box.Slack.Journal(0)
	if len(all) == 0 {
		return 0
	}
	return all[len(all)-1].Seq
}

// rest is how long people wait before they look what has come of something.
const rest = time.Second

func (p *play) after(r slack.Reply) (outcome, error) {
	if r.Envelope != "" {
		p.envelope = r.Envelope
	}
	settle(rest)
	return outcome{text: shown(r), refused: !r.OK()}, nil
}

// flags takes the words that begin with a dash off the front.
func flags(args []string) (set map[string]bool, rest []string) {
	set = map[string]bool{}
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		set[args[0]] = true
		args = args[1:]
	}
	return set, args
}

// say types a line: say [-wrap] [-smart] [-late] who line [channel]. Late means
// that nobody waits for what comes of it.
func (p *play) say(args []string) (outcome, error) {
	how, args := flags(args)
	if len(args) < 2 {
		return outcome{}, fmt.Errorf("usage: say who line [channel]")
	}
	where := "#ios"
	if len(args) > 2 {
		where = args[2]
	} else if !p.isIn(args[0], "ios") {
		where = "@asc"
	}
	var typing []slack.Typing
	if how["-wrap"] {
		typing = append(typing, slack.WrapLinks)
	}
	if how["-smart"] {
		typing = append(typing, slack.SmartPunctuation)
	}
	line := strings.NewReplacer(`\u00a0`, "\u00a0", `\xff`, "\xff", `\0`, "\x00").Replace(args[1])
	if n, ok := strings.CutSuffix(line, " bytes"); ok { // a line as long as that
		_, n, _ = strings.Cut(n, "… ")
		length, err := strconv.Atoi(n)
		if err != nil {
			return outcome{}, err
		}
		line = strings.TrimSuffix(line, "… "+n+" bytes")
		line += strings.Repeat("x", length-len(line))
	}
	return p.after(p.box.Slack.Command(args[0], where, line, typing...))
}

func (p *play) isIn(who, channel string) bool {
	return slices.ContainsFunc(p.box.Slack.Snapshot(who).Channels, func(c slack.Channel) bool { return c.Name == channel })
}

// topForm is the form somebody has open.
func (p *play) topForm(who string) (slack.View, error) {
	open := p.box.Slack.Snapshot(who).Views
	if len(open) == 0 {
		return slack.View{}, fmt.Errorf("%s has no form open", who)
	}
	return open[len(open)-1], nil
}

// asksFor is one input of a form, as far as filling it in needs.
type asksFor struct {
	BlockID string `json:"block_id"`
	Element struct {
		Type     string `json:"type"`
		ActionID string `json:"action_id"`
		Options  []struct {
			Text  struct{ Text string } `json:"text"`
			Value string                `json:"value"`
		} `json:"options"`
	} `json:"element"`
}

// form fills in the open form and sends it: form who [field=value…]. Several
// choices are separated by |.
func (p *play) form(args []string) (outcome, error) {
	if len(args) == 0 {
		return outcome{}, fmt.Errorf("usage: form who [field=value…]")
	}
	v, err := p.topForm(args[0])
	if err != nil {
		return outcome{}, err
	}
	filled, err := p.filled(args[0], v, args[1:])
	if err != nil {
		return outcome{}, err
	}
	return p.after(p.box.Slack.Submit(args[0], v.ID, filled))
}

// filled are field=value… as somebody fills them in.
func (p *play) filled(who string, v slack.View, pairs []string) (slack.Values, error) {
	var inputs []asksFor
	if err := json.Unmarshal(v.Blocks, &inputs); err != nil {
		return nil, err
	}
	filled := slack.Values{}
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		i := slices.IndexFunc(inputs, func(in asksFor) bool { return in.BlockID == name })
		if i < 0 {
			return nil, fmt.Errorf("the form has no field %q", name)
		}
		in, err := p.fill(who, v, inputs[i], value)
		if err != nil {
			return nil, err
		}
		filled[name] = map[string]slack.Input{inputs[i].Element.ActionID: in}
	}
	return filled, nil
}

func (p *play) fill(who string, v slack.View, field asksFor, value string) (slack.Input, error) {
	kind := field.Element.Type
	if kind == "file_input" { // the name of a file of the story
		data, err := os.ReadFile(filepath.Join(p.dir, value))
		if err != nil {
			return slack.Input{}, err
		}
		id, err := p.box.Slack.Attach(who, value, data)
		return slack.Input{Files: []string{id}}, err
	}
	if strings.HasSuffix(kind, "_input") {
		return slack.Input{Value: value}, nil
	}
	var in slack.Input
	if kind == "conversations_select" { // #name
		for _, c := range p.box.Slack.Snapshot(who).Channels {
			if "#"+c.Name == value {
				return slack.Input{Selected: []string{c.ID}}, nil
			}
		}
		return in, fmt.Errorf("%s sees no channel %q", who, value)
	}
	for text := range strings.SplitSeq(value, "|") {
		if text == "" {
			continue
		}
		found := ""
		for _, o := range field.Element.Options {
			if o.Text.Text == text {
				found = o.Value
			}
		}
		if strings.Contains(kind, "external") {
			offered, err := p.box.Slack.Suggest(who, v.ID, field.BlockID, field.Element.ActionID, text[:min(3, len(text))])
			if err != nil {
				return in, err
			}
			for _, o := range offered.All() {
				if o.Text == text {
					found = o.Value
				}
			}
		}
		if found == "" {
			return in, fmt.Errorf("%s does not offer %q", field.BlockID, text)
		}
		in.Selected = append(in.Selected, found)
	}
	return in, nil
}

// team fills in some fields of the open form, and then chooses for which team it is: team
// who name [field=value…].
func (p *play) team(args []string) (outcome, error) {
	v, err := p.topForm(args[0])
	if err != nil {
		return outcome{}, err
	}
	filled, err := p.filled(args[0], v, args[2:])
	if err == nil {
		err = p.box.Slack.Fill(args[0], v.ID, filled)
	}
	if err != nil {
		return outcome{}, err
	}
	x := slack.Press{User: args[0], View: v.ID, BlockID: "asc-team", ActionID: "team"}
	x.Input.Selected = []string{args[1]}
	return p.after(p.box.Slack.Press(x))
}

// pick types into a type-ahead and prints what it offers: pick who field letters.
func (p *play) pick(args []string) (outcome, error) {
	v, err := p.topForm(args[0])
	if err != nil {
		return outcome{}, err
	}
	var inputs []asksFor
	if err := json.Unmarshal(v.Blocks, &inputs); err != nil {
		return outcome{}, err
	}
	i := slices.IndexFunc(inputs, func(in asksFor) bool { return in.BlockID == args[1] })
	if i < 0 {
		return outcome{}, fmt.Errorf("the form has no field %q", args[1])
	}
	offered, err := p.box.Slack.Suggest(args[0], v.ID, args[1], inputs[i].Element.ActionID, args[2])
	if err != nil {
		return outcome{}, err
	}
	var out strings.Builder
	for _, o := range offered.All() {
		fmt.Fprintln(&out, strings.TrimSpace("offers "+o.Text+"  "+o.Description))
	}
	return outcome{text: out.String()}, nil
}

// request is the one meant by "#3", or the newest.
func (p *play) request(args []string) (store.Request, error) {
	if len(args) > 0 {
		id, err := strconv.ParseUint(strings.TrimPrefix(args[0], "#"), 10, 64)
		if err != nil {
			return store.Request{}, err
		}
		return p.current().st.Request(id)
	}
	recent, err := p.current().st.Recent(1)
	if err != nil || len(recent) == 0 {
		return store.Request{}, fmt.Errorf("there is no request, %v", err)
	}
	return recent[0], nil
}

// click presses a button of a request's card, or with -home of what one's home shows
// of it: click [-late] [-home] who button [#request], or of the message that was forged, or of the old card of the first request.
// Late is the press of somebody whose screen still shows the buttons.
func (p *play) click(args []string) (outcome, error) {
	r, err := p.press(args)
	if err != nil {
		return outcome{}, err
	}
	return p.after(r)
}

func (p *play) press(args []string) (slack.Reply, error) {
	how, args := flags(args)
	if len(args) < 2 {
		return slack.Reply{}, fmt.Errorf("usage: click [-late] [-open] who button [#request]")
	}
	x := slack.Press{User: args[0], ActionID: args[1]}
	if how["-late"] {
		x.Revision = slack.AnyRevision
	}
	if len(args) > 2 && args[2] == "forged" {
		x.Channel, x.TS = p.forged.Channel, p.forged.TS
		return p.box.Slack.Press(x), nil
	}
	if len(args) > 2 && args[2] == "old" { // the first card there ever was
		card := p.messages(args[0], "asc-approvals", "card/1/1")[0]
		x.Channel, x.TS = card.Channel, card.TS
		return p.box.Slack.Press(x), nil
	}
	r, err := p.request(args[2:])
	if err != nil {
		return slack.Reply{}, err
	}
	if how["-home"] {
		home := p.box.Slack.Snapshot(x.User).Home
		if home == nil {
			return slack.Reply{}, fmt.Errorf("%s has not opened their home", x.User)
		}
		x.View, x.BlockID = home.ID, fmt.Sprintf("decide %d", r.ID)
		if x.ActionID == "cancel" {
			x.BlockID = fmt.Sprintf("request %d", r.ID)
		}
		return p.box.Slack.Press(x), nil
	}
	x.Channel, x.TS = r.Card.Channel, r.Card.TS
	reply := p.box.Slack.Press(x)
	if x.ActionID == "deny" && !how["-open"] {
		return p.sayWhy(x.User, reply), nil
	}
	return reply, nil
}

// sayWhy gives a reason for a no when the form comes that asks for one; who is refused
// gets none.
func (p *play) sayWhy(who string, pressed slack.Reply) slack.Reply {
	for range 10 {
		time.Sleep(50 * time.Millisecond)
		if v, err := p.topForm(who); err == nil && v.CallbackID == "deny" {
			return p.box.Slack.Submit(who, v.ID, slack.Values{"reason": {"answer": {Value: "Not like this."}}})
		}
	}
	return pressed
}

// begin presses the button of a command: on the newest message that has it and
// that only this person sees, or with -home on their home: begin [-home] who words.
func (p *play) begin(args []string) (outcome, error) {
	how, args := flags(args)
	action := "begin/" + strings.Join(args[1:], " ")
	if home := p.box.Slack.Snapshot(args[0]).Home; how["-home"] && home != nil {
		return p.after(p.box.Slack.Press(slack.Press{User: args[0], ActionID: action, View: home.ID}))
	}
	return p.pressNewest(args[0], action, !how["-shown"])
}

// turn turns a page of the newest answer that has some: turn who earlier or later.
func (p *play) turn(args []string) (outcome, error) {
	return p.pressNewest(args[0], "turn/"+args[1], true)
}

// shortcut chooses one: shortcut who ask, or on a message that somebody has written:
// shortcut who add_testers text.
func (p *play) shortcut(args []string) (outcome, error) {
	if len(args) == 2 {
		return p.after(p.box.Slack.Shortcut(args[0], args[1]))
	}
	ts, err := p.box.Slack.Say("ben", "ios", args[2])
	if err != nil {
		return outcome{}, err
	}
	p.mark = p.journalEnd()
	return p.after(p.box.Slack.MessageShortcut(args[0], "ios", ts, args[1]))
}

// choose presses a button of the open menu, or finds a command by typing: choose
// [-typed] who words.
func (p *play) choose(args []string) (outcome, error) {
	how, args := flags(args)
	v, err := p.topForm(args[0])
	if err != nil {
		return outcome{}, err
	}
	x := slack.Press{User: args[0], View: v.ID, ActionID: "begin/" + strings.Join(args[1:], " ")}
	if how["-typed"] {
		x.ActionID = "find"
		var blocks []struct {
			BlockID   string `json:"block_id"`
			Accessory *struct {
				Type string `json:"type"`
			} `json:"accessory"`
		}
		if err := json.Unmarshal(v.Blocks, &blocks); err != nil {
			return outcome{}, err
		}
		for _, b := range blocks {
			if b.Accessory != nil && b.Accessory.Type == "external_select" {
				x.BlockID = b.BlockID
			}
		}
		offered, err := p.box.Slack.Suggest(args[0], v.ID, x.BlockID, "find", strings.Join(args[1:], " "))
		if err != nil || len(offered.Options) == 0 {
			return outcome{}, fmt.Errorf("the menu offers nothing for that, %v", err)
		}
		x.Input.Selected = []string{offered.Options[0].Value}
	}
	return p.after(p.box.Slack.Press(x))
}

// closeForm presses Close or Cancel on what somebody has open: close who.
func (p *play) closeForm(args []string) (outcome, error) {
	v, err := p.topForm(args[0])
	if err != nil {
		return outcome{}, err
	}
	return p.after(p.box.Slack.Dismiss(args[0], v.ID))
}

// pressNewest presses a button on the newest message that has it: of those that only
// this person sees, or of all.
func (p *play) pressNewest(who, action string, private bool) (outcome, error) {
	x := slack.Press{User: who, ActionID: action}
	action = strings.ReplaceAll(action, `"`, `\"`) // as blocks are written
	for _, c := range p.box.Slack.Snapshot(who).Channels {
		for _, m := range c.Messages {
			if (m.Ephemeral || strings.HasPrefix(m.Channel, "D") || !private) && m.TS > x.TS && strings.Contains(string(m.Blocks), action) {
				x.Channel, x.TS = m.Channel, m.TS
			}
		}
	}
	return p.after(p.box.Slack.Press(x))
}

// each has several people say a line several times, with a number in the place of %:
// each ana,ben 3 line.
func (p *play) each(args []string) (outcome, error) {
	times, err := strconv.Atoi(args[1])
	if err != nil {
		return outcome{}, err
	}
	n := 0
	for who := range strings.SplitSeq(args[0], ",") {
		for range times {
			n++
			if out, err := p.say([]string{who, strings.ReplaceAll(args[2], "%", strconv.Itoa(n))}); err != nil || out.refused {
				return out, err
			}
		}
	}
	settle(time.Minute) // one message a second goes into a channel
	p.mark = p.journalEnd()
	return outcome{}, nil
}

// together does several things in the same instant.
func (p *play) together(args []string) (outcome, error) {
	replies := make([]slack.Reply, len(args))
	errs := make([]error, len(args))
	var all sync.WaitGroup
	for i, line := range args {
		words := strings.SplitN(line, " ", 3)
		all.Go(func() {
			switch words[0] {
			case "click":
				// whoever presses second has the same on the screen as the first
				replies[i], errs[i] = p.press(append([]string{"-late"}, strings.Fields(line)[1:]...))
			case "say":
				replies[i] = p.box.Slack.Command(words[1], "#ios", words[2])
			default:
				errs[i] = fmt.Errorf("nobody can %q together with others", line)
			}
		})
	}
	all.Wait()
	settle(rest)
	out := outcome{}
	for i, r := range replies {
		if errs[i] != nil {
			return out, errs[i]
		}
		out.text += shown(r)
		out.refused = out.refused || !r.OK()
	}
	return out, nil
}

// home opens somebody's home, and prints it even if it was drawn before.
func (p *play) home(args []string) (outcome, error) {
	out, err := p.after(p.box.Slack.OpenHome(args[0]))
	var now slack.Entry
	for _, e := range p.box.Slack.Journal(0) {
		if e.Kind == slack.KindHome && e.Method != "opened" && e.User == "U0"+strings.ToUpper(args[0]) {
			now = e
		}
	}
	if now.Seq != 0 && now.Seq <= p.mark {
		sc, _ := p.scene(now)
		out.text += digests.ReplaceAllString(sc.title+"\n  "+strings.ReplaceAll(sc.text, "\n", "\n  ")+"\n", "Fingerprint ········")
	}
	return out, err
}

// drawn says how often somebody's home was drawn by what was done last: drawn who.
func (p *play) drawn(args []string) (outcome, error) {
	n := 0
	for _, e := range p.box.Slack.Journal(p.last) {
		if e.Kind == slack.KindHome && e.Method != "opened" && e.User == "U0"+strings.ToUpper(args[0]) {
			n++
		}
	}
	return outcome{text: fmt.Sprintf("%d times\n", n)}, nil
}

// redeliver sends the envelope of what was done last again: redeliver times.
func (p *play) redeliver(args []string) (outcome, error) {
	times, err := strconv.Atoi(args[0])
	if err != nil {
		return outcome{}, err
	}
	for range times {
		if !p.box.Slack.Redeliver(p.envelope) {
			return outcome{}, fmt.Errorf("the envelope cannot be delivered again")
		}
	}
	settle(rest)
	acks := 0
	for _, e := range p.box.Slack.Journal(p.mark) {
		if e.Kind == slack.KindAck && e.Envelope == p.envelope {
			acks++
		}
	}
	return outcome{text: fmt.Sprintf("acknowledged %d times\n", acks)}, nil
}

func (p *play) sleep(args []string) (outcome, error) {
	d, err := time.ParseDuration(args[0])
	settle(d)
	return outcome{}, err
}

// clock moves the stand-ins' clock ahead, as a machine's clock is after a
// suspend, and lets the bot look at it: clock [-just] duration. Just now it has not
// looked yet.
func (p *play) clock(args []string) (outcome, error) {
	how, args := flags(args)
	d, err := time.ParseDuration(args[0])
	if err != nil {
		return outcome{}, err
	}
	err = p.box.Clock.Move(d)
	if !how["-just"] {
		settle(time.Minute)
	}
	return outcome{}, err
}

// apple looks at App Store Connect, or has somebody else act there: apple [-orchard]
// what…. Orchard is the other team, which is only looked at.
func (p *play) apple(args []string) (outcome, error) {
	ctx := context.Background()
	at, last := p.box.Apple, &p.lastCall
	how, args := flags(args)
	if how["-orchard"] {
		at, last = p.box.Orchard, &p.lastOther
	}
	var out strings.Builder
	switch what := args[0]; what {
	case "invitations":
		for _, r := range at.Resources("userInvitations") {
			apps := namesAt(at, "apps", r.Relationships["visibleApps"])
			if r.Attributes["allAppsVisible"] == true {
				apps = "all apps"
			}
			fmt.Fprintln(&out, r.Attributes["email"], r.Attributes["roles"], apps)
		}
	case "users": // apple users [email]
		for _, r := range at.Resources("users") {
			if len(args) > 1 && r.Attributes["username"] != args[1] {
				continue
			}
			sees := namesAt(at, "apps", r.Relationships["visibleApps"])
			if r.Attributes["allAppsVisible"] == true {
				sees = "all apps"
			}
			if r.Attributes["provisioningAllowed"] == true {
				sees += ", certificates"
			}
			fmt.Fprintln(&out, r.Attributes["username"], r.Attributes["roles"], sees)
		}
	case "testers":
		for _, r := range at.Resources("betaTesters") {
			if groups := namesAt(at, "betaGroups", r.Relationships["betaGroups"]); groups == args[1] {
				fmt.Fprintln(&out, r.Attributes["email"], groups)
			}
		}
	case "asked": // apple asked POST: what was asked since the last time
		for _, c := range at.Calls(*last) {
			*last = c.N
			path, _, _ := strings.Cut(c.Path, "?")
			if args[1] == "anything" || c.Method == args[1] {
				fmt.Fprintln(&out, c.Method, path, c.Status)
			}
		}
	case "invite":
		_, err := p.rival.InviteUser(ctx, asc.NewInvitation{Email: args[1], FirstName: "Some", LastName: "Body", Roles: args[2:], AllAppsVisible: true})
		return outcome{}, err
	case "roles": // apple roles who role…
		u, err := p.user(ctx, args[1])
		if err == nil {
			_, err = p.rival.UpdateUser(ctx, u.ID, asc.UserChange{Roles: args[2:]})
		}
		return outcome{}, err
	case "remove": // apple remove who
		u, err := p.user(ctx, args[1])
		if err == nil {
			err = p.rival.RemoveUser(ctx, u.ID)
		}
		return outcome{}, err
	case "uninvite": // apple uninvite who
		for i, err := range p.rival.UserInvitations(ctx, asc.InvitationFilter{Email: args[1:]}) {
			if err == nil {
				err = p.rival.CancelInvitation(ctx, i.ID)
			}
			return outcome{}, err
		}
		return outcome{}, fmt.Errorf("nobody has invited %q", args[1])
	case "accept": // apple accept invited [account]
		return outcome{}, p.box.Apple.Accept(args[1], strings.Join(args[2:], ""))
	case "groups", "builds", "texts", "people": // apple groups app
		return outcome{text: p.flight(what, args[1])}, nil
	case "rename": // apple rename group name
		return outcome{}, p.rename(args[1], args[2])
	default:
		return outcome{}, fmt.Errorf("apple does not know %q", what)
	}
	return outcome{text: out.String()}, nil
}

// user is the member of the team with an address.
func (p *play) user(ctx context.Context, email string) (asc.User, error) {
	for u, err := range p.rival.Users(ctx, asc.UserFilter{Username: []string{email}}) {
		return u, err
	}
	return asc.User{}, fmt.Errorf("nobody on the team is called %q", email)
}

// rename gives the first beta group of a name another one.
func (p *town) rename(group, name string) error {
	all := p.box.Apple.Resources("betaGroups")
	i := slices.IndexFunc(all, func(r apple.Resource) bool { return r.Attributes["name"] == group })
	if i < 0 {
		return fmt.Errorf("there is no group %q", group)
	}
	body := fmt.Sprintf(`{"data":{"type":"betaGroups","id":%q,"attributes":{"name":%q}}}`, all[i].ID, name)
	return p.appleAPI("PATCH", "/v1/betaGroups/"+all[i].ID, body)
}

// names writes ids as names.
func (p *play) names(kind string, ids []string) string { return namesAt(p.box.Apple, kind, ids) }

func namesAt(at *apple.Server, kind string, ids []string) string {
	var names []string
	for _, r := range at.Resources(kind) {
		if slices.Contains(ids, r.ID) {
			names = append(names, fmt.Sprint(r.Attributes["name"]))
		}
	}
	return strings.Join(names, ", ")
}

// trouble makes some: trouble apple or orchard kind method path [times] [delay or status], or
// trouble slack kind method [times] [delay or error]
// [connection], or trouble off.
func (p *play) trouble(args []string) (outcome, error) {
	word := func(i int) string {
		if i < len(args) {
			return args[i]
		}
		return ""
	}
	switch args[0] {
	case "none": // look how many connections there are
		return outcome{text: fmt.Sprintf("%d connections\n", p.box.Slack.Connections())}, nil
	case "off":
		for _, calm := range p.calm {
			calm()
		}
		p.calm = nil
		settle(0)
	case "apple", "orchard":
		at := p.box.Apple
		if args[0] == "orchard" { // the other team's App Store Connect
			at = p.box.Orchard
		}
		f := apple.Fault{Kind: apple.Kind(args[1]), Method: word(2), PathPrefix: word(3)}
		f.Times, _ = strconv.Atoi(word(4))
		f.Status, _ = strconv.Atoi(word(5))
		f.Delay, _ = time.ParseDuration(word(5))
		if !slices.Contains(apple.Kinds, f.Kind) {
			return outcome{}, fmt.Errorf("there is no trouble %q; there is %v", f.Kind, apple.Kinds)
		}
		p.calm = append(p.calm, at.Inject(f))
	case "slack":
		f := slack.Fault{Kind: slack.FaultKind(args[1]), Method: word(2), Name: word(4)}
		p.noCharts = p.noCharts || f.Kind == slack.NoCharts
		f.Times, _ = strconv.Atoi(word(3))
		f.After, _ = time.ParseDuration(word(4))
		f.Conn, _ = strconv.Atoi(word(5))
		p.refusals = append(p.refusals, f.Name)
		if !slices.Contains(slack.FaultKinds, f.Kind) {
			return outcome{}, fmt.Errorf("there is no trouble %q; there is %v", f.Kind, slack.FaultKinds)
		}
		p.calm = append(p.calm, p.box.Slack.Inject(f))
	}
	return outcome{}, nil
}

// person changes what Slack knows of somebody: person who guest, stranger,
// deactivated, bot or member; person who joins or leaves channel; person who quits
// group.
func (p *play) person(args []string) (outcome, error) {
	switch args[1] {
	case "joins":
		err := p.box.Slack.Join(args[0], args[2])
		settle(rest) // the bot may have something to say to it
		return outcome{}, err
	case "leaves":
		return outcome{}, p.box.Slack.Leave(args[0], args[2])
	case "quits":
		return outcome{}, p.box.Slack.EditGroup(args[2], func(g *slack.Group) {
			g.Users = slices.DeleteFunc(g.Users, func(id string) bool { return id == "U0"+strings.ToUpper(args[0]) })
		})
	}
	known := true
	err := p.box.Slack.EditPerson(args[0], func(who *slack.Person) {
		switch args[1] {
		case "guest":
			who.IsRestricted = true
		case "stranger":
			who.IsStranger, who.TeamID = true, "T0PARTNER"
		case "at-home":
			who.IsStranger, who.TeamID = false, slack.TeamID
		case "deactivated":
			who.Deleted = true
		case "unknown":
			who.ID += "GONE" // of the one there was Slack knows nothing any more
		case "bot":
			who.IsBot = true
		case "member":
			who.IsRestricted, who.IsStranger, who.Deleted, who.IsBot, who.IsAdmin, who.IsOwner, who.IsPrimaryOwner = false, false, false, false, false, false, false
		case "has":
			who.Email = args[2]
		default:
			known = false
		}
	})
	if !known {
		err = fmt.Errorf("nobody can become %q", args[1])
	}
	return outcome{}, err
}

// usergroup deletes a user group in Slack: usergroup id deleted.
func (p *play) usergroup(args []string) (outcome, error) {
	if args[1] != "deleted" {
		return outcome{}, fmt.Errorf("no user group can be %q", args[1])
	}
	return outcome{}, p.box.Slack.EditGroup(args[0], func(g *slack.Group) { g.Disabled = true })
}

// oldForm makes the open form one that an older version of the bot has opened:
// old-form who callback.
func (p *play) oldForm(args []string) (outcome, error) {
	v, err := p.topForm(args[0])
	if err != nil {
		return outcome{}, err
	}
	text := func(s string) map[string]any { return map[string]any{"type": "plain_text", "text": s} }
	view, err := json.Marshal(map[string]any{
		"type": "modal", "title": text(v.Title), "submit": text(v.Submit), "close": text(v.Close), "blocks": v.Blocks,
		"callback_id": args[1], "private_metadata": v.PrivateMetadata,
	})
	if err != nil {
		return outcome{}, err
	}
	p.slackAPI("views.update", map[string]string{"view_id": v.ID, "view": string(view)})
	return outcome{}, nil
}

// forge posts a message with the bot's token that the bot has not posted: forge
// channel button value; or it draws that on somebody's home: forge home-of-cy button
// value.
func (p *play) forge(args []string) (outcome, error) {
	value, block := args[2], "decide"
	if value == "copied" {
		r, err := p.request(nil)
		if err != nil {
			return outcome{}, err
		}
		value, block = fmt.Sprintf("%d.%d.%s", r.ID, r.Version, r.Digest[:16]), fmt.Sprintf("decide %d", r.ID)
	}
	blocks := fmt.Sprintf(`[{"type":"section","text":{"type":"plain_text","text":"Harmless"}},`+
		`{"type":"actions","block_id":%q,"elements":[{"type":"button","action_id":%q,"value":%q,"text":{"type":"plain_text","text":"Approve"}}]}]`, block, args[1], value)
	if who, ok := strings.CutPrefix(args[0], "home-of-"); ok {
		p.slackAPI("views.publish", map[string]string{"user_id": "U0" + strings.ToUpper(who), "view": `{"type":"home","blocks":` + blocks + `}`})
		p.mark = p.journalEnd()
		return outcome{}, nil
	}
	at := p.slackAPI("chat.postMessage", map[string]string{"channel": args[0], "text": "Harmless", "blocks": blocks})
	p.mark = p.journalEnd()
	p.forged = store.Place{Channel: fmt.Sprint(at["channel"]), TS: fmt.Sprint(at["ts"])}
	return outcome{}, nil
}

// deleteCard has somebody with the rights for it delete the newest card.
func (p *play) deleteCard([]string) (outcome, error) {
	r, err := p.request(nil)
	if err == nil {
		p.slackAPI("chat.delete", map[string]string{"channel": r.Card.Channel, "ts": r.Card.TS})
	}
	return outcome{}, err
}

func (p *play) haltBot([]string) (outcome, error) {
	p.halt()
	p.down = true
	return outcome{}, nil
}

func (p *play) crashBot([]string) (outcome, error) {
	p.crash()
	p.down = true
	return outcome{}, nil
}

// crashAt kills the bot as soon as it comes to a point: crash-at point.
func (p *play) crashAt(args []string) (outcome, error) {
	p.fate.Store(&args[0])
	return outcome{}, nil
}

// startBot starts the bot after halt, crash or crash-at. One that was to be
// killed has to be dead by now.
func (p *play) startBot([]string) (outcome, error) {
	switch {
	case p.fate.Load() != nil && !p.current().isDead():
		return outcome{}, fmt.Errorf("the bot has not come to the point at which it was to be killed; it passed %q", slices.Sorted(maps.Keys(p.current().passed)))
	case p.fate.Load() != nil:
		p.bury()
	case !p.down:
		return outcome{}, fmt.Errorf("the bot is running")
	}
	p.fate.Store(nil)
	p.live()
	settle(rest)
	return outcome{}, nil
}

func (p *play) restart([]string) (outcome, error) {
	p.halt()
	p.live()
	settle(rest)
	return outcome{}, nil
}

// log prints the records of the log that say what was decided and done.
func (p *play) log([]string) (outcome, error) {
	var out strings.Builder
	err := p.current().st.Leaves(0, func(l store.Leaf) bool {
		who := "the bot"
		if l.By != nil {
			who = l.By.Name
		}
		fmt.Fprintf(&out, "%d %s", l.N, l.Kind)
		if l.Request != 0 {
			fmt.Fprintf(&out, " #%d", l.Request)
		}
		if l.To != "" {
			fmt.Fprintf(&out, " %s", l.To)
		}
		fmt.Fprintf(&out, ", %s", who)
		if l.Note != "" {
			fmt.Fprintf(&out, ": %s", ruleHash.ReplaceAllString(l.Note, "rules ············"))
		}
		fmt.Fprintln(&out)
		return true
	})
	return outcome{text: out.String()}, err
}

// ruleHash is masked, so that a story does not change with every word of the rules.
var ruleHash = regexp.MustCompile(`rules [0-9a-f]{12}`)

// audit verifies the log, against every checkpoint that was kept before too.
func (p *play) audit([]string) (outcome, error) {
	v, err := p.check()
	return outcome{text: fmt.Sprintf("%d records: intact %t, complete %t, signed %t, state agrees %t\n", v.Size, v.Intact, v.Complete, v.Signed, v.StateAgrees)}, err
}

// state prints where a request is: state [#request].
func (p *play) state(args []string) (outcome, error) {
	r, err := p.request(args)
	return outcome{text: fmt.Sprintf("#%d version %d is %s: %s\n", r.ID, r.Version, r.State, r.Outcome)}, err
}

// everything prints what stands in a channel: everything who channel.
func (p *play) everything(args []string) (outcome, error) {
	var out strings.Builder
	for _, c := range p.box.Slack.Snapshot(args[0]).Channels {
		if c.Name == args[1] || c.ID == args[1] {
			for _, m := range c.Messages {
				if m.User == slack.BotUser && !m.Ephemeral {
					fmt.Fprintln(&out, m.Plain)
				}
			}
		}
	}
	return outcome{text: out.String()}, nil
}
