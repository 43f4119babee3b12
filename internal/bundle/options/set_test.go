package options

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"helm.sh/helm/v4/pkg/strvals"
	"pgregory.net/rapid"

	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/bundletest"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/component"
)

// given is what db's values are before the set options.
func given() map[string]any {
	return map[string]any{
		"text": "x", "null": nil, "map": map[string]any{"a": int64(1)},
		"list": []any{"p", map[string]any{"q": "r"}, []any{"s"}},
	}
}

// db is a component whose value paths aren't known.
func db(values map[string]any) bundled { return newBundled(testCatalog(), dbRef(values)) }

// notChecked warns that set takes any path of a component.
func notChecked(name, version string) string {
	const warning = "set is not checked for %s %s: the value paths of this chart version are not known"
	return fmt.Sprintf(warning, name, version)
}

func TestSet(t *testing.T) {
	type m = map[string]any
	tests := []struct {
		name string
		set  []string
		want m // what differs from given; nil for null
	}{
		{"text", []string{"db:text=y"}, m{"text": "y"}},
		{"alias", []string{"store:text=y"}, m{"text": "y"}},
		{"types", []string{"db:i=7,t=true,f=2.5,z=007,e=,big=1000000,neg=-1"},
			m{"i": int64(7), "t": true, "f": "2.5", "z": "007", "e": "", "big": int64(1000000), "neg": int64(-1)}},
		{"null", []string{"db:map=null"}, m{"map": nil}},
		{"new path", []string{"db:a.b.c=d"}, m{"a": m{"b": m{"c": "d"}}}},
		{"beside what is there", []string{"db:map.b=2"}, m{"map": m{"a": int64(1), "b": int64(2)}}},
		{"later wins", []string{"db:text=y", "db:text=z"}, m{"text": "z"}},
		{"later in one option wins", []string{"db:text=y,text=z"}, m{"text": "z"}},
		{"list", []string{"db:l={a,b,3}"}, m{"l": []any{"a", "b", int64(3)}}},
		{"list replaces a list", []string{"db:list={a}"}, m{"list": []any{"a"}}},
		{"list, then a key", []string{"db:l={a},m=b"}, m{"l": []any{"a"}, "m": "b"}},
		{"index", []string{"db:list[0]=z"}, m{"list": []any{"z", m{"q": "r"}, []any{"s"}}}},
		{"index of a new list", []string{"db:l[1].k=v"}, m{"l": []any{nil, m{"k": "v"}}}},
		{"index in a path", []string{"db:list[1].q=z"}, m{"list": []any{"p", m{"q": "z"}, []any{"s"}}}},
		{"index after the end", []string{"db:list[3]=z"}, m{"list": []any{"p", m{"q": "r"}, []any{"s"}, "z"}}},
		{"index in an index", []string{"db:list[2][1]=z"}, m{"list": []any{"p", m{"q": "r"}, []any{"s", "z"}}}},
		{"escaped comma", []string{`db:text=a\,b`}, m{"text": "a,b"}},
		{"escaped dot", []string{`db:a\.b/c=d`}, m{"a.b/c": "d"}},
		{"escaped equals sign", []string{`db:a\=b=c`}, m{"a=b": "c"}},
		{"equals sign in a value", []string{"db:text=a=b"}, m{"text": "a=b"}},
		{"colon in a value", []string{"db:text=a:b"}, m{"text": "a:b"}},
		{"line break in a value", []string{"db:text=a\nb: c"}, m{"text": "a\nb: c"}},
		{"comma at the end", []string{"db:text=y,"}, m{"text": "y"}},
		{"highest index", []string{"db:l[1023]=z"}, m{"l": append(make([]any, 1023), "z")}},
		{"index in a value", []string{"db:text=[5000]"}, m{"text": "[5000]"}},
		{"index after a value's text", []string{"db:text=a[5000]=1"}, m{"text": "a[5000]=1"}},
		{"index in a list value", []string{"db:l={a[5000],[6000]}"}, m{"l": []any{"a[5000]", "[6000]"}}},
		{"index in a list value behind an escaped brace", []string{`db:l={a\},b[5000]=1}`},
			m{"l": []any{"a}", "b[5000]=1"}}},
		{"index behind an escaped comma", []string{`db:text=a\,b[5000]=1`}, m{"text": "a,b[5000]=1"}},
		{"escaped bracket in a key", []string{`db:a\[5000]=b`}, m{"a[5000]": "b"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			after := db(given()).mustApply(t, Set, Params{Set: tt.set}, notChecked("db", "1.0.0"))
			want := given()
			maps.Copy(want, tt.want)
			if diff := cmp.Diff(want, after.values()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Whatever is set, it's what Helm's parser makes of the values, and other bundles that share them
// see nothing of it.
func TestSetSharesValues(t *testing.T) {
	key := rapid.SampledFrom([]string{
		"text", "null", "map", "map.a", "map.b.c", "list", "list[0]", "list[1]", "list[1].q", "list[2][0]",
		"new", "new.a", "new[1].a",
	})
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
		b := db(shared)
		s := setter{Recipe: b.Recipe, components: b.components, edits: map[int]*edit{}}
		for _, expression := range rapid.SliceOfN(item, 1, 3).Draw(t, "items") {
			option := rapid.SampledFrom([]string{"set", "force-set"}).Draw(t, "option")
			err, wantErr := s.set(option, "db:"+expression), strvals.ParseInto(expression, want)
			if (err == nil) != (wantErr == nil) {
				t.Fatalf("%q: %v, want %v", expression, err, wantErr)
			}
			if err != nil {
				break
			}
			if diff := cmp.Diff(want, s.edits[0].values); diff != "" {
				t.Fatal(diff)
			}
		}
		if diff := cmp.Diff(given(), shared); diff != "" {
			t.Fatal("shared values were changed:\n", diff)
		}
	})
}

// Each of many set options could copy a large list that others share.
func TestSetCopiesOnce(t *testing.T) {
	list := make([]any, 1000)
	for i := range list {
		list[i] = map[string]any{"a": map[string]any{"b": int64(1)}}
	}
	b := db(map[string]any{"list": list})
	allocations := func(sets int) float64 {
		set := slices.Repeat([]string{"db:list[0].a.b=1"}, sets)
		return testing.AllocsPerRun(1, func() {
			if _, _, err := Set(b.Recipe, b.components, Params{ForceSet: set}); err != nil {
				t.Fatal(err)
			}
		})
	}
	if few, many := allocations(2), allocations(100); many > 2*few {
		t.Errorf("2 options allocate %v times, 100 options %v times", few, many)
	}
}

func TestSetChoosesTheComponent(t *testing.T) {
	b := newBundled(testCatalog(), ref("app", "1.0.0"), ref("db", "1.0.0"), ref("crd", "1.0.0"))
	after := b.mustApply(t, Set, Params{Set: []string{"db:a=1", "app:a=2"}},
		notChecked("db", "1.0.0"), notChecked("app", "1.0.0"))
	for i, want := range []map[string]any{{"a": int64(2)}, {"a": int64(1)}, {}} {
		if diff := cmp.Diff(want, after.components[i].Values); diff != "" {
			t.Error(diff)
		}
	}
	if after.components[2] != b.components[2] {
		t.Error("a component of which nothing is set is another one")
	}
}

func TestSetRefuses(t *testing.T) {
	const (
		scalar  = "the path treats a plain value as a mapping or list"
		noName  = "a key has no name"
		noValue = `it ends in a key without a value (a comma in a value is written \,)`
		tooHigh = "list index 1024 is above 1023"
		tooMany = "the list indexes of all set options add up to more than 8184"
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
		{"many indexes", "db:" + "l[1023]" + strings.Repeat("[1023]", 16) + "=1", tooMany},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := fmt.Sprintf("invalid set %q: %s", tt.set, tt.want)
			details := apierror.Details{Parameter: "set", Requested: tt.set}
			db(given()).refuse(t, Set, Params{Set: []string{tt.set}}, want, details)
		})
	}
}

func TestSetBoundsAllOptionsTogether(t *testing.T) {
	var set []string
	for i := range 8 {
		set = append(set, fmt.Sprintf("db:l%d[1023]=1", i))
	}
	db(given()).mustApply(t, Set, Params{Set: set}, notChecked("db", "1.0.0")) // at the limit
	last := "db:m[1]=1"
	want := `invalid set "` + last + `": the list indexes of all set options add up to more than 8184`
	db(given()).refuse(t, Set, Params{Set: append(set, last)}, want,
		apierror.Details{Parameter: "set", Requested: last})
}

func TestSetUnknownComponent(t *testing.T) {
	b := newBundled(testCatalog(), ref("db", "1.0.0"), foreign("podinfo"))
	for _, name := range []string{"nothing", "app"} { // app is in the catalog, but not in the recipe
		b.refuse(t, Set, Params{Set: []string{name + ":a=b"}},
			fmt.Sprintf("invalid set: component %q is not in this bundle: must be one of db, podinfo", name),
			apierror.Details{Parameter: "set", Requested: name, Allowed: []string{"db", "podinfo"}})
	}
}

// TestSetKeepsToTheLimits sets values of a component whose others are counted already.
func TestSetKeepsToTheLimits(t *testing.T) {
	b := newBundled(imageCatalog(t), netRef(map[string]any{"a": "b"}), otherRef())
	for _, limit := range []int{1000, 12} {
		b.Limits.Values = limit
		for _, set := range []string{"net:annotations.a=b", "net:side.list={a,b,c,d,e,f,g}"} {
			_, _, err := b.apply(t, Set, Params{Set: []string{set}})
			if isRefused := err != nil; isRefused != (limit == 12 && strings.Contains(set, "list")) {
				t.Errorf("%s with room for %d values: %v", set, limit, err)
			}
			if err != nil {
				const want = "invalid set: the recipe's values then hold more than 12 values"
				bundletest.CheckInvalid(t, err, want, apierror.Details{Parameter: "set"})
			}
		}
	}
	// Each component keeps to the limits, but both together don't.
	one, err := component.CountValues(netRef(map[string]any{"a": "b"}), b.Limits)
	if err != nil {
		t.Fatal(err)
	}
	b.Limits.Values = one + 1
	b.refuse(t, Set, Params{ForceSet: []string{"net:a=c"}},
		fmt.Sprintf("invalid force-set: the recipe's values then hold more than %d values", one+1),
		apierror.Details{Parameter: "force-set"})
}
