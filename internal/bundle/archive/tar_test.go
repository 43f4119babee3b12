package archive

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTarGz(t *testing.T) {
	long := strings.Repeat("folder/", 30) + "ü.yaml" // doesn't fit the oldest format
	files := []File{
		NewScript("a.sh", Shared([]byte("#!/bin/sh\n"))),
		NewFile(long, Single([]byte(strings.Repeat("x: y\n", 1000)))),
		NewFile("empty"),
	}
	first, second := packed(t, TarGz, files), packed(t, TarGz, files)
	if !bytes.Equal(first, second) {
		t.Error("equal files give two archives")
	}
	compressed, err := gzip.NewReader(bytes.NewReader(first))
	if err != nil {
		t.Fatal(err)
	}
	if !compressed.ModTime.IsZero() || compressed.Name != "" {
		t.Errorf("the gzip header holds %v", compressed.Header)
	}
	var got []File
	for r := tar.NewReader(compressed); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if !header.ModTime.Equal(entryTime) || header.Typeflag != tar.TypeReg || header.Uid != 0 ||
			header.Uname != "" || header.Mode != 0o755 && header.Mode != 0o644 {
			t.Errorf("%+v", header)
		}
		f := NewFile(header.Name, Single(data))
		f.Executable = header.Mode == 0o755
		got = append(got, f)
	}
	if diff := cmp.Diff(files, got, cmp.Comparer(sameFiles)); diff != "" {
		t.Error(diff)
	}
	if len(first) > 1000 {
		t.Errorf("%d bytes are not compressed", len(first))
	}
}

func TestArchivesStop(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, pack := range map[string]packer{"zip": new(Zipper).Zip, "tar.gz": TarGz} {
		if _, err := pack(ctx, []File{NewFile("a", Shared(nil))}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type packer = func(context.Context, []File) ([]byte, error)

func packed(t *testing.T, pack packer, files []File) []byte {
	t.Helper()
	data, err := pack(t.Context(), files)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
