package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// stage is what a server that is attacked is started with.
type stage struct {
	plan
	dir         string // for files that it needs
	environment []string
	reader      *os.File // of its log, if that is a pipe
}

// Timeouts that let an attack of a few seconds meet each of them. The rate limit is off: with it,
// floods would end there.
var impatient = []string{
	"CNS_RATE_LIMIT=0", "LOG_LEVEL=error", "CNS_READ_HEADER_TIMEOUT=2s", "CNS_READ_TIMEOUT=2s", "CNS_IDLE_TIMEOUT=10s",
}

func newStage(p plan) (*stage, error) {
	dir, err := os.MkdirTemp("", "cnsd-stage")
	return &stage{plan: p, dir: dir, environment: impatient}, err
}

func (st *stage) start() (*process, error) { return startServer(st.binary, st.log, st.environment...) }

func (st *stage) close() {
	if st.reader != nil {
		_ = st.reader.Close()
		_ = st.log.Close()
	}
	_ = os.RemoveAll(st.dir)
}

// withDescriptors lets the server have so many of them.
func withDescriptors(most int) func(*stage) error {
	return func(st *stage) error {
		binary, err := filepath.Abs(st.binary)
		if err != nil {
			return err
		}
		script := fmt.Sprintf("#!/bin/sh\nulimit -n %d\nexec '%s'\n", most, binary)
		st.binary = filepath.Join(st.dir, "cnsd")
		return os.WriteFile(st.binary, []byte(script), 0o755)
	}
}

// withLogPipe has the server write all of its log into a pipe, which is read.
func withLogPipe(st *stage) error {
	reader, writer, err := os.Pipe()
	if err != nil {
		return err
	}
	st.reader, st.log = reader, writer
	st.environment = append(st.environment[:len(st.environment):len(st.environment)], "LOG_LEVEL=info")
	go func() { _, _ = io.Copy(io.Discard, reader) }() // until that fails
	return nil
}

// failLogReader leaves the log unread for half of the time, and then ends its reader.
func failLogReader(ctx context.Context, st *stage, _ int) error {
	if err := st.reader.SetReadDeadline(time.Now()); err != nil {
		return nil // it has gone in an earlier round
	}
	end, _ := ctx.Deadline()
	sleep(ctx, time.Until(end)/2)
	return st.reader.Close()
}

// withRecipes lays a directory of recipe data over the embedded ones.
func withRecipes(st *stage) error {
	st.environment = append(st.environment[:len(st.environment):len(st.environment)], "CNS_RECIPES_DIR="+st.recipes())
	return st.writeOverlay("none")
}

func (st *stage) recipes() string { return filepath.Join(st.dir, "recipes") }

// writeOverlay changes the recipe of an environment that no one asks for.
func (st *stage) writeOverlay(value string) error {
	overlay := "criteria: {service: aks, accelerator: l40, os: rhel, intent: inference}\n" +
		"components:\n  gpu-operator: {values: {operator: {annotations: {reload: " + value + "}}}}\n"
	file, draft := filepath.Join(st.recipes(), "overlays", "load-test.yaml"), filepath.Join(st.dir, "draft")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	// As a whole: a reader must not see half of it.
	if err := os.WriteFile(draft, []byte(overlay), 0o644); err != nil {
		return err
	}
	return os.Rename(draft, file)
}

// reload has the server read changed recipe data ten times a second.
func reload(ctx context.Context, st *stage, pid int) error {
	for n := 0; sleep(ctx, 100*time.Millisecond); n++ {
		if err := st.writeOverlay(fmt.Sprintf("n%d", n)); err != nil {
			return err
		}
		if err := syscall.Kill(pid, syscall.SIGHUP); err != nil {
			return fmt.Errorf("reload %d: %w", n, err)
		}
	}
	return nil
}
