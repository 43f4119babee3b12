package acceptance

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// repository is the root of the product's, seen from the folder in which tests run.
const repository = "../.."

// build compiles the server as the Makefile does.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "cnsd")
	cmd := exec.Command("go", "build", "-ldflags", "-X main.version=v1.2.3 -X main.date=2026-01-27T12:00:00Z", "-o", binary, "./cmd/cnsd")
	cmd.Dir = repository
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return binary
}

// server is the URL of a running one.
type server string

// start runs a server that signs with a key, until the test ends.
func start(t *testing.T, binary string, key signingKey, environment ...string) server {
	t.Helper()
	cmd := exec.Command(binary)
	cmd.Env = append([]string{"PORT=0", "CNS_RATE_LIMIT=0", "CNS_SIGNING_KEY_FILE=" + key.file}, environment...)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for log := bufio.NewScanner(stderr); log.Scan(); {
		var line struct{ Address string }
		if err := json.Unmarshal(log.Bytes(), &line); err != nil {
			t.Fatalf("%v: %s", err, log.Bytes())
		}
		if line.Address != "" {
			go func() { _, _ = io.Copy(io.Discard, stderr) }() // so that logging never blocks it
			return server("http://127.0.0.1" + line.Address[strings.LastIndex(line.Address, ":"):])
		}
	}
	t.Fatal("the server ended")
	return ""
}

// signingKey is what the server signs with.
type signingKey struct {
	public *ecdsa.PublicKey
	file   string
}

func newKey(t *testing.T) signingKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return signingKey{&key.PublicKey, file}
}

func (s server) get(t *testing.T, path string) []byte {
	t.Helper()
	resp, err := http.Get(string(s) + path)
	return answer(t, resp, err)
}

// post asks for a bundle in an archive format.
func (s server) post(t *testing.T, r request, f form, format string) (http.Header, []byte) {
	t.Helper()
	options := f.options()
	options.Set("format", format)
	resp, err := http.Post(string(s)+"/v1/bundle?"+options.Encode(), "application/yaml", bytes.NewReader(r.body))
	archive := answer(t, resp, err)
	return resp.Header, archive
}

// bundle asks for a bundle and unpacks it.
func (s server) bundle(t *testing.T, r request, f form) bundle {
	t.Helper()
	header, archive := s.post(t, r, f, "zip")
	b := bundle{form: f, request: r, header: header, archive: archive, files: map[string]file{}}
	for _, f := range unzip(t, archive) {
		b.files[f.name] = f
	}
	b.recipe = decode[recipe](t, b.file(t, "recipe.yaml"))
	return b
}

func answer(t *testing.T, resp *http.Response, err error) []byte {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s %v\n%s", resp.Status, err, body)
	}
	return body
}
