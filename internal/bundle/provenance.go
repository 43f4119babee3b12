package bundle

import (
	"encoding/hex"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/attest"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/archive"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
)

const (
	provenanceType = "https://slsa.dev/provenance/v1"
	buildType      = "https://github.com/NVIDIA/cloud-native-stack/blob/main/api/openapi.yaml#createBundle"
	builderID      = "https://github.com/NVIDIA/cloud-native-stack/cmd/cnsd"
)

type object = map[string]any

// provenance says how a bundle was made: an in-toto statement about checksums.txt with a SLSA v1
// predicate, and its signature where the server has a key. Times and IDs of requests are left out,
// so that equal requests give equal bundles.
func (b *Builder) provenance(from *base, p gen.CreateBundleParams, checksums archive.File) ([]archive.File, error) {
	p.Accept, p.Format = "", "" // the bundle doesn't depend on them
	recipe := object{"name": "recipe", "digest": object{"sha256": hex.EncodeToString(from.digest[:])}}
	builder := object{"id": builderID, "version": object{"cnsd": b.options.Build.Version}}
	predicate := object{ // https://slsa.dev/spec/v1.0/provenance
		"buildDefinition": object{
			"buildType":            buildType,
			"externalParameters":   object{"options": p, "recipe": recipe},
			"resolvedDependencies": []any{recipe},
		},
		"runDetails": object{"builder": builder},
	}
	statement := document.Must(attest.Statement(checksums.Path, checksums.Digest(), provenanceType, predicate))
	files := []archive.File{archive.NewFile("provenance.json", archive.Single(statement))}
	if b.options.Signer == nil {
		return files, nil
	}
	signed, err := b.options.Signer.Sign(statement)
	return append(files, archive.NewFile("provenance.sigstore.json", archive.Single(signed))), err
}
