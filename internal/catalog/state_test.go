package catalog_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

// configMap is a directory as Kubernetes mounts a ConfigMap: files are links through ..data, which
// points to the current folder.
type configMap struct {
	t       *testing.T
	dir     string
	current string
	updates int
}

// update replaces the files as the kubelet does: a new folder, one rename of the link, the old
// folder removed.
func (m *configMap) update(d data) {
	m.t.Helper()
	check := func(err error) {
		if err != nil {
			m.t.Fatal(err)
		}
	}
	m.updates++
	folder := fmt.Sprintf("..2026_%d", m.updates)
	d.Write(m.t, filepath.Join(m.dir, folder))
	check(os.Symlink(folder, filepath.Join(m.dir, "..data_tmp")))
	check(os.Rename(filepath.Join(m.dir, "..data_tmp"), filepath.Join(m.dir, "..data")))
	if m.current != "" {
		check(os.RemoveAll(filepath.Join(m.dir, m.current)))
	}
	m.current = folder
}

func TestStateOfDirectory(t *testing.T) {
	site := data{"overlays/site.yaml": "components: {spare: {}}"}
	for _, folder := range []string{"", "overlays", "components/own", "components/own/manifests"} {
		t.Run(folder, func(t *testing.T) {
			s := over(t, site)
			m := &configMap{t: t, dir: filepath.Join(s.Dir, folder)}
			if err := os.MkdirAll(m.dir, 0o755); err != nil {
				t.Fatal(err)
			}
			states := []string{s.State()}
			for range 3 {
				m.update(data{"a.yaml": "a: 1"})
				states = append(states, s.State())
			}
			if len(slices.Compact(slices.Clone(states))) != len(states) {
				t.Errorf("an update doesn't show: %q", states)
			}
			if s.State() != states[3] {
				t.Error("the state changes by itself")
			}
		})
	}
	for _, folder := range []string{".git", ".git/objects", "overlays/.old/a"} {
		t.Run("hidden: "+folder, func(t *testing.T) {
			s := over(t, site)
			m := &configMap{t: t, dir: filepath.Join(s.Dir, folder)}
			if err := os.MkdirAll(m.dir, 0o755); err != nil {
				t.Fatal(err)
			}
			before := s.State()
			m.update(data{"a.yaml": "a: 1"})
			if s.State() != before {
				t.Error("the state is also that of what loading doesn't read")
			}
		})
	}
	t.Run("links in a circle", func(t *testing.T) {
		s := over(t, site)
		for i := range 200 {
			for _, folder := range []string{"", "overlays"} {
				if err := os.Symlink(".", filepath.Join(s.Dir, folder, fmt.Sprint("l", i))); err != nil {
					t.Fatal(err)
				}
			}
		}
		before := testing.AllocsPerRun(1, func() { s.State() })
		if before > 10_000 {
			t.Errorf("a look takes %.0f allocations", before)
		}
	})
	t.Run("link to a checkout", func(t *testing.T) {
		s := over(t, site)
		link := filepath.Join(t.TempDir(), "current")
		for i, target := range []string{s.Dir, t.TempDir()} {
			if err := os.Symlink(target, link+fmt.Sprint(i)); err != nil {
				t.Fatal(err)
			}
		}
		s.Dir = link
		before := s.State()
		for i := range 2 {
			if err := os.Rename(link+fmt.Sprint(i), link); err != nil {
				t.Fatal(err)
			}
			if s.State() == before {
				t.Errorf("link %d doesn't show", i)
			}
			before = s.State()
		}
	})
}

// TestLoadWhileReplaced loads while the mounted ConfigMap is replaced again and again. In each of
// its states all files agree.
func TestLoadWhileReplaced(t *testing.T) {
	s := over(t, nil)
	m := &configMap{t: t, dir: s.Dir}
	numbered := func(n int) data {
		d := data{}
		for i := range 8 {
			d[fmt.Sprintf("overlays/o%d.yaml", i)] = fmt.Sprintf("components: {driver: {values: {o%d: %d}}}", i, n)
		}
		return d
	}
	m.update(numbered(0))
	if err := os.Symlink("..data/overlays", filepath.Join(s.Dir, "overlays")); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	loaded := 0
	go func() {
		defer close(done)
		for range 50 {
			c, state, err := s.Load(t.Context())
			if err != nil {
				if !strings.Contains(err.Error(), "it was replaced while it was read") {
					t.Error(err)
				}
				continue
			}
			loaded++
			values := resolve(t, c, gen.Criteria{}).ComponentRefs[1].Values
			for i := range 8 {
				if got := values[fmt.Sprintf("o%d", i)]; got != values["o0"] || got == nil {
					t.Errorf("a mix of two states: %v", values)
				}
			}
			if n, _ := values["o0"].(int64); !strings.Contains(state,
				fmt.Sprintf("%q", fmt.Sprintf("..2026_%d", n+1))) {
				t.Errorf("data of update %d with the state %s", n+1, state)
			}
		}
	}()
	for n := 1; ; n++ {
		select {
		case <-done:
			if loaded == 0 {
				t.Error("no load succeeded")
			}
			return
		case <-time.After(time.Duration(n%20) * time.Millisecond):
			m.update(numbered(n))
		}
	}
}
