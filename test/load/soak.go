package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// endurance is what a server was like after minutes of everything that clients do.
type endurance struct {
	wrong  []error
	halves [2]float64 // memory after each half of the time, in MB
	peak   float64
}

// soak mixes valid, invalid and hostile traffic. The answers to valid and invalid requests are
// compared with those that were given before. It consists of two equal halves, each followed by
// quiet: what the second one leaves behind beyond the first, grows.
func soak(ctx context.Context, p plan, duration time.Duration) (e endurance, err error) {
	s, err := startServer(p.binary, p.log, impatient...)
	if err != nil {
		return e, err
	}
	defer s.Stop()
	traffic := load{addr: s.addr, connections: p.Connections, reconnect: 50, thorough: true, duration: duration / 2}
	if traffic.requests, err = learn(s.addr, soakRequests()...); err != nil {
		return e, err
	}
	before, err := s.gauges()
	if err != nil {
		return e, err
	}
	for half := range e.halves {
		ended, err := startAttack(everyAttack, s.addr, traffic.duration)
		if err != nil {
			return e, err
		}
		o := drive(ctx, traffic)
		e.wrong = append(e.wrong, o.fault(), ended())
		if err := s.recover(before); err != nil {
			return e, err
		}
		time.Sleep(p.settle)
		if e.halves[half], e.peak, err = s.memory(); err != nil {
			return e, err
		}
		fmt.Fprintf(p.progress, "half %d: %d right answers, %d refused, %d wrong, %d lost; %.0f MB now, %.0f at most\n",
			half+1, o.right, o.refused, o.wrong, o.lost, e.halves[half], e.peak)
	}
	return e, nil
}

// fault is what the soak says against the server.
func (e endurance) fault() error {
	errs := e.wrong
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
		"set=gpu-operator:driver.version=580.126.20", "bundlers=gpu-operator", "mirror=registry.example.com/gpu",
	} {
		list = append(list, request{
			name: "bundle " + query, path: bundlePath, query: query, body: criteria, status: 200,
		})
	}
	return list
}
