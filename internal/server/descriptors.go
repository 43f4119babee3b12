package server

import (
	"fmt"
	"log/slog"

	"github.com/NVIDIA/cloud-native-stack/internal/config"
)

// ownFiles is how many files the process may have open beside its connections: its log and ports,
// and what it reads of recipe data, keys and the system's statistics.
const ownFiles = 32

// fitConnections holds the bound of connections against that of open files. With more connections
// than files, those that wait to be accepted would wait until others end. A bound that nobody has
// set is lowered.
func fitConnections(limits *config.Limits, files int, log *slog.Logger) error {
	most := files - ownFiles
	switch {
	case limits.Connections <= most:
		return nil
	case limits.Connections != config.DefaultConnections || most < 1:
		return fmt.Errorf("CNS_MAX_CONNECTIONS: %d connections take up to %d open files, but the process may have %d: "+
			"lower the one or raise the other (ulimit -n, LimitNOFILE=)",
			limits.Connections, limits.Connections+ownFiles, files)
	}
	log.Warn("connections limited, because the process may have few open files (ulimit -n, LimitNOFILE=)",
		"connections", most, "instead_of", limits.Connections, "open_files", files)
	limits.Connections = most
	return nil
}
