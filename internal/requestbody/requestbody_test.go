package requestbody

import (
	"io"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestBody(t *testing.T) {
	r := httptest.NewRequest("POST", "/", strings.NewReader("not yet received"))
	if data, ok := Of(r); ok {
		t.Errorf("%q of a body that hasn't been received", data)
	}
	Set(r, []byte("abc"))
	if data, ok := Of(r); string(data) != "abc" || !ok || r.ContentLength != 3 {
		t.Errorf("%q, %t, %d bytes", data, ok, r.ContentLength)
	}
	if data, err := io.ReadAll(r.Body); string(data) != "abc" || err != nil {
		t.Errorf("read %q, %v", data, err)
	}
	if data, ok := Of(r); string(data) != "abc" || !ok {
		t.Errorf("%q, %t once it has been read", data, ok)
	}
	if data, ok := Of(httptest.NewRequest("GET", "/", nil)); len(data) > 0 || !ok {
		t.Errorf("%q, %t without a body", data, ok)
	}
}
