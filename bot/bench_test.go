package bot_test

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// BenchmarkAcknowledge measures from an envelope on the wire to its acknowledgement:
// for Slack's Go library alone, for the bot, and for Bolt for JavaScript where
// Node and Bolt are installed. Each client is a process of its own and is sent the
// same envelopes by the same stand-in socket, in rounds that take turns, so that
// the ratios hold on any machine. Of all of them only the bot has anything on disk
// before it acknowledges, and only the bot does any work for what it was sent; the
// last columns say what that costs and how long it takes.
//
// There are nine rounds; -benchtime 30x makes it thirty.
func BenchmarkAcknowledge(b *testing.B) {
	for _, load := range []struct{ inFlight, round int }{{1, 500}, {64, 5000}} {
		b.Run(fmt.Sprintf("inflight=%d", load.inFlight), func(b *testing.B) {
			compare(b, contestants(b), load.inFlight, load.round, max(9, b.N))
		})
	}
}

// BenchmarkStart measures from the start of the process to both connections greeted.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		theBot(command).start(b).stop(b)
	}
}

// BenchmarkMemory measures what the bot has in memory at rest, and after ten thousand
// commands. What it keeps of each may not add up.
func BenchmarkMemory(b *testing.B) {
	const commands, mostMore = 10_000, 8 // MB
	r := theBot(command).start(b)
	defer r.stop(b)
	rest := r.resident()
	for range 3 { // until its pools are as large as they get
		r.round(b, 64, 1000, new(result))
	}
	early := r.resident()
	for range commands/1000 - 3 {
		r.round(b, 64, 1000, new(result))
	}
	late := r.resident()
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(rest, "MB-at-rest")
	b.ReportMetric(early, "MB-after-3000")
	b.ReportMetric(late, "MB-after-10000")
	if late > early+mostMore {
		b.Errorf("after 3,000 commands it is %.1f MB, after %d %.1f MB", early, commands, late)
	}
}

// A contestant is one client with one kind of envelope.
type contestant struct {
	name    string
	sent    load
	program []string // which ends when its input does
	env     []string
	dir     string
	conns   int  // connections that it opens
	answers bool // it answers everything that it is sent
}

// load is a kind of envelope.
type load string

const command, click load = "command", "click"

// result is what one contestant did in all rounds.
type result struct {
	rates, p50, p99 []float64 // a round each: acknowledgements a second, µs, µs
	acked, worked   time.Duration
	quiet           []float64 // ms until everything was answered
	sent            int
	residentMB      float64
}

func contestants(b *testing.B) []contestant {
	all := []contestant{bareClient(command), bareClient(click), theBot(command), theBot(click)}
	if why := noBolt(); why != "" {
		b.Log("Bolt for JavaScript is left out: " + why)
		return all
	}
	return append(all, bolt(command), bolt(click))
}

// compare lets the contestants take turns and prints a table of medians.
func compare(b *testing.B, all []contestant, inFlight, round, rounds int) {
	var running []*running
	for _, c := range all {
		r := c.start(b)
		defer r.stop(b)
		running = append(running, r)
	}
	results := make([]result, len(all))
	for n := range rounds + 1 {
		for i, r := range running {
			if n == 0 {
				r.round(b, inFlight, round, new(result)) // to get warm
			} else {
				r.round(b, inFlight, round, &results[i])
			}
		}
	}
	b.ReportMetric(0, "ns/op") // the table says it all
	b.Log(table(all, results, inFlight, round, rounds))
	for i, c := range all {
		if bolts := boltsRate(all, results, c.sent); bolts > 0 && c.name == "ascbot" {
			b.ReportMetric(median(results[i].rates)/bolts, string(c.sent)+"-of-Bolt's")
		}
	}
}

// boltsRate is what Bolt reached with the same envelopes in the same run.
func boltsRate(all []contestant, results []result, sent load) float64 {
	i := slices.IndexFunc(all, func(c contestant) bool { return c.name == "Bolt" && c.sent == sent })
	if i < 0 {
		return 0
	}
	return median(results[i].rates)
}

func table(all []contestant, results []result, inFlight, round, rounds int) string {
	var text bytes.Buffer
	fmt.Fprintf(&text, "%d in flight, %d envelopes a round, medians of %d rounds\n", inFlight, round, rounds)
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "client\tis sent\tacks/s\tof Bolt's\tp50 µs\tp99 µs\tCPU µs until acknowledged\tCPU µs in all\tall answered after ms\tMB resident\t")
	for i, c := range all {
		r, ratio, quiet := results[i], "–", "–"
		if bolts := boltsRate(all, results, c.sent); bolts > 0 {
			ratio = fmt.Sprintf("%.2f", median(r.rates)/bolts)
		}
		if c.answers {
			quiet = fmt.Sprintf("%.0f", median(r.quiet))
		}
		each := func(d time.Duration) float64 { return float64(d.Microseconds()) / float64(r.sent) }
		fmt.Fprintf(w, "%s\t%s\t%.0f\t%s\t%.0f\t%.0f\t%.1f\t%.1f\t%s\t%.0f\t\n",
			c.name, c.sent, median(r.rates), ratio, median(r.p50), median(r.p99), each(r.acked), each(r.worked), quiet, r.residentMB)
	}
	w.Flush()
	return text.String()
}

func median(of []float64) float64 {
	sorted := slices.Sorted(slices.Values(of))
	return sorted[len(sorted)/2]
}

// round sends a round of envelopes and waits until the client has come to rest.
func (r *running) round(b *testing.B, inFlight, n int, into *result) {
	b.Helper()
	frames := make([]frame, n)
	for i := range frames {
		frames[i] = r.frame()
	}
	before, answered := r.cpu(), r.hub.answers.Load()
	began := time.Now()
	took, err := r.hub.volley(frames, inFlight)
	if err != nil {
		b.Fatalf("%s: %v\n%s", r.name, err, r.said)
	}
	all := time.Since(began)
	acked := r.cpu()
	if r.answers {
		for r.hub.answers.Load() < answered+int64(n) {
			if time.Since(began) > time.Minute {
				b.Fatalf("%s: of %d envelopes %d were answered within a minute", r.name, n, r.hub.answers.Load()-answered)
			}
			time.Sleep(time.Millisecond)
		}
		into.quiet = append(into.quiet, float64(time.Since(began).Milliseconds()))
	}
	for was := time.Duration(-1); was != r.cpu(); time.Sleep(50 * time.Millisecond) {
		was = r.cpu()
	}
	slices.Sort(took)
	µs := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }
	into.rates = append(into.rates, float64(n)/all.Seconds())
	into.p50, into.p99 = append(into.p50, µs(took[n/2])), append(into.p99, µs(took[n*99/100]))
	into.acked, into.worked, into.sent = into.acked+acked-before, into.worked+r.cpu()-before, into.sent+n
	into.residentMB = max(into.residentMB, r.resident())
}

// cpu is what the client's process has used so far, zero where no /proc tells.
func (r *running) cpu() time.Duration {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", r.pid))
	_, after, _ := strings.Cut(string(stat), ") ") // the name before may hold anything
	words := strings.Fields(after)
	if len(words) < 13 {
		return 0
	}
	user, err := strconv.Atoi(words[11])
	system, err2 := strconv.Atoi(words[12])
	if cmp.Or(err, err2) != nil {
		return 0
	}
	return time.Duration(user+system) * 10 * time.Millisecond // Linux counts in hundredths of a second
}

func (r *running) resident() float64 {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.pid))
	for line := range strings.Lines(string(status)) {
		if words := strings.Fields(line); len(words) == 3 && words[0] == "VmRSS:" {
			kib, _ := strconv.ParseFloat(words[1], 64)
			return kib * 1024 / 1e6
		}
	}
	return 0
}

// BenchmarkAcknowledgeWhileEverythingHangs measures what people feel on a bad day:
// fifty clicks a second, while neither Slack's Web API nor App Store Connect answers.
func BenchmarkAcknowledgeWhileEverythingHangs(b *testing.B) {
	const clicks, every = 1000, time.Second / 50
	r := theBot(click).start(b)
	defer r.stop(b)
	defer r.hub.hang()()
	frames := make([]frame, clicks)
	for i := range frames {
		frames[i] = r.frame()
	}
	b.ResetTimer()
	took, err := r.hub.drip(frames, every)
	if err != nil {
		b.Fatalf("%v\n%s", err, r.said)
	}
	slices.Sort(took)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(took[clicks/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[clicks*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(r.resident(), "MB-resident")
}
