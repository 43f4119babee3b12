package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/internal/catalog"
	"github.com/NVIDIA/cloud-native-stack/test/catalogtest"
)

func TestBounds(t *testing.T) {
	overlay := func(items int) string {
		return "components: {driver: {values: {list: [1" + strings.Repeat(",1", items-1) + "]}}}"
	}
	repeated := func(n int, name, text string) data {
		d := minimal()
		for i := range n {
			d[fmt.Sprintf(name, i)] = text
		}
		return d
	}
	const path, tooMuch = "components/driver/paths/%d.txt", ": leave out what no environment needs"
	for _, tt := range []struct {
		name string
		data data
		want string // none if empty
	}{
		{"file of many values", repeated(1, "overlays/o%d.yaml", overlay(9990)), ""},
		{"file of too many", repeated(1, "overlays/o%d.yaml", overlay(10000)),
			"overlays/o0.yaml:1: more than 10000 values"},
		// Without a line, for it isn't parsed.
		{"file of far too many", repeated(1, "overlays/o%d.yaml", overlay(50000)),
			"overlays/o0.yaml: more than 10000 values"},
		{"files of many values", repeated(24, "overlays/o%02d.yaml", overlay(9990)), ""},
		{"files of too many", repeated(30, "overlays/o%02d.yaml", overlay(9990)), "overlays/o25.yaml: " +
			"the recipe data have more than 250000 values and value paths up to here" + tooMuch},
		{"value paths of too many keys", repeated(1, path, strings.Repeat("a.", 250000)+"a\n"),
			"components/driver/paths/0.txt: " +
				"the recipe data have more than 250000 values and value paths up to here" + tooMuch},
		{"too many files", repeated(2100, "overlays/o%04d.yaml", "criteria: {service: eks}"),
			"overlays/o1992.yaml: the recipe data have more than 2000 files" + tooMuch},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got string
			if _, err := catalog.Load(tt.data.FS(), catalogtest.Spec(t)); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("error %q, want %q", got, tt.want)
			}
		})
	}
}

// cancelling cancels a context when a file is opened, and counts those that are opened later.
type cancelling struct {
	fs.FS
	at     string
	cancel func()
	later  *int
}

func (c cancelling) Open(name string) (fs.File, error) {
	if name == c.at {
		c.cancel()
	} else if strings.HasPrefix(name, "overlays/") {
		*c.later++
	}
	return c.FS.Open(name)
}

// A server that stops doesn't wait for a load.
func TestLoadStops(t *testing.T) {
	d := minimal()
	for i := range 100 {
		d[fmt.Sprintf("overlays/o%d.yaml", i)] = "criteria: {service: eks}"
	}
	ctx, cancel := context.WithCancel(t.Context())
	later := 0
	s := catalog.Source{Embedded: cancelling{d.FS(), "base.yaml", cancel, &later}, Spec: catalogtest.Spec(t)}
	if _, _, err := s.Load(ctx); !errors.Is(err, context.Canceled) || later > 0 {
		t.Errorf("error %v after %d more files", err, later)
	}
}
