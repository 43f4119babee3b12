// Package yamlenc writes as YAML what JSON can hold too, so that every reader, of YAML 1.1 or 1.2,
// takes it for the same values. Libraries leave out quotes that some readers need, and lose
// characters in blocks. So text stays without quotes only if nobody could take it for anything
// else, and what has several lines is a literal block if that loses nothing; the rest is between
// double quotes.
package yamlenc

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Encode returns a value as a YAML document. Equal values give equal bytes. Structs have the fields
// of their yaml tags.
func Encode(v any) ([]byte, error) {
	w := newWriter()
	err := w.value(v, 0, atRoot)
	return w.out, err
}

// Item returns a value as an item of a list that stands below a key of a document.
func Item(v any) ([]byte, error) {
	w := newWriter()
	w.indent(keyIndent)
	w.text("-")
	err := w.value(v, 2*keyIndent, afterDash)
	return w.out, err
}

// Around returns a struct or mapping as what stands before and after the items of the list at a key
// of it. The items themselves are made by [Item].
func Around(v any, list string) (before, after []byte, err error) {
	w := newWriter()
	w.list = list
	err = w.value(v, 0, atRoot)
	return w.out[:w.items:w.items], w.out[w.items:], err
}

// keyIndent is how many columns what stands below a key is indented.
const keyIndent = 2

type writer struct {
	out   []byte
	maps  []field // of the mappings that are being written, the outermost first
	list  string  // key of the document whose list is left out, none if empty
	items int     // where in out its items belong
}

func newWriter() *writer {
	return &writer{out: make([]byte, 0, 2<<10), maps: make([]field, 0, 32)}
}

// context is what stands before a value.
type context int

const (
	atRoot context = iota
	afterKey
	afterDash
)

// fields is a mapping with an order of its own.
type fields []field

type field struct {
	key   string
	value any
}

// value writes a value and the end of its last line. The lines of a mapping, list or block are
// indented.
func (w *writer) value(v any, indent int, in context) error {
	switch v := v.(type) {
	case map[string]any:
		first := len(w.maps)
		for key, value := range v {
			w.maps = append(w.maps, field{key, value})
		}
		entries := w.maps[first:]
		slices.SortFunc(entries, func(a, b field) int { return strings.Compare(a.key, b.key) })
		err := w.mapping(entries, indent, in)
		w.maps = w.maps[:first]
		return err
	case fields:
		return w.mapping(v, indent, in)
	case []any:
		return w.sequence(v, indent, in)
	case string:
		w.string(v, indent, in)
	case bool:
		w.scalar(strconv.FormatBool(v), in)
	case int:
		w.scalar(strconv.Itoa(v), in)
	case int64:
		w.scalar(strconv.FormatInt(v, 10), in)
	case float64:
		w.scalar(float(v), in)
	case nil:
		w.scalar("null", in)
	default:
		known, err := plain(reflect.ValueOf(v))
		if err != nil {
			return err
		}
		return w.value(known, indent, in)
	}
	return nil
}

// plain returns a value of another type as one that the writer knows. Structs have their yaml tags'
// fields.
func plain(r reflect.Value) (any, error) {
	switch r.Kind() {
	case reflect.String:
		return r.String(), nil
	case reflect.Slice:
		list := make([]any, r.Len())
		for i := range list {
			list[i] = r.Index(i).Interface()
		}
		return list, nil
	case reflect.Map:
		m := make(map[string]any, r.Len())
		for key, value := range r.Seq2() {
			m[key.String()] = value.Interface()
		}
		return m, nil
	case reflect.Struct:
		list := make(fields, 0, r.NumField())
		for i := range r.NumField() {
			name, options, _ := strings.Cut(r.Type().Field(i).Tag.Get("yaml"), ",")
			value := r.Field(i)
			if options != "omitempty" || !value.IsZero() && (value.Kind() != reflect.Map || value.Len() > 0) {
				list = append(list, field{name, value.Interface()})
			}
		}
		return list, nil
	}
	return nil, fmt.Errorf("a value of type %s has no YAML form", r.Type())
}

// longestKey is how many bytes a key may have without a question mark. Its colon has to come within
// 1024 characters (YAML 1.2.2, section 7.4.2).
const longestKey = 1000

func (w *writer) mapping(m fields, indent int, in context) error {
	if len(m) == 0 {
		w.scalar("{}", in)
	}
	for i, f := range m {
		w.begin(i, indent, in)
		key := line(f.key)
		if len(key) > longestKey {
			w.text("? " + key + "\n")
			w.indent(indent)
			key = ""
		}
		w.text(key)
		w.text(":")
		if in == atRoot && w.list != "" && f.key == w.list {
			w.text("\n")
			w.items = len(w.out)
			continue
		}
		if err := w.value(f.value, indent+keyIndent, afterKey); err != nil {
			return fmt.Errorf("%s: %w", f.key, err)
		}
	}
	return nil
}

func (w *writer) sequence(items []any, indent int, in context) error {
	if len(items) == 0 {
		w.scalar("[]", in)
	}
	for i, item := range items {
		w.begin(i, indent, in)
		w.text("-")
		if err := w.value(item, indent+keyIndent, afterDash); err != nil {
			return fmt.Errorf("%d: %w", i, err)
		}
	}
	return nil
}

// begin goes to where an entry of a mapping or list stands. The first one behind a dash stays in
// its line.
func (w *writer) begin(i, indent int, in context) {
	switch {
	case i > 0:
		w.indent(indent)
	case in == afterKey:
		w.text("\n")
		w.indent(indent)
	case in == afterDash:
		w.text(" ")
	}
}

func (w *writer) string(s string, indent int, in context) {
	if in == atRoot || !isBlock(s, indent) {
		w.scalar(line(s), in)
		return
	}
	text, hasEnd := strings.CutSuffix(s, "\n")
	if hasEnd {
		w.text(" |\n")
	} else {
		w.text(" |-\n")
	}
	for l := range strings.SplitSeq(text, "\n") {
		if l != "" {
			w.indent(indent)
		}
		w.text(l + "\n")
	}
}

// scalar writes what stands in one line.
func (w *writer) scalar(text string, in context) {
	if in != atRoot {
		w.text(" ")
	}
	w.text(text)
	w.text("\n")
}

func (w *writer) text(s string) { w.out = append(w.out, s...) }

func (w *writer) indent(spaces int) { w.text(strings.Repeat(" ", spaces)) }

// isBlock reports whether a literal block holds a string as it is, and isn't much longer: many
// short lines far to the right are. The margin lets a string keep its form where values stand a few
// columns farther to the right.
func isBlock(s string, indent int) bool {
	const (
		most   = 4096
		margin = 8
	)
	lines := strings.Count(s, "\n")
	text := strings.TrimSuffix(s, "\n")
	if lines == 0 || text == "" || strings.Trim(text, " \t\n") != text || lines*(indent+margin) > len(s)+most {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) && r != '\n' && r != '\t' })
}

// line returns a string in one line.
func line(s string) string {
	if isUnmistakable(s) {
		return s
	}
	quoted := append(make([]byte, 0, len(s)+2), '"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			quoted = append(quoted, '\\', byte(r))
		case r == '\n':
			quoted = append(quoted, `\n`...)
		case r == '\t':
			quoted = append(quoted, `\t`...)
		case unicode.IsPrint(r):
			quoted = utf8.AppendRune(quoted, r)
		case r <= 0xff:
			quoted = fmt.Appendf(quoted, `\x%02X`, r)
		case r <= 0xffff:
			quoted = fmt.Appendf(quoted, `\u%04X`, r)
		default:
			quoted = fmt.Appendf(quoted, `\U%08X`, r)
		}
	}
	return string(append(quoted, '"'))
}

// isUnmistakable reports whether no reader takes a string without quotes for anything else.
func isUnmistakable(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '/':
		case i == 0: // numbers, dates and most of what has a meaning begin with something else
			return false
		case '0' <= c && c <= '9' || strings.IndexByte("_-.@+=,$()", c) >= 0:
		case c == ':' && i+1 < len(s) && s[i+1] != ' ':
		case c == ' ' && i+1 < len(s):
		default:
			return false
		}
	}
	if s != "" && s[0]|0x20 == 'e' && strings.Trim(s[1:], "+-_0123456789") == "" { // a number to JavaScript's yaml
		return false
	}
	const longest = len("false")
	special := []string{"", "null", "true", "false", "yes", "no", "on", "off", "y", "n"}
	return len(s) > longest || !slices.Contains(special, strings.ToLower(s))
}

// float writes a number with the dot without which YAML 1.1 takes one with an exponent for a
// string.
func float(f float64) string {
	s := strconv.FormatFloat(f, 'g', -1, 64)
	if mantissa, exponent, ok := strings.Cut(s, "e"); ok && !strings.Contains(mantissa, ".") {
		return mantissa + ".0e" + exponent
	}
	return s
}
