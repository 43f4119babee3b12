package acceptance

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	resourcev1 "k8s.io/api/resource/v1"
	schedulingv1 "k8s.io/api/scheduling/v1"
	storagev1 "k8s.io/api/storage/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/validation"
)

// checkBundle checks every Kubernetes object in a bundle.
func (s schemas) checkBundle(t *testing.T, b bundle) {
	for name, f := range b.files {
		if !holdsObjects(name) {
			continue
		}
		list := documents(t, f.data)
		if len(list) == 0 {
			t.Errorf("%s is empty", name)
		}
		for _, document := range list {
			if err := s.checkObject(document); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// holdsObjects reports whether a file of a bundle is for the Kubernetes API.
func holdsObjects(name string) bool {
	other := []string{
		"recipe.yaml", "values.yaml", "helmfile.yaml", "Chart.yaml", "zarf.yaml", "hauler-manifest.yaml",
		"kustomization.yaml",
	}
	return path.Ext(name) == ".yaml" && !slices.Contains(other, path.Base(name)) &&
		path.Base(path.Dir(name)) != "templates"
}

// checkObject validates an object of Flux or Argo CD by its schema, and decodes one of Kubernetes
// itself strictly.
func (s schemas) checkObject(document []byte) error {
	kinds := runtime.NewScheme()
	err := errors.Join(admissionv1.AddToScheme(kinds), appsv1.AddToScheme(kinds), batchv1.AddToScheme(kinds),
		corev1.AddToScheme(kinds), networkingv1.AddToScheme(kinds), policyv1.AddToScheme(kinds),
		rbacv1.AddToScheme(kinds), resourcev1.AddToScheme(kinds), schedulingv1.AddToScheme(kinds),
		storagev1.AddToScheme(kinds))
	if err != nil {
		return err
	}
	codecs := serializer.NewCodecFactory(kinds, serializer.EnableStrict)
	decoded, _, err := codecs.UniversalDeserializer().Decode(document, nil, nil)
	if runtime.IsNotRegisteredError(err) {
		return s.check(document)
	}
	if err != nil {
		return err
	}
	named, ok := decoded.(interface{ GetName() string })
	if !ok {
		return fmt.Errorf("%T has no name", decoded)
	}
	return checkName(named.GetName())
}

// checkName holds a name to what nearly all kinds do; a colon is for RBAC alone.
func checkName(name string) error {
	if faults := validation.IsDNS1123Subdomain(name); len(faults) > 0 {
		return fmt.Errorf("name %q: %s", name, strings.Join(faults, ", "))
	}
	return nil
}

// TestBadObjects proves that the checks can fail, each for its own reason.
func TestBadObjects(t *testing.T) {
	s := loadSchemas(t)
	const (
		helmRelease = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n" +
			"metadata: {name: x, namespace: flux-system}\n"
		application   = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: x, namespace: argocd}\n"
		kustomization = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
		repository    = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: HelmRepository\n"
		chartRef      = "chartRef: {kind: OCIRepository, name: r}"
		source        = "source: {repoURL: https://x, chart: c, targetRevision: 1.0.0}"
	)
	for _, tt := range []struct{ name, text, want string }{
		{"two charts", helmRelease + "spec: {interval: 30m, " +
			"chart: {spec: {chart: a, sourceRef: {kind: HelmRepository, name: r}}}, " + chartRef + "}",
			"either chart or chartRef must be set"},
		{"unknown field", helmRelease + "spec: {interval: 30m, targetNamspace: x, " + chartRef + "}",
			"spec.targetNamspace: Forbidden: unknown field"},
		{"rule", helmRelease + "spec: {interval: 30m, " +
			"install: {strategy: {name: RemediateOnFailure, retryInterval: 1m}}, " + chartRef + "}",
			".retryInterval cannot be set"},
		{"type", helmRelease + "spec: {interval: 30, " + chartRef + "}", "must be of type string"},
		{"key twice", helmRelease + "spec: {interval: 30m, interval: 30m, " + chartRef + "}",
			`key "interval" already set`},
		{"unknown metadata", kustomization + "metadata: {name: x, namespace: x, lables: {a: b}}\n" +
			"spec: {interval: 10m, prune: true, sourceRef: {kind: GitRepository, name: x}}",
			"metadata.lables: Forbidden: unknown field"},
		{"pattern", repository + "metadata: {name: x, namespace: x}\nspec: {url: ftp://x}", "should match"},
		{"no namespace", repository + "metadata: {name: x}\nspec: {url: https://x}", "metadata.namespace: Required"},
		{"unknown field of Argo CD",
			application + "spec: {project: default, destination: {namspace: x}, " + source + "}",
			"spec.destination.namspace: Forbidden"},
		{"no project", application + "spec: {destination: {namespace: x}, " + source + "}", "spec.project: Required"},
		{"unknown version", strings.Replace(repository, "/v1", "/v1beta2", 1) + "metadata: {name: x, namespace: x}",
			"no schema for"},
		{"unknown kind", "apiVersion: mellanox.com/v1alpha1\nkind: NicClusterPolice\nmetadata: {name: x}",
			"no schema for"},
		{"unknown field of Kubernetes", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, lables: {}}",
			`unknown field "metadata.lables"`},
		{"no string", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {a: 1}", "cannot unmarshal number"},
		{"name", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: A_b}", "RFC 1123"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := s.checkObject([]byte(tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
}
