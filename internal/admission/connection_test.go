package admission

import (
	"net"
	"slices"
	"strings"
	"testing"
)

// writes records what is written to a connection, each by itself.
type writes struct {
	net.Conn
	texts []string
}

func (w *writes) Write(data []byte) (int, error) {
	w.texts = append(w.texts, string(data))
	return len(data), nil
}

// TestWrite writes answers in parts, of which the connection knows how long they are, or doesn't.
func TestWrite(t *testing.T) {
	conn := &writes{}
	c := &connection{Conn: conn, all: NewConnections(1)}
	long := strings.Repeat("x", pieceBytes)
	check := func(length int, part string, want ...string) {
		t.Helper()
		conn.texts = nil
		if length > 0 {
			c.begin(length)
		}
		if n, err := c.Write([]byte(part)); n != len(part) || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		if !slices.Equal(conn.texts, want) {
			t.Errorf("%.20s: written %.40q, want %.40q", part, conn.texts, want)
		}
	}
	check(0, "unknown", "unknown")
	check(10, "head+")
	check(0, "bod")
	check(0, "y+++", "head+bod", "y+++")
	check(0, "next", "next")
	check(3, "whole", "whole")
	check(2*pieceBytes, "head", "head") // too long to be kept
	check(0, long+long+"x", long, long, "x")
}
