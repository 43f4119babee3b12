// Package logwriter takes log lines to an output that may be slow, stall or break, without holding
// up whoever logs.
package logwriter

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	maxQueued    = 256 << 10             // bytes; one line may exceed it
	patience     = 10 * time.Millisecond // for room in a full queue
	closeTimeout = 2 * time.Second
)

// Writer queues lines, which one goroutine writes in their order. When the queue is full for a
// moment, lines are dropped until all that are queued are written. Then a line says how many, and
// the following ones are queued again. So it is after an error of the output, too.
type Writer struct {
	// Dropped counts the lines that were dropped.
	Dropped prometheus.Counter

	output io.Writer
	wake   chan struct{} // has a token when there is something to write; closed by Close
	taken  chan struct{} // has a token when the queue was emptied
	done   chan struct{} // closed when the last line is written

	mu       sync.Mutex
	queue    []byte
	dropped  int  // lines that the output doesn't know of; if any, none is queued
	isTorn   bool // the output ends in the middle of a line
	isClosed bool
}

// New returns a writer whose Write takes one whole line at a time, as a [slog.Handler] gives it.
// Close ends it.
func New(output io.Writer) *Writer {
	w := &Writer{
		Dropped: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "cns_log_lines_dropped_total",
			Help: "Log lines that were dropped, because standard error took none or too few.",
		}),
		output: output,
		wake:   make(chan struct{}, 1), taken: make(chan struct{}, 1), done: make(chan struct{}),
	}
	go w.run()
	return w
}

// Write implements [io.Writer]. It never fails.
func (w *Writer) Write(line []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.queue) >= maxQueued && w.dropped == 0 {
		w.awaitRoom()
	}
	if w.isClosed || w.dropped > 0 || len(w.queue) >= maxQueued {
		w.drop(1)
	} else {
		w.queue = append(w.queue, line...)
	}
	if !w.isClosed {
		notify(w.wake)
	}
	return len(line), nil
}

// awaitRoom waits for the queue to be taken, with the lock given up.
func (w *Writer) awaitRoom() {
	select { // a token from before the queue was full
	case <-w.taken:
	default:
	}
	w.mu.Unlock()
	defer w.mu.Lock()
	select {
	case <-w.taken:
	case <-time.After(patience):
	}
}

func (w *Writer) drop(lines int) {
	w.dropped += lines
	w.Dropped.Add(float64(lines))
}

func notify(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// run writes what is queued until the writer is closed.
func (w *Writer) run() {
	defer close(w.done)
	var spare []byte
	for range w.wake {
		spare = w.flush(spare)
	}
	w.flush(spare)
}

// flush writes until there is nothing left, or the output fails. It uses a spare buffer, and
// returns one.
func (w *Writer) flush(spare []byte) []byte {
	for {
		lines, reported := w.take(spare)
		if len(lines) == 0 {
			return lines
		}
		n, err := w.output.Write(lines)
		w.settle(lines[:n], lines[n:], reported, err)
		if err != nil {
			return lines
		}
		spare = lines
	}
}

// take returns what to write next: what is queued, or else a line that reports dropped ones, whose
// number it returns.
func (w *Writer) take(spare []byte) (lines []byte, reported int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.queue) > 0 {
		lines, w.queue = w.queue, spare[:0]
		notify(w.taken)
		return lines, 0
	}
	if w.dropped == 0 {
		return spare[:0], 0
	}
	report := bytes.NewBuffer(spare[:0])
	if w.isTorn {
		report.WriteByte('\n')
	}
	// At the level of what may have been lost, so that no LOG_LEVEL hides it.
	slog.New(slog.NewJSONHandler(report, nil)).Error("log lines dropped", "lines", w.dropped)
	reported, w.dropped = w.dropped, 0
	return report.Bytes(), reported
}

// settle notes the fate of what was taken. After an error, what has been queued since is dropped as
// well, so that the report comes first when the output works again.
func (w *Writer) settle(written, rest []byte, reported int, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(written) > 0 {
		w.isTorn = written[len(written)-1] != '\n'
	}
	if err == nil {
		return
	}
	if reported > 0 {
		w.dropped += reported
	} else {
		w.drop(bytes.Count(rest, []byte{'\n'}))
	}
	w.drop(bytes.Count(w.queue, []byte{'\n'}))
	w.queue = w.queue[:0]
}

// Close writes what is queued, within a bounded time. Later lines are dropped.
func (w *Writer) Close() error {
	w.mu.Lock()
	if !w.isClosed {
		w.isClosed = true
		close(w.wake)
	}
	w.mu.Unlock()
	select {
	case <-w.done:
		return nil
	case <-time.After(closeTimeout):
		return errors.New("the log's reader takes no more lines: the last ones are lost")
	}
}
