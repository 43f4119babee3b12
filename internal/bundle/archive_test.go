package bundle

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

func TestZip(t *testing.T) {
	files := []File{
		NewCache().script("a.sh", "#!/bin/sh\n"),
		NewCache().file("b/c.yaml", strings.Repeat("x: y\n", 1000)),
		{Path: "empty"},
	}
	first, err := NewCache().Zip(t.Context(), files)
	if err != nil {
		t.Fatal(err)
	}
	second, err := NewCache().Zip(t.Context(), files)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Error("equal files give two archives")
	}
	type entry struct {
		Path, Data string
		Mode       fs.FileMode
	}
	want := []entry{{"a.sh", "#!/bin/sh\n", 0o755}, {"b/c.yaml", strings.Repeat("x: y\n", 1000), 0o644}, {"empty", "", 0o644}}
	var got []entry
	for _, f := range open(t, first) {
		if !f.Modified.Equal(time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("%s is from %v", f.Name, f.Modified)
		}
		got = append(got, entry{f.Name, string(content(t, f)), f.Mode()})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if len(first) > 1000 {
		t.Errorf("%d bytes are not compressed", len(first))
	}
}

func TestTarGz(t *testing.T) {
	long := strings.Repeat("folder/", 30) + "ü.yaml" // doesn't fit the oldest format
	files := []File{NewCache().script("a.sh", "#!/bin/sh\n"), NewFile(long, []byte(strings.Repeat("x: y\n", 1000))), {Path: "empty"}}
	first, err := TarGz(t.Context(), files)
	if err != nil {
		t.Fatal(err)
	}
	second, err := TarGz(t.Context(), files)
	if err != nil {
		t.Fatal(err)
	}
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
	for name, pack := range map[string]func(context.Context, []File) ([]byte, error){"zip": NewCache().Zip, "tar.gz": TarGz} {
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
		data, err := got.pack(t.Context(), []File{{Path: "a"}})
		if magic := map[string]string{"bundle.zip": "PK", "bundle.tar.gz": "\x1f\x8b"}[tt.file]; err != nil || !bytes.HasPrefix(data, []byte(magic)) {
			t.Errorf("%+v: %q, %v", tt.params, data, err)
		}
	}
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
