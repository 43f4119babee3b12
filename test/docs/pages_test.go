// Package docs runs what README.md, CONTRIBUTING.md, SECURITY.md and docs/*.md tell people to type.
//
// The language of a code block says what happens to it. All blocks of a page run in one folder, in
// order, with the tools in [stubs] on PATH.
//
//   - console: each command after a $ runs, and prints what stands below it. A command that fails
//     has to be shown failing.
//   - sh: the block runs as a script. A line that ends with cnsd or is "make run" starts the
//     server, with its variables, for what follows.
//   - none: something that a program printed. Nothing runs, so it must hold no command after a $.
//   - any other: a file of the name in its first line, "# name". With ", abridged" behind the name
//     it is compared with the file that is there; a line "# …" stands for any number of lines.
//
// Every page starts with a server without variables, at localhost:8080 as the page sees it.
package docs

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/test/harness"
)

var update = flag.Bool("update", false, "write testdata/calls.txt anew")

// block is a code block of a page.
type block struct {
	language, text string
}

var (
	fence    = regexp.MustCompile("(?ms)^```([a-z]*)\n(.*?)^```$")
	fileName = regexp.MustCompile(`^# ([A-Za-z0-9._/-]+)(, abridged)?\n`)
	omission = regexp.MustCompile(`(?m)^ *# …\n`)
	// What a comment behind it says belongs to the page.
	serverLine = regexp.MustCompile(`^((?:[A-Z_]+=\S+ )*)(?:cnsd|make run)(?: +#.*)?$`)
	id         = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
	timestamp  = regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:.]+Z`)
	version    = regexp.MustCompile(`v?\d+\.\d+\.\d+|[0-9a-f]{64}|[^ =]*/tmp\.\w{10}\b`) // mktemp's
)

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(harness.Repository, file))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// pages are README.md, which comes first, the other ones at the root, and docs/*.md.
func pages(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(harness.Repository, "docs", "*.md"))
	if err != nil || len(files) < 6 {
		t.Fatalf("%v %v", files, err)
	}
	list := []string{"README.md", "CONTRIBUTING.md", "SECURITY.md"}
	for _, file := range files {
		list = append(list, "docs/"+filepath.Base(file))
	}
	return list
}

// TestDocs tries on the real server what the pages and the files beside them say of it.
func TestDocs(t *testing.T) {
	binary := harness.Binary(t)
	t.Run("static", func(t *testing.T) { static(t, binary) })
	t.Run("kubernetes.yaml", func(t *testing.T) { kubernetes(t, binary) })
	t.Run("cnsd.service", func(t *testing.T) { unit(t, binary) })
	families := scrape(t, binary)
	t.Run("alerts.yaml", func(t *testing.T) { alerts(t, families) })
	t.Run("no such metric", func(t *testing.T) { noSuchMetric(t, families) })
	t.Run("table of metrics", func(t *testing.T) { metricsTable(t, families) })
	t.Run("commands", func(t *testing.T) { commands(t, binary) })
}

// commands runs all commands. What they asked of stubs has to be what testdata/calls.txt says.
func commands(t *testing.T, binary string) {
	calls := make([]string, len(pages(t)))
	used := map[string]bool{}
	t.Run("of", func(t *testing.T) {
		for i, name := range pages(t) {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				calls[i] = newPage(t, binary, name).run(t)
			})
		}
	})
	got := "# What the pages ask of stubs; go test -update writes it. " +
		"Versions, digests and temporary folders are left out.\n"
	for i, name := range pages(t) {
		for line := range strings.Lines(calls[i]) {
			used[strings.Fields(line)[0]] = true
		}
		if calls[i] != "" {
			got += "\n== " + name + "\n" + version.ReplaceAllString(calls[i], "*")
		}
	}
	if t.Failed() {
		return // what is missing then says nothing
	}
	for tool := range stubs {
		if !used[tool] {
			t.Errorf("no page uses the stub of %s", tool)
		}
	}
	const golden = "testdata/calls.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(read(t, "test/docs/"+golden), got); diff != "" {
		t.Errorf("%s against the real calls (go test -update, if they are right):\n%s", golden, diff)
	}
}

// page is one that is being run.
type page struct {
	name, dir, binary string
	env               []string
	server            *harness.Process
}

func newPage(t *testing.T, binary, name string) *page {
	t.Helper()
	p := &page{name: name, dir: t.TempDir(), binary: binary}
	p.env = p.install(t)
	return p
}

// run runs the page's blocks and returns the calls of stubs.
func (p *page) run(t *testing.T) string {
	t.Helper()
	p.server = start(t, p.dir, p.env, "")
	text := read(t, p.name)
	blocks := fence.FindAllStringSubmatch(text, -1)
	if marks := strings.Count(text, "```") + strings.Count(text, "~~~"); marks != 2*len(blocks) {
		t.Fatalf("%d marks of code blocks, and %d blocks: one is indented, or says more than its language",
			marks, len(blocks))
	}
	for _, match := range blocks {
		switch b := (block{match[1], match[2]}); b.language {
		case "console":
			p.console(t, b.text)
		case "sh":
			p.script(t, b.text)
		case "":
			if strings.Contains("\n"+b.text, "\n$ ") {
				t.Fatalf("a command in a block without a language, where it isn't run:\n%s", b.text)
			}
		default:
			p.file(t, b)
		}
	}
	calls, err := os.ReadFile(p.log())
	if err != nil {
		t.Fatal(err)
	}
	return string(calls)
}

// file writes a file that the page shows, or compares it with the one that is there.
func (p *page) file(t *testing.T, b block) {
	t.Helper()
	name := fileName.FindStringSubmatch(b.text)
	if name == nil {
		t.Fatalf("a block of %q is neither console nor sh, and its first line isn't \"# <file name>\":\n%s",
			b.language, b.text)
	}
	root, err := os.OpenRoot(p.dir) // doesn't follow links into the repository
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	text := strings.TrimPrefix(b.text, name[0])
	if name[2] != "" {
		whole, err := root.ReadFile(name[1])
		if err != nil {
			t.Fatal(err)
		}
		pattern := omission.ReplaceAllLiteralString(regexp.QuoteMeta(text), "(?:.*\n)*")
		if !regexp.MustCompile(`\A` + pattern + `\z`).Match(whole) {
			t.Errorf("%s isn't what the page shows of it:\n%s", name[1], whole)
		}
		return
	}
	if err := root.MkdirAll(filepath.Dir(name[1]), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := root.WriteFile(name[1], []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// console runs commands and compares what they print.
func (p *page) console(t *testing.T, text string) {
	t.Helper()
	steps := strings.Split("\n"+text, "\n$ ")
	if strings.TrimSpace(steps[0]) != "" || len(steps) == 1 {
		t.Fatalf("a console block begins without a $:\n%s", text)
	}
	for _, step := range steps[1:] {
		command, want, _ := strings.Cut(step, "\n")
		out, err := p.bash(t, command)
		if err != nil && strings.TrimSpace(want) == "" {
			t.Fatalf("$ %s\n%v\n%s", command, err, out)
		}
		if diff := cmp.Diff(strings.TrimRight(stable(want), "\n"), strings.TrimRight(stable(out), "\n")); diff != "" {
			t.Errorf("$ %s\n%s against the real output (%v):\n%s", command, p.name, err, diff)
		}
	}
}

// script runs a block as a whole, or up to and from the lines that start a server.
func (p *page) script(t *testing.T, text string) {
	t.Helper()
	var lines []string
	flush := func() {
		if len(lines) == 0 {
			return
		}
		if out, err := p.bash(t, strings.Join(lines, "\n")); err != nil {
			t.Fatalf("%s\n%v\n%s", strings.Join(lines, "\n"), err, out)
		}
		lines = nil
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if match := serverLine.FindStringSubmatch(line); match != nil {
			flush()
			p.server.Stop()
			p.server = start(t, p.dir, p.env, match[1])
			continue
		}
		lines = append(lines, line)
	}
	flush()
}

// bash runs a command of the page and returns what it prints, as a terminal would show it.
func (p *page) bash(t *testing.T, command string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	address := strings.TrimPrefix(p.server.URL, "http://")
	command = strings.ReplaceAll(command, "localhost:8080", address)
	cmd := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", command)
	cmd.Dir = p.dir
	// The page's server has the number of the bash that started it.
	cmd.Env = append(slices.Clone(p.env), fmt.Sprint("SERVER_PID=", p.server.PID()))
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	return strings.ReplaceAll(string(out), address, "localhost:8080"), err
}

// stable takes out of an answer what differs each time.
func stable(s string) string {
	s = strings.ReplaceAll(s, "\r", "")
	return timestamp.ReplaceAllString(id.ReplaceAllString(s, "ID"), "TIME")
}
