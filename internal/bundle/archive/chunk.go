package archive

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"hash/crc32"
	"sync"

	"github.com/klauspost/compress/flate"
)

// Chunk is a run of the bytes of a file, up to all of them. It never changes. What archives need of
// it is worked out once, when it is first asked for.
type Chunk struct {
	text     []byte
	isSingle bool

	packing  sync.Once
	deflated [][]byte // DEFLATE blocks (RFC 1951) that end at a byte, none of them the last one of a file
	crc      uint32

	summing sync.Once
	sum     [sha256.Size]byte
}

// Shared returns a chunk that many bundles have. It is compressed, whatever its size. The caller
// must not change text afterwards.
func Shared(text []byte) *Chunk { return &Chunk{text: text} }

// Single returns a chunk that one bundle has. It is compressed only if it is long: that takes
// longer than all else that is done for it. The caller must not change text afterwards.
func Single(text []byte) *Chunk { return &Chunk{text: text, isSingle: true} }

// Join returns a shared chunk with the bytes of several.
func Join(chunks []*Chunk) *Chunk {
	texts := make([][]byte, len(chunks))
	for i, c := range chunks {
		texts[i] = c.text
	}
	return Shared(bytes.Join(texts, nil))
}

// Text returns the bytes. The caller must not change them.
func (c *Chunk) Text() []byte { return c.text }

// digest returns the SHA-256 of the bytes.
func (c *Chunk) digest() [sha256.Size]byte {
	c.summing.Do(func() { c.sum = sha256.Sum256(c.text) })
	return c.sum
}

// longSingle is from how many bytes on a chunk of one bundle is compressed.
const longSingle = 8 << 10

// pack works out what archives need of a chunk.
func (z *Zipper) pack(c *Chunk) {
	c.packing.Do(func() {
		c.crc = crc32.ChecksumIEEE(c.text)
		if c.isSingle && len(c.text) <= longSingle {
			c.deflated = stored(c.text)
		} else {
			c.deflated = [][]byte{z.deflate(c.text)}
		}
	})
}

// packedSize is how many bytes a chunk takes once it is packed.
func (c *Chunk) packedSize() int {
	size := 0
	for _, block := range c.deflated {
		size += len(block)
	}
	return size
}

// stored returns a text of at most longSingle bytes as a block that isn't compressed (RFC 1951,
// section 3.2.4).
func stored(text []byte) [][]byte {
	header := binary.LittleEndian.AppendUint16([]byte{0}, uint16(len(text)))
	return [][]byte{binary.LittleEndian.AppendUint16(header, ^uint16(len(text))), text}
}

func (z *Zipper) deflate(text []byte) []byte {
	var buf bytes.Buffer
	w, ok := z.writers.Get().(*flate.Writer)
	if !ok {
		w, _ = flate.NewWriter(nil, flate.DefaultCompression) // fails for unknown levels alone
	}
	defer z.writers.Put(w)
	w.Reset(&buf)
	_, _ = w.Write(text) // a buffer never fails
	_ = w.Flush()
	return bytes.Clone(buf.Bytes())
}
