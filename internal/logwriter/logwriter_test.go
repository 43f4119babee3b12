package logwriter

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// output is one that tests hold up and break.
type output struct {
	mu   sync.Mutex // held to stall it
	room int        // bytes until it fails; negative for no end
	bytes.Buffer
}

var errFull = errors.New("no space left")

func (o *output) Write(data []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.room >= 0 && len(data) > o.room {
		n, _ := o.Buffer.Write(data[:o.room])
		o.room = 0
		return n, errFull
	}
	return o.Buffer.Write(data)
}

func (o *output) setRoom(n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.room = n
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.Buffer.String()
}

func write(t testing.TB, w io.Writer, format string, args ...any) {
	t.Helper()
	if _, err := fmt.Fprintf(w, format+"\n", args...); err != nil {
		t.Fatal(err)
	}
}

func waitFor(t *testing.T, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !condition(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain")
		}
	}
}

// counted returns the value of the metric.
func counted(w *Writer) float64 {
	registry := prometheus.NewRegistry()
	registry.MustRegister(w.Dropped)
	families, err := registry.Gather()
	if err != nil || len(families) != 1 {
		panic(fmt.Sprint(families, err))
	}
	return families[0].Metric[0].Counter.GetValue()
}

// Every line arrives, those of each goroutine in order, and nothing is lost at the end.
func TestOrder(t *testing.T) {
	o := &output{room: -1}
	w := New(o)
	const writers, lines = 8, 500
	var running sync.WaitGroup
	for i := range writers {
		running.Go(func() {
			for j := range lines {
				write(t, w, "%d %d", i, j)
			}
		})
	}
	running.Wait()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var next [writers]int
	for line := range strings.Lines(o.String()) {
		var i, j int
		if _, err := fmt.Sscanf(line, "%d %d\n", &i, &j); err != nil || next[i] != j {
			t.Fatalf("%q, want line %d: %v", line, next[i], err)
		}
		next[i]++
	}
	for i, n := range next {
		if n != lines {
			t.Errorf("%d lines of writer %d", n, i)
		}
	}
}

// lost reads lines that are numbers or reports. It returns how many of each there are, and wants a
// report exactly where numbers are missing.
func lost(t *testing.T, text string) (lines, dropped, reports int) {
	t.Helper()
	next := 0
	for line := range strings.Lines(text) {
		var report struct {
			Level, Msg string
			Lines      int
		}
		var number int
		if _, err := fmt.Sscanf(line, "%d", &number); err == nil {
			if number != next {
				t.Fatalf("line %d where %d is due", number, next)
			}
			next++
			lines++
		} else if err := json.Unmarshal([]byte(line), &report); err != nil || report.Level != "ERROR" ||
			report.Msg != "log lines dropped" || report.Lines == 0 {
			t.Fatalf("%q: %v", line, err)
		} else {
			next += report.Lines
			dropped += report.Lines
			reports++
		}
	}
	return lines, dropped, reports
}

// While the output stalls, lines are dropped after a moment, and memory is bounded.
func TestStall(t *testing.T) {
	o := &output{room: -1}
	w := New(o)
	o.mu.Lock()
	const lines = 20_000
	start := time.Now()
	for i := range lines {
		write(t, w, "%d %100d", i, 0)
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("%d lines held up their writer for %s", lines, took)
	}
	if cap(w.queue) > 2*maxQueued {
		t.Errorf("the queue has %d bytes", cap(w.queue))
	}
	o.mu.Unlock()
	waitFor(t, func() bool { return strings.Contains(o.String(), "dropped") })
	write(t, w, "%d", lines)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	arrived, dropped, reports := lost(t, o.String())
	if reports != 1 || arrived+dropped != lines+1 {
		t.Errorf("%d lines and %d reports of %d dropped ones", arrived, reports, dropped)
	}
	if counted(w) != float64(dropped) {
		t.Errorf("counted %v of %d", counted(w), dropped)
	}
}

// gated is an output that waits for a gate to open.
type gated struct {
	gate <-chan struct{}
	bytes.Buffer
}

func (g *gated) Write(data []byte) (int, error) {
	<-g.gate
	return g.Buffer.Write(data)
}

// A stall that is shorter than the patience loses nothing, whatever the queue holds.
func TestPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := make(chan struct{})
		g := &gated{gate: gate}
		w := New(g)
		write(t, w, "0")
		synctest.Wait() // that line is being written now
		time.AfterFunc(patience-1, func() { close(gate) })
		start, lines := time.Now(), 2*maxQueued/256
		for i := 1; i < lines; i++ {
			write(t, w, "%d %250d", i, 0)
		}
		if took := time.Since(start); took != patience-1 {
			t.Errorf("waited %s", took)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if arrived, _, _ := lost(t, g.String()); arrived != lines {
			t.Errorf("%d lines of %d", arrived, lines)
		}
	})
}

// What comes after an error starts on a line of its own, with the number of those lost.
func TestError(t *testing.T) {
	o := &output{room: 5}
	w := New(o)
	write(t, w, "0")
	waitFor(t, func() bool { return o.String() != "" })
	write(t, w, "1 torn")
	waitFor(t, func() bool { return counted(w) == 1 })
	write(t, w, "2") // fails, too
	o.setRoom(-1)
	write(t, w, "3") // at the latest this finds that the output works
	waitFor(t, func() bool { return strings.Contains(o.String(), "dropped") })
	write(t, w, "4")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(o.String(), "1 tor\n", "", 1)
	if lines, dropped, _ := lost(t, text); dropped < 2 || lines+dropped != 5 || !strings.HasSuffix(text, "\n4\n") {
		t.Errorf("%d dropped: %s", dropped, o.String())
	}
}

// A reader that goes away costs its lines and nothing else.
func TestBrokenPipe(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Close()
	w := New(writer)
	write(t, w, "0")
	if line, err := bufio.NewReader(reader).ReadString('\n'); err != nil || line != "0\n" {
		t.Fatalf("%q %v", line, err)
	}
	if err := reader.Close(); err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		write(t, w, "%d", i+1)
	}
	waitFor(t, func() bool { return counted(w) == 10 })
	if err := w.Close(); err != nil {
		t.Error(err)
	}
}

// Close doesn't wait for a reader that stalls, and may come twice.
func TestClose(t *testing.T) {
	o := &output{room: -1}
	w := New(o)
	o.mu.Lock()
	write(t, w, "0")
	if err := w.Close(); err == nil {
		t.Error("a stalled output is closed without an error")
	}
	write(t, w, "1")
	o.mu.Unlock()
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	if lines, dropped, _ := lost(t, o.String()); lines != 1 || dropped > 1 {
		t.Errorf("%s", o.String())
	}
}

// BenchmarkLog logs a line as long as a request's to a pipe, with and without a queue.
func BenchmarkLog(b *testing.B) {
	for _, name := range []string{"direct", "queued"} {
		b.Run(name, func(b *testing.B) {
			reader, writer, err := os.Pipe()
			if err != nil {
				b.Fatal(err)
			}
			defer writer.Close()
			go func() { _, _ = io.Copy(io.Discard, reader) }()
			var output io.Writer = writer
			if name == "queued" {
				w := New(writer)
				defer w.Close()
				defer func() { b.ReportMetric(counted(w)/float64(b.N), "dropped/op") }()
				output = w
			}
			log := slog.New(slog.NewJSONHandler(output, nil))
			agent := strings.Repeat("x", 200)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					log.Info("request", "user_agent", agent)
				}
			})
		})
	}
}
