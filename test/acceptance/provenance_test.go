package acceptance

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	provenance "github.com/in-toto/attestation/go/predicates/provenance/v1"
	intoto "github.com/in-toto/attestation/go/v1"
	sigstore "github.com/sigstore/sigstore-go/pkg/bundle"
	"github.com/sigstore/sigstore-go/pkg/root"
	"github.com/sigstore/sigstore-go/pkg/verify"
	"github.com/sigstore/sigstore/pkg/signature"
	"google.golang.org/protobuf/encoding/protojson"
)

func (k signingKey) checkBundle(t *testing.T, b bundle) {
	sums := b.file(t, "checksums.txt")
	checkSums(t, b, sums)
	statement := b.file(t, "provenance.json")
	checkStatement(t, b, statement, sums)

	// A changed file changes its checksum.
	signed := b.file(t, "provenance.sigstore.json")
	if payload, err := verifyWith(k.public, signed, sums); err != nil || !bytes.Equal(payload, statement) {
		t.Errorf("signature: %v; it is for %s", err, payload)
	}
	if _, err := verifyWith(k.public, signed, append([]byte{sums[0] ^ 1}, sums[1:]...)); err == nil {
		t.Error("the signature is valid for other checksums")
	}
	if _, err := verifyWith(newKey(t).public, signed, sums); err == nil {
		t.Error("the signature is valid with another key")
	}
	payload := bytes.Index(signed, []byte(`"payload":"`)) + len(`"payload":"`)
	tampered := slices.Replace(slices.Clone(signed), payload+40, payload+41, signed[payload+40]^1)
	if _, err := verifyWith(k.public, tampered, sums); err == nil {
		t.Error("the signature is valid for another statement")
	}
}

// checkSums does what sha256sum -c does, and finds files that are not listed. The provenance is
// about the list, so it can't be in it.
func checkSums(t *testing.T, b bundle, sums []byte) {
	var want strings.Builder
	for _, name := range slices.Sorted(maps.Keys(b.files)) {
		if name != "checksums.txt" && name != "provenance.json" && name != "provenance.sigstore.json" {
			fmt.Fprintf(&want, "%x  %s\n", sha256.Sum256(b.files[name].data), name)
		}
	}
	equal(t, string(sums), want.String())
}

// checkStatement decodes provenance strictly.
func checkStatement(t *testing.T, b bundle, text, sums []byte) {
	var statement intoto.Statement
	if err := protojson.Unmarshal(text, &statement); err != nil {
		t.Fatal(err)
	}
	if err := statement.Validate(); err != nil {
		t.Error(err)
	}
	if statement.GetPredicateType() != "https://slsa.dev/provenance/v1" || len(statement.GetSubject()) != 1 {
		t.Fatalf("%s", text)
	}
	subject := statement.GetSubject()[0]
	equal(t, map[string]string{subject.GetName(): subject.GetDigest()["sha256"]},
		map[string]string{"checksums.txt": digest(sums)})

	encoded, err := protojson.Marshal(statement.GetPredicate())
	if err != nil {
		t.Fatal(err)
	}
	var predicate provenance.Provenance
	if err := protojson.Unmarshal(encoded, &predicate); err != nil {
		t.Fatal(err)
	}
	if err := predicate.Validate(); err != nil {
		t.Error(err)
	}
	equal(t, predicate.GetRunDetails().GetBuilder().GetVersion(), map[string]string{"cnsd": "v1.2.3"})
	parameters := predicate.GetBuildDefinition().GetExternalParameters().GetFields()
	options := parameters["options"].GetStructValue().GetFields()
	for name, values := range b.options() {
		if got := options[name].GetStringValue(); got != values[0] {
			t.Errorf("%s is %q in the provenance, want %q", name, got, values[0])
		}
	}
}

// checkResolved checks that the provenance names the recipe by the digest of the server's answer.
func checkResolved(t *testing.T, text, recipe []byte) {
	t.Helper()
	statement := decode[struct {
		Predicate struct {
			BuildDefinition struct {
				ResolvedDependencies []struct{ Digest map[string]string }
			}
		}
	}](t, text)
	list := statement.Predicate.BuildDefinition.ResolvedDependencies
	if len(list) != 1 || list[0].Digest["sha256"] != digest(recipe) {
		t.Errorf("resolved dependencies %v, want the digest of GET /v1/recipe, %s", list, digest(recipe))
	}
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// verifyWith does what "cosign verify-blob-attestation --key … --insecure-ignore-tlog" does, and
// returns the signed statement.
func verifyWith(key *ecdsa.PublicKey, signed, artifact []byte) ([]byte, error) {
	loaded, err := signature.LoadVerifier(key, crypto.SHA256)
	if err != nil {
		return nil, err
	}
	always := root.NewExpiringKey(loaded, time.Time{}, time.Time{})
	trusted := root.NewTrustedPublicKeyMaterial(func(string) (root.TimeConstrainedVerifier, error) {
		return always, nil
	})
	verifier, err := verify.NewVerifier(trusted, verify.WithNoObserverTimestamps())
	if err != nil {
		return nil, err
	}
	var b sigstore.Bundle
	if err := b.UnmarshalJSON(signed); err != nil {
		return nil, err
	}
	policy := verify.NewPolicy(verify.WithArtifact(bytes.NewReader(artifact)), verify.WithKey())
	if _, err := verifier.Verify(&b, policy); err != nil {
		return nil, err
	}
	return b.GetDsseEnvelope().GetPayload(), nil
}
