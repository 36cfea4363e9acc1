package commands

import (
	"errors"
	"strings"

	"github.com/ascbot/ascbot/asc"
	"github.com/ascbot/ascbot/bot"
)

// refusals are Apple's words about TestFlight that tell a person little, and what
// they mean. The first that fits counts: a code, or else a part of the sentence.
var refusals = []struct {
	code, says string
	means      bot.Trouble
}{
	{"ENTITY_UNPROCESSABLE.ANOTHER_BUILD_IN_REVIEW", "", bot.Trouble{
		What: "Another build of the same version is in beta review already; App Store Connect takes one at a time.",
		Next: "Wait until that one is through, then ask again. `/asc builds` shows where it stands."}},
	{"ENTITY_UNPROCESSABLE.INVALID_QC_STATE", "", bot.Trouble{
		What: "App Store Connect does not take this build into beta review in the state it is in: it was submitted before, is being tested already, or is not ready.",
		Next: "`/asc builds` shows its state."}},
	{"ENTITY_UNPROCESSABLE.SUBMISSION_LIMIT_REACHED", "", bot.Trouble{
		What: "Too many builds of this app were submitted for beta review within a day.",
		Next: "Ask again tomorrow."}},
	{"ENTITY_UNPROCESSABLE.BETA_CONTRACT_MISSING", "", bot.Trouble{
		What: "App Store Connect says that the agreement for beta testing is missing, which is a fault on Apple's side at times.",
		Next: "Look under Business in App Store Connect, or ask again later."}},
	{"ENTITY_UNPROCESSABLE.BUILD_SDK_NOT_ALLOWED_FOR_EXTERNAL_TESTING", "", bot.Trouble{
		What: "This build was made with a version of Xcode that Apple does not take for people outside the team.",
		Next: "Upload a build made with a released version of Xcode."}},
	{"STATE_ERROR.TESTER_INVITE.ALREADY_ACCEPTED", "", bot.Trouble{
		What: "They have accepted the invitation already, so no mail is sent.",
		Next: "Ask them to open TestFlight on their device: the app is in its list."}},
	{"STATE_ERROR.TESTER_INVITE.NO_INSTALLABLE_BUILDS", "", bot.Trouble{
		What: "There is no build that they could install, so no mail was sent.",
		Next: "Give one of their groups a build with `/asc build give`; for people outside the team it has to pass beta review. Then the mail goes out by itself."}},
	{"", "tester(s) cannot be assigned", bot.Trouble{
		What: "App Store Connect says “Tester(s) cannot be assigned”: they are in the group already, or it is an internal group and they are not on the team, or they do not see the app there.",
		Next: "`/asc testers` shows who is in; `/asc invite` brings somebody into the team."}},
	{"", "cannot add internal group", bot.Trouble{
		What: "This internal group gets every build by itself, so none can be given to it.",
		Next: "Nothing is to be done for it. It sees builds that were uploaded after the group was made."}},
	{"", "externally assignable state", bot.Trouble{
		What: "This build cannot go to people outside the team yet: it is still being processed, has expired, or its export compliance is not answered.",
		Next: "`/asc builds` shows what it waits for; `/asc build compliance` answers the question."}},
	{"", "auto-notify already enabled", bot.Trouble{
		What: "Testers of this build are told by themselves when it goes live, so no other mail is sent.",
		Next: "Nothing is to be done."}},
	{"", "not in externally testable state", bot.Trouble{
		What: "People outside the team cannot test this build yet, so nobody is told.",
		Next: "It has to pass beta review first: `/asc build review`."}},
	{"", "contains invalid characters", bot.Trouble{
		What: "App Store Connect does not take some of the characters in this text; mostly it is emoji.",
		Next: "Write it without them."}},
	{"", "limit of", bot.Trouble{
		What: "The app has as many testers as App Store Connect allows: 100 from the team, 10,000 from outside.",
		Next: "Make room first: `/asc tester prune` takes out who never installed the app."}},
}

// explained puts Apple's refusal into words that help, and keeps it what it is for
// whoever has to judge it.
func explained(err error) error {
	e, ok := errors.AsType[*asc.Error](err)
	if !ok {
		return err
	}
	for _, r := range refusals {
		for _, entry := range e.Entries {
			said := strings.ToLower(entry.Detail + " " + entry.Title)
			if r.code != "" && entry.Is(r.code) || r.code == "" && strings.Contains(said, r.says) {
				return errors.Join(r.means, err)
			}
		}
	}
	return err
}
