package contract

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/NVIDIA/cloud-native-stack/api"
)

func TestSchema(t *testing.T) {
	c, err := Load(api.Spec, map[string][]string{"CNS_ALLOWED_OS": {"rhel"}})
	if err != nil {
		t.Fatal(err)
	}
	body, err := c.Schema("Criteria")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Properties map[string]struct{ Enum []string }
	}
	if err := json.Unmarshal(body, &schema); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"rhel", Any}, schema.Properties["os"].Enum); diff != "" {
		t.Errorf("os, by reference:\n%s", diff)
	}
	if body, err = c.Schema("ComponentRef"); err != nil || strings.Contains(string(body), "$ref") {
		t.Errorf("%v: %s", err, body)
	}
	if _, err := c.Schema("Componentref"); err == nil || err.Error() != "the openapi document has no schema "+
		"Componentref" {
		t.Errorf("unknown schema: %v", err)
	}
}
