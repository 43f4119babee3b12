package catalog

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// layered is a directory over other data. A file of the directory stands for the other one of its
// name, and a component's folder for the whole other folder, so that no component is of two
// folders.
type layered struct {
	dir   string
	upper fs.FS // of dir
	lower fs.FS
}

// newLayered refuses a directory that can't be listed.
func newLayered(dir string, lower fs.FS) (layered, error) {
	f := layered{dir, os.DirFS(dir), lower}
	if _, err := os.ReadDir(dir); err != nil {
		return f, &Fault{File: dir, Message: newFault(err).Message}
	}
	return f, nil
}

// Open implements [fs.FS].
func (f layered) Open(name string) (fs.File, error) { return f.layer(name).Open(name) }

// Stat implements [fs.StatFS]: without it a named pipe would have to be opened, which never ends.
func (f layered) Stat(name string) (fs.FileInfo, error) { return fs.Stat(f.layer(name), name) }

// ReadDir implements [fs.ReadDirFS], but for the order.
func (f layered) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, err := fs.ReadDir(f.layer(name), name)
	if err != nil || !f.isUpper(name) || name != "overlays" && name != "components" {
		return entries, err
	}
	lower, err := fs.ReadDir(f.lower, name)
	for _, entry := range lower {
		same := func(e fs.DirEntry) bool { return e.Name() == entry.Name() }
		if !slices.ContainsFunc(entries, same) {
			entries = append(entries, entry)
		}
	}
	return entries, err
}

// layer returns the data that a file, or the component that it belongs to, is taken from.
func (f layered) layer(name string) fs.FS {
	if f.isUpper(name) {
		return f.upper
	}
	return f.lower
}

// isUpper reports whether a file, or the component that it belongs to, is the directory's.
func (f layered) isUpper(name string) bool {
	if parts := strings.Split(name, "/"); parts[0] == "components" && len(parts) > 2 {
		name = path.Join(parts[:2]...)
	}
	_, err := fs.Lstat(f.upper, name) // a link that leads nowhere is a fault of the directory's
	return !errors.Is(err, fs.ErrNotExist)
}

// path is where people find a file.
func (f layered) path(name string) string {
	if f.isUpper(name) {
		return filepath.Join(f.dir, filepath.FromSlash(name))
	}
	return name
}
