// Package archive holds the files of a bundle and packs them. Equal files give equal archives.
package archive

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"slices"
	"strings"
)

// File is one file of a bundle. Path is relative and uses slashes.
type File struct {
	Path       string
	Executable bool
	chunks     []*Chunk
}

// NewFile makes a file of chunks.
func NewFile(path string, chunks ...*Chunk) File { return File{Path: path, chunks: chunks} }

// NewScript makes a file that can be run.
func NewScript(path string, chunks ...*Chunk) File {
	return File{Path: path, Executable: true, chunks: chunks}
}

// Data returns the bytes. The caller owns them.
func (f File) Data() []byte {
	data := make([]byte, 0, f.size())
	for _, c := range f.chunks {
		data = append(data, c.text...)
	}
	return data
}

// Contains reports whether a text is in one of the file's chunks.
func (f File) Contains(text string) bool {
	return slices.ContainsFunc(f.chunks, func(c *Chunk) bool { return bytes.Contains(c.text, []byte(text)) })
}

// Digest returns the SHA-256 of the bytes. That of a file of one chunk is worked out once.
func (f File) Digest() [sha256.Size]byte {
	if len(f.chunks) == 1 {
		return f.chunks[0].digest()
	}
	sum := sha256.New()
	_ = f.writeTo(sum) // a hash never fails
	return [sha256.Size]byte(sum.Sum(nil))
}

// Checksums lists files in the format that sha256sum -c reads.
func Checksums(files []File) []byte {
	size := 0
	for _, f := range files {
		size += 2*sha256.Size + len(f.Path) + len("  \n")
	}
	list := make([]byte, 0, size)
	for _, f := range files {
		sum := f.Digest()
		list = append(append(append(hex.AppendEncode(list, sum[:]), "  "...), f.Path...), '\n')
	}
	return list
}

// ByPath orders files as archives have them.
func ByPath(a, b File) int { return strings.Compare(a.Path, b.Path) }

func (f File) size() int {
	size := 0
	for _, c := range f.chunks {
		size += len(c.text)
	}
	return size
}

func (f File) writeTo(w io.Writer) error {
	for _, c := range f.chunks {
		if _, err := w.Write(c.text); err != nil {
			return err
		}
	}
	return nil
}

func (f File) mode() fs.FileMode {
	if f.Executable {
		return 0o755
	}
	return 0o644
}
