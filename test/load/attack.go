package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// attack is something hostile that clients do until ctx is done. It returns an error if the server
// took it in a wrong way.
type attack struct {
	name string
	run  func(ctx context.Context, addr string) error
}

// everyAttack is all of them at once.
const everyAttack = "every attack"

// runAttack is what the process of an attack does: its arguments are the attack's name, the address
// and how long.
func runAttack(args []string) error {
	duration, err := time.ParseDuration(args[2])
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), duration)
	defer cancel()
	group, ctx := errgroup.WithContext(ctx)
	for _, a := range attacks() {
		if args[0] != everyAttack && args[0] != a.name {
			continue
		}
		group.Go(func() error {
			err := a.run(ctx, args[1])
			if err == nil {
				return nil
			}
			if args[0] == everyAttack && errors.Is(err, errUnanswered) {
				return nil // all together, some get no further
			}
			return fmt.Errorf("%s: %w", a.name, err)
		})
	}
	fmt.Println("attacking")
	return group.Wait()
}

// startAttack attacks from a process of its own, which leaves the processors to the server and its
// other clients: a real attacker would come with a machine of its own. It returns a function that
// waits for the end.
func startAttack(name, addr string, duration time.Duration) (wait func() error, err error) {
	p, _, err := startSelf(nil, 10, "attack", name, addr, duration.String())
	if err != nil {
		return nil, err
	}
	return func() error {
		<-p.Exited()
		if !p.cmd.ProcessState.Success() {
			return fmt.Errorf("%s: %s", name, p.cmd.Stderr)
		}
		return nil
	}, nil
}

// damage is what an attack did.
type damage struct {
	Name         string
	Calm, During float64 // p99 of other clients' recipes in ms
	Refused      uint64  // other clients' bundles
	PeakMB       float64
	Descriptors  int           // of the server towards the end of the attack, most of them connections
	Recovery     time.Duration // from the attack's end until the server holds on to nothing of it
	Wrong        []error
}

// Timeouts that let an attack of a few seconds meet each of them. The rate limit is off: with it,
// floods would end there.
var impatient = []string{
	"CNS_RATE_LIMIT=0", "LOG_LEVEL=error", "CNS_READ_HEADER_TIMEOUT=2s", "CNS_READ_TIMEOUT=2s", "CNS_IDLE_TIMEOUT=10s",
}

// recoveryTimeout is when a server counts as not recovered.
const recoveryTimeout = 30 * time.Second

// withstand attacks a server of its own while other clients use it, and watches it recover.
func withstand(ctx context.Context, p plan, a attack) (damage, error) {
	s, err := startServer(p.binary, p.log, impatient...)
	if err != nil {
		return damage{}, err
	}
	defer s.Stop()
	d := damage{Name: a.name}
	others, err := newBystanders(s.addr)
	if err != nil {
		return d, err
	}
	calm, _, wrong := others.watch(ctx, p.Attack/4)
	before, err := s.gauges()
	if err != nil {
		return d, err
	}
	if err := s.resetPeak(); err != nil {
		return d, err
	}
	ended, err := startAttack(a.name, s.addr, p.Attack)
	if err != nil {
		return d, err
	}
	sample := make(chan gauges, 1)
	time.AfterFunc(p.Attack*3/4, func() {
		now, _ := s.gauges() // zero if it can't even say that
		sample <- now
	})
	recipes, bundles, wrongDuring := others.watch(ctx, p.Attack)
	d.Calm, d.During, d.Refused = calm.p99(), recipes.p99(), bundles.refused
	d.Wrong = append(append(wrong, wrongDuring...), ended())
	if _, d.PeakMB, err = s.memory(); err != nil {
		return d, fmt.Errorf("%s: the server is gone: %w", a.name, err)
	}
	d.Descriptors = (<-sample).descriptors
	end := time.Now()
	err = s.recover(before)
	d.Recovery = time.Since(end)
	_, _, wrong = others.watch(ctx, p.Attack/4)
	d.Wrong = slices.DeleteFunc(append(d.Wrong, wrong...), func(err error) bool { return err == nil })
	return d, err
}

// recover waits until the server has no more goroutines and descriptors than before, but for a few
// of other clients.
func (p *process) recover(before gauges) error {
	const slack = 20
	var now gauges
	var err error
	for deadline := time.Now().Add(recoveryTimeout); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		now, err = p.gauges()
		if err == nil && now.goroutines <= before.goroutines+slack && now.descriptors <= before.descriptors+slack {
			return nil
		}
	}
	return fmt.Errorf("after %s the server still has %+v, before it had %+v (%w)", recoveryTimeout, now, before, err)
}

// bystanders are clients that mean well: they ask at a moderate rate, and open a new connection for
// each tenth request.
type bystanders struct{ recipes, bundles load }

func newBystanders(addr string) (b bystanders, err error) {
	b.recipes = load{addr: addr, connections: 4, rate: 200, reconnect: 10, thorough: true}
	b.bundles = load{addr: addr, connections: 1, rate: 2, reconnect: 5, thorough: true}
	if b.recipes.requests, err = learn(addr, getRecipe, gzipped, unchanged, postRecipe, invalid); err != nil {
		return b, err
	}
	b.bundles.requests, err = learn(addr, sameBundle)
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

// watch lets them ask and says what was wrong with their answers.
func (b bystanders) watch(ctx context.Context, duration time.Duration) (recipes, bundles outcome, wrong []error) {
	b.recipes.duration, b.bundles.duration = duration, duration
	var both sync.WaitGroup
	both.Go(func() { bundles = drive(ctx, b.bundles) })
	recipes = drive(ctx, b.recipes)
	both.Wait()
	for _, o := range []outcome{recipes, bundles} {
		if err := o.fault(); err != nil {
			wrong = append(wrong, fmt.Errorf("other clients: %w", err))
		}
	}
	return recipes, bundles, wrong
}

// memoryLimit is what a server may take under anything that clients send, in MB.
const memoryLimit = 80

// fault is what the damage says against the server. How long anything took is not part of it: that
// depends on the machine.
func (d damage) fault() error {
	list := d.Wrong
	if d.PeakMB > memoryLimit {
		list = append(list, fmt.Errorf("the server took %.0f MB, it may take %d", d.PeakMB, memoryLimit))
	}
	if err := errors.Join(list...); err != nil {
		return fmt.Errorf("%s: %w", d.Name, err)
	}
	return nil
}
