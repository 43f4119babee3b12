package catalog_test

import (
	"errors"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
	"github.com/NVIDIA/cloud-native-stack/test/catalogtest"
)

// over returns the minimal data with a directory of files over it.
func over(t *testing.T, d data) catalog.Source {
	t.Helper()
	dir := t.TempDir()
	d.Write(t, dir)
	return catalog.Source{Embedded: minimal().FS(), Dir: dir, Spec: catalogtest.Spec(t)}
}

func loadSource(t *testing.T, s catalog.Source) *catalog.Catalog {
	t.Helper()
	c, _, err := s.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDirectoryOverEmbedded(t *testing.T) {
	eks := gen.Criteria{Service: "eks"}
	versions := func(r gen.Recipe) map[string]string {
		all := map[string]string{}
		for _, ref := range r.ComponentRefs {
			all[ref.Name] = ref.Version
		}
		return all
	}
	for _, tt := range []struct {
		name     string
		dir      data
		overlays []string
		versions map[string]string
	}{
		{"nothing", data{}, []string{"base", "eks"}, map[string]string{"monitor": "v1.2.3", "driver": "v1.2.3"}},
		{"hidden files", data{".git": "x", "overlays/.gitkeep": "x", "components/.keep": "",
			"components/own/component.yaml": component("own", ""), "components/own/.x": "",
			"components/own/manifests/.x": "", "..2026/overlays/x.yaml": "x"},
			[]string{"base", "eks"}, map[string]string{"monitor": "v1.2.3", "driver": "v1.2.3"}},
		{"another overlay", data{"overlays/site.yaml": "components: {spare: {version: 2.0.0}}"},
			[]string{"base", "site", "eks"}, map[string]string{"monitor": "v1.2.3", "driver": "v1.2.3",
				"spare": "2.0.0"}},
		{"an overlay instead of one",
			data{"overlays/eks.yaml": "criteria: {service: eks}\ncomponents: {driver: {version: 2.0.0}}"},
			[]string{"base", "eks"}, map[string]string{"monitor": "v1.2.3", "driver": "2.0.0"}},
		{"another base", data{"base.yaml": "components: {spare: {}}"}, []string{"base", "eks"},
			map[string]string{"spare": "v1.2.3"}},
		{"another component", data{"components/own/component.yaml": component("own", ""),
			"overlays/eks.yaml": "criteria: {service: eks}\ncomponents: {own: {}}"},
			[]string{"base", "eks"}, map[string]string{"monitor": "v1.2.3", "driver": "v1.2.3", "own": "v1.2.3"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := resolve(t, loadSource(t, over(t, tt.dir)), eks)
			if diff := cmp.Diff(tt.overlays, r.Metadata.AppliedOverlays); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.versions, versions(r)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A component's folder is replaced as a whole: nothing of the other one's values or manifests is
// left.
func TestComponentInPlaceOfOne(t *testing.T) {
	c := loadSource(t, over(t, data{"components/driver/component.yaml": component("driver", "")}))
	driver, _ := c.Component("driver")
	if ref := driver.Ref(); len(ref.Values) > 0 || len(ref.DependencyRefs) > 0 {
		t.Errorf("%+v holds what the other folder says", ref)
	}
	_, _, err := over(t, data{
		"components/driver/component.yaml": component("driver", ""),
		"overlays/eks.yaml":                "components: {driver: {manifests: [quota.yaml]}}",
	}).Load(t.Context())
	if err == nil || !strings.Contains(err.Error(), `unknown manifest "quota.yaml"`) {
		t.Errorf("error %v", err)
	}
}

func TestDirectoryRefused(t *testing.T) {
	const notes = "notes for people are files named <name>.md"
	const fields = "must be one of base, components, constraints, criteria, offers, preconditions"
	for _, tt := range []struct {
		name string
		dir  data
		want string // DIR stands for the directory
	}{
		{"fault in the directory", data{"overlays/site.yaml": "a: 1"}, `DIR/overlays/site.yaml:1: unknown field "a"`},
		{"fault that shows below it", data{"base.yaml": "components: {driver: {}}"},
			"components/driver/component.yaml:6: overlays base eks: component driver depends on monitor, which is " +
				"not in the recipe"},
		{"file at the top", data{"eks.yaml": "criteria: {service: eks}"},
			"DIR/eks.yaml: unexpected: recipe data is base.yaml, overlays/ and components/"},
		{"misspelt folder", data{"overlay/eks.yaml": "criteria: {service: eks}"},
			"DIR/overlay: unexpected: recipe data is"},
		{"component without component.yaml", data{"components/driver/values.yaml": "a: 1"},
			"DIR/components/driver/component.yaml: a folder is all of a component"},
		{"folder among the overlays", data{"overlays/eks/a.yaml": "a: 1"},
			"DIR/overlays/eks: unexpected: overlays are files"},
		{"file instead of the overlays", data{"overlays": "a: 1"}, "DIR/overlays: not a directory"},
		{"name that recipes can't hold", data{"overlays/my site.yaml": "{}"},
			"DIR/overlays/my site.yaml: the name can't stand in recipes, letters, digits and dashes can: "},
		{"name that warnings can't hold", data{"overlays/<site>.yaml": "{}"},
			"DIR/overlays/<site>.yaml: the name can't stand in recipes, letters, digits and dashes can: "},
		{"file among the components", data{"components/own": "a: 1"},
			"DIR/components/own: not a directory"},
		{"several", data{"overlay/eks.yaml": "", "overlays/site.yaml": "a: 1\nb: 2", "components/own/values.yml": ""},
			"DIR/overlay: unexpected: recipe data is base.yaml, overlays/ and components/; " + notes + "\n" +
				"DIR/components/own/component.yaml: a folder is all of a component, so it needs this file: " +
				"set values alone in an overlay\n" +
				"DIR/components/own/values.yml: unexpected: rename it to values.yaml: a component has " +
				"component.yaml, values.yaml, manifests/, images.yaml and paths/; " + notes + "\n" +
				`DIR/overlays/site.yaml:1: unknown field "a": ` + fields + "\n" +
				`DIR/overlays/site.yaml:2: unknown field "b": ` + fields},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := over(t, tt.dir)
			_, _, err := s.Load(t.Context())
			if want := strings.ReplaceAll(tt.want, "DIR", s.Dir); err == nil || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("error: %v\nwant:  %s", err, want)
			}
		})
	}
	for _, name := range []string{"base.yaml", "overlays", "overlays/eks.yaml", "components/driver",
		"components/driver/component.yaml"} {
		t.Run("link that leads nowhere: "+name, func(t *testing.T) {
			s := over(t, data{"components/spare/component.yaml": component("spare", "")})
			path := filepath.Join(s.Dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink("nowhere", path); err != nil {
				t.Fatal(err)
			}
			if _, _, err := s.Load(t.Context()); err == nil || !strings.HasPrefix(err.Error(), path) ||
				!strings.HasSuffix(err.Error(), "no such file or directory") {
				t.Errorf("error %v", err)
			}
		})
	}
	s := over(t, nil)
	s.Dir += "/nowhere"
	if _, _, err := s.Load(t.Context()); err == nil || err.Error() != s.Dir+": no such file or directory" {
		t.Errorf("error %v for a directory that doesn't exist", err)
	}
}

// Files that never end or take too much to read are refused before that.
func TestDirectoryOfOddFiles(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		make       func(path string) error
	}{
		{"named pipe", "not a regular file", func(path string) error { return syscall.Mkfifo(path, 0o644) }},
		{"device", "not a regular file", func(path string) error { return os.Symlink("/dev/zero", path) }},
		{"huge file", "larger than 1048576 bytes", func(path string) error {
			return errors.Join(os.WriteFile(path, nil, 0o644), os.Truncate(path, 1<<31))
		}},
		{"link to itself", "too many levels of symbolic links",
			func(path string) error { return os.Symlink(filepath.Base(path), path) }},
	} {
		for _, file := range []string{"overlays/site.yaml", "components/driver/paths/v1.2.3.txt"} {
			t.Run(tt.name+"/"+path.Dir(file), func(t *testing.T) {
				s := over(t, data{
					"overlays/eks.yaml":                "criteria: {service: eks}",
					"components/driver/component.yaml": component("driver", ""),
					"components/driver/paths/v1.txt":   "",
				})
				file := filepath.Join(s.Dir, file)
				if err := tt.make(file); err != nil {
					t.Fatal(err)
				}
				if _, _, err := s.Load(t.Context()); err == nil || err.Error() != file+": "+tt.want {
					t.Errorf("error %v, want %s", err, tt.want)
				}
			})
		}
	}
}

func resolve(t testing.TB, c *catalog.Catalog, criteria gen.Criteria) gen.Recipe {
	t.Helper()
	r, err := recipe.Resolve(t.Context(), c, criteria, recipe.Build{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}
