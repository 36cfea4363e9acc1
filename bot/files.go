package bot

import (
	"bytes"
	"context"
	"errors"
	"strings"

	"github.com/slack-go/slack"
)

// hand gives a file to somebody in their direct messages with the bot.
func (b *Bot) hand(ctx context.Context, user string, f File) error {
	where, err := b.direct(ctx, user)
	if err != nil {
		return err
	}
	_, err = b.web.UploadFileContext(ctx, slack.UploadFileParameters{
		Reader: bytes.NewReader(f.Data), FileSize: len(f.Data), Filename: f.Name, Title: f.Title, Channel: where,
	})
	if said, ok := errors.AsType[slack.SlackErrorResponse](err); ok {
		switch {
		case said.Err == "missing_scope":
			return Trouble{What: "Slack does not let me send files yet.", Next: "Whoever runs the bot has to install the Slack app again with the scope files:write, as manifest.yaml has it."}
		case strings.HasPrefix(said.Err, "file_uploads"), said.Err == "storage_limit_reached", said.Err == "file_type_not_allowed":
			return Trouble{What: "This workspace does not take files (" + said.Err + ").", Next: "Whoever administers the workspace can allow them."}
		}
	}
	return err
}
