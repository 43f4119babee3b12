package server

import (
	"log/slog"

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

// read returns what the file holds, also as a text that is another one when that has changed.
func (k *keyReloader) read() (text []byte, state string, err error) {
	if text, err = attest.ReadKeyFile(k.file); err != nil {
		return nil, err.Error(), err
	}
	return text, string(text), nil
}

func (k *keyReloader) hasChanged() bool {
	_, state, _ := k.read()
	return state != k.seen
}

func (k *keyReloader) reload() {
	text, state, err := k.read()
	k.seen = state
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
