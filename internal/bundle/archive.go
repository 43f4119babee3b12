package bundle

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
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
	packed, size := make([][][]byte, len(files)), 0
	for i, f := range files {
		err := ctx.Err()
		if err == nil {
			packed[i], err = c.blocks(f)
		}
		if err != nil {
			return nil, fmt.Errorf("zip %s: %w", f.Path, err)
		}
		for _, block := range packed[i] {
			size += len(block)
		}
		size += entryBytes + 2*len(f.Path)
	}
	buf := bytes.NewBuffer(make([]byte, 0, size))
	w := zip.NewWriter(buf)
	var blocks [][]byte // of the file at hand
	w.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) { return compressed{out, blocks}, nil })
	for i, f := range files {
		blocks = packed[i]
		header := &zip.FileHeader{Name: f.Path, Method: zip.Deflate, Modified: entryTime}
		header.SetMode(f.mode())
		entry, err := w.CreateHeader(header)
		if err == nil {
			err = f.writeTo(entry)
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

// compressed stands in for a compressor of what is compressed already.
type compressed struct {
	out    io.Writer
	blocks [][]byte
}

func (compressed) Write(data []byte) (int, error) { return len(data), nil }

func (c compressed) Close() error {
	for _, block := range c.blocks {
		if _, err := c.out.Write(block); err != nil {
			return err
		}
	}
	return nil
}

// blocks returns a file as DEFLATE blocks.
func (c *Cache) blocks(f File) ([][]byte, error) {
	blocks := make([][]byte, 0, len(f.parts)+1)
	for _, p := range f.parts {
		if err := c.pack(p); err != nil {
			return nil, err
		}
		blocks = append(blocks, p.deflated...)
	}
	return append(blocks, lastBlock), nil
}

// lastBlock ends DEFLATE blocks: an empty one that says it's the last.
var lastBlock = []byte{3, 0}

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
