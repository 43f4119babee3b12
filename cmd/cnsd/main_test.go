package main

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/internal/logwriter"
)

// runTest runs a command that doesn't serve.
func runTest(t *testing.T, stdout io.Writer, args []string, environ ...string) error {
	t.Helper()
	log := logwriter.New(t.Output())
	defer log.Close()
	return run(args, environ, stdout, log)
}

func TestHelp(t *testing.T) {
	var out bytes.Buffer
	if err := runTest(t, &out, []string{"--help"}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"--version", "PORT", "8080", "LOG_LEVEL", "CNS_RATE_LIMIT", "CNS_ALLOWED_OS",
		"CNS_DRAIN_DELAY"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("--help lacks %s", want)
		}
	}
}

func TestBadStart(t *testing.T) {
	for _, tt := range []struct {
		name, want    string
		args, environ []string
	}{
		{name: "unknown flag", args: []string{"--prot"}, want: "-prot"},
		{name: "argument", args: []string{"serve"}, want: `unexpected argument "serve"`},
		{name: "port", environ: []string{"PORT=80x80"}, want: "PORT"},
		{name: "log level", environ: []string{"LOG_LEVEL=loud"}, want: "LOG_LEVEL"},
		{name: "misspelt variable", environ: []string{"CNS_ALOWED_OS=rhel"}, want: "CNS_ALOWED_OS: unknown variable"},
		{name: "rate", environ: []string{"CNS_RATE_LIMIT=-1"}, want: "CNS_RATE_LIMIT: must be 0, or from 0.001"},
		{name: "allowlist", environ: []string{"CNS_ALLOWED_ACCELERATORS=h10"},
			want: `CNS_ALLOWED_ACCELERATORS: "h10" is not valid: must be one of h100, gb200, a100, l40, any`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			err := runTest(t, &out, tt.args, tt.environ...)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %s", err, tt.want)
			}
		})
	}
}
