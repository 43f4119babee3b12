package document

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// JSON reads one JSON value. It refuses data after the value, repeated object keys, numbers that
// lose digits, and what exceeds limits.
func JSON(data []byte, limits Limits) (any, error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, errEmpty
	}
	if !utf8.Valid(data) {
		return nil, errors.New("the document is not valid UTF-8") // encoding/json would replace what isn't
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	r := &jsonReader{dec: dec, limits: limits, left: limits.Values, mayReplace: mayHoldReplacement(data)}
	v, err := r.value(1)
	if err != nil {
		return nil, r.locate(err, data)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, r.locate(errors.New("data after the first JSON value"), data)
	}
	return v, nil
}

type jsonReader struct {
	dec        *json.Decoder
	limits     Limits
	left       int  // values
	mayReplace bool // the document itself holds U+FFFD
}

// mayHoldReplacement reports whether a document holds U+FFFD, as it is or escaped. If not, one in a
// decoded string stands for an unpaired surrogate, which encoding/json replaces.
func mayHoldReplacement(data []byte) bool {
	return bytes.ContainsRune(data, utf8.RuneError) || bytes.Contains(bytes.ToLower(data), []byte(`\ufffd`))
}

func (r *jsonReader) locate(err error, data []byte) error {
	offset := min(int(r.dec.InputOffset()), len(data))
	var syntax *json.SyntaxError // from Go 1.27 on nothing but its text tells the end of a document
	isEnd := errors.As(err, &syntax) && syntax.Error() == "unexpected end of JSON input"
	if isEnd || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err, offset = errors.New("unexpected end of JSON"), len(data)
	}
	return fmt.Errorf("line %d: %w", 1+bytes.Count(data[:offset], []byte("\n")), err)
}

func (r *jsonReader) value(level int) (any, error) {
	if level > r.limits.Levels {
		return nil, errTooDeep(r.limits)
	}
	if r.left--; r.left < 0 {
		return nil, errTooMany(r.limits)
	}
	token, err := r.token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case json.Delim:
		if t == '{' {
			return r.object(level)
		}
		return r.array(level)
	case json.Number:
		return number(t.String())
	default:
		return t, nil
	}
}

func (r *jsonReader) token() (json.Token, error) {
	token, err := r.dec.Token()
	if s, ok := token.(string); ok && !r.mayReplace && strings.ContainsRune(s, utf8.RuneError) {
		return nil, fmt.Errorf("string %q holds an unpaired surrogate", clip(s))
	}
	return token, err
}

func (r *jsonReader) object(level int) (any, error) {
	m := map[string]any{}
	for r.dec.More() {
		token, err := r.token()
		if err != nil {
			return nil, err
		}
		key, ok := token.(string)
		if !ok {
			return nil, fmt.Errorf("object key %v is not a string", token)
		}
		if _, ok := m[key]; ok {
			return nil, fmt.Errorf("key %q is there twice", clip(key))
		}
		if m[key], err = r.value(level + 1); err != nil {
			return nil, err
		}
	}
	_, err := r.dec.Token()
	return m, err
}

func (r *jsonReader) array(level int) (any, error) {
	list := []any{}
	for r.dec.More() {
		v, err := r.value(level + 1)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	_, err := r.dec.Token()
	return list, err
}
