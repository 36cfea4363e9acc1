package slack

import "github.com/ascbot/ascbot/sandbox/blockkit"

// validateBlocks is blocks.validate: exactly one of blocks, view, message.
func (c *call) validateBlocks() (object, error) {
	checks := map[string]func([]byte) []blockkit.Complaint{
		"blocks":  func(raw []byte) []blockkit.Complaint { return blockkit.Blocks(blockkit.InMessage, raw) },
		"view":    blockkit.View,
		"message": blockkit.Message,
	}
	var name string
	for one := range checks {
		if c.has(one) {
			if name != "" {
				return nil, refuseArguments("exactly one of blocks, view, message must be given")
			}
			name = one
		}
	}
	v, given, err := c.value(name)
	switch {
	case name == "" || !given:
		return nil, refuseArguments("exactly one of blocks, view, message must be given")
	case err != nil:
		return nil, refuse("invalid_" + name)
	}
	raw := encode(v)
	if len(raw) > 100_000 {
		return nil, refuseArguments("must be less than 100001 characters [json-pointer:/" + name + "]")
	}
	if found := checks[name](raw); len(found) > 0 {
		return nil, &refusal{"invalid_" + name, object{"errors": found}}
	}
	return object{}, nil
}
