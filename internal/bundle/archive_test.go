package bundle

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

func TestTarGz(t *testing.T) {
	long := strings.Repeat("folder/", 30) + "ü.yaml" // doesn't fit the oldest format
	files := []File{NewCache().script("a.sh", "#!/bin/sh\n"), NewFile(long, []byte(strings.Repeat("x: y\n", 1000))), {Path: "empty"}}
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
		if !header.ModTime.Equal(entryTime) || header.Typeflag != tar.TypeReg || header.Uid != 0 || header.Uname != "" || header.Mode != 0o755 && header.Mode != 0o644 {
			t.Errorf("%+v", header)
		}
		f := NewFile(header.Name, data)
		f.Executable = header.Mode == 0o755
		got = append(got, f)
	}
	sameData := cmp.Comparer(func(a, b File) bool {
		return a.Path == b.Path && a.Executable == b.Executable && bytes.Equal(a.Data(), b.Data())
	})
	if diff := cmp.Diff(files, got, sameData); diff != "" {
		t.Error(diff)
	}
	if len(first) > 1000 {
		t.Errorf("%d bytes are not compressed", len(first))
	}
}

func TestArchivesStop(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, pack := range map[string]packer{"zip": NewCache().Zip, "tar.gz": TarGz} {
		if _, err := pack(ctx, []File{{Path: "a"}}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFormat(t *testing.T) {
	const zipType, gzipType = "application/zip", "application/gzip"
	for _, tt := range []struct {
		params gen.CreateBundleParams
		file   string
	}{
		{gen.CreateBundleParams{}, "bundle.zip"},
		{gen.CreateBundleParams{Accept: zipType}, "bundle.zip"},
		{gen.CreateBundleParams{Accept: gzipType}, "bundle.tar.gz"},
		{gen.CreateBundleParams{Format: gen.FormatZip}, "bundle.zip"},
		{gen.CreateBundleParams{Format: gen.FormatTarGz}, "bundle.tar.gz"},
		{gen.CreateBundleParams{Format: gen.FormatZip, Accept: gzipType}, "bundle.zip"},
		{gen.CreateBundleParams{Format: gen.FormatTarGz, Accept: zipType}, "bundle.tar.gz"},
	} {
		got := NewCache().formatOf(tt.params)
		if want := map[string]string{"bundle.zip": zipType, "bundle.tar.gz": gzipType}[tt.file]; got.file != tt.file || got.mediaType != want {
			t.Errorf("%+v: %s, %s", tt.params, got.file, got.mediaType)
		}
		data := packed(t, got.pack, []File{{Path: "a"}})
		if magic := map[string]string{"bundle.zip": "PK", "bundle.tar.gz": "\x1f\x8b"}[tt.file]; !bytes.HasPrefix(data, []byte(magic)) {
			t.Errorf("%+v: %q", tt.params, data)
		}
	}
}

type packer = func(context.Context, []File) (net.Buffers, error)

func packed(t *testing.T, pack packer, files []File) []byte {
	t.Helper()
	pieces, err := pack(t.Context(), files)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Join(pieces, nil)
}

func open(t *testing.T, archive []byte) []*zip.File {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	return r.File
}

func content(t *testing.T, f *zip.File) []byte {
	t.Helper()
	r, err := f.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	data, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
