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

	spread bool                                               // comes from many addresses at once
	set    func(*stage) error                                 // what else the server is started with
	beside func(ctx context.Context, s *stage, pid int) error // what happens on its machine meanwhile
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
	Refused      uint64  // other clients' large bundles
	PeakMB       float64
	Descriptors  int           // of the server towards the end of the attack, most of them connections
	Recovery     time.Duration // from the attack's end until the server holds on to nothing of it
	Wrong        []error
}

// recoveryTimeout is when a server counts as not recovered.
const recoveryTimeout = 30 * time.Second

// withstand attacks a server of its own while other clients use it, and watches it recover.
func withstand(ctx context.Context, p plan, a attack) (damage, error) {
	d := damage{Name: a.name}
	st, err := newStage(p)
	if err != nil {
		return d, err
	}
	defer st.close()
	if a.set != nil {
		if err := a.set(st); err != nil {
			return d, err
		}
	}
	s, err := st.start()
	if err != nil {
		return d, err
	}
	defer s.Stop()
	others, err := newBystanders(s.addr)
	if err != nil {
		return d, err
	}
	calm := others.watch(ctx, p.Attack/4)
	before, err := s.gauges()
	if err != nil {
		return d, err
	}
	if err := s.resetPeak(); err != nil {
		return d, err
	}
	seen, descriptors, wrong := suffer(ctx, st, s, a, others)
	d.Calm, d.During, d.Refused, d.Descriptors = calm.recipes.p99(), seen.recipes.p99(), seen.large.refused, descriptors
	d.Wrong = append(wrong, calm.fault(false), seen.fault(a.spread), seen.delay())
	if _, d.PeakMB, err = s.memory(); err != nil {
		return d, fmt.Errorf("%s: the server is gone: %w", a.name, err)
	}
	end := time.Now()
	err = s.recover(before)
	d.Recovery = time.Since(end)
	after := others.watch(ctx, p.Attack/4)
	d.Wrong = slices.DeleteFunc(append(d.Wrong, after.fault(false)), func(err error) bool { return err == nil })
	return d, err
}

// suffer attacks for a while, looks at the server's descriptors towards the end, and returns what
// the others saw.
func suffer(
	ctx context.Context, st *stage, s *process, a attack, others bystanders,
) (seen sight, descriptors int, wrong []error) {
	ended, err := startAttack(a.name, s.addr, st.Attack)
	if err != nil {
		return seen, 0, []error{err}
	}
	during, cancel := context.WithTimeout(ctx, st.Attack)
	defer cancel()
	var meanwhile sync.WaitGroup
	var failed error
	if a.beside != nil {
		meanwhile.Go(func() { failed = a.beside(during, st, s.PID()) })
	}
	meanwhile.Go(func() {
		sleep(during, st.Attack*3/4)
		now, _ := s.gauges() // zero if it can't even say that
		descriptors = now.descriptors
	})
	seen = others.watch(ctx, st.Attack)
	meanwhile.Wait()
	return seen, descriptors, []error{ended(), failed}
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

// memoryLimit is what a server may take under anything that clients send, in MB.
const memoryLimit = 80

// fault is what the damage says against the server. How long anything took is hardly part of it:
// that depends on the machine.
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
