package archive

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"time"
)

// entryTime is the time of every entry, so that equal files give equal archives: the first day that
// a zip can hold.
var entryTime = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// TarGz packs files in their order, until ctx is done.
func TarGz(ctx context.Context, files []File) ([]byte, error) {
	var buf bytes.Buffer
	compressed := gzip.NewWriter(&buf)
	w := tar.NewWriter(compressed)
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		err := w.WriteHeader(&tar.Header{
			Name: f.Path, Mode: int64(f.mode()), Size: int64(f.size()), ModTime: entryTime, Format: tar.FormatPAX,
		})
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
