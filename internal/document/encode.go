package document

import (
	"bytes"
	"encoding/json"
)

// EncodeJSON returns v as one line of JSON. Equal values give equal bytes.
func EncodeJSON(v any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return buf.Bytes(), err
}

// Must returns a text that was encoded, and panics if that failed: it is for values of which only a
// fault of the program can have no encoded form: what [JSON] and [YAML] return has one, as have
// structs of it.
func Must(text []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return text
}
