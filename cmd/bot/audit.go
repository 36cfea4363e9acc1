package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"golang.org/x/mod/sumdb/note"

	"github.com/ascbot/ascbot/store"
)

type auditCmd struct {
	Verify verifyCmd `cmd:"" help:"Check that the log is whole and as it was signed."`
	Export exportCmd `cmd:"" help:"Write the log as JSON lines, for an auditor."`
	Prove  proveCmd  `cmd:"" help:"Prove one record, or that the log goes on from a checkpoint, to somebody without the log."`
	Check  checkCmd  `cmd:"" help:"Check such a proof, with nothing but the public key."`
	Erase  eraseCmd  `cmd:"" help:"Erase personal data, without breaking the log."`
	Accept acceptCmd `cmd:"" name:"accept-rollback" help:"Accept that an older copy of the data file was put back."`
	Key    keyCmd    `cmd:"" help:"Print the public key with which the log can be verified."`
}

// Exit codes of audit verify.
const (
	exitChanged  = 3  // a record is not what was signed
	exitCutOff   = 4  // records are missing at the end
	exitUnsigned = 5  // not signed by the key
	exitNoKey    = 6  // whole as far as it goes, but there was no key to check its signature with
	exitAnchors  = 10 // anchors that the data file remembers are not in the folder
	exitState    = 9  // the requests are not where the log says
)

type verifyCmd struct {
	File       string   `arg:"" optional:"" help:"A data file or an export. The data file when left out."`
	Data       string   `placeholder:"FILE" help:"The data file. ASCBOT_DATA, or ./ascbot.db, when left out."`
	Anchors    string   `placeholder:"FOLDER" help:"The folder in which the bot keeps anchors, or a copy of it. Every one that the data file remembers has to be there."`
	Key        string   `placeholder:"VKEY" help:"Public key of the log, from audit key, or a file that holds it. Without it the key beside the data file counts."`
	Checkpoint []string `sep:"none" placeholder:"FILE" help:"A checkpoint that was kept elsewhere, such as one from /asc log. May be given again and again."`
}

// Help teaches the command.
func (verifyCmd) Help() string {
	return `Computes the log's tree again from its records and compares it with the signed checkpoint, with older checkpoints that you kept, and with the requests in the data file. It works on the file of a running bot, on a backup and on an export.

Whoever has the signing key could write a new log; only checkpoints kept somewhere else show that.

    ascbot audit verify
    ascbot audit verify log.jsonl --key ascbot/audit+1a2b3c4d+A…
    ascbot audit verify --checkpoint monday.txt --checkpoint tuesday.txt
    ascbot audit verify --anchors /mnt/anchors

Exit codes: 0 all is well, 3 something was changed (the first bad record is named), 4 records are cut off, 5 not signed by the key, 6 no key was given and there is none beside the file, 9 the requests are not where the log says, 10 anchors are missing, 30 to 36 the data file cannot be opened, 1 anything else.`
}

// Run gives the verdict in words.
func (c *verifyCmd) Run(p *process) error {
	path := c.File
	if path == "" {
		path = dataPath(c.Data, p.getenv)
	} else if c.Data != "" {
		return failure{exitUsage, errors.New("name one file to verify: either FILE or --data FILE")}
	}
	if done, err := c.part(p, path); done {
		return err
	}
	src, remembered, closing, err := openLog(p.ctx, path)
	if err != nil {
		return err
	}
	known, err := c.known(path)
	if err != nil {
		return errors.Join(err, closing())
	}
	var anchors [][]byte
	for _, file := range c.Checkpoint {
		a, err := readCheckpoint(file)
		if err != nil {
			return errors.Join(err, closing())
		}
		anchors = append(anchors, a)
	}
	missing, more, err := c.anchors(remembered)
	if err != nil {
		return errors.Join(err, closing())
	}
	anchors = append(anchors, more...)
	signers := known
	if signers == nil {
		signers = note.VerifierList() // the records can still be compared with each other
	}
	v, err := store.Verify(src, signers, anchors)
	if err = errors.Join(err, closing()); err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	if known == nil && v.Intact && v.Complete && v.StateAgrees {
		v.Problems = nil // the one is that nobody can tell who signed
		say(p.stdout, v, false)
		sayMissing(p.stdout, missing)
		return failure{exitNoKey, fmt.Errorf("no key was given, and there is none beside %s; add --key with the public key of the log (ascbot audit key prints it)", path)}
	}
	say(p.stdout, v, known != nil)
	sayMissing(p.stdout, missing)
	if code := exitCode(v); code != exitOK {
		return failure{code, fmt.Errorf("%s is not in order: %s", path, v.Problems[0])}
	}
	if len(missing) > 0 {
		return failure{exitAnchors, fmt.Errorf("%d anchors that %s remembers are not in %s", len(missing), path, c.Anchors)}
	}
	return nil
}

// part verifies a part of the log or a table, if the file is one.
func (c *verifyCmd) part(p *process, path string) (done bool, err error) {
	f, err := os.Open(path)
	if err != nil {
		return false, nil // which is said by whoever opens it next
	}
	defer f.Close()
	first := make([]byte, 32)
	n, _ := f.ReadAt(first, 0)
	var src *store.RangeSource
	switch begins := string(first[:n]); {
	case strings.HasPrefix(begins, `{"v":1,"export":"range"`):
		src, err = store.LinesSource(f)
	case strings.HasPrefix(begins, `"record",`):
		var text []byte
		var proof store.RangeProof
		if text, err = readSmall(path + ".proof"); err == nil {
			if proof, err = store.ReadRangeProof(text); err == nil {
				src, err = store.TableSource(f, proof)
			}
		}
	default:
		return false, nil
	}
	if err != nil {
		return true, err
	}
	known, err := knownKey(c.Key)
	if err != nil {
		return true, err
	}
	if known == nil {
		return true, failure{exitNoKey, errors.New("no key was given; add --key with the public key of the log (ascbot audit key prints it)")}
	}
	var anchors [][]byte
	for _, file := range c.Checkpoint {
		a, err := readCheckpoint(file)
		if err != nil {
			return true, err
		}
		anchors = append(anchors, a)
	}
	v, err := store.VerifyRange(src, known, anchors)
	if err != nil {
		return true, err
	}
	fmt.Fprintf(p.stdout, "A part of the log, from record %d on.\n", v.From)
	say(p.stdout, v, true)
	if code := exitCode(v); code != exitOK {
		return true, failure{code, fmt.Errorf("%s is not in order: %s", path, v.Problems[0])}
	}
	return true, nil
}

// anchors reads the folder of anchors, and answers which of those that the data file
// remembers are not there.
func (c *verifyCmd) anchors(remembered []store.Anchor) (missing []store.Anchor, all [][]byte, err error) {
	if c.Anchors == "" {
		return nil, nil, nil
	}
	there, err := anchorsIn(c.Anchors)
	if err != nil {
		return nil, nil, err
	}
	sizes := map[int64]bool{}
	for _, a := range there {
		if size, _, err := store.CheckpointInfo(a.text); err == nil {
			sizes[size] = true
		}
		all = append(all, a.text)
	}
	for _, a := range remembered {
		if a.Folder && !sizes[a.Size] {
			missing = append(missing, a)
		}
	}
	return missing, all, nil
}

func sayMissing(w io.Writer, missing []store.Anchor) {
	for _, a := range missing {
		fmt.Fprintf(w, "✗ anchors   the one of %s (%d records) is missing\n", a.At.Format("2 Jan 2006 15:04 UTC"), a.Size)
	}
}

// openLog opens a data file or an export, whichever it is. A data file remembers where
// it was anchored.
func openLog(ctx context.Context, path string) (store.LogSource, []store.Anchor, func() error, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, nil, bare(err)
	}
	first := make([]byte, 1)
	if _, err := f.ReadAt(first, 0); err == nil && first[0] == '{' {
		src, err := store.ExportSource(f)
		if err != nil {
			return nil, nil, nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
		}
		return src, nil, f.Close, nil
	}
	if err := f.Close(); err != nil {
		return nil, nil, nil, err
	}
	if err := preread(path); err != nil {
		return nil, nil, nil, err
	}
	st, closing, err := openForReading(ctx, path, "")
	if err != nil {
		return nil, nil, nil, err
	}
	anchors, err := st.Anchors()
	if err != nil {
		return nil, nil, nil, errors.Join(err, closing())
	}
	return st.Source(), anchors, closing, nil
}

// preread reads a file from its beginning to its end, so that what is then looked up
// all over it is in memory: many times faster where a disk has to be waited for.
func preread(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return bare(err)
	}
	defer f.Close()
	_, err = io.CopyBuffer(onlyWriter{io.Discard}, onlyReader{f}, make([]byte, 1<<20))
	return bare(err)
}

// These hide the ways around the buffer.
type (
	onlyReader struct{ io.Reader }
	onlyWriter struct{ io.Writer }
)

// known is the key whose signatures count: the one that was given, or the one
// beside the file. It is nil when there is neither.
func (c *verifyCmd) known(path string) (note.Verifiers, error) {
	if c.Key != "" {
		return knownKey(c.Key)
	}
	signer, err := readLogKey(keyBeside(path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%w; or give the public key with --key", err)
	}
	return knownKey(verifierKey(signer))
}

// knownKey reads the public key of a log, given as it is or as a file that holds
// it. It is nil when nothing is given.
func knownKey(vkey string) (note.Verifiers, error) {
	vkey = strings.TrimSpace(vkey)
	if text, err := os.ReadFile(vkey); err == nil && len(text) <= largestSecret {
		vkey = strings.TrimSpace(string(text))
	}
	if vkey == "" {
		return nil, nil
	}
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, failure{exitUsage, errors.New("--key is not a public key of a log: audit key prints one, like ascbot/audit+1a2b3c4d+A…")}
	}
	return note.VerifierList(v), nil
}

// largestInput bounds proofs and checkpoints, in bytes.
const largestInput = 8 << 20

// readSmall reads a file that somebody else has made.
func readSmall(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, bare(err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, largestInput+1))
	if err == nil && len(text) > largestInput {
		err = fmt.Errorf("%s has more than %d bytes, which is too much for what it should be", path, largestInput)
	}
	return text, bare(err)
}

// printable shows text in which a terminal finds nothing to obey: what cannot be
// seen is written as JSON does.
func printable(text string) string {
	var out strings.Builder
	for _, r := range text {
		if unicode.IsPrint(r) {
			out.WriteRune(r)
		} else {
			for _, unit := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&out, `\u%04x`, unit)
			}
		}
	}
	return out.String()
}

// readCheckpoint reads one that was kept in a file, also as part of a message that was
// copied out of a chat.
func readCheckpoint(path string) ([]byte, error) {
	text, err := readSmall(path)
	if err != nil {
		return nil, err
	}
	if found := store.FindCheckpoint(text); found != nil {
		return found, nil
	}
	return text, nil // which whoever wants to use it will find to be none
}

// say tells the verdict to a person, part by part.
func say(w io.Writer, v store.Verdict, keyKnown bool) {
	tell := func(what string, well bool, words, otherwise string) {
		mark, text := "✓", words
		if !well {
			mark, text = "✗", otherwise
		}
		fmt.Fprintf(w, "%s %-9s %s\n", mark, what, text)
	}
	fmt.Fprintf(w, "%d records, key %s\n", v.Size, v.Key)
	tell("intact", v.Intact, "every record is what was signed", fmt.Sprintf("not from record %d on", v.FirstBad))
	if keyKnown {
		tell("signed", v.Signed, "by the key that was given", "not by the key that was given")
	} else {
		fmt.Fprintln(w, "? signed    whether it is cannot be said without a key")
	}
	complete := "up to its checkpoint; no anchor was given"
	if v.Anchored > 0 {
		complete = fmt.Sprintf("up to the anchor of %s (%d records)", v.AnchoredAt.UTC().Format("2 Jan 2006 15:04 UTC"), v.Anchored)
	}
	tell("complete", v.Complete, complete, "records are cut off")
	if v.IsFile {
		tell("state", v.StateAgrees, "every request is where the log says", "the requests are not where the log says")
	} else {
		tell("state", v.StateAgrees, "every move in the log is legal; an export has no requests to compare", "the log tells what cannot be")
	}
	if v.GivenUp > 0 {
		fmt.Fprintf(w, "  given up  %d anchors, when an older copy was accepted, as the log tells\n", v.GivenUp)
	}
	if v.Erased > 0 {
		fmt.Fprintf(w, "  erased    values of %d records, as the log tells\n", v.Erased)
	}
	for _, problem := range v.Problems {
		fmt.Fprintln(w, "✗ "+problem)
	}
}

// exitCode tells the ways apart in which a log can be wrong; the worst counts.
func exitCode(v store.Verdict) int {
	switch {
	case v.OK():
		return exitOK
	case !v.Intact:
		return exitChanged
	case !v.Complete:
		return exitCutOff
	case !v.Signed:
		return exitUnsigned
	case !v.StateAgrees:
		return exitState
	}
	return exitOther
}

type exportCmd struct {
	CSV   bool   `name:"csv" help:"A table for spreadsheets instead of JSON lines. Needs --out; its proof is put beside it, as FILE.proof."`
	Since string `placeholder:"DAY" help:"Only records from this day on (2006-01-02, UTC)."`
	Until string `placeholder:"DAY" help:"Only records up to the end of this day."`

	Out  string `placeholder:"FILE" help:"File to make. Standard output when left out."`
	Data string `placeholder:"FILE" help:"The data file. ASCBOT_DATA, or ./ascbot.db, when left out."`
}

// Help teaches the command.
func (exportCmd) Help() string {
	return `Writes a header, every record's exact bytes with the signature that covers it, and the signed checkpoint as the last line. It works while the bot runs, and is written into the log itself. Whoever gets the export needs only audit verify and the public key to check it.

    ascbot audit export --out log.jsonl
    ascbot audit export --csv --since 2026-11-01 --until 2026-11-30 --out november.csv
    ascbot audit key > log.vkey
    ascbot audit verify log.jsonl --key log.vkey`
}

// Run writes the export.
func (c *exportCmd) Run(p *process) error {
	st, done, err := openToShow(p, dataPath(c.Data, p.getenv), "export")
	if err != nil {
		return err
	}
	switch {
	case c.CSV || c.Since != "" || c.Until != "":
		err = c.part(p, st)
	case c.Out == "":
		err = st.Export(p.stdout)
	default:
		err = newFile(c.Out, func(f *os.File) error { return st.Export(f) })
	}
	return done(err)
}

// part exports a part of the log, or a table, with its proof.
func (c *exportCmd) part(p *process, st *store.Store) error {
	from, to, err := between(st, c.Since, c.Until)
	if err != nil {
		return err
	}
	if c.Out == "" {
		if c.CSV {
			return failure{exitUsage, errors.New("a table needs --out, since its proof is put beside it")}
		}
		_, err := st.ExportRange(p.stdout, from, to, false)
		return err
	}
	var proof store.RangeProof
	err = newFile(c.Out, func(f *os.File) (err error) {
		proof, err = st.ExportRange(f, from, to, c.CSV)
		return err
	})
	if err != nil || !c.CSV {
		return err
	}
	text, err := json.MarshalIndent(proof, "", "  ")
	if err != nil {
		return err
	}
	return newFile(c.Out+".proof", func(f *os.File) error { _, err := f.Write(append(text, '\n')); return err })
}

// between finds the records of some days: from the first to the last one of them.
func between(st *store.Store, since, until string) (from, to int64, err error) {
	begin, end := time.Time{}, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, day := range []struct {
		said string
		into *time.Time
		more int
	}{{since, &begin, 0}, {until, &end, 1}} {
		if day.said == "" {
			continue
		}
		at, err := time.Parse(time.DateOnly, day.said)
		if err != nil {
			return 0, 0, failure{exitUsage, fmt.Errorf("%q is not a day; write for example 2026-11-24", day.said)}
		}
		*day.into = at.AddDate(0, 0, day.more)
	}
	from = -1
	err = st.Leaves(0, func(l store.Leaf) bool {
		if !l.At.Before(begin) && l.At.Before(end) {
			if to = l.N + 1; from < 0 {
				from = l.N
			}
		}
		return true
	})
	if err == nil && from < 0 {
		err = errors.New("no record is of these days")
	}
	return from, to, err
}

type keyCmd struct {
	Data string `placeholder:"FILE" help:"The data file. ASCBOT_DATA, or ./ascbot.db, when left out."`
}

// Run prints the public half of the key beside the data file.
func (c *keyCmd) Run(p *process) error {
	signer, err := readLogKey(keyBeside(dataPath(c.Data, p.getenv)))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, verifierKey(signer))
	return err
}
