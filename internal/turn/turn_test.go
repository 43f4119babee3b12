package turn

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestTurns lets many wait at once and again and again: each gets its turn.
func TestTurns(t *testing.T) {
	turns, err := New()
	if err != nil {
		t.Fatal(err)
	}
	var called atomic.Int64
	var waiting sync.WaitGroup
	for range 100 {
		waiting.Go(func() {
			for range 20 {
				turns.Next(func() { called.Add(1) })
				turns.Wait()
			}
		})
	}
	waiting.Wait()
	if n := called.Load(); n != 2000 { // each before the one who asked for it had waited
		t.Errorf("%d calls, want 2000", n)
	}
}

// TestTurnsEnd drops turns: their goroutine ends.
func TestTurnsEnd(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 10 {
		turns, err := New()
		if err != nil {
			t.Fatal(err)
		}
		turns.Wait()
	}
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if runtime.GC(); time.Now().After(deadline) {
			t.Fatalf("%d goroutines, before %d", runtime.NumGoroutine(), before)
		}
	}
}
