package server

import (
	"context"
	"net"
	"sync"
)

// writeBuffer is what the system holds of answers that a client doesn't read. By itself it takes
// megabytes for each connection.
const writeBuffer = 128 << 10 // bytes

// listener accepts connections of which none takes much memory.
type listener struct {
	*net.TCPListener
	spills sync.Pool // of *[spill]byte
}

func listen(address string) (*listener, error) {
	config := net.ListenConfig{KeepAlive: -1} // timeouts end connections of clients that are gone
	l, err := config.Listen(context.Background(), "tcp", address)
	if err != nil {
		return nil, err
	}
	return &listener{TCPListener: l.(*net.TCPListener)}, nil
}

// Accept implements [net.Listener].
func (l *listener) Accept() (net.Conn, error) {
	conn, err := l.AcceptTCP()
	if err != nil {
		return nil, err
	}
	_ = conn.SetWriteBuffer(writeBuffer)
	return &gatherer{TCPConn: conn, spills: &l.spills}, nil
}
