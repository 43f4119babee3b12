package docs

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/NVIDIA/cloud-native-stack/test/harness"
)

// kubernetes reads docs/kubernetes.yaml by Kubernetes' own types, and tries its variables and
// probes on the real server.
func kubernetes(t *testing.T, binary string) {
	var deployment appsv1.Deployment
	var service corev1.Service
	documents := strings.Split(read(t, "docs/kubernetes.yaml"), "\n---\n")
	if len(documents) != 2 {
		t.Fatalf("%d documents, want a Deployment and a Service", len(documents))
	}
	for i, object := range []any{&deployment, &service} {
		if err := yaml.UnmarshalStrict([]byte(documents[i]), object); err != nil {
			t.Fatal(err)
		}
	}
	container := deployment.Spec.Template.Spec.Containers[0]
	var variables []string
	for _, v := range container.Env {
		variables = append(variables, v.Name+"="+v.Value)
	}
	s := newPage(t, binary, "kubernetes").serve(t, variables...)
	for _, probe := range []*corev1.Probe{container.LivenessProbe, container.ReadinessProbe} {
		s.Get(t, probe.HTTPGet.Path)
		if probe.HTTPGet.Port.String() != container.Ports[0].Name {
			t.Errorf("%s is asked for at port %s, which the container doesn't have",
				probe.HTTPGet.Path, &probe.HTTPGet.Port)
		}
	}
	checkTimes(t, binary, deployment.Spec.Template.Spec, variables)
	checkPorts(t, binary, deployment, service)
	const most = 80_000_000 // bytes, whatever clients send: docs/performance.md
	if memory := container.Resources.Limits.Memory(); memory.Value() <= most {
		t.Errorf("the limit of %s isn't above what the server may take", memory)
	}
}

// checkTimes makes sure that the pod gets no more requests before the server stops, and isn't
// killed while it does.
func checkTimes(t *testing.T, binary string, pod corev1.PodSpec, variables []string) {
	t.Helper()
	drain := duration(t, value(variables, "CNS_DRAIN_DELAY"))
	ends := drain + duration(t, setting(t, binary, "CNS_SHUTDOWN_TIMEOUT"))
	if grace := time.Duration(*pod.TerminationGracePeriodSeconds) * time.Second; grace <= ends {
		t.Errorf("the pod is killed after %s, and the server takes up to %s", grace, ends)
	}
	probe := pod.Containers[0].ReadinessProbe
	if time.Duration(probe.PeriodSeconds*probe.FailureThreshold)*time.Second >= drain {
		t.Errorf("the readiness probe fails after the drain delay of %s", drain)
	}
}

// checkPorts follows the way from the Service, and from Prometheus, to the server.
func checkPorts(t *testing.T, binary string, deployment appsv1.Deployment, service corev1.Service) {
	t.Helper()
	pod := deployment.Spec.Template
	for key, value := range service.Spec.Selector {
		if pod.Labels[key] != value || deployment.Spec.Selector.MatchLabels[key] != value {
			t.Errorf("the selector %s=%s finds no pod", key, value)
		}
	}
	port := pod.Spec.Containers[0].Ports[0]
	number := strconv.Itoa(int(port.ContainerPort))
	if number != setting(t, binary, "PORT") || number != pod.Annotations["prometheus.io/port"] {
		t.Errorf("port %s isn't the server's, or not the one that is scraped", number)
	}
	if service.Spec.Ports[0].TargetPort.String() != port.Name {
		t.Error("the Service leads to no port of the container")
	}
}

// setting returns the default of a variable.
func setting(t *testing.T, binary, variable string) string {
	t.Helper()
	help, err := exec.CommandContext(t.Context(), binary, "--help").Output()
	match := regexp.MustCompile(`(?m)^ +` + variable + ` +(\S+)`).FindSubmatch(help)
	if err != nil || match == nil {
		t.Fatalf("--help has no %s: %v", variable, err)
	}
	return string(match[1])
}

// serve runs a server with these variables.
func (p *page) serve(t *testing.T, variables ...string) *harness.Process {
	t.Helper()
	return start(t, p.dir, slices.Concat(p.env, variables), "")
}

func value(variables []string, name string) string {
	for _, v := range variables {
		if value, ok := strings.CutPrefix(v, name+"="); ok {
			return value
		}
	}
	return ""
}

func duration(t *testing.T, text string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// unit tries the systemd unit's variables on the real server. Only its folder of recipes is another
// one.
func unit(t *testing.T, binary string) {
	text := read(t, "docs/run-in-production.md")
	one := func(key string) string {
		match := regexp.MustCompile(`(?m)^`+key+`=(.*)$`).FindAllStringSubmatch(text, -1)
		if len(match) != 1 {
			t.Fatalf("%d lines of %s in the unit, want one", len(match), key)
		}
		return match[0][1]
	}
	variables := strings.Fields(one("Environment"))
	recipes := value(variables, "CNS_RECIPES_DIR")
	for _, command := range []string{"sudo install bin/cnsd " + one("ExecStart"), "sudo install -d " + recipes} {
		if !strings.Contains(text, "\n"+command+"\n") {
			t.Errorf("the unit needs %s", command)
		}
	}
	newPage(t, binary, "systemd").serve(t, append(variables, "CNS_RECIPES_DIR="+t.TempDir())...).Get(t, "/ready")
	ends := duration(t, setting(t, binary, "CNS_DRAIN_DELAY")) + duration(t, setting(t, binary, "CNS_SHUTDOWN_TIMEOUT"))
	if stop := duration(t, one("TimeoutStopSec")); stop <= ends {
		t.Errorf("the server is killed after %s, and takes up to %s", stop, ends)
	}
}

// TestLinks follows the links between pages and to other files, headings included.
func TestLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)]+)\)`)
	for _, page := range pages(t) {
		for _, match := range link.FindAllStringSubmatch(fence.ReplaceAllString(read(t, page), ""), -1) {
			target, heading, _ := strings.Cut(match[1], "#")
			if strings.Contains(match[1], "://") {
				continue
			}
			file := path.Join(path.Dir(page), target)
			if target == "" {
				file = page
			}
			if _, err := os.Stat(filepath.Join(harness.Repository, file)); err != nil {
				t.Errorf("%s: %s leads nowhere: %v", page, match[1], err)
				continue
			}
			if heading != "" && !slices.Contains(headings(read(t, file)), heading) {
				t.Errorf("%s: %s has no heading %s, but %s", page, file, heading, headings(read(t, file)))
			}
		}
	}
}

// headings returns those of a page as links name them.
func headings(text string) []string {
	var list []string
	heading := regexp.MustCompile(`(?m)^#+ (.*)$`)
	for _, match := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		plain := regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(match[1]), "")
		list = append(list, strings.ReplaceAll(plain, " ", "-"))
	}
	return list
}

// TestDependencies looks for the direct dependencies of the tests' modules in docs/dependencies.md;
// for those of the product there is a test beside it.
func TestDependencies(t *testing.T) {
	files, err := filepath.Glob("../*/go.mod")
	if err != nil || len(files) < 5 {
		t.Fatalf("%v %v", files, err)
	}
	direct := regexp.MustCompile(`(?m)^\t(\S+) v\S+$`) // indirect ones have a comment
	page := read(t, "docs/dependencies.md")
	for _, file := range files {
		for _, module := range direct.FindAllStringSubmatch(read(t, "test/docs/"+file), -1) {
			isOwn := strings.HasPrefix(module[1], "github.com/NVIDIA/cloud-native-stack")
			if !isOwn && !strings.Contains(page, "`"+module[1]+"`") {
				t.Errorf("docs/dependencies.md lacks %s, which %s requires", module[1], file)
			}
		}
	}
}

// TestReadmeNamesAllPages keeps README.md the entry.
func TestReadmeNamesAllPages(t *testing.T) {
	for _, page := range pages(t)[1:] {
		if !strings.Contains(read(t, "README.md"), page) {
			t.Errorf("README.md doesn't name %s", page)
		}
	}
}
