package asc

import (
	"context"
	"fmt"
	"io"
	"time"
)

// stream is a body that its caller reads. It is given up when no byte comes for
// a while; time the caller takes between reads does not count.
type stream struct {
	ctx    context.Context
	body   io.ReadCloser
	cancel context.CancelCauseFunc
	timer  *time.Timer
}

func newStream(ctx context.Context, body io.ReadCloser, cancel context.CancelCauseFunc) *stream {
	s := &stream{ctx: ctx, body: body, cancel: cancel, timer: time.AfterFunc(stallTimeout, func() { cancel(errStalled) })}
	s.timer.Stop()
	return s
}

var errStalled = fmt.Errorf("nothing more came for %s", stallTimeout)

func (s *stream) Read(p []byte) (int, error) {
	s.timer.Reset(stallTimeout)
	n, err := s.body.Read(p)
	s.timer.Stop()
	if err != nil && err != io.EOF && context.Cause(s.ctx) != nil {
		err = context.Cause(s.ctx)
	}
	return n, err
}

func (s *stream) Close() error {
	s.timer.Stop()
	s.cancel(nil)
	return s.body.Close()
}
