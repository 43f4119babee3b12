package bundle

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"hash/crc32"
	"sync"

	"github.com/klauspost/compress/flate"
	"github.com/maypok86/otter/v2"
)

// cacheBytes bounds what a cache holds.
const cacheBytes = 4 << 20

// Cache keeps what bundles have in common, so that it is encoded and compressed once. It is safe for concurrent use; requests for things
// that nobody else asks for don't drive out what many do.
type Cache struct {
	parts   *otter.Cache[partKey, *part]
	writers sync.Pool // of *flate.Writer, whose tables are larger than most files
}

// partKey says what a part is, and what it is made of. Each place that makes parts has a form of its own: a whole file's path, or what it is
// in a file.
type partKey struct{ form, id string }

// part is a file or a piece of one. Its text must not be changed.
type part struct {
	text   []byte
	isKept bool

	packing  sync.Once
	deflated [][]byte // DEFLATE blocks (RFC 1951) that end at a byte, none of them the last one, so that parts can be joined
	crc      uint32
	err      error

	summing sync.Once
	digest  hash.Cloner // SHA-256
	sum     [sha256.Size]byte
}

// NewCache returns an empty cache.
func NewCache() *Cache {
	const entryBytes = 300 // of the cache's own for each entry, roughly
	return &Cache{parts: otter.Must(&otter.Options[partKey, *part]{
		MaximumWeight: cacheBytes,
		Weigher: func(key partKey, p *part) uint32 {
			return uint32(entryBytes + len(key.form) + len(key.id) + 2*cap(p.text)) // compressed, it's no longer
		},
	})}
}

// part returns a part that follows from form and id alone, with the text that produce returns.
func (c *Cache) part(form, id string, produce func() ([]byte, error)) (*part, error) {
	return find(c.parts, partKey{form, id}, func() (*part, error) {
		text, err := produce()
		return &part{text: text, isKept: true}, err
	})
}

// partOf is the same for what may be of one bundle alone: then it has no ID, and isn't kept.
func (c *Cache) partOf(form, id string, produce func() ([]byte, error)) (*part, error) {
	if id != "" {
		return c.part(form, id, produce)
	}
	text, err := produce()
	return &part{text: text}, err
}

// keep returns a part with a text that other bundles have, too.
func (c *Cache) keep(form, text string) *part {
	p, _ := c.part(form, text, func() ([]byte, error) { return []byte(text), nil })
	return p
}

// file returns a file that other bundles have, too.
func (c *Cache) file(path, text string) File {
	return File{Path: path, parts: []*part{c.keep(path, text)}}
}

// script returns a program that other bundles have, too.
func (c *Cache) script(path, text string) File {
	f := c.file(path, text)
	f.Executable = true
	return f
}

// pack works out what bundles need of parts.
func (c *Cache) pack(parts ...*part) error {
	for _, p := range parts {
		p.packing.Do(func() { c.packOnce(p) })
		if p.err != nil {
			return p.err
		}
	}
	return nil
}

func (c *Cache) packOnce(p *part) {
	p.crc = crc32.ChecksumIEEE(p.text)
	if !p.isKept && len(p.text) <= worthwhile {
		p.deflated = stored(p.text)
		return
	}
	var blocks []byte
	blocks, p.err = c.deflate(p.text)
	p.deflated = [][]byte{blocks}
}

// worthwhile is from how many bytes on a text is compressed for one request alone: that takes longer than all else that is done for it.
const worthwhile = 8 << 10

// stored returns a text of at most worthwhile bytes as a block that isn't compressed (RFC 1951, section 3.2.4).
func stored(text []byte) [][]byte {
	header := binary.LittleEndian.AppendUint16([]byte{0}, uint16(len(text)))
	return [][]byte{binary.LittleEndian.AppendUint16(header, ^uint16(len(text))), text}
}

func (c *Cache) deflate(data []byte) ([]byte, error) {
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
}
