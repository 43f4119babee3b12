package bundle

import (
	"archive/zip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math"
	"net"
)

// Zip packs files in their order, until ctx is done. It writes what package archive/zip would, but refers to what is compressed already
// in the place of copying it: with that package, packing takes a tenth of the time of a bundle which differs from others in one value.
func (c *Cache) Zip(ctx context.Context, files []File) (net.Buffers, error) {
	z := zipWriter{
		pieces: make(net.Buffers, 0, 5*len(files)), locals: make([]byte, 0, 64*len(files)), directory: make([]byte, 0, 80*len(files)), // roughly
	}
	for _, f := range files {
		if err := errors.Join(ctx.Err(), c.pack(f.parts...)); err != nil {
			return nil, fmt.Errorf("zip %s: %w", f.Path, err)
		}
		z.file(f)
	}
	if len(files) >= math.MaxUint16 || uint64(z.size) >= math.MaxUint32 { // which both mean something else to readers
		return nil, fmt.Errorf("zip: it can't hold %d files of %d bytes", len(files), z.size)
	}
	z.end(len(files))
	return z.pieces, nil
}

// zipWriter writes PKWARE's APPNOTE.TXT 6.3.10, sections 4.3.7 (local header), 4.3.12 (central directory) and 4.3.16 (its end).
type zipWriter struct {
	pieces    net.Buffers
	size      int
	locals    []byte
	directory []byte
}

const (
	deflateVersion = 20 // of the format, 2.0
	madeOnUnix     = 3 << 8
	regularFile    = 0o100000
)

// file adds a file whose parts are packed. Its path is ASCII.
func (z *zipWriter) file(f File) {
	le, offset, header := binary.LittleEndian, z.size, len(z.locals)
	fields := f.zipFields()
	z.locals = append(append(append(z.locals, "PK\x03\x04"...), fields[:]...), f.Path...)
	z.add(z.locals[header:])
	for _, p := range f.parts {
		for _, block := range p.deflated {
			z.add(block)
		}
	}
	z.add(lastBlock)

	z.directory = le.AppendUint16(append(z.directory, "PK\x01\x02"...), madeOnUnix|deflateVersion)
	z.directory = append(z.directory, fields[:]...)
	z.directory = append(z.directory, 0, 0, 0, 0, 0, 0) // no comment, the first disk, no internal attributes
	z.directory = le.AppendUint32(z.directory, (regularFile|uint32(f.mode()))<<16)
	z.directory = append(le.AppendUint32(z.directory, uint32(offset)), f.Path...)
}

// end writes the directory of a number of files.
func (z *zipWriter) end(files int) {
	le, start, size := binary.LittleEndian, z.size, len(z.directory)
	z.directory = append(z.directory, "PK\x05\x06\x00\x00\x00\x00"...)
	z.directory = le.AppendUint16(z.directory, uint16(files)) // on this disk
	z.directory = le.AppendUint16(z.directory, uint16(files))
	z.directory = le.AppendUint32(z.directory, uint32(size))
	z.directory = le.AppendUint32(z.directory, uint32(start))
	z.add(append(z.directory, 0, 0)) // no comment
}

func (z *zipWriter) add(piece []byte) {
	z.pieces = append(z.pieces, piece)
	z.size += len(piece)
}

// lastBlock ends DEFLATE blocks: an empty one that says it's the last.
var lastBlock = []byte{3, 0}

// zipFields is what both headers of a file have.
func (f File) zipFields() (fields [26]byte) {
	deflated := len(lastBlock)
	for _, p := range f.parts {
		for _, block := range p.deflated {
			deflated += len(block)
		}
	}
	le, to := binary.LittleEndian, fields[:0]
	to = append(to, deflateVersion, 0, 0, 0) // no flags
	to = le.AppendUint16(to, zip.Deflate)
	to = append(to, 0, 0, 1<<5|1, 0) // entryTime: midnight, 1 January 1980
	to = le.AppendUint32(to, f.crc())
	to = le.AppendUint32(to, uint32(deflated))
	to = le.AppendUint32(to, uint32(f.size()))
	le.AppendUint16(to, uint16(len(f.Path))) // and nothing extra
	return fields
}

func (f File) crc() uint32 {
	if len(f.parts) == 1 {
		return f.parts[0].crc
	}
	var crc uint32
	for _, p := range f.parts {
		crc = crc32.Update(crc, crc32.IEEETable, p.text)
	}
	return crc
}
