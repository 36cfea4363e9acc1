package slack

import (
	"math"
	"time"
)

// tier is how often a method may be called: this many times a minute, in one go if need be.
type tier int

// Tiers as Slack numbers them. The special tier has limits named by method; here it is generous, and posting
// has its own limit per channel.
const (
	tier1   tier = 1
	tier2   tier = 20
	tier3   tier = 50
	tier4   tier = 100
	special tier = 600
)

// Posting: one message a second and channel, short bursts allowed.
const (
	postRate  = 1.0
	postBurst = 5
)

// bucket fills with time; a call takes one from it.
type bucket struct {
	level, most float64
	rate        float64 // per second
	at          time.Time
}

// take reports how long to wait when the bucket is empty; zero when the call may go.
func (b *bucket) take(now time.Time) time.Duration {
	b.level = math.Min(b.most, b.level+now.Sub(b.at).Seconds()*b.rate)
	b.at = now
	if b.level >= 1 {
		b.level--
		return 0
	}
	return time.Duration(math.Ceil((1-b.level)/b.rate)) * time.Second
}

// limit counts a call against its bucket. The lock is held by the caller.
func (s *Server) limit(name string, burst, rate float64) time.Duration {
	if s.haste > 0 {
		burst, rate = burst*s.haste, rate*s.haste
	}
	b := s.limits[name]
	if b == nil {
		b = &bucket{level: burst, most: burst, rate: rate, at: time.Now()}
		s.limits[name] = b
	}
	return b.take(time.Now())
}

func (s *Server) limitMethod(name string, t tier) time.Duration {
	return s.limit(name, float64(t), float64(t)/60)
}

func (s *Server) limitPosting(channel string) time.Duration {
	return s.limit("posting to "+channel, postBurst, postRate)
}
