// Package valuepath knows at which paths a Helm chart takes values.
package valuepath

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
)

// Paths is the set of value paths that a chart takes, as a tree of keys. The zero value takes none.
// It must not be changed once it is shared.
type Paths struct {
	Open bool // it takes anything below
	keys map[string]*Paths
}

// Add returns what is below a path, which it adds.
func (p *Paths) Add(keys ...string) *Paths {
	for _, key := range keys {
		next, ok := p.keys[key]
		if !ok {
			next = &Paths{}
			if p.keys == nil {
				p.keys = map[string]*Paths{}
			}
			p.keys[key] = next
		}
		p = next
	}
	return p
}

// Below returns what is below a key, nil if the key isn't taken.
func (p *Paths) Below(key string) *Paths { return p.keys[key] }

// Merge adds all that another set has.
func (p *Paths) Merge(other *Paths) {
	p.Open = p.Open || other.Open
	for key, below := range other.keys {
		p.Add(key).Merge(below)
	}
}

// Takes reports whether the chart takes a value at a path.
func (p *Paths) Takes(keys []string) bool {
	at, depth := p.follow(keys)
	return at.Open || depth == len(keys)
}

// IsMapping reports whether the chart takes values below a path that are all known: anything but a
// mapping is out of place there.
func (p *Paths) IsMapping(keys []string) bool {
	at, depth := p.follow(keys)
	return !at.Open && depth == len(keys) && len(at.keys) > 0
}

// follow returns what the first of the keys lead to, as many as are known, and their number.
func (p *Paths) follow(keys []string) (at *Paths, depth int) {
	for _, key := range keys {
		next := p.keys[key]
		if p.Open || next == nil {
			break
		}
		p, depth = next, depth+1
	}
	return p, depth
}

// All yields every path that doesn't go on, in the order of keys, and whether it takes anything
// below.
func (p *Paths) All() iter.Seq2[[]string, bool] {
	return func(yield func([]string, bool) bool) {
		if p.Open || len(p.keys) > 0 {
			p.walk(nil, yield)
		}
	}
}

func (p *Paths) walk(keys []string, yield func([]string, bool) bool) bool {
	if p.Open || len(p.keys) == 0 {
		return yield(keys, p.Open)
	}
	for _, key := range slices.Sorted(maps.Keys(p.keys)) {
		if !p.keys[key].walk(append(slices.Clip(keys), key), yield) {
			return false
		}
	}
	return true
}

// anything ends a path that takes anything below.
const anything = "*"

// WriteTo writes one path a line, sorted by keys, as [Join] does. A path that takes anything below
// ends in ".*". Keys that are empty or have line breaks are an error.
func (p *Paths) WriteTo(w io.Writer) (int64, error) {
	var b strings.Builder
	for keys, open := range p.All() {
		for _, key := range keys {
			if key == "" || strings.ContainsAny(key, "\r\n") {
				return 0, fmt.Errorf("the value path %q can't be written as a line", keys)
			}
		}
		line := Join(keys)
		if open {
			line = strings.TrimPrefix(line+"."+anything, ".")
		}
		b.WriteString(line + "\n")
	}
	n, err := io.WriteString(w, b.String())
	return int64(n), err
}

// ReadPaths reads what [Paths.WriteTo] wrote. Lines that begin with # are comments. Errors name the
// line.
func ReadPaths(r io.Reader) (*Paths, error) {
	p := &Paths{}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		if strings.HasPrefix(line, "#") {
			continue
		}
		if line == anything {
			p.Open = true
			continue
		}
		path, open := strings.CutSuffix(line, "."+anything)
		keys, err := Split(path)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		if below := p.Add(keys...); open {
			below.Open = true
		}
	}
	return p, lines.Err()
}

// Join writes a path as helm --set takes it: its keys with dots between, and backslashes before
// what has a meaning there or in a file of paths.
func Join(keys []string) string {
	escape := strings.NewReplacer(`\`, `\\`, `.`, `\.`, `,`, `\,`, `=`, `\=`, `[`, `\[`, `*`, `\*`, `#`, `\#`)
	escaped := make([]string, len(keys))
	for i, key := range keys {
		escaped[i] = escape.Replace(key)
	}
	return strings.Join(escaped, ".")
}

// Split is the inverse of [Join]. An empty key is an error.
func Split(path string) ([]string, error) {
	keys := strings.Split(path, ".")
	if !strings.Contains(path, `\`) && !slices.Contains(keys, "") {
		return keys, nil
	}
	keys = nil
	var key strings.Builder
	for i := 0; i <= len(path); i++ {
		switch {
		case i == len(path) || path[i] == '.':
			if key.Len() == 0 {
				return nil, fmt.Errorf("%q is not a value path: write keys separated by dots", path)
			}
			keys = append(keys, key.String())
			key.Reset()
		case path[i] == '\\':
			if i++; i == len(path) {
				return nil, fmt.Errorf("%q is not a value path: it ends in a backslash", path)
			}
			key.WriteByte(path[i])
		default:
			key.WriteByte(path[i])
		}
	}
	return keys, nil
}
