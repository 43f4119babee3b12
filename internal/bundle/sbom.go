package bundle

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"strings"

	"github.com/distribution/reference"
	"github.com/google/uuid"
	"github.com/package-url/packageurl-go"

	"github.com/NVIDIA/cloud-native-stack/internal/document"
)

// sbom lists charts and images as a CycloneDX 1.6 document. Its serial number follows from the recipe, its time is the recipe's.
func sbom(p plan, images map[string][]string, lock []byte) (File, error) {
	const path, root = "sbom.cdx.json", "bundle"
	var charts []string
	components := []*part{p.cache.keep(path, `{"components":[`)}
	dependencies := []*part{p.cache.keep(path, `],"dependencies":[`)}
	isListed := map[string]bool{}
	for _, r := range p.releases {
		charts = append(charts, r.bomRef())
		var listed []string
		for _, image := range images[r.Name] {
			if !isListed[image] {
				listed = append(listed, image)
			}
			isListed[image] = true
		}
		component, err := r.part(path+" "+strings.Join(listed, " "), func() ([]byte, error) { return r.components(listed) })
		if err != nil {
			return File{}, err
		}
		dependency, err := r.part(path+" dependencies "+strings.Join(images[r.Name], " "), func() ([]byte, error) {
			text, err := document.EncodeJSON(object{"ref": r.bomRef(), "dependsOn": append([]string{}, images[r.Name]...)})
			return append(text, ','), err
		})
		if err != nil {
			return File{}, err
		}
		components, dependencies = append(components, component), append(dependencies, dependency)
	}
	last, err := document.EncodeJSON(object{"ref": root, "dependsOn": charts})
	if err != nil {
		return File{}, err
	}
	digest := sha256.Sum256(lock)
	metadata := object{
		"lifecycles": []any{object{"phase": "pre-build"}}, // what will be deployed, not what was found
		"component":  object{"type": "application", "bom-ref": root, "name": "cns-bundle"},
	}
	if created := p.recipe.Metadata.Created; created != "" {
		metadata["timestamp"] = created
	}
	rest, err := document.EncodeJSON(object{
		"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1,
		"serialNumber": "urn:uuid:" + uuid.NewSHA1(uuid.NameSpaceOID, digest[:]).String(),
		"metadata":     metadata,
	})
	end := &part{text: slices.Concat(last, []byte("],"), bytes.TrimPrefix(rest, []byte("{")))}
	return File{Path: path, parts: append(append(components, dependencies...), end)}, err
}

// bomRef names a release in the SBOM: two of them may have one chart.
func (r release) bomRef() string { return "release:" + r.Name }

// components lists a release's chart, and images.
func (r release) components(images []string) ([]byte, error) {
	list, err := document.EncodeJSON(object{"type": "application", "bom-ref": r.bomRef(), "name": r.Chart, "version": r.Version, "purl": chartURL(r)})
	if r.Order > 1 {
		list = append([]byte(","), list...)
	}
	for _, image := range images {
		component, e := r.cache.part("image of an SBOM", image, func() ([]byte, error) { return document.EncodeJSON(imageComponent(image)) })
		if e != nil {
			return nil, e
		}
		list = append(append(list, ','), component.text...)
	}
	return list, err
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
