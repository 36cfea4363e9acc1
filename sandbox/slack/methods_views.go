package slack

// view reads the argument of that name.
func (c *call) view(kind string) (*view, error) {
	v, given, err := c.value("view")
	if err != nil || !given {
		return nil, refuseArguments("failed to match all allowed schemas [json-pointer:/view]")
	}
	return c.readView(v, kind)
}

func (c *call) openView() (object, error) {
	v, err := c.view("modal")
	if err != nil {
		return nil, err
	}
	if c.views.external(v.text("external_id")) != nil {
		return nil, refuse("duplicate_external_id")
	}
	t, err := c.exchange(c.text("trigger_id"))
	if err != nil {
		return nil, err
	}
	delete(c.views.stacks, t.user) // a modal opened anew takes the place of what was open
	if err := c.push(v, *t); err != nil {
		return nil, err
	}
	c.noteView(v, "open")
	return object{"view": viewJSON(v)}, nil
}

func (c *call) pushView() (object, error) {
	v, err := c.view("modal")
	if err != nil {
		return nil, err
	}
	if c.views.external(v.text("external_id")) != nil {
		return nil, refuse("duplicate_external_id")
	}
	t, err := c.exchange(c.text("trigger_id"))
	switch {
	case err != nil:
		return nil, err
	case t.view == "" || c.views.modal(t.view) == nil:
		return nil, refuse("not_found")
	}
	if err := c.push(v, *t); err != nil {
		return nil, err
	}
	c.noteView(v, "push")
	return object{"view": viewJSON(v)}, nil
}

func (c *call) updateView() (object, error) {
	fresh, err := c.view("modal")
	if err != nil {
		return nil, err
	}
	var old *view
	switch {
	case c.has("view_id"):
		old = c.views.modal(c.text("view_id"))
	case c.has("external_id"):
		old = c.views.external(c.text("external_id"))
	default:
		return nil, refuseArguments("missing required field: view_id")
	}
	if old == nil || old.kind != "modal" {
		return nil, refuse("not_found")
	}
	if c.has("hash") && c.text("hash") != old.hash {
		return nil, refuse("hash_conflict")
	}
	if other := c.views.external(fresh.text("external_id")); other != nil && other != old {
		return nil, refuse("duplicate_external_id")
	}
	c.redraw(old, fresh)
	c.noteView(old, "update")
	return object{"view": viewJSON(old)}, nil
}

func (c *call) publishView() (object, error) {
	fresh, err := c.view("home")
	if err != nil {
		return nil, err
	}
	p := c.world.person(c.text("user_id"))
	if p == nil || p.ID != c.text("user_id") || p.IsBot || p.IsStranger || p.Deleted {
		return nil, refuseArguments("invalid `user_id` [json-pointer:/user_id]")
	}
	old := c.views.homes[p.ID]
	if c.has("hash") && (old == nil || c.text("hash") != old.hash) {
		return nil, refuse("hash_conflict")
	}
	if other := c.views.external(fresh.text("external_id")); other != nil && other != old {
		return nil, refuse("duplicate_external_id")
	}
	if old == nil {
		c.place(fresh, p.ID)
		old = fresh
		c.views.homes[p.ID] = old
	} else {
		c.redraw(old, fresh)
	}
	c.noteView(old, "publish")
	return object{"view": viewJSON(old)}, nil
}
