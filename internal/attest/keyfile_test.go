package attest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReadKeyFile(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "key.pem")
	if err := os.WriteFile(file, []byte("key"), 0o600); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{file, link} {
		if text, err := ReadKeyFile(name); err != nil || string(text) != "key" {
			t.Errorf("%s: %q %v", name, text, err)
		}
	}
	large := filepath.Join(dir, "large")
	if err := os.WriteFile(large, make([]byte, maxKeyFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		dir:         dir + " is no regular file: want one with a key in PEM",
		"/dev/zero": "/dev/zero is no regular file: want one with a key in PEM",
		large:       large + " has more than 65536 bytes: want a key in PEM",
		file + "x":  "no such file",
	} {
		if _, err := ReadKeyFile(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %s", name, err, want)
		}
	}
}
