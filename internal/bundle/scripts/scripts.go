// Package scripts holds the shell scripts of the Helm bundle. They are constants: what differs between two bundles they
// read from the bundle's releases.tsv, so no name, version or URL ever becomes part of a program.
package scripts

import _ "embed"

// Deploy is deploy.sh, which installs or upgrades a bundle's releases in order. Treat it as read-only.
//
//go:embed deploy.sh
var Deploy []byte

// Undeploy is undeploy.sh, which removes them in reverse order. Treat it as read-only.
//
//go:embed undeploy.sh
var Undeploy []byte
