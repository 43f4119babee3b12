package bundle

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"time"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

// format is a form in which bundles come.
type format struct {
	mediaType string
	file      string
	pack      func(context.Context, []File) ([]byte, error)
}

// formatOf picks the format that is asked for by name, or else by media type.
func (c *Cache) formatOf(params gen.CreateBundleParams) format {
	const gzipType = "application/gzip" // RFC 6713
	if params.Format == gen.FormatTarGz || params.Format == "" && params.Accept == gzipType {
		return format{gzipType, "bundle.tar.gz", TarGz}
	}
	return format{"application/zip", "bundle.zip", c.Zip}
}

// entryTime is the time of every entry, so that equal files give equal archives: the first day that a zip can hold.
var entryTime = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// Zip packs files in their order, until ctx is done.
func (c *Cache) Zip(ctx context.Context, files []File) ([]byte, error) {
	const entryBytes = 150 // of headers and the like, roughly
	size := 0
	for _, f := range files {
		if err := errors.Join(ctx.Err(), c.pack(f.parts...)); err != nil {
			return nil, fmt.Errorf("zip %s: %w", f.Path, err)
		}
		size += int(f.deflatedSize()) + entryBytes + 2*len(f.Path)
	}
	buf := bytes.NewBuffer(make([]byte, 0, size))
	w := zip.NewWriter(buf)
	for _, f := range files {
		header := zip.FileHeader{
			Name: f.Path, Method: zip.Deflate, CRC32: f.crc(), UncompressedSize64: uint64(f.size()), CompressedSize64: f.deflatedSize(),
		}
		header.SetMode(f.mode())
		header.SetModTime(entryTime) // CreateRaw doesn't look at Modified
		entry, err := w.CreateRaw(&header)
		if err == nil {
			err = f.writeDeflated(entry)
		}
		if err != nil {
			return nil, fmt.Errorf("zip %s: %w", f.Path, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("zip: %w", err)
	}
	return buf.Bytes(), nil
}

// lastBlock ends DEFLATE blocks: an empty one that says it's the last.
var lastBlock = []byte{3, 0}

// The following three take a file whose parts are packed.

func (f File) deflatedSize() uint64 {
	size := len(lastBlock)
	for _, p := range f.parts {
		for _, block := range p.deflated {
			size += len(block)
		}
	}
	return uint64(size)
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

func (f File) writeDeflated(w io.Writer) error {
	for _, p := range f.parts {
		for _, block := range p.deflated {
			if _, err := w.Write(block); err != nil {
				return err
			}
		}
	}
	_, err := w.Write(lastBlock)
	return err
}

// TarGz packs files in their order, until ctx is done.
func TarGz(ctx context.Context, files []File) ([]byte, error) {
	var buf bytes.Buffer
	compressed := gzip.NewWriter(&buf)
	w := tar.NewWriter(compressed)
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		header := &tar.Header{Name: f.Path, Mode: int64(f.mode()), Size: int64(f.size()), ModTime: entryTime, Format: tar.FormatPAX}
		err := w.WriteHeader(header)
		if err == nil {
			err = f.writeTo(w)
		}
		if err != nil {
			return nil, fmt.Errorf("tar %s: %w", f.Path, err)
		}
	}
	if err := errors.Join(w.Close(), compressed.Close()); err != nil {
		return nil, fmt.Errorf("tar: %w", err)
	}
	return buf.Bytes(), nil
}

func (f File) writeTo(w io.Writer) error {
	for _, p := range f.parts {
		if _, err := w.Write(p.text); err != nil {
			return err
		}
	}
	return nil
}

func (f File) mode() fs.FileMode {
	if f.Executable {
		return 0o755
	}
	return 0o644
}
