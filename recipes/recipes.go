// Package recipes embeds the knowledge: which components, versions and values fit which
// environment.
package recipes

import "embed"

// FS holds base.yaml, overlays/ and components/.
//
//go:embed base.yaml overlays components
var FS embed.FS
