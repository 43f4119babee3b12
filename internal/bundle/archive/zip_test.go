package archive

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestZip(t *testing.T) {
	files := []File{
		NewScript("a.sh", Shared([]byte("#!/bin/sh\n"))),
		NewFile("b/c.yaml", Shared([]byte(strings.Repeat("x: y\n", 1000)))),
		NewFile("empty"),
	}
	first, second := packed(t, new(Zipper).Zip, files), packed(t, new(Zipper).Zip, files)
	if !bytes.Equal(first, second) {
		t.Error("equal files give two archives")
	}
	type entry struct {
		Path, Data string
		Mode       fs.FileMode
	}
	want := []entry{
		{"a.sh", "#!/bin/sh\n", 0o755}, {"b/c.yaml", strings.Repeat("x: y\n", 1000), 0o644}, {"empty", "", 0o644},
	}
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

// TestZipRoundTrip packs any files, of any chunks, by zippers and chunks that were used before and
// by new ones: the archives are equal, and package archive/zip reads the files from them.
func TestZipRoundTrip(t *testing.T) {
	var used Zipper
	paths := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z0-9/._-]{0,59}[a-z0-9]`), 0, 5, rapid.ID)
	rapid.Check(t, func(rt *rapid.T) {
		var files, again []File
		for _, path := range paths.Draw(rt, "paths") {
			var chunks, others []*Chunk
			for _, text := range rapid.SliceOfN(rapid.StringN(0, 2*longSingle, -1), 0, 3).Draw(rt, "texts") {
				newChunk := rapid.SampledFrom([]func([]byte) *Chunk{Shared, Single}).Draw(rt, "kind")
				chunks, others = append(chunks, newChunk([]byte(text))), append(others, newChunk([]byte(text)))
			}
			f := File{Path: path, Executable: rapid.Bool().Draw(rt, "executable"), chunks: chunks}
			files = append(files, f)
			f.chunks = others
			again = append(again, f)
		}
		got := packed(t, used.Zip, files)
		for name, other := range map[string][]byte{
			"the same": packed(t, used.Zip, files), "equal": packed(t, new(Zipper).Zip, again),
		} {
			if !bytes.Equal(got, other) {
				rt.Fatalf("%s files give another archive", name)
			}
		}
		var read []File
		for _, entry := range open(t, got) {
			f := NewFile(entry.Name, Single(content(t, entry))) // reads the checksum, too
			f.Executable = entry.Mode() == 0o755
			if entry.Method != zip.Deflate || !entry.Modified.Equal(entryTime) || entry.Mode() != f.mode() {
				rt.Fatalf("%+v", entry.FileHeader)
			}
			read = append(read, f)
		}
		if !slices.EqualFunc(files, read, sameFiles) {
			rt.Fatal("other files come out than went in")
		}
	})
}

// Chunks that other bundles have are compressed, those of one bundle only if they are long.
func TestZipCompresses(t *testing.T) {
	for _, tt := range []struct {
		name       string
		chunk      func([]byte) *Chunk
		size       int
		compressed bool
	}{
		{"short, shared", Shared, longSingle, true},
		{"long, shared", Shared, longSingle + 1, true},
		{"short, single", Single, longSingle, false},
		{"long, single", Single, longSingle + 1, true},
	} {
		data := packed(t, new(Zipper).Zip, []File{NewFile("f", tt.chunk(make([]byte, tt.size)))})
		if compressed := len(data) < tt.size/2; compressed != tt.compressed {
			t.Errorf("%s: %d bytes of %d", tt.name, len(data), tt.size)
		}
	}
}

// As many files as the oldest format can't count are read back.
func TestZipOfManyFiles(t *testing.T) {
	shared := Shared([]byte("x"))
	files := make([]File, math.MaxUint16)
	for i := range files {
		files[i] = NewFile(fmt.Sprintf("%05d", i), shared)
	}
	entries := open(t, packed(t, new(Zipper).Zip, files))
	if len(entries) != len(files) {
		t.Fatalf("%d files", len(entries))
	}
	for i, entry := range entries {
		if entry.Name != files[i].Path {
			t.Fatalf("file %d is %s", i, entry.Name)
		}
	}
	if got := string(content(t, entries[len(entries)-1])); got != "x" {
		t.Errorf("the last one holds %q", got)
	}
}

// TestZipOfSharedChunks packs the same chunks in many archives at once.
func TestZipOfSharedChunks(t *testing.T) {
	var zipper Zipper
	files := []File{
		NewFile("a", Shared([]byte(strings.Repeat("a", 100))), Single([]byte("b"))),
		NewFile("b", Single(make([]byte, 2*longSingle))),
	}
	archives := make([][]byte, 8)
	var all sync.WaitGroup
	for i := range archives {
		all.Go(func() {
			archives[i], _ = zipper.Zip(t.Context(), files)
			Checksums(files)
		})
	}
	all.Wait()
	want := packed(t, new(Zipper).Zip, files)
	for i, got := range archives {
		if !bytes.Equal(got, want) {
			t.Errorf("archive %d is another one", i)
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
