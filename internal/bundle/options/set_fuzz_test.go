package options

import (
	"reflect"
	"testing"

	"helm.sh/helm/v4/pkg/strvals"

	"github.com/NVIDIA/cloud-native-stack/internal/document/yamlenc"
)

// No expression that checkKeys admits makes Helm's parser build a list that is longer than its
// bound, or set nothing at all.
func FuzzSetKeys(f *testing.F) {
	for _, seed := range []string{
		"a=b", `a={x\},b[5000]=1}`, "a={b}c[2000]=1", `l[20\00]=1`, "a.b[0].c=1,d={1,2}", `a\[0[1024]=1`, "[0]=1",
		"a[0][1][2]=", "a=b,",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, expression string) {
		if new(setter).checkKeys(expression) != nil {
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

// No expression makes set panic. What it accepts it sets as Helm does; what it accepts for a chart,
// the chart takes.
func FuzzSet(f *testing.F) {
	for _, seed := range []string{
		"main.registry=a", "main.registry=a,side.enabled=true", "side.list={a,b}", "side.list[1].x=y", "main=null",
		`annotations.a\.b/c=d`, `a\.b=c`, "annotations={}", "annotations..a=b", "a[", "annotations[0]=b",
		"annotations.a={x,{y}}", "\\", "annotations.a=\\", "annotations.x[0][1]=1,annotations.x=2", "=", "{",
		"main.registry.a=1",
	} {
		f.Add(seed)
	}
	catalog := imageCatalog(f)
	f.Fuzz(func(t *testing.T, expression string) {
		for _, option := range []string{"set", "force-set"} {
			b := net(catalog)
			s := setter{Recipe: b.Recipe, components: b.components, edits: map[int]*edit{}}
			if s.set(option, "net:"+expression) != nil {
				continue
			}
			want := map[string]any{}
			if err := strvals.ParseInto(expression, want); err != nil {
				t.Fatalf("%s takes %q, Helm says %v", option, expression, err)
			}
			got := s.edits[0].values
			if !reflect.DeepEqual(want, got) || len(got) == 0 {
				t.Fatalf("%s of %q gives %v, Helm gives %v", option, expression, got, want)
			}
			if _, err := yamlenc.Encode(got); err != nil {
				t.Fatalf("%s of %q: %v", option, expression, err)
			}
		}
	})
}
