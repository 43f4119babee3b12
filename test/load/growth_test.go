package main

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestGrowth wants work to grow with the bytes of a request and never faster. It measures the
// processor time of the server alone, so that what else the machine does hardly matters.
func TestGrowth(t *testing.T) {
	list, err := examine(quick(t))
	var table strings.Builder
	if err := errors.Join(err, printGrowth(&table, list)); err != nil {
		t.Error(err)
	}
	t.Logf("%s", &table)
}

// TestGrowthFault is what that test says of some measurements.
func TestGrowthFault(t *testing.T) {
	const ms = time.Millisecond
	for _, tt := range []struct {
		quarter, limit time.Duration
		status         int
		slowness       float64
		ok             bool
	}{
		{2 * ms, 9 * ms, 200, 1, true}, {2 * ms, 9 * ms, 400, 1, true}, {ms / 100, ms, 200, 1, true},
		{2 * ms, 9 * ms, 503, 1, false}, {ms, 6 * ms, 200, 1, false}, {5 * ms, 21 * ms, 200, 0.5, false},
		{5 * ms, 19 * ms, 200, 2, true}, {9 * ms, 41 * ms, 200, 2, false}, {ms, 6 * ms, 200, 2, false},
	} {
		g := growth{probing{"", headMost, nil}, tt.quarter, tt.limit, tt.status, tt.slowness}
		if err := g.fault(); (err == nil) != tt.ok {
			t.Errorf("%+v: %v", tt, err)
		}
	}
}

// TestMatching makes texts of some patterns.
func TestMatching(t *testing.T) {
	for pattern, length := range map[string]int{
		`^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`: 53, `^(https?|oci)://[a-z]+(:[0-9]{1,5})?$`: 200, `^v?[0-9]+$`: 9,
		`^[^=][\s\S]*=[\s\S]*$`: 4096, `^(a|bc){2,3}$`: 6,
	} {
		text, err := matching(pattern, length, 1)
		if ok, _ := regexp.MatchString(pattern, text); err != nil || !ok || len(text) > length || len(text) < length-4 {
			t.Errorf("%s: %d bytes, want %d: %.100q %v", pattern, len(text), length, text, err)
		}
	}
}
