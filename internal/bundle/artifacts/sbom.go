package artifacts

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/distribution/reference"
	"github.com/google/uuid"
	"github.com/package-url/packageurl-go"

	"github.com/NVIDIA/cloud-native-stack/internal/bundle/archive"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
)

// sbomRoot names the bundle in the SBOM.
const sbomRoot = "bundle"

// sbom is a CycloneDX 1.6 document but for what follows from recipe.yaml, which is at its end.
type sbom struct {
	chunks       []*archive.Chunk
	components   []*archive.Chunk // what each release gives to the list of that name
	dependencies []*archive.Chunk
	listed       [][]string        // images of each release that none before has
	images       map[string][]byte // each as it is in the list
}

// sbom lists charts and images, and which of them need which. Items that are encoded already are
// put together here: to encode the whole document anew takes longer than all else that is done for
// a bundle with a value of its own.
func (w writer) sbom() (sbom, error) {
	s, base := sbom{listed: listOnce(w.releases), images: map[string][]byte{}}, w.base.sbom
	maps.Copy(s.images, base.images)
	charts := make([]string, len(w.releases))
	for i, r := range w.releases {
		charts[i] = sbomRef(r)
	}
	isKept := func(i int) bool { return w.isKept(i) && slices.Equal(s.listed[i], base.listed[i]) }
	var err error
	if s.components, err = w.items(base.components, isKept, s.release); err != nil {
		return sbom{}, err
	}
	s.dependencies, err = w.items(base.dependencies, w.isKept, func(_ int, r component.Release) []byte {
		d := dependency{sbomRef(r), append([]string{}, r.Images.Names...)}
		return append(document.Must(document.EncodeJSON(d)), ',')
	})
	if err != nil {
		return sbom{}, err
	}
	last := document.Must(document.EncodeJSON(dependency{sbomRoot, charts}))
	s.chunks = slices.Concat(
		[]*archive.Chunk{w.chunk([]byte(`{"components":[`))}, s.components,
		[]*archive.Chunk{w.chunk([]byte(`],"dependencies":[`))}, s.dependencies,
		[]*archive.Chunk{archive.Single(append(last, "],"...))},
	)
	if !w.isSingle {
		s.chunks = []*archive.Chunk{archive.Join(s.chunks)}
	}
	return s, nil
}

// listOnce returns the images of each release that none before has.
func listOnce(releases []component.Release) [][]string {
	isListed := map[string]bool{}
	lists := make([][]string, len(releases))
	for i, r := range releases {
		for _, image := range r.Images.Names {
			if !isListed[image] {
				lists[i] = append(lists[i], image)
			}
			isListed[image] = true
		}
	}
	return lists
}

// release encodes a release's chart, and the images that it lists.
func (s sbom) release(i int, r component.Release) []byte {
	list := document.Must(document.EncodeJSON(map[string]any{
		"type": "application", "bom-ref": sbomRef(r), "name": r.Chart, "version": r.Version, "purl": chartURL(r),
	}))
	if i > 0 {
		list = slices.Insert(list, 0, ',')
	}
	for _, image := range s.listed[i] {
		if s.images[image] == nil {
			s.images[image] = document.Must(document.EncodeJSON(imageComponent(image)))
		}
		list = append(append(list, ','), s.images[image]...)
	}
	return list
}

// SBOM returns the SBOM of a bundle. Its serial number follows from recipe.yaml, its time is that
// of the recipe.
func (a *Artifacts) SBOM(recipe archive.File, created string) archive.File {
	digest := recipe.Digest()
	end := sbomEnd{
		Format: "CycloneDX", Specification: "1.6", Version: 1,
		Serial: "urn:uuid:" + uuid.NewSHA1(uuid.NameSpaceOID, digest[:]).String(),
	}
	end.Metadata.Timestamp = created
	end.Metadata.Lifecycles = []lifecycle{{"pre-build"}} // what will be deployed, not what was found
	end.Metadata.Component = bundleComponent{"application", sbomRoot, "cns-bundle"}
	text := document.Must(json.Marshal(end))[1:] // without the brace that opens an object
	last := archive.Single(append(text, '\n'))
	return archive.NewFile("sbom.cdx.json", append(slices.Clip(a.sbom.chunks), last)...)
}

// sbomEnd is what an SBOM has behind its lists.
type sbomEnd struct {
	Format        string `json:"bomFormat"`
	Specification string `json:"specVersion"`
	Version       int    `json:"version"`
	Serial        string `json:"serialNumber"`
	Metadata      struct {
		Timestamp  string          `json:"timestamp,omitempty"`
		Lifecycles []lifecycle     `json:"lifecycles"`
		Component  bundleComponent `json:"component"`
	} `json:"metadata"`
}

type lifecycle struct {
	Phase string `json:"phase"`
}

type bundleComponent struct {
	Type string `json:"type"`
	Ref  string `json:"bom-ref"`
	Name string `json:"name"`
}

// dependency says what one thing in an SBOM needs.
type dependency struct {
	Ref       string   `json:"ref"`
	DependsOn []string `json:"dependsOn"`
}

// sbomRef names a release in the SBOM: two of them may have one chart.
func sbomRef(r component.Release) string { return "release:" + r.Name }

// chartURL names a chart by package URL.
func chartURL(r component.Release) string {
	kind, version, qualifiers := packageurl.TypeHelm, r.Version, map[string]string{"repository_url": r.Repository}
	if r.IsOCI() {
		kind, version = packageurl.TypeOCI, ""
		qualifiers = map[string]string{"repository_url": strings.TrimPrefix(r.OCIChart(), "oci://"), "tag": r.Tag()}
	}
	return packageurl.NewPackageURL(kind, "", r.Chart, version, packageurl.QualifiersFromMap(qualifiers), "").ToString()
}

// imageComponent describes an image, given by its full name. A digest is its version; a tag alone
// is none that identifies it.
func imageComponent(name string) map[string]any {
	image, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return map[string]any{"type": "container", "bom-ref": name, "name": name}
	}
	repository := image.Name()
	described := map[string]any{"type": "container", "bom-ref": name, "name": repository}
	qualifiers := map[string]string{"repository_url": repository}
	if tagged, ok := image.(reference.Tagged); ok {
		qualifiers["tag"] = tagged.Tag()
		described["version"] = tagged.Tag()
	}
	var version string
	if digested, ok := image.(reference.Digested); ok {
		version = digested.Digest().String()
		described["hashes"] = []any{map[string]any{"alg": "SHA-256", "content": digested.Digest().Encoded()}}
	}
	last := repository[strings.LastIndex(repository, "/")+1:]
	described["purl"] = packageurl.NewPackageURL(
		packageurl.TypeOCI, "", last, version, packageurl.QualifiersFromMap(qualifiers), "").ToString()
	return described
}
