package constraint

import (
	"strings"
	"testing"
)

func TestMeets(t *testing.T) {
	for text, versions := range map[string]struct{ in, out string }{
		"24.04":                       {"24.04 24.4 24.04.0 v24.04", "24.04.1 24.10 22.04"},
		"=9.4":                        {"9.4", "9.5"},
		"9.4 || 9.6":                  {"9.4 9.6", "9.5 9.4.1 9.7"},
		">=8.10 <9.0 || >=9.4 <=10.2": {"8.10 8.11 9.4 10.2", "8.9 9.0 9.3 10.3 10.2.1"},
		">=1.32.4 <1.36":              {"1.32.4 1.35.99", "1.32.3 1.36 1.36.0"},
		">= 580.65.06 < 590":          {"580.65.6 589", "580.65.05 590"},
		">1.2 !=1.3":                  {"1.2.1 1.3.1 2", "1.2 1.3 1.3.0"},
		"<=2":                         {"0 1.9 2.0", "2.0.1"},
		"~1":                          {"1 1.9", "2 0.9"},
		"~1.34":                       {"1.34.9", "1.35 1.33"},
		"~1.34.2":                     {"1.34.2 1.34.9", "1.35 1.34.1"},
		"^1.34.2":                     {"1.34.2 1.99", "2 1.34.1"},
		"^0.4.1":                      {"0.4.1 0.4.9", "0.5 0.4.0 1"},
		"^0":                          {"0 0.9", "1"},
	} {
		c, err := Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		for isIn, list := range map[bool]string{true: versions.in, false: versions.out} {
			for v := range strings.FieldsSeq(list) {
				exact, err := Parse(v)
				if err != nil {
					t.Errorf("%s: %v", v, err)
				} else if c.Meets(exact) != isIn || exact.Meets(c) != isIn {
					t.Errorf("%s meets %s: want %t", v, text, isIn)
				}
			}
		}
	}
}

func TestMeetsRanges(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"9.4 || 9.6", "~9.6", true},
		{"9.4 || 9.6", "~9.5", false},
		{">=10.0 <=10.2", "~10", true},
		{"<1.36", ">=1.36", false},
		{"<=1.36", ">=1.36", true},
		{">1.35 <1.36", ">1.35.9", true},
		{"!=2", "2", false},
	} {
		a, errA := Parse(tt.a)
		b, errB := Parse(tt.b)
		if errA != nil || errB != nil {
			t.Errorf("%v, %v", errA, errB)
		} else if a.Meets(b) != tt.want || b.Meets(a) != tt.want {
			t.Errorf("%s meets %s: want %t", tt.a, tt.b, tt.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "is no condition",
		"9.4 ||":                 "is no condition",
		"|| 9.4":                 "is no condition",
		"9.x":                    "is no condition",
		">=":                     "is no condition",
		">=5.15.0-1019":          "is no condition",
		">=1.2,<2":               "is no condition",
		"1.2.":                   "is no condition",
		"99999999999999999999":   "value out of range",
		">=9.6 <9.4":             `no version meets ">=9.6 <9.4"`,
		"9.4 || >9.4 <=9.4":      `no version meets ">9.4 <=9.4"`,
		">=9.4 <9.4.0":           "no version meets",
		"9.4 9.6":                "no version meets",
		"9.4 !=9.4":              "no version meets",
		"<0":                     "no version meets",
		">=1.36.0 <1.36.0":       "no version meets",
		"~1.34 >=1.35":           "no version meets",
		">=580.178.04 <580.65.0": "no version meets",
	} {
		if _, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
