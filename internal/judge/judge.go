// Package judge runs over recipe data what requests will run, so that a fault of the data is found
// before a client is told that it is the request's.
package judge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
	"github.com/NVIDIA/cloud-native-stack/internal/bundle"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
	"github.com/NVIDIA/cloud-native-stack/internal/document"
	"github.com/NVIDIA/cloud-native-stack/internal/document/yamlenc"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
)

const (
	maxFaults = 20 // different ones that are looked for
	// maxValues is how many values are tried once there is a fault: some seconds of work.
	maxValues = 250_000
)

// Judge judges catalogs by a contract.
type Judge struct {
	Spec  *contract.Contract
	Build recipe.Build // that recipes state
}

// Catalog resolves every environment that the contract admits, holds the recipe against the
// contract as if it were sent back, and makes its bundle for each deployer. Recipes of the same
// overlays differ in metadata and criteria alone, so the longest stands for all of them, and the
// first recipe without a fault for what its components have by themselves. It returns the number of
// environments. The error joins a [*catalog.Fault] for each different thing that is wrong, as far
// as that was looked for, or says why there is no verdict: ctx is done.
func (j Judge) Catalog(ctx context.Context, c *catalog.Catalog) (environments int, err error) {
	return j.trial(c).run(ctx)
}

func (j Judge) trial(c *catalog.Catalog) *trial {
	t := &trial{
		Judge: j, catalog: c, faults: map[catalog.Fault]*fault{},
		digests: map[string]digest{}, sound: map[digest]outline{}, mostValues: maxValues,
	}
	// A builder of its own: what nobody asked for shall not take the place of other bundles.
	t.bundles = bundle.NewBuilder(t, bundle.Options{Build: j.Build, Limits: j.Spec.Limits.Body(), Spec: j.Spec})
	return t
}

// run judges as [Judge.Catalog] says.
func (t *trial) run(ctx context.Context) (environments int, err error) {
	groups := t.group()
	for _, g := range groups {
		environments += g.count
	}
	for _, g := range groups {
		if len(t.found) >= maxFaults {
			break
		}
		if g.isRefused {
			continue
		}
		if t.isPartial = len(t.found) > 0 && t.values > t.mostValues; t.isPartial {
			break
		}
		if err := t.try(ctx, g); err != nil {
			return environments, err
		}
	}
	return environments, t.verdict()
}

// trial is the judgement of one catalog.
type trial struct {
	Judge
	catalog *catalog.Catalog
	bundles *bundle.Builder
	faults  map[catalog.Fault]*fault
	found   []*fault // the same in the order in which they were found

	digests    map[string]digest  // of components, by names of what they follow from
	sound      map[digest]outline // of components in recipes without a fault
	values     int                // that were tried
	mostValues int                // that are tried once there is a fault
	isPartial  bool               // not all environments were tried
}

// fault is something wrong in the recipes of some environments.
type fault struct {
	catalog.Fault
	first string // of the environments
	count int
}

// group is the environments that the same overlays apply to.
type group struct {
	first, longest map[string]string
	length         int // of metadata and criteria of the longest recipe, in bytes
	count          int
	isRefused      bool // for the metadata of some of the recipes
}

// Catalog implements [bundle.Recipes].
func (t *trial) Catalog() *catalog.Catalog { return t.catalog }

// Resolve implements [bundle.Recipes].
func (t *trial) Resolve(ctx context.Context, c *catalog.Catalog, criteria gen.Criteria) (gen.Recipe, error) {
	return recipe.Resolve(ctx, c, criteria, t.Build)
}

// group finds out which environments have recipes of the same overlays, those that state least
// first, and holds against the contract what is different in them.
func (t *trial) group() (groups []*group) {
	byNames := map[string]*group{}
	for _, environment := range slices.Backward(catalog.Environments(t.Spec.Criteria())) {
		if !t.admits(environment) {
			continue
		}
		applied := catalog.Applied(t.catalog.Overlays(), environment)
		key := strings.Join(catalog.OverlayNames(applied), " ")
		g := byNames[key]
		if g == nil {
			g = &group{first: environment}
			byNames[key], groups = g, append(groups, g)
		}
		g.count++
		head := gen.Recipe{Criteria: recipe.CriteriaOf(environment)}
		head.Metadata.Warnings = recipe.Warnings(t.catalog, leastStated(environment))
		text := document.Must(document.EncodeJSON(head))
		if len(text) > g.length {
			g.longest, g.length = environment, len(text)
		}
		metadata, err := document.JSON(document.Must(document.EncodeJSON(head.Metadata)), t.Spec.Limits.Body())
		if err == nil {
			err = t.Spec.Check("RecipeMetadata", metadata)
		}
		var e *apierror.Error
		if errors.As(err, &e) {
			e.Path = slices.Concat([]string{"metadata"}, e.Path)
		}
		t.note(head, &group{first: environment, count: 1}, err)
		g.isRefused = g.isRefused || err != nil
	}
	return groups
}

// leastStated leaves criteria out that are any: of what isn't stated, warnings say most.
func leastStated(environment map[string]string) map[string]string {
	stated := maps.Clone(environment)
	maps.DeleteFunc(stated, func(_, value string) bool { return value == contract.Any })
	return stated
}

// admits reports whether clients can ask for an environment: the operator may exclude it.
func (t *trial) admits(environment map[string]string) bool {
	return t.Spec.CheckCriteria(environment) == nil
}

// try notes what is wrong with the recipes of a group. The error is that of ctx.
func (t *trial) try(ctx context.Context, g *group) error {
	criteria, p := recipe.CriteriaOf(leastStated(g.longest)), &parts{trial: t, fresh: map[digest]part{}}
	r, err := recipe.ResolveBy(ctx, t.catalog, criteria, t.Build, p.find)
	if err != nil {
		return err
	}
	err = t.check(ctx, r, p.lack)
	if err != nil && p.lack != (size{}) { // what is wrong is said of the whole, which may be right
		if r, err = recipe.Resolve(ctx, t.catalog, criteria, t.Build); err != nil {
			return err
		}
		for _, ref := range r.ComponentRefs {
			t.values += countValues(ref)
		}
		err = t.check(ctx, r, size{})
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil:
		p.settle()
	default:
		t.note(r, g, err)
	}
	return nil
}

// check sends a recipe back and makes its bundle for each deployer. What the recipe lacks is taken
// off the limits.
func (t *trial) check(ctx context.Context, r gen.Recipe, lack size) error {
	spec := *t.Spec
	spec.Limits.BodyBytes -= lack.bytes
	spec.Limits.BodyValues -= lack.values
	body, err := sentBack(&spec, "application/json", document.Must(document.EncodeJSON(r)))
	if err == nil {
		_, err = sentBack(&spec, "application/yaml", document.Must(yamlenc.Encode(r)))
	}
	if err == nil {
		err = t.bundles.Check(ctx, body)
	}
	return err
}

// sentBack reads a recipe as the body of a request for its bundle.
func sentBack(spec *contract.Contract, mediaType string, text []byte) (body gen.RecipeOrCriteria, err error) {
	if limit := spec.Limits.BodyBytes; len(text) > limit {
		return body, apierror.New(apierror.PayloadTooLarge, apierror.Details{}, "body: more than %d bytes", limit)
	}
	valid, err := spec.ValidBody("RecipeOrCriteria", mediaType, text)
	if err == nil {
		err = json.Unmarshal(valid, &body)
	}
	return body, err
}

// note notes each error that the recipe of a group causes.
func (t *trial) note(r gen.Recipe, g *group, err error) {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		for _, err := range several.Unwrap() {
			t.note(r, g, err)
		}
		return
	}
	if err == nil {
		return
	}
	var e *apierror.Error
	if !errors.As(err, &e) {
		e = &apierror.Error{Message: err.Error()}
	}
	found := t.place(r, e.Path)
	found.Message = e.Message
	if len(e.Path) == 0 {
		found.Message += " (most of it is here)"
	}
	if t.faults[found] == nil {
		f := &fault{Fault: found, first: t.describe(g.first)}
		t.faults[found], t.found = f, append(t.found, f)
	}
	t.faults[found].count += g.count
}

// describe writes the criteria that an environment states.
func (t *trial) describe(environment map[string]string) string {
	var stated []string
	for _, c := range t.Spec.Criteria() {
		if value := environment[c.Name]; value != contract.Any {
			stated = append(stated, c.Name+"="+value)
		}
	}
	if len(stated) == 0 {
		return "any environment"
	}
	return strings.Join(stated, " ")
}

// verdict joins the faults.
func (t *trial) verdict() error {
	var all []error
	for _, f := range t.found[:min(maxFaults, len(t.found))] {
		where := f.first
		if f.count > 1 {
			where += fmt.Sprintf(" (and %d more environments)", f.count-1)
		}
		f.Message = fmt.Sprintf("a bundle of the recipe for %s is refused: %s", where, f.Message)
		all = append(all, &f.Fault)
	}
	switch {
	case len(all) == maxFaults:
		all = append(all, fmt.Errorf("these are the first %d faults: there may be more", maxFaults))
	case t.isPartial:
		all = append(all, errors.New("not all environments were tried, for their recipes are large: "+
			"more of them may have these faults or others"))
	}
	return errors.Join(all...)
}
