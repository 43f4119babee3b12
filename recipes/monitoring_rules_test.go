package recipes_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

var monitoringRules = []rule{
	{"inference scales by the load of its GPUs", func(e *environment) string {
		rules, _ := value(e.component("prometheus-adapter"), "rules.custom").([]any)
		for _, r := range rules {
			query, _ := r.(map[string]any)["seriesQuery"].(string)
			if series, _, _ := strings.Cut(query, "{"); !slices.Contains(dcgmSeries, series) {
				return "rules.custom: DCGM exporter doesn't collect " + series
			}
		}
		if e.every(func(c gen.Criteria) bool { return c.Intent == gen.IntentInference }) {
			for _, want := range []string{"DCGM_FI_DEV_GPU_UTIL{", "DCGM_FI_PROF_GR_ENGINE_ACTIVE{"} {
				if !slices.ContainsFunc(rules, func(r any) bool {
					query, _ := r.(map[string]any)["seriesQuery"].(string)
					return strings.HasPrefix(query, want)
				}) {
					return "rules.custom has nothing on " + want
				}
			}
			monitor := "dcgmExporter.serviceMonitor."
			if value(operator(e), monitor+"enabled") != true || value(operator(e), monitor+"honorLabels") != true {
				return "the exporter's metrics don't reach Prometheus with the pod's labels"
			}
		}
		return ""
	}},
	{"prometheus-adapter reads the Prometheus of the bundle", func(e *environment) string {
		stack := e.component("kube-prometheus-stack")
		if stack == nil {
			return "no kube-prometheus-stack"
		}
		if e.component("prometheus-adapter") == nil {
			return ""
		}
		want := fmt.Sprintf("http://%v-prometheus.%s.svc", value(stack, "fullnameOverride"), stack.Namespace)
		if url := value(e.component("prometheus-adapter"), "prometheus.url"); url != want {
			return fmt.Sprintf("prometheus.url is %v, want %s", url, want)
		}
		return ""
	}},
	{"only what Prometheus can reach is scraped", func(e *environment) string {
		// A managed control plane is outside of the cluster, and kubeadm's listens on localhost.
		reachable := map[string]bool{
			"kubeControllerManager": false, "kubeEtcd": false, "kubeProxy": false, "kubeScheduler": false,
			"coreDns": !e.every(on(gen.ServiceGKE)),
			// Up to GKE 1.35 (GKE docs, "About kube-dns for GKE").
			"kubeDns": e.every(on(gen.ServiceGKE)),
		}
		for part, want := range reachable {
			scraped, isStated := value(e.component("kube-prometheus-stack"), part+".enabled").(bool)
			if !isStated {
				scraped = part != "kubeDns" // the chart's default
			}
			if scraped != want {
				return fmt.Sprintf("%s is scraped: %t, want %t", part, scraped, want)
			}
		}
		return ""
	}},
	{"who has another DNS than is scraped is told what to set", func(e *environment) string {
		// CoreDNS is GKE's from 1.36 on.
		isOpen := value(e.component("kube-prometheus-stack"), "kubeDns.enabled") == true &&
			admits(e.Constraints["kubernetes"]["version"], "1.36.0")
		p := e.precondition("gke-dns")
		if isOpen != (p != nil) {
			return fmt.Sprintf("gke-dns is there: %t", p != nil)
		}
		if isOpen && (!strings.Contains(p.Text, "coreDns.enabled=true") ||
			!strings.Contains(p.Text, "kubeDns.enabled=false") || !strings.Contains(p.Check, "kube-system")) {
			return p.Text + " " + p.Check
		}
		return ""
	}},
	{"monitors come after the Prometheus CRDs", func(e *environment) string {
		// A chart with a ServiceMonitor or PodMonitor can't be installed without the CRDs, and
		// ClusterPolicy never gets ready.
		crds := e.component("kube-prometheus-stack")
		for name, path := range map[string]string{
			"gpu-operator": "dcgmExporter.serviceMonitor.enabled", "cert-manager": "prometheus.servicemonitor.enabled",
			"nvsentinel": "",
		} {
			ref := e.component(name)
			uses := ref != nil && (path != "" && value(ref, path) == true || path == "" &&
				value(ref, "podMonitor.enabled") != false)
			if uses && (crds == nil || ref.Order < crds.Order || !slices.Contains(ref.DependencyRefs, crds.Name)) {
				return name + " is not bound to come after kube-prometheus-stack"
			}
		}
		return ""
	}},
	{"nvsentinel finds DCGM", func(e *environment) string {
		// It talks to nvidia-dcgm.gpu-operator.svc:5555 by default; that Service exists with the
		// standalone engine alone.
		if e.component("nvsentinel") == nil || value(e.component("nvsentinel"), "global.dcgm.service") != nil {
			return ""
		}
		if operator(e) == nil || operator(e).Namespace != "gpu-operator" || value(operator(e), "dcgm.enabled") != true {
			return "gpu-operator is not in namespace gpu-operator with dcgm.enabled"
		}
		return ""
	}},
	{"nvsentinel knows where there is no driver pod", func(e *environment) string {
		// Its labeler recognises nodes by the driver pod; without one and without this three
		// DaemonSets select no node (NVIDIA/aicr#2175).
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
