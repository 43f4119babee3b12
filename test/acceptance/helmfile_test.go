package acceptance

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/NVIDIA/cloud-native-stack/test/harness"
)

// structs are the YAML fields of helmfile's types, out of its source: compiling the package of its
// own that would decode a file takes thousands of others.
type structs map[string]map[string]ast.Expr

func loadHelmfile(t *testing.T) structs {
	t.Helper()
	dir := module(t, "github.com/helmfile/helmfile@v1.8.0")
	s := structs{}
	for _, name := range []string{"pkg/state/state.go", "pkg/state/helmx.go", "pkg/event/bus.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, name), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok {
				if of, ok := spec.Type.(*ast.StructType); ok {
					s[spec.Name.Name] = yamlFields(of)
				}
			}
			return true
		})
	}
	return s
}

func yamlFields(of *ast.StructType) map[string]ast.Expr {
	fields := map[string]ast.Expr{}
	for _, field := range of.Fields.List {
		if field.Tag == nil {
			continue
		}
		name, _, _ := strings.Cut(reflect.StructTag(strings.Trim(field.Tag.Value, "`")).Get("yaml"), ",")
		if name != "" && name != "-" {
			fields[name] = field.Type
		}
	}
	return fields
}

// check walks a document along a type: unknown keys and scalars of the wrong kind are faults.
func (s structs) check(at string, node *yaml.Node, typ ast.Expr) []string {
	fault := func(format string, args ...any) []string {
		return []string{fmt.Sprintf("line %d: %s: ", node.Line, at) + fmt.Sprintf(format, args...)}
	}
	var faults []string
	switch of := typ.(type) {
	case *ast.StarExpr:
		return s.check(at, node, of.X)
	case *ast.SelectorExpr:
		return s.check(at, node, of.Sel)
	case *ast.MapType:
		if node.Kind != yaml.MappingNode {
			return fault("not a mapping")
		}
	case *ast.ArrayType:
		if node.Kind != yaml.SequenceNode {
			return fault("not a list")
		}
		for i, item := range node.Content {
			faults = append(faults, s.check(fmt.Sprintf("%s[%d]", at, i), item, of.Elt)...)
		}
	case *ast.Ident:
		fields, isStruct := s[of.Name]
		scalar := map[string]string{"string": "!!str", "bool": "!!bool", "int": "!!int"}[of.Name]
		if isStruct && node.Kind != yaml.MappingNode {
			return fault("not a mapping")
		}
		if !isStruct && scalar != "" && node.Tag != scalar {
			return fault("%s, not %s", node.Tag, scalar)
		}
		for i := 0; isStruct && i < len(node.Content); i += 2 {
			key := node.Content[i].Value
			if fields[key] == nil {
				faults = append(faults, fault("unknown field %q", key)...)
				continue
			}
			faults = append(faults, s.check(at+"."+key, node.Content[i+1], fields[key])...)
		}
	}
	return faults
}

func (s structs) checkFile(t *testing.T, data []byte) []string {
	t.Helper()
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		t.Fatal(err)
	}
	return s.check("", document.Content[0], ast.NewIdent("ReleaseSetSpec"))
}

func (s structs) checkBundle(t *testing.T, b bundle) {
	if b.deployer != "helmfile" {
		return
	}
	for _, fault := range s.checkFile(t, b.file(t, "helmfile.yaml")) {
		t.Error(fault)
	}
}

// TestBadHelmfile proves that the check can fail.
func TestBadHelmfile(t *testing.T) {
	got := loadHelmfile(t).checkFile(t, []byte("helmDefaults: {timeout: 10m}\n"+
		"releases:\n- {name: a, need: [b], wait: maybe, needs: b}\nrepositores: []\n"))
	equal(t, got, []string{
		"line 1: .helmDefaults.timeout: !!str, not !!int",
		`line 3: .releases[0]: unknown field "need"`,
		"line 3: .releases[0].wait: !!str, not !!bool",
		"line 3: .releases[0].needs: not a list",
		`line 1: : unknown field "repositores"`,
	})
}

// helmfileSteps are the releases, whose needs are a graph.
func (b bundle) helmfileSteps(t *testing.T) []step {
	state := decode[struct {
		Repositories []struct{ Name, URL string }
		Releases     []struct {
			Name, Namespace, Chart, Version string
			Needs, Values                   []string
		}
	}](t, b.file(t, "helmfile.yaml"))
	repositories := map[string]string{}
	for _, r := range state.Repositories {
		repositories[r.Name] = strings.TrimSuffix(r.URL, "/")
	}
	var list steps
	for _, r := range state.Releases {
		if len(r.Name) > 53 {
			t.Errorf("Helm takes no release name of %d characters: %s", len(r.Name), r.Name)
		}
		if r.Chart == "./namespaces" {
			list.namespaces = r.Namespace + "/" + r.Name
			continue
		}
		next := step{Component: r.Name, Stage: theChart, Namespace: r.Namespace, Version: r.Version}
		if folder, ok := strings.CutPrefix(r.Chart, "./"); ok {
			next.Component, next.Stage = componentOf(folder)
			next.Objects = b.objects(t, folder)
		} else {
			i := strings.LastIndex(r.Chart, "/")
			next.Repository, next.Chart = r.Chart[:i], r.Chart[i+1:]
			if !strings.HasPrefix(r.Chart, "oci://") {
				next.Repository = repositories[next.Repository]
			}
			if len(r.Values) != 1 {
				t.Fatalf("%s has values files %q", r.Name, r.Values)
			}
			next.Values = decode[object](t, b.file(t, r.Values[0]))
		}
		list.add(t, r.Namespace+"/"+r.Name, next, r.Needs)
	}
	return list.list
}

// checkManifestCharts renders the charts around manifests with the real Helm: what comes out is
// byte for byte what went in.
func checkManifestCharts(t *testing.T, b bundle) {
	if b.deployer != "helmfile" {
		return
	}
	helm, err := filepath.Abs(harness.Repository + "/.tools/bin/helm")
	if err != nil {
		t.Fatal(err)
	}
	dir := b.write(t)
	for name := range b.files {
		if path.Base(name) != "Chart.yaml" {
			continue
		}
		folder := path.Dir(name)
		cmd := exec.Command(helm, "template", "release", folder, "--namespace=namespace")
		cmd.Dir = dir
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v (make tools installs helm): %s", err, &stderr)
		}
		got := strings.Split(string(out), "---\n# Source: manifests/templates/manifests.yaml\n")[1:]
		for i := range got { // Helm prints empty lines between documents
			got[i] = strings.TrimRight(got[i], "\n") + "\n"
		}
		var want []string
		for _, name := range b.in(folder) {
			if holdsObjects(name) {
				want = append(want, string(b.file(t, name)))
			}
		}
		slices.Sort(got) // Helm orders by kind
		slices.Sort(want)
		equal(t, got, want)
	}
}
