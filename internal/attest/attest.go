// Package attest makes in-toto statements and signs them as Sigstore bundles. Equal input gives
// equal bytes.
package attest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/NVIDIA/cloud-native-stack/internal/document"
)

// Statement returns an in-toto statement (specification v1, as JSON) that a predicate of a type
// holds for a file with a digest.
func Statement(file string, sum [sha256.Size]byte, predicateType string, predicate any) ([]byte, error) {
	digest := map[string]string{"sha256": hex.EncodeToString(sum[:])}
	return document.EncodeJSON(struct {
		Type          string    `json:"_type"`
		Subject       []subject `json:"subject"`
		PredicateType string    `json:"predicateType"`
		Predicate     any       `json:"predicate"`
	}{"https://in-toto.io/Statement/v1", []subject{{file, digest}}, predicateType, predicate})
}

type subject struct {
	Name   string            `json:"name"`
	Digest map[string]string `json:"digest"` // by algorithm, in hexadecimal
}

// Signer signs statements with a key, which can be replaced at any time.
type Signer struct{ key atomic.Pointer[signingKey] }

type signingKey struct {
	*ecdsa.PrivateKey
	hint string // that cosign gives and looks for
}

// NewSigner reads an ECDSA key on the curve P-256 from PEM: PKCS #8 or SEC 1.
func NewSigner(text []byte) (*Signer, error) {
	s := new(Signer)
	if err := s.Replace(text); err != nil {
		return nil, err
	}
	return s, nil
}

// Replace has later statements signed with another key. After an error the key is the former one.
func (s *Signer) Replace(text []byte) error {
	key, err := parseKey(text)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(der)
	s.key.Store(&signingKey{key, base64.StdEncoding.EncodeToString(sum[:])})
	return nil
}

func parseKey(text []byte) (*ecdsa.PrivateKey, error) {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Headers["DEK-Info"] != "" { // as openssl ec -aes256 writes it
			return nil, fmt.Errorf("PEM block %q is encrypted: the server has no password for it", block.Type)
		}
		var parsed any
		var err error
		switch block.Type {
		case "PRIVATE KEY":
			parsed, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		case "EC PRIVATE KEY":
			parsed, err = x509.ParseECPrivateKey(block.Bytes)
		case "EC PARAMETERS": // openssl writes them before the key
			continue
		default:
			return nil, fmt.Errorf("PEM block %q: must be PRIVATE KEY or EC PRIVATE KEY, not encrypted", block.Type)
		}
		if err != nil {
			return nil, err
		}
		key, ok := parsed.(*ecdsa.PrivateKey)
		if !ok || key.Curve != elliptic.P256() {
			return nil, errors.New("the key is not an ECDSA key on the curve P-256")
		}
		return key, nil
	}
	return nil, errors.New("no private key in PEM")
}

const statementType = "application/vnd.in-toto+json"

// Sign puts a statement in a DSSE envelope and that in a Sigstore bundle (v0.3), which "cosign
// verify-blob-attestation" takes.
func (s *Signer) Sign(statement []byte) ([]byte, error) {
	// What is signed is DSSE's pre-authentication encoding. Without a source of randomness the
	// signature is that of RFC 6979.
	encoded := fmt.Appendf(nil, "DSSEv1 %d %s %d %s", len(statementType), statementType, len(statement), statement)
	digest := sha256.Sum256(encoded)
	key := s.key.Load()
	signature, err := key.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	var b sigstoreBundle
	b.MediaType = "application/vnd.dev.sigstore.bundle.v0.3+json"
	b.VerificationMaterial.PublicKey.Hint = key.hint
	b.Envelope.Payload, b.Envelope.PayloadType = statement, statementType
	b.Envelope.Signatures = []envelopeSignature{{signature}}
	return document.EncodeJSON(b)
}

type sigstoreBundle struct {
	MediaType            string `json:"mediaType"`
	VerificationMaterial struct {
		PublicKey struct {
			Hint string `json:"hint"`
		} `json:"publicKey"`
	} `json:"verificationMaterial"`
	Envelope struct {
		Payload     []byte              `json:"payload"`
		PayloadType string              `json:"payloadType"`
		Signatures  []envelopeSignature `json:"signatures"`
	} `json:"dsseEnvelope"`
}

type envelopeSignature struct {
	Signature []byte `json:"sig"`
}
