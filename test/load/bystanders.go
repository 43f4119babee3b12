package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// bystanders are clients that mean well, from two addresses: they ask at a moderate rate, and open
// a new connection for each fifth or tenth request.
type bystanders struct{ recipes, chunked, bundles, large load }

// sight is what they saw.
type sight struct{ recipes, chunked, bundles, large outcome }

// Attackers have addresses between these.
var bystanderAddresses = []string{"127.0.0.1", "127.0.1.1"}

func newBystanders(addr string) (b bystanders, err error) {
	b.recipes = load{addr: addr, connections: 4, rate: 200, reconnect: 10, thorough: true}
	// Two dozen at the same moment, as those of a program that was started twice.
	b.chunked = load{addr: addr, connections: 24, rate: 24, together: true, reconnect: 5}
	b.bundles = load{addr: addr, connections: 1, rate: 2, reconnect: 5, thorough: true}
	b.large = load{addr: addr, connections: 2, rate: 1.5, reconnect: 5, thorough: true}
	for _, l := range []*load{&b.recipes, &b.chunked, &b.bundles, &b.large} {
		l.sources = bystanderAddresses
	}
	b.chunked.requests = []expectation{expectAny(chunkedRecipe)}
	if b.recipes.requests, err = learn(addr, getRecipe, gzipped, unchanged, postRecipe, invalid); err != nil {
		return b, err
	}
	b.recipes.requests = append(b.recipes.requests, expectAny(probe)) // its answer has a time in it
	if b.bundles.requests, err = learn(addr, sameBundle); err != nil {
		return b, err
	}
	b.large.requests, err = learn(addr, bundleOf(100<<10), bundleOf(900<<10))
	return b, err
}

// learn asks once and expects the same from then on.
func learn(addr string, requests ...request) ([]expectation, error) {
	var list []expectation
	for _, r := range requests {
		a, err := ask(addr, r)
		if err != nil {
			return nil, err
		}
		e, err := expect(r, a)
		if err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}

// watch lets them ask.
func (b bystanders) watch(ctx context.Context, duration time.Duration) (s sight) {
	var all sync.WaitGroup
	for l, o := range map[*load]*outcome{
		&b.recipes: &s.recipes, &b.chunked: &s.chunked, &b.bundles: &s.bundles, &b.large: &s.large,
	} {
		l.duration = duration
		all.Go(func() { *o = drive(ctx, *l) })
	}
	all.Wait()
	return s
}

func newSight() sight { return sight{newOutcome(), newOutcome(), newOutcome(), newOutcome()} }

func (s *sight) add(other sight) {
	s.recipes.add(other.recipes)
	s.chunked.add(other.chunked)
	s.bundles.add(other.bundles)
	s.large.add(other.large)
}

// fault says what was wrong with their answers. Only large bundles may be refused, less than half
// of them, and only where attackers have so many addresses that one more isn't told from them.
func (s sight) fault(spread bool) error {
	var list []error
	for name, o := range map[string]outcome{
		"recipes": s.recipes, "recipes asked for in chunks": s.chunked, "bundles": s.bundles, "large bundles": s.large,
	} {
		if err := o.fault(); err != nil {
			list = append(list, fmt.Errorf("other clients' %s: %w", name, err))
		}
	}
	if n := s.bundles.refused + s.chunked.refused; n > 0 {
		list = append(list, fmt.Errorf("%d small requests of other clients were refused", n))
	}
	if n := s.large.refused; n > 0 && (!spread || n > s.large.right) {
		list = append(list, fmt.Errorf("%d large bundles of other clients were refused, %d weren't", n, s.large.right))
	}
	return errors.Join(list...)
}

// patience is what a server that answers others at all needs on no machine.
const patience = 2 * time.Second

// delay reports that they had to wait as if nobody answered.
func (s sight) delay() error {
	if took := max(s.recipes.p99(), s.bundles.p99()); took > patience.Seconds()*1000 {
		return fmt.Errorf("answers to other clients took %.0f ms", took)
	}
	return nil
}
