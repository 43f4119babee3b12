package docs

import (
	"bytes"
	"fmt"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"sigs.k8s.io/yaml"
)

// scrape returns the metrics of a server that has answered and that has a directory of recipes, so
// that none is missing.
func scrape(t *testing.T, binary string) map[string]*dto.MetricFamily {
	t.Helper()
	s := newPage(t, binary, "metrics").serve(t, "CNS_RECIPES_DIR="+t.TempDir())
	s.Get(t, "/v1/recipe")
	s.Get(t, "/v1/recipe")
	decoder := expfmt.NewTextParser(model.UTF8Validation)
	families, err := decoder.TextToMetricFamilies(bytes.NewReader(s.Get(t, "/metrics")))
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// alerts parses docs/alerts.yaml as Prometheus does, and looks for its metrics and labels in those
// of the real server.
func alerts(t *testing.T, families map[string]*dto.MetricFamily) {
	groups, errs := rulefmt.Parse([]byte(read(t, "docs/alerts.yaml")), false, model.UTF8Validation,
		parser.NewParser(parser.Options{}), slog.Default())
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	var names []string
	for _, group := range groups.Groups {
		for _, rule := range group.Rules {
			names = append(names, rule.Alert)
			if rule.Annotations["summary"] == "" || rule.Annotations["description"] == "" ||
				rule.Labels["severity"] == "" {
				t.Errorf("%s: a summary, a description or a severity is missing", rule.Alert)
			}
			for _, problem := range checkExpression(t, rule.Expr, families) {
				t.Errorf("%s: %s", rule.Alert, problem)
			}
		}
	}
	for _, want := range []string{"HighErrorRate", "HighLatency", "HighRateLimitRejects"} {
		if !slices.Contains(names, want) {
			t.Errorf("there is no alert %s", want)
		}
	}
}

// checkExpression returns what an expression takes for granted and the server doesn't have.
func checkExpression(t *testing.T, text string, families map[string]*dto.MetricFamily) []string {
	t.Helper()
	expression, err := parser.NewParser(parser.Options{}).ParseExpr(text)
	if err != nil {
		t.Fatal(err)
	}
	problems, known := []string{}, []string{"job", "instance"} // Prometheus adds these
	var grouped []string
	parser.Inspect(expression, func(node parser.Node, _ []parser.Node) error {
		switch node := node.(type) {
		case *parser.AggregateExpr:
			grouped = append(grouped, node.Grouping...)
		case *parser.VectorSelector:
			family := familyOf(node.Name, families)
			if family == nil {
				problems = append(problems, "the server has no metric "+node.Name)
				return nil
			}
			known = append(known, labelsOf(family)...)
			problems = append(problems, checkMatchers(node, family)...)
		}
		return nil
	})
	for _, label := range grouped {
		if !slices.Contains(known, label) {
			problems = append(problems, "no metric in it has a label "+label)
		}
	}
	return problems
}

// checkMatchers returns matchers of labels that the metric doesn't have. A matcher of paths has to
// match one that the server has.
func checkMatchers(selector *parser.VectorSelector, family *dto.MetricFamily) []string {
	var problems []string
	for _, matcher := range selector.LabelMatchers {
		if matcher.Name == model.MetricNameLabel {
			continue
		}
		if !slices.Contains(labelsOf(family), matcher.Name) {
			problems = append(problems, fmt.Sprintf("%s has no label %s", selector.Name, matcher.Name))
		}
		if matcher.Name == "path" &&
			!slices.ContainsFunc(family.Metric, func(m *dto.Metric) bool { return matches(matcher, m) }) {
			problems = append(problems, fmt.Sprintf("no path is %s", matcher))
		}
	}
	return problems
}

func matches(matcher *labels.Matcher, metric *dto.Metric) bool {
	return slices.ContainsFunc(metric.Label, func(l *dto.LabelPair) bool {
		return l.GetName() == matcher.Name && matcher.Matches(l.GetValue())
	})
}

// familyOf finds a metric, or the histogram that a series is of.
func familyOf(name string, families map[string]*dto.MetricFamily) *dto.MetricFamily {
	if family := families[name]; family != nil && family.GetType() != dto.MetricType_HISTOGRAM {
		return family
	}
	for _, suffix := range []string{"_bucket", "_sum", "_count"} {
		base, found := strings.CutSuffix(name, suffix)
		if family := families[base]; found && family != nil && family.GetType() == dto.MetricType_HISTOGRAM {
			return family
		}
	}
	return nil
}

func labelsOf(family *dto.MetricFamily) []string {
	set := map[string]bool{}
	if family.GetType() == dto.MetricType_HISTOGRAM {
		set["le"] = true
	}
	for _, metric := range family.Metric {
		for _, label := range metric.Label {
			set[label.GetName()] = true
		}
	}
	return slices.Collect(maps.Keys(set))
}

// noSuchMetric makes sure that the check finds what it looks for.
func noSuchMetric(t *testing.T, families map[string]*dto.MetricFamily) {
	const histogram = "cns_http_request_duration_seconds"
	for expression, want := range map[string]string{
		`cns_no_such_total > 0`:                                           "the server has no metric cns_no_such_total",
		histogram + ` > 0`:                                                "the server has no metric " + histogram,
		`cns_http_requests_total{code="500"}`:                             "cns_http_requests_total has no label code",
		`sum by (route) (cns_http_requests_total)`:                        "no metric in it has a label route",
		`cns_http_requests_total{path="/v2/recipe"}`:                      `no path is path="/v2/recipe"`,
		`sum by (le, job) (cns_http_request_duration_seconds_bucket) > 1`: "",
	} {
		if got := strings.Join(checkExpression(t, expression, families), ", "); got != want {
			t.Errorf("%s: %q, want %q", expression, got, want)
		}
	}
}

// metricsTable compares the table of docs/run-in-production.md with the metrics of the real server.
func metricsTable(t *testing.T, families map[string]*dto.MetricFamily) {
	var documented, real []string
	rows := regexp.MustCompile("(?m)^\\| `([a-z_]+)` \\|")
	for _, row := range rows.FindAllStringSubmatch(read(t, "docs/run-in-production.md"), -1) {
		documented = append(documented, row[1])
	}
	for name := range families {
		if !strings.HasPrefix(name, "go_") && !strings.HasPrefix(name, "process_") {
			real = append(real, name)
		}
	}
	slices.Sort(documented)
	slices.Sort(real)
	if diff := cmp.Diff(real, documented); diff != "" {
		t.Errorf("the server's metrics against docs/run-in-production.md:\n%s", diff)
	}
}

// TestGPUAlerts parses the alerts that recipes bring for GPUs, and the queries of their dashboard,
// as Prometheus does.
func TestGPUAlerts(t *testing.T) {
	const manifests = "recipes/components/gpu-operator/manifests/"
	var rules, dashboard struct {
		Spec any
		Data map[string]string
	}
	err := yaml.Unmarshal([]byte(read(t, manifests+"gpu-alerts.yaml")), &rules)
	if err == nil {
		err = yaml.Unmarshal([]byte(read(t, manifests+"gpu-dashboard.yaml")), &dashboard)
	}
	var panels struct {
		Panels []struct{ Targets []struct{ Expr string } }
	}
	if err == nil {
		err = yaml.Unmarshal([]byte(dashboard.Data["gpu.json"]), &panels)
	}
	spec, encodeErr := yaml.Marshal(rules.Spec)
	if err != nil || encodeErr != nil || len(panels.Panels) == 0 {
		t.Fatal(err, encodeErr, len(panels.Panels))
	}
	p := parser.NewParser(parser.Options{})
	groups, errs := rulefmt.Parse(spec, false, model.UTF8Validation, p, slog.Default())
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	for _, panel := range panels.Panels {
		for _, target := range panel.Targets {
			if _, err := p.ParseExpr(target.Expr); err != nil {
				t.Errorf("%s: %v", target.Expr, err)
			}
		}
	}
	t.Run("XIDs", func(t *testing.T) { xidAlerts(t, groups) })
}

// xidAlerts evaluates the alerts on XIDs as Prometheus does, with a sample every ten minutes. What
// was there before a gap in monitoring, or before this Prometheus, must not alert as if it were
// new.
func xidAlerts(t *testing.T, groups *rulefmt.RuleGroups) {
	for _, c := range []struct {
		samples string
		at      time.Duration
		want    string
	}{
		{"0x5 79x20", 60 * time.Minute, "GPUXidError 79"},
		{"0x5 79x20", 100 * time.Minute, "GPUXidError 79"},
		{"0x5 79x20", 120 * time.Minute, ""},
		{"79x20", 0, ""},
		{"79x20", 90 * time.Minute, ""},
		{"0 79x5 _x12 79x5", 190 * time.Minute, ""},
		{"0 79x5 _x12 0 79", 200 * time.Minute, "GPUXidError 79"},
		{"0x5 79x20 48x5", 270 * time.Minute, "GPUXidError 48"},
		{"79x5 0x5", 60 * time.Minute, ""},
		{"0x5 31x5", 60 * time.Minute, ""},
		{"0x5 149x5", 60 * time.Minute, "GPUNVLinkError 149"},
		{"0 149x5 _x12 149x5", 190 * time.Minute, ""},
	} {
		got := ""
		for _, rule := range groups.Groups[0].Rules {
			if rule.Alert != "GPUXidError" && rule.Alert != "GPUNVLinkError" {
				continue
			}
			for _, sample := range evaluate(t, rule.Expr, "gpu:xid_errors:max "+c.samples, c.at) {
				got += fmt.Sprint(rule.Alert, " ", sample.F)
			}
		}
		if got != c.want {
			t.Errorf("%s after %s: %q, want %q", c.samples, c.at, got, c.want)
		}
	}
}

// evaluate returns what an expression is at a time, over one series with a sample every ten
// minutes.
func evaluate(t *testing.T, expression, series string, at time.Duration) promql.Vector {
	t.Helper()
	p := parser.NewParser(parser.Options{})
	metric, values, err := p.ParseSeriesDesc(series)
	if err != nil {
		t.Fatal(err)
	}
	stored := promql.Series{Metric: metric}
	for i, v := range values {
		if taken := time.Duration(i) * 10 * time.Minute; !v.Omitted {
			stored.Floats = append(stored.Floats, promql.FPoint{T: taken.Milliseconds(), F: v.Value})
		}
	}
	queryable := &storage.MockQueryable{MockQuerier: &storage.MockQuerier{
		SelectMockFunction: func(bool, *storage.SelectHints, ...*labels.Matcher) storage.SeriesSet {
			return &oneSeries{SeriesSet: storage.TestSeriesSet(promql.NewStorageSeries(stored))}
		},
	}}
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 1000, Timeout: time.Minute, Parser: p})
	query, err := engine.NewInstantQuery(t.Context(), queryable, nil, expression, time.UnixMilli(at.Milliseconds()))
	if err != nil {
		t.Fatal(err)
	}
	vector, err := query.Exec(t.Context()).Vector()
	if err != nil {
		t.Fatal(err)
	}
	return vector
}

// oneSeries ends after its series, which the set of Prometheus' own tests doesn't.
type oneSeries struct {
	storage.SeriesSet
	isRead bool
}

func (s *oneSeries) Next() bool {
	wasRead := s.isRead
	s.isRead = true
	return !wasRead
}
