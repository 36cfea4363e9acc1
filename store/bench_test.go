package store

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

// BenchmarkBareUpdate is the yardstick: one put in one bbolt transaction.
func BenchmarkBareUpdate(b *testing.B) {
	db, err := bbolt.Open(filepath.Join(b.TempDir(), "bare"), 0o600, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	n := uint64(0)
	for b.Loop() {
		n++
		if err := db.Update(func(tx *bbolt.Tx) error {
			bucket, err := tx.CreateBucketIfNotExists([]byte("b"))
			if err != nil {
				return err
			}
			return bucket.Put(number(n), make([]byte, 600))
		}); err != nil {
			b.Fatal(err)
		}
	}
}

// callers calls do b.N times from n goroutines at once.
func callers(b *testing.B, n int, do func(caller int) error) {
	var left atomic.Int64
	left.Store(int64(b.N))
	var wg sync.WaitGroup
	b.ResetTimer()
	for caller := range n {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if err := do(caller); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// BenchmarkMove is one move of a request with its line in the log, durable.
func BenchmarkMove(b *testing.B) {
	for _, n := range []int{1, 64} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, _ := newStore(b)
			next := make([]State, n)
			for i := range n {
				at(b, s, i, Approved)
				next[i] = Running
			}
			callers(b, n, func(i int) error {
				_, err := s.Move(uint64(i+1), next[i], byBot, nil)
				if next[i] == Running {
					next[i] = Approved
				} else {
					next[i] = Running
				}
				return err
			})
		})
	}
}

// BenchmarkReceive is an envelope of a usual size made durable before it is
// acknowledged: alone, and with as many as wait while the disk is written.
func BenchmarkReceive(b *testing.B) {
	body := fmt.Appendf(nil, `{"payload":{"type":"block_actions","message":{"text":%q}}}`, strings.Repeat("x", 1000))
	for _, n := range []int{1, 64} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s, _ := newStore(b)
			together := make([]Envelope, n)
			for nr := 0; nr < b.N; nr += n {
				for i := range together {
					together[i] = Envelope{Key: fmt.Sprintf("click/1610241741.%d.72f11de3d52bb9593d6931af772a323e", nr+i), Kind: "click", Body: body, At: noon}
				}
				if _, err := s.Receive(together); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// million is a data file with a log of 1,000,000 records: 200,000 requests, each asked
// for, agreed to by somebody, run and ended. It is made once for all benchmarks that
// need it, which takes a minute or two, and removed at the end.
var million struct {
	once sync.Once
	path string
	key
}

func aMillion(b *testing.B) (path string, k key) {
	b.Helper()
	million.once.Do(func() {
		dir, err := os.MkdirTemp("", "ascbot-bench-")
		if err != nil {
			b.Fatal(err)
		}
		million.path, million.key = filepath.Join(dir, "data"), newKey(b)
		s, err := Open(million.path, million.options())
		if err != nil {
			b.Fatal(err)
		}
		for n := 0; n < 200_000; n += 500 {
			set(b, s, func(tx Tx) error {
				for i := range 500 {
					if err := s.story(tx, n+i); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	})
	return million.path, million.key
}

func TestMain(m *testing.M) {
	code := m.Run()
	if million.path != "" {
		if os.Getenv("KEEP") == "" {
			os.RemoveAll(filepath.Dir(million.path))
		} else {
			println(million.path, million.vkey)
		}
	}
	os.Exit(code)
}

// story is the life of one request, in five records.
func (s *Store) story(tx Tx, n int) error {
	r := invite(n)
	at := noon.Add(time.Duration(n) * time.Minute)
	r.Asker = Person{"T0MEADOW", fmt.Sprintf("U%05d", n%300), fmt.Sprint("person ", n%300)}
	r.Args = fmt.Appendf(nil, `{"app":{"id":"%d","name":"App %d"},"email":"person-%d@example.com","role":"DEVELOPER"}`, n%40, n%40, n)
	r.VoteUntil = at.Add(time.Hour)
	r, err := s.ask(tx, r, at)
	if err != nil {
		return err
	}
	vote := yes(r, ben)
	vote.At = at
	if r, err = s.vote(tx, r, vote, quorum(1)); err != nil {
		return err
	}
	if r, err = s.move(tx, r, Running, Mark{At: at, Note: "sent to App Store Connect"}); err != nil {
		return err
	}
	r.Outcome = "Bo is invited; the invitation is open until the end of the week."
	end := Done
	if n%10 == 0 {
		end = Failed
	}
	_, err = s.move(tx, r, end, Mark{At: at, Note: r.Outcome})
	return err
}

// BenchmarkVerify recomputes a log of 1,000,000 records from a data file, with its
// values, its stored tree and its 200,000 requests, and says how many a second.
func BenchmarkVerify(b *testing.B) {
	path, k := aMillion(b)
	var rates []float64
	for b.Loop() {
		s, err := OpenReadOnly(path)
		if err != nil {
			b.Fatal(err)
		}
		start := time.Now()
		v, err := Verify(s.Source(), k.known, nil)
		if err != nil || !v.OK() || v.Size != 1_000_000 {
			b.Fatalf("%+v, %v", v, err)
		}
		rates = append(rates, float64(v.Size)/time.Since(start).Seconds())
		s.Close()
	}
	slices.Sort(rates)
	b.ReportMetric(rates[len(rates)/2], "records/s")
	b.ReportMetric(rates[0], "records/s-worst")
}

// BenchmarkSearchOfTenYears is a page of twenty lines out of ten years, by times.
func BenchmarkSearchOfTenYears(b *testing.B) {
	const days, each = 3650, 20
	s, _ := newStore(b)
	for day := 0; day < days; day += 10 {
		set(b, s, func(tx Tx) error {
			for n := range 10 * each {
				l := Leaf{At: noon.AddDate(0, 0, day+n/each), Kind: "refused", By: &ben, Operation: "roles"}
				if n%2 == 0 {
					l.By, l.Operation = &ana, "invite"
				}
				if _, err := s.record(tx, l); err != nil {
					return err
				}
			}
			return nil
		})
	}
	second, last := noon.AddDate(0, 0, 1), noon.AddDate(0, 0, days-1)
	for name, f := range map[string]LogFilter{
		"since": {Since: second}, "until": {Until: last}, "between": {Since: second, Until: last},
		"never": {Since: second, Until: last, Person: "U0ANA", Operation: "roles"},
	} {
		b.Run(name, func(b *testing.B) { searches(b, s, f) })
	}
}

// BenchmarkSearch is a page of twenty lines out of 1,000,000, by filter; the slowest
// of them counts.
func BenchmarkSearch(b *testing.B) {
	path, k := aMillion(b)
	s, err := Open(path, k.options())
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	for name, f := range map[string]LogFilter{
		"newest": {}, "person": {Person: "U00042"}, "app": {App: "App 7"}, "request": {Request: 123_456}, "outcome": {Outcome: "failed"},
		"day":     {Since: noon.AddDate(0, 0, 50), Until: noon.AddDate(0, 0, 51)},
		"several": {App: "App 20", Outcome: "failed", Until: noon.AddDate(0, 0, 50)},
		"never":   {Person: "U00001", App: "App 2"}, // nothing in common
		"often":   {Person: "U0BEN", Operation: "invite", Outcome: "voted"},
		"nobody":  {Person: "U0BEN", Outcome: "failed"}, // two long lists with nothing in common
	} {
		b.Run(name, func(b *testing.B) { searches(b, s, f) })
	}
}

func searches(b *testing.B, s *Store, f LogFilter) {
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		if _, err := s.Browse(f, Newest, 20); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "µs-median")
	b.ReportMetric(float64(took[len(took)-1].Microseconds()), "µs-worst")
}
