package bundle

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"time"
)

// entryTime is the time of every zip entry, so that equal files give equal archives: the first day that the format can hold.
var entryTime = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

// Zip packs files in their order, until ctx is done.
func Zip(ctx context.Context, files []File) ([]byte, error) {
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for _, f := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		header := &zip.FileHeader{Name: f.Path, Method: zip.Deflate, Modified: entryTime}
		header.SetMode(0o644)
		if f.Executable {
			header.SetMode(0o755)
		}
		entry, err := w.CreateHeader(header)
		if err == nil {
			_, err = entry.Write(f.Data)
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
