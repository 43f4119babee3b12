package server

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/test/catalogtest"
)

// mount is a directory of recipe data as Kubernetes mounts a ConfigMap: symlinks lead through
// ..data to the folder of now.
type mount struct {
	t       *testing.T
	dir     string
	folders int
}

func newMount(t *testing.T, files map[string]string) *mount {
	t.Helper()
	m := &mount{t: t, dir: t.TempDir()}
	m.update(files)
	for _, name := range []string{"overlays", "components"} {
		m.check(os.Symlink("..data/"+name, filepath.Join(m.dir, name)))
	}
	return m
}

func (m *mount) check(err error) {
	m.t.Helper()
	if err != nil {
		m.t.Fatal(err)
	}
}

// update shows other files by one rename, and removes the folder before, as the kubelet does.
func (m *mount) update(files map[string]string) {
	m.t.Helper()
	m.folders++
	folder := filepath.Join(m.dir, fmt.Sprintf("..folder%d", m.folders))
	for _, sub := range []string{"overlays", "components/own"} {
		m.check(os.MkdirAll(filepath.Join(folder, sub), 0o755))
	}
	for name, content := range files {
		m.check(os.WriteFile(filepath.Join(folder, name), []byte(content), 0o644))
	}
	m.check(os.Symlink(filepath.Base(folder), filepath.Join(m.dir, "..tmp")))
	m.check(os.Rename(filepath.Join(m.dir, "..tmp"), filepath.Join(m.dir, "..data")))
	m.check(os.RemoveAll(filepath.Join(m.dir, fmt.Sprintf("..folder%d", m.folders-1))))
}

// state is recipe data in which number n stands in several files.
func state(n int) map[string]string {
	files := map[string]string{
		"components/own/component.yaml": fmt.Sprintf("repository: https://charts.example.com\nchart: own\nversion: "+
			"%d.0.0\nnamespace: own\n", n),
		"components/own/values.yaml": fmt.Sprintf("n: %d\n", n),
	}
	for _, name := range []string{"a-site", "z-site"} {
		files["overlays/"+name+".yaml"] = fmt.Sprintf("components: {own: {values: {%s: %d}}}\n", name, n)
	}
	return files
}

// optionsOver are those of a server with a directory of recipe data over a few small ones: all that
// are embedded would be judged for seconds.
func optionsOver(t *testing.T, log io.Writer, dir string) Options {
	t.Helper()
	o := options(t, log, "CNS_RECIPES_DIR="+dir)
	o.Recipes = catalogtest.Minimal().FS()
	return o
}

func startWith(t *testing.T, dir string) (*testServer, *logBuffer, chan<- os.Signal) {
	t.Helper()
	log, signals := new(logBuffer), make(chan os.Signal)
	o := optionsOver(t, log, dir)
	o.Reload = signals
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, s), log, signals
}

// TestReloadImages posts a recipe before and after the data say that its chart pulls another image.
func TestReloadImages(t *testing.T) {
	with := func(tag string) map[string]string {
		files := state(1)
		files["components/own/images.yaml"] = "version: 1.0.0\ndefaults: {image.name: example.com/own, " +
			"image.tag: " + tag +
			"}\nregistries: [{path: image.name}]\nimages: [{repository: [image.name], tag: [image.tag]}]\n"
		return files
	}
	m := newMount(t, with("one"))
	ts, _, signals := startWith(t, m.dir)
	images := func() string {
		_, zip := ts.do(t, call{method: http.MethodPost, path: "/v1/bundle", contentType: jsonType,
			body: recipeJSON(`{"name":"own","version":"1.0.0"}`)})
		for name, data := range entries(t, zip) {
			if name == "images.txt" {
				return string(data)
			}
		}
		return ""
	}
	if got := images(); got != "example.com/own:one\n" {
		t.Fatalf("images.txt has %q", got)
	}
	m.update(with("two"))
	signals <- syscall.SIGHUP
	signals <- syscall.SIGHUP // is taken once the first has been worked on
	if got := images(); got != "example.com/own:two\n" {
		t.Errorf("after the reload images.txt has %q", got)
	}
}

// TestReloadUnderLoad replaces a mounted ConfigMap and reloads by signal while clients ask for
// recipes and bundles: each answer is one that the server gives in one of the states, and no
// request fails.
func TestReloadUnderLoad(t *testing.T) {
	m := newMount(t, state(0))
	ts, _, signals := startWith(t, m.dir)
	calls := []call{
		{path: "/v1/recipe?service=eks"},
		{path: "/v1/recipe?service=eks&nodes=8", accept: yamlType},
		{path: "/v1/recipe?service=eks&explain=true"},
		{method: http.MethodPost, path: "/v1/bundle", contentType: jsonType, body: criteriaJSON(`{"service":"eks"}`)},
		{method: http.MethodPost, path: "/v1/bundle", contentType: jsonType,
			body: recipeJSON(`{"name":"own","version":"1.2.3"}`)},
	}
	var valid, seen sync.Map // call and ETag of an answer
	record := func(into *sync.Map) {
		for _, i := range rand.Perm(len(calls)) {
			resp, body := ts.do(t, calls[i])
			if resp.StatusCode != http.StatusOK {
				t.Errorf("%s: %d %s", calls[i].path, resp.StatusCode, body)
			}
			into.Store(fmt.Sprint(i, resp.Header.Get("ETag")), true)
		}
	}
	record(&valid)
	var stop atomic.Bool
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for !stop.Load() {
				record(&seen)
			}
		})
	}
	for n := 1; n <= 4; n++ {
		m.update(state(n))
		if n%2 == 0 {
			signals <- syscall.SIGHUP
		}
		waitFor(t, func() bool { return strings.Contains(string(ts.get(t, "/v1/recipe")), fmt.Sprintf(`"n":%d`, n)) })
		record(&valid)
	}
	stop.Store(true)
	clients.Wait()
	answers := 0
	seen.Range(func(key, _ any) bool {
		answers++
		if _, ok := valid.Load(key); !ok {
			t.Errorf("answer %v is that of no state", key)
		}
		return true
	})
	if answers <= len(calls) {
		t.Errorf("clients saw %d different answers, so no change", answers)
	}
}

// TestBrokenReload replaces good data by broken ones, and these by good ones.
func TestBrokenReload(t *testing.T) {
	m := newMount(t, state(1))
	ts, log, _ := startWith(t, m.dir)
	metric := func(line string) func() bool {
		return func() bool { return strings.Contains(string(ts.get(t, "/metrics")), "\n"+line+"\n") }
	}
	if !metric("cns_recipes_last_reload_successful 1")() || !metric(`cns_recipes_reloads_total{result="failure"} 0`)() {
		t.Error("no metrics before the first reload")
	}
	before := ts.get(t, "/v1/recipe")
	broken := state(2)
	broken["overlays/z-site.yaml"] = "components:\n  ownn: {}\n"
	m.update(broken)
	waitFor(t, metric(`cns_recipes_reloads_total{result="failure"} 1`))
	if !metric("cns_recipes_last_reload_successful 0")() {
		t.Error("the metric doesn't say that the reload failed")
	}
	if want := m.dir + `/overlays/z-site.yaml:2: unknown component \"ownn\"`; !strings.Contains(log.String(), want) {
		t.Errorf("the log lacks %s:\n%s", want, log)
	}
	if after := ts.get(t, "/v1/recipe"); string(after) != string(before) {
		t.Error("broken data changed an answer")
	}
	m.update(state(3))
	waitFor(t, metric(`cns_recipes_reloads_total{result="success"} 1`))
	if !metric("cns_recipes_last_reload_successful 1")() || string(ts.get(t, "/v1/recipe")) == string(before) {
		t.Error("good data don't come into use after broken ones")
	}
}

// unbundled is recipe data that load, but of which no client would get a bundle.
func unbundled(n int) map[string]string {
	files := state(n)
	files["components/own/component.yaml"] = "repository: oci://registry.example.com\nchart: Own\nversion: 1.0.0\n" +
		"namespace: own\n"
	return files
}

const ociProblem = "/components/own/component.yaml:2: a bundle of the recipe for any environment (and "

// TestRefusedReload replaces good data by such that load, but make bundles impossible.
func TestRefusedReload(t *testing.T) {
	m := newMount(t, state(1))
	ts, log, signals := startWith(t, m.dir)
	before := ts.get(t, "/v1/recipe")
	m.update(unbundled(2))
	signals <- syscall.SIGHUP
	waitFor(t, func() bool {
		return strings.Contains(string(ts.get(t, "/metrics")), "\ncns_recipes_last_reload_successful 0\n")
	})
	if !strings.Contains(log.String(), m.dir+ociProblem) {
		t.Errorf("the log lacks %s:\n%s", m.dir+ociProblem, log)
	}
	if after := ts.get(t, "/v1/recipe"); string(after) != string(before) {
		t.Error("refused data changed an answer")
	}
}

// TestReloadLog reads what the log says of the data that were read, and of what a signal reads.
func TestReloadLog(t *testing.T) {
	m := newMount(t, state(1))
	_, log, signals := startWith(t, m.dir)
	signals <- syscall.SIGHUP
	signals <- syscall.SIGHUP // is taken once the first has been worked on
	directory := fmt.Sprintf(`"directory":%q,"components":`, m.dir)
	for _, want := range []string{
		`"msg":"recipes loaded",` + directory, `"msg":"recipes reloaded",` + directory,
		fmt.Sprintf(`"environments":%d,"judged_ms":`, len(catalogtest.Environments(t))),
		`"msg":"reading the recipes; what variables say is read at the start alone"`,
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, log)
		}
	}
}

func TestBrokenRecipesStopTheStart(t *testing.T) {
	broken := state(1)
	broken["overlays/site.yaml"] = "criteria: {service: eks"
	for _, tt := range []struct {
		files map[string]string
		want  string
	}{{broken, "/overlays/site.yaml:1: "}, {unbundled(1), ociProblem}} {
		m := newMount(t, tt.files)
		_, err := New(optionsOver(t, io.Discard, m.dir))
		want := "CNS_RECIPES_DIR: " + m.dir + tt.want
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
}
