package bundle

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestZip(t *testing.T) {
	files := []File{
		NewCache().script("a.sh", "#!/bin/sh\n"),
		NewCache().file("b/c.yaml", strings.Repeat("x: y\n", 1000)),
		{Path: "empty"},
	}
	first, second := packed(t, NewCache().Zip, files), packed(t, NewCache().Zip, files)
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

// TestZipLikeLibrary writes the same archives by package archive/zip.
func TestZipLikeLibrary(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		cache := NewCache()
		var files []File
		for _, path := range rapid.SliceOfN(rapid.StringMatching(`[a-z0-9/._-]{0,59}[a-z0-9]`), 0, 5).Draw(rt, "paths") {
			f := File{Path: path, Executable: rapid.Bool().Draw(rt, "executable")}
			for _, text := range rapid.SliceOfN(rapid.StringN(0, 2*worthwhile, -1), 0, 3).Draw(rt, "texts") {
				f.parts = append(f.parts, &part{text: []byte(text), isKept: rapid.Bool().Draw(rt, "kept")})
			}
			files = append(files, f)
		}
		got := packed(t, cache.Zip, files)
		var want bytes.Buffer
		w := zip.NewWriter(&want)
		for _, f := range files {
			var deflated []byte
			for _, p := range f.parts {
				deflated = append(deflated, bytes.Join(p.deflated, nil)...)
			}
			deflated = append(deflated, lastBlock...)
			header := zip.FileHeader{
				ReaderVersion: deflateVersion, CreatorVersion: deflateVersion,
				Name: f.Path, Method: zip.Deflate, CRC32: f.crc(), UncompressedSize64: uint64(f.size()), CompressedSize64: uint64(len(deflated)),
			}
			header.SetMode(f.mode())
			header.SetModTime(entryTime) // CreateRaw doesn't look at Modified
			entry, err := w.CreateRaw(&header)
			if err != nil {
				rt.Fatal(err)
			}
			if _, err := entry.Write(deflated); err != nil {
				rt.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(want.Bytes(), got); diff != "" {
			rt.Fatal(diff)
		}
		for i, entry := range open(t, got) { // reads the checksum, too
			if !bytes.Equal(files[i].Data(), content(t, entry)) {
				rt.Fatalf("%s has other content", entry.Name)
			}
		}
	})
}

func TestZipTooLarge(t *testing.T) {
	files := make([]File, math.MaxUint16)
	if _, err := NewCache().Zip(t.Context(), files); err == nil {
		t.Error("no error")
	}
}
