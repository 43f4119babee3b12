package bundle

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/internal/document"
)

// listItems encodes items of a list that is some levels down in a document.
func listItems(levels int, items ...any) ([]byte, error) { return below(levels, items) }

// below encodes what is some levels down in a document.
func below(levels int, document any) ([]byte, error) {
	for range levels {
		document = object{"": document}
	}
	text, err := encodeYAML(document)
	lines := bytes.SplitAfterN(text, []byte("\n"), levels+1)
	return lines[len(lines)-1], err
}

// frame is a document around a value.
type frame struct{ before, after string }

// frameOf takes the value of the first such field, which is an empty one, out of a document.
func frameOf(document []byte, field, empty string) (frame, error) {
	before, after, ok := strings.Cut(string(document), field+empty)
	if !ok {
		return frame{}, fmt.Errorf("a document lacks %q", field+empty)
	}
	return frame{before + field, after}, nil
}

// object is part of a document.
type object = map[string]any

// yamlFile encodes documents to one file.
func yamlFile(path string, documents ...any) (File, error) {
	data, err := encodeYAML(documents...)
	if err != nil {
		return File{}, fmt.Errorf("encode %s: %w", path, err)
	}
	return NewFile(path, data), nil
}

func encodeYAML(documents ...any) ([]byte, error) {
	encoded := make([][]byte, len(documents))
	for i, d := range documents {
		var err error
		if encoded[i], err = document.EncodeYAML(d); err != nil {
			return nil, err
		}
	}
	if len(encoded) == 1 {
		return encoded[0], nil
	}
	return bytes.Join(encoded, []byte("---\n")), nil
}
