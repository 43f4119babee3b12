package scripts_test

import (
	"strings"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/internal/bundle/deployer/scripts"
)

// TestForeignFiles puts files into a bundle that aren't of it, as someone does who means harm, or
// who unpacks it over another one. kubectl would take all that is in a folder, whatever
// checksums.txt says.
func TestForeignFiles(t *testing.T) {
	for _, script := range []string{"deploy.sh", "undeploy.sh", "hand-over.sh"} {
		for _, file := range []string{
			before + "/99-evil.yaml", after + "/00.yaml", "01-cert-manager/manifests/before-chart/01-x.yaml",
			after + "/.hidden.json", after + "/a b", after + "/01-clusterpolicy.yaml.yaml",
			after + "/1-clusterpolicy.yaml", after + "/*",
		} {
			t.Run(script+"/"+file, func(t *testing.T) {
				t.Parallel()
				b := newBundle(t, "bundle", tsv)
				b.write(t, "hand-over.sh", scripts.HandOver)
				b.write(t, file, "kind: Evil\n")
				got := b.run(t, script, nil)
				got.check(t, 1, nil)
				const want = "isn't in checksums.txt, so not of this bundle: unpack the bundle into an empty folder\n"
				if !strings.HasPrefix(got.stderr, script+": ") || !strings.HasSuffix(got.stderr, want) {
					t.Error(got.stderr)
				}
			})
		}
	}
}
