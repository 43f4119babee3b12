package contract

import "testing"

func TestNegotiate(t *testing.T) {
	const jsonType, xYAML, yamlType = "application/json", "application/x-yaml", "application/yaml"
	offers := []string{jsonType, xYAML, yamlType}
	tests := []struct {
		name   string
		accept string
		offers []string
		want   string // empty: none
	}{
		{"no header", "", offers, jsonType},
		{"anything", "*/*", offers, jsonType},
		{"one type", "application/yaml", offers, yamlType},
		{"other spelling", "application/x-yaml", offers, xYAML},
		{"upper case", "Application/YAML", offers, yamlType},
		{"subtypes", "application/*", offers, jsonType},
		{"other subtypes", "text/*", offers, ""},
		{"other type", "application/xml", offers, ""},
		{"prefix of a type", "application/yam", offers, ""},
		{"tie", "application/yaml, application/json", offers, yamlType},
		{"tie the other way round", "application/json, application/yaml", offers, jsonType},
		{"tie of wildcards", "text/*, application/*", []string{jsonType, "text/html"}, "text/html"},
		{"preference", "application/json;q=0.5, application/yaml;q=0.6", offers, yamlType},
		{"preference over anything", "application/yaml, */*;q=0.1", offers, yamlType},
		{"specific before general", "*/*;q=0.5, application/yaml;q=0.1", offers, jsonType},
		{"low specific beside high general", "application/json;q=0.1, */*;q=0.9", offers, xYAML},
		{"ruled out", "application/json;q=0", offers, ""},
		{"ruled out among others", "application/json;q=0, */*", offers, xYAML},
		{"ruled out in another spelling", "*/*, application/json;q=0.0", offers, xYAML},
		{"anything ruled out", "*/*;q=0", offers, ""},
		{"subtypes ruled out", "application/*;q=0, */*", []string{jsonType, "text/html"}, "text/html"},
		{"unknown among known", "application/xml, application/yaml;q=0.1", offers, yamlType},
		{"malformed", "rubbish", offers, ""},
		{"malformed among known", "rubbish, application/yaml", offers, yamlType},
		{"malformed quality", "application/yaml;q=x", offers, ""},
		{"malformed quality among known", "application/yaml;q=1.5, application/x-yaml", offers, xYAML},
		{"quality in upper case", "application/json;Q=0.1, application/yaml;Q=0.2", offers, yamlType},
		{"commas alone", ",,", offers, ""},
		{"empty items", ", application/yaml ,", offers, yamlType},
		{"spaces", "  application/yaml ; q=0.9 ", offers, yamlType},
		{"quality without a zero", "application/json;q=.2, application/yaml;q=.3", offers, yamlType},
		{"Java, JSON offered", "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", offers, jsonType},
		{"Java, HTML offered", "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2",
			[]string{jsonType, "text/html"}, "text/html"},
		{"star alone", "*", offers, jsonType},
		{"star with a quality", "text/html, *; q=.2", offers, jsonType},
		{"browser", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
			[]string{jsonType, "text/html"}, "text/html"},
		{"browser, no HTML offered", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", offers,
			jsonType},
		{"parameter", "application/json; charset=utf-8", offers, jsonType},
		{"parameter and quality", "application/yaml; charset=utf-8; q=0.9, application/json;q=0.1", offers, yamlType},
		{"quoted parameter", `application/yaml; profile="a;b"`, offers, yamlType},
		{"curl", "*/*", []string{jsonType, "text/html"}, jsonType},
		{"Prometheus", "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
			[]string{"text/plain"}, "text/plain"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := negotiate(tt.accept, tt.offers)
			if got != tt.want || ok != (tt.want != "") {
				t.Errorf("negotiate(%q) = %q, %v, want %q", tt.accept, got, ok, tt.want)
			}
		})
	}
}
