package server

import (
	"context"
	"net"
	"sync"

	"github.com/NVIDIA/cloud-native-stack/internal/turn"
)

// writeBuffer is what the system holds of answers that a client doesn't read. By itself it takes megabytes for each connection.
const writeBuffer = 128 << 10 // bytes

// longRead is from how many bytes on a read is part of a long request. net/http reads up to 4096 of headers at a time.
const longRead = 2 << 10

// manyConnections is after how many new ones those that are open go first.
const manyConnections = 8

// listener accepts connections of which none keeps the others waiting for long.
type listener struct {
	*net.TCPListener
	turns    *turn.Turns
	accepted int       // by the one goroutine that does it
	spills   sync.Pool // of *[spill]byte
}

func listen(address string, turns *turn.Turns) (*listener, error) {
	config := net.ListenConfig{KeepAlive: -1} // timeouts end connections of clients that are gone
	l, err := config.Listen(context.Background(), "tcp", address)
	if err != nil {
		return nil, err
	}
	return &listener{TCPListener: l.(*net.TCPListener), turns: turns}, nil
}

// Accept implements [net.Listener]. It leaves out connections that their clients have reset by now, after which no answer can be sent.
func (l *listener) Accept() (net.Conn, error) {
	for {
		if l.accepted++; l.accepted%manyConnections == 0 {
			l.turns.Wait()
		}
		conn, err := l.AcceptTCP()
		if err != nil {
			return nil, err
		}
		if isReset(conn) {
			_ = conn.Close()
			continue
		}
		_ = conn.SetWriteBuffer(writeBuffer)
		return &clientConn{gatherer: gatherer{TCPConn: conn, spills: &l.spills}, turns: l.turns}, nil
	}
}

// clientConn is a connection that the server has accepted.
type clientConn struct {
	gatherer
	turns *turn.Turns
	last  int // how many bytes came with the last read
}

// Read implements [io.Reader]. Within a long request it lets others go first: there is no other place to interrupt net/http while it reads
// headers, which can be thousands.
func (c *clientConn) Read(data []byte) (n int, err error) {
	if c.last >= longRead {
		c.turns.Wait()
	}
	n, err = c.TCPConn.Read(data)
	c.last = n
	return n, err
}
