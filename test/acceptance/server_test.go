package acceptance

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/test/harness"
)

// server is a running one.
type server struct{ *harness.Process }

// start runs a server that signs with a key, until the test ends.
func start(t *testing.T, binary string, key signingKey, environment ...string) server {
	t.Helper()
	environment = append([]string{"CNS_RATE_LIMIT=0", "CNS_SIGNING_KEY_FILE=" + key.file}, environment...)
	return server{harness.Serve(t, harness.Command(binary, environment...))}
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

// post asks for a bundle in an archive format.
func (s server) post(t *testing.T, r request, f form, format string) (http.Header, []byte) {
	t.Helper()
	options := f.options()
	options.Set("format", format)
	resp, err := http.Post(s.URL+"/v1/bundle?"+options.Encode(), "application/yaml", bytes.NewReader(r.body))
	archive := harness.Body(t, resp, err)
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
