package attest

import (
	"fmt"
	"io"
	"os"
)

// maxKeyFile is far more than a key takes.
const maxKeyFile = 64 << 10 // bytes

// ReadKeyFile reads a file that should hold a key. It takes regular files alone, also by symbolic
// links, as mounted Secrets have them: a pipe would keep its reader waiting, a device has no end.
func ReadKeyFile(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file: want one with a key in PEM", name)
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxKeyFile+1))
	if err == nil && len(text) > maxKeyFile {
		err = fmt.Errorf("%s has more than %d bytes: want a key in PEM", name, maxKeyFile)
	}
	return text, err
}
