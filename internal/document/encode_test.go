package document

import "testing"

func TestEncodeJSON(t *testing.T) {
	got, err := EncodeJSON(map[string]any{"b": ">=1.32 <2 & more", "a": []any{}})
	if want := `{"a":[],"b":">=1.32 <2 & more"}` + "\n"; err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestMust(t *testing.T) {
	if got := string(Must(EncodeJSON("a"))); got != "\"a\"\n" {
		t.Errorf("got %q", got)
	}
	defer func() {
		if recover() == nil {
			t.Error("a channel was encoded")
		}
	}()
	Must(EncodeJSON(make(chan int)))
}
