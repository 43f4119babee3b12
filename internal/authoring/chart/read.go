package chart

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Read reads a chart from a folder or from a package (.tgz).
func Read(name string) (*Chart, error) {
	f, err := readFiles(name)
	if err != nil {
		return nil, err
	}
	c, err := f.chart()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return c, nil
}

func readFiles(name string) (files, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	f, u := files{}, unpacker{left: maxBytes}
	if info.IsDir() {
		if err := u.addFolder(name, f); err != nil {
			return nil, err
		}
		err = u.expand(f)
	} else {
		var data []byte
		if data, err = u.readFile(name); err != nil {
			return nil, err
		}
		err = u.unpack(data, f, "")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return f, nil
}

// addFolder reads a folder, without those in it whose names begin with a dot. Links to files are followed, one to a folder is an error.
func (u *unpacker) addFolder(root string, f files) error {
	return filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			if strings.HasPrefix(entry.Name(), ".") && name != root {
				return fs.SkipDir
			}
			return nil
		}
		data, err := u.readFile(name)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, name)
		f[filepath.ToSlash(relative)] = data
		return err
	})
}

// maxBytes bounds the files of a chart, with what the packages in it unpack to.
const maxBytes = 64 << 20

// unpacker reads files and unpacks packages as long as they keep to a bound together.
type unpacker struct{ left int }

// readFile refuses what isn't a file and might never end.
func (u *unpacker) readFile(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: not a regular file", name)
	}
	if u.left -= int(min(info.Size(), maxBytes+1)); u.left < 0 {
		return nil, fmt.Errorf("%s: with it the chart has more than %d MiB", name, maxBytes>>20)
	}
	return os.ReadFile(name)
}

// unpack adds the files of a package, which are all in one folder, below a path.
func (u *unpacker) unpack(data []byte, into files, below string) error {
	unzipped, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return fmt.Errorf("not a chart package: %w", err)
	}
	inner, archive := files{}, tar.NewReader(bounded{unzipped, u})
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("not a chart package: %w", err)
		}
		_, name, ok := strings.Cut(path.Clean(header.Name), "/")
		if header.Typeflag != tar.TypeReg {
			continue
		}
		if !ok || !fs.ValidPath(path.Clean(header.Name)) {
			return fmt.Errorf("not a chart package: the file %q is not in the chart's folder", header.Name)
		}
		if inner[name], err = io.ReadAll(archive); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	err = u.expand(inner)
	for name, data := range inner {
		into[path.Join(below, name)] = data
	}
	return err
}

// packed are the packages of subcharts.
var packed = regexp.MustCompile(`^(charts/[^/]+/)*charts/[^/]+\.tgz$`)

// expand puts the files of packages in a chart in the place of the packages.
func (u *unpacker) expand(f files) error {
	for _, name := range slices.Sorted(maps.Keys(f)) {
		if !packed.MatchString(name) {
			continue
		}
		data := f[name]
		delete(f, name)
		if err := u.unpack(data, f, name); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// bounded reads what an unpacker unpacks.
type bounded struct {
	io.Reader
	*unpacker
}

func (b bounded) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if b.left -= n; b.left < 0 {
		return 0, fmt.Errorf("it unpacks to more than %d MiB", maxBytes>>20)
	}
	return n, err
}
