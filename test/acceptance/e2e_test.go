//go:build e2e

package acceptance

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// TestHelmfileList lets helmfile itself read the bundles. It takes a quarter of an hour to build, so this test is apart: make e2e.
func TestHelmfileList(t *testing.T) {
	bin, err := filepath.Abs(repository + "/.tools/bin")
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, build(t), newKey(t))
	for _, r := range requests(t) {
		t.Run(r.name, func(t *testing.T) {
			b := s.bundle(t, r, form{deployer: "helmfile"})
			cmd := exec.Command(bin+"/helmfile", "list", "--output=json")
			cmd.Dir, cmd.Env = b.write(t), []string{"PATH=" + bin, "HOME=" + t.TempDir()}
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v: %s", err, &stderr)
			}
			type release struct{ Name, Namespace, Chart, Version string }
			names := func(list []release) (all []string) {
				for _, r := range list {
					all = append(all, r.Namespace+"/"+r.Name+" "+r.Chart+" "+r.Version)
				}
				slices.Sort(all)
				return all
			}
			want := decode[struct{ Releases []release }](t, b.file(t, "helmfile.yaml"))
			equal(t, names(decode[[]release](t, out)), names(want.Releases))
		})
	}
}
