// Command cnsd answers which Helm charts, versions and values fit a GPU Kubernetes cluster, and
// packs them for deployment.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/NVIDIA/cloud-native-stack/api"
	"github.com/NVIDIA/cloud-native-stack/internal/config"
	"github.com/NVIDIA/cloud-native-stack/internal/contract"
	"github.com/NVIDIA/cloud-native-stack/internal/logwriter"
	"github.com/NVIDIA/cloud-native-stack/internal/middleware"
	"github.com/NVIDIA/cloud-native-stack/internal/recipe"
	"github.com/NVIDIA/cloud-native-stack/internal/server"
	"github.com/NVIDIA/cloud-native-stack/recipes"
)

// Set by the linker (see the Makefile). The date is the release's, in RFC 3339.
var (
	version = "dev"
	commit  = "unknown"
	date    = "1970-01-01T00:00:00Z"
)

// Little is in use for long, so garbage may grow to several times that before it's collected. From
// the limit on it is collected more often, which keeps the process under 80 MB with full caches.
// GOGC and GOMEMLIMIT, Go's own variables, overrule both, so there are none of ours for them: who
// makes caches or connections larger raises GOMEMLIMIT.
const (
	gcPercent   = 400
	memoryLimit = 40 << 20 // bytes
)

func main() {
	runtime.MemProfileRate = 0 // nobody can ask for a profile
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	stderr := logwriter.New(os.Stderr)
	err := run(os.Args[1:], os.Environ(), os.Stdout, stderr)
	if err != nil {
		fmt.Fprintln(stderr, "cnsd:", err)
	}
	_ = stderr.Close() // there is nobody to tell
	if err != nil {
		os.Exit(1)
	}
}

func run(args, environ []string, stdout io.Writer, stderr *logwriter.Writer) error {
	document, err := contract.Parse(api.Spec)
	if err != nil {
		return err
	}
	flags := flag.NewFlagSet("cnsd", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	showVersion := flags.Bool("version", false, "")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return help(stdout, document.Variables())
	case err != nil:
		return fmt.Errorf("%w (see cnsd --help)", err)
	case flags.Arg(0) == "recipes" && !*showVersion:
		return runRecipes(flags.Args()[1:], stdout)
	case flags.NArg() > 0:
		return fmt.Errorf("unexpected argument %q (see cnsd --help)", flags.Arg(0))
	case *showVersion:
		_, err := fmt.Fprintf(stdout, "cnsd %s (commit %s, %s)\n", version, commit, date)
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	cfg, err := config.Parse(environ, document.Variables())
	if err != nil {
		return err
	}
	signal.Ignore(syscall.SIGPIPE) // Go would end the process when the log's reader has gone
	reload := make(chan os.Signal, 1)
	signal.Notify(reload, syscall.SIGHUP) // also where there is nothing to reload: it isn't meant to end the process
	level := new(slog.LevelVar)
	log := slog.NewJSONHandler(stderr, &slog.HandlerOptions{Level: level})
	s, err := server.New(server.Options{
		Config: cfg, Document: document, Recipes: recipes.FS, Commit: commit, LogLevel: level,
		Log: slog.New(middleware.LogHandler{Handler: log}), Reload: reload,
		Collectors: []prometheus.Collector{stderr.Dropped},
		Build:      recipe.Build{Version: version, Created: date},
	})
	if err != nil {
		return err
	}
	// What was needed to start alone goes when the first clients have their answers.
	time.AfterFunc(time.Second, debug.FreeOSMemory)
	return s.Run(ctx)
}

func help(w io.Writer, allowlists map[string]string) error {
	_, err := fmt.Fprint(w, `cnsd serves recipes and bundles for GPU Kubernetes clusters over HTTP.

Usage:
  cnsd                run the server
  cnsd recipes …      look at recipe data: check, images, matrix, paths, schema (see cnsd recipes --help)
  cnsd --version      print version, commit and date
  cnsd --help         print this text

Environment variables, their defaults and meanings:
`)
	return errors.Join(err, config.Help(w, allowlists))
}
