package main

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/slack-go/slack"

	"github.com/ascbot/ascbot/bot"
	standin "github.com/ascbot/ascbot/sandbox/slack"
)

// manifest is what Slack's manifest schema knows, as far as this app uses it.
// It is read strictly, so a key outside of it fails the test.
type manifest struct {
	Metadata struct {
		Major int `yaml:"major_version"`
		Minor int `yaml:"minor_version"`
	} `yaml:"_metadata"`
	Display struct {
		Name        string `yaml:"name"`
		Description string `yaml:"description"`
		Long        string `yaml:"long_description"`
		Background  string `yaml:"background_color"`
	} `yaml:"display_information"`
	Features struct {
		Home struct {
			Tab      bool `yaml:"home_tab_enabled"`
			Messages bool `yaml:"messages_tab_enabled"`
			ReadOnly bool `yaml:"messages_tab_read_only_enabled"`
		} `yaml:"app_home"`
		Bot struct {
			Name   string `yaml:"display_name"`
			Online bool   `yaml:"always_online"`
		} `yaml:"bot_user"`
		Commands []struct {
			Command     string `yaml:"command"`
			Description string `yaml:"description"`
			Usage       string `yaml:"usage_hint"`
			Escape      bool   `yaml:"should_escape"`
		} `yaml:"slash_commands"`
		Shortcuts []struct {
			Name        string `yaml:"name"`
			Type        string `yaml:"type"`
			CallbackID  string `yaml:"callback_id"`
			Description string `yaml:"description"`
		} `yaml:"shortcuts"`
	} `yaml:"features"`
	OAuth struct {
		Scopes struct {
			Bot []string `yaml:"bot"`
		} `yaml:"scopes"`
	} `yaml:"oauth_config"`
	Settings struct {
		Events struct {
			Bot []string `yaml:"bot_events"`
		} `yaml:"event_subscriptions"`
		Interactivity struct {
			On bool `yaml:"is_enabled"`
		} `yaml:"interactivity"`
		Org      bool `yaml:"org_deploy_enabled"`
		Socket   bool `yaml:"socket_mode_enabled"`
		Rotation bool `yaml:"token_rotation_enabled"`
	} `yaml:"settings"`
}

func readManifest(t *testing.T) (m manifest) {
	t.Helper()
	if err := yaml.UnmarshalWithOptions([]byte(must(t, "../../manifest.yaml")), &m, yaml.Strict()); err != nil {
		t.Fatal(yaml.FormatError(err, false, true))
	}
	return m
}

// scopesOf says which scopes a call of Slack's library needs, for every kind of
// channel the bot uses it in.
var scopesOf = map[string][]string{
	"AuthTestContext":                {}, // auth.test
	"StartSocketModeContext":         {}, // with the app-level token
	"OpenViewContext":                {}, // views.open
	"PushViewContext":                {}, // views.push
	"UpdateViewContext":              {}, // views.update
	"PublishViewContext":             {}, // views.publish
	"PostMessageContext":             {"chat:write"},
	"UpdateMessageContext":           {"chat:write"},
	"GetUserInfoContext":             {"users:read"},
	"GetUsersContext":                {"users:read"}, // users.list
	"GetUserGroupMembersContext":     {"usergroups:read"},
	"GetUserGroupsContext":           {"usergroups:read"},
	"GetConversationsForUserContext": {"channels:read", "groups:read"}, // users.conversations
	"GetConversationsContext":        {"channels:read", "groups:read"}, // conversations.list
	"GetConversationInfoContext":     {"channels:read", "groups:read"},
	"GetUsersInConversationContext":  {"channels:read", "groups:read"}, // conversations.members
	"OpenConversationContext":        {"im:write"},
	"GetUploadURLExternalContext":    {"files:write"},
	"UploadToURL":                    {}, // at the address that came with it
	"CompleteUploadExternalContext":  {"files:write"},
	"GetFileInfoContext":             {"files:read"},
	"GetFileContext":                 {"files:read"},
	"GetConversationRepliesContext":  {"channels:history", "groups:history", "im:history"},
	"GetConversationHistoryContext":  {"channels:history", "groups:history", "im:history"},
}

// use is what the bot's source does at Slack.
type use struct {
	calls  []string // methods of Slack's library
	events []string // types of events it looks for
	email  bool     // it reads e-mail addresses of people
}

// slackUse reads the bot's source.
func slackUse(t *testing.T) (u use) {
	t.Helper()
	client := clientMethods()
	for _, pattern := range []string{"../../bot/*.go", "../../bot/commands/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(f, func(n ast.Node) bool { u.look(n, client); return true })
		}
	}
	slices.Sort(u.calls)
	u.calls = slices.Compact(u.calls)
	slices.Sort(u.events)
	u.events = slices.Compact(u.events)
	return u
}

// clientMethods are the calls Slack's library can make.
func clientMethods() map[string]bool {
	calls := map[string]bool{}
	client := reflect.TypeFor[*slack.Client]()
	for m := range client.NumMethod() {
		m := client.Method(m)
		if m.Type.NumIn() > 1 && m.Type.In(1) == reflect.TypeFor[context.Context]() {
			calls[m.Name] = true
			calls[strings.TrimSuffix(m.Name, "Context")] = true
		}
	}
	return calls
}

// look notes a call of the library, an event type that something is compared
// with, and the reading of an address.
func (u *use) look(n ast.Node, client map[string]bool) {
	switch n := n.(type) {
	case *ast.CallExpr:
		if f, ok := n.Fun.(*ast.SelectorExpr); ok && client[f.Sel.Name] {
			u.calls = append(u.calls, f.Sel.Name)
		}
	case *ast.BinaryExpr:
		if field, ok := n.X.(*ast.SelectorExpr); ok && field.Sel.Name == "Type" {
			if of, ok := field.X.(*ast.SelectorExpr); ok && of.Sel.Name == "Event" {
				if word, ok := n.Y.(*ast.BasicLit); ok {
					said, _ := strconv.Unquote(word.Value)
					u.events = append(u.events, said)
				}
			}
		}
	case *ast.SelectorExpr:
		if of, ok := n.X.(*ast.SelectorExpr); ok && n.Sel.Name == "Email" && of.Sel.Name == "Profile" {
			u.email = true
		}
	}
}

func TestManifestAsksForWhatTheCodeUses(t *testing.T) {
	m, u := readManifest(t), slackUse(t)
	needed := map[string]bool{"commands": true} // for the slash command
	for _, call := range u.calls {
		scopes, known := scopesOf[call]
		if !known {
			t.Errorf("the bot calls %s; add it to scopesOf with the scopes it needs", call)
		}
		for _, s := range scopes {
			needed[s] = true
		}
	}
	for call := range scopesOf {
		if !slices.Contains(u.calls, call) {
			t.Errorf("the bot no longer calls %s; take it out of scopesOf", call)
		}
	}
	if u.email {
		needed["users:read.email"] = true
	}
	asked := m.OAuth.Scopes.Bot
	for _, s := range asked {
		if !needed[s] {
			t.Errorf("the manifest asks for %s, which no call needs", s)
		}
		delete(needed, s)
	}
	for s := range needed {
		t.Errorf("the manifest does not ask for %s", s)
	}
	if !slices.Equal(asked, bot.Scopes) {
		t.Errorf("the bot names %v and the manifest asks for %v", bot.Scopes, asked)
	}
	if !slices.Equal(m.Settings.Events.Bot, u.events) || !slices.Equal(events, u.events) {
		t.Errorf("events: the manifest has %v, the sandbox %v, the code looks for %v", m.Settings.Events.Bot, events, u.events)
	}
}

func TestManifestSwitches(t *testing.T) {
	m := readManifest(t)
	if m.Metadata.Major != 2 || m.Metadata.Minor != 1 {
		t.Errorf("schema version %+v", m.Metadata)
	}
	if len(m.Features.Commands) != 1 || m.Features.Commands[0].Command != "/asc" || !m.Features.Commands[0].Escape {
		t.Errorf("commands: %+v", m.Features.Commands)
	}
	var declared []standin.Shortcut
	for _, s := range m.Features.Shortcuts {
		declared = append(declared, standin.Shortcut{Name: s.Name, CallbackID: s.CallbackID, About: s.Description, Message: s.Type == "message"})
	}
	if !slices.Equal(declared, shortcuts) {
		t.Errorf("shortcuts: the manifest has %+v, the sandbox %+v", declared, shortcuts)
	}
	s := m.Settings
	if !s.Socket || !s.Interactivity.On || s.Rotation || s.Org {
		t.Errorf("settings: %+v", s)
	}
	if h := m.Features.Home; !h.Tab || !h.Messages || h.ReadOnly {
		t.Errorf("app home: %+v", h)
	}
}

// TestManifestLengths: Slack's schema for manifests refuses what is too short or
// too long, and Slack itself a display name with other characters.
func TestManifestLengths(t *testing.T) {
	m := readManifest(t)
	within := func(what, s string, least, most int) {
		t.Helper()
		if n := utf8.RuneCountInString(s); n < least || n > most {
			t.Errorf("%s has %d characters, and %d to %d are allowed", what, n, least, most)
		}
	}
	within("name", m.Display.Name, 1, 35)
	within("description", m.Display.Description, 1, 140)
	if m.Display.Long != "" {
		within("long_description", m.Display.Long, 175, 4000)
	}
	within("background_color", m.Display.Background, 4, 7)
	within("display_name", m.Features.Bot.Name, 1, 80)
	if !regexp.MustCompile(`^[a-z0-9_.-]+$`).MatchString(m.Features.Bot.Name) {
		t.Errorf("display_name %q has other characters than a-z 0-9 - _ .", m.Features.Bot.Name)
	}
	for _, c := range m.Features.Commands {
		within("command", c.Command, 2, 32)
		within("description", c.Description, 1, 2000)
		within("usage_hint", c.Usage, 1, 1000)
	}
	for _, s := range m.Features.Shortcuts {
		within("name of a shortcut", s.Name, 1, 24)
		within("callback_id", s.CallbackID, 1, 255)
		within("description of a shortcut", s.Description, 1, 150)
		if s.Type != "global" && s.Type != "message" {
			t.Errorf("a shortcut is of the type %q", s.Type)
		}
	}
	if n := len(m.OAuth.Scopes.Bot); n < 1 || n > 255 {
		t.Errorf("%d scopes", n)
	}
	if n := len(m.Settings.Events.Bot); n < 1 || n > 100 {
		t.Errorf("%d events", n)
	}
}

// Every scope says why it is asked for.
func TestManifestScopesHaveReasons(t *testing.T) {
	for _, s := range readManifest(t).OAuth.Scopes.Bot {
		if !regexp.MustCompile(`(?m)^      - ` + regexp.QuoteMeta(s) + ` # \S`).MatchString(must(t, "../../manifest.yaml")) {
			t.Errorf("nothing says why %s is asked for", s)
		}
	}
}
