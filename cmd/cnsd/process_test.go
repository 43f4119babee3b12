package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// build compiles the server as the Makefile does.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "cnsd")
	const flags = "-X main.version=v9.8.7 -X main.commit=c0ffee -X main.date=2026-01-27T12:00:00Z"
	out, err := exec.Command("go", "build", "-ldflags", flags, "-o", binary, ".").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return binary
}

// TestProcess runs the real program.
func TestProcess(t *testing.T) {
	binary := build(t)
	for _, tt := range []struct {
		name string
		test func(t *testing.T, binary string)
	}{
		{"version", testVersion}, {"pipeline", testPipeline}, {"signals", testSignals}, {"hangup", testHangup},
		{"log reader", testLogReader}, {"descriptors", testDescriptors},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.test(t, binary)
		})
	}
}

func testVersion(t *testing.T, binary string) {
	out, err := exec.Command(binary, "--version").Output()
	if want := "cnsd v9.8.7 (commit c0ffee, 2026-01-27T12:00:00Z)\n"; err != nil || string(out) != want {
		t.Errorf("--version: %q %v", out, err)
	}
}

// process is a server that runs, and its log.
type process struct {
	*exec.Cmd
	url      string
	stderr   *os.File
	log      *bufio.Scanner // of stderr
	messages []string       // in the log up to the address
	ended    chan error
}

// start runs a server until the test ends. Its log isn't read any further than to the address.
func start(t *testing.T, cmd *exec.Cmd, environ ...string) *process {
	t.Helper()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = reader.Close() })
	cmd.Env = append(append(os.Environ(), "PORT=0", "CNS_RATE_LIMIT=0", "CNS_DRAIN_DELAY=0s"), environ...)
	cmd.Stderr = writer
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	_ = writer.Close()
	p := &process{Cmd: cmd, stderr: reader, log: bufio.NewScanner(reader), ended: make(chan error, 1)}
	go func() { p.ended <- cmd.Wait() }()
	for p.url == "" && p.log.Scan() {
		var line struct{ Msg, Address string }
		if err := json.Unmarshal(p.log.Bytes(), &line); err != nil {
			t.Fatalf("%v: %s", err, p.log.Bytes())
		}
		p.messages = append(p.messages, line.Msg)
		if line.Address != "" {
			p.url = "http://127.0.0.1" + line.Address[strings.LastIndex(line.Address, ":"):]
		}
	}
	if p.url == "" {
		t.Fatal("the server doesn't start")
	}
	return p
}

// isEnding wants the process, which was told to, to end well.
func (p *process) isEnding(t *testing.T) {
	t.Helper()
	select {
	case err := <-p.ended:
		if err != nil {
			t.Errorf("after SIGTERM: %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Error("doesn't end after SIGTERM")
	}
}

func (p *process) signal(t *testing.T, signal os.Signal) {
	t.Helper()
	if err := p.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
}

// get returns the body of an answer, which has to be 200 and in time.
func (p *process) get(t *testing.T, path string) string {
	t.Helper()
	client := http.Client{Timeout: 5 * time.Second}
	resp, err := client.Get(p.url + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %v", path, resp.StatusCode, err)
	}
	return string(body)
}

type recipeMetadata struct {
	Version, Created string
	AppliedOverlays  []string
}

// metadata asks a server for the metadata of a recipe.
func metadata(t *testing.T, url string) recipeMetadata {
	t.Helper()
	resp, err := http.Get(url + "/v1/recipe")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var recipe struct{ Metadata recipeMetadata }
	if err := json.NewDecoder(resp.Body).Decode(&recipe); err != nil {
		t.Fatal(err)
	}
	return recipe.Metadata
}

// testSignals reloads and stops a server, the latter as a load balancer sees it.
func testSignals(t *testing.T, binary string) {
	data := t.TempDir()
	p := start(t, exec.Command(binary), "CNS_DRAIN_DELAY=1s", "CNS_RECIPES_DIR="+data)
	go func() { _, _ = io.Copy(io.Discard, p.stderr) }()
	m := metadata(t, p.url)
	if m.Version != "v9.8.7" || m.Created != "2026-01-27T12:00:00Z" || slices.Contains(m.AppliedOverlays, "site") {
		t.Errorf("metadata %+v", m)
	}
	if err := os.Mkdir(filepath.Join(data, "overlays"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "overlays", "site.yaml"), []byte("components: {aws-efa: {}}"),
		0o644); err != nil {
		t.Fatal(err)
	}
	p.signal(t, syscall.SIGHUP)
	for deadline := time.Now().Add(20 * time.Second); !slices.Contains(metadata(t, p.url).AppliedOverlays, "site"); {
		if time.Now().After(deadline) {
			t.Fatal("SIGHUP reloads nothing")
		}
	}
	p.signal(t, syscall.SIGTERM)
	for notReady := false; !notReady; { // under load until a load balancer would notice
		for path, want := range map[string]int{"/v1/recipe?service=eks": http.StatusOK,
			"/ready": http.StatusServiceUnavailable} {
			resp, err := http.Get(p.url + path)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if path == "/ready" {
				notReady = resp.StatusCode == want
			} else if resp.StatusCode != want {
				t.Errorf("%s: %d while stopping", path, resp.StatusCode)
			}
		}
	}
	p.isEnding(t)
}

// testHangup sends SIGHUP to a server that has nothing to reload.
func testHangup(t *testing.T, binary string) {
	p := start(t, exec.Command(binary))
	p.signal(t, syscall.SIGHUP)
	if !p.log.Scan() || !strings.Contains(p.log.Text(), "no recipes to reload") {
		t.Errorf("log: %s", p.log.Text())
	}
	p.get(t, "/health")
	p.signal(t, syscall.SIGTERM)
	p.isEnding(t)
}

// testLogReader lets the log's reader stall and then go away.
func testLogReader(t *testing.T, binary string) {
	p := start(t, exec.Command(binary))
	droppedLines := func() string {
		match := regexp.MustCompile(`\ncns_log_lines_dropped_total (\S+)`).FindStringSubmatch(p.get(t, "/metrics"))
		if match == nil {
			t.Fatal("no metric of dropped lines")
		}
		return match[1]
	}
	if n := droppedLines(); n != "0" {
		t.Errorf("%s lines are dropped at the start", n)
	}
	query := "/v1/recipe?" + strings.Repeat("x", 256)
	for deadline := time.Now().Add(20 * time.Second); droppedLines() == "0"; {
		if time.Now().After(deadline) {
			t.Fatal("a stalled reader costs no lines")
		}
		for range 100 {
			resp, err := http.Get(p.url + query)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			resp.Body.Close()
		}
	}
	p.get(t, "/health")
	for p.log.Scan() && !strings.Contains(p.log.Text(), `"msg":"log lines dropped","lines":`) {
		if !json.Valid(p.log.Bytes()) {
			t.Fatalf("not a line: %s", p.log.Bytes())
		}
	}
	if err := p.stderr.Close(); err != nil {
		t.Fatal(err)
	}
	before := droppedLines()
	for range 10 {
		p.get(t, "/health")
	}
	if droppedLines() == before {
		t.Error("lines that nobody reads aren't counted")
	}
	p.signal(t, syscall.SIGTERM)
	p.isEnding(t)
}

// testDescriptors gives a server fewer open files than it may have connections.
func testDescriptors(t *testing.T, binary string) {
	limited := func() *exec.Cmd { return exec.Command("sh", "-c", `ulimit -n 64 && exec "$0"`, binary) }
	p := start(t, limited())
	go func() { _, _ = io.Copy(io.Discard, p.stderr) }()
	if !slices.ContainsFunc(p.messages, func(m string) bool { return strings.HasPrefix(m, "connections limited") }) {
		t.Errorf("no warning: %q", p.messages)
	}
	for range 62 {
		conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	time.Sleep(1200 * time.Millisecond) // an address that has too many gets no more for a second
	asked := time.Now()
	p.get(t, "/health")
	if took := time.Since(asked); took > time.Second {
		t.Errorf("/health took %s", took)
	}
	cmd := limited()
	cmd.Env = append(os.Environ(), "PORT=0", "CNS_MAX_CONNECTIONS=100")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out),
		"CNS_MAX_CONNECTIONS: 100 connections take up to 132 open files, but the process may have 64: ") {
		t.Errorf("%v: %s", err, out)
	}
}

// testPipeline prints to a reader that reads little.
func testPipeline(t *testing.T, binary string) {
	const script = `set -o pipefail; for verb in --help "recipes matrix" "recipes schema overlay"; do
		"$0" $verb | head -n 1 >/dev/null; status=$?
		[ $status = 0 ] || [ $status = 141 ] || { echo "$verb: $status"; exit 1; } # 141 is for SIGPIPE
	done`
	if out, err := exec.Command("bash", "-c", script, binary).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v: %s", err, out)
	}
}
