package bundle

import (
	"bytes"
	"fmt"

	"github.com/NVIDIA/cloud-native-stack/internal/document"
)

// listItems encodes items of a list that is some levels down in a document.
func listItems(levels int, items ...any) ([]byte, error) {
	var document any = items
	for range levels {
		document = object{"": document}
	}
	text, err := encodeYAML(document)
	lines := bytes.SplitAfterN(text, []byte("\n"), levels+1)
	return lines[len(lines)-1], err
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
	var data []byte
	for i, d := range documents {
		encoded, err := document.EncodeYAML(d)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			data = append(data, "---\n"...)
		}
		data = append(data, encoded...)
	}
	return data, nil
}
