package bundle

import (
	"encoding/hex"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/attest"
)

// provenance says how the bundle was made: an in-toto statement about checksums.txt with a SLSA v1 predicate, and its signature where the
// server has a key. Times and IDs of requests are left out, so that equal requests give equal bundles.
func (b *builder) provenance(params gen.CreateBundleParams, checksums File) ([]File, error) {
	params.Accept, params.Format = "", "" // the bundle doesn't depend on them
	sum, err := b.Cache.sum(checksums)
	if err != nil {
		return nil, err
	}
	recipe := object{"name": "recipe", "digest": object{"sha256": hex.EncodeToString(b.digest[:])}}
	statement, err := attest.Statement(checksums.Path, sum, "https://slsa.dev/provenance/v1", object{
		"buildDefinition": object{
			"buildType":            "https://github.com/NVIDIA/cloud-native-stack/blob/main/api/openapi.yaml#createBundle",
			"externalParameters":   object{"recipe": recipe, "options": params},
			"resolvedDependencies": []any{recipe},
		},
		"runDetails": object{"builder": object{
			"id": "https://github.com/NVIDIA/cloud-native-stack/cmd/cnsd", "version": object{"cnsd": b.Version},
		}},
	})
	if err != nil {
		return nil, err
	}
	files := []File{NewFile("provenance.json", statement)}
	if b.Signer == nil {
		return files, nil
	}
	signed, err := b.Signer.Sign(statement)
	return append(files, NewFile("provenance.sigstore.json", signed)), err
}
