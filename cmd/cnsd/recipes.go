package main

import (
	"context"
	_ "embed" // recipes.txt
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/NVIDIA/cloud-native-stack/api"
	"github.com/NVIDIA/cloud-native-stack/internal/authoring"
	"github.com/NVIDIA/cloud-native-stack/internal/authoring/chart"
	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
	"github.com/NVIDIA/cloud-native-stack/internal/judge"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
	"github.com/NVIDIA/cloud-native-stack/recipes"
)

//go:embed recipes.txt
var recipesHelp string

// runRecipes prints what a command for authors of recipe data returns.
func runRecipes(args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("cnsd recipes", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	err := flags.Parse(args)
	name, first, most := flags.Arg(0), flags.Arg(1), 2
	if errors.Is(err, flag.ErrHelp) || first == "-h" || first == "--help" {
		_, err := io.WriteString(stdout, recipesHelp)
		return err
	}
	if err != nil {
		return fmt.Errorf("%w (see cnsd recipes --help)", err)
	}
	commands := map[string]func(first, second string) (string, error){
		"check": checkRecipes, "images": updateImages, "matrix": matrix, "paths": valuePaths, "schema": schema,
	}
	if name == "images" {
		most = 3
	}
	switch {
	case commands[name] == nil:
		return fmt.Errorf("recipes: unknown command %q: must be one of %s (see cnsd recipes --help)",
			name, strings.Join(slices.Sorted(maps.Keys(commands)), ", "))
	case flags.NArg() > most:
		return fmt.Errorf("recipes %s: unexpected argument %q (see cnsd recipes --help)", name, flags.Arg(most))
	}
	text, err := commands[name](first, flags.Arg(2))
	_, notPrinted := io.WriteString(stdout, text)
	return errors.Join(err, notPrinted)
}

// loadRecipes loads the data in the program, with a directory laid over it unless that is empty.
func loadRecipes(dir string) (*catalog.Catalog, *contract.Contract, error) {
	spec, err := contract.Load(api.Spec, nil)
	if err != nil {
		return nil, nil, err
	}
	c, _, err := catalog.Source{Embedded: recipes.FS, Dir: dir, Spec: spec}.Load(context.Background())
	return c, spec, err
}

// checkRecipes returns findings and warnings; findings are an error too. The data in the program
// has none by itself, so those that a directory gives rise to in it are meant: its overlays win
// there. Data that a server refuses are an error.
func checkRecipes(dir, _ string) (string, error) {
	c, spec, err := loadRecipes(dir)
	if err != nil {
		return "", err
	}
	build := recipe.Build{Version: version, Created: date}
	_, refused := (judge.Judge{Spec: spec, Build: build}).Catalog(context.Background(), c)
	report := authoring.Check(c, spec.Criteria())
	var b strings.Builder
	list := func(faults []catalog.Fault, kind string) (count int) {
		for _, f := range faults {
			var isOwn bool
			if f.File, isOwn = c.Path(f.File); dir == "" || isOwn {
				f.Message = kind + f.Message
				fmt.Fprintln(&b, f)
				count++
			}
		}
		return count
	}
	findings, warnings := list(report.Findings, ""), list(report.Warnings, "warning: ")
	switch {
	case findings > 0:
		return b.String(), errors.Join(refused, fmt.Errorf("recipes check: findings: %d", findings))
	case refused != nil:
		return b.String(), refused
	case warnings > 0:
		fmt.Fprintf(&b, "no findings, warnings: %d", warnings)
	default:
		b.WriteString("no findings")
	}
	fmt.Fprintf(&b, ": %d components, %d overlays for %d environments\n",
		report.Components, report.Overlays, report.Environments)
	return b.String(), nil
}

func matrix(dir, _ string) (string, error) {
	c, spec, err := loadRecipes(dir)
	if err != nil {
		return "", err
	}
	return authoring.Matrix(c, spec.Criteria()), nil
}

func schema(kind, _ string) (string, error) {
	spec, err := contract.Load(api.Spec, nil)
	if err != nil {
		return "", err
	}
	text, err := authoring.Schema(kind, spec)
	return string(text), err
}

// valuePaths returns a file of value paths, of which its author has to say where the chart is from.
func valuePaths(name, _ string) (string, error) {
	if name == "" {
		return "", errors.New("recipes paths: name the folder or package of a chart (see cnsd recipes --help)")
	}
	c, err := chart.Read(name)
	if err != nil {
		return "", err
	}
	paths, err := c.Paths()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprint(&b, "# Value paths that the chart takes; below those that end in .* anything goes. ",
		"Made by: cnsd recipes paths <chart>\n# Chart: ", c.Name, " ", c.Version, "\n")
	if _, err := paths.WriteTo(&b); err != nil {
		return "", err
	}
	return b.String(), nil
}

// updateImages returns a file of images as it has to be for another version of the chart. Which
// images there are, its author has to say.
func updateImages(name, file string) (string, error) {
	if name == "" || file == "" {
		return "", errors.New("recipes images: " +
			"name the folder or package of a chart, and an images.yaml (see cnsd recipes --help)")
	}
	c, err := chart.Read(name)
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	updated, err := authoring.UpdateImages(text, c)
	if err != nil {
		return "", fmt.Errorf("%s: %w", file, err)
	}
	return string(updated), nil
}
