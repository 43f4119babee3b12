//go:build unix

package admission

import (
	"net"
	"testing"
	"time"
)

// TestLateConnections opens more connections than there may be, of which the one that has waited
// longest has sent something that the server hasn't read yet.
func TestLateConnections(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	all := NewConnections(8)
	counted := all.Listener(l)
	open := func(host byte, text string) (client, server net.Conn) {
		dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, host)}}
		client, err := dialer.DialContext(t.Context(), "tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { client.Close() })
		if server, err = counted.Accept(); err != nil {
			t.Fatal(err)
		}
		if _, err := client.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond) // until it has arrived
		return client, server
	}
	isOpen := func(client net.Conn) bool {
		_ = client.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		_, err := client.Read(make([]byte, 1))
		timeout, ok := err.(net.Error)
		return ok && timeout.Timeout()
	}
	first, server := open(1, "GET / HTTP/1.1\r\n")
	second, _ := open(2, "")
	for host := range byte(6) {
		open(3+host, "")
	}
	open(10, "")
	if !isOpen(first) || isOpen(second) {
		t.Error("the one that lets the server wait isn't the one that is closed")
	}
	server.(*connection).waitAnswered() // nothing that it sends matters any more
	for host := range byte(9) {
		open(20+host, "")
	}
	if isOpen(first) {
		t.Error("one whose client reads no answer stays open")
	}
}

// TestResetConnections accepts what a client has reset before, and then another connection.
func TestResetConnections(t *testing.T) {
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	open := func() *net.TCPConn {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		return conn.(*net.TCPConn)
	}
	gone := open()
	if _, err := gone.Write([]byte("GET / HTTP/1.1\r\n")); err != nil {
		t.Fatal(err)
	}
	if err := gone.SetLinger(0); err != nil { // so that it's reset
		t.Fatal(err)
	}
	_ = gone.Close()
	other := open()
	defer other.Close()
	accepted, err := NewConnections(8).Listener(l).Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer accepted.Close()
	if got, want := accepted.RemoteAddr().String(), other.LocalAddr().String(); got != want {
		t.Errorf("the connection from %s is accepted, want the one from %s", got, want)
	}
}
