package chart

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"helm.sh/helm/v4/pkg/chart/loader/archive"
)

// files are those of a chart, by path.
type files map[string][]byte

// maxBytes bounds the files of a chart, with what the packages in it unpack to. Helm's reader has a
// bound of its own for each package, of 100 MiB.
const maxBytes = 64 << 20

// loader reads files and unpacks packages as long as they keep to a bound together.
type loader struct{ left int64 }

// Read reads a chart from a folder or from a package (.tgz).
func Read(name string) (*Chart, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	l, f := loader{left: maxBytes}, files{}
	if info.IsDir() {
		err = l.readFolder(name, f)
	} else if f[name], err = l.readFile(name); err == nil {
		f, err = l.unpack(name, f[name])
	}
	if err != nil {
		return nil, err
	}
	c, err := l.chart(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return c, nil
}

// readFolder reads a folder, without those in it whose names begin with a dot. Links to files are
// followed; one to a folder is an error.
func (l *loader) readFolder(root string, f files) error {
	return fs.WalkDir(os.DirFS(root), ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
		case !entry.IsDir():
			f[name], err = l.readFile(filepath.Join(root, name))
		case name != "." && strings.HasPrefix(entry.Name(), "."):
			err = fs.SkipDir
		}
		return err
	})
}

// readFile refuses what isn't a file and might never end.
func (l *loader) readFile(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s: not a regular file", name)
	}
	if err == nil {
		err = l.take(name, info.Size())
	}
	if err != nil {
		return nil, err
	}
	return os.ReadFile(name)
}

// unpack returns the files of a package.
func (l *loader) unpack(name string, data []byte) (files, error) {
	list, err := archive.LoadArchiveFiles(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("%s: not a chart package: %w", name, err)
	}
	f := files{}
	for _, file := range list {
		f[file.Name] = file.Data
		if err := l.take(name, int64(len(file.Data))); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (l *loader) take(name string, bytes int64) error {
	if l.left -= min(bytes, maxBytes+1); l.left < 0 {
		return fmt.Errorf("%s: with it the chart has more than %d MiB", name, maxBytes>>20)
	}
	return nil
}
