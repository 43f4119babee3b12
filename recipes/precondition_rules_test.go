package recipes_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/gen"
)

// precondition returns one of the recipe by name, nil if it has none.
func (e *environment) precondition(name string) *gen.Precondition {
	i := slices.IndexFunc(e.Preconditions, func(p gen.Precondition) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return &e.Preconditions[i]
}

// noDriverFlags are how node pools are made without the driver that a service installs otherwise.
var noDriverFlags = map[gen.Service]string{
	gen.ServiceAKS: "--gpu-driver none", gen.ServiceGKE: "gpu-driver-version=disabled",
}

var (
	// installers are addresses of manifests that people are told to apply.
	installers = regexp.MustCompile(`https://\S+\.yaml`)
	pinned     = regexp.MustCompile(`^https://raw\.githubusercontent\.com/[^/]+/[^/]+/[0-9a-f]{40}/`)
	// commands are what commands and checks begin with.
	commands = regexp.MustCompile(`^(kubectl|az|grep|nvidia-smi|subscription-manager|systemctl)( |$)`)
)

var preconditionRules = []rule{
	{"preconditions are whole, and each is there once", func(e *environment) string {
		seen := map[string]bool{}
		for _, p := range e.Preconditions {
			switch {
			case seen[p.Name]:
				return p.Name + " is there twice"
			case p.Text == "" || p.Why == "" || p.Source == "":
				return p.Name + " has no text, no reason or no source"
			case p.Component != "" && e.component(p.Component) == nil:
				return fmt.Sprintf("%s is of %s, which isn't there", p.Name, p.Component)
			}
			seen[p.Name] = true
		}
		return ""
	}},
	{"commands run as they are", func(e *environment) string {
		for _, p := range e.Preconditions {
			for _, command := range []string{p.Command, p.Check} {
				if command != "" && (!commands.MatchString(command) || strings.ContainsAny(command, "<>$")) {
					return fmt.Sprintf("%s has %s", p.Name, command)
				}
			}
			if commands.MatchString(p.Text) || installers.MatchString(p.Text) {
				return p.Name + " has a command in its text"
			}
		}
		return ""
	}},
	{"installers are pinned", func(e *environment) string {
		for _, p := range e.Preconditions {
			for _, address := range installers.FindAllString(p.Command, -1) {
				if !pinned.MatchString(address) {
					return fmt.Sprintf("%s: %s is of no commit", p.Name, address)
				}
			}
		}
		return ""
	}},
	{"what a component needs is of it, so that a bundle without it doesn't ask for it", func(e *environment) string {
		for _, p := range e.Preconditions {
			if p.Component == "" && p.Name != "eks-support" { // that is on the cluster itself
				return p.Name + " is of no component"
			}
		}
		return ""
	}},
	{"whether a driver is there is what the check shows", func(e *environment) string {
		p := e.precondition("driver")
		for _, shows := range []string{
			"nvidia-smi", "/proc/modules", "gke-gpu-driver-version", "nvidia-driver-installer",
		} {
			if p != nil && strings.Contains(p.Check, shows) {
				return ""
			}
		}
		return "it doesn't"
	}},
	{"AKS' own device plugin can be switched off", func(e *environment) string {
		const service = "nvidia-device-plugin.service"
		p := e.precondition("aks-device-plugin")
		if p != nil && (!strings.Contains(p.Command, service) || !strings.Contains(p.Check, service)) {
			return "nothing says how"
		}
		return ""
	}},
	{"what RHEL 8 needs is asked for where it can be", func(e *environment) string {
		id, release := e.Constraints["os"]["id"], e.Constraints["os"]["version"]
		can := id == "rhel" && (admits(release, "8.8") || admits(release, "8.10"))
		if has := e.precondition("rhel-selinux") != nil; has != can {
			return fmt.Sprintf("rhel-selinux is there: %t, with %s %s", has, id, release)
		}
		return ""
	}},
	{"the recipe says where the driver comes from", func(e *environment) string {
		p := e.precondition("driver")
		if p == nil {
			return "no precondition driver"
		}
		const none = "The GPU nodes have no NVIDIA driver"
		if !ownDriver(e) && strings.HasPrefix(p.Text, none) {
			return "the operator installs no driver, and nobody says who does"
		}
		for service, flag := range noDriverFlags {
			if ownDriver(e) && e.every(on(service)) && !strings.Contains(p.Text, flag) {
				return "two drivers: nothing says " + flag
			}
		}
		return ""
	}},
	{"Container-Optimized OS has Google's driver installer", func(e *environment) string {
		p := e.precondition("driver")
		if !e.every(func(c gen.Criteria) bool { return c.Service == gen.ServiceGKE && c.OS == gen.OSCOS }) {
			return ""
		}
		isA4X := e.every(with(gen.AcceleratorGb200))
		if !strings.Contains(p.Text, noDriverFlags[gen.ServiceGKE]) || !installers.MatchString(p.Command) ||
			strings.Contains(p.Command, "a4x.yaml") != isA4X {
			return p.Text + " " + p.Command
		}
		return ""
	}},
	{"no second device plugin of a service", func(e *environment) string {
		for service, name := range map[gen.Service]string{
			gen.ServiceAKS: "aks-unmanaged-gpus", gen.ServiceGKE: "gke-device-plugin", gen.ServiceOKE: "oke-addons",
		} {
			if e.every(on(service)) && e.precondition(name) == nil {
				return "nothing says " + name
			}
		}
		return ""
	}},
	{"one IMEX on a node", func(e *environment) string {
		if (e.component("nvidia-dra-driver-gpu") != nil) != (e.precondition("imex-service") != nil) {
			return "imex-service without ComputeDomains, or the other way round"
		}
		return ""
	}},
	{"a module parameter that the operator can't set is asked for", func(e *environment) string {
		// DMA-BUF over a fabric needs it on GB200 (NVIDIA/aicr#668); with its own driver the
		// operator sets it.
		c := e.criteria[0]
		if !e.offered || c.Accelerator != gen.AcceleratorGb200 || c.Intent == gen.IntentAny || c.OS == gen.OSAny ||
			c.Service != gen.ServiceEKS && c.Service != gen.ServiceOKE {
			return ""
		}
		isSet := value(operator(e), "driver.kernelModuleConfig.name") != nil && ownDriver(e)
		if isSet == (e.precondition("topology-override") != nil) {
			return "topology-override is set by nobody, or by two"
		}
		return ""
	}},
	{"a driver that waits for OFED restarts once", func(e *environment) string {
		if value(operator(e), "driver.rdma.enabled") == true && e.precondition("first-install") == nil {
			return "nothing says so"
		}
		return ""
	}},
	{"what isn't built needs no packages", func(e *environment) string {
		rhel := e.every(func(c gen.Criteria) bool { return c.OS == gen.OSRHEL })
		if has := e.precondition("rhel-subscription") != nil; e.offered && has != (rhel && ownDriver(e)) {
			return fmt.Sprintf("rhel-subscription is there: %t", has)
		}
		return ""
	}},
	{"a training recipe of GKE says what its fabric is", func(e *environment) string {
		isIt := e.every(func(c gen.Criteria) bool {
			return c.Service == gen.ServiceGKE && c.Intent == gen.IntentTraining
		})
		if isIt && e.precondition("fabric") == nil {
			return "nothing says so"
		}
		return ""
	}},
}
