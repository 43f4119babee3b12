//go:build unix

package server

import (
	"net"
	"syscall"
)

// isReset says whether a connection has failed already: mostly its client has reset it.
func isReset(conn *net.TCPConn) bool {
	raw, err := conn.SyscallConn()
	if err != nil {
		return false
	}
	var failed int
	_ = raw.Control(func(fd uintptr) { failed, _ = syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_ERROR) })
	return failed != 0
}
