package bundle

import (
	"bytes"
	"slices"
	"strings"

	"github.com/distribution/reference"
	"github.com/google/uuid"
	"github.com/package-url/packageurl-go"

	"github.com/NVIDIA/cloud-native-stack/internal/document"
)

const bomPath = "sbom.cdx.json"

// bomRoot names the bundle in the SBOM.
const bomRoot = "bundle"

// bomLists are the charts and images of an SBOM, and which of them need which.
func (p plan) bomLists() ([]*part, error) {
	list, err := p.supply("lists in "+bomPath, func() ([]*part, error) {
		components := []*part{p.cache.keep("start of "+bomPath, `{"components":[`)}
		dependencies := []*part{p.cache.keep("middle of "+bomPath, `],"dependencies":[`)}
		isListed := make(map[string]bool, len(p.images))
		charts := []string{}
		for _, r := range p.releases {
			charts = append(charts, r.bomRef())
			listed := make([]string, 0, len(r.pulled.images))
			for _, image := range r.pulled.images {
				if !isListed[image] {
					listed = append(listed, image)
				}
				isListed[image] = true
			}
			component, err := r.supply("components in "+bomPath+"\n"+lines(listed), func() ([]byte, error) { return r.components(listed) })
			if err != nil {
				return nil, err
			}
			dependency, err := r.supply("dependency in "+bomPath, func() ([]byte, error) {
				text, err := document.EncodeJSON(bomDependency{r.bomRef(), append([]string{}, r.pulled.images...)})
				return append(text, ','), err
			})
			if err != nil {
				return nil, err
			}
			components, dependencies = append(components, component), append(dependencies, dependency)
		}
		last, err := document.EncodeJSON(bomDependency{bomRoot, charts})
		return append(append(components, dependencies...), &part{text: append(last, "],"...)}), err
	})
	return list.parts, err
}

// sbom is a CycloneDX 1.6 document. Its serial number follows from the recipe, its time is the recipe's.
func (p plan) sbom(lists []*part, lock File) (File, error) {
	digest, err := lock.sum()
	if err != nil {
		return File{}, err
	}
	end := bomEnd{
		Format: "CycloneDX", SpecVersion: "1.6", Version: 1, SerialNumber: "urn:uuid:" + uuid.NewSHA1(uuid.NameSpaceOID, digest[:]).String(),
	}
	end.Metadata.Timestamp = p.recipe.Metadata.Created
	end.Metadata.Lifecycles = []bomLifecycle{{"pre-build"}} // what will be deployed, not what was found
	end.Metadata.Component = bomComponent{"application", bomRoot, "cns-bundle"}
	text, err := document.EncodeJSON(end)
	return File{Path: bomPath, parts: append(slices.Clip(lists), &part{text: bytes.TrimPrefix(text, []byte("{"))})}, err
}

// bomEnd is what the SBOM holds behind its lists.
type bomEnd struct {
	Format       string `json:"bomFormat"`
	SpecVersion  string `json:"specVersion"`
	Version      int    `json:"version"`
	SerialNumber string `json:"serialNumber"`
	Metadata     struct {
		Timestamp  string         `json:"timestamp,omitempty"`
		Lifecycles []bomLifecycle `json:"lifecycles"`
		Component  bomComponent   `json:"component"`
	} `json:"metadata"`
}

type bomLifecycle struct {
	Phase string `json:"phase"`
}

type bomComponent struct {
	Type string `json:"type"`
	Ref  string `json:"bom-ref"`
	Name string `json:"name"`
}

// bomDependency says what one thing in an SBOM needs.
type bomDependency struct {
	Ref       string   `json:"ref"`
	DependsOn []string `json:"dependsOn"`
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
		component, e := r.cache.part("image in "+bomPath, image, func() ([]byte, error) { return document.EncodeJSON(imageComponent(image)) })
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
