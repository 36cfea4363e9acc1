package slack

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// authTest says whose token it is. Of an app-level token it names the app alone, as the response types of
// Slack's library for Java have it.
func (c *call) authTest() (object, error) {
	if c.ofApp {
		return object{"app_id": AppID, "app_name": appName}, nil
	}
	return object{
		"url": "https://" + domain + ".slack.com/", "team": teamName, "user": "asc", "team_id": TeamID,
		"user_id": BotUser, "bot_id": BotID, "is_enterprise_install": false,
	}, nil
}

// apiTest echoes its arguments, and fails when it is asked to.
func (c *call) apiTest() (object, error) {
	if c.has("error") {
		return nil, refuse(c.text("error"))
	}
	echo := object{}
	for name := range c.args {
		if name != "token" {
			echo[name] = c.args[name]
		}
	}
	return object{"args": echo}, nil
}

// userInfo is one person, or several at once: that "users" is taken and answered as a list is not in Slack's
// reference; slack-go's GetUsersInfo relies on it.
func (c *call) userInfo() (object, error) {
	if c.has("users") {
		people := []any{}
		for _, id := range c.list("users") {
			o, err := c.oneUser(id)
			if err != nil {
				return nil, err
			}
			people = append(people, o)
		}
		return object{"users": people}, nil
	}
	if !c.has("user") {
		return nil, refuseArguments("missing required field: user")
	}
	o, err := c.oneUser(c.text("user"))
	return object{"user": o}, err
}

func (c *call) oneUser(id string) (object, error) {
	p := c.world.person(id)
	if p == nil || p.ID != id {
		return nil, refuse("user_not_found")
	}
	o := c.userJSON(p)
	if c.truth("include_locale") {
		o["locale"] = "en-US"
	}
	return o, nil
}

// userJSON is a person as users.info shows them; strangers come with a thin profile.
func (s *Server) userJSON(p *Person) object {
	profile := object{
		"real_name": p.RealName, "real_name_normalized": p.RealName, "display_name": p.Handle, "display_name_normalized": p.Handle,
		"avatar_hash": strings.ToLower(p.ID), "team": p.TeamID, "status_text": "", "status_emoji": "",
	}
	for _, size := range []string{"24", "32", "48", "72", "192", "512"} {
		profile["image_"+size] = "https://avatars.slack-edge.com/" + p.ID + "_" + size + ".png"
	}
	if first, last, two := strings.Cut(p.RealName, " "); two {
		profile["first_name"], profile["last_name"] = first, last
	}
	if p.Email != "" && s.granted("users:read.email") && !p.IsStranger {
		profile["email"] = p.Email
	}
	if p.IsBot {
		profile["bot_id"], profile["api_app_id"] = p.BotID, appOf(p)
	}
	o := object{
		"id": p.ID, "team_id": p.TeamID, "name": p.Handle, "deleted": p.Deleted, "profile": profile,
		"is_bot": p.IsBot, "is_app_user": false, "updated": s.world.created.Unix(),
	}
	if p.IsStranger {
		o["is_stranger"] = true
	}
	if p.IsWorkflowBot {
		o["is_workflow_bot"] = true
	}
	if p.Deleted {
		return o
	}
	o["real_name"], o["color"], o["is_email_confirmed"], o["who_can_share_contact_card"] = p.RealName, "9f69e7", true, "EVERYONE"
	o["is_admin"], o["is_owner"], o["is_primary_owner"] = p.IsAdmin, p.IsOwner, p.IsPrimaryOwner
	o["is_restricted"], o["is_ultra_restricted"] = p.IsRestricted, p.IsUltraRestricted
	o["tz"] = p.TZ
	o["tz_label"], o["tz_offset"] = zone(p.TZ, s.now())
	return o
}

func zone(name string, now time.Time) (label string, offset int) {
	loc, err := time.LoadLocation(name)
	if err != nil {
		return name, 0
	}
	return now.In(loc).Zone()
}

func (c *call) userList() (object, error) {
	var people []any
	for _, p := range c.world.people {
		if !p.IsStranger {
			people = append(people, c.userJSON(p))
		}
	}
	page, next, err := c.page(people, len(people)+1, 1000)
	if err != nil {
		return nil, err
	}
	return object{"members": page, "cache_ts": c.now().Unix(), "response_metadata": object{"next_cursor": next}}, nil
}

func (c *call) lookupByEmail() (object, error) {
	for _, p := range c.world.people {
		if strings.EqualFold(p.Email, c.text("email")) && !p.Deleted && !p.IsStranger {
			return object{"user": c.userJSON(p)}, nil
		}
	}
	return nil, refuse("users_not_found")
}

func (c *call) botInfo() (object, error) {
	id := c.text("bot")
	if id == "" {
		id = BotID
	}
	for _, p := range c.world.people {
		if p.IsBot && p.BotID == id {
			return object{"bot": object{"id": p.BotID, "app_id": appOf(p), "user_id": p.ID, "name": p.Handle, "deleted": p.Deleted, "updated": 1700000000, "icons": object{}}}, nil
		}
	}
	return nil, refuse("bot_not_found")
}

// appOf is the app a bot belongs to; a workflow's bot belongs to none.
func appOf(p *Person) string {
	if p.ID == BotUser {
		return AppID
	}
	return ""
}

func (c *call) teamInfo() (object, error) {
	if c.has("team") && c.text("team") != TeamID {
		return nil, refuse("team_not_found")
	}
	return object{"team": object{
		"id": TeamID, "name": teamName, "domain": domain, "url": "https://" + domain + ".slack.com/", "email_domain": "meadow.example",
		"icon": object{"image_default": true}, "is_verified": false,
	}}, nil
}

func (c *call) groupList() (object, error) {
	groups := []any{}
	for _, g := range c.world.groups {
		if g.Disabled && !c.truth("include_disabled") {
			continue
		}
		o := c.groupJSON(g)
		if c.truth("include_users") {
			o["users"] = g.Users
		}
		if c.truth("include_count") {
			o["user_count"] = len(g.Users)
		}
		groups = append(groups, o)
	}
	return object{"usergroups": groups}, nil
}

func (s *Server) groupJSON(g *Group) object {
	o := object{"id": g.ID, "team_id": TeamID, "is_usergroup": true, "name": g.Name, "handle": g.Handle, "description": "", "is_external": false,
		"date_create": s.world.created.Unix(), "date_update": s.world.created.Unix(), "date_delete": 0, "auto_type": nil,
		"created_by": "U0DORA", "updated_by": "U0DORA", "deleted_by": nil, "prefs": object{"channels": []string{}, "groups": []string{}}}
	if g.Disabled {
		o["date_delete"] = s.now().Unix()
	}
	return o
}

func (c *call) groupUsers() (object, error) {
	g := c.world.group(c.text("usergroup"))
	if g == nil || g.Disabled && !c.truth("include_disabled") {
		return nil, refuse("no_such_subteam")
	}
	return object{"users": g.Users}, nil
}

// page cuts a list by limit and cursor and gives the cursor of the rest.
func (c *call) page(all []any, usual, most int) (part []any, next string, err error) {
	size := usual
	if c.has("limit") {
		n, err := strconv.Atoi(c.text("limit"))
		if err != nil || n < 0 || n > most {
			return nil, "", refuse("invalid_limit")
		}
		if n > 0 {
			size = n
		}
	}
	from, err := readCursor(c.text("cursor"))
	if err != nil || from > len(all) {
		return nil, "", refuse("invalid_cursor")
	}
	part = append([]any{}, all[from:min(from+size, len(all))]...)
	if from+size < len(all) {
		next = writeCursor(from + size)
	}
	return part, next, nil
}

func writeCursor(n int) string {
	return base64.StdEncoding.EncodeToString([]byte("next:" + strconv.Itoa(n)))
}

func readCursor(s string) (int, error) {
	if s == "" {
		return 0, nil
	}
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(strings.TrimPrefix(string(b), "next:"))
	if err == nil && n < 0 {
		err = strconv.ErrRange
	}
	return n, err
}
