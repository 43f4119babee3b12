package clients

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/NVIDIA/cloud-native-stack/test/harness"
)

// site is what a client is tried on.
type site struct {
	url     string // of a server without a limit
	limited string // of a server that takes one request, and then none for a long time
	proxy   string // of a proxy, see there
	bundles string // of a folder with what curl got
}

// variables tells a site to a test in another language.
func (s site) variables() []string {
	return []string{
		"CNSD_URL=" + s.url, "CNSD_LIMITED=" + s.limited, "CNSD_PROXY=" + s.proxy, "CNSD_BUNDLES=" + s.bundles,
	}
}

// TestClients tries each client on the real server: as a package of its language, type-checked,
// with its README's example.
func TestClients(t *testing.T) {
	binary := harness.Binary(t)
	for name, test := range map[string]func(*testing.T, string, site){
		"go": goClient, "python": pythonClient, "typescript": typeScriptClient,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			open := start(t, binary)
			limited := start(t, binary, "CNS_RATE_LIMIT=0.001", "CNS_RATE_BURST=1")
			test(t, binary, site{open, limited, proxy(t, open), curled(t, open)})
		})
	}
}

// curled gets by curl what the clients are to get, and returns the folder in which it is.
func curled(t *testing.T, server string) string {
	t.Helper()
	dir := t.TempDir()
	command(t, dir, "curl", "-sf", server+"/v1/recipe?service=eks&accelerator=gb200&intent=training&os=ubuntu&nodes=4",
		"-o", "recipe.json")
	options := "bundlers=cert-manager,gpu-operator&" + url.Values{
		"set":                         {"gpu-operator:driver.version=580.178.04", "gpu-operator:toolkit.enabled=false"},
		"force-set":                   {"cert-manager:a.b={1,2}", "cert-manager:c=1+1 & 50%;ü?#"},
		"accelerated-node-selector":   {"node-role=gpu"},
		"accelerated-node-toleration": {"nvidia.com/gpu:NoSchedule"},
	}.Encode()
	post := []string{"-sf", "-H", "Content-Type: application/json", "-d", "@recipe.json", "-o"}
	command(t, dir, "curl", append(post, "recipe.zip", server+"/v1/bundle?"+options)...)
	command(t, dir, "curl", append(post, "recipe.tar.gz", server+"/v1/bundle?format=tar.gz&deployer=flux")...)
	command(t, dir, "curl", "-sf", "-H", "Content-Type: application/json", "-o", "criteria.zip", server+"/v1/bundle",
		"-d", `{"kind": "recipeCriteria", "apiVersion": "cns.nvidia.com/v1alpha1",
			"spec": {"service": "gke", "os": "cos"}}`)
	return dir
}

// example runs a README's example with a URL of its server: one where only one request a second is
// admitted, so that it has to ask again, and one that refuses it. run gets the example's text and
// returns the command.
func example(t *testing.T, binary, source string, run func(text string) *exec.Cmd) {
	t.Helper()
	text := read(t, source)
	at := func(url string) *exec.Cmd {
		cmd := run(strings.Replace(text, "http://localhost:8080", url, 1))
		cmd.Dir = t.TempDir()
		return cmd
	}
	slow := start(t, binary, "CNS_RATE_LIMIT=1", "CNS_RATE_BURST=1")
	cmd := at(slow)
	out, err := cmd.CombinedOutput()
	if err != nil || !regexp.MustCompile(`(?m)^gpu-operator v\d`).Match(out) ||
		!bytes.Contains(out, []byte("intent is left open")) {
		t.Errorf("%s: %v\n%s", source, err, out)
	}
	url := start(t, binary)
	command(t, cmd.Dir, "bash", "-c", `curl -sf "$0/v1/recipe?service=eks&accelerator=gb200&os=ubuntu" |
		curl -sf -H 'Content-Type: application/json' -d @- "$0/v1/bundle?deployer=argocd" | cmp - bundle.zip`, url)

	out, err = at(start(t, binary, "CNS_ALLOWED_SERVICES=gke")).CombinedOutput()
	if err == nil || !bytes.Contains(out, []byte("service type not allowed")) ||
		!regexp.MustCompile(`allowed: .*gke`).Match(out) {
		t.Errorf("%s at a server that refuses it: %v\n%s", source, err, out)
	}
}

// clone puts a client where its README wants it, and returns the folder of its user, which is
// beside, and that of the client.
func clone(t *testing.T, language string) (user, client string) {
	t.Helper()
	user, client = filepath.Join(t.TempDir(), "user"), filepath.Join("gen", "client", language)
	source := filepath.Join(filepath.Dir(user), "cloud-native-stack", client)
	if err := errors.Join(os.Mkdir(user, 0o700), os.CopyFS(source, os.DirFS(path(t, client)))); err != nil {
		t.Fatal(err)
	}
	return user, source
}

// install runs the commands by which the client's README installs it.
func install(t *testing.T, client, user string, environment ...string) {
	t.Helper()
	block := regexp.MustCompile("(?s)\n```sh\n(.*?)```").FindStringSubmatch(read(t, filepath.Join(client, "README.md")))
	if block == nil {
		t.Fatalf("%s: its README has no block of sh", client)
	}
	cmd := exec.CommandContext(t.Context(), "bash", "-euxc", block[1])
	cmd.Dir, cmd.Env = user, append(os.Environ(), environment...)
	succeed(t, cmd)
}

// command runs a program, which has to succeed.
func command(t *testing.T, dir, name string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	succeed(t, cmd)
}

func succeed(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, out)
	}
}

// path returns the absolute path of a file of the repository.
func path(t *testing.T, elements ...string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(append([]string{harness.Repository}, elements...)...))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
