package main

import (
	"bytes"
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"text/template"
	"time"

	"github.com/prometheus/procfs"
)

//go:embed performance.md.tmpl
var page string

// report is what the page shows.
type report struct {
	Plan      plan
	Machine   machine
	Table     []row
	Footprint footprint
	Damages   []damage
	Handlers  string // what benchstat says
}

// machine is where the figures come from.
type machine struct {
	Processor, Kernel, Go, Server, Date string
	Processors                          int
	MemoryGB                            float64
	Idle                                float64 // share of the processors' time before the run, in percent
}

// look describes the machine. How idle it is beforehand tells what the figures are worth.
func look(p plan) (m machine, err error) {
	version, err1 := exec.Command(p.binary, "--version").Output()
	kernel, err2 := os.ReadFile("/proc/sys/kernel/osrelease")
	proc, err3 := procfs.NewDefaultFS()
	cpus, err4 := proc.CPUInfo()
	memory, err5 := proc.Meminfo()
	before, err6 := proc.Stat()
	time.Sleep(p.settle)
	after, err7 := proc.Stat()
	if err := errors.Join(err1, err2, err3, err4, err5, err6, err7); err != nil {
		return m, err
	}
	return machine{
		Processors: len(cpus), Processor: cpus[0].ModelName, MemoryGB: float64(*memory.MemTotalBytes) / 1e9,
		Kernel: string(bytes.TrimSpace(kernel)),
		Idle:   100 * (after.CPUTotal.Idle - before.CPUTotal.Idle) / p.settle.Seconds() / float64(len(cpus)),
		Go:     runtime.Version(), Server: string(bytes.TrimSpace(version)),
		Date: time.Now().UTC().Format(time.DateOnly),
	}, nil
}

// slowest is the attack under which other clients waited longest.
func slowest(list []damage) damage {
	return slices.MaxFunc(list, func(a, b damage) int { return cmp.Compare(a.During, b.During) })
}

func (r report) write(file string) error {
	t, err := template.New("page").Funcs(template.FuncMap{
		"median": median, "spread": spread, "slowest": slowest,
		"ms": func(d time.Duration) int64 { return d.Milliseconds() },
	}).Parse(page)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, r); err != nil {
		return err
	}
	return os.WriteFile(file, b.Bytes(), 0o644)
}

func median(values []float64) float64 { return slices.Sorted(slices.Values(values))[len(values)/2] }

// spread is the median of several rounds with the least and the most.
func spread(values []float64) string {
	return fmt.Sprintf("%.3g (%.3g–%.3g)", median(values), slices.Min(values), slices.Max(values))
}
