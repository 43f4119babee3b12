// Package harness builds and runs the real server. The tests that use it are modules of their own,
// and so is this, so that neither they nor the product get dependencies from each other.
package harness

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Repository is the root of the product's repository, seen from the folder of a module in test/.
const Repository = "../.."

// Build compiles the server into a folder, as the Makefile does, and returns the program's absolute
// path. An error holds what the compiler printed.
func Build(dir string) (binary string, err error) {
	if binary, err = filepath.Abs(filepath.Join(dir, "cnsd")); err != nil {
		return "", err
	}
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags",
		"-s -w -X main.version=v1.2.3 -X main.date=2026-01-27T12:00:00Z", "-o", binary, "./cmd/cnsd")
	cmd.Dir = Repository
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return binary, nil
}

// Process is a command that runs.
type Process struct {
	URL    string // of a server, without a slash at the end; empty after Run
	cmd    *exec.Cmd
	exited chan struct{}
}

// Run starts a command. The caller has to stop it.
func Run(cmd *exec.Cmd) (*Process, error) {
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &Process{cmd: cmd, exited: make(chan struct{})}
	go func() {
		_ = cmd.Wait()
		close(p.exited)
	}()
	return p, nil
}

// Start runs a command that becomes the server, and waits until it is ready. It listens on a free
// port, unless the command's environment has another PORT. An error holds the server's log.
func Start(cmd *exec.Cmd) (*Process, error) {
	stderr, writer, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.Env = append([]string{"PORT=0"}, cmd.Env...)
	cmd.Stderr = writer
	p, err := Run(cmd)
	_ = writer.Close()
	if err == nil {
		if p.URL, err = readURL(stderr); err == nil {
			go func() { // so that logging never blocks the server
				_, _ = io.Copy(io.Discard, stderr)
				_ = stderr.Close()
			}()
			return p, nil
		}
		p.Stop()
	}
	return nil, errors.Join(err, stderr.Close())
}

// readURL reads a server's log up to the line that has its address. Each line has to be JSON.
func readURL(log io.Reader) (string, error) {
	var read strings.Builder
	for lines := bufio.NewScanner(log); lines.Scan(); {
		fmt.Fprintf(&read, "%s\n", lines.Bytes())
		var line struct{ Address string }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return "", fmt.Errorf("the server's log: %w: %s", err, &read)
		}
		if colon := strings.LastIndexByte(line.Address, ':'); colon >= 0 {
			return "http://127.0.0.1" + line.Address[colon:], nil
		}
	}
	return "", fmt.Errorf("the server ended: %s", &read)
}

// Stop kills the process, if it still runs, and waits for its end.
func (p *Process) Stop() {
	_ = p.cmd.Process.Kill()
	<-p.exited
}

// PID is the process's number.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Exited is closed at the end of the process.
func (p *Process) Exited() <-chan struct{} { return p.exited }
