package httpcache

import (
	"net/http"
	"strings"
	"testing"
)

// Conditions are evaluated as RFC 9110, section 13.2.2, orders them.
func TestConditions(t *testing.T) {
	const ok, notModified, failed = http.StatusOK, http.StatusNotModified, http.StatusPreconditionFailed
	e := newEcho(t)
	for _, tt := range []struct {
		method string
		header []string
		want   int
	}{
		{"GET", nil, ok},
		{"GET", []string{"If-None-Match", tag}, notModified},
		{"HEAD", []string{"If-None-Match", tag}, notModified},
		{"POST", []string{"If-None-Match", tag}, ok},
		{"GET", []string{"If-None-Match", `"other"`}, ok},
		{"GET", []string{"If-Match", tag}, ok},
		{"GET", []string{"If-Match", `"other"`}, failed},
		{"HEAD", []string{"If-Match", `"other"`}, failed},
		{"POST", []string{"If-Match", `"other"`}, ok},
		{"GET", []string{"If-Match", "*"}, ok},
		{"GET", []string{"If-Match", "W/" + tag}, failed},
		{"GET", []string{"If-Match", ""}, failed},
		{"GET", []string{"If-Match", tag, "If-None-Match", tag}, notModified},
		{"GET", []string{"If-Match", `"other"`, "If-None-Match", tag}, failed},
		{"GET", []string{"If-Match", tag, "If-None-Match", `"other"`}, ok},
		{"GET", []string{"If-None-Match", `"other"`, "If-None-Match", tag}, notModified},
	} {
		if got := e.do(tt.method, "/a", "", tt.header...).StatusCode; got != tt.want {
			t.Errorf("%s with %q: %d, want %d", tt.method, tt.header, got, tt.want)
		}
	}
	if got := e.do("GET", "/a?fail", "", "If-Match", `"other"`).StatusCode; got != http.StatusBadRequest {
		t.Errorf("a condition hides an error: %d", got)
	}
}

func TestTags(t *testing.T) {
	for _, tt := range []struct {
		header       string
		weak, strong bool
	}{
		{"*", true, true},
		{" * ", true, true},
		{tag, true, true},
		{"W/" + tag, true, false},
		{`"a", ` + tag + `, "b"`, true, true},
		{`W/"a",W/` + tag, true, false},
		{`"a,b",` + tag, true, true},
		{`,, "a" ,` + tag, true, true},
		{`rubbish, ` + tag, true, true},
		{`"a\",` + tag, true, true},
		{`"a"b, ` + tag, true, true},
		{`"other"`, false, false},
		{`"a", W/"b"`, false, false},
		{`"a,*,b"`, false, false},
		{"W/*", false, false},
		{"*, *", false, false},
		{`*, "a"`, false, false},
		{tag[:3], false, false},
		{strings.Trim(tag, `"`), false, false},
		{"w/" + tag, false, false},
		{"", false, false},
		{`"`, false, false},
		{`W/"`, false, false},
		{`"a` + tag, false, false},
	} {
		for isWeak, want := range map[bool]bool{true: tt.weak, false: tt.strong} {
			if got := names([]string{tt.header}, tag, isWeak); got != want {
				t.Errorf("%q, weakly %t: %t", tt.header, isWeak, got)
			}
		}
	}
	if names([]string{"*", `"a"`}, tag, true) || names(nil, tag, true) || !names([]string{"", tag}, tag, true) {
		t.Error("several lines are not one list")
	}
}
