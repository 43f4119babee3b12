// Package judge runs over recipe data what requests will run, so that a fault of the data is found
// before a client is told that it is the request's.
package judge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
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

// maxFaults is how many different faults are looked for.
const maxFaults = 20

// Judge judges catalogs by a contract.
type Judge struct {
	Spec  *contract.Contract
	Build recipe.Build // that recipes state
}

// Catalog resolves every environment that the contract admits, holds the recipe against the
// contract as if it were sent back, and makes its bundle for each deployer. Recipes of the same
// overlays differ in metadata and criteria alone, so the longest stands for all of them. It returns
// the number of environments. The error joins a [*catalog.Fault] for each different thing that is
// wrong, up to a number of them, or says why there is no verdict: ctx is done.
func (j Judge) Catalog(ctx context.Context, c *catalog.Catalog) (environments int, err error) {
	t := &trial{Judge: j, catalog: c, faults: map[catalog.Fault]*fault{}}
	// A builder of its own: what nobody asked for shall not take the place of other bundles.
	t.bundles = bundle.NewBuilder(t, bundle.Options{Build: j.Build, Limits: j.Spec.Limits.Body(), Spec: j.Spec})
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
		head.Metadata.Warnings = recipe.Warnings(environment, applied)
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

// admits reports whether clients can ask for an environment: the operator may exclude it.
func (t *trial) admits(environment map[string]string) bool {
	return t.Spec.CheckCriteria(environment) == nil
}

// try notes what is wrong with the recipes of a group. The error is that of ctx.
func (t *trial) try(ctx context.Context, g *group) error {
	r, err := recipe.Resolve(ctx, t.catalog, recipe.CriteriaOf(g.longest), t.Build)
	if err != nil {
		return err
	}
	body, err := t.sentBack("application/json", document.Must(document.EncodeJSON(r)))
	if err == nil {
		_, err = t.sentBack("application/yaml", document.Must(yamlenc.Encode(r)))
	}
	if err == nil {
		err = t.bundles.Check(ctx, body)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	t.note(r, g, err)
	return nil
}

// sentBack reads a recipe as the body of a request for its bundle.
func (t *trial) sentBack(mediaType string, text []byte) (body gen.RecipeOrCriteria, err error) {
	if limit := t.Spec.Limits.BodyBytes; len(text) > limit {
		return body, apierror.New(apierror.PayloadTooLarge, apierror.Details{}, "body: more than %d bytes", limit)
	}
	valid, err := t.Spec.ValidBody("RecipeOrCriteria", mediaType, text)
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
	if len(all) == maxFaults {
		all = append(all, fmt.Errorf("these are the first %d faults: there may be more", maxFaults))
	}
	return errors.Join(all...)
}
