package bundle

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
)

// item is one of a list in a file, and a digest of what it is made of.
type item struct {
	value any
	sum   [sha256.Size]byte
}

// sumOfTexts digests what something is made of.
func sumOfTexts(texts ...string) [sha256.Size]byte {
	return sha256.Sum256([]byte(strings.Join(texts, "\n")))
}

// list encodes a document to YAML in which the field that keys lead to is an empty list, and puts items there. It returns the pieces of
// which the file consists: each item is encoded by itself and kept, because options change few of them.
func (c *Cache) list(path string, document any, keys []string, items []item) ([][]byte, error) {
	encoded, err := recipe.EncodeJSON(document)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", path, err)
	}
	whole, err := c.file(path+" without items", sha256.Sum256(encoded), func() (File, error) { return yamlFile(path, document) })
	if err != nil {
		return nil, err
	}
	field := "\n" + strings.Repeat("  ", len(keys)-1) + keys[len(keys)-1] + ":"
	before, after, found := bytes.Cut(whole.Data, []byte(field+" []\n"))
	if !found || len(items) == 0 {
		return [][]byte{whole.Data}, nil
	}
	pieces := [][]byte{before, []byte(field + "\n")}
	for _, item := range items {
		piece, err := c.listItem(path, keys, item)
		if err != nil {
			return nil, err
		}
		pieces = append(pieces, piece)
	}
	return append(pieces, after), nil
}

// listItem encodes an item as the list has it.
func (c *Cache) listItem(path string, keys []string, item item) ([]byte, error) {
	return c.piece(pieceKey{path + " " + keys[len(keys)-1], item.sum}, func() ([]byte, error) {
		var list any = []any{item.value}
		for i := len(keys) - 1; i >= 0; i-- {
			list = object{keys[i]: list}
		}
		file, err := yamlFile(path, list)
		lines := bytes.SplitAfterN(file.Data, []byte("\n"), len(keys)+1)
		return bytes.Clone(lines[len(lines)-1]), err
	})
}

// joined makes a file of pieces. They are compressed in parts that are large enough to compress well.
func joined(path string, pieces [][]byte) File {
	const least = 1 << 10
	f := File{Path: path, Data: bytes.Join(pieces, nil)}
	start, end := 0, 0
	for _, piece := range pieces {
		if end += len(piece); end-start >= least {
			f.parts = append(f.parts, f.Data[start:end:end])
			start = end
		}
	}
	f.parts = append(f.parts, f.Data[start:])
	return f
}
