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
