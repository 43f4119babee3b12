package catalog

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/NVIDIA/cloud-native-stack/internal/contract"
)

// Source is where catalogs are loaded from.
type Source struct {
	Embedded fs.FS
	Dir      string // laid over Embedded; none if empty
	Spec     *contract.Contract
}

// Load loads a catalog as [Load] does, and returns the [Source.State] that it read, with an error
// too. While it reads, the directory may be replaced as a whole by a symbolic link, which is how
// Kubernetes updates a mounted ConfigMap: then it reads anew, so that a catalog never holds files
// of two states. It stops when ctx is done, with its error.
func (s Source) Load(ctx context.Context) (catalog *Catalog, state string, err error) {
	if s.Dir == "" {
		catalog, err = load(ctx, s.Embedded, s.Spec)
		return catalog, "", err
	}
	const attempts = 5
	for range attempts {
		state = s.State()
		catalog, err = s.loadDir(ctx)
		if s.State() == state {
			return catalog, state, err
		}
	}
	return nil, state, fmt.Errorf("%s: it was replaced while it was read, %d times in a row", s.Dir, attempts)
}

func (s Source) loadDir(ctx context.Context) (*Catalog, error) {
	fsys, err := newLayered(s.Dir, s.Embedded)
	if err != nil {
		return nil, err
	}
	return load(ctx, fsys, s.Spec)
}

// State tells states of the directory apart that symbolic links lead to: its own target, and that
// of each link ..data in it or in a folder below, which Kubernetes points to a new folder when a
// mounted ConfigMap changes. A file that is edited where it is doesn't change it.
func (s Source) State() string {
	own, _ := filepath.EvalSymlinks(s.Dir)
	targets := []string{own}
	fsys := os.DirFS(s.Dir)
	// Only where files are read from: a look has to cost little, whatever else is there.
	for _, pattern := range []string{
		"..data", "overlays/..data", "components/..data", "components/[^.]*/..data",
		"components/[^.]*/manifests/..data", "components/[^.]*/paths/..data",
	} {
		links, _ := fs.Glob(fsys, pattern)
		for _, link := range links {
			target, _ := os.Readlink(filepath.Join(s.Dir, link))
			targets = append(targets, link, target)
		}
	}
	return fmt.Sprintf("%q", targets)
}
