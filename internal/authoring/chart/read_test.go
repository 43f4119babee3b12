package chart

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestRead(t *testing.T) {
	f := folder{"Chart.yaml": chartYAML, "values.yaml": "a: 1", "templates/deep/b.yaml": "{{ .Values.b }}",
		".git/config": "x"}
	pack := filepath.Join(t.TempDir(), "app-1.2.3.tgz")
	writeFile(t, pack, f.pack(t))
	linked := f.write(t)
	if err := os.Symlink(filepath.Join(f.with("values.yaml", "c: 1").write(t), "values.yaml"),
		filepath.Join(linked, "templates", "c.yaml")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{f.write(t), pack, linked} {
		c, err := Read(name)
		if err != nil {
			t.Fatal(err)
		}
		if c.Name != "app" || c.Version != "1.2.3" {
			t.Errorf("%s: name %q, version %q", name, c.Name, c.Version)
		}
		if got := written(t, derived(t, name)); got != "a\nb\n" {
			t.Errorf("%s: paths %q", name, got)
		}
	}
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestReadRefusesFolders(t *testing.T) {
	f := folder{"Chart.yaml": chartYAML}
	for _, tt := range []struct {
		name  string
		chart folder
		want  string // after the folder's name
	}{
		{"no chart", folder{"values.yaml": "a: 1"}, ": it has no Chart.yaml"},
		{"broken Chart.yaml", folder{"Chart.yaml": "name: [a"},
			": Chart.yaml: error converting YAML to JSON: yaml: line 1: did not find expected ',' or ']'"},
		{"values that are a list", f.with("values.yaml", "[a]"), ": values.yaml: error unmarshaling JSON: "},
		{"broken schema", f.with("values.schema.json", "{"), ": values.schema.json: error converting YAML to JSON: "},
		{"subchart without Chart.yaml", f.with("charts/db/values.yaml", "a: 1"), ": charts/db: it has no Chart.yaml"},
		{"subchart that is no package", f.with("charts/db.tgz", "text"), ": charts/db.tgz: not a chart package: "},
		{"packed subchart that is no chart", f.with("charts/db.tgz", folder{"a": "b"}.pack(t)),
			": charts/db.tgz: it has no Chart.yaml"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := tt.chart.write(t)
			if _, err := Read(dir); err == nil || !strings.HasPrefix(err.Error(), dir+tt.want) {
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
	for _, tt := range []struct {
		name, want string
		make       func(path string) error
	}{
		{"link to a folder", "not a regular file", func(path string) error { return os.Symlink(t.TempDir(), path) }},
		{"named pipe", "not a regular file", func(path string) error { return syscall.Mkfifo(path, 0o644) }},
		{"device", "not a regular file", func(path string) error { return os.Symlink("/dev/zero", path) }},
		{"huge file", "with it the chart has more than 64 MiB", func(path string) error {
			return errors.Join(os.WriteFile(path, nil, 0o644), os.Truncate(path, 1<<40))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := f.write(t)
			file := filepath.Join(dir, "x")
			if err := tt.make(file); err != nil {
				t.Fatal(err)
			}
			if _, err := Read(dir); err == nil || err.Error() != file+": "+tt.want {
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
}

// Templates that each call the next for two values would be followed a billion times.
func TestPathsOfTemplatesThatCallMany(t *testing.T) {
	var text strings.Builder
	for i := range 31 {
		fmt.Fprintf(&text, "{{define \"t%d\"}}{{template \"t%d\" .a}}{{template \"t%d\" .b}}{{end}}", i, i+1, i+1)
	}
	text.WriteString(`{{define "t31"}}{{.}}{{end}}{{template "t0" .Values}}`)
	c, err := Read(folder{"Chart.yaml": chartYAML, "templates/x.yaml": text.String()}.write(t))
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Paths()
	if err != nil {
		t.Fatal(err)
	}
	if !p.Takes([]string{"a", "b", "a"}) || !p.Takes([]string{"b", "b", "b"}) {
		t.Error("it lacks values that the first templates read")
	}
}

func TestReadRefusesPackages(t *testing.T) {
	whole := folder{"Chart.yaml": chartYAML, "values.yaml": strings.Repeat("# a comment\n", 100)}.pack(t)
	entries := func(names ...string) string {
		var headers []tar.Header
		for _, name := range names {
			headers = append(headers, tar.Header{Name: name})
		}
		return packed(t, headers, func(string) string { return chartYAML })
	}
	for _, tt := range []struct{ name, data, want string }{
		{"text", "text", "not a chart package: "},
		{"empty", "", "not a chart package: EOF"},
		{"empty package", entries(), "not a chart package: no files in chart archive"},
		{"cut off", whole[:len(whole)/2], "not a chart package: "},
		{"compressed text", zipped(t, []byte(strings.Repeat("text ", 1000))),
			"not a chart package: archive/tar: invalid tar header"},
		{"file out of the folder", entries("app/Chart.yaml", "app/../../evil"),
			"not a chart package: chart illegally references parent directory"},
		{"absolute file", entries("/app/Chart.yaml"), "it has no Chart.yaml"},
		{"file beside the folder", entries("Chart.yaml"),
			`not a chart package: chart illegally contains content outside the base directory: "Chart.yaml"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "app.tgz")
			writeFile(t, name, tt.data)
			if _, err := Read(name); err == nil || !strings.HasPrefix(err.Error(), name+": ") ||
				!strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
}

// Links and devices in packages are nothing that a chart has.
func TestReadLeavesOutLinks(t *testing.T) {
	headers := []tar.Header{{Name: "app/Chart.yaml"},
		{Name: "app/values.yaml", Typeflag: tar.TypeSymlink, Linkname: "/etc/passwd"}}
	text := map[string]string{"app/Chart.yaml": chartYAML}
	name := filepath.Join(t.TempDir(), "app.tgz")
	writeFile(t, name, packed(t, headers, func(name string) string { return text[name] }))
	if got := written(t, derived(t, name)); got != "" {
		t.Errorf("paths %q", got)
	}
}

func TestReadNoFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "none.tgz")
	if _, err := Read(name); err == nil || err.Error() != "stat "+name+": no such file or directory" {
		t.Errorf("error %v", err)
	}
}

// zeros returns a text that compresses well.
func zeros(n int) string { return string(make([]byte, n)) }

// Subcharts that keep to the bound don't get past it together, nor do those of subcharts.
func TestReadBoundsAll(t *testing.T) {
	const bound = 1 << 20
	inner := folder{"Chart.yaml": "name: db", "README.md": zeros(bound / 3)}.pack(t)
	few := folder{"Chart.yaml": chartYAML, "charts/a.tgz": inner, "charts/b.tgz": inner}
	for _, tt := range []struct {
		name  string
		chart folder
		want  string
	}{
		{"few", few, ""},
		{"one", folder{"values.yaml": zeros(bound + 1)}, "app.tgz: with it the chart has more than 64 MiB"},
		{"many", few.with("charts/c.tgz", inner), "charts/c.tgz: with it the chart has more than 64 MiB"},
		{"deep", few.with("charts/c.tgz", folder{"Chart.yaml": chartYAML, "charts/d.tgz": inner}.pack(t)),
			"charts/c.tgz: charts/d.tgz: with it the chart has more than 64 MiB"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := loader{left: bound}
			f, err := l.unpack("app.tgz", []byte(tt.chart.pack(t)))
			if err == nil {
				_, err = l.chart(f)
			}
			if err == nil && tt.want != "" || err != nil && err.Error() != tt.want {
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
}

func zipped(t *testing.T, data []byte) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func FuzzUnpack(f *testing.F) {
	f.Add([]byte(folder{"Chart.yaml": chartYAML, "templates/a.yaml": "{{ .Values.a }}"}.pack(f)))
	f.Fuzz(func(t *testing.T, data []byte) {
		l := loader{left: 1 << 20}
		f, err := l.unpack("app.tgz", data)
		if err != nil {
			return
		}
		for name := range f {
			if strings.HasPrefix(name, "/") || strings.HasPrefix(name, "../") {
				t.Errorf("file %q", name)
			}
		}
		if c, err := l.chart(f); err == nil {
			_, _ = c.Paths()
		}
	})
}
