package server

import (
	"archive/zip"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/NVIDIA/cloud-native-stack/internal/attest"
)

// newKeyText returns a key in PEM.
func newKeyText(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// isSignedBy reports whether a server's bundles, kept ones included, are signed by a key.
func isSignedBy(t *testing.T, ts *testServer, key []byte) bool {
	t.Helper()
	signer, err := attest.NewSigner(key)
	if err != nil {
		t.Fatal(err)
	}
	_, body := ts.do(t, call{method: "POST", path: "/v1/bundle", contentType: jsonType,
		body: criteriaJSON(`{"service":"eks"}`)})
	archive, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		t.Fatal(err)
	}
	read := func(name string) []byte {
		file, err := archive.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		text, err := io.ReadAll(file)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	want, err := signer.Sign(read("provenance.json"))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Equal(read("provenance.sigstore.json"), want)
}

// TestSigningKeyReload rotates a key as Kubernetes does that of a Secret, by a symbolic link.
func TestSigningKeyReload(t *testing.T) {
	first, second := newKeyText(t), newKeyText(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "key.pem")
	rotate := func(name string, text []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(name, file+".new"); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file+".new", file); err != nil {
			t.Fatal(err)
		}
	}
	rotate("first", first)
	log := new(logBuffer)
	signals := make(chan os.Signal, 1)
	o := options(t, log, "CNS_SIGNING_KEY_FILE="+file)
	o.Reload = signals
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	ts := serve(t, s)
	if !isSignedBy(t, ts, first) {
		t.Fatal("not signed by the key")
	}
	rotate("broken", []byte("no key"))
	signals <- syscall.SIGHUP
	waitFor(t, func() bool { return strings.Contains(log.String(), "signing key not reloaded") })
	if !isSignedBy(t, ts, first) {
		t.Error("not signed by the last good key")
	}
	rotate("second", second) // noticed without a signal
	waitFor(t, func() bool { return strings.Contains(log.String(), "signing key reloaded") })
	if !isSignedBy(t, ts, second) {
		t.Error("not signed by the other key")
	}
	if strings.Count(log.String(), "not reloaded") != 1 {
		t.Errorf("each look is in the log: %s", log)
	}
}

// TestSigningKeyRefused starts with files that hold no key, or never end.
func TestSigningKeyRefused(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{pipe, "/dev/zero", t.TempDir(), "/nowhere", os.Args[0]} {
		refused := make(chan error, 1)
		go func() {
			_, err := New(options(t, io.Discard, "CNS_SIGNING_KEY_FILE="+file))
			refused <- err
		}()
		select {
		case err := <-refused:
			if err == nil || !strings.HasPrefix(err.Error(), "CNS_SIGNING_KEY_FILE: ") {
				t.Errorf("%s: error %v", file, err)
			}
		case <-time.After(20 * time.Second):
			t.Errorf("%s: the start hangs", file)
		}
	}
}
