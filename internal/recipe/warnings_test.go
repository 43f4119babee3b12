package recipe_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/NVIDIA/cloud-native-stack/api"
	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
	"github.com/NVIDIA/cloud-native-stack/test/catalogtest"
)

// choice is a value of an open criterion and what it changes.
func choice(value string, changes ...string) gen.RecipeChoice {
	return gen.RecipeChoice{Value: value, Changes: changes}
}

func TestWarnings(t *testing.T) {
	d := minimal().With(eks, "criteria: {service: eks}", "offers: {os: [ubuntu, amazonlinux]}").
		With("overlays/h100-inference.yaml", "criteria: {accelerator: h100, intent: inference}").
		With("overlays/ubuntu.yaml", "criteria: {os: ubuntu}")
	c := load(t, d)
	unspoken := func(criterion, value string) gen.RecipeWarning {
		return gen.RecipeWarning{Criterion: criterion,
			Message: "no overlay speaks of " + criterion + "=" + value + " here: the recipe holds what fits every " +
				criterion}
	}
	tests := []struct {
		name     string
		criteria gen.Criteria
		want     []gen.RecipeWarning
	}{
		{"nothing stated", gen.Criteria{}, nil},
		{"all spoken of", gen.Criteria{Service: gen.ServiceEKS, OS: gen.OSUbuntu, Accelerator: gen.AcceleratorH100,
			Intent: gen.IntentInference}, nil},
		{"any", gen.Criteria{Service: gen.ServiceAny, OS: gen.OSAny}, nil},
		{"no overlay for the value", gen.Criteria{Service: gen.ServiceGKE},
			[]gen.RecipeWarning{unspoken("service", "gke")}},
		{"an overlay that doesn't apply", gen.Criteria{Accelerator: gen.AcceleratorH100, Intent: gen.IntentTraining},
			[]gen.RecipeWarning{unspoken("accelerator", "h100"), unspoken("intent", "training")}},
		{"not offered", gen.Criteria{Service: gen.ServiceEKS, OS: gen.OSCOS}, []gen.RecipeWarning{{Criterion: "os",
			Message: "os=cos is not offered with eks, which has ubuntu, amazonlinux: the recipe is generic there"}}},
		{"offered, but not spoken of", gen.Criteria{Service: gen.ServiceEKS, OS: gen.OSAmazonlinux},
			[]gen.RecipeWarning{unspoken("os", "amazonlinux")}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, resolve(t, c, tt.criteria).Metadata.Warnings); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestOpenCriteria leaves criteria open whose values have recipes of their own.
func TestOpenCriteria(t *testing.T) {
	c := load(t, minimal().
		With(eks, "criteria: {service: eks}", "offers: {os: [ubuntu, amazonlinux]}",
			"components: {spare: {}}").
		With("overlays/cos.yaml", "criteria: {os: cos}", "components: {driver: null}").
		With("overlays/rhel.yaml", "criteria: {os: rhel}", "constraints: {os: {id: rhel}, kernel: {version: \"5\"}}").
		With("overlays/ubuntu.yaml", "criteria: {os: ubuntu}",
			"components: {driver: {version: 2.0.0, values: {pods: {limit: 2}, \"a[b]\": x}, manifests: [quota.yaml]}}").
		With("overlays/idle.yaml", "criteria: {accelerator: l40}").
		With("overlays/a100.yaml", "criteria: {accelerator: a100}",
			"preconditions: {b: {text: t, why: w, source: s}, a: {text: t, why: w, source: s}}").
		With("overlays/h100-training.yaml", "criteria: {accelerator: h100, intent: training}",
			"components: {monitor: {values: {a: b}}}"))
	ubuntu := choice("ubuntu", "driver (version, values.a-b-, values.pods, manifests)")
	rhel := choice("rhel", "constraints (kernel.version, os.id)")
	cos := choice("cos", "leaves out driver")
	service := gen.RecipeWarning{Criterion: "service", Choices: []gen.RecipeChoice{choice("eks", "adds spare")},
		Message: "service is left open, which means a self-managed cluster (service=any says so), but decides. " +
			"With eks the recipe is another one: adds spare"}
	openOS := func(message string, choices ...gen.RecipeChoice) gen.RecipeWarning {
		return gen.RecipeWarning{Criterion: "os", Message: message, Choices: choices}
	}
	const on = "os is left open, but decides. With "
	everyOS := openOS(on+"ubuntu or rhel or cos the recipe is another one: driver (version, values.a-b-, values.pods, "+
		"manifests); constraints (kernel.version, os.id); leaves out driver", ubuntu, rhel, cos)
	trains := gen.RecipeWarning{Criterion: "intent",
		Choices: []gen.RecipeChoice{choice("training", "monitor (values.a)")},
		Message: "intent is left open, but decides. With training the recipe is another one: monitor (values.a)"}
	for name, tt := range map[string]struct {
		criteria gen.Criteria
		want     []gen.RecipeWarning
	}{
		"nothing stated": {gen.Criteria{}, []gen.RecipeWarning{service, {Criterion: "accelerator",
			Choices: []gen.RecipeChoice{choice("h100", "with intent=training: monitor (values.a)"),
				choice("a100", "preconditions (a, b)")},
			Message: "accelerator is left open, but decides. With h100 or a100 the recipe is another one: " +
				"monitor (values.a); preconditions (a, b)"},
			{Criterion: "intent",
				Choices: []gen.RecipeChoice{choice("training", "with accelerator=h100: monitor (values.a)")},
				Message: trains.Message}, everyOS}},
		"any is open but where it is an environment": {
			gen.Criteria{Service: gen.ServiceAny, Accelerator: gen.AcceleratorGb200, OS: gen.OSAny},
			[]gen.RecipeWarning{{Criterion: "accelerator",
				Message: "no overlay speaks of accelerator=gb200 here: the recipe holds what fits every accelerator"},
				everyOS}},
		"what is not offered is no choice": {
			gen.Criteria{Service: gen.ServiceEKS, Accelerator: gen.AcceleratorL40},
			[]gen.RecipeWarning{openOS(on+"ubuntu the recipe is another one: "+ubuntu.Changes[0], ubuntu)}},
		"a value that is left": {
			gen.Criteria{Service: gen.ServiceAny, Accelerator: gen.AcceleratorH100, OS: gen.OSCOS},
			[]gen.RecipeWarning{trains}},
	} {
		r := resolve(t, c, tt.criteria)
		if diff := cmp.Diff(tt.want, r.Metadata.Warnings); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		err := recipe.Strict(r.Metadata.Warnings)
		var e *apierror.Error
		if !errors.As(err, &e) || e.Details.Parameter != tt.want[0].Criterion ||
			len(e.Details.Allowed) != len(tt.want[0].Choices) || len(e.Details.Warnings) != len(tt.want) {
			t.Errorf("%s: strict says %v", name, err)
		}
	}
	if err := recipe.Strict(nil); err != nil {
		t.Errorf("strict without warnings: %v", err)
	}
}

// What the operator excludes is no way to decide on another criterion.
func TestOpenCriteriaOfAllowlists(t *testing.T) {
	spec, err := contract.Load(api.Spec, map[string][]string{"CNS_ALLOWED_SERVICES": {"gke"}})
	if err != nil {
		t.Fatal(err)
	}
	c := catalogtest.Load(t, minimal().
		With("overlays/h100-eks.yaml", "criteria: {service: eks, accelerator: h100}", "components: {spare: {}}").
		With("overlays/h100-gke.yaml", "criteria: {service: gke, accelerator: h100}", "components: {driver: null}").
		FS(), spec)
	want := []gen.RecipeChoice{choice("h100", "with service=gke: leaves out driver")}
	for _, w := range recipe.Warnings(c, nil) {
		if diff := cmp.Diff(want, w.Choices); w.Criterion == "accelerator" && diff != "" {
			t.Error(diff)
		}
		if strings.Contains(w.Message, "spare") {
			t.Error(w.Message)
		}
	}
}

// TestOpenCriteriaDecide holds the warnings of random data against the recipes themselves. A
// criterion whose values alone make another recipe is asked for, and each value that is named makes
// another one in some environment that is left.
func TestOpenCriteriaDecide(t *testing.T) {
	spec := catalogtest.Spec(t)
	rapid.Check(t, func(t *rapid.T) {
		c := catalogtest.Load(t, catalogtest.Worlds().Draw(t, "world").Data.FS(), spec)
		environment := map[string]string{}
		for _, criterion := range catalogtest.FewCriteria() {
			if rapid.Bool().Draw(t, "states") {
				environment[criterion.Name] = rapid.SampledFrom(criterion.Values).Draw(t, criterion.Name)
			}
		}
		named := map[string][]string{}
		for _, w := range recipe.Warnings(c, environment) {
			for _, choice := range w.Choices {
				if len(choice.Changes) == 0 {
					t.Fatal(w.Criterion, choice.Value, "changes nothing")
				}
				named[w.Criterion] = append(named[w.Criterion], choice.Value)
			}
		}
		known := contents{}
		for _, criterion := range c.Criteria() {
			value := environment[criterion.Name]
			isOpen := value == "" || value == "any" && criterion.Any == ""
			for _, value := range criterion.Values {
				isNamed := slices.Contains(named[criterion.Name], value)
				alone, ever := known.decides(t, c, environment, criterion.Name, value)
				if want := isOpen && alone; want && !isNamed {
					t.Fatal(criterion.Name, value, "makes another recipe, and is not named in", named)
				}
				if isNamed && !(isOpen && ever) {
					t.Fatal(criterion.Name, value, "makes no other recipe, and is named in", named)
				}
			}
		}
	})
}

// decides reports whether a value of a criterion makes another recipe, alone or in some environment
// that is stated further.
func (known contents) decides(
	t *rapid.T, c *catalog.Catalog, environment map[string]string, criterion, value string,
) (alone, ever bool) {
	for _, further := range catalog.Environments(c.Criteria()) {
		isAlone, fits := true, true
		for _, other := range c.Criteria() {
			given := environment[other.Name]
			isOpen := given == "" || given == "any" && other.Any == ""
			fits = fits && (isOpen || given == further[other.Name])
			isAlone = isAlone && (other.Name == criterion || !isOpen || further[other.Name] == "any")
		}
		if !fits || further[criterion] != value {
			continue
		}
		without := maps.Clone(further)
		without[criterion] = "any"
		if isOffered(c, further) && known.of(t, c, further) != known.of(t, c, without) {
			alone, ever = alone || isAlone, true
		}
	}
	return alone, ever
}

// isOffered reports whether no overlay that applies in an environment excludes a part of it.
func isOffered(c *catalog.Catalog, environment map[string]string) bool {
	for _, o := range catalog.Applied(c.Overlays(), environment) {
		for name, value := range environment {
			if value != "any" && len(o.Offers[name]) > 0 && !slices.Contains(o.Offers[name], value) {
				return false
			}
		}
	}
	return true
}

// contents are recipes by the overlays that they are made of, but for what they say of that.
type contents map[string]string

func (known contents) of(t *rapid.T, c *catalog.Catalog, environment map[string]string) string {
	names := strings.Join(catalog.OverlayNames(catalog.Applied(c.Overlays(), environment)), " ")
	if known[names] == "" {
		r := resolve(t, c, recipe.CriteriaOf(environment))
		r.Metadata, r.Criteria = gen.RecipeMetadata{}, gen.Criteria{}
		known[names] = catalogtest.JSON(r)
	}
	return known[names]
}
