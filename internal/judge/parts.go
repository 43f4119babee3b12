package judge

import (
	"crypto/sha256"
	"math"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
	"github.com/NVIDIA/cloud-native-stack/internal/document/yamlenc"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
)

// outline is a component without its values and all but the identity of its manifests: nothing
// else of them matters to other components. The recipes of all environments have few different
// components, so most of the work is saved where each of them is judged once.
type outline struct {
	ref  gen.ComponentRef
	lack size // of it
}

// size is how much of a request's limits something takes, or a little more.
type size struct{ bytes, values int }

// digest is that of a component's JSON.
type digest [sha256.Size]byte

// parts are the components of one recipe: outlines of those that were in a recipe without a fault.
type parts struct {
	*trial
	lack  size // of all outlines
	fresh map[digest]part
}

// part is a component that was in no recipe without a fault yet.
type part struct {
	ref       gen.ComponentRef
	jsonBytes int
}

// find stands for [recipe.Component].
func (p *parts) find(c *catalog.Component, applied []*catalog.Overlay) (gen.ComponentRef, bool) {
	from := []string{c.Name} // and the overlays that it follows from
	for _, o := range applied {
		switch patch, speaks := o.Components[c.Name]; {
		case !speaks:
		case patch == nil:
			from = from[:1]
		default:
			from = append(from, o.Name)
		}
	}
	key := strings.Join(from, " ")
	known, ok := p.sound[p.digests[key]]
	if !ok {
		ref, ok := recipe.Component(c, applied)
		if !ok {
			return ref, false
		}
		text := document.Must(document.EncodeJSON(ref))
		d := digest(sha256.Sum256(text))
		p.digests[key] = d
		if known, ok = p.sound[d]; !ok {
			p.fresh[d] = part{ref, len(text)}
			p.values += countValues(ref)
			return ref, true
		}
	}
	p.lack.bytes += known.lack.bytes
	p.lack.values += known.lack.values
	return known.ref, true
}

// settle notes that the recipe has no fault.
func (p *parts) settle() {
	for d, fresh := range p.fresh {
		p.sound[d] = fresh.outline()
	}
}

func (p part) outline() outline {
	short := p.ref
	short.Values, short.Manifests = map[string]any{}, make([]gen.KubernetesObject, len(p.ref.Manifests))
	for i, object := range p.ref.Manifests {
		metadata, _ := object["metadata"].(map[string]any)
		identity := map[string]any{"name": metadata["name"]}
		if namespace, ok := metadata["namespace"]; ok {
			identity["namespace"] = namespace
		}
		short.Manifests[i] = gen.KubernetesObject{
			"apiVersion": object["apiVersion"], "kind": object["kind"], "metadata": identity,
		}
	}
	text := document.Must(yamlenc.Item(p.ref))
	return outline{short, size{
		bytes: max(
			len(text)-len(document.Must(yamlenc.Item(short))),
			p.jsonBytes-len(document.Must(document.EncodeJSON(short))),
		),
		values: max(countValues(p.ref), document.LeastValues(text)),
	}}
}

// countValues counts those of a component and those in its manifests.
func countValues(ref gen.ComponentRef) int {
	unlimited := document.Limits{Values: math.MaxInt, Levels: math.MaxInt}
	count, _ := document.Count(ref.Values, unlimited) // which the catalog has read, so there is no error
	for _, object := range ref.Manifests {
		n, _ := document.Count(map[string]any(object), unlimited)
		count += n
	}
	return count
}
