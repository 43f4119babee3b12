package recipes_test

import (
	"fmt"
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/util/version"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

// rule says what is wrong with a recipe, "" if nothing. Each stands for a way in which charts fail together on a real cluster.
type rule struct {
	name  string
	check func(e *environment) string
}

// TestRules holds the recipe of every combination of criteria against every rule.
func TestRules(t *testing.T) {
	catalog, spec := load(t)
	all := environments(t, catalog, spec)
	for _, r := range slices.Concat(gpuOperatorRules, monitoringRules, fabricRules) {
		t.Run(r.name, func(t *testing.T) {
			for _, e := range all {
				if problem := r.check(e); problem != "" {
					t.Errorf("%v: %s", e.Metadata.AppliedOverlays, problem)
				}
			}
		})
	}
}

func operator(e *environment) *gen.ComponentRef { return e.component("gpu-operator") }

// ownDriver says whether the GPU Operator installs the driver, which is the chart's default.
func ownDriver(e *environment) bool { return value(operator(e), "driver.enabled") != false }

var gpuOperatorRules = []rule{
	{"module parameters ship before the chart that reads them", func(e *environment) string {
		// The operator reads the ConfigMap from its own namespace when it builds the driver DaemonSet and stops without it
		// (gpu-operator controllers/object_controls.go); with --wait, one that came after the chart would never be applied.
		name, _ := value(operator(e), "driver.kernelModuleConfig.name").(string)
		if name == "" {
			return ""
		}
		config := manifest(operator(e), "ConfigMap", name)
		if config == nil {
			return "no ConfigMap " + name
		}
		metadata := config["metadata"].(map[string]any)
		annotations, _ := metadata["annotations"].(map[string]any)
		if metadata["namespace"] != operator(e).Namespace || annotations["cns.nvidia.com/apply"] != "before-chart" {
			return fmt.Sprintf("ConfigMap %s has metadata %v", name, metadata)
		}
		return ""
	}},
	{"module parameters ship only where a value names them", func(e *environment) string {
		// Anything else is a ConfigMap on the cluster that does nothing and looks as if it did.
		if operator(e) == nil || manifest(operator(e), "ConfigMap", "kernel-module-params") == nil {
			return ""
		}
		if value(operator(e), "driver.kernelModuleConfig.name") != "kernel-module-params" {
			return "kernel-module-params ships, but driver.kernelModuleConfig.name is not it"
		}
		return ""
	}},
	{"gdrcopy and gds only with the operator's driver on Ubuntu", func(e *environment) string {
		// Both are sidecars of the driver pod; the validator waits for modules that nobody loads without it, and they crash-loop
		// off Ubuntu (NVIDIA/gpu-operator#2911).
		ubuntu := e.every(func(c gen.Criteria) bool { return c.OS == gen.OSUbuntu })
		for _, sidecar := range []string{"gdrcopy", "gds"} {
			if value(operator(e), sidecar+".enabled") == true && !(ubuntu && ownDriver(e)) {
				return sidecar + " is on"
			}
		}
		return ""
	}},
	{"no gds on GB200", func(e *environment) string {
		// Coherent driver memory, which GB200 needs, excludes GPUDirect Storage (gpu-operator release note of v25.3.2).
		if value(operator(e), "gds.enabled") == true && !e.every(func(c gen.Criteria) bool { return c.Accelerator != gen.AcceleratorGB200 }) {
			return "gds is on"
		}
		return ""
	}},
	{"nvidia-peermem only with MOFED", func(e *environment) string {
		// driver.rdma.enabled loads nvidia-peermem; without Mellanox OFED, as on EFA nodes, that fails and blocks the driver.
		if value(operator(e), "driver.rdma.enabled") != true || value(operator(e), "driver.rdma.useHostMofed") == true {
			return ""
		}
		if network := e.component("network-operator"); network != nil {
			policy := manifest(network, "NicClusterPolicy", "")
			if policy != nil && policy["spec"].(map[string]any)["ofedDriver"] != nil {
				return ""
			}
		}
		return "driver.rdma.enabled is on"
	}},
	{"no toolkit of the host beside the operator's driver", func(e *environment) string {
		// Images that bring the toolkit bring the driver as well; the hybrid fits none of them (NVIDIA/aicr#1680).
		if value(operator(e), "toolkit.enabled") == false && ownDriver(e) {
			return "toolkit.enabled is false, driver.enabled is not"
		}
		return ""
	}},
	{"no version with a fault that these recipes meet", func(e *environment) string {
		for _, ref := range e.ComponentRefs {
			v := version.MustParseSemantic(ref.Version)
			from := func(low string) bool { return v.AtLeast(version.MustParseSemantic(low)) }
			switch {
			// The device plugin injects every ibverbs device into every GPU pod (gpu-operator release notes, 26.3.3).
			case ref.Name == "gpu-operator" && from("v26.3.0") && !from("v26.3.3"),
				// It brings the ComputeDomain CRDs of the DRA driver, which then two releases own (NVIDIA/aicr#2439).
				ref.Name == "gpu-operator" && from("v26.7.0") && e.component("nvidia-dra-driver-gpu") != nil,
				// kubeVersion without -0 refuses the suffixed versions of managed clusters; 25.10 needs the internet for a schema.
				ref.Name == "network-operator" && !from("26.1.0"),
				// The controller requires a control-plane node, which managed clusters don't have; fixed in 0.4.
				ref.Name == "nvidia-dra-driver-gpu" && from("25.0.0"),
				// With a nameOverride it renders a label twice (kubernetes-sigs/dra-driver-nvidia-gpu#1184).
				ref.Name == "nvidia-dra-driver-gpu" && !from("0.4.1") && value(&ref, "nameOverride") != nil:
				return ref.Name + " " + ref.Version
			}
		}
		return ""
	}},
	{"no second advertiser of nvidia.com/gpu", func(e *environment) string {
		// The device plugin, on by default, and DRA would hand out the same GPU twice; so the DRA chart has to be told.
		dra := e.component("nvidia-dra-driver-gpu")
		if dra != nil && value(dra, "resources.gpus.enabled") != false && value(operator(e), "devicePlugin.enabled") != false {
			return "resources.gpus.enabled is not false beside the device plugin"
		}
		return ""
	}},
}

var monitoringRules = []rule{
	{"monitors come after the Prometheus CRDs", func(e *environment) string {
		// A chart with a ServiceMonitor or PodMonitor can't be installed without the CRDs, and ClusterPolicy never gets ready.
		crds := e.component("kube-prometheus-stack")
		for name, path := range map[string]string{
			"gpu-operator": "dcgmExporter.serviceMonitor.enabled", "cert-manager": "prometheus.servicemonitor.enabled", "nvsentinel": "",
		} {
			ref := e.component(name)
			uses := ref != nil && (path != "" && value(ref, path) == true || path == "" && value(ref, "podMonitor.enabled") != false)
			if uses && (crds == nil || ref.Order < crds.Order || !slices.Contains(ref.DependencyRefs, crds.Name)) {
				return name + " is not bound to come after kube-prometheus-stack"
			}
		}
		return ""
	}},
	{"nvsentinel finds DCGM", func(e *environment) string {
		// It talks to nvidia-dcgm.gpu-operator.svc:5555 by default; that Service exists with the standalone engine alone.
		if e.component("nvsentinel") == nil || value(e.component("nvsentinel"), "global.dcgm.service") != nil {
			return ""
		}
		if operator(e) == nil || operator(e).Namespace != "gpu-operator" || value(operator(e), "dcgm.enabled") != true {
			return "gpu-operator is not in namespace gpu-operator with dcgm.enabled"
		}
		return ""
	}},
	{"nvsentinel knows where there is no driver pod", func(e *environment) string {
		// Its labeler recognises nodes by the driver pod; without one and without this three DaemonSets select no node (NVIDIA/aicr#2175).
		sentinel := e.component("nvsentinel")
		if sentinel != nil && !ownDriver(e) && value(sentinel, "labeler.assumeDriverInstalled") != true {
			return "labeler.assumeDriverInstalled is not true"
		}
		return ""
	}},
	{"no empty storage class", func(e *environment) string {
		// "" doesn't mean the default class but no dynamic provisioning: the volume stays pending.
		for _, ref := range e.ComponentRefs {
			if emptyStorageClass(ref.Values) {
				return ref.Name + " has storageClassName \"\""
			}
		}
		return ""
	}},
}

func emptyStorageClass(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		for key, child := range v {
			if key == "storageClassName" && child == "" || emptyStorageClass(child) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, emptyStorageClass)
	}
	return false
}

var fabricRules = []rule{
	{"one Node Feature Discovery", func(e *environment) string {
		// Two would overwrite each other's labels (Network Operator docs, "Platform Support"); both charts have it on by default.
		network := e.component("network-operator")
		if network != nil && operator(e) != nil && value(operator(e), "nfd.enabled") != false && value(network, "nfd.enabled") != false {
			return "network-operator's nfd.enabled is not false beside gpu-operator's"
		}
		return ""
	}},
	{"network-operator has something to do", func(e *environment) string {
		// Since v24.10.0 it makes no NicClusterPolicy from values, and without one it does nothing.
		if network := e.component("network-operator"); network != nil && manifest(network, "NicClusterPolicy", "") == nil {
			return "no NicClusterPolicy"
		}
		return ""
	}},
	{"network-operator not on a cloud fabric", func(e *environment) string {
		// EFA is no NVIDIA NIC; Google, Azure and Oracle have their own way to their fabric.
		if e.component("network-operator") != nil && !e.every(func(c gen.Criteria) bool { return c.Service == gen.ServiceAny }) {
			return "network-operator on a managed service"
		}
		return ""
	}},
}

// kubeVersions are the floors of the charts, from the kubeVersion of the Chart.yaml at the versions in use; "" where it has none.
// nvsentinel's is from its README. Look it up for each component that comes in.
var kubeVersions = map[string]string{
	"aws-efa":               "",
	"cert-manager":          "1.22.0",
	"gpu-operator":          "1.16.0",
	"kube-prometheus-stack": "1.25.0",
	"network-operator":      "1.21.0",
	"nvidia-dra-driver-gpu": "1.32.0",
	"nvsentinel":            "1.25.0",
	"prometheus-adapter":    "",
	"skyhook-operator":      "1.27.0",
}

// Helm refuses a chart below its kubeVersion, so a recipe that admits such a cluster can't be installed there.
func TestKubernetesFloor(t *testing.T) {
	catalog, spec := load(t)
	for _, e := range environments(t, catalog, spec) {
		lowest := floor(t, e)
		for _, ref := range e.ComponentRefs {
			chart, ok := kubeVersions[ref.Name]
			if !ok {
				t.Fatalf("no kubeVersion for %s: look it up in the chart", ref.Name)
			}
			if chart != "" && lowest.LessThan(version.MustParseGeneric(chart)) {
				t.Errorf("%v: kubernetes from %s, but %s needs %s", e.Metadata.AppliedOverlays, lowest, ref.Name, chart)
			}
		}
	}
}
