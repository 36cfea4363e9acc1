package asc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// limited answers with a rate header.
func limited(header func() string) func(http.ResponseWriter, *http.Request, int) {
	return func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header().Set("X-Rate-Limit", header())
		reply(w, 200, `{"data":[]}`)
	}
}

// left is the header of a key of whose 100 requests an hour some are left.
func left(n int) func() string {
	return func() string { return fmt.Sprintf("user-hour-lim:100;user-hour-rem:%d;", n) }
}

func as(t *testing.T, k Class) context.Context { return WithClass(t.Context(), k) }

func TestTheLastFifthIsKept(t *testing.T) {
	for remaining, may := range map[int]map[Class]bool{
		50: {Job: true, Person: true, Work: true},
		22: {Job: true, Person: true, Work: true},
		20: {Job: false, Person: true, Work: true},
		6:  {Job: false, Person: true, Work: true},
		5:  {Job: false, Person: false, Work: true},
		1:  {Job: false, Person: false, Work: true},
		0:  {Job: false, Person: false, Work: false},
	} {
		for class, want := range may {
			bubble(t, fmt.Sprint(remaining, " left, ", class), func(t *testing.T) {
				c, s := start(t, limited(left(remaining)))
				if err := people(as(t, Work), c); err != nil { // from which the client learns
					t.Fatal(err)
				}
				began := time.Now()
				err := people(as(t, class), c)
				if got := err == nil; got != want {
					t.Errorf("got %v", err)
				}
				if want {
					s.want(2)
					return
				}
				s.want(1)
				e, ok := errors.AsType[*BudgetError](err)
				if !ok || !is[*NotSentError](err) || !RateLimited(err) || Unsure(err) || e.Class != class || !e.Until.After(began) {
					t.Errorf("got %v", err)
				}
				if took := time.Since(began); took > class.patience() {
					t.Errorf("it waited %v", took)
				}
			})
		}
	}
}

func TestAChangeThatWaitsInVainIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := start(t, limited(left(0)))
		_ = people(t.Context(), c)
		if err := invite(as(t, Work), c); !is[*NotSentError](err) || !RateLimited(err) {
			t.Errorf("got %v", err)
		}
		s.want(1)
	})
}

func TestTheMinuteIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := start(t, limited(func() string { return "user-hour-lim:3600;user-hour-rem:3000;user-minute-lim:50;user-minute-rem:0;" }))
		_ = people(t.Context(), c)
		began := time.Now()
		if err := people(as(t, Work), c); err != nil || time.Since(began) != time.Minute {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
		began = time.Now()
		if err := people(as(t, Person), c); !RateLimited(err) || time.Since(began) != 0 {
			t.Errorf("somebody who would have to wait a minute got %v after %v", err, time.Since(began))
		}
		if _, err := everyone(c.Apps(t.Context(), AppFilter{})); err != nil || time.Since(began) != 0 {
			t.Errorf("a call of another kind got %v after %v", err, time.Since(began))
		}
		s.want(3)
		if !strings.Contains(s.logged(), "waits for its turn") {
			t.Error("the wait cannot be seen in the log")
		}
	})
}

func TestTheHourRolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		remaining := 100
		c, s := start(t, limited(func() string { remaining--; return left(remaining)() }))
		for range 80 { // within a minute
			if err := people(as(t, Person), c); err != nil {
				t.Fatal(err)
			}
		}
		if err := people(as(t, Job), c); !RateLimited(err) {
			t.Fatalf("a job took from the last fifth: %v", err)
		}
		time.Sleep(58 * time.Minute)
		if err := people(as(t, Job), c); !RateLimited(err) {
			t.Errorf("before the hour was over a job took from the last fifth: %v", err)
		}
		time.Sleep(2 * time.Minute) // the 80 are older than an hour now, though nobody has asked since
		if err := people(as(t, Job), c); err != nil {
			t.Errorf("after the hour: %v", err)
		}
		s.want(81)
	})
}

func TestOwnRequestsLeaveTheHourOneByOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		remaining := 100
		c, s := start(t, limited(func() string { remaining--; return left(remaining)() }))
		spend := func(n int) {
			for range n {
				if err := people(as(t, Person), c); err != nil {
					t.Fatal(err)
				}
			}
		}
		spend(50)
		time.Sleep(40 * time.Minute)
		spend(35) // 15 are left, by Apple's word
		if err := people(as(t, Job), c); !RateLimited(err) {
			t.Fatalf("a job took from the last fifth: %v", err)
		}
		time.Sleep(22 * time.Minute) // Apple has said nothing new, but the first 50 are too old to count
		if err := people(as(t, Job), c); err != nil {
			t.Errorf("after the first requests dropped out: %v", err)
		}
		s.want(86)
	})
}

func TestALimitOfOneResourceDoesNotShutTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := start(t, func(w http.ResponseWriter, r *http.Request, _ int) {
			w.Header().Set("X-Rate-Limit", "user-hour-lim:3600;user-hour-rem:3000;")
			if strings.HasSuffix(r.URL.Path, "/users") {
				w.Header().Set("X-Rate-Limit", "user-hour-lim:10;user-hour-rem:0;")
			}
			reply(w, 200, `{"data":[]}`)
		})
		apps := func() error { _, err := everyone(c.Apps(as(t, Job), AppFilter{})); return err }
		if err := errors.Join(apps(), people(as(t, Work), c), apps()); err != nil {
			t.Error(err)
		}
		if err := people(as(t, Work), c); !RateLimited(err) {
			t.Errorf("got %v", err)
		}
		if got := c.RateLimit(); got.HourLimit != 3600 {
			t.Errorf("the key's budget is %+v", got)
		}
		s.want(3)
	})
}

func TestRetryAfterShutsItsKindForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := start(t, func(w http.ResponseWriter, r *http.Request, n int) {
			if n == 0 {
				w.Header().Set("Retry-After", "100")
				refuse(w, 429, "RATE_LIMIT_EXCEEDED", "Slow down.")
				return
			}
			reply(w, 200, `{"data":[]}`)
		})
		if err := people(t.Context(), c); !RateLimited(err) {
			t.Fatal(err)
		}
		began := time.Now()
		if err := people(as(t, Person), c); !RateLimited(err) || time.Since(began) != 0 {
			t.Errorf("a person got %v after %v", err, time.Since(began))
		}
		if _, err := everyone(c.Apps(t.Context(), AppFilter{})); err != nil {
			t.Errorf("another kind got %v", err)
		}
		if err := people(as(t, Job), c); err != nil || time.Since(began) != 100*time.Second {
			t.Errorf("a job got %v after %v", err, time.Since(began))
		}
		s.want(3)
	})
}

// crowd starts calls that differ, and tells how many were under way at once.
type crowd struct {
	now, most atomic.Int32
	order     []string
	mu        sync.Mutex
}

func (m *crowd) answer(w http.ResponseWriter, r *http.Request, _ int) {
	m.mu.Lock()
	m.order = append(m.order, strings.TrimPrefix(r.URL.Path, "/v1/apps/"))
	m.mu.Unlock()
	m.most.Store(max(m.most.Load(), m.now.Add(1)))
	time.Sleep(time.Second)
	m.now.Add(-1)
	reply(w, 200, `{"data":{"type":"apps","id":"1","attributes":{}}}`)
}

func TestFewAreUnderWayAtOnceAndTheHigherClassGoesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m crowd
		c, _ := startWith(t, m.answer, func(cfg *Config, _ *service) { cfg.MaxInFlight = 4 })
		var all sync.WaitGroup
		asked := 0
		ask := func(k Class, n int) {
			for range n {
				asked++
				id := fmt.Sprint(k, asked)
				all.Go(func() {
					if _, err := c.App(as(t, k), id); err != nil {
						t.Error(err)
					}
				})
			}
			synctest.Wait()
		}
		ask(Job, 12)
		if m.now.Load() != 3 {
			t.Errorf("%d jobs are under way, want 3 of 4 places", m.now.Load())
		}
		ask(Person, 1) // finds the place that jobs leave free
		if m.now.Load() != 4 {
			t.Errorf("%d are under way, want 4", m.now.Load())
		}
		ask(Person, 3)
		ask(Work, 3)
		if got := c.Traffic(); got.InFlight != 4 || got.Jobs != 9 || got.Persons != 3 || got.Works != 3 {
			t.Errorf("the traffic is %+v", got)
		}
		all.Wait()
		if m.most.Load() > 4 {
			t.Errorf("%d were under way at once", m.most.Load())
		}
		second, third := strings.Join(m.order[4:8], " "), strings.Join(m.order[8:12], " ")
		if strings.Count(second, "work") != 3 || strings.Count(second, "person") != 1 || strings.Count(third, "person") != 2 {
			t.Errorf("the order was %v", m.order)
		}
		if got := c.Traffic(); got.InFlight+got.Jobs+got.Persons+got.Works != 0 || got.LongestWait != 0 {
			t.Errorf("at the end the traffic is %+v", got)
		}
	})
}

func TestAWaitForAPlaceEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := startWith(t, stallOnce, func(cfg *Config, _ *service) { cfg.MaxInFlight = 1 })
		stalled, cancelStalled := context.WithTimeout(as(t, Work), 25*time.Second)
		defer cancelStalled()
		go c.App(stalled, "stalls")
		synctest.Wait()
		began := time.Now()
		if _, err := c.App(as(t, Person), "1"); !is[*BudgetError](errors.Unwrap(err)) || time.Since(began) != Person.patience() {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
		ctx, cancel := context.WithTimeout(as(t, Person), time.Second)
		defer cancel()
		began = time.Now()
		if _, err := c.App(ctx, "1"); !errors.Is(err, context.DeadlineExceeded) || !is[*NotSentError](err) || time.Since(began) != time.Second {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
		s.want(1)
		time.Sleep(10 * time.Second) // the first one is given up, and its place is free again
		if _, err := c.App(as(t, Person), "1"); err != nil {
			t.Error(err)
		}
		if got := c.Traffic(); got.InFlight != 0 || got.NotSentEver != 2 {
			t.Errorf("the traffic is %+v", got)
		}
	})
}

// stallOnce lets one app wait for ever.
func stallOnce(w http.ResponseWriter, r *http.Request, _ int) {
	if strings.HasSuffix(r.URL.Path, "stalls") {
		stall(w, r)
		return
	}
	reply(w, 200, `{"data":{"type":"apps","id":"1","attributes":{}}}`)
}

func TestTheSameReadIsMadeOnce(t *testing.T) {
	slow := func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.Method == http.MethodGet {
			time.Sleep(time.Second)
			reply(w, 200, `{"data":[]}`)
			return
		}
		reply(w, 201, invited)
	}
	bubble(t, "fifty at once", func(t *testing.T) {
		c, s := start(t, slow)
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				if err := people(t.Context(), c); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		s.want(1)
		if c.Traffic().Shared != 49 {
			t.Errorf("%d were shared", c.Traffic().Shared)
		}
		if err := people(t.Context(), c); err != nil { // later ones ask again
			t.Error(err)
		}
		s.want(2)
	})
	bubble(t, "the first one gives up", func(t *testing.T) {
		c, s := start(t, slow)
		ctx, cancel := context.WithCancel(t.Context())
		first := make(chan error)
		go func() { first <- people(ctx, c) }()
		synctest.Wait()
		time.AfterFunc(time.Second/2, cancel)
		if err := people(t.Context(), c); err != nil {
			t.Errorf("the second one got %v", err)
		}
		if err := <-first; !errors.Is(err, context.Canceled) || !is[*NoAnswerError](err) {
			t.Errorf("the first one got %v", err)
		}
		s.want(1)
	})
	bubble(t, "the first one has less time", func(t *testing.T) {
		c, s := start(t, slow)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		go people(ctx, c)
		synctest.Wait()
		if err := people(t.Context(), c); err != nil {
			t.Errorf("the second one got %v", err)
		}
		s.want(2)
	})
	bubble(t, "all give up", func(t *testing.T) {
		var ended atomic.Bool
		c, _ := start(t, func(_ http.ResponseWriter, r *http.Request, _ int) { <-r.Context().Done(); ended.Store(true) })
		ctx, cancel := context.WithCancel(t.Context())
		for range 3 {
			go people(ctx, c)
		}
		synctest.Wait()
		cancel()
		synctest.Wait()
		if !ended.Load() {
			t.Error("a read goes on that nobody waits for")
		}
	})
	bubble(t, "a change lies between", func(t *testing.T) {
		c, s := start(t, slow)
		go people(t.Context(), c)
		synctest.Wait()
		if err := invite(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if err := people(t.Context(), c); err != nil { // must not see the world before the change
			t.Error(err)
		}
		s.want(3)
	})
	bubble(t, "a change was under way", func(t *testing.T) {
		c, s := start(t, func(w http.ResponseWriter, r *http.Request, _ int) {
			time.Sleep(time.Second)
			if r.Method == http.MethodGet {
				time.Sleep(time.Second)
				reply(w, 200, `{"data":[]}`)
				return
			}
			reply(w, 201, invited)
		})
		changed := make(chan error)
		go func() { changed <- invite(t.Context(), c) }()
		synctest.Wait()
		go people(t.Context(), c) // may be answered from before the change
		if err := <-changed; err != nil {
			t.Fatal(err)
		}
		if err := people(t.Context(), c); err != nil {
			t.Error(err)
		}
		s.want(3)
	})
	bubble(t, "another class", func(t *testing.T) {
		c, s := start(t, slow)
		go people(as(t, Job), c)
		synctest.Wait()
		if err := people(as(t, Work), c); err != nil { // must not wait in the queue of a job
			t.Error(err)
		}
		s.want(2)
	})
}

// BenchmarkSixtyFourGoroutines is what token and gate cost beside a request.
func BenchmarkSixtyFourGoroutines(b *testing.B) {
	c, err := New(Config{KeyID: "2X9R4HXF34", IssuerID: "i", Key: testKey(), MaxInFlight: 64})
	if err != nil {
		b.Fatal(err)
	}
	h := http.Header{"X-Rate-Limit": {"user-hour-lim:1000000000;user-hour-rem:999999999;"}}
	b.SetParallelism(32) // times two processors
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			kind := kindOf("GET", "/v1/betaGroups/123/relationships/betaTesters")
			leave, err := c.gate.enter(b.Context(), kind)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := c.signer.token(); err != nil {
				b.Fatal(err)
			}
			c.gate.learn(kind, 200, h, 0)
			leave()
		}
	})
}
