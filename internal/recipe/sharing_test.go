package recipe_test

import (
	"bytes"
	"math/rand"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
	"github.com/NVIDIA/cloud-native-stack/test/catalogtest"
)

func TestResultsShareNothing(t *testing.T) {
	contract := catalogtest.Spec(t)
	rapid.Check(t, func(t *rapid.T) {
		c := catalogtest.Load(t, catalogtest.Worlds().Draw(t, "world").Data.FS(), contract)
		a, b := catalogtest.Criteria().Draw(t, "a"), catalogtest.Criteria().Draw(t, "b")
		wantA, wantB := catalogtest.JSON(resolve(t, c, a)), catalogtest.JSON(resolve(t, c, b))
		scribbled, kept := resolve(t, c, a), resolve(t, c, b)
		scribble(&scribbled)
		if strings.Contains(wantA, catalogtest.JSON(scribbled)) {
			t.Fatal("the test changed nothing")
		}
		for _, pair := range [][2]string{{wantA, catalogtest.JSON(resolve(t, c, a))},
			{wantB, catalogtest.JSON(resolve(t, c, b))}, {wantB, catalogtest.JSON(kept)}} {
			if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
				t.Fatal("a change of one result shows in another:\n", diff)
			}
		}
	})
}

func TestRefsShareNothing(t *testing.T) {
	c := catalogtest.Embedded(t)
	for _, ref := range resolve(t, c, gen.Criteria{Service: "gke", Intent: "training", OS: "ubuntu"}).ComponentRefs {
		component, _ := c.Component(ref.Name)
		want := catalogtest.JSON(component.Ref())
		scribbled := component.Ref()
		scribble(&scribbled)
		if diff := cmp.Diff(want, catalogtest.JSON(component.Ref())); diff != "" {
			t.Error(ref.Name, diff)
		}
	}
}

// scribble changes every map, slice and field that can be reached from v, spare room of slices
// included.
func scribble(v any) { scribbleValue(reflect.ValueOf(v)) }

func scribbleValue(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			scribbleValue(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			scribbleValue(v.Field(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			scribbleValue(v.MapIndex(key))
			v.SetMapIndex(key, reflect.Zero(v.Type().Elem()))
		}
		if !v.IsNil() {
			v.SetMapIndex(reflect.ValueOf("scribbled"), reflect.Zero(v.Type().Elem()))
		}
	case reflect.Slice:
		for i := range v.Len() {
			scribbleValue(v.Index(i))
		}
		for i := range v.Cap() {
			v.Slice(0, v.Cap()).Index(i).SetZero()
		}
	default:
		if v.CanSet() {
			v.SetZero()
		}
	}
}

// Every environment of the embedded data, asked for from many goroutines in mixed order, while each
// scribbles over what it got.
func TestConcurrentAnswersEqualSequentialOnes(t *testing.T) {
	c := catalogtest.Embedded(t)
	all := catalogtest.Environments(t)
	var want [][]byte
	for _, criteria := range all {
		want = append(want, []byte(catalogtest.JSON(resolve(t, c, criteria))))
	}
	var wg sync.WaitGroup
	for worker := range 16 {
		wg.Go(func() {
			random := rand.New(rand.NewSource(int64(worker)))
			for range 40 {
				a, b := random.Intn(len(all)), random.Intn(len(all))
				for _, i := range []int{a, b, a} {
					r, err := recipe.Resolve(t.Context(), c, all[i], release)
					if err != nil {
						t.Error(err)
						return
					}
					if body := []byte(catalogtest.JSON(r)); !bytes.Equal(body, want[i]) {
						t.Errorf("%+v: %s\nwant %s", all[i], body, want[i])
						return
					}
					scribble(&r)
				}
			}
		})
	}
	wg.Wait()
}
