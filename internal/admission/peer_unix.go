//go:build unix

package admission

import (
	"net"
	"syscall"
)

// hasUnread reports whether a connection has bytes that can be read at once.
func hasUnread(conn net.Conn) bool {
	n := 0
	ok := control(conn, func(fd int) {
		var first [1]byte
		n, _, _ = syscall.Recvfrom(fd, first[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	})
	return ok && n > 0
}

// isReset reports whether the client has reset a connection, which then is as good as closed.
func isReset(conn net.Conn) bool {
	code := 0
	ok := control(conn, func(fd int) { code, _ = syscall.GetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_ERROR) })
	return ok && code != 0
}

// control calls a function for the descriptor of a connection. It reports whether there is one.
func control(conn net.Conn, use func(fd int)) bool {
	raw, ok := conn.(syscall.Conn)
	if !ok {
		return false
	}
	control, err := raw.SyscallConn()
	return err == nil && control.Control(func(fd uintptr) { use(int(fd)) }) == nil
}
