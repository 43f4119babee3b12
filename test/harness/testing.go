package harness

import (
	"io"
	"net/http"
	"os/exec"
	"testing"
)

// Binary builds the server for a test.
func Binary(t testing.TB) string {
	t.Helper()
	binary, err := Build(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

// Serve starts a server that runs until the test ends.
func Serve(t testing.TB, cmd *exec.Cmd) *Process {
	t.Helper()
	p, err := Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return p
}

// Command runs a server with these variables alone.
func Command(binary string, variables ...string) *exec.Cmd {
	cmd := exec.Command(binary)
	cmd.Env = variables
	return cmd
}

// Get returns the body of a server's answer, which has to be 200.
func (p *Process) Get(t testing.TB, path string) []byte {
	t.Helper()
	resp, err := http.Get(p.URL + path)
	return Body(t, resp, err)
}

// Body returns the body of an answer, which has to be 200.
func Body(t testing.TB, resp *http.Response, err error) []byte {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v\n%s", resp.Request.URL, resp.Status, err, body)
	}
	return body
}
