package acceptance

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// file is one file of a bundle.
type file struct {
	name     string
	data     []byte
	mode     fs.FileMode
	modified time.Time
}

func unzip(t *testing.T, archive []byte) []file {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	var list []file
	for _, entry := range r.File {
		content, err := entry.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(content)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, file{entry.Name, data, entry.Mode(), entry.Modified.UTC()})
	}
	return list
}

func untar(t *testing.T, archive []byte) []file {
	t.Helper()
	uncompressed, err := gzip.NewReader(bytes.NewReader(archive))
	if err != nil {
		t.Fatal(err)
	}
	var list []file
	for r := tar.NewReader(uncompressed); ; {
		header, err := r.Next()
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, file{header.Name, data, header.FileInfo().Mode(), header.ModTime.UTC()})
	}
}

// file returns the content of a file that the bundle must have.
func (b bundle) file(t *testing.T, name string) []byte {
	t.Helper()
	f, ok := b.files[name]
	if !ok {
		t.Fatalf("no %s in the bundle", name)
	}
	return f.data
}

func (b bundle) has(name string) bool {
	_, ok := b.files[name]
	return ok
}

// in lists the files in a folder and below it, sorted.
func (b bundle) in(folder string) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(b.files)), func(name string) bool {
		return !strings.HasPrefix(name, folder+"/")
	})
}

// write puts the bundle into a folder.
func (b bundle) write(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, f := range b.files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, f.data, f.mode); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// table reads a file of lines with tabs between fields; those that begin with # are comments.
func (b bundle) table(t *testing.T, name string) [][]string {
	t.Helper()
	var rows [][]string
	for line := range strings.Lines(string(b.file(t, name))) {
		if !strings.HasPrefix(line, "#") {
			rows = append(rows, strings.Split(strings.TrimSuffix(line, "\n"), "\t"))
		}
	}
	return rows
}

// documents splits YAML.
func documents(t *testing.T, data []byte) [][]byte {
	t.Helper()
	var list [][]byte
	for r := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(data))); ; {
		document, err := r.Read()
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, document)
	}
}

// object is a decoded document. Its numbers are json.Numbers, so that none lose digits.
type object = map[string]any

// decode reads YAML or JSON in which no key is there twice.
func decode[T any](t *testing.T, data []byte) T {
	t.Helper()
	return decodeWith[T](t, data, func(*json.Decoder) {})
}

// decodeKnown is decode for types that state every field.
func decodeKnown[T any](t *testing.T, data []byte) T {
	t.Helper()
	return decodeWith[T](t, data, (*json.Decoder).DisallowUnknownFields)
}

func decodeWith[T any](t *testing.T, data []byte, set func(*json.Decoder)) T {
	t.Helper()
	text, err := yaml.YAMLToJSONStrict(data)
	if err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	set(decoder)
	var v T
	if err := decoder.Decode(&v); err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
	return v
}

// equal compares what is there with what should be.
func equal(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("not as it should be (-) but (+):\n%s", diff)
	}
}
