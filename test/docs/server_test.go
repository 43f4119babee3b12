package docs

import (
	"debug/elf"
	"os/exec"
	"testing"

	"github.com/NVIDIA/cloud-native-stack/test/harness"
)

// start runs a server with variables in the form of bash until the test ends.
func start(t *testing.T, dir string, env []string, variables string) *harness.Process {
	t.Helper()
	cmd := exec.Command("bash", "-c", variables+" exec cnsd")
	cmd.Dir, cmd.Env = dir, env
	return harness.Serve(t, cmd)
}

// static finds that the binary needs no loader and no libraries: docs/run-in-production.md puts it
// alone into an image.
func static(t *testing.T, binary string) {
	file, err := elf.Open(binary)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, p := range file.Progs {
		if p.Type == elf.PT_INTERP {
			t.Error("the binary is linked dynamically")
		}
	}
}
