//go:build unix

package server

import (
	"io"
	"net"
	"testing"
)

// TestResetConnections resets connections before they are accepted, between others whose clients have nothing more to send: the server gets
// these alone.
func TestResetConnections(t *testing.T) {
	l := newListener(t)
	ask := func() *net.TCPConn {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, "GET"); err != nil {
			t.Fatal(err)
		}
		return conn.(*net.TCPConn)
	}
	const clients = 5 * manyConnections
	for range clients {
		gone := ask()
		if err := gone.SetLinger(0); err != nil {
			t.Fatal(err)
		}
		gone.Close()
		there := ask()
		defer there.Close()
		if err := there.CloseWrite(); err != nil {
			t.Fatal(err)
		}
	}
	for range clients {
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(conn); err != nil || string(got) != "GET" {
			t.Errorf("got %q, %v", got, err)
		}
		conn.Close()
	}
}
