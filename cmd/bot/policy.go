package main

import (
	"fmt"
	"strings"

	"github.com/ascbot/ascbot/bot"
	"github.com/ascbot/ascbot/bot/commands"
)

type policyCmd struct {
	Test policyTestCmd `cmd:"" help:"Hold cases against the rules, before they are in force."`
	Show policyShowCmd `cmd:"" help:"Print what the rules come to, one thing a line."`
}

type policyTestCmd struct {
	File  string `arg:"" help:"config.yaml with a section \"tests\", or a file with nothing but that section."`
	Rules string `placeholder:"FILE" help:"The rules, when FILE holds nothing but tests."`
}

// Help teaches the command.
func (policyTestCmd) Help() string {
	return `Every case says who asks for what, who votes, and what should come of it. The bot decides by the same rules in the same way. config.example.yaml shows how cases are written. Exit codes: 0 when every case holds, 1 when one does not, 2 when the file cannot be read.

    ascbot policy test /etc/ascbot/config.yaml
    ascbot policy test cases.yaml --rules /etc/ascbot/config.yaml`
}

// Run tries every case and says which do not hold.
func (c *policyTestCmd) Run(p *process) error {
	conf, trials, err := c.read()
	if err != nil {
		return failure{exitUsage, err}
	}
	if len(trials) == 0 {
		return failure{exitUsage, fmt.Errorf("%s has no tests; config.example.yaml shows how they are written", c.File)}
	}
	wrong := 0
	for _, t := range trials {
		complaints := conf.Try(t)
		if len(complaints) == 0 {
			fmt.Fprintf(p.stdout, "holds  %s\n", t.Name)
			continue
		}
		wrong++
		fmt.Fprintf(p.stdout, "WRONG  %s (%s)\n         %s\n", t.Name, t.Place, strings.Join(complaints, "\n         "))
	}
	if wrong > 0 {
		return failure{exitOther, fmt.Errorf("%d of %d cases do not hold", wrong, len(trials))}
	}
	_, err = fmt.Fprintf(p.stdout, "Every case holds: %d.\n", len(trials))
	return err
}

func (c *policyTestCmd) read() (bot.Config, []bot.Trial, error) {
	rules := c.File
	if c.Rules != "" {
		rules = c.Rules
	}
	conf, err := readRules(rules)
	if err != nil || c.Rules == "" {
		return conf, conf.Trials, err
	}
	text, err := readConfigFile(c.File)
	if err != nil {
		return conf, nil, err
	}
	trials, err := bot.ReadTrials(c.File, text, vocabulary(), conf)
	return conf, trials, err
}

// readRules reads a config.yaml as "ascbot run" would.
func readRules(path string) (bot.Config, error) {
	text, err := readConfigFile(path)
	if err != nil {
		return bot.Config{}, err
	}
	return bot.ReadConfig(path, text, vocabulary())
}

// vocabulary is what a configuration may speak of.
func vocabulary() bot.Vocabulary { return bot.VocabularyOf(commands.Table(), teamName) }

type policyShowCmd struct {
	File string `arg:"" optional:"" help:"config.yaml. The built-in rules when left out."`
}

// Run prints the rules.
func (c *policyShowCmd) Run(p *process) error {
	conf := bot.DefaultConfig()
	if c.File != "" {
		var err error
		if conf, err = readRules(c.File); err != nil {
			return failure{exitUsage, err}
		}
	}
	_, err := fmt.Fprintf(p.stdout, "%s\nSHA-256 of these lines: %s\n", strings.Join(conf.Lines(), "\n"), conf.Hash())
	return err
}
