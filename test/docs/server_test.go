package docs

import (
	"bufio"
	"debug/elf"
	"encoding/json"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// build compiles the server as the Makefile does, for an image that holds nothing else.
func build(t *testing.T) string {
	t.Helper()
	binary, err := filepath.Abs(filepath.Join(t.TempDir(), "cnsd"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w -X main.version=v1.2.3 -X main.date=2026-01-27T12:00:00Z", "-o", binary, "./cmd/cnsd")
	cmd.Dir = repository
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return binary
}

// server is one that runs until the test ends.
type server struct {
	address string // host and port
	cmd     *exec.Cmd
}

// start runs a server with variables in the form of bash.
func start(t *testing.T, dir string, env []string, variables string) *server {
	t.Helper()
	s := &server{cmd: exec.Command("bash", "-c", variables+" exec cnsd")}
	s.cmd.Dir, s.cmd.Env = dir, env
	stderr, err := s.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	var log strings.Builder
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		var line struct{ Address string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Address != "" {
			go func() { _, _ = io.Copy(io.Discard, stderr) }() // so that logging never blocks it
			s.address = "127.0.0.1" + line.Address[strings.LastIndex(line.Address, ":"):]
			return s
		}
		log.Write(lines.Bytes())
	}
	t.Fatalf("%s cnsd: the server ended: %s", variables, &log)
	return nil
}

// stop ends the server, unless it has ended.
func (s *server) stop() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

// pid is the process's number; bash has given it over.
func (s *server) pid() string { return strconv.Itoa(s.cmd.Process.Pid) }

// get returns the body of an answer, which has to be 200.
func (s *server) get(t *testing.T, path string) []byte {
	t.Helper()
	resp, err := http.Get("http://" + s.address + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v %s", path, resp.Status, err, body)
	}
	return body
}

// static finds that the binary needs no loader and no libraries: docs/run-in-production.md puts it alone into an image.
func static(t *testing.T, binary string) {
	file, err := elf.Open(binary)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, p := range file.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("the binary is linked dynamically")
		}
	}
}
