package recipes_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/version"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/values"
)

var fabricRules = []rule{
	{"one Node Feature Discovery", func(e *environment) string {
		// Two would overwrite each other's labels (Network Operator docs, "Platform Support"); both
		// charts have it on by default.
		network := e.component("network-operator")
		if network != nil && operator(e) != nil && value(operator(e), "nfd.enabled") != false &&
			value(network, "nfd.enabled") != false {
			return "network-operator's nfd.enabled is not false beside gpu-operator's"
		}
		return ""
	}},
	{"network-operator has something to do", func(e *environment) string {
		// Since v24.10.0 it makes no NicClusterPolicy from values, and without one it does nothing.
		if network := e.component("network-operator"); network != nil &&
			manifest(network, "NicClusterPolicy", "") == nil {
			return "no NicClusterPolicy"
		}
		return ""
	}},
	{"the images of network-operator's policy are of its release", func(e *environment) string {
		// They are made and tested together; the OFED container has versions of its own.
		const prefix = "network-operator-v"
		network := e.component("network-operator")
		if network == nil {
			return ""
		}
		for keys, leaf := range values.Leaves(manifest(network, "NicClusterPolicy", "")) {
			v, _ := leaf.(string)
			if keys[len(keys)-1] == "version" && strings.HasPrefix(v, prefix) && v != prefix+network.Version {
				return fmt.Sprintf("%s is %s", strings.Join(keys, "."), v)
			}
		}
		return ""
	}},
	{"network-operator not on another fabric", func(e *environment) string {
		// EFA is no NVIDIA NIC; Google and, but for GB200, Oracle have their own way to their
		// fabric. Azure's is this one.
		if e.component("network-operator") != nil && !e.every(func(c gen.Criteria) bool {
			return c.Service == gen.ServiceAny || c.Service == gen.ServiceAKS ||
				c.Service == gen.ServiceOKE && c.Accelerator == gen.AcceleratorGb200
		}) {
			return "network-operator on a service with another fabric"
		}
		return ""
	}},
	{"Azure's InfiniBand comes with OFED", func(e *environment) string {
		// Azure/aks-rdma-infiniband: OFED in a container and rdma/ib devices; AKS' image for GB200
		// has OFED.
		network := e.component("network-operator")
		if !e.offered || network == nil || !e.every(on(gen.ServiceAKS)) {
			return ""
		}
		spec := manifest(network, "NicClusterPolicy", "")["spec"].(map[string]any)
		if spec["ofedDriver"] == nil || spec["sriovDevicePlugin"] == nil || spec["nodeAffinity"] == nil {
			return fmt.Sprintf("the policy has %v", spec)
		}
		if !ownDriver(e) || value(operator(e), "driver.rdma.useHostMofed") == true {
			return "an OFED container beside a driver or OFED of the host"
		}
		return ""
	}},
	{"training over several nodes has its fabric", func(e *environment) string {
		c := e.criteria[0]
		if !e.offered || c.Intent != gen.IntentTraining || c.OS == gen.OSAny {
			return ""
		}
		want := map[gen.Service]string{
			gen.ServiceAny: "network-operator", gen.ServiceAKS: "network-operator", gen.ServiceEKS: "aws-efa",
		}[c.Service]
		switch {
		case c.Accelerator == gen.AcceleratorGb200 && (c.Service == gen.ServiceAKS || c.OS == gen.OSRHEL):
			want = "" // unverified, say the overlays
		case c.Accelerator == gen.AcceleratorGb200 && c.Service == gen.ServiceOKE:
			want = "network-operator" // NVIDIA/aicr#2356
		}
		if want != "" && e.component(want) == nil {
			return "no " + want
		}
		return ""
	}},
	{"every gdrcopy has its fabric", func(e *environment) string {
		// It is for what goes between nodes.
		if value(operator(e), "gdrcopy.enabled") == true && e.component("network-operator") == nil &&
			e.component("aws-efa") == nil {
			return "gdrcopy is on, and there is neither network-operator nor aws-efa"
		}
		return ""
	}},
	{"EFA on GB200 has the module parameter", func(e *environment) string {
		// NVIDIA/aicr#668. Where the driver is the host's, so is this.
		if e.component("aws-efa") != nil && e.every(with(gen.AcceleratorGb200)) &&
			e.every(func(c gen.Criteria) bool { return c.OS == gen.OSUbuntu }) &&
			value(operator(e), "driver.kernelModuleConfig.name") == nil {
			return "no driver.kernelModuleConfig.name"
		}
		return ""
	}},
	{"aws-efa only on AWS", func(e *environment) string {
		if e.component("aws-efa") != nil && !e.every(on(gen.ServiceEKS)) {
			return "aws-efa"
		}
		return ""
	}},
	{"the host's driver has no OFED container to wait for", func(e *environment) string {
		if value(operator(e), "driver.rdma.enabled") == true && !ownDriver(e) {
			return "driver.rdma.enabled without the operator's driver"
		}
		return ""
	}},
}

var multiNodeNVLinkRules = []rule{
	{"ComputeDomains for GB200 and nothing else", func(e *environment) string {
		dra := e.component("nvidia-dra-driver-gpu")
		if dra != nil && !e.every(with(gen.AcceleratorGb200)) {
			return "nvidia-dra-driver-gpu without multi-node NVLink"
		}
		known := e.every(func(c gen.Criteria) bool { return c.OS != gen.OSAny })
		if dra == nil && known && e.offered && e.every(with(gen.AcceleratorGb200)) {
			return "no nvidia-dra-driver-gpu"
		}
		if dra != nil && value(dra, "resources.computeDomains.enabled") == false {
			return "ComputeDomains are off"
		}
		return ""
	}},
	{"the DRA driver looks where the driver is", func(e *environment) string {
		// dra-driver-nvidia-gpu docs/install.md.
		dra := e.component("nvidia-dra-driver-gpu")
		if dra == nil {
			return ""
		}
		want := any("/")
		if dir := value(operator(e), "hostPaths.driverInstallDir"); dir != nil {
			want = dir
		} else if ownDriver(e) {
			want = "/run/nvidia/driver"
		}
		if root := value(dra, "nvidiaDriverRoot"); root != want {
			return fmt.Sprintf("nvidiaDriverRoot is %v, want %v", root, want)
		}
		return ""
	}},
	{"DRA without a quota asks GKE for no critical pods", func(e *environment) string {
		dra := e.component("nvidia-dra-driver-gpu")
		if dra == nil || !e.every(func(c gen.Criteria) bool {
			return c.Service == gen.ServiceGKE &&
				c.OS == gen.OSCOS
		}) {
			return ""
		}
		for _, pod := range []string{"controller", "kubeletPlugin"} {
			if value(dra, pod+".priorityClassName") != "" && manifest(dra, "ResourceQuota", "") == nil {
				return pod + " has its critical priority class"
			}
		}
		return ""
	}},
	{"what runs on GPU nodes tolerates GKE's taint of Arm nodes", func(e *environment) string {
		if !e.every(func(c gen.Criteria) bool {
			return c.Service == gen.ServiceGKE && c.OS == gen.OSCOS && c.Accelerator == gen.AcceleratorGb200
		}) {
			return ""
		}
		for ref, paths := range map[*gen.ComponentRef][]string{
			operator(e): {"daemonsets.tolerations",
				"node-feature-discovery.worker.tolerations"},
			e.component("nvidia-dra-driver-gpu"): {"kubeletPlugin.tolerations"},
		} {
			for _, path := range paths {
				list, _ := value(ref, path).([]any)
				if !slices.ContainsFunc(list,
					func(v any) bool { return v.(map[string]any)["key"] == "kubernetes.io/arch" }) {
					return ref.Name + " " + path + " has no kubernetes.io/arch"
				}
			}
		}
		return ""
	}},
	{"DRA needs a cluster that has it on", func(e *environment) string {
		// On by default from 1.34, from 1.34.2 without a known issue (GPU Operator docs, "DRA
		// Driver for NVIDIA GPUs").
		if e.component("nvidia-dra-driver-gpu") != nil && e.offered &&
			!strings.HasPrefix(e.Constraints["kubernetes"]["version"], ">=1.34.2 ") {
			return "kubernetes " + e.Constraints["kubernetes"]["version"]
		}
		return ""
	}},
}

var constraintRules = []rule{
	{"what network-operator needs of RHEL is asked for where it is", func(e *environment) string {
		// Releases that the GPU Operator alone lists, and the kernel for GPUDirect RDMA by DMA-BUF.
		release, kernel := e.Constraints["os"]["version"], e.Constraints["kernel"]["version"]
		if !e.offered || e.Constraints["os"]["id"] != "rhel" || e.component("network-operator") != nil {
			return ""
		}
		if !admits(release, "9.7") || !admits(release, "10.1") || kernel == ">=5.12.0" {
			return fmt.Sprintf("os.version %s, kernel.version %s", release, kernel)
		}
		return ""
	}},
	{"a host's driver for GB200 is on a system that it is said to be for", func(e *environment) string {
		if !e.offered || e.Constraints["os"]["id"] != "rhel" || !e.every(with(gen.AcceleratorGb200)) {
			return ""
		}
		release, kernel := e.Constraints["os"]["version"], e.Constraints["kernel"]["version"]
		if admits(release, "8.10") || kernel == "" || admits(kernel, "4.18.0") {
			return fmt.Sprintf("os.version %s, kernel.version %s", release, kernel)
		}
		return ""
	}},
	{"Kubernetes is within what the operators list", func(e *environment) string {
		// GPU Operator 26.7 and Network Operator 26.7 docs, "Platform Support".
		v := e.Constraints["kubernetes"]["version"]
		if floor := version.MustParseGeneric("1.33.0"); !strings.HasSuffix(v, " <1.37.0") || lowest(v).LessThan(floor) {
			return "kubernetes " + v
		}
		return ""
	}},
	{"what the cluster has to be is said", func(e *environment) string {
		if !e.offered || !e.every(func(c gen.Criteria) bool {
			return c.OS != gen.OSAny &&
				c.Accelerator != gen.AcceleratorAny
		}) {
			return ""
		}
		for _, path := range [][2]string{{"kubernetes", "version"}, {"os", "id"}, {"driver", "version"}} {
			if e.Constraints[path[0]][path[1]] == "" {
				return "no constraint " + path[0] + "." + path[1]
			}
		}
		return ""
	}},
}

// kubeVersions are the floors of the charts, from the kubeVersion of the Chart.yaml at the versions
// in use; "" where it has none. nvsentinel's is from its README. Look it up for each component that
// comes in.
var kubeVersions = map[string]string{
	"aws-efa":               "",
	"cert-manager":          "1.22.0",
	"gpu-operator":          "1.16.0",
	"kube-prometheus-stack": "1.25.0",
	"network-operator":      "1.32.0",
	"nvidia-dra-driver-gpu": "1.32.0",
	"nvsentinel":            "1.25.0",
	"prometheus-adapter":    "",
}

// Helm refuses a chart below its kubeVersion, so a recipe that admits such a cluster can't be
// installed there.
func TestKubernetesFloor(t *testing.T) {
	c, spec := load(t)
	for _, e := range environments(t, c, spec) {
		lowest := lowest(e.Constraints["kubernetes"]["version"])
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
