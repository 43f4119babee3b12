package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/NVIDIA/cloud-native-stack/"

// importRule is about packages and those below them.
type importRule struct {
	name     string
	packages []string
	except   []string
	banned   []string
	direct   bool // whether what other packages import for them is left out
}

func importRules() []importRule {
	faces := []string{"./internal/server", "./internal/middleware", "./internal/admission"}
	return []importRule{
		{name: "only cmd imports what authors use", packages: []string{"."},
			except: []string{"./cmd", "./internal/authoring"}, banned: []string{"./internal/authoring"}},
		{name: "nothing imports cmd", packages: []string{"."}, except: []string{"./cmd"}, banned: []string{"./cmd"}},
		{name: "generated code stands alone", packages: []string{"./gen", "./api"},
			banned: []string{"./internal", "./recipes"}},
		{name: "the contract schedules and keeps nothing", packages: []string{"./internal/contract"},
			banned: append(faces, "./internal/httpcache")},
		{name: "the core knows no face", banned: faces, packages: []string{
			"./internal/apierror", "./internal/attest", "./internal/authoring", "./internal/bundle",
			"./internal/catalog", "./internal/document", "./internal/judge", "./internal/recipe",
			"./internal/valuepath", "./internal/values",
		}},
		{name: "data know no HTTP", direct: true, banned: []string{"net/http"}, packages: []string{
			"./internal/authoring", "./internal/bundle", "./internal/catalog", "./internal/document",
			"./internal/judge", "./internal/valuepath", "./internal/values",
		}},
		{name: "only tests import what is for tests", packages: []string{"./cmd", "./internal", "./recipes"},
			banned: []string{"./test"}},
		{name: "of Helm only what needs no cluster", packages: []string{"./cmd"}, banned: []string{"k8s.io/client-go"}},
	}
}

// TestImports is here because this package is of all others: a change of them is one of its own, so
// that no kept result of the test is out of date.
func TestImports(t *testing.T) {
	all := listPackages(t)
	for _, r := range importRules() {
		t.Run(r.name, func(t *testing.T) {
			for _, name := range r.packages {
				isIt := func(p goPackage) bool { return isBelow(shortPath(p.ImportPath), []string{name}) }
				if !slices.ContainsFunc(all, isIt) {
					t.Errorf("there is no package %s", name)
				}
			}
			for _, p := range all {
				name := shortPath(p.ImportPath)
				if !isBelow(name, r.packages) || isBelow(name, r.except) {
					continue
				}
				imports := p.Deps
				if r.direct {
					imports = p.Imports
				}
				for _, imported := range imports {
					if isBelow(shortPath(imported), r.banned) {
						t.Errorf("%s imports %s", name, imported)
					}
				}
			}
		})
	}
}

type goPackage struct {
	ImportPath    string
	Imports, Deps []string
}

// listPackages returns the packages of the module.
func listPackages(t *testing.T) []goPackage {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,Deps", module+"...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []goPackage
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		switch err := decoder.Decode(&p); {
		case errors.Is(err, io.EOF):
			return all
		case err != nil:
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// shortPath writes the packages of the module as go list takes them, and all others as they are.
func shortPath(path string) string {
	if name, ok := strings.CutPrefix(path, module); ok {
		return "./" + name
	}
	return path
}

// isBelow reports whether a package is one of some, or in a folder of one.
func isBelow(name string, packages []string) bool {
	return slices.ContainsFunc(packages, func(p string) bool {
		return name == p || strings.HasPrefix(name, p+"/")
	})
}
