package bundle

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"sync"

	"github.com/klauspost/compress/flate"
	"github.com/maypok86/otter/v2"
)

// cacheBytes bounds what a cache holds.
const cacheBytes = 4 << 20

// Cache keeps what bundles have in common, so that it is encoded and compressed once. Each piece follows from its key alone. It is safe for
// concurrent use; requests for things that nobody else asks for don't drive out what many do.
type Cache struct {
	pieces  *otter.Cache[pieceKey, []byte]
	writers sync.Pool // of *flate.Writer, whose tables are larger than most files
}

// pieceKey says what a piece is, and what it is made of.
type pieceKey struct {
	form string // path of the file that it is or is part of, or deflated
	sum  [sha256.Size]byte
}

// deflated is no file's path.
const deflated = ""

// NewCache returns an empty cache.
func NewCache() *Cache {
	const entryBytes = 200 // of the cache's own for each entry, roughly
	return &Cache{pieces: otter.Must(&otter.Options[pieceKey, []byte]{
		MaximumWeight: cacheBytes,
		Weigher:       func(key pieceKey, piece []byte) uint32 { return uint32(entryBytes + len(key.form) + cap(piece)) },
	})}
}

// piece returns what produce returns, which depends on the key alone. The caller must not change it.
func (c *Cache) piece(key pieceKey, produce func() ([]byte, error)) ([]byte, error) {
	if piece, ok := c.pieces.GetIfPresent(key); ok {
		return piece, nil
	}
	piece, err := produce()
	if err == nil {
		c.pieces.Set(key, piece)
	}
	return piece, err
}

// file returns the file that produce returns, which depends on its path and the sum alone.
func (c *Cache) file(path string, sum [sha256.Size]byte, produce func() (File, error)) (File, error) {
	data, err := c.piece(pieceKey{path, sum}, func() ([]byte, error) {
		file, err := produce()
		return file.Data, err
	})
	return File{Path: path, Data: data}, err
}

// deflate compresses data to DEFLATE blocks (RFC 1951) that end at a byte, none of them the last one: what is compressed by itself can be
// joined.
func (c *Cache) deflate(data []byte) ([]byte, error) {
	return c.piece(pieceKey{deflated, sha256.Sum256(data)}, func() ([]byte, error) {
		var buf bytes.Buffer
		w, ok := c.writers.Get().(*flate.Writer)
		if !ok {
			var err error
			if w, err = flate.NewWriter(nil, flate.DefaultCompression); err != nil {
				return nil, err
			}
		}
		defer c.writers.Put(w)
		w.Reset(&buf)
		if _, err := w.Write(data); err != nil {
			return nil, fmt.Errorf("deflate: %w", err)
		}
		if err := w.Flush(); err != nil {
			return nil, fmt.Errorf("deflate: %w", err)
		}
		return bytes.Clone(buf.Bytes()), nil
	})
}
