package admission

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
)

// TestTurns lets many wait of one address and few of others. These don't wait for all of the first.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := newTurns(2, 1)
		var served []string
		wait := func(address string, isLarge bool) {
			go func() {
				if err := turns.take(t.Context(), address, isLarge); err == nil {
					served = append(served, fmt.Sprint(address, isLarge))
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
		check := func(next ...string) {
			t.Helper()
			synctest.Wait()
			if want = append(want, next...); !slices.Equal(served, want) {
				t.Errorf("served %q, want %q", served, want)
			}
		}
		check()
		turns.giveBack(false)
		check("atrue") // of the small ones others find a place
		turns.giveBack(false)
		check("afalse")
		turns.giveBack(false)
		check("bfalse")
		turns.giveBack(true)
		check("ctrue")
		turns.giveBack(false)
		check("afalse")
		turns.giveBack(true)
		check("atrue")
		turns.giveBack(true)
		check("bfalse")
		turns.giveBack(false)
		turns.giveBack(false)
		if turns.free != 2 || turns.freeLarge != 1 || len(turns.small.addresses)+len(turns.large.addresses) > 0 {
			t.Errorf("%d and %d places are free in the end", turns.free, turns.freeLarge)
		}
	})
}

// Who gives up leaves no gap, and takes no place.
func TestTurnsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		turns := newTurns(1, 1)
		if err := turns.take(t.Context(), "a", false); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		left := make(chan error, 1)
		go func() { left <- turns.take(ctx, "b", true) }()
		synctest.Wait()
		cancel()
		if err := <-left; err != context.Canceled {
			t.Errorf("%v, want %v", err, context.Canceled)
		}
		if err := turns.take(ctx, "b", false); err != context.Canceled {
			t.Errorf("%v, want %v", err, context.Canceled)
		}
		turns.giveBack(false)
		if turns.free != 1 || turns.freeLarge != 1 || len(turns.large.addresses) > 0 {
			t.Errorf("%d and %d places are free in the end", turns.free, turns.freeLarge)
		}
	})
}
