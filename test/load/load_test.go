package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"github.com/NVIDIA/cloud-native-stack/test/harness"
)

// server is the binary that all tests run.
var server string

func TestMain(m *testing.M) {
	if ok, err := runChild(os.Args[1:]); ok {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(withServer(m.Run))
}

// withServer builds the server that tests run.
func withServer(run func() int) int {
	dir, err := os.MkdirTemp("", "cnsd")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	if server, err = harness.Build(dir); err != nil {
		panic(err)
	}
	return run()
}

// quick is a plan that looks at answers: its rounds are too short to measure anything.
func quick(t *testing.T) plan {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			text, err := os.ReadFile(log.Name())
			t.Logf("the server's log ends with (%v)\n%s", err, text[max(0, len(text)-2000):])
		}
		log.Close()
	})
	return plan{
		binary: server, Connections: 4, Round: 100 * time.Millisecond, Rounds: 1, Starts: 1,
		Attack: 3 * time.Second, bodies: 4,
		settle: 100 * time.Millisecond, log: log, progress: t.Output(),
	}
}

// TestAbuse attacks the server in each way for two seconds. `make bench` does so for longer and
// writes down how long answers take.
func TestAbuse(t *testing.T) {
	for _, a := range attacks() {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			d, err := withstand(t.Context(), quick(t), a)
			if err := errors.Join(err, d.fault()); err != nil {
				t.Error(err)
			}
			t.Logf("%+v", d)
		})
	}
}

// TestSoak is half a minute of what `make soak` does for five.
func TestSoak(t *testing.T) {
	t.Parallel()
	e, err := soak(t.Context(), quick(t), 30*time.Second)
	if err != nil {
		t.Fatal(err, e.wrong)
	}
	if err := errors.Join(e.print(t.Output()), e.fault()); err != nil {
		t.Error(err)
	}
}

// TestBench measures briefly, which shows that each answer, the server's and the floor's, is
// the right one, and writes the report.
func TestBench(t *testing.T) {
	out := filepath.Join(t.TempDir(), "performance.md")
	p := quick(t)
	r := report{Plan: p, Damages: []damage{{Name: "slow", During: 3}, {Name: "slowest", During: 21}}}
	var err error
	if r.Machine, err = look(p); err != nil {
		t.Fatal(err)
	}
	if r.Footprint, err = weigh(p); err != nil {
		t.Fatal(err)
	}
	wrong, err := r.compare(t.Context())
	if err := errors.Join(append(wrong, err, weighBodies(t.Context(), p, &r.Footprint), r.write(out))...); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range scenarios("") {
		if !strings.Contains(string(text), "| "+s.name+" | ") {
			t.Errorf("the report lacks %s:\n%s", s.name, text)
		}
	}
	if want := `Here the most was 21.0 ms, under "slowest".`; !strings.Contains(string(text), want) {
		t.Errorf("the report lacks %s:\n%s", want, text)
	}
	t.Logf("%s", text)
}

// TestVerdicts lets a floor stand for a server that answers rightly, wrongly and not at all.
func TestVerdicts(t *testing.T) {
	body := []byte(`{"apiVersion":"cns.nvidia.com/v1alpha1"}`)
	right := answer{Status: 200, Body: body}
	retry := http.Header{"Retry-After": {"1"}}
	f, err := startFloor(floor{
		"/right":   right,
		"/status":  {Status: 500, Body: body},
		"/changed": {Status: 200, Body: bytes.ToUpper(body)},
		"/longer":  {Status: 200, Body: append(bytes.Clone(body), ' ')},
		"/digest":  {Status: 200, Body: body, Header: http.Header{"Repr-Digest": {"sha-256=:AAAA:"}}},
		"/busy":    {Status: 503, Header: retry},
		bundlePath: {Status: 503, Header: retry},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Stop()
	for path, want := range map[string]string{
		"/right": "right", "/status": "wrong", "/changed": "wrong", "/longer": "wrong", "/digest": "wrong",
		"/busy": "wrong", bundlePath: "refused",
	} {
		e, err := expect(request{name: path, path: path, status: 200}, right)
		if err != nil {
			t.Fatal(err)
		}
		o := drive(t.Context(), load{
			addr: f.addr, requests: []expectation{e}, connections: 2, duration: 50 * time.Millisecond, thorough: true,
		})
		counts := map[string]uint64{"right": o.right, "wrong": o.wrong, "refused": o.refused, "lost": o.lost}
		if counts[want] == 0 || counts[want] != o.right+o.wrong+o.refused+o.lost {
			t.Errorf("%s: %v, want %s alone", path, counts, want)
		}
	}
	o := drive(t.Context(), load{
		addr: "127.0.0.1:1", requests: []expectation{{request: getRecipe}}, connections: 1,
		duration: 50 * time.Millisecond,
	})
	if o.lost == 0 || o.fault() == nil {
		t.Errorf("nobody answered: %+v", o)
	}
}

// TestHTTP1Alone holds what docs/performance.md says of HTTP/2: neither prior knowledge nor an
// upgrade gets to it.
func TestHTTP1Alone(t *testing.T) {
	s, err := startServer(server, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Stop()
	for request, want := range map[string]string{
		// The preface without its second half: what the server leaves unread may cost its answer.
		strings.TrimSuffix(http2.ClientPreface, "SM\r\n\r\n"): "HTTP/1.1 404 ",
		"GET /health HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n" +
			"HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n": "HTTP/1.1 200 ",
	} {
		connected := false
		err := session(t.Context(), attacker(0), s.addr, func(conn *net.TCPConn) error {
			connected = true
			if _, err := io.WriteString(conn, request); err != nil {
				return err
			}
			got := make([]byte, len(want))
			if _, err := io.ReadFull(conn, got); err != nil || string(got) != want {
				return fmt.Errorf("%.20q: answer %q %v, want %q", request, got, err, want)
			}
			return nil
		})
		if err != nil || !connected {
			t.Error(err, connected)
		}
	}
}
