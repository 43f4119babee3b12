package recipe_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"gopkg.in/yaml.v3"
	helm "sigs.k8s.io/yaml"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
	"github.com/NVIDIA/cloud-native-stack/test/catalogtest"
)

const (
	typeJSON = "application/json"
	typeYAML = "application/yaml"
)

// service is the part of the generated interface that this package implements.
type service interface {
	GetRecipe(context.Context, gen.GetRecipeRequestObject) (gen.GetRecipeResponseObject, error)
	ResolveRecipe(context.Context, gen.ResolveRecipeRequestObject) (gen.ResolveRecipeResponseObject, error)
}

func newService(t *testing.T) (service, *prometheus.Registry) {
	t.Helper()
	registry := prometheus.NewRegistry()
	return recipe.NewResolver(catalogtest.Embedded(t), release, 5*time.Minute, registry), registry
}

// answer is a 200 with its body read.
type answer struct {
	body []byte
	gen.RecipeAsteriskResponse
}

func get(t *testing.T, s service, params gen.GetRecipeParams) answer {
	t.Helper()
	response, err := s.GetRecipe(context.Background(), gen.GetRecipeRequestObject{Params: params})
	if err != nil {
		t.Fatal(err)
	}
	ok, is200 := response.(gen.GetRecipe200AsteriskResponse)
	if !is200 {
		t.Fatalf("response is a %T", response)
	}
	return read(t, ok.RecipeAsteriskResponse)
}

func read(t *testing.T, response gen.RecipeAsteriskResponse) answer {
	t.Helper()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.ContentLength != int64(len(body)) {
		t.Errorf("content length = %d, body has %d bytes", response.ContentLength, len(body))
	}
	return answer{body, response}
}

func decode[T any](t *testing.T, unmarshal func([]byte, any) error, body []byte) T {
	t.Helper()
	var v T
	if err := unmarshal(body, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// normal returns what v is to a JSON reader.
func normal(t *testing.T, v any) any {
	t.Helper()
	body, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return decode[any](t, json.Unmarshal, body)
}

// asHelm reads YAML as Helm does, into what JSON would give.
func asHelm(body []byte, v any) error { return helm.UnmarshalStrict(body, v) }

func TestGetRecipeAnswersBothMediaTypesAlike(t *testing.T) {
	s, _ := newService(t)
	catalog := catalogtest.Embedded(t)
	seen := map[string]bool{}
	for _, c := range catalogtest.Environments(t) {
		overlays := strings.Join(resolve(t, catalog, c).Metadata.AppliedOverlays, " ")
		if seen[overlays] {
			continue
		}
		seen[overlays] = true
		params := gen.GetRecipeParams{Service: c.Service, Accelerator: c.Accelerator, Intent: c.Intent, OS: c.OS}
		params.Accept = typeJSON
		asJSON := get(t, s, params)
		params.Accept = typeYAML
		asYAML := get(t, s, params)
		if diff := cmp.Diff(normal(t, resolve(t, catalog, c)),
			decode[any](t, json.Unmarshal, asJSON.body)); diff != "" {
			t.Fatalf("%+v: JSON:\n%s", c, diff)
		}
		if diff := cmp.Diff(decode[any](t, json.Unmarshal, asJSON.body),
			decode[any](t, asHelm, asYAML.body)); diff != "" {
			t.Fatalf("%+v: YAML:\n%s", c, diff)
		}
		fromJSON, fromYAML := decode[gen.Recipe](t, json.Unmarshal, asJSON.body),
			decode[gen.Recipe](t, yaml.Unmarshal, asYAML.body)
		if diff := cmp.Diff(normal(t, fromJSON), normal(t, fromYAML)); diff != "" {
			t.Fatalf("%+v: decoded:\n%s", c, diff)
		}
	}
}

func TestGetRecipeHeaders(t *testing.T) {
	s, _ := newService(t)
	other, _ := newService(t)
	strong := regexp.MustCompile(`^"[0-9a-f]{32}"$`)
	tags := map[string]string{}
	for _, accept := range []string{typeJSON, typeYAML, "application/x-yaml"} {
		for _, params := range []gen.GetRecipeParams{{}, {Service: "eks"}, {Service: "eks", Nodes: 8}} {
			params.Accept = accept
			first, again, elsewhere := get(t, s, params), get(t, s, params), get(t, other, params)
			if diff := cmp.Diff(first.body, again.body); diff != "" {
				t.Error("second answer:\n", diff)
			}
			if isJSON := first.body[0] == '{'; isJSON != (accept == typeJSON) {
				t.Errorf("%s is answered with %.20s", accept, first.body)
			}
			tag := first.Headers.ETag
			if !strong.MatchString(tag) || again.Headers.ETag != tag || elsewhere.Headers.ETag != tag {
				t.Errorf("%+v: tags %s, %s and %s, want one strong tag", params, tag, again.Headers.ETag,
					elsewhere.Headers.ETag)
			}
			if body, taken := tags[tag]; taken && body != string(first.body) {
				t.Errorf("%+v: the tag %s stands for two bodies", params, tag)
			}
			tags[tag] = string(first.body)
			if first.ContentType != accept || first.Headers.CacheControl != "public, max-age=300" {
				t.Errorf("%+v: content type %s, headers %+v", params, first.ContentType, first.Headers)
			}
		}
	}
	if len(tags) != 6 {
		t.Errorf("%d tags for three recipes in two formats", len(tags))
	}
}

func TestRecipeKeepsNodes(t *testing.T) {
	s, _ := newService(t)
	for _, nodes := range []int{0, 8, 16, 0} {
		r := decode[gen.Recipe](t, json.Unmarshal,
			get(t, s, gen.GetRecipeParams{Service: "eks", Nodes: nodes, Accept: typeJSON}).body)
		want := gen.Criteria{Service: "eks", Accelerator: "any", Intent: "any", OS: "any", Nodes: nodes}
		if diff := cmp.Diff(want, r.Criteria); diff != "" {
			t.Error(diff)
		}
	}
}

func TestResolveRecipeEqualsGetRecipe(t *testing.T) {
	s, _ := newService(t)
	for _, accept := range []string{typeJSON, typeYAML} {
		response, err := s.ResolveRecipe(context.Background(), gen.ResolveRecipeRequestObject{
			Params: gen.ResolveRecipeParams{Accept: accept},
			Body:   &gen.RecipeCriteria{Spec: gen.Criteria{Service: "gke", OS: "cos", Nodes: 2}},
		})
		if err != nil {
			t.Fatal(err)
		}
		got := read(t, response.(gen.ResolveRecipe200AsteriskResponse).RecipeAsteriskResponse)
		want := get(t, s, gen.GetRecipeParams{Service: "gke", OS: "cos", Nodes: 2, Accept: accept})
		if diff := cmp.Diff(string(want.body), string(got.body)); diff != "" {
			t.Error(diff)
		}
		if got.Headers != want.Headers || got.ContentType != accept {
			t.Errorf("headers = %+v as %s, want %+v", got.Headers, got.ContentType, want.Headers)
		}
	}
}

func TestRecipeStopsAtTheDeadline(t *testing.T) {
	s, _ := newService(t)
	get(t, s, gen.GetRecipeParams{Accept: typeJSON}) // so that a cached answer is there
	ctx, cancel := context.WithDeadline(context.Background(), time.Now().Add(-time.Second))
	defer cancel()
	_, err := s.GetRecipe(ctx, gen.GetRecipeRequestObject{Params: gen.GetRecipeParams{Accept: typeJSON}})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("GetRecipe: error = %v", err)
	}
	_, err = s.ResolveRecipe(ctx, gen.ResolveRecipeRequestObject{Params: gen.ResolveRecipeParams{Accept: typeJSON},
		Body: &gen.RecipeCriteria{}})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("ResolveRecipe: error = %v", err)
	}
}

// Many clients at once get what one client gets, from a cold cache on.
func TestServiceConcurrently(t *testing.T) {
	quiet, _ := newService(t)
	busy, _ := newService(t)
	var all []gen.GetRecipeParams
	var want []string
	for i, c := range catalogtest.Environments(t)[:60] {
		params := gen.GetRecipeParams{Service: c.Service, Accelerator: c.Accelerator, Intent: c.Intent, OS: c.OS,
			Accept: typeJSON}
		if i%2 == 1 {
			params.Accept = typeYAML
		}
		all, want = append(all, params), append(want, string(get(t, quiet, params).body))
	}
	var wg sync.WaitGroup
	for worker := range 16 {
		wg.Go(func() {
			for i := range all {
				i = (i*7 + worker) % len(all)
				response, err := busy.GetRecipe(context.Background(), gen.GetRecipeRequestObject{Params: all[i]})
				if err != nil {
					t.Error(err)
					return
				}
				body, err := io.ReadAll(response.(gen.GetRecipe200AsteriskResponse).Body)
				if err != nil || string(body) != want[i] {
					t.Errorf("%+v: %v, %s", all[i], err, body)
				}
			}
		})
	}
	wg.Wait()
}
