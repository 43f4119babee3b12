package clients

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// pythonClient installs the Python client as its README says, into an environment with the packages
// of .tools/python, and runs python/test_client.py and the example in it.
func pythonClient(t *testing.T, binary string, s site) {
	tools := path(t, ".tools", "python")
	environment := filepath.Join(t.TempDir(), "venv")
	python := filepath.Join(environment, "bin", "python")
	command(t, ".", filepath.Join(tools, "bin", "python"), "-m", "venv", "--without-pip", environment)
	packages, err := filepath.Glob(filepath.Join(environment, "lib", "python*", "site-packages"))
	if err != nil || len(packages) != 1 {
		t.Fatalf("%v %q", err, packages)
	}
	shared, err := filepath.Glob(filepath.Join(tools, "lib", "python*", "site-packages"))
	if err != nil || len(shared) != 1 {
		t.Fatalf("%v %q", err, shared)
	}
	write(t, filepath.Join(packages[0], "tools.pth"), shared[0]+"\n")
	user, source := clone(t, "python")
	install(t, source, user, "PATH="+filepath.Join(tools, "bin")+":"+os.Getenv("PATH"), "PIP_PYTHON="+python,
		"PIP_NO_INDEX=1", "PIP_NO_BUILD_ISOLATION=0") // 0 means that there is none

	for _, what := range [][]string{
		{"-p", "cnsd_client"},
		{path(t, "api", "codegen", "python", "example.py"), path(t, "test", "clients", "python", "test_client.py")},
	} {
		command(t, t.TempDir(), filepath.Join(tools, "bin", "mypy"),
			append([]string{"--strict", "--cache-dir", path(t, ".tools", "mypy"), "--python-executable", python},
				what...)...)
	}
	cmd := exec.CommandContext(t.Context(), python, "-B", "-W", "error",
		path(t, "test", "clients", "python", "test_client.py"))
	cmd.Env = append(os.Environ(), s.variables()...)
	succeed(t, cmd)
	example(t, binary, path(t, "api", "codegen", "python", "example.py"), func(text string) *exec.Cmd {
		return exec.CommandContext(t.Context(), python, "-c", text)
	})
}
