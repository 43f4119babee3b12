package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"github.com/valyala/fasthttp"
)

// bodyLimit is the contract's limit of bodies.
const bodyLimit = 1 << 20

// footprint is what a server takes, beside time for answers.
type footprint struct {
	BinaryMB         float64
	Start            []float64 // ms from the start of the process to its first recipe
	IdleMB           float64
	LoadMB, LoadPeak float64 // after and under the load of the table of ratios
	Bodies           uint64
	BodiesMB         float64
	BodiesPeak       float64
	BodiesRefused    uint64
}

func weigh(p plan) (f footprint, err error) {
	info, err := os.Stat(p.binary)
	if err != nil {
		return f, err
	}
	f.BinaryMB = float64(info.Size()) / 1e6
	for range p.Starts {
		begin := time.Now()
		s, err := startUntil(recipePath+"?"+gpuQuery, p.binary, p.log)
		if err != nil {
			return f, err
		}
		f.Start = append(f.Start, float64(time.Since(begin).Microseconds())/1000)
		s.Stop()
	}
	s, err := startServer(p.binary, p.log, unlimited...)
	if err != nil {
		return f, err
	}
	defer s.Stop()
	time.Sleep(p.settle)
	f.IdleMB, _, err = s.memory()
	return f, err
}

// weighBodies sends bodies of the size limit, all of them right and no two the same.
func weighBodies(ctx context.Context, p plan, f *footprint) error {
	s, err := startServer(p.binary, p.log, unlimited...)
	if err != nil {
		return err
	}
	defer s.Stop()
	if err := s.resetPeak(); err != nil {
		return err
	}
	// More connections would only wait for each other: the processors are busy with these.
	o := drive(ctx, load{
		addr: s.addr, requests: []expectation{expectAny(largest())}, connections: 4, total: p.bodies,
		duration: time.Duration(p.bodies) * patience,
	})
	if err := o.fault(); err != nil {
		return err
	}
	if o.right < p.bodies {
		return fmt.Errorf("the server got %d of %d large bodies done, %d were refused", o.right, p.bodies, o.refused)
	}
	f.Bodies, f.BodiesRefused = o.right, o.refused
	if _, f.BodiesPeak, err = s.memory(); err != nil {
		return err
	}
	time.Sleep(p.settle)
	f.BodiesMB, _, err = s.memory()
	return err
}

// bundleOf asks for a bundle of a recipe of so many bytes, full of noise that doesn't compress.
func bundleOf(size int) request {
	before, after := noisyRecipe()
	return request{
		name: fmt.Sprintf("bundle of %d KiB", size>>10), path: bundlePath, status: 200,
		body: before + noise(size-len(before)-len(after)) + after,
	}
}

// largest asks for bundles of recipes that are as large as a body may be, each another one.
func largest() request {
	r := bundleOf(bodyLimit)
	before, _ := noisyRecipe()
	r.vary = func(r *fasthttp.Request, n uint64) { copy(r.Body()[len(before):], fmt.Sprintf("%016d", n)) }
	return r
}

// noisyRecipe is what stands before and after the noise.
func noisyRecipe() (before, after string) {
	return `{"kind":"Recipe","apiVersion":"cns.nvidia.com/v1alpha1",` +
		`"metadata":{"version":"v1","created":"2026-01-01T00:00:00Z","appliedOverlays":[]},` +
		`"criteria":{"service":"any","accelerator":"any","intent":"any","os":"any"},"constraints":{},` +
		`"componentRefs":[{"name":"gpu-operator","version":"v26.7.0","values":{"noise":"`, `"}}]}`
}

func noise(length int) string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
	source := rand.New(rand.NewPCG(1, 2))
	text := make([]byte, length)
	for i := range text {
		text[i] = letters[source.IntN(len(letters))]
	}
	return string(text)
}
