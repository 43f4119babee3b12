package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// plan says how much to measure.
type plan struct {
	binary      string
	Connections int
	Round       time.Duration
	Rounds      int
	Starts      int
	Attack      time.Duration // length of each
	bodies      uint64
	settle      time.Duration // how long a server is left alone before its memory is looked at
	log         *os.File      // of the servers; may be nil
	progress    io.Writer
}

// scenario is one row of the table of ratios.
type scenario struct {
	name     string
	requests []request
	goal     float64 // what the rate ratio should be at least; none if zero
	limited  bool    // asks the server whose rate limit is exhausted
}

// scenarios returns all rows. The recipe is what the server answers [getRecipe] with.
func scenarios(recipe string) []scenario {
	one := func(r request, goal float64) scenario {
		return scenario{name: r.name, requests: []request{r}, goal: goal}
	}
	return []scenario{
		one(getRecipe, 0.7), one(gzipped, 0), one(unchanged, 0), one(postRecipe, 0),
		one(sameBundle, 0.6), one(uniqueSet, 0.15), one(uniqueImage, 0.09), one(postedImage(recipe), 0.09),
		{name: "mixed", requests: mixedTraffic},
		one(invalid, 0), one(unknownPath, 0),
		{name: rateLimited.name, requests: []request{rateLimited}, limited: true},
	}
}

// row is what a scenario gave, each list round by round.
type row struct {
	Name, Answer         string
	Goal                 float64
	Server, Floor, Ratio []float64 // right answers per second, and those of the server to those of the floor
	CPU, CPURatio        []float64 // the server's processor time per answer in µs, and the floor's to the server's
	P99, FloorP99        []float64 // at half of the server's rate, in ms
	Refused, Wrong       uint64
	example              string
}

// contest is a server and a floor that gives the same answers.
type contest struct {
	plan
	server, limited, floor *process
	scenarios              []scenario
	answers                floor
}

// The whole chain is on: a limit that nobody reaches is kept count of, too.
var unlimited = []string{"CNS_RATE_LIMIT=1e9", "CNS_RATE_BURST=1000000000"}

// compare measures each scenario on the server and on its floor, alternately, so that both see the
// same machine. It returns what was wrong.
func (r *report) compare(ctx context.Context) (wrong []error, err error) {
	c := contest{plan: r.Plan, answers: floor{}}
	defer c.stop()
	if err := c.start(); err != nil {
		return nil, err
	}
	for _, s := range c.scenarios {
		measured, err := c.measure(ctx, s)
		if err != nil {
			return nil, err
		}
		if measured.Wrong > 0 {
			wrong = append(wrong, fmt.Errorf("%s: %d wrong answers: %s", s.name, measured.Wrong, measured.example))
		}
		r.Table = append(r.Table, measured)
	}
	if _, r.Footprint.LoadPeak, err = c.server.memory(); err != nil {
		return nil, err
	}
	time.Sleep(r.Plan.settle)
	r.Footprint.LoadMB, _, err = c.server.memory()
	return wrong, err
}

// start starts the servers and asks them for the answers that the floor gives.
func (c *contest) start() (err error) {
	if c.server, err = startServer(c.binary, c.log, unlimited...); err != nil {
		return err
	}
	if c.limited, err = startServer(c.binary, c.log, "CNS_RATE_LIMIT=0.001", "CNS_RATE_BURST=1"); err != nil {
		return err
	}
	recipe, err := ask(c.limited.addr, getRecipe) // takes the one token
	if err != nil {
		return err
	}
	c.scenarios = scenarios(string(recipe.Body))
	for _, s := range c.scenarios {
		for _, r := range s.requests {
			if c.answers[floorPath(r)], err = ask(c.target(s).addr, r); err != nil {
				return err
			}
		}
	}
	c.floor, err = startFloor(c.answers)
	return err
}

func (c *contest) stop() {
	for _, p := range []*process{c.server, c.limited, c.floor} {
		if p != nil {
			p.Stop()
		}
	}
}

func (c *contest) target(s scenario) *process {
	if s.limited {
		return c.limited
	}
	return c.server
}

// floorPath is where the floor has the answer to a request.
func floorPath(r request) string { return "/" + strings.ReplaceAll(r.name, " ", "-") }

// measure makes a row of the table.
func (c *contest) measure(ctx context.Context, s scenario) (r row, err error) {
	server := load{addr: c.target(s).addr, connections: c.Connections, duration: c.Round}
	ground := load{addr: c.floor.addr, connections: c.Connections, duration: c.Round}
	for _, asked := range s.requests {
		e, err := expect(asked, c.answers[floorPath(asked)])
		if err != nil {
			return r, err
		}
		server.requests = append(server.requests, e)
		e.request.path = floorPath(asked)
		ground.requests = append(ground.requests, e)
	}
	r = row{Name: s.name, Answer: c.describe(s), Goal: s.goal}
	for range c.Rounds {
		a, cpu, err := c.round(ctx, c.target(s), server)
		if err != nil {
			return r, err
		}
		b, floorCPU, err := c.round(ctx, c.floor, ground)
		if err != nil {
			return r, err
		}
		r.count(a)
		r.count(b)
		r.Server, r.Floor = append(r.Server, a.perSecond()), append(r.Floor, b.perSecond())
		r.Ratio = append(r.Ratio, a.perSecond()/b.perSecond())
		r.CPU, r.CPURatio = append(r.CPU, cpu), append(r.CPURatio, floorCPU/cpu)
		half, floorHalf := drive(ctx, server.at(a.perSecond()/2)), drive(ctx, ground.at(a.perSecond()/2))
		r.count(half)
		r.count(floorHalf)
		r.P99, r.FloorP99 = append(r.P99, half.p99()), append(r.FloorP99, floorHalf.p99())
	}
	fmt.Fprintf(c.progress, "%-28s %8.0f/s, floor %8.0f/s, ratio %s, wrong %d, refused %d\n",
		r.Name, median(r.Server), median(r.Floor), spread(r.Ratio), r.Wrong, r.Refused)
	return r, nil
}

// round drives a load and returns what the target computed for each answer, in µs.
func (c *contest) round(ctx context.Context, target *process, l load) (o outcome, each float64, err error) {
	before, err1 := target.processorTime()
	o = drive(ctx, l)
	after, err2 := target.processorTime()
	if o.right == 0 {
		return o, 0, fmt.Errorf("no right answer: %s", o.example)
	}
	const clockTick = 0.01 // s; a short round may end before the next one
	return o, max(after-before, clockTick) / float64(o.right) * 1e6, errors.Join(err1, err2)
}

func (r *row) count(o outcome) {
	r.Refused, r.Wrong = r.Refused+o.refused, r.Wrong+o.wrong+o.lost
	r.example = cmp.Or(r.example, o.example)
}

// describe says what the answers of a scenario are.
func (c *contest) describe(s scenario) string {
	if len(s.requests) > 1 {
		return fmt.Sprintf("%d requests, one after the other", len(s.requests))
	}
	a := c.answers[floorPath(s.requests[0])]
	return fmt.Sprintf("%d, %d bytes %s", a.Status, len(a.Body), cmp.Or(a.Header.Get("Content-Encoding"), "plain"))
}
