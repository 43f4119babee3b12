package recipes_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/util/version"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

// rule says what is wrong with a recipe, "" if nothing. Each stands for a way in which charts fail
// together on a real cluster.
type rule struct {
	name  string
	check func(e *environment) string
}

// TestRules holds the recipe of every combination of criteria against every rule.
func TestRules(t *testing.T) {
	c, spec := load(t)
	all := environments(t, c, spec)
	for _, r := range slices.Concat(gpuOperatorRules, sharingRules, monitoringRules, fabricRules, multiNodeNVLinkRules,
		constraintRules, driverRules, platformRules, preconditionRules) {
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

// ownDriver reports whether the GPU Operator installs the driver, which is the chart's default.
func ownDriver(e *environment) bool { return value(operator(e), "driver.enabled") != false }

// offers are the GPUs that each service has for each system of its GPU nodes. No service has RHEL;
// Google and Azure have no L40; Google's GB200 nodes (A4X) run Container-Optimized OS only.
var offers = map[gen.Service]map[gen.OS][]gen.Accelerator{
	gen.ServiceAny: {
		gen.OSUbuntu: {gen.AcceleratorA100, gen.AcceleratorGb200, gen.AcceleratorH100, gen.AcceleratorL40},
		gen.OSRHEL:   {gen.AcceleratorA100, gen.AcceleratorGb200, gen.AcceleratorH100, gen.AcceleratorL40},
	},
	gen.ServiceEKS: {
		gen.OSUbuntu:      {gen.AcceleratorA100, gen.AcceleratorGb200, gen.AcceleratorH100, gen.AcceleratorL40},
		gen.OSAmazonlinux: {gen.AcceleratorA100, gen.AcceleratorGb200, gen.AcceleratorH100, gen.AcceleratorL40},
	},
	gen.ServiceGKE: {
		gen.OSCOS:    {gen.AcceleratorA100, gen.AcceleratorGb200, gen.AcceleratorH100},
		gen.OSUbuntu: {gen.AcceleratorA100, gen.AcceleratorH100},
	},
	gen.ServiceAKS: {gen.OSUbuntu: {gen.AcceleratorA100, gen.AcceleratorGb200, gen.AcceleratorH100}},
	gen.ServiceOKE: {gen.OSUbuntu: {gen.AcceleratorA100, gen.AcceleratorGb200, gen.AcceleratorH100,
		gen.AcceleratorL40}},
}

// offered reports whether a service has such an environment; what is any may be anything that it
// has.
func offered(c gen.Criteria) bool {
	for os, accelerators := range offers[c.Service] {
		if (c.OS == gen.OSAny || c.OS == os) && (c.Accelerator == gen.AcceleratorAny ||
			slices.Contains(accelerators, c.Accelerator)) {
			return true
		}
	}
	return false
}

func on(service gen.Service) func(gen.Criteria) bool {
	return func(c gen.Criteria) bool { return c.Service == service }
}

func with(accelerator gen.Accelerator) func(gen.Criteria) bool {
	return func(c gen.Criteria) bool { return c.Accelerator == accelerator }
}

func not(is func(gen.Criteria) bool) func(gen.Criteria) bool {
	return func(c gen.Criteria) bool { return !is(c) }
}

var gpuOperatorRules = []rule{
	{"module parameters ship before the chart that reads them", func(e *environment) string {
		// The operator reads the ConfigMap from its own namespace when it builds the driver
		// DaemonSet and stops without it (gpu-operator controllers/object_controls.go); with
		// --wait, one that came after the chart would never be applied.
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
		// Both are sidecars of the driver pod; the validator waits for modules that nobody loads
		// without it, and they crash-loop off Ubuntu (NVIDIA/gpu-operator#2911).
		ubuntu := e.every(func(c gen.Criteria) bool { return c.OS == gen.OSUbuntu })
		for _, sidecar := range []string{"gdrcopy", "gds"} {
			if value(operator(e), sidecar+".enabled") == true && !(ubuntu && ownDriver(e)) {
				return sidecar + " is on"
			}
		}
		return ""
	}},
	{"no gds on GB200", func(e *environment) string {
		// Coherent driver memory, which GB200 needs, excludes GPUDirect Storage (gpu-operator
		// release note of v25.3.2).
		if value(operator(e), "gds.enabled") == true &&
			!e.every(func(c gen.Criteria) bool { return c.Accelerator != gen.AcceleratorGb200 }) {
			return "gds is on"
		}
		return ""
	}},
	{"nvidia-peermem only with MOFED", func(e *environment) string {
		// driver.rdma.enabled loads nvidia-peermem; without Mellanox OFED, as on EFA nodes, that
		// fails and blocks the driver.
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
	{"nvidia-peermem doesn't wait for OFED on Ethernet nodes", func(e *environment) string {
		// With driver.rdma.enabled the driver waits for OFED on each node labelled pci-15b3.present
		// (gpu-operator cmd/nvidia-validator/main.go), and the policy puts OFED there; on Azure
		// every NIC is from that vendor.
		if value(operator(e), "driver.rdma.enabled") != true || e.every(not(on(gen.ServiceAKS))) {
			return ""
		}
		const whitelist = "node-feature-discovery.worker.config.sources.pci.deviceClassWhitelist"
		classes, _ := value(operator(e), whitelist).([]any)
		if !slices.Contains(classes, any("0207")) || slices.Contains(classes, any("02")) ||
			slices.Contains(classes, any("0200")) {
			return fmt.Sprintf("Node Feature Discovery labels PCI classes %v", classes)
		}
		return ""
	}},
	{"no toolkit of the host beside the operator's driver", func(e *environment) string {
		// Images that bring the toolkit bring the driver as well; the hybrid fits none of them
		// (NVIDIA/aicr#1680).
		if value(operator(e), "toolkit.enabled") == false && ownDriver(e) {
			return "toolkit.enabled is false, driver.enabled is not"
		}
		return ""
	}},
	{"the runtime class of a node image that brings the toolkit", func(e *environment) string {
		// AKS' images know nvidia-container-runtime alone; what asks for the operator's class has
		// to ask for the same one.
		class := value(operator(e), "operator.runtimeClass")
		if e.every(on(gen.ServiceAKS)) && value(operator(e), "toolkit.enabled") == false &&
			class != "nvidia-container-runtime" {
			return fmt.Sprintf("operator.runtimeClass is %v", class)
		}
		if collector := value(e.component("nvsentinel"), "metadata-collector.runtimeClassName"); class != collector {
			return fmt.Sprintf("operator.runtimeClass is %v, nvsentinel's metadata-collector.runtimeClassName %v",
				class, collector)
		}
		return ""
	}},
	{"Container-Optimized OS takes the driver and the toolkit where it can be written", func(e *environment) string {
		if !e.every(func(c gen.Criteria) bool { return c.Service == gen.ServiceGKE && c.OS == gen.OSCOS }) {
			return ""
		}
		const dir = "/home/kubernetes/bin/nvidia"
		if ownDriver(e) || value(operator(e), "hostPaths.driverInstallDir") != dir ||
			value(operator(e), "toolkit.installDir") != dir {
			return "driver.enabled, hostPaths.driverInstallDir or toolkit.installDir are not those of GKE"
		}
		return ""
	}},
	{"the toolkit reads containerd's file, where its answer misleads", func(e *environment) string {
		// With containerd 2 (NVIDIA/aicr#1688), which all nodes can have but OKE's: they run CRI-O.
		want := "file"
		if e.every(on(gen.ServiceOKE)) {
			want = "command,file"
		}
		if value(operator(e), "toolkit.enabled") != false &&
			!hasEnv(operator(e), "toolkit.env", "RUNTIME_CONFIG_SOURCE", want) {
			return "toolkit.env has no RUNTIME_CONFIG_SOURCE=" + want
		}
		return ""
	}},
	{"GKE admits the critical pods", func(e *environment) string {
		if e.every(on(gen.ServiceGKE)) && manifest(operator(e), "ResourceQuota", "") == nil {
			return "no ResourceQuota in the operator's namespace"
		}
		return ""
	}},
	{"a host's driver where the image has one, the operator's elsewhere", func(e *environment) string {
		if !e.offered || e.criteria[0].OS == gen.OSAny && e.criteria[0].Service != gen.ServiceOKE {
			return ""
		}
		c := e.criteria[0]
		host := c.OS == gen.OSAmazonlinux || c.OS == gen.OSCOS || c.Service == gen.ServiceOKE ||
			c.Accelerator == gen.AcceleratorGb200 && (c.OS == gen.OSRHEL || c.Service == gen.ServiceAKS)
		if host == ownDriver(e) {
			return fmt.Sprintf("driver.enabled is %v", value(operator(e), "driver.enabled"))
		}
		return ""
	}},
	{"no R595 driver for EFA on GB200", func(e *environment) string {
		// It dropped NVreg_GrdmaPciTopoCheckOverride (NVIDIA/aicr#2439).
		if e.component("aws-efa") == nil || !e.every(with(gen.AcceleratorGb200)) {
			return ""
		}
		driver := e.Constraints["driver"]["version"]
		if installed, _ := value(operator(e), "driver.version").(string); admits(driver, "595.0.0") ||
			ownDriver(e) && !strings.HasPrefix(installed, "580.") {
			return fmt.Sprintf("driver %q", driver)
		}
		return ""
	}},
	{"no version with a fault that these recipes meet", func(e *environment) string {
		for _, ref := range e.ComponentRefs {
			v := version.MustParseSemantic(ref.Version)
			from := func(low string) bool { return v.AtLeast(version.MustParseSemantic(low)) }
			switch {
			// The device plugin injects every ibverbs device into every GPU pod (gpu-operator
			// release notes, 26.3.3).
			case ref.Name == "gpu-operator" && from("v26.3.0") && !from("v26.3.3"),
				// GPU Operator 26.7 brings the CRD of ComputeDomains in the form of 0.5
				// (NVIDIA/aicr#2439).
				ref.Name == "nvidia-dra-driver-gpu" && !from("0.5.0"),
				// kubeVersion without -0 refuses the suffixed versions of managed clusters; 25.10
				// needs the internet for a schema.
				ref.Name == "network-operator" && !from("26.1.0"),
				// The controller requires a control-plane node, which managed clusters don't have;
				// fixed in 0.4.
				ref.Name == "nvidia-dra-driver-gpu" && from("25.0.0"),
				// RDMA with GPU Operator 26.3.2 isn't supported on it (NVIDIA/cloud-native-stack
				// v26.6.0, README), and the GPU Operator's pages never list it.
				ref.Name == "network-operator" && from("26.4.0") && !from("26.7.0"):
				return ref.Name + " " + ref.Version
			}
		}
		return ""
	}},
	{"no second advertiser of nvidia.com/gpu", func(e *environment) string {
		// The device plugin, on by default, and DRA would hand out the same GPU twice; so the DRA
		// chart has to be told.
		dra := e.component("nvidia-dra-driver-gpu")
		if dra != nil && value(dra, "resources.gpus.enabled") != false &&
			value(operator(e), "devicePlugin.enabled") != false {
			return "resources.gpus.enabled is not false beside the device plugin"
		}
		return ""
	}},
}

func hasEnv(ref *gen.ComponentRef, keys, name, want string) bool {
	env, _ := value(ref, keys).([]any)
	return slices.ContainsFunc(env, func(v any) bool {
		m, _ := v.(map[string]any)
		return m["name"] == name && m["value"] == want
	})
}

var sharingRules = []rule{
	{"MIG only where it works", func(e *environment) string {
		// L40 has none (MIG user guide, "Supported GPUs"); on GB200 coherent driver memory excludes
		// it.
		mig := !e.every(not(with(gen.AcceleratorL40))) || !e.every(not(with(gen.AcceleratorGb200)))
		if strategy := value(operator(e), "mig.strategy"); strategy != nil && mig {
			return fmt.Sprintf("mig.strategy is %v", strategy)
		}
		return ""
	}},
	{"H100 and A100 can be sliced for inference", func(e *environment) string {
		if !e.every(func(c gen.Criteria) bool {
			return c.Intent == gen.IntentInference &&
				(c.Accelerator == gen.AcceleratorA100 || c.Accelerator == gen.AcceleratorH100)
		}) {
			return ""
		}
		if value(operator(e), "mig.strategy") != "mixed" || value(operator(e), "migManager.enabled") == false {
			return "mig.strategy is not mixed, or there is no MIG manager"
		}
		return ""
	}},
	{"time slicing is a node's choice", func(e *environment) string {
		// The metrics of a sliced GPU name no pod (GPU Operator docs, "Time-Slicing GPUs in
		// Kubernetes"), and autoscaling goes by them.
		config, _ := value(operator(e), "devicePlugin.config").(map[string]any)
		if config == nil {
			return ""
		}
		name, _ := config["name"].(string)
		data, _ := config["data"].(map[string]any)
		if config["create"] != true || name == "" || len(data) == 0 {
			return fmt.Sprintf("devicePlugin.config names what isn't there: %v", config)
		}
		if chosen, _ := config["default"].(string); chosen != "" {
			return "devicePlugin.config.default is " + chosen
		}
		return ""
	}},
	{"MIG changes reboot virtual machines", func(e *environment) string {
		// GPU Operator docs, "GPU Operator with MIG", on cloud service providers. Oracle's GPU
		// shapes are bare metal.
		if (e.every(on(gen.ServiceEKS)) || e.every(on(gen.ServiceGKE)) || e.every(on(gen.ServiceAKS))) &&
			!hasEnv(operator(e), "migManager.env", "WITH_REBOOT", "true") {
			return "migManager.env has no WITH_REBOOT=true"
		}
		return ""
	}},
}

// dcgmSeries are the series that the recipes may build on: enabled in dcgm-exporter
// etc/dcp-metrics-included.csv, which is the set that the GPU Operator chooses.
var dcgmSeries = []string{
	"DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_FB_USED", "DCGM_FI_DEV_FB_FREE", "DCGM_FI_DEV_POWER_USAGE",
	"DCGM_FI_DEV_GPU_TEMP", "DCGM_FI_DEV_XID_ERRORS", "DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL",
	"DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS", "DCGM_FI_DEV_ROW_REMAP_FAILURE", "DCGM_FI_PROF_GR_ENGINE_ACTIVE",
	"DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", "DCGM_FI_PROF_DRAM_ACTIVE",
}
