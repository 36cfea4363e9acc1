package bot

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/slack-go/slack"
)

// Filed is an operation whose form takes a file. The file is read once the form has
// been written down, before anything else is done about it.
type Filed interface {
	Operation
	// Attached is the id of the file in Slack, as Read found it; blank when there is
	// none.
	Attached() string
	// Take reads the file. Its error is Trouble that says what is wrong with it.
	Take(name string, data []byte) error
}

// largestFile bounds a file somebody sends with a form: a thousand rows are far less.
const largestFile = 1 << 20

// takeFile reads the file that came with a form, if one did.
func (b *Bot) takeFile(ctx context.Context, op Operation) error {
	f, ok := op.(Filed)
	if !ok || f.Attached() == "" {
		return nil
	}
	name, data, err := b.readFile(ctx, f.Attached())
	if err != nil {
		return err
	}
	return f.Take(name, data)
}

// readFile fetches a file with the bot's token, which goes to Slack's hosts alone, or
// to the one that stands in for them.
func (b *Bot) readFile(ctx context.Context, id string) (name string, data []byte, err error) {
	info, _, _, err := b.web.GetFileInfoContext(ctx, id, 0, 0)
	if said, ok := errors.AsType[slack.SlackErrorResponse](err); ok && (said.Err == "file_not_found" || said.Err == "file_deleted") {
		return "", nil, Trouble{What: "The file you sent is not in Slack any more.", Next: "Send the form again with the file."}
	}
	if err != nil {
		return "", nil, fileTrouble(err)
	}
	if info.Size > largestFile {
		return "", nil, tooLarge(info.Name)
	}
	if !b.ours(info.URLPrivateDownload) {
		return "", nil, Trouble{What: "The file “" + clean(info.Name, 80) + "” is not kept by Slack itself, so I do not fetch it.", Next: "Upload it from your machine."}
	}
	var kept bounded
	if err := b.web.GetFileContext(ctx, info.URLPrivateDownload, &kept); kept.over {
		return "", nil, tooLarge(info.Name)
	} else if err != nil {
		return "", nil, fmt.Errorf("reading a file from Slack: %w", err)
	}
	return info.Name, kept.Bytes(), nil
}

func tooLarge(name string) error {
	return Trouble{What: "The file “" + clean(name, 80) + "” is larger than 1 MB.", Next: "Send it in parts."}
}

// bounded is a buffer that refuses more than largestFile.
type bounded struct {
	bytes.Buffer
	over bool
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.over = b.Len()+len(p) > largestFile; b.over {
		return 0, errors.New("the file is larger than Slack said")
	}
	return b.Buffer.Write(p)
}
