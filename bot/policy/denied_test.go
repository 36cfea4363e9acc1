package policy

import "testing"

func TestT09WhoWasDeniedWhenItWasAskedStaysDenied(t *testing.T) {
	asked := builtIn()
	asked.Deny = []string{"contractors"}
	asked.Classes[Access] = Rule{Ask: []string{Members}, Agree: []string{Admins}, Deny: []string{"visitors"}}
	then, _ := asked.Demands(invite)
	now := builtIn()
	demands, _ := now.Demands(invite)
	both := demands.And(then, map[string]string{"visitors": "visitors both"}, map[string]string{"visitors": "visitors then"}, "as it was asked")
	c := Case{Subject: invite, Asker: member("ANA")}
	for group, may := range map[string]bool{"contractors": false, "visitors then": false, "visitors both": true, "leads": true} {
		if v := now.MayDecide(in(admin("CY"), group), c, both); v.May != may {
			t.Errorf("one of %s: %+v", group, v)
		}
	}
}
