package admission

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/NVIDIA/cloud-native-stack/internal/apierror"
)

// fail answers errors in a shape that tests recognise.
func fail(w http.ResponseWriter, _ *http.Request, err error) {
	status := http.StatusInternalServerError
	var p *apierror.Error
	if errors.As(err, &p) {
		status = p.Status()
		w.Header().Set("Retry-After", strconv.Itoa(p.RetryAfter))
	}
	http.Error(w, "fail: "+err.Error(), status)
}

// operations takes bodies at one path, and has constant answers at another.
type operations struct{}

func (operations) RoutesWithBody() []string { return []string{"/"} }

func (operations) IsConstant(_, path string) bool { return path == "/constant" }

func do(h http.Handler, method, target, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(method, target, strings.NewReader(body)))
	return w
}

// counts returns the values of a counter by the value of its one label, if it has one.
func counts(t *testing.T, registry *prometheus.Registry, name string) map[string]float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for _, family := range families {
		if family.GetName() != name {
			continue
		}
		for _, metric := range family.GetMetric() {
			label := ""
			for _, l := range metric.GetLabel() {
				label = l.GetValue()
			}
			values[label] = metric.GetCounter().GetValue()
		}
	}
	return values
}
