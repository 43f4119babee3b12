package bundle

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"helm.sh/helm/v4/pkg/strvals"
	"pgregory.net/rapid"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
)

// given is what db's values are before the set options.
func given() map[string]any {
	return map[string]any{"text": "x", "null": nil, "map": map[string]any{"a": int64(1)}, "list": []any{"p", map[string]any{"q": "r"}, []any{"s"}}}
}

func TestOverride(t *testing.T) {
	tests := []struct {
		name string
		set  []string
		want map[string]any // what differs from given; nil for null
	}{
		{"text", []string{"db:text=y"}, map[string]any{"text": "y"}},
		{"alias", []string{"store:text=y"}, map[string]any{"text": "y"}},
		{"types", []string{"db:i=7,t=true,f=2.5,z=007,e=,big=1000000,neg=-1"},
			map[string]any{"i": int64(7), "t": true, "f": "2.5", "z": "007", "e": "", "big": int64(1000000), "neg": int64(-1)}},
		{"null", []string{"db:map=null"}, map[string]any{"map": nil}},
		{"new path", []string{"db:a.b.c=d"}, map[string]any{"a": map[string]any{"b": map[string]any{"c": "d"}}}},
		{"beside what is there", []string{"db:map.b=2"}, map[string]any{"map": map[string]any{"a": int64(1), "b": int64(2)}}},
		{"later wins", []string{"db:text=y", "db:text=z"}, map[string]any{"text": "z"}},
		{"later in one option wins", []string{"db:text=y,text=z"}, map[string]any{"text": "z"}},
		{"list", []string{"db:l={a,b,3}"}, map[string]any{"l": []any{"a", "b", int64(3)}}},
		{"list replaces a list", []string{"db:list={a}"}, map[string]any{"list": []any{"a"}}},
		{"list, then a key", []string{"db:l={a},m=b"}, map[string]any{"l": []any{"a"}, "m": "b"}},
		{"index", []string{"db:list[0]=z"}, map[string]any{"list": []any{"z", map[string]any{"q": "r"}, []any{"s"}}}},
		{"index of a new list", []string{"db:l[1].k=v"}, map[string]any{"l": []any{nil, map[string]any{"k": "v"}}}},
		{"index in a path", []string{"db:list[1].q=z"}, map[string]any{"list": []any{"p", map[string]any{"q": "z"}, []any{"s"}}}},
		{"index after the end", []string{"db:list[3]=z"}, map[string]any{"list": []any{"p", map[string]any{"q": "r"}, []any{"s"}, "z"}}},
		{"index in an index", []string{"db:list[2][1]=z"}, map[string]any{"list": []any{"p", map[string]any{"q": "r"}, []any{"s", "z"}}}},
		{"escaped comma", []string{`db:text=a\,b`}, map[string]any{"text": "a,b"}},
		{"escaped dot", []string{`db:a\.b/c=d`}, map[string]any{"a.b/c": "d"}},
		{"escaped equals sign", []string{`db:a\=b=c`}, map[string]any{"a=b": "c"}},
		{"equals sign in a value", []string{"db:text=a=b"}, map[string]any{"text": "a=b"}},
		{"colon in a value", []string{"db:text=a:b"}, map[string]any{"text": "a:b"}},
		{"line break in a value", []string{"db:text=a\nb: c"}, map[string]any{"text": "a\nb: c"}},
		{"comma at the end", []string{"db:text=y,"}, map[string]any{"text": "y"}},
		{"highest index", []string{"db:l[1023]=z"}, map[string]any{"l": append(make([]any, 1023), "z")}},
		{"index in a value", []string{"db:text=[5000]"}, map[string]any{"text": "[5000]"}},
		{"index after a value's text", []string{"db:text=a[5000]=1"}, map[string]any{"text": "a[5000]=1"}},
		{"index in a list value", []string{"db:l={a[5000],[6000]}"}, map[string]any{"l": []any{"a[5000]", "[6000]"}}},
		{"index in a list value behind an escaped brace", []string{`db:l={a\},b[5000]=1}`}, map[string]any{"l": []any{"a}", "b[5000]=1"}}},
		{"index behind an escaped comma", []string{`db:text=a\,b[5000]=1`}, map[string]any{"text": "a,b[5000]=1"}},
		{"escaped bracket in a key", []string{`db:a\[5000]=b`}, map[string]any{"a[5000]": "b"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBuilder(gen.ComponentRef{Name: "db", Version: "1.0.0", Values: given()})
			if err := b.override(gen.CreateBundleParams{Set: tt.set}); err != nil {
				t.Fatal(err)
			}
			want := given()
			for key, value := range tt.want {
				want[key] = value
			}
			if diff := cmp.Diff(want, b.recipe.ComponentRefs[0].Values); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Whatever is set, it's what Helm's parser makes of the values, and other bundles that share them see nothing of it.
func TestOverrideSharesValues(t *testing.T) {
	key := rapid.SampledFrom([]string{"text", "null", "map", "map.a", "map.b.c", "list", "list[0]", "list[1]", "list[1].q", "list[2][0]", "new", "new.a", "new[1].a"})
	value := rapid.SampledFrom([]string{"1", "x", "null", "", "{x,y}", "{}"})
	item := rapid.Custom(func(t *rapid.T) string {
		var pairs []string
		for range rapid.IntRange(1, 3).Draw(t, "pairs") {
			pairs = append(pairs, key.Draw(t, "key")+"="+value.Draw(t, "value"))
		}
		return strings.Join(pairs, ",")
	})
	rapid.Check(t, func(t *rapid.T) {
		shared, want := given(), given()
		b := newBuilder(gen.ComponentRef{Name: "db", Version: "1.0.0", Values: shared})
		b.origins[0].isShared = true
		for _, expression := range rapid.SliceOfN(item, 1, 3).Draw(t, "items") {
			option := rapid.SampledFrom([]string{"set", "force-set"}).Draw(t, "option")
			growth := 0
			err, wantErr := b.set(option, "db:"+expression, &growth), strvals.ParseInto(expression, want)
			if (err == nil) != (wantErr == nil) {
				t.Fatalf("%q: %v, want %v", expression, err, wantErr)
			}
			if err != nil {
				break
			}
			if diff := cmp.Diff(want, b.recipe.ComponentRefs[0].Values); diff != "" {
				t.Fatal(diff)
			}
		}
		if diff := cmp.Diff(given(), shared); diff != "" {
			t.Fatal("shared values were changed:\n", diff)
		}
	})
}

// Each of many set options could copy a large list that others share.
func TestOverrideCopiesOnce(t *testing.T) {
	list := make([]any, 1000)
	for i := range list {
		list[i] = map[string]any{"a": map[string]any{"b": int64(1)}}
	}
	allocations := func(sets int) float64 {
		set := slices.Repeat([]string{"db:list[0].a.b=1"}, sets)
		return testing.AllocsPerRun(1, func() {
			b := newBuilder(gen.ComponentRef{Name: "db", Version: "1.0.0", Values: map[string]any{"list": list}})
			b.origins[0].isShared = true
			if err := b.override(gen.CreateBundleParams{ForceSet: set}); err != nil {
				t.Fatal(err)
			}
		})
	}
	if few, many := allocations(2), allocations(100); many > 2*few {
		t.Errorf("2 options allocate %v times, 100 options %v times", few, many)
	}
}

func TestOverrideChoosesTheComponent(t *testing.T) {
	b := newBuilder(
		gen.ComponentRef{Name: "app", Version: "1.0.0", Values: map[string]any{}}, gen.ComponentRef{Name: "db", Version: "1.0.0", Values: map[string]any{}})
	if err := b.override(gen.CreateBundleParams{Set: []string{"db:a=1", "app:a=2"}}); err != nil {
		t.Fatal(err)
	}
	for i, want := range []map[string]any{{"a": int64(2)}, {"a": int64(1)}} {
		if diff := cmp.Diff(want, b.recipe.ComponentRefs[i].Values); diff != "" {
			t.Error(diff)
		}
	}
}

func TestOverrideRefuses(t *testing.T) {
	const (
		scalar  = "the path treats a plain value as a mapping or list"
		noName  = "a key has no name"
		noValue = `it ends in a key without a value (a comma in a value is written \,)`
		tooHigh = "list index 1024 is above 1023"
	)
	tests := []struct {
		name string
		set  string
		want string
	}{
		{"no value", "db:text", noValue},
		{"no value for the second key", "db:a=b,text", noValue},
		{"no value after a dot", "db:text=y,a.", noValue},
		{"no value after an index", "db:list[0]", noValue},
		{"no value after a dot behind an index", "db:list[0].", noValue},
		{"no value before a comma", "db:text,a=b", `key "text" has no value (cannot end with ,)`},
		{"no expression", "db:", noValue},
		{"no colon", "db", noValue},
		{"no key", "db:=1", noName},
		{"no key after a comma", "db:a=1,=2", noName},
		{"no key before a dot", "db:.a=1", noName},
		{"no key after a dot", "db:a.=1", noName},
		{"no key before an index", "db:[0]=1", noName},
		{"two commas", "db:a=1,,b=2", noName},
		{"path through text", "db:text.a=1", scalar},
		{"path through null", "db:null.a=1", scalar},
		{"path through a list", "db:list.a=1", scalar},
		{"path through an item", "db:list[0][0]=1", scalar},
		{"index into text", "db:text[0]=1", scalar},
		{"index into a mapping", "db:map[0]=1", scalar},
		{"negative index", "db:list[-1]=1", "negative -1 index not allowed"},
		{"index that is no number", "db:list[x]=1", `error parsing index: strconv.Atoi: parsing "x": invalid syntax`},
		{"open list", "db:l={a", "list must terminate with '}'"},
		{"open index", "db:l[0", "a list index has no ]"},
		{"high index", "db:l[1024]=1", tooHigh},
		{"high index below", "db:a.b[1024].c=1", tooHigh},
		{"high index in an index", "db:l[0][1024]=1", tooHigh},
		{"high index with a sign", "db:l[+1024]=1", tooHigh},
		{"high index with an escape", `db:l[10\24]=1`, tooHigh},
		{"high index after a value", "db:a=b,l[1024]=1", tooHigh},
		{"high index after a list", "db:a={b},l[1024]=1", tooHigh},
		{"high index straight after a list", "db:a={b}l[1024]=1", tooHigh},
		{"high index after a list with an escape", `db:a={b\}c},l[1024]=1`, tooHigh},
		{"high index after an escaped backslash", `db:a=b\\,l[1024]=1`, tooHigh},
		{"high index after an escaped bracket", `db:a\[0[1024]=1`, tooHigh},
		{"high index after an empty list", "db:a={},l[1024]=1", tooHigh},
		{"many indexes", "db:" + "l[1023]" + strings.Repeat("[1023]", 16) + "=1", "the list indexes of all set options add up to more than 8184"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := newBuilder(gen.ComponentRef{Name: "db", Version: "1.0.0", Values: given()})
			err := b.override(gen.CreateBundleParams{Set: []string{tt.set}})
			checkInvalid(t, err, fmt.Sprintf("invalid set %q: %s", tt.set, tt.want), apierror.Details{Parameter: "set", Requested: tt.set})
		})
	}
}

func TestOverrideBoundsAllOptionsTogether(t *testing.T) {
	var set []string
	for i := range 8 {
		set = append(set, fmt.Sprintf("db:l%d[1023]=1", i))
	}
	if err := newBuilder(gen.ComponentRef{Name: "db", Values: given()}).override(gen.CreateBundleParams{Set: set}); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	last := "db:m[1]=1"
	checkInvalid(t, newBuilder(gen.ComponentRef{Name: "db", Values: given()}).override(gen.CreateBundleParams{Set: append(set, last)}),
		`invalid set "`+last+`": the list indexes of all set options add up to more than 8184`, apierror.Details{Parameter: "set", Requested: last})
}

func TestOverrideUnknownComponent(t *testing.T) {
	b := newBuilder(ref("db", "1.0.0"), foreign("podinfo"))
	for _, name := range []string{"nothing", "app"} { // app is in the catalog, but not in the recipe
		checkInvalid(t, b.override(gen.CreateBundleParams{Set: []string{name + ":a=b"}}),
			fmt.Sprintf("invalid set: component %q is not in this bundle: must be one of db, podinfo", name),
			apierror.Details{Parameter: "set", Requested: name, Allowed: []string{"db", "podinfo"}})
	}
}

// No expression that checkKeys admits makes Helm's parser build a list that is longer than its bound, or set nothing at all.
func FuzzOverride(f *testing.F) {
	for _, seed := range []string{"a=b", `a={x\},b[5000]=1}`, "a={b}c[2000]=1", `l[20\00]=1`, "a.b[0].c=1,d={1,2}", `a\[0[1024]=1`, "[0]=1", "a[0][1][2]=", "a=b,"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, expression string) {
		growth := 0
		if checkKeys(expression, &growth) != nil {
			return
		}
		values := map[string]any{}
		if strvals.ParseInto(expression, values) != nil {
			return
		}
		if longest(values) > max(maxListIndex+1, len(expression)) {
			t.Fatalf("%q makes a list of %d items", expression, longest(values))
		}
		if len(values) == 0 {
			t.Fatalf("%q sets nothing", expression)
		}
	})
}

func longest(value any) int {
	most := 0
	switch v := value.(type) {
	case map[string]any:
		for _, item := range v {
			most = max(most, longest(item))
		}
	case []any:
		most = len(v)
		for _, item := range v {
			most = max(most, longest(item))
		}
	}
	return most
}
