package recipes_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle/bundletest"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
)

var platformRules = []rule{
	{"a pod gets the GPUs that it requests, and no others", func(e *environment) string {
		// Toolkit and device plugin belong together: with CDI, which is on by default, pods get
		// their GPUs without the variable; by other strategies they would get none.
		if value(operator(e), "toolkit.enabled") == false {
			if e.precondition("host-toolkit") == nil {
				return "nobody says what the node's toolkit has to refuse"
			}
			if env := value(operator(e), "toolkit.env"); env != nil {
				return fmt.Sprintf("no toolkit of the operator reads toolkit.env: %v", env)
			}
			return ""
		}
		if !hasEnv(operator(e), "toolkit.env", "ACCEPT_NVIDIA_VISIBLE_DEVICES_ENVVAR_WHEN_UNPRIVILEGED", "false") {
			return "any pod can set NVIDIA_VISIBLE_DEVICES"
		}
		env, _ := value(operator(e), "devicePlugin.env").([]any)
		setsStrategy := func(v any) bool { return v.(map[string]any)["name"] == "DEVICE_LIST_STRATEGY" }
		if value(operator(e), "cdi.enabled") == false || slices.ContainsFunc(env, setsStrategy) {
			return "the device plugin doesn't hand GPUs out by CDI"
		}
		return ""
	}},
	{"Prometheus is bounded", func(e *environment) string {
		const spec = "prometheus.prometheusSpec."
		stack := e.component("kube-prometheus-stack")
		for _, path := range []string{"retentionSize", "resources.requests.memory", "resources.limits.memory"} {
			if stack != nil && value(stack, spec+path) == nil {
				return "no " + spec + path
			}
		}
		if value(operator(e), "dcgmExporter.resources.requests") == nil {
			return "no dcgmExporter.resources.requests"
		}
		return ""
	}},
	{"Prometheus and Grafana find the alerts and the dashboard", func(e *environment) string {
		stack := e.component("kube-prometheus-stack")
		if value(stack, "prometheus.prometheusSpec.ruleSelectorNilUsesHelmValues") != false {
			return "Prometheus wants rules with the label of its release"
		}
		dashboard := manifest(operator(e), "ConfigMap", "gpu-dashboard")
		if manifest(operator(e), "PrometheusRule", "") == nil || dashboard == nil {
			return "the operator comes without alerts or dashboard"
		}
		labels, _ := dashboard["metadata"].(map[string]any)["labels"].(map[string]any)
		if labels["grafana_dashboard"] != "1" {
			return fmt.Sprintf("the dashboard has the labels %v", labels)
		}
		return ""
	}},
	{"a request for two slices of a GPU is an error", func(e *environment) string {
		data, _ := value(operator(e), "devicePlugin.config.data").(map[string]any)
		for name, config := range data {
			if strings.Contains(config.(string), "timeSlicing:") &&
				!strings.Contains(config.(string), "failRequestsGreaterThanOne: true") {
				return "devicePlugin.config.data." + name
			}
		}
		return ""
	}},
	{"prometheus-adapter only where it has rules", func(e *environment) string {
		adapter := e.component("prometheus-adapter")
		if rules, _ := value(adapter, "rules.custom").([]any); adapter != nil && len(rules) == 0 {
			return "it has none of the recipe's"
		}
		return ""
	}},
	{"OFED is replaced on one node at a time, drained", func(e *environment) string {
		ofed, _ := value(policy(e), "spec.ofedDriver").(map[string]any)
		if ofed == nil {
			return ""
		}
		for _, field := range []string{"startupProbe", "livenessProbe", "readinessProbe"} {
			if ofed[field] == nil {
				return "no ofedDriver." + field
			}
		}
		const upgrade = "spec.ofedDriver.upgradePolicy."
		if value(policy(e), upgrade+"drain.enable") != true ||
			value(policy(e), upgrade+"maxParallelUpgrades") != int64(1) {
			return fmt.Sprintf("ofedDriver.upgradePolicy is %v", ofed["upgradePolicy"])
		}
		return ""
	}},
	{"pods get no NIC of management", func(e *environment) string {
		// Where a vendor is all that is asked of a NIC, those are in.
		for _, plugin := range []string{"rdmaSharedDevicePlugin", "sriovDevicePlugin"} {
			text, _ := value(policy(e), "spec."+plugin+".config").(string)
			var config map[string][]struct{ Selectors map[string]any }
			if text == "" {
				continue
			}
			if err := json.Unmarshal([]byte(text), &config); err != nil {
				return err.Error()
			}
			for _, resources := range config {
				for _, r := range resources {
					if r.Selectors["linkTypes"] == nil && r.Selectors["ifNames"] == nil {
						return fmt.Sprintf("%s selects %v", plugin, r.Selectors)
					}
				}
			}
		}
		return ""
	}},
}

// policy is the recipe's NicClusterPolicy, as values.
func policy(e *environment) *gen.ComponentRef {
	network := e.component("network-operator")
	if network == nil {
		return nil
	}
	return &gen.ComponentRef{Values: manifest(network, "NicClusterPolicy", "")}
}

// unlabelled are the components that need nothing of their namespace: their charts' pods keep to
// the standard restricted, but for aws-efa, whose component.yaml says why. Look it up for each one
// that comes in.
var unlabelled = []string{"aws-efa", "cert-manager", "prometheus-adapter"}

// TestPodSecurity wants a label in the bundles of each deployer on every namespace that needs one.
func TestPodSecurity(t *testing.T) {
	c, spec := load(t)
	for _, e := range environments(t, c, spec) {
		for _, ref := range e.ComponentRefs {
			if isKnown := slices.Contains(unlabelled, ref.Name); isKnown != (ref.PodSecurity == "") {
				t.Errorf("%s has podSecurity %q: look up what its pods need", ref.Name, ref.PodSecurity)
			}
		}
		for _, params := range []gen.CreateBundleParams{
			{Deployer: gen.DeployerHelm}, {Deployer: gen.DeployerHelmfile},
			{Deployer: gen.DeployerFlux}, {Deployer: gen.DeployerFlux, Repo: "https://git.example.com/a.git"},
			{Deployer: gen.DeployerArgocd}, {Deployer: gen.DeployerArgocd, Repo: "https://git.example.com/a.git"},
		} {
			b := bundleOf(t, c, e, params)
			for _, ref := range e.ComponentRefs {
				if ref.PodSecurity == "" {
					continue
				}
				file := "namespaces/namespace-" + ref.Namespace + ".yaml"
				if params.Deployer == gen.DeployerArgocd && params.Repo != "" {
					file = "applications/" + ref.Name + ".yaml"
				}
				label := fmt.Sprintf("pod-security.kubernetes.io/enforce: %s\n", ref.PodSecurity)
				if !strings.Contains(textOf(b, file), label) {
					t.Errorf("%v: %s: no label on %s", e.Metadata.AppliedOverlays, params.Deployer, ref.Namespace)
				}
			}
		}
	}
}

func bundleOf(t *testing.T, c *catalog.Catalog, e *environment, params gen.CreateBundleParams) bundle.Bundle {
	t.Helper()
	o := bundle.Options{Limits: document.Limits{Bytes: 1 << 20, Values: 1 << 16, Levels: 64}}
	var body gen.RecipeOrCriteria
	if err := body.FromRecipeCriteria(gen.RecipeCriteria{Spec: e.criteria[0]}); err != nil {
		t.Fatal(err)
	}
	b, err := bundle.NewBuilder(source{c}, o).Build(t.Context(), body, params)
	if err != nil {
		t.Fatalf("%v: %v", e.Metadata.AppliedOverlays, err)
	}
	return b
}

// textOf returns a file of a bundle, empty if there is none.
func textOf(b bundle.Bundle, path string) string {
	for _, f := range b.Files {
		if f.Path == path {
			return string(f.Data())
		}
	}
	return ""
}

// What the network operator starts on GPU nodes has to tolerate their taints, such as the one that
// Microsoft's guide gives GPU pools.
func TestTolerationsReachPolicies(t *testing.T) {
	c, spec := load(t)
	params := gen.CreateBundleParams{
		Deployer: gen.DeployerHelm, AcceleratedNodeToleration: []string{"sku=gpu:NoSchedule"},
	}
	for _, e := range environments(t, c, spec) {
		if e.component("network-operator") == nil {
			continue
		}
		b := bundleOf(t, c, e, params)
		for _, warning := range b.Warnings {
			if strings.HasPrefix(warning, "accelerated-node-toleration ") &&
				strings.Contains(warning, "network-operator") {
				t.Errorf("%v: %s", e.Metadata.AppliedOverlays, warning)
			}
		}
		isThere := false
		for _, f := range b.Files {
			if !strings.HasSuffix(f.Path, "-nicclusterpolicy.yaml") {
				continue
			}
			object := bundletest.DecodeYAML(t, f)[0].(map[string]any)
			list, _ := value(&gen.ComponentRef{Values: object}, "spec.tolerations").([]any)
			isThere = slices.ContainsFunc(list, func(v any) bool { return v.(map[string]any)["key"] == "sku" }) &&
				slices.ContainsFunc(list, func(v any) bool { return v.(map[string]any)["key"] == "nvidia.com/gpu" })
		}
		if !isThere {
			t.Errorf("%v: the policy lacks a toleration", e.Metadata.AppliedOverlays)
		}
	}
}

// TestAlerts holds alerts and dashboard against what is collected. A series has the labels of the
// pod that uses the GPU, so that without an aggregation each pod would begin a new alert.
func TestAlerts(t *testing.T) {
	c, _ := load(t)
	component, _ := c.Component("gpu-operator")
	series := regexp.MustCompile(`DCGM_[A-Z0-9_]+`)
	aggregated := regexp.MustCompile(`max by \(Hostname, gpu[A-Za-z, ]*\) \((rate\()?DCGM_`)
	check := func(name, expr string) {
		for _, s := range series.FindAllString(expr, -1) {
			if !slices.Contains(dcgmSeries, s) {
				t.Errorf("%s: DCGM exporter doesn't collect %s", name, s)
			}
		}
		if strings.Contains(aggregated.ReplaceAllString(expr, ""), "DCGM_") {
			t.Errorf("%s keeps the labels of pods: %s", name, expr)
		}
	}
	alerts := 0
	for _, group := range component.Objects["gpu-alerts.yaml"]["spec"].(map[string]any)["groups"].([]any) {
		for _, r := range group.(map[string]any)["rules"].([]any) {
			rule := r.(map[string]any)
			name, _ := rule["alert"].(string)
			check(name, rule["expr"].(string))
			if name == "" {
				continue
			}
			alerts++
			annotations, _ := rule["annotations"].(map[string]any)
			if annotations["summary"] == nil || annotations["description"] == nil {
				t.Errorf("%s has the annotations %v", name, annotations)
			}
		}
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	text := component.Objects["gpu-dashboard.yaml"]["data"].(map[string]any)["gpu.json"].(string)
	if err := json.Unmarshal([]byte(text), &dashboard); err != nil {
		t.Fatal(err)
	}
	for _, p := range dashboard.Panels {
		check(p.Title, p.Targets[0].Expr)
	}
	if alerts < 5 || len(dashboard.Panels) < 5 {
		t.Errorf("%d alerts and %d panels", alerts, len(dashboard.Panels))
	}
}
