package server

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/NVIDIA/cloud-native-stack/gen"
	"github.com/NVIDIA/cloud-native-stack/internal/admission"
	"github.com/NVIDIA/cloud-native-stack/internal/httpcache"
	"github.com/NVIDIA/cloud-native-stack/internal/middleware"
)

// failing answers recipes with an error and bundles with a panic.
type failing struct{ operations }

func (failing) GetRecipe(context.Context, gen.GetRecipeRequestObject) (gen.GetRecipeResponseObject, error) {
	return nil, errors.New("secret detail")
}

func (failing) CreateBundle(context.Context, gen.CreateBundleRequestObject) (gen.CreateBundleResponseObject, error) {
	panic("secret detail")
}

func TestFaultsOfTheServer(t *testing.T) {
	o := options(t, io.Discard)
	c, err := o.Document.Narrow(nil)
	if err != nil {
		t.Fatal(err)
	}
	log := new(logBuffer)
	logger := slog.New(middleware.LogHandler{Handler: slog.NewJSONHandler(log, nil)})
	registry := prometheus.NewRegistry()
	broken := &Server{
		contract: c, config: o.Config, answers: httpcache.New(c, registry, nil),
		connections: admission.NewConnections(10), metrics: middleware.NewMetrics(registry), registry: registry,
		log: logger,
	}
	server := httptest.NewServer(broken.handler(failing{}))
	defer server.Close()
	ts := &testServer{url: server.URL, Client: &http.Client{Transport: newChecker(t)}}
	for _, c := range []call{{path: "/v1/recipe"}, bundleCall("", `{"name":"cert-manager","version":"v1.21.2"}`)} {
		resp, body := ts.do(t, c)
		var e gen.Error
		if err := json.Unmarshal(body, &e); err != nil {
			t.Fatal(err)
		}
		isInternal := e.Code == gen.ErrorCodeInternalError && e.Message == "internal error" && e.Retryable
		if resp.StatusCode != 500 || !isInternal {
			t.Errorf("%d %s", resp.StatusCode, body)
		}
		logged := slices.ContainsFunc(strings.Split(log.String(), "\n"), func(line string) bool {
			return strings.Contains(line, "secret detail") && strings.Contains(line, e.RequestID.String())
		})
		if !logged {
			t.Errorf("the log doesn't tell what happened to %s: %s", e.RequestID, log)
		}
	}
	_, metrics := ts.do(t, call{path: "/metrics"})
	if !strings.Contains(string(metrics), "\ncns_panic_recoveries_total 1\n") {
		t.Error("the panic isn't counted")
	}
}
