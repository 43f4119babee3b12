package admission

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestTurns lets many wait of one address and few of others. These don't wait for all of the first.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := newTurns(2, 1)
		var served []string
		places := map[string][]*turn{}
		wait := func(address string, isLarge bool) {
			name := fmt.Sprint(address, isLarge)
			go func() {
				if place, err := turns.take(t.Context(), address, isLarge); err == nil {
					served = append(served, name)
					places[name] = append(places[name], place)
				}
			}()
			synctest.Wait()
		}
		for range 4 {
			wait("a", false)
		}
		wait("b", false)
		wait("a", true)
		wait("a", true)
		wait("c", true)
		wait("b", false)
		want := []string{"afalse", "afalse"}
		done := func(name string, next ...string) {
			t.Helper()
			time.Sleep(time.Second)
			place := places[name][0]
			places[name] = places[name][1:]
			turns.giveBack(place)
			synctest.Wait()
			if want = append(want, next...); !slices.Equal(served, want) {
				t.Errorf("served %q, want %q", served, want)
			}
		}
		done("afalse", "ctrue") // a has had a second
		done("afalse", "bfalse")
		done("bfalse", "bfalse") // b has had a second, a three
		done("bfalse", "afalse")
		done("ctrue", "atrue")
		wait("d", false)
		done("afalse", "dfalse") // which has had nothing
		done("dfalse", "afalse")
		done("atrue", "atrue")
		done("atrue")
		done("afalse")
		if turns.free != 2 || turns.freeLarge != 1 || len(turns.small)+len(turns.large) > 0 {
			t.Errorf("%d and %d places are free in the end", turns.free, turns.freeLarge)
		}
	})
}

// Addresses are easily had: new ones without end don't go before who has had some of the time.
func TestTurnsOfNewAddresses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := newTurns(1, 1)
		var served []string
		var clients sync.WaitGroup
		ask := func(address string, took time.Duration) {
			clients.Go(func() {
				place, err := turns.take(t.Context(), address, false)
				if err != nil {
					t.Error(err)
					return
				}
				served = append(served, address)
				time.Sleep(took)
				turns.giveBack(place)
			})
			synctest.Wait()
		}
		ask("old", 3*time.Millisecond)
		ask("old", time.Millisecond)
		for i := range 50 { // two come for each that is served
			ask(fmt.Sprint("new", 2*i), 2*time.Millisecond)
			ask(fmt.Sprint("new", 2*i+1), 2*time.Millisecond)
			time.Sleep(2 * time.Millisecond)
		}
		clients.Wait()
		if i := slices.Index(served[1:], "old"); i > 25 || len(turns.used) > 2 {
			t.Errorf("%d are served before who has had 3 ms; the time of %d addresses is kept", i, len(turns.used))
		}
	})
}

// Who gives up leaves no gap, and takes no place.
func TestTurnsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := newTurns(1, 1)
		place, err := turns.take(t.Context(), "a", false)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		left := make(chan error, 1)
		go func() {
			_, err := turns.take(ctx, "b", true)
			left <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-left; err != context.Canceled {
			t.Errorf("%v, want %v", err, context.Canceled)
		}
		if _, err := turns.take(ctx, "b", false); err != context.Canceled {
			t.Errorf("%v, want %v", err, context.Canceled)
		}
		turns.giveBack(place)
		if turns.free != 1 || turns.freeLarge != 1 || len(turns.large) > 0 {
			t.Errorf("%d and %d places are free in the end", turns.free, turns.freeLarge)
		}
	})
}
