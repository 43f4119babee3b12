package component

import (
	"crypto/sha256"

	"github.com/maypok86/otter/v2"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
)

// maxPool bounds what a pool keeps, in bytes.
const maxPool = 4 << 20

// Pool keeps components, so that bundles which have equal ones encode and compress them once. It is
// bounded, safe for concurrent use, and keeps those that many bundles have rather than those that
// few do.
type Pool struct {
	components *otter.Cache[key, *Component]
}

// key tells components apart: equal ones of one scope have equal keys.
type key struct {
	scope string
	id    [sha256.Size]byte // of the component
	size  int               // in bytes, as JSON
}

// NewPool returns an empty pool.
func NewPool() *Pool {
	return &Pool{otter.Must(&otter.Options[key, *Component]{
		MaximumWeight: maxPool,
		Weigher: func(k key, c *Component) uint32 {
			const (
				entryBytes = 2 << 10 // of a component without values, roughly
				perByte    = 6       // decoded, encoded in three forms, compressed
			)
			return uint32(entryBytes + perByte*k.size + BytesPerValue*c.Size())
		},
	})}
}

// Get returns the component of a scope that has the same content, which is new if there is none.
// The caller must not change anything that ref refers to afterwards.
func (p *Pool) Get(scope string, ref gen.ComponentRef, images *Images) *Component {
	encoded := document.Must(document.EncodeJSON([]any{ref, images.Names, images.Warnings}))
	k := key{scope, sha256.Sum256(encoded), len(encoded)}
	if c, ok := p.components.GetIfPresent(k); ok {
		return c
	}
	c := New(ref, images)
	p.components.Set(k, c)
	return c
}
