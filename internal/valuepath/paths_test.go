package valuepath

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"helm.sh/helm/v4/pkg/strvals"
	"pgregory.net/rapid"
)

func TestJoin(t *testing.T) {
	for _, tt := range []struct {
		keys []string
		want string
	}{
		{[]string{"a"}, "a"},
		{[]string{"a", "b-c", "d_e"}, "a.b-c.d_e"},
		{[]string{"grafana.ini", "log"}, `grafana\.ini.log`},
		{[]string{`a\b`, "c"}, `a\\b.c`},
		{[]string{"*", "#", "a,b=c[0]"}, `\*.\#.a\,b\=c\[0]`},
	} {
		if got := Join(tt.keys); got != tt.want {
			t.Errorf("Join(%q) = %s, want %s", tt.keys, got, tt.want)
		}
		if got, err := Split(tt.want); err != nil || !slices.Equal(got, tt.keys) {
			t.Errorf("Split(%s) = %q, %v", tt.want, got, err)
		}
	}
}

func TestSplitRefuses(t *testing.T) {
	for path, want := range map[string]string{
		"":     `"" is not a value path: write keys separated by dots`,
		".a":   `".a" is not a value path: write keys separated by dots`,
		"a.":   `"a." is not a value path: write keys separated by dots`,
		"a..b": `"a..b" is not a value path: write keys separated by dots`,
		`a\`:   `"a\\" is not a value path: it ends in a backslash`,
	} {
		if keys, err := Split(path); err == nil || err.Error() != want {
			t.Errorf("Split(%q) = %q, error %v, want %s", path, keys, err, want)
		}
	}
}

// keys draws a path with what is special in paths, files of them and Helm's --set.
func keys() *rapid.Generator[[]string] {
	return rapid.SliceOfN(rapid.StringMatching(`[a-zäß0-9.*#\\,= \[\]{}"'-]{1,6}`), 1, 4)
}

func TestJoinRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := keys().Draw(t, "keys")
		if got, err := Split(Join(want)); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q becomes %s becomes %q, %v", want, Join(want), got, err)
		}
		values := map[string]any{}
		if err := strvals.ParseInto(Join(want)+"=x", values); err != nil {
			t.Fatal(err)
		}
		var v any = values
		for _, key := range want {
			m, _ := v.(map[string]any)
			v = m[key]
		}
		if v != "x" {
			t.Errorf("helm --set %s=x gives %v, want it at %q", Join(want), values, want)
		}
	})
}

// paths draws a set.
func paths() *rapid.Generator[*Paths] {
	return rapid.Custom(func(t *rapid.T) *Paths {
		p := &Paths{Open: rapid.IntRange(0, 20).Draw(t, "all") == 0}
		for range rapid.IntRange(0, 12).Draw(t, "number") {
			p.Add(keys().Draw(t, "keys")...).Open = rapid.Bool().Draw(t, "open")
		}
		return p
	})
}

func TestWriteRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := paths().Draw(t, "paths")
		var first, second strings.Builder
		if _, err := p.WriteTo(&first); err != nil {
			t.Fatal(err)
		}
		again, err := ReadPaths(strings.NewReader(first.String()))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := again.WriteTo(&second); err != nil || first.String() != second.String() {
			t.Errorf("%v\n%s\nbecomes\n%s", err, &first, &second)
		}
		for range 20 {
			path := keys().Draw(t, "path")
			if p.Takes(path) != again.Takes(path) {
				t.Errorf("%q: taken %v, then %v", path, p.Takes(path), again.Takes(path))
			}
		}
		for path, open := range p.All() {
			if !again.Takes(path) || again.Takes(append(slices.Clip(path), "more")) != open {
				t.Errorf("%q, open %v, isn't so any more", path, open)
			}
		}
	})
}

func TestWriteTo(t *testing.T) {
	p := &Paths{}
	for _, path := range []string{"b", "a.c", `a.b\.c`, "z"} {
		keys, err := Split(path)
		if err != nil {
			t.Fatal(err)
		}
		p.Add(keys...)
	}
	p.Add("z", "any").Open = true
	if diff := cmp.Diff("a.b\\.c\na.c\nb\nz.any.*\n", written(t, p)); diff != "" {
		t.Error(diff)
	}
	if got := written(t, &Paths{}); got != "" {
		t.Errorf("no paths are %q", got)
	}
	if got := written(t, &Paths{Open: true}); got != "*\n" {
		t.Errorf("all paths are %q", got)
	}
	for _, key := range []string{"", "a\nb", "a\r"} {
		p := &Paths{}
		p.Add("x", key)
		if _, err := p.WriteTo(&strings.Builder{}); err == nil {
			t.Errorf("wrote the key %q", key)
		}
	}
	if _, err := p.WriteTo(failing{}); !errors.Is(err, errFull) {
		t.Errorf("error %v", err)
	}
}

var errFull = errors.New("full")

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errFull }

func TestReadPaths(t *testing.T) {
	p, err := ReadPaths(strings.NewReader("# Source: x\na.b\na.b.c\nd.*\n\\#e\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := written(t, p); got != "a.b.c\nd.*\n\\#e\n" && got != "\\#e\na.b.c\nd.*\n" {
		t.Errorf("got %q", got)
	}
	for text, want := range map[string]string{
		"a\n\nb\n":                 `line 2: "" is not a value path: write keys separated by dots`,
		"# x\na.\n":                `line 2: "a." is not a value path: write keys separated by dots`,
		".*\n":                     `line 1: "" is not a value path: write keys separated by dots`,
		`a\.*`:                     `line 1: "a\\" is not a value path: it ends in a backslash`,
		strings.Repeat("a", 1<<17): `bufio.Scanner: token too long`,
	} {
		if _, err := ReadPaths(strings.NewReader(text)); err == nil || err.Error() != want {
			t.Errorf("%.20q: error %v, want %s", text, err, want)
		}
	}
}

func TestTakes(t *testing.T) {
	p, err := ReadPaths(strings.NewReader("image.tag\nenv.*\nlist\n"))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{
		"image": true, "image.tag": true, "image.tag.x": false, "image.name": false, "env": true,
		"env.A": true, "env.A.B": true, "list": true, "list.a": false, "tag": false, "Image": false,
	} {
		if got := p.Takes(strings.Split(path, ".")); got != want {
			t.Errorf("takes %s: %v", path, got)
		}
	}
	var none Paths
	if none.Takes([]string{"a"}) || !(&Paths{Open: true}).Takes([]string{"a", "b"}) {
		t.Error("no paths take a, or all don't")
	}
}

func TestNearest(t *testing.T) {
	p, err := ReadPaths(strings.NewReader("driver.enabled\ndriver.rdma.enabled\ndriver.rdma.useHostMofed\n" +
		"driver.env.*\ntoolkit.enabled\ntoolkit.version\nnode\\.ini.log\nverison2.a\n"))
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("e", 1<<16)
	for _, tt := range []struct {
		path string
		want []string
	}{
		{"driver.enable", []string{"driver.enabled"}},
		{"drivre.rdma.enabled", []string{"driver.rdma.enabled"}},
		{"drivre.rdma.enabld", []string{"driver"}},
		{"driver.rdma.useHostMOFED", []string{"driver.rdma.useHostMofed"}},
		{"driver.enabled.x", []string{"driver.enabled"}},
		{"driver.rdma.x", []string{"driver.rdma.enabled", "driver.rdma.useHostMofed"}},
		{"useHostMofed", []string{"driver.rdma.useHostMofed"}},
		{"operator.enabled", []string{"driver.enabled", "toolkit.enabled", "driver.rdma.enabled"}},
		{"driver.x.enabled", []string{"driver.enabled", "toolkit.enabled", "driver.rdma.enabled"}},
		{"nodeini.log", []string{`node\.ini.log`}},
		{"something.else", []string{`node\.ini`, "toolkit", "verison2"}},
		{"driver." + long, []string{"driver.enabled", "driver.env", "driver.rdma"}},
		{long + ".version", []string{"toolkit.version"}},
		{"driver.enabled", nil},
	} {
		keys, err := Split(tt.path)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, p.Nearest(keys)); diff != "" {
			t.Errorf("%.40s (-want +got)\n%s", tt.path, diff)
		}
	}
	if got := (&Paths{}).Nearest([]string{"a"}); got != nil {
		t.Errorf("of no paths %q", got)
	}
	if got := p.Nearest(nil); got != nil {
		t.Errorf("of nothing %q", got)
	}
}

// What is suggested has to be of use.
func TestNearestIsTaken(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, path := paths().Draw(t, "paths"), keys().Draw(t, "path")
		nearest := p.Nearest(path)
		if len(nearest) > maxNearest || !reflect.DeepEqual(nearest, p.Nearest(path)) {
			t.Errorf("%q, then %q", nearest, p.Nearest(path))
		}
		for _, n := range nearest {
			if keys, err := Split(n); err != nil || !p.Takes(keys) {
				t.Errorf("%s isn't taken: %v", n, err)
			}
		}
	})
}

func written(t testing.TB, p *Paths) string {
	t.Helper()
	var b strings.Builder
	if _, err := p.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
