package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/ascbot/ascbot/store"
)

// checkWithin bounds the full check of the data file.
const checkWithin = time.Minute

// saidOpened is what the child says when it has opened the file.
const saidOpened = "opened"

// fileCheckCmd is the child: it checks the open file it has inherited as number 3.
type fileCheckCmd struct {
	Key string `required:"" help:"Public key of the log."`
}

// Run says "opened", then what is wrong. Its exit code is one of those of audit verify,
// or that of a damaged file.
func (c *fileCheckCmd) Run(p *process) error {
	known, err := knownKey(c.Key)
	if err != nil {
		return err
	}
	err = store.CheckShared(os.NewFile(3, "the data file"), known, func() { fmt.Fprintln(p.stdout, saidOpened) })
	if wrong, ok := errors.AsType[*store.CheckError](err); ok {
		if wrong.Structure {
			return failure{exitDamaged, err}
		}
		return failure{exitCode(wrong.Verdict), err}
	}
	return err
}

// fileCheck is a full check of the data file that goes on in a child process.
type fileCheck struct {
	data    string
	cmd     *exec.Cmd
	out     *bufio.Reader
	wrong   strings.Builder // what it says on stderr
	release func()
	stop    context.CancelFunc
}

// startCheck begins the check and answers once the child, which is this program, has
// opened the file, so that from then on it may be written to.
func startCheck(ctx context.Context, program string, within time.Duration, data, vkey string, st *store.Store) (*fileCheck, error) {
	file, release, err := st.Share()
	if err != nil {
		return nil, err
	}
	c := &fileCheck{data: data, release: release}
	ctx, c.stop = context.WithTimeout(ctx, within)
	c.cmd = exec.CommandContext(ctx, program, "check-open-file", "--key", vkey)
	c.cmd.ExtraFiles = []*os.File{file}
	c.cmd.Env = []string{"GOTRACEBACK=none"}
	c.cmd.Stderr = &c.wrong
	out, err := c.cmd.StdoutPipe()
	if err == nil {
		err = c.cmd.Start()
	}
	if err != nil {
		c.Close()
		return nil, fmt.Errorf("checking the data file in a process of its own: %w", err)
	}
	c.out = bufio.NewReader(out)
	if said, err := c.out.ReadString('\n'); err != nil || said != saidOpened+"\n" {
		return nil, errors.Join(c.wait(ctx), c.Close())
	}
	return c, nil
}

// wait answers what the check has found.
func (c *fileCheck) wait(ctx context.Context) error {
	_, _ = io.Copy(io.Discard, c.out)
	err := c.cmd.Wait()
	c.Close()
	if err == nil || ctx.Err() != nil {
		return nil
	}
	said := strings.TrimPrefix(strings.TrimSpace(c.wrong.String()), "ascbot: ")
	if said == "" {
		said = "the check ended with " + err.Error() + "; it may take a minute at most"
	}
	code := exitDamaged
	if ended, ok := errors.AsType[*exec.ExitError](err); ok && ended.ExitCode() > exitUsage {
		code = ended.ExitCode()
	}
	return failure{code, fmt.Errorf("%s is damaged, and nothing was carried out: %s. Keep a copy of it, look at it with ascbot audit verify, and restore the last backup", c.data, strings.TrimSuffix(said, "."))}
}

// Close ends a check that is still under way.
func (c *fileCheck) Close() error {
	if c == nil {
		return nil
	}
	c.stop()
	if c.release != nil {
		c.release()
		c.release = nil
	}
	return nil
}
