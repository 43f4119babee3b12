// Package recipes embeds the knowledge: which components, versions and values fit which
// environment.
package recipes

import "embed"

// FS holds base.yaml, overlays/ and components/.
//
//go:embed base.yaml overlays components
var FS embed.FS

// Rendered lists the charts, by component and version, with whose sources Helm rendered every
// recipe's values when that was last tried: make e2e.
//
//go:embed rendered.txt
var Rendered string
