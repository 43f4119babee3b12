package archive

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"hash/crc32"
	"io"
	"sync"
)

// Zipper packs files as zips. The zero value is ready for use, and safe for concurrent use.
type Zipper struct {
	writers sync.Pool // of *flate.Writer, whose tables are larger than most files
}

// Zip packs files in their order, until ctx is done. What chunks had compressed before is taken as
// it is.
func (z *Zipper) Zip(ctx context.Context, files []File) ([]byte, error) {
	size := 0
	for _, f := range files {
		for _, c := range f.chunks {
			if err := ctx.Err(); err != nil {
				return nil, fmt.Errorf("zip %s: %w", f.Path, err)
			}
			z.pack(c)
			size += c.packedSize()
		}
		const headers = 46 + 30 + 16 // of a file: in the directory, before it, behind it
		size += headers + 2*len(f.Path)
	}
	var buf bytes.Buffer
	buf.Grow(size)
	w := zip.NewWriter(&buf)
	for _, f := range files {
		if err := f.addTo(w); err != nil {
			return nil, fmt.Errorf("zip %s: %w", f.Path, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("zip: %w", err)
	}
	return buf.Bytes(), nil
}

const (
	deflateVersion = 20       // of the format, 2.0
	firstDay       = 1<<5 | 1 // entryTime as MS-DOS has it
)

// addTo adds a file whose chunks are packed.
func (f File) addTo(w *zip.Writer) error {
	header := zip.FileHeader{
		Name: f.Path, Method: zip.Deflate, ReaderVersion: deflateVersion, CreatorVersion: deflateVersion,
		CompressedSize64: uint64(len(lastBlock)), UncompressedSize64: uint64(f.size()), CRC32: f.crc(),
	}
	header.SetMode(f.mode())
	header.ModifiedDate = firstDay //lint:ignore SA1019 CreateRaw doesn't look at Modified
	for _, c := range f.chunks {
		header.CompressedSize64 += uint64(c.packedSize())
	}
	entry, err := w.CreateRaw(&header)
	if err != nil {
		return err
	}
	for _, c := range f.chunks {
		for _, block := range c.deflated {
			if _, err := entry.Write(block); err != nil {
				return err
			}
		}
	}
	_, err = io.WriteString(entry, lastBlock)
	return err
}

func (f File) crc() uint32 {
	if len(f.chunks) == 1 {
		return f.chunks[0].crc
	}
	var crc uint32
	for _, c := range f.chunks {
		crc = crc32.Update(crc, crc32.IEEETable, c.text)
	}
	return crc
}

// lastBlock ends DEFLATE blocks: an empty one that is marked as the last.
const lastBlock = "\x03\x00"
