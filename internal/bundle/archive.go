package bundle

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"time"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

// format is a form in which bundles come.
type format struct {
	mediaType string
	file      string
	pack      func(context.Context, []File) (net.Buffers, error)
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

// TarGz packs files in their order, until ctx is done.
func TarGz(ctx context.Context, files []File) (net.Buffers, error) {
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
	return net.Buffers{buf.Bytes()}, nil
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
