package attest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"
)

func newKey(t *testing.T, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func pkcs8(t *testing.T, key crypto.PrivateKey) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return block("PRIVATE KEY", nil, der)
}

func sec1(t *testing.T, headers map[string]string, key *ecdsa.PrivateKey) string {
	t.Helper()
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return block("EC PRIVATE KEY", headers, der)
}

func block(kind string, headers map[string]string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Headers: headers, Bytes: der}))
}

// A key signs alike however it is written.
func TestSigner(t *testing.T) {
	key := newKey(t, elliptic.P256())
	var signed [][]byte
	for _, text := range []string{pkcs8(t, key), sec1(t, nil, key),
		"# mine\n" + block("EC PARAMETERS", nil, []byte{6, 0}) + sec1(t, nil, key)} {
		s, err := NewSigner([]byte(text))
		if err != nil {
			t.Fatalf("%v:\n%s", err, text)
		}
		envelope, err := s.Sign([]byte(`{"a":1}`))
		if err != nil {
			t.Fatal(err)
		}
		signed = append(signed, envelope)
	}
	if !bytes.Equal(signed[0], signed[1]) || !bytes.Equal(signed[0], signed[2]) {
		t.Errorf("%s", signed)
	}
}

// What is replaced is signed by the other key, and what is no key leaves the one in use.
func TestReplace(t *testing.T) {
	text := pkcs8(t, newKey(t, elliptic.P256()))
	s, err := NewSigner([]byte(pkcs8(t, newKey(t, elliptic.P256()))))
	if err != nil {
		t.Fatal(err)
	}
	other, err := NewSigner([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	sign := func(s *Signer) string {
		envelope, err := s.Sign([]byte(`{"a":1}`))
		if err != nil {
			t.Fatal(err)
		}
		return string(envelope)
	}
	if sign(s) == sign(other) {
		t.Error("two keys sign alike")
	}
	if err := s.Replace([]byte(text)); err != nil || sign(s) != sign(other) {
		t.Errorf("not replaced: %v", err)
	}
	if err := s.Replace([]byte("no key")); err == nil || sign(s) != sign(other) {
		t.Errorf("what is no key is taken: %v", err)
	}
}

func TestNewSignerRefuses(t *testing.T) {
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	encrypted := map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-256-CBC,00"}
	for name, tt := range map[string]struct{ text, want string }{
		"nothing":       {"", "no private key in PEM"},
		"no PEM":        {"key", "no private key in PEM"},
		"another curve": {pkcs8(t, newKey(t, elliptic.P384())), "the key is not an ECDSA key on the curve P-256"},
		"RSA":           {pkcs8(t, other), "the key is not an ECDSA key on the curve P-256"},
		"public key": {block("PUBLIC KEY", nil, []byte{1}),
			`PEM block "PUBLIC KEY": must be PRIVATE KEY or EC PRIVATE KEY, not encrypted`},
		"cosign's": {block("ENCRYPTED SIGSTORE PRIVATE KEY", nil, []byte{1}),
			`PEM block "ENCRYPTED SIGSTORE PRIVATE KEY": must be PRIVATE KEY or EC PRIVATE KEY, not encrypted`},
		"encrypted": {sec1(t, encrypted, newKey(t, elliptic.P256())),
			`PEM block "EC PRIVATE KEY" is encrypted: the server has no password for it`},
		"no key inside": {block("PRIVATE KEY", nil, []byte{1}), "asn1: "},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := NewSigner([]byte(tt.text)); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
}
