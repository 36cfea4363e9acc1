package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/ascbot/ascbot/store"
)

type proveCmd struct {
	Record int64  `arg:"" optional:"" default:"-1" help:"Number of the record, as /asc log and an export show it."`
	From   string `placeholder:"FILE" help:"Instead of a record: an older checkpoint, to prove that the log goes on from it."`
	To     string `placeholder:"FILE" help:"The checkpoint to prove against, one that the reader has. The newest when left out."`
	Hide   bool   `help:"Leave out names, notes and arguments, which the record only commits to."`
	Out    string `placeholder:"FILE" help:"File to make. Standard output when left out."`
	Data   string `placeholder:"FILE" help:"The data file. ASCBOT_DATA, or ./ascbot.db, when left out."`
}

// Help teaches the command.
func (proveCmd) Help() string {
	return `Writes a proof, for somebody who is to see one record and not the log: the record, the hashes that lead from it to a signed checkpoint, and that checkpoint. With --from the proof shows that the log goes on from an older checkpoint, and no record at all. Whoever gets it needs only audit check and the public key.

    ascbot audit prove 142 --out proof.json
    ascbot audit prove 142 --hide --out proof.json
    ascbot audit prove --from monday.txt --out grown.json
    ascbot audit key > log.vkey
    ascbot audit check proof.json --key log.vkey`
}

// Run writes the proof.
func (c *proveCmd) Run(p *process) error {
	if (c.Record < 0) == (c.From == "") {
		return failure{exitUsage, errors.New("say what to prove: the number of a record, or --from with an older checkpoint")}
	}
	from, err := optionalCheckpoint(c.From)
	if err != nil {
		return err
	}
	to, err := optionalCheckpoint(c.To)
	if err != nil {
		return err
	}
	if from != nil { // which shows no record
		st, closing, err := openForReading(p.ctx, dataPath(c.Data, p.getenv), "")
		if err != nil {
			return err
		}
		proof, err := st.Extension(from, to)
		return errors.Join(c.write(p, proof, err), closing())
	}
	st, done, err := openToShow(p, dataPath(c.Data, p.getenv), "prove")
	if err != nil {
		return err
	}
	proof, err := st.Proof(c.Record, to)
	return done(c.write(p, proof, err))
}

// write puts a proof where it is wanted, if there is one.
func (c *proveCmd) write(p *process, proof store.Proof, err error) error {
	if err != nil {
		return fmt.Errorf("proving: %w", err)
	}
	if c.Hide {
		proof.Values = ""
	}
	text, err := json.MarshalIndent(proof, "", "  ")
	if err != nil {
		return err
	}
	text = append(text, '\n')
	if c.Out == "" {
		_, err = p.stdout.Write(text)
		return err
	}
	return newFile(c.Out, func(f *os.File) error { _, err := f.Write(text); return err })
}

// optionalCheckpoint reads a checkpoint from a file, if one is named.
func optionalCheckpoint(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	return readCheckpoint(path)
}

// Exit codes of audit check beside those of audit verify.
const (
	exitUnproven  = 7 // the hashes do not lead to the checkpoint
	exitElsewhere = 8 // the proof is about another checkpoint than the one that was kept
)

type checkCmd struct {
	Proof      string   `arg:"" help:"The proof, as audit prove wrote it."`
	Key        string   `placeholder:"VKEY" help:"Public key of the log, from audit key, or a file that holds it."`
	Checkpoint []string `sep:"none" placeholder:"FILE" help:"A checkpoint of your own. The proof has to be about it. May be given twice: for the older and the newer one."`
}

// Help teaches the command.
func (checkCmd) Help() string {
	return `Checks a proof without the log, the data file or the network. With checkpoints of your own, the proof has to be about those.

    ascbot audit check proof.json --key log.vkey
    ascbot audit check grown.json --key log.vkey --checkpoint monday.txt --checkpoint today.txt

Exit codes: 0 it is proven, 5 not signed by the key, 6 no key was given, 7 the hashes do not lead to the checkpoint, 8 the proof is about another checkpoint than yours, 1 it could not be read.`
}

// Run says what is proven.
func (c *checkCmd) Run(p *process) error {
	text, err := readSmall(c.Proof)
	if err != nil {
		return err
	}
	proof, err := store.ReadProof(text)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Proof, err)
	}
	known, err := knownKey(c.Key)
	if err != nil {
		return err
	}
	if known == nil {
		return failure{exitNoKey, errors.New("no key was given; add --key with the public key of the log (its owner prints it with ascbot audit key)")}
	}
	var kept [][]byte
	for _, file := range c.Checkpoint {
		one, err := readCheckpoint(file)
		if err != nil {
			return err
		}
		kept = append(kept, one)
	}
	if err := proof.Check(known, kept...); err != nil {
		return failure{proofCode(err), fmt.Errorf("%s: %w", c.Proof, err)}
	}
	size, older := proof.Size()
	if proof.Kind == store.ProofOfExtension {
		_, err = fmt.Fprintf(p.stdout, "Proven: the log of %d records goes on from the one of %d; nothing before was changed.\n", size, older)
		return err
	}
	fmt.Fprintf(p.stdout, "Proven: record %d is in the signed log of %d records. It says:\n%s\n", proof.N, size, printable(proof.Leaf))
	if proof.Values != "" {
		fmt.Fprintf(p.stdout, "It commits to:\n%s\n", printable(proof.Values))
	}
	return nil
}

func proofCode(err error) int {
	switch {
	case errors.Is(err, store.ErrUnsigned):
		return exitUnsigned
	case errors.Is(err, store.ErrElsewhere):
		return exitElsewhere
	}
	return exitUnproven
}
