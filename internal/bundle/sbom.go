package bundle

import (
	"bytes"
	"crypto/sha256"
	"strings"

	"github.com/distribution/reference"
	"github.com/google/uuid"
	"github.com/package-url/packageurl-go"

	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
)

// sbom lists charts and images as a CycloneDX 1.6 document. Its serial number follows from the recipe, its time is the recipe's.
func sbom(p plan, images map[string][]string, lock []byte) (File, error) {
	const path, root = "sbom.cdx.json", "bundle"
	components, dependencies := [][]byte{[]byte(`{"components":[`)}, []any{}
	var charts []string
	isListed := map[string]bool{}
	add := func(component []byte) {
		if len(components) > 1 {
			components = append(components, []byte(","))
		}
		components = append(components, component)
	}
	for _, r := range p.releases {
		chart := "release:" + r.Name // two releases may have one chart
		charts = append(charts, chart)
		component, err := recipe.EncodeJSON(object{"type": "application", "bom-ref": chart, "name": r.Chart, "version": r.Version, "purl": chartURL(r)})
		if err != nil {
			return File{}, err
		}
		add(component)
		pulls := []string{}
		for _, image := range images[r.Name] {
			pulls = append(pulls, image)
			if isListed[image] {
				continue
			}
			isListed[image] = true
			component, err := p.cache.piece(pieceKey{path, sha256.Sum256([]byte(image))}, func() ([]byte, error) {
				return recipe.EncodeJSON(imageComponent(image))
			})
			if err != nil {
				return File{}, err
			}
			add(component)
		}
		dependencies = append(dependencies, object{"ref": chart, "dependsOn": pulls})
	}
	dependencies = append(dependencies, object{"ref": root, "dependsOn": charts})
	digest := sha256.Sum256(lock)
	metadata := object{
		"lifecycles": []any{object{"phase": "pre-build"}}, // what will be deployed, not what was found
		"component":  object{"type": "application", "bom-ref": root, "name": "cns-bundle"},
	}
	if created := p.recipe.Metadata.Created; created != "" {
		metadata["timestamp"] = created
	}
	data, err := recipe.EncodeJSON(object{
		"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
		"serialNumber": "urn:uuid:" + uuid.NewSHA1(uuid.NameSpaceOID, digest[:]).String(),
		"metadata":     metadata, "dependencies": dependencies,
	})
	return joined(path, append(components, []byte("],"), bytes.TrimPrefix(data, []byte("{")))), err
}

// chartURL names a chart by package URL.
func chartURL(r release) string {
	if r.isOCI() {
		return packageurl.NewPackageURL(packageurl.TypeOCI, "", r.Chart, "",
			packageurl.QualifiersFromMap(map[string]string{"repository_url": strings.TrimPrefix(r.ociChart(), "oci://"), "tag": r.tag()}), "").ToString()
	}
	return packageurl.NewPackageURL(packageurl.TypeHelm, "", r.Chart, r.Version,
		packageurl.QualifiersFromMap(map[string]string{"repository_url": r.Repository}), "").ToString()
}

// imageComponent describes an image, given by its full name. A digest is its version; a tag alone is none that identifies it.
func imageComponent(name string) object {
	component := object{"type": "container", "bom-ref": name, "name": name}
	image, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return component
	}
	repository := image.Name()
	qualifiers := map[string]string{"repository_url": repository}
	component["name"] = repository
	if tagged, ok := image.(reference.Tagged); ok {
		qualifiers["tag"] = tagged.Tag()
		component["version"] = tagged.Tag()
	}
	var version string
	if digested, ok := image.(reference.Digested); ok {
		version = digested.Digest().String()
		component["hashes"] = []any{object{"alg": "SHA-256", "content": digested.Digest().Encoded()}}
	}
	last := repository[strings.LastIndex(repository, "/")+1:]
	component["purl"] = packageurl.NewPackageURL(packageurl.TypeOCI, "", last, version, packageurl.QualifiersFromMap(qualifiers), "").ToString()
	return component
}
