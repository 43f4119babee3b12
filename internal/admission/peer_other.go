//go:build !unix

package admission

import "net"

// hasUnread can't tell on this system.
func hasUnread(net.Conn) bool { return false }

// isReset can't tell on this system.
func isReset(net.Conn) bool { return false }
