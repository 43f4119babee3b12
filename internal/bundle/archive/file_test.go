package archive

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A file is its chunks' bytes in a row, however they are cut.
func TestFile(t *testing.T) {
	shared, single := Shared([]byte("ab")), Single([]byte("cd"))
	for name, f := range map[string]File{
		"one chunk":    NewFile("f", Shared([]byte("abcd"))),
		"two chunks":   NewFile("f", shared, single),
		"joined":       NewFile("f", Join([]*Chunk{shared, single})),
		"empty chunks": NewFile("f", Shared(nil), shared, Single(nil), single),
		"a script":     NewScript("f", shared, single),
	} {
		t.Run(name, func(t *testing.T) {
			if got := string(f.Data()); got != "abcd" {
				t.Errorf("data %q", got)
			}
			for range 2 { // that of one chunk is kept
				if got := f.Digest(); got != sha256.Sum256([]byte("abcd")) {
					t.Errorf("digest %x", got)
				}
			}
			if f.Executable != (name == "a script") {
				t.Errorf("executable: %t", f.Executable)
			}
			if !f.Contains("b") || !f.Contains("cd") || f.Contains("x") {
				t.Error("it doesn't contain what it has, or contains what it hasn't")
			}
			f.Data()[0] = 'x'
			if got := string(f.Data()); got != "abcd" {
				t.Errorf("data %q after the caller changed them", got)
			}
		})
	}
}

// Checksums are those that sha256sum prints.
func TestChecksums(t *testing.T) {
	files := []File{NewFile("b", Shared([]byte("x")), Single([]byte("y"))), NewScript("a/c", Shared(nil))}
	slices.SortFunc(files, ByPath)
	want := fmt.Sprintf("%x  a/c\n%x  b\n", sha256.Sum256(nil), sha256.Sum256([]byte("xy")))
	if diff := cmp.Diff(want, string(Checksums(files))); diff != "" {
		t.Error(diff)
	}
	if list := Checksums(nil); len(list) != 0 {
		t.Errorf("no file has %q", list)
	}
}

// sameFiles compares what archives keep of files.
func sameFiles(a, b File) bool {
	return a.Path == b.Path && a.Executable == b.Executable && bytes.Equal(a.Data(), b.Data())
}
