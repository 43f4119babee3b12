package clients

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// typeScriptClient builds the TypeScript client and installs it as its users do, and runs typescript/client.test.ts and the
// example with it.
func typeScriptClient(t *testing.T, binary string, s site) {
	modules := path(t, ".tools", "npm", "node_modules")
	tsc := filepath.Join(modules, ".bin", "tsc")
	source, user := filepath.Join(t.TempDir(), "source"), t.TempDir()
	if err := os.CopyFS(source, os.DirFS(path(t, "gen", "client", "typescript"))); err != nil {
		t.Fatal(err)
	}
	command(t, source, tsc)
	command(t, source, "npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", user)
	write(t, filepath.Join(user, "package.json"), `{"private": true, "type": "module"}`)
	command(t, user, "npm", "install", "--silent", "--offline", "--no-package-lock", "--ignore-scripts", "./cnsd-client-1.0.0.tgz")

	for _, file := range []string{path(t, "test", "clients", "typescript", "client.test.ts"), path(t, "api", "codegen", "typescript", "example.ts")} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(user, filepath.Base(file)), string(text))
	}
	// Without the types of browsers, which programs for Node.js don't have, and with all checks of declarations.
	command(t, user, tsc, "--strict", "--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes", "--skipLibCheck", "false",
		"--target", "ES2022", "--lib", "ES2022", "--module", "NodeNext",
		"--typeRoots", filepath.Join(modules, "@types"), "--types", "node", "client.test.ts", "example.ts")

	cmd := exec.CommandContext(t.Context(), "node", "--test", "client.test.js")
	cmd.Dir = user
	cmd.Env = append(os.Environ(), s.variables()...)
	succeed(t, cmd)
	example(t, binary, filepath.Join(user, "example.js"), func(text string) *exec.Cmd {
		write(t, filepath.Join(user, "run.js"), text)
		return exec.CommandContext(t.Context(), "node", filepath.Join(user, "run.js"))
	})
}
