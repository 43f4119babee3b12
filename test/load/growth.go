package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"golang.org/x/sys/unix"
)

// probing is a part of a request that may be of any size up to a limit.
type probing struct {
	name string
	most time.Duration // of processor time that the server may take for a request with it
	// request has a share of what the limit allows, 1 or a quarter, and is another one for each
	// serial number, so that no cache knows it.
	request func(share float64, serial int) string
}

// What the server may take for anything in the head of a request, and for a body.
const (
	headMost = 20 * time.Millisecond // 10 without the bundle that is made of it
	bodyMost = 250 * time.Millisecond
)

const (
	// growthMost is how many times as much four times the bytes may take: four, and some slack.
	growthMost = 5
	// trifle is the part of what the server may take under which growth is nobody's trouble: the
	// first touch of memory may count for more than the work.
	trifle = 10
	// growthTries are measurements of which one has to be right: others on the machine only make
	// it worse.
	growthTries = 6
)

// growth is what a probing showed: processor time for a request.
type growth struct {
	probing
	quarter, limit time.Duration
	status         int     // of the answer at the limit
	slowness       float64 // of the machine meanwhile: what a usual request takes to what it should
}

// fault reports work that grows faster than the bytes of a request, or is too much.
func (g growth) fault() error {
	switch {
	case g.status >= http.StatusInternalServerError:
		return fmt.Errorf("%s: status %d", g.name, g.status)
	case float64(g.limit) > float64(g.most)*max(1, g.slowness):
		return fmt.Errorf("%s: %s of processor time, at most %s (the machine is %.1f times as slow as it should be)",
			g.name, g.limit, g.most, g.slowness)
	case g.limit > max(g.most/trifle, growthMost*g.quarter):
		return fmt.Errorf("%s: %s of processor time, %s for a quarter", g.name, g.limit, g.quarter)
	}
	return nil
}

// examine measures all that a request can be made of, at its limit and at a quarter of it.
func examine(p plan) (list []growth, err error) {
	s, err := startServer(p.binary, p.log, "CNS_RATE_LIMIT=0", "LOG_LEVEL=error")
	if err != nil {
		return nil, err
	}
	defer s.Stop()
	all, err := probings(s)
	if err != nil {
		return nil, err
	}
	m := meter{server: s}
	defer m.close()
	for _, probing := range all {
		var g growth
		for try := range growthTries {
			again, err := m.compare(probing)
			if err != nil {
				return list, fmt.Errorf("%s: %w", probing.name, err)
			}
			if try == 0 || again.limit < g.limit || again.fault() == nil {
				g = again
			}
			if g.fault() == nil {
				break
			}
		}
		list = append(list, g)
	}
	return list, nil
}

// printGrowth writes them as a table, the most expensive first, and joins what is wrong.
func printGrowth(w io.Writer, list []growth) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "what\tstatus\tquarter, ms\tlimit, ms\tratio\tslowness")
	var errs []error
	ms := func(d time.Duration) float64 { return d.Seconds() * 1000 }
	byLimit := func(a, b growth) int { return cmp.Compare(b.limit, a.limit) }
	for _, g := range slices.SortedFunc(slices.Values(list), byLimit) {
		fmt.Fprintf(table, "%s\t%d\t%.3f\t%.3f\t%.1f\t%.1f\n", g.name, g.status, ms(g.quarter), ms(g.limit),
			float64(g.limit)/float64(g.quarter), g.slowness)
		errs = append(errs, g.fault())
	}
	return errors.Join(errors.Join(errs...), table.Flush())
}

// meter asks a server, one request after the other.
type meter struct {
	server  *process
	conn    net.Conn
	answers *bufio.Reader
	serial  int
}

// compare measures a request at its limit and at a quarter of it: the same number of bytes of each,
// so that the collector has as much to do.
func (m *meter) compare(p probing) (g growth, err error) {
	g.probing = p
	var n int
	if g.limit, n, g.status, err = m.measure(p, 1, enough, 12); err != nil {
		return g, err
	}
	if g.quarter, _, _, err = m.measure(p, 0.25, time.Hour, 4*n); err != nil {
		return g, err
	}
	each, _, _, err := m.measure(probing{request: usual}, 1, time.Hour, 10)
	g.slowness = float64(each) / float64(usualTime)
	return g, err
}

// usualTime is what docs/performance.md says of a bundle with a value of its own. Where it takes
// longer, others keep the machine busy or it's a slower one.
const usualTime = 300 * time.Microsecond

// usual asks for such a bundle.
func usual(_ float64, serial int) string {
	return fmt.Sprintf("POST %s?set=gpu-operator:dcgm.args[0]=%d HTTP/1.1\r\nHost: a\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", bundlePath, serial, len(criteria), criteria)
}

// enough is what the clock measures exactly.
const enough = 4 * time.Millisecond

// measure returns the server's processor time for each of n requests: as many as take a time all
// together, or a most of them.
func (m *meter) measure(
	p probing, share float64, all time.Duration, most int,
) (each time.Duration, n, status int, err error) {
	before, err := processorClock(m.server.PID())
	if err != nil {
		return 0, 0, 0, err
	}
	for n = 1; ; n++ {
		m.serial++
		if status, err = m.ask(p.request(share, m.serial)); err != nil {
			return 0, n, 0, err
		}
		now, err := processorClock(m.server.PID())
		if err != nil || now-before >= all || n == most {
			return (now - before) / time.Duration(n), n, status, err
		}
	}
}

// ask sends a request on the connection of the last one, if the server left it open.
func (m *meter) ask(request string) (status int, err error) {
	for range 2 {
		if m.conn == nil {
			if m.conn, err = net.DialTimeout("tcp", m.server.addr, answerTimeout); err != nil {
				return 0, err
			}
			m.answers = bufio.NewReader(m.conn)
		}
		var resp *http.Response
		_, _ = io.WriteString(m.conn, request) // what the server doesn't read of it, it may still answer
		if resp, err = http.ReadResponse(m.answers, &http.Request{Method: strings.Fields(request)[0]}); err != nil {
			m.close()
			continue
		}
		_, err = io.Copy(io.Discard, resp.Body)
		if err != nil || resp.Close {
			m.close()
		}
		return resp.StatusCode, err
	}
	return 0, err
}

func (m *meter) close() {
	if m.conn != nil {
		_ = m.conn.Close()
		m.conn = nil
	}
}

// processorClock is how long all threads of a process have computed: clock_getcpuclockid(3), which
// is exact to the microsecond, where proc(5) counts hundredths of seconds.
func processorClock(pid int) (time.Duration, error) {
	const scheduled = 2
	var t unix.Timespec
	err := unix.ClockGettime(int32(^pid<<3|scheduled), &t)
	return time.Duration(t.Nano()), err
}
