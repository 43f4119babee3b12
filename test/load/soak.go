package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"text/tabwriter"
	"time"
)

// endurance is what a server was like after minutes of everything that clients do.
type endurance struct {
	wrong         []error
	traffic       outcome // of clients that ask as fast as answers come
	others        sight   // of those that ask at a moderate rate
	halves        [2]float64
	peak          float64 // with the memory after each half of the time, in MB
	before, after gauges
}

// soakDescriptors are fewer than the connections that the server would take.
const soakDescriptors = 400

// soak mixes valid, invalid and hostile traffic, every attack at once, on a server with few
// descriptors, a log that is read badly and recipe data that change all the time. The answers to
// valid and invalid requests are compared with those that were given before. It consists of two
// equal halves, each followed by quiet: what the second one leaves behind beyond the first, grows.
func soak(ctx context.Context, p plan, duration time.Duration) (e endurance, err error) {
	st, err := newStage(p)
	if err != nil {
		return e, err
	}
	defer st.close()
	for _, set := range []func(*stage) error{withDescriptors(soakDescriptors), withLogPipe, withRecipes} {
		if err := set(st); err != nil {
			return e, err
		}
	}
	s, err := st.start()
	if err != nil {
		return e, err
	}
	defer s.Stop()
	traffic := load{addr: s.addr, connections: p.Connections, reconnect: 50, thorough: true, duration: duration / 2}
	if traffic.requests, err = learn(s.addr, soakRequests()...); err != nil {
		return e, err
	}
	others, err := newBystanders(s.addr)
	if err != nil {
		return e, err
	}
	if e.before, err = s.gauges(); err != nil {
		return e, err
	}
	e.traffic, e.others = newOutcome(), newSight()
	for half := range e.halves {
		e.wrong = append(e.wrong, everything(ctx, st, s, traffic, others, &e)...)
		if err := s.recover(e.before); err != nil {
			return e, err
		}
		time.Sleep(p.settle)
		if e.halves[half], e.peak, err = s.memory(); err != nil {
			return e, fmt.Errorf("the server is gone: %w", err)
		}
		fmt.Fprintf(p.progress, "half %d: %d right answers; %.0f MB now, %.0f at most\n",
			half+1, e.traffic.right, e.halves[half], e.peak)
	}
	e.after, err = s.gauges()
	return e, err
}

// everything lets all attacks and what goes with them, the traffic and the others loose for one
// half.
func everything(
	ctx context.Context, st *stage, s *process, traffic load, others bystanders, e *endurance,
) (wrong []error) {
	ended, err := startAttack(everyAttack, s.addr, traffic.duration)
	if err != nil {
		return []error{err}
	}
	during, cancel := context.WithTimeout(ctx, traffic.duration)
	defer cancel()
	var all sync.WaitGroup
	var mu sync.Mutex
	for _, a := range attacks() {
		if a.beside == nil {
			continue
		}
		all.Go(func() {
			err := a.beside(during, st, s.PID())
			mu.Lock()
			defer mu.Unlock()
			wrong = append(wrong, err)
		})
	}
	all.Go(func() { e.others.add(others.watch(ctx, traffic.duration)) })
	e.traffic.add(drive(ctx, traffic))
	all.Wait()
	return append(wrong, ended())
}

// fault is what the soak says against the server.
func (e endurance) fault() error {
	errs := append(e.wrong, e.traffic.fault(), e.others.fault(true))
	if e.peak > memoryLimit {
		errs = append(errs, fmt.Errorf("the server took %.0f MB, it may take %d", e.peak, memoryLimit))
	}
	const slack = 8 // MB; the collector's own ups and downs
	if e.halves[1] > e.halves[0]+slack {
		errs = append(errs, fmt.Errorf("memory grows: %.0f MB after the first half, %.0f after the second",
			e.halves[0], e.halves[1]))
	}
	return errors.Join(errs...)
}

// print writes the figures as a table.
func (e endurance) print(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\tright\trefused\twrong\tlost\tagain\tp99 ms\t")
	row := func(name string, o outcome) {
		fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%d\t%.1f\t\n",
			name, o.right, o.refused, o.wrong, o.lost, o.again, o.p99())
	}
	row("traffic", e.traffic)
	row("bystanders' recipes", e.others.recipes)
	row("in chunks", e.others.chunked)
	row("bundles", e.others.bundles)
	row("large bundles", e.others.large)
	fmt.Fprintf(table, "\tbefore\tfirst half\tsecond\tmost\t\t\n")
	fmt.Fprintf(table, "memory, MB\t\t%.0f\t%.0f\t%.0f\t\t\n", e.halves[0], e.halves[1], e.peak)
	fmt.Fprintf(table, "goroutines\t%d\t\t%d\t\t\t\n", e.before.goroutines, e.after.goroutines)
	fmt.Fprintf(table, "descriptors\t%d\t\t%d\t%d\t\t\n", e.before.descriptors, e.after.descriptors, soakDescriptors)
	return table.Flush()
}

// soakRequests are valid and invalid ones, whose answers are always the same.
func soakRequests() []request {
	list := []request{
		getRecipe, gzipped, unchanged, postRecipe, sameBundle, invalid, unknownPath,
		{name: "index", path: "/", status: 200},
		{name: "document", path: "/openapi.json", status: 200},
		{name: "docs", path: "/docs", status: 200},
		{name: "unknown parameter", path: recipePath, query: "acelerator=h100", status: 400},
		{name: "malformed query", path: recipePath, query: "service=%zz", status: 400},
		{name: "wrong method", path: "/health", body: criteria, status: 405},
		{name: "not acceptable", path: recipePath, header: map[string]string{"Accept": "image/png"}, status: 406},
		{
			name: "wrong media type", path: recipePath, body: criteria,
			header: map[string]string{"Content-Type": "text/plain"}, status: 415,
		},
		{name: "not JSON", path: bundlePath, body: criteria[1:], status: 400},
		{name: "unknown field", path: recipePath, body: strings.Replace(criteria, "intent", "Intent", 1), status: 400},
		{name: "too large", path: recipePath, body: strings.Repeat(" ", bodyLimit) + criteria, status: 413},
		{
			name: "unknown path of a value", path: bundlePath, query: "set=gpu-operator:drivr.version=1",
			body: criteria, status: 400,
		},
	}
	for _, query := range []string{
		"service=eks", "service=gke&accelerator=h100&os=cos", "service=aks&intent=inference",
		"service=oke&accelerator=gb200", "accelerator=l40", "os=ubuntu", "",
	} {
		get := request{name: "recipe " + query, path: recipePath, query: query, status: 200}
		list = append(list, get, get.with(get.name+" as YAML", "Accept", "application/yaml"))
	}
	for _, query := range []string{
		"deployer=helmfile", "deployer=argocd", "deployer=flux&format=tar.gz",
		"set=gpu-operator:driver.version=580.178.04", "bundlers=gpu-operator", "mirror=registry.example.com/gpu",
	} {
		list = append(list, request{
			name: "bundle " + query, path: bundlePath, query: query, body: criteria, status: 200,
		})
	}
	return list
}
