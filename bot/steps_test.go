package bot_test

import "github.com/ascbot/ascbot/sandbox/slack"

func init() { cast["back"] = act((*play).back) }

// back fills in fields of the second step of the open form, and presses Back: back who
// [field=value…].
func (p *play) back(args []string) (outcome, error) {
	v, err := p.topForm(args[0])
	if err != nil {
		return outcome{}, err
	}
	filled, err := p.filled(args[0], v, args[1:])
	if err == nil {
		err = p.box.Slack.Fill(args[0], v.ID, filled)
	}
	if err != nil {
		return outcome{}, err
	}
	return p.after(p.box.Slack.Press(slack.Press{User: args[0], View: v.ID, ActionID: "step-back"}))
}
