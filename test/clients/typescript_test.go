package clients

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// typeScriptClient installs the TypeScript client as its README says, with the compiler of
// .tools/npm, and runs typescript/client.test.ts and the example with it.
func typeScriptClient(t *testing.T, binary string, s site) {
	modules := path(t, ".tools", "npm", "node_modules")
	tsc := filepath.Join(modules, ".bin", "tsc")
	user, source := clone(t, "typescript")
	compiler := os.DirFS(filepath.Join(modules, "typescript"))
	if err := os.CopyFS(filepath.Join(source, "node_modules", "typescript"), compiler); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(user, "package.json"), `{"private": true, "type": "module"}`)
	install(t, source, user, "npm_config_offline=true")

	for _, file := range []string{
		path(t, "test", "clients", "typescript", "client.test.ts"),
		path(t, "api", "codegen", "typescript", "example.ts"),
	} {
		write(t, filepath.Join(user, filepath.Base(file)), read(t, file))
	}
	// Without the types of browsers, which programs for Node.js don't have, and with all checks of
	// declarations.
	command(t, user, tsc, "--strict", "--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes",
		"--skipLibCheck", "false",
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
