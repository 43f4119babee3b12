package bundle

import (
	"encoding/hex"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/attest"
)

const (
	provenanceType = "https://slsa.dev/provenance/v1"
	buildType      = "https://github.com/NVIDIA/cloud-native-stack/blob/main/api/openapi.yaml#createBundle"
	builderID      = "https://github.com/NVIDIA/cloud-native-stack/cmd/cnsd"
)

// provenance says how the bundle was made: an in-toto statement about checksums.txt with a SLSA v1 predicate, and its signature where the
// server has a key. Times and IDs of requests are left out, so that equal requests give equal bundles.
func (b *builder) provenance(params gen.CreateBundleParams, checksums File) ([]File, error) {
	params.Accept, params.Format = "", "" // the bundle doesn't depend on them
	sum, err := checksums.sum()
	if err != nil {
		return nil, err
	}
	var p slsaProvenance
	recipe := slsaResource{Name: "recipe", Digest: attest.Digest{SHA256: hex.EncodeToString(b.digest[:])}}
	p.BuildDefinition.Type = buildType
	p.BuildDefinition.Parameters.Options, p.BuildDefinition.Parameters.Recipe = params, recipe
	p.BuildDefinition.Dependencies = []slsaResource{recipe}
	p.RunDetails.Builder.ID, p.RunDetails.Builder.Version.Cnsd = builderID, b.Version
	statement, err := attest.Statement(checksums.Path, sum, provenanceType, p)
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

// slsaProvenance is the predicate of https://slsa.dev/spec/v1.0/provenance.
type slsaProvenance struct {
	BuildDefinition struct {
		Type       string `json:"buildType"`
		Parameters struct {
			Options gen.CreateBundleParams `json:"options"`
			Recipe  slsaResource           `json:"recipe"`
		} `json:"externalParameters"`
		Dependencies []slsaResource `json:"resolvedDependencies"`
	} `json:"buildDefinition"`
	RunDetails struct {
		Builder struct {
			ID      string `json:"id"`
			Version struct {
				Cnsd string `json:"cnsd"`
			} `json:"version"`
		} `json:"builder"`
	} `json:"runDetails"`
}

type slsaResource struct {
	Digest attest.Digest `json:"digest"`
	Name   string        `json:"name"`
}
