package main

import (
	"crypto/ecdsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
)

// The real services.
const (
	realSlack = "https://slack.com/api/"
	realApple = "https://api.appstoreconnect.apple.com"
)

// settings are everything "ascbot run" needs to know, checked.
type settings struct {
	Slack      bot.Slack
	Teams      []team // App Store Connect teams: those of config.yaml, or the one of the environment
	Bot        bot.Config
	ConfigHash string // SHA-256 of config.yaml, empty without one
	Data       string // path of the data file
	Head       string // path of the head file
	Log        logging
}

// team is how the bot signs in to one App Store Connect team.
type team struct {
	Name   string
	Apple  asc.Config
	Vendor string // vendor number of the sales reports; empty: none are read
}

// instance is the word that keeps play data and real data apart.
func (s settings) instance() string {
	for _, t := range s.Teams {
		if t.Apple.BaseURL == realApple {
			return "real"
		}
	}
	return "sandbox"
}

// gap is a setting that is missing or wrong.
type gap struct {
	Name string // the variable
	What string // what is the matter
	Next string // where to get it, or what to write instead
}

// configError names every gap at once.
type configError []gap

func (e configError) Error() string {
	var b strings.Builder
	things := "1 setting needs"
	if len(e) > 1 {
		things = fmt.Sprintf("%d settings need", len(e))
	}
	fmt.Fprintf(&b, "it cannot start yet; %s attention.", things)
	for _, g := range e {
		fmt.Fprintf(&b, "\n\n  %s %s", g.Name, g.What)
		if g.Next != "" {
			fmt.Fprintf(&b, "\n      %s", strings.ReplaceAll(g.Next, "\n", "\n      "))
		}
	}
	b.WriteString("\n\nREADME.md says step by step how to get each of them. Without any of it: ascbot sandbox.")
	return b.String()
}

// Where each setting comes from, in the words on Slack's and Apple's pages.
const (
	whereAppToken = "api.slack.com/apps → your app → Basic Information → App-Level Tokens → Generate Token,\nwith the scope connections:write. It begins with xapp-."
	whereBotToken = "api.slack.com/apps → your app → OAuth & Permissions → Install to Workspace.\nThe “Bot User OAuth Token” begins with xoxb-."
	whereKeyID    = "App Store Connect → Users and Access → Integrations → App Store Connect API:\nthe ten characters in the column “Key ID”."
	whereIssuer   = "App Store Connect → Users and Access → Integrations → App Store Connect API:\nthe “Issuer ID” above the table of team keys. Leave it empty for an individual key."
	whereKey      = "App Store Connect → Users and Access → Integrations → App Store Connect API → Generate API Key,\nthen download AuthKey_….p8 (Apple offers it once). Or put its text into ASC_PRIVATE_KEY."
	whereVendor   = "App Store Connect → Payments and Financial Reports: the number beside the company's name, 8 or 9 digits."
)

// checker reads the settings and collects what is wrong with them.
type checker struct {
	getenv func(string) string
	gaps   configError
}

func (c *checker) wrong(name, next, format string, args ...any) {
	c.gaps = append(c.gaps, gap{Name: name, What: fmt.Sprintf(format, args...), Next: next})
}

// value reads a variable. White space around it is what copying leaves behind.
func (c *checker) value(name string) string { return strings.TrimSpace(c.getenv(name)) }

// readSettings checks flags and environment together. Its error is a failure
// with a configError that names every gap.
func readSettings(getenv func(string) string, files fileFlags) (settings, error) {
	c := &checker{getenv: getenv}
	s := settings{
		Slack: bot.Slack{
			AppToken: c.token("SLACK_APP_TOKEN", "xapp-", whereAppToken),
			BotToken: c.token("SLACK_BOT_TOKEN", "xoxb-", whereBotToken),
			APIURL:   c.address("SLACK_API_URL", realSlack) + "/",
		},
	}
	s.Slack.Strict = s.Slack.APIURL == realSlack
	rules := &checker{getenv: getenv} // what is wrong with them is said last
	s.Bot, s.ConfigHash = rules.config(files.Config)
	if s.Teams = c.keys(s.Bot.Teams); len(s.Bot.Teams) == 0 {
		s.Teams = []team{c.environment()}
	}
	s.Data, s.Log = c.data(files.Data), c.logging()
	s.Head = headPath(s.Data, getenv)
	c.gaps = append(c.gaps, rules.gaps...)
	c.together(s)
	if len(c.gaps) > 0 {
		return settings{}, failure{exitUsage, c.gaps}
	}
	return s, nil
}

// environment is the one team whose key the environment names.
func (c *checker) environment() team {
	return team{
		Name: teamName,
		Apple: asc.Config{
			KeyID:    c.pattern("ASC_KEY_ID", keyID, "is not a key id, which has ten capital letters and digits", whereKeyID, true),
			IssuerID: c.pattern("ASC_ISSUER_ID", issuerID, "is not an issuer id, which looks like 57246542-96fe-1a63-e053-0824d011072a", whereIssuer, false),
			Key:      c.privateKey(),
			BaseURL:  c.address("ASC_API_URL", realApple),
		},
		Vendor: c.pattern("ASC_VENDOR_NUMBER", vendorNumber, "is not a vendor number, which has 8 or 9 digits", whereVendor, false),
	}
}

// keys are the teams whose keys the configuration names. The environment names none
// then, since it would not be clear whose that is.
func (c *checker) keys(named []bot.TeamKey) (all []team) {
	if len(named) == 0 {
		return nil
	}
	for _, name := range []string{"ASC_KEY_ID", "ASC_ISSUER_ID", "ASC_PRIVATE_KEY_PATH", "ASC_PRIVATE_KEY", "ASC_VENDOR_NUMBER"} {
		if c.value(name) != "" {
			c.wrong(name, "Leave it out, or take the keys out of the configuration.", "is set, and the configuration names the keys of its teams.")
		}
	}
	base := c.address("ASC_API_URL", realApple)
	for _, t := range named {
		all = append(all, team{
			Name: t.Name, Vendor: t.Vendor,
			Apple: asc.Config{KeyID: t.KeyID, IssuerID: t.Issuer, Key: c.keyIn(t.File, "teams: "+t.Name), BaseURL: base},
		})
	}
	return all
}

// keyIn reads the API key of a team from its file.
func (c *checker) keyIn(path, name string) *ecdsa.PrivateKey {
	pem, err := readPrivate(path)
	if err != nil {
		c.wrong(name, whereKey, "has a key that cannot be used: %v.", err)
		return nil
	}
	defer clear(pem)
	key, err := asc.ParseKey(pem)
	if err != nil {
		c.wrong(name, whereKey, "has a key file that does not hold a key of App Store Connect: %v.", err)
	}
	return key
}

// together checks what depends on each other: digests need reports, which not
// every key may read, and a key without an issuer is an individual one.
func (c *checker) together(s settings) {
	digests := len(s.Bot.Digests) > 0
	if len(s.Bot.Teams) > 0 {
		c.digestsOf(s)
		return
	}
	only := s.Teams[0]
	if digests && only.Vendor == "" {
		c.wrong("ASC_VENDOR_NUMBER", whereVendor, "is missing, and the configuration asks for sales digests.")
	}
	switch {
	case only.Apple.IssuerID != "":
	case digests:
		c.wrong("ASC_ISSUER_ID", whereIssuer, "is missing, and the configuration asks for sales digests, which an individual key cannot read.")
	case only.Apple.KeyID == "":
		c.wrong("ASC_ISSUER_ID", whereIssuer, "is missing too.")
	}
}

// digestsOf checks that every digest has a team whose reports can be read.
func (c *checker) digestsOf(s settings) {
	for _, d := range s.Bot.Digests {
		readable := func(t team) bool {
			return (d.Team == "" || d.Team == t.Name) && t.Vendor != "" && t.Apple.IssuerID != ""
		}
		if !slices.ContainsFunc(s.Teams, readable) {
			c.wrong("digests: "+d.Name, whereVendor, "is of sales, and needs a team with a vendor number and an issuer; an individual key cannot read reports.")
		}
	}
}

var (
	keyID        = regexp.MustCompile(`^[A-Z0-9]{10}$`)
	issuerID     = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	vendorNumber = regexp.MustCompile(`^[0-9]{8,9}$`)
	tokenShape   = regexp.MustCompile(`^x(app|oxb)-[A-Za-z0-9-]{8,}$`)
)

// token reads a Slack token. It is never quoted back.
func (c *checker) token(name, prefix, where string) string {
	v := c.value(name)
	switch {
	case v == "":
		c.wrong(name, where, "is missing.")
	case !strings.HasPrefix(v, prefix):
		c.wrong(name, where, "does not begin with %s, so it is another kind of token.", prefix)
	case !tokenShape.MatchString(v):
		c.wrong(name, where, "holds more, or less, than one token.")
	}
	return v
}

func (c *checker) pattern(name string, shape *regexp.Regexp, complaint, where string, needed bool) string {
	v := c.value(name)
	switch {
	case v == "" && needed:
		c.wrong(name, where, "is missing.")
	case v != "" && !shape.MatchString(v):
		c.wrong(name, where, "%s.", complaint)
	}
	return v
}

// address reads the address of a service. The keys travel there, so it is the
// real host over https, or something on this machine. No slash ends it.
func (c *checker) address(name, real string) string {
	v := c.value(name)
	if v == "" {
		v = real
	}
	want, _ := url.Parse(real)
	next := "Leave it out for " + real + ", or give the address of a sandbox on this machine, such as http://127.0.0.1:7878" + want.Path + "."
	u, err := url.Parse(v)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "http" && u.Scheme != "https":
		c.wrong(name, next, "is not the address of a service.")
	case strings.TrimRight(u.Path, "/") != strings.TrimRight(want.Path, "/"):
		c.wrong(name, "Write "+u.Scheme+"://"+u.Host+want.Path+", or leave it out for "+real+".", "has another path than the service.")
	case isLoopback(u.Hostname()):
	case u.Host != want.Host:
		c.wrong(name, next, "names another host, and the bot's keys would be sent there.")
	case u.Scheme != "https":
		c.wrong(name, next, "is plain http, and the bot's keys would be readable on the way.")
	}
	return strings.TrimRight(v, "/")
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// privateKey reads the API key from its file or from the environment.
func (c *checker) privateKey() *ecdsa.PrivateKey {
	path, text := c.value("ASC_PRIVATE_KEY_PATH"), c.value("ASC_PRIVATE_KEY")
	name := "ASC_PRIVATE_KEY_PATH"
	var pem []byte
	switch {
	case path == "" && text == "":
		c.wrong(name, whereKey, "is missing.")
		return nil
	case path != "" && text != "":
		c.wrong(name, "Keep one of the two.", "and ASC_PRIVATE_KEY are both set.")
		return nil
	case path != "":
		var err error
		if pem, err = readPrivate(path); err != nil {
			c.wrong(name, whereKey, "cannot be used: %v.", err)
			return nil
		}
	default:
		name = "ASC_PRIVATE_KEY"
		// Line ends written as \n are what one-line variables make of them.
		pem = []byte(strings.ReplaceAll(text, `\n`, "\n"))
	}
	defer clear(pem)
	key, err := asc.ParseKey(pem)
	if err != nil {
		c.wrong(name, whereKey, "does not hold a key of App Store Connect: %v.", err)
	}
	return key
}

// config reads config.yaml if there is one; without one the safe built-in
// configuration applies.
func (c *checker) config(path string) (bot.Config, string) {
	if path == "" {
		path = c.value("ASCBOT_CONFIG")
	}
	if path == "" {
		return bot.DefaultConfig(), ""
	}
	text, err := readTrusted(path)
	if err != nil {
		c.wrong("ASCBOT_CONFIG", "config.example.yaml shows what may stand in it. Without a file the built-in rules apply.", "cannot be used: %v.", err)
		return bot.DefaultConfig(), ""
	}
	conf, err := bot.ReadConfig(path, text, vocabulary())
	if err != nil {
		c.wrong("ASCBOT_CONFIG", "", "says something that does not hold:\n      %s", strings.ReplaceAll(err.Error(), "\n", "\n      "))
		usual := bot.DefaultConfig()
		usual.Teams = conf.Teams // so that nothing is missed in the environment that is said there
		return usual, ""
	}
	return conf, fmt.Sprintf("%x", sha256.Sum256(text))
}

// data says where the data file is, or will be.
func (c *checker) data(path string) string {
	if path = dataPath(path, c.getenv); path == "" {
		return ""
	}
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		c.wrong("ASCBOT_DATA", "Make the directory, or name a file in another one.", "names a file in %s, which is not a directory.", filepath.Dir(path))
	}
	if kind := onNetwork(path); kind != "" && c.getenv("ASCBOT_DATA_ON_NETWORK") != "yes" {
		c.wrong("ASCBOT_DATA", "Name a file on a disk of this machine. If you are sure that no second ascbot ever opens it, set ASCBOT_DATA_ON_NETWORK=yes.",
			"lies on a network file system (%s), where a lock does not surely keep a second process away.", kind)
	}
	return path
}

// dataPath is where the data file is: by flag, by environment, or here.
func dataPath(flag string, getenv func(string) string) string {
	for _, path := range []string{flag, strings.TrimSpace(getenv("ASCBOT_DATA"))} {
		if path != "" {
			return path
		}
	}
	return "ascbot.db"
}

// bare is an error of the operating system as "open x: no such file" without
// the name of the call.
func bare(err error) error {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("%s: %w", p.Path, p.Err)
	}
	return err
}
