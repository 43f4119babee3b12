package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// build compiles the server as the Makefile does.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "cnsd")
	const flags = "-X main.version=v9.8.7 -X main.commit=c0ffee -X main.date=2026-01-27T12:00:00Z"
	out, err := exec.Command("go", "build", "-ldflags", flags, "-o", binary, ".").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return binary
}

func TestProcess(t *testing.T) {
	binary := build(t)
	out, err := exec.Command(binary, "--version").Output()
	if want := "cnsd v9.8.7 (commit c0ffee, 2026-01-27T12:00:00Z)\n"; err != nil || string(out) != want {
		t.Errorf("--version: %q %v", out, err)
	}
	data := t.TempDir()
	cmd := exec.Command(binary)
	cmd.Env = append(os.Environ(), "PORT=0", "CNS_DRAIN_DELAY=1s", "CNS_RATE_LIMIT=0", "CNS_RECIPES_DIR="+data)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	log := bufio.NewScanner(stderr)
	var address string
	for address == "" && log.Scan() {
		var line struct{ Address string }
		if err := json.Unmarshal(log.Bytes(), &line); err != nil {
			t.Fatalf("%v: %s", err, log.Bytes())
		}
		address = line.Address
	}
	url := "http://127.0.0.1" + address[strings.LastIndex(address, ":"):]
	go func() {
		for log.Scan() {
		}
	}()
	m := metadata(t, url)
	if m.Version != "v9.8.7" || m.Created != "2026-01-27T12:00:00Z" || slices.Contains(m.AppliedOverlays, "site") {
		t.Errorf("metadata %+v", m)
	}
	if err := os.Mkdir(filepath.Join(data, "overlays"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "overlays", "site.yaml"), []byte("components: {aws-efa: {}}"),
		0o644); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(20 * time.Second); !slices.Contains(metadata(t, url).AppliedOverlays, "site"); {
		if time.Now().After(deadline) {
			t.Fatal("SIGHUP reloads nothing")
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for notReady := false; !notReady; { // under load until a load balancer would notice
		for path, want := range map[string]int{"/v1/recipe?service=eks": http.StatusOK,
			"/ready": http.StatusServiceUnavailable} {
			resp, err := http.Get(url + path)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if path == "/ready" {
				notReady = resp.StatusCode == want
			} else if resp.StatusCode != want {
				t.Errorf("%s: %d while stopping", path, resp.StatusCode)
			}
		}
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("after SIGTERM: %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Error("doesn't end after SIGTERM")
	}
}

type recipeMetadata struct {
	Version, Created string
	AppliedOverlays  []string
}

// metadata asks a server for the metadata of a recipe.
func metadata(t *testing.T, url string) recipeMetadata {
	t.Helper()
	resp, err := http.Get(url + "/v1/recipe")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var recipe struct{ Metadata recipeMetadata }
	if err := json.NewDecoder(resp.Body).Decode(&recipe); err != nil {
		t.Fatal(err)
	}
	return recipe.Metadata
}

func TestHelp(t *testing.T) {
	var out bytes.Buffer
	if err := run([]string{"--help"}, nil, &out, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"--version", "PORT", "8080", "LOG_LEVEL", "CNS_RATE_LIMIT", "CNS_ALLOWED_OS",
		"CNS_DRAIN_DELAY"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("--help lacks %s", want)
		}
	}
}

func TestBadStart(t *testing.T) {
	for _, tt := range []struct {
		name, want    string
		args, environ []string
	}{
		{name: "unknown flag", args: []string{"--prot"}, want: "-prot"},
		{name: "argument", args: []string{"serve"}, want: `unexpected argument "serve"`},
		{name: "port", environ: []string{"PORT=80x80"}, want: "PORT"},
		{name: "log level", environ: []string{"LOG_LEVEL=loud"}, want: "LOG_LEVEL"},
		{name: "misspelt variable", environ: []string{"CNS_ALOWED_OS=rhel"}, want: "CNS_ALOWED_OS: unknown variable"},
		{name: "rate", environ: []string{"CNS_RATE_LIMIT=-1"}, want: "CNS_RATE_LIMIT: must be 0, or from 0.001"},
		{name: "allowlist", environ: []string{"CNS_ALLOWED_ACCELERATORS=h10"},
			want: `CNS_ALLOWED_ACCELERATORS: "h10" is not valid: must be one of h100, gb200, a100, l40, any`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			err := run(tt.args, tt.environ, &out, &out)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
}
