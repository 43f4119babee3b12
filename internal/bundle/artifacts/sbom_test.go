package artifacts

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/archive"
)

func TestSBOM(t *testing.T) {
	type m = map[string]any
	const (
		web, side, main = "pkg:oci/web?repository_url=ghcr.io%2Forg%2Fweb&tag=2.0.0_b", "docker.io/grafana/side",
			"nvcr.io/nvidia/net"
		created = "2026-01-27T12:00:00Z"
	)
	digest := strings.Repeat("0123456789abcdef", 4)
	sideRef := side + ":1@sha256:" + digest
	mine := gen.ComponentRef{Name: "mine", Version: "2.0.0+b", Repository: "oci://ghcr.io/org/", Chart: "web"}
	again := mine // the same chart under another name
	again.Name = "again"
	net := gen.ComponentRef{Name: "net", Version: "1.0.0", Repository: "https://charts.example.com", Chart: "net-chart"}
	list := releases(release(again), release(mine), release(net, sideRef, main+":v1"))
	a, err := New(t.Context(), list, gen.CreateBundleParams{Deployer: gen.DeployerHelm}, nil)
	if err != nil {
		t.Fatal(err)
	}
	f := a.SBOM(archive.NewFile("recipe.yaml", archive.Shared([]byte("a: b\n"))), created)
	var got m
	if err := json.Unmarshal(f.Data(), &got); err != nil {
		t.Fatal(err)
	}
	want := m{
		"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1.0, "serialNumber": got["serialNumber"],
		"components": []any{
			m{"type": "application", "bom-ref": "release:again", "name": "web", "version": "2.0.0+b", "purl": web},
			m{"type": "application", "bom-ref": "release:mine", "name": "web", "version": "2.0.0+b", "purl": web},
			m{"type": "application", "bom-ref": "release:net", "name": "net-chart", "version": "1.0.0",
				"purl": "pkg:helm/net-chart@1.0.0?repository_url=https:%2F%2Fcharts.example.com"},
			m{"type": "container", "bom-ref": sideRef, "name": side, "version": "1",
				"hashes": []any{m{"alg": "SHA-256", "content": digest}},
				"purl":   "pkg:oci/side@sha256:" + digest + "?repository_url=docker.io%2Fgrafana%2Fside&tag=1"},
			m{"type": "container", "bom-ref": main + ":v1", "name": main, "version": "v1",
				"purl": "pkg:oci/net?repository_url=nvcr.io%2Fnvidia%2Fnet&tag=v1"},
		},
		"dependencies": []any{
			m{"ref": "release:again", "dependsOn": []any{}}, m{"ref": "release:mine", "dependsOn": []any{}},
			m{"ref": "release:net", "dependsOn": []any{sideRef, main + ":v1"}},
			m{"ref": "bundle", "dependsOn": []any{"release:again", "release:mine", "release:net"}},
		},
		"metadata": m{"timestamp": created, "lifecycles": []any{m{"phase": "pre-build"}},
			"component": m{"type": "application", "bom-ref": "bundle", "name": "cns-bundle"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if number, _ := got["serialNumber"].(string); !strings.HasPrefix(number, "urn:uuid:") {
		t.Errorf("serial number %v", got["serialNumber"])
	}
	other := a.SBOM(archive.NewFile("recipe.yaml", archive.Shared([]byte("a: c\n"))), created)
	if string(other.Data()) == string(f.Data()) {
		t.Error("another recipe has the same SBOM")
	}
}
