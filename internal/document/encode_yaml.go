package document

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// EncodeYAML returns what JSON can hold too as YAML that every reader, of YAML 1.1 or 1.2, takes for the same values. Equal values give equal
// bytes. Libraries leave out quotes that some readers need, and lose characters in blocks. So text stays without quotes only if nobody could
// take it for anything else, and what has several lines is a literal block if that loses nothing; the rest is between double quotes.
func EncodeYAML(v any) ([]byte, error) {
	w := yamlWriter{out: make([]byte, 0, 2<<10), maps: make([]field, 0, 32)}
	err := w.value(v, 0, atRoot)
	return w.out, err
}

// Mapping is what [EncodeYAML] made of a mapping. In another value it gives the same as that mapping, but for strings of very many lines, whose form
// depends on where they stood at first.
type Mapping []byte

// farther is how many columns to the right of the first place a [Mapping] may come to stand.
const farther = 8

type yamlWriter struct {
	out  []byte
	maps []field // of the mappings that are being written, the outermost first
}

// place is where a value stands.
type place int

const (
	atRoot place = iota
	behindKey
	behindDash
)

// fields is a mapping with an order of its own.
type fields []field

type field struct {
	key   string
	value any
}

// value writes a value and the end of its last line. The lines of a mapping, list or block are indented.
func (w *yamlWriter) value(v any, indent int, at place) error {
	switch v := v.(type) {
	case map[string]any:
		first := len(w.maps)
		for key, value := range v {
			w.maps = append(w.maps, field{key, value})
		}
		entries := w.maps[first:]
		slices.SortFunc(entries, func(a, b field) int { return strings.Compare(a.key, b.key) })
		err := w.mapping(entries, indent, at)
		w.maps = w.maps[:first]
		return err
	case fields:
		return w.mapping(v, indent, at)
	case []any:
		return w.list(v, indent, at)
	case Mapping:
		w.encoded(v, indent, at)
	case string:
		w.string(v, indent, at)
	case bool:
		w.scalar(strconv.FormatBool(v), at)
	case int:
		w.scalar(strconv.Itoa(v), at)
	case int64:
		w.scalar(strconv.FormatInt(v, 10), at)
	case float64:
		w.scalar(float(v), at)
	case nil:
		w.scalar("null", at)
	default:
		known, err := plain(reflect.ValueOf(v))
		if err != nil {
			return err
		}
		return w.value(known, indent, at)
	}
	return nil
}

// plain returns a value of another type as one that the writer knows. Structs have their yaml tags' fields.
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

// longestKey is how many bytes a key may have without a question mark. Its colon has to come within 1024 characters (YAML 1.2.2, section 7.4.2).
const longestKey = 1000

func (w *yamlWriter) mapping(m fields, indent int, at place) error {
	if len(m) == 0 {
		w.scalar("{}", at)
	}
	for i, f := range m {
		w.begin(i, indent, at)
		key := line(f.key)
		if len(key) > longestKey {
			w.text("? " + key + "\n")
			w.indent(indent)
			key = ""
		}
		w.text(key)
		w.text(":")
		if err := w.value(f.value, indent+2, behindKey); err != nil {
			return fmt.Errorf("%s: %w", f.key, err)
		}
	}
	return nil
}

// encoded writes what is encoded already, with its lines indented.
func (w *yamlWriter) encoded(m Mapping, indent int, at place) {
	if string(m) == "{}\n" {
		w.scalar("{}", at)
		return
	}
	first := true
	for l := range bytes.Lines(m) {
		switch {
		case first:
			w.begin(0, indent, at)
			first = false
		case len(l) > len("\n"):
			w.indent(indent)
		}
		w.out = append(w.out, l...)
	}
}

func (w *yamlWriter) list(items []any, indent int, at place) error {
	if len(items) == 0 {
		w.scalar("[]", at)
	}
	for i, item := range items {
		w.begin(i, indent, at)
		w.text("-")
		if err := w.value(item, indent+2, behindDash); err != nil {
			return fmt.Errorf("%d: %w", i, err)
		}
	}
	return nil
}

// begin goes to where an entry of a mapping or list stands. The first one behind a dash stays in its line.
func (w *yamlWriter) begin(i, indent int, at place) {
	switch {
	case i > 0:
		w.indent(indent)
	case at == behindKey:
		w.text("\n")
		w.indent(indent)
	case at == behindDash:
		w.text(" ")
	}
}

func (w *yamlWriter) string(s string, indent int, at place) {
	if at == atRoot || !isBlock(s, indent) {
		w.scalar(line(s), at)
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
func (w *yamlWriter) scalar(text string, at place) {
	if at != atRoot {
		w.text(" ")
	}
	w.text(text)
	w.text("\n")
}

func (w *yamlWriter) text(s string) { w.out = append(w.out, s...) }

func (w *yamlWriter) indent(spaces int) {
	const many = "                                "
	for ; spaces > len(many); spaces -= len(many) {
		w.text(many)
	}
	w.text(many[:spaces])
}

// isBlock says whether a literal block holds a string as it is, and isn't much longer: many short lines far to the right are.
func isBlock(s string, indent int) bool {
	const most = 4096
	lines := strings.Count(s, "\n")
	text := strings.TrimSuffix(s, "\n")
	if lines == 0 || text == "" || strings.Trim(text, " \t\n") != text || lines*(indent+farther) > len(s)+most {
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

// isUnmistakable says whether no reader takes a string without quotes for anything else.
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
	return len(s) > longest || !slices.Contains([]string{"", "null", "true", "false", "yes", "no", "on", "off", "y", "n"}, strings.ToLower(s))
}

// float writes a number with the dot without which YAML 1.1 takes one with an exponent for a string.
func float(f float64) string {
	s := strconv.FormatFloat(f, 'g', -1, 64)
	if mantissa, exponent, ok := strings.Cut(s, "e"); ok && !strings.Contains(mantissa, ".") {
		return mantissa + ".0e" + exponent
	}
	return s
}
