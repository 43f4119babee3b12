package acceptance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/objectmeta"
	structuralpruning "k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"
)

// module returns the folder of a Go module in the module cache, which it fills from the proxy. The
// module is no dependency: only its files count, whatever else it requires.
func module(t *testing.T, nameAndVersion string) string {
	t.Helper()
	cmd := exec.Command("go", "mod", "download", "-json", nameAndVersion)
	cmd.Dir = t.TempDir() // outside any module: go.mod and go.sum stay as they are
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	err := cmd.Run()
	var info struct{ Dir, Error string }
	if decodeErr := json.Unmarshal(out.Bytes(), &info); decodeErr != nil || err != nil || info.Error != "" {
		t.Fatalf("go mod download %s: %v %s%s", nameAndVersion, errors.Join(err, decodeErr), info.Error, &stderr)
	}
	return info.Dir
}

// version is one version of a custom resource that its controller serves.
type version struct {
	validator    validation.SchemaValidator
	structural   *structuralschema.Structural
	rules        *cel.Validator
	isNamespaced bool
}

// schemas holds custom resources by group, version and kind.
type schemas map[schema.GroupVersionKind]version

// loadSchemas reads the custom resource definitions of Flux and Argo CD, and those of Prometheus'
// rules in the version that recipes install.
func loadSchemas(t *testing.T) schemas {
	t.Helper()
	s := schemas{}
	for name, crds := range map[string]string{
		"github.com/fluxcd/source-controller@v1.9.6":    "config/crd/bases/*.yaml",
		"github.com/fluxcd/helm-controller@v1.6.3":      "config/crd/bases/*.yaml",
		"github.com/fluxcd/kustomize-controller@v1.9.6": "config/crd/bases/*.yaml",
		"github.com/argoproj/argo-cd/v3@v3.5.7":         "manifests/crds/*-crd.yaml",

		"github.com/prometheus-operator/prometheus-operator@v0.93.1": "example/prometheus-operator-crd/" +
			"*_prometheusrules.yaml",
	} {
		files, err := filepath.Glob(filepath.Join(module(t, name), crds))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s has no %s: %v", name, crds, err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, document := range documents(t, data) {
				if err := s.add(document); err != nil {
					t.Fatalf("%s: %v", file, err)
				}
			}
		}
	}
	return s
}

// add takes a CustomResourceDefinition as an API server does.
func (s schemas) add(document []byte) error {
	if len(bytes.TrimSpace(document)) == 0 {
		return nil
	}
	var crd apiextensionsv1.CustomResourceDefinition
	if err := yaml.UnmarshalStrict(document, &crd); err != nil {
		return err
	}
	apiextensionsv1.SetDefaults_CustomResourceDefinitionSpec(&crd.Spec)
	var internal apiextensions.CustomResourceDefinition
	convert := apiextensionsv1.Convert_v1_CustomResourceDefinition_To_apiextensions_CustomResourceDefinition
	if err := convert(&crd, &internal, nil); err != nil {
		return err
	}
	for _, v := range internal.Spec.Versions {
		if !v.Served {
			continue
		}
		crv, err := apiextensions.GetSchemaForVersion(&internal, v.Name)
		if err != nil {
			return err
		}
		structural, err := structuralschema.NewStructural(crv.OpenAPIV3Schema)
		if err != nil {
			return err
		}
		validator, _, err := validation.NewSchemaValidator(crv.OpenAPIV3Schema)
		if err != nil {
			return err
		}
		kind := schema.GroupVersionKind{Group: internal.Spec.Group, Version: v.Name, Kind: internal.Spec.Names.Kind}
		s[kind] = version{
			validator: validator, structural: structural,
			rules:        cel.NewValidator(structural, true, celconfig.PerCallLimit),
			isNamespaced: internal.Spec.Scope == apiextensions.NamespaceScoped,
		}
	}
	return nil
}

// check does what an API server does when an object is created: strict field validation, defaults,
// schema, list types, CEL rules.
func (s schemas) check(document []byte) error {
	text, err := yaml.YAMLToJSONStrict(document)
	if err != nil {
		return err
	}
	var u unstructured.Unstructured // reads whole numbers as int64, which schemas tell from floats
	if err := u.UnmarshalJSON(text); err != nil {
		return err
	}
	if err := checkName(u.GetName()); err != nil {
		return err
	}
	gvk := u.GroupVersionKind()
	v, ok := s[gvk]
	if (gvk == schema.GroupVersionKind{Group: "mellanox.com", Version: "v1alpha1", Kind: "NicClusterPolicy"}) {
		return nil // its definition comes with the chart of network-operator
	} else if !ok {
		return fmt.Errorf("no schema for %s", gvk)
	}
	ctx := context.Background()
	var faults field.ErrorList
	unknown := structuralpruning.PruneWithOptions(u.Object, v.structural, true,
		structuralschema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true})
	coerced, inMetadata := objectmeta.CoerceWithOptions(nil, u.Object, v.structural, true,
		objectmeta.CoerceOptions{ReturnUnknownFieldPaths: true})
	if coerced != nil {
		faults = append(faults, coerced)
	}
	for _, path := range append(unknown, inMetadata...) {
		faults = append(faults, field.Forbidden(field.NewPath(path), "unknown field"))
	}
	if v.isNamespaced && u.GetNamespace() == "" {
		faults = append(faults, field.Required(field.NewPath("metadata", "namespace"), ""))
	}
	faults = append(faults, objectmeta.Validate(ctx, nil, u.Object, v.structural, true)...)
	defaulting.Default(u.Object, v.structural)
	faults = append(faults, validation.ValidateCustomResource(nil, u.Object, v.validator)...)
	faults = append(faults, listtype.ValidateListSetsAndMaps(nil, v.structural, u.Object)...)
	if v.rules != nil {
		broken, _ := v.rules.Validate(ctx, nil, v.structural, u.Object, nil, celconfig.RuntimeCELCostBudget)
		faults = append(faults, broken...)
	}
	return faults.ToAggregate()
}
