// Command load measures the server against a floor, attacks it, and writes down what came of it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if ok, err := runChild(args); ok {
		return err
	}
	p := plan{Starts: 30, bodies: 1000, settle: 2 * time.Second, progress: os.Stderr}
	flags := flag.NewFlagSet("load", flag.ContinueOnError)
	flags.StringVar(&p.binary, "binary", "../../bin/cnsd", "the server")
	flags.IntVar(&p.Connections, "connections", 16, "clients at a time")
	flags.DurationVar(&p.Round, "round", 2*time.Second, "length of a round")
	flags.IntVar(&p.Rounds, "rounds", 5, "rounds on the server and on the floor")
	flags.DurationVar(&p.Attack, "attack", 5*time.Second, "length of each attack")
	soaking := flags.Duration("soak", 0, "how long to mix all traffic, instead of measuring")
	growing := flags.Bool("growth", false, "measure how work grows with the bytes of a request, instead")
	handlers := flags.String("handlers", "", "file with what benchstat says of the handlers")
	out := flags.String("out", "../../docs/performance.md", "where to write the report")
	if err := flags.Parse(args); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *soaking > 0 {
		e, err := soak(ctx, p, *soaking)
		if err != nil {
			return errors.Join(append(e.wrong, err)...)
		}
		return errors.Join(e.print(os.Stdout), e.fault())
	}
	if *growing {
		list, err := examine(p)
		return errors.Join(err, printGrowth(os.Stdout, list))
	}
	figures, err := os.ReadFile(*handlers)
	if err != nil {
		return err
	}
	return bench(ctx, p, string(figures), *out)
}

// bench measures everything and writes the report. What it found wrong is an error, after that.
func bench(ctx context.Context, p plan, handlers, out string) error {
	r := report{Plan: p, Handlers: handlers}
	var err error
	if r.Machine, err = look(p); err != nil {
		return err
	}
	if r.Footprint, err = weigh(p); err != nil {
		return err
	}
	wrong, err := r.compare(ctx)
	if err != nil {
		return err
	}
	if err := weighBodies(ctx, p, &r.Footprint); err != nil {
		return err
	}
	if most := max(r.Footprint.LoadPeak, r.Footprint.BodiesPeak); most > memoryLimit {
		wrong = append(wrong, fmt.Errorf("under load the server took %.0f MB, it may take %d", most, memoryLimit))
	}
	for _, a := range attacks() {
		d, err := withstand(ctx, p, a)
		wrong = append(wrong, err, d.fault())
		r.Damages = append(r.Damages, d)
		fmt.Fprintf(p.progress, "%-28s p99 %.1f ms, before %.1f; %.0f MB; %d wrong\n",
			d.Name, d.During, d.Calm, d.PeakMB, len(d.Wrong))
	}
	return errors.Join(append(wrong, r.write(out))...)
}

// runChild does the work of a process that this program started from itself; ok reports whether the
// arguments ask for one.
func runChild(args []string) (ok bool, err error) {
	switch {
	case len(args) > 0 && args[0] == "floor":
		return true, runFloor(os.Stdin, os.Stdout)
	case len(args) == 4 && args[0] == "attack":
		return true, runAttack(args[1:])
	}
	return false, nil
}
