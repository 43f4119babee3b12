package chart

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/internal/valuepath"
)

// folder is a chart's folder: text by path.
type folder map[string]string

// with returns a copy that has another file.
func (f folder) with(name, text string) folder {
	f = maps.Clone(f)
	f[name] = text
	return f
}

// write returns a directory that has the files.
func (f folder) write(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range f {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// chart returns the chart as [Read] does.
func (f folder) chart() (*Chart, error) {
	read := files{}
	for name, text := range f {
		read[name] = []byte(text)
	}
	l := loader{left: maxBytes}
	return l.chart(read)
}

// pack returns a package of the files, which are in one folder in it.
func (f folder) pack(t testing.TB) string {
	t.Helper()
	var headers []tar.Header
	for _, name := range slices.Sorted(maps.Keys(f)) {
		headers = append(headers, tar.Header{Name: "chart/" + name})
	}
	return packed(t, headers, func(name string) string { return f[strings.TrimPrefix(name, "chart/")] })
}

func packed(t testing.TB, headers []tar.Header, text func(name string) string) string {
	t.Helper()
	var b bytes.Buffer
	zipped := gzip.NewWriter(&b)
	w := tar.NewWriter(zipped)
	for _, h := range headers {
		content := text(h.Name)
		h.Mode, h.Size = 0o644, int64(len(content))
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// derived returns the paths of a chart that is expected to have some.
func derived(t testing.TB, name string) *valuepath.Paths {
	t.Helper()
	c, err := Read(name)
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Paths()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// written returns paths as lines.
func written(t testing.TB, p *valuepath.Paths) string {
	t.Helper()
	var b strings.Builder
	if _, err := p.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
