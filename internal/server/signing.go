package server

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/NVIDIA/cloud-native-stack/internal/attest"
	"github.com/NVIDIA/cloud-native-stack/internal/httpcache"
)

// keyReloader replaces the key that signs bundles when its file holds another one, as a mounted
// Secret does that was rotated. What is no key leaves the last good one in use.
type keyReloader struct {
	file    string
	seen    string // there, whether it was a key or not
	signer  *attest.Signer
	answers *httpcache.Cache
	log     *slog.Logger
}

func newKeyReloader(file string, answers *httpcache.Cache, log *slog.Logger) (*keyReloader, error) {
	text, err := attest.ReadKeyFile(file)
	if err != nil {
		return nil, err
	}
	signer, err := attest.NewSigner(text)
	if err != nil {
		return nil, err
	}
	return &keyReloader{file, string(text), signer, answers, log}, nil
}

// run reloads on each signal, which it passes on then, and on each change of the file, until ctx is
// done.
func (k *keyReloader) run(ctx context.Context, signals <-chan os.Signal, passed chan<- os.Signal) {
	tick := time.NewTicker(reloadInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case signal := <-signals:
			k.reload(true)
			select {
			case passed <- signal:
			case <-ctx.Done():
			}
		case <-tick.C:
			k.reload(false)
		}
	}
}

// reload takes what the file holds; what it has seen there already only if it is told to.
func (k *keyReloader) reload(isTold bool) {
	text, err := attest.ReadKeyFile(k.file)
	seen := string(text)
	if err != nil {
		seen = err.Error()
	}
	if seen == k.seen && !isTold {
		return
	}
	k.seen = seen
	if err == nil {
		err = k.signer.Replace(text)
	}
	if err != nil {
		k.log.Error("signing key not reloaded, the last good one stays in use", "file", k.file, "error", err)
		return
	}
	k.answers.Reset()
	k.log.Info("signing key reloaded", "file", k.file)
}
