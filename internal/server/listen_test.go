package server

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

// TestAddress listens where CNS_ADDRESS says, and nowhere else.
func TestAddress(t *testing.T) {
	for address, want := range map[string]string{
		"": "::", "127.0.0.1": "127.0.0.1", "127.0.0.2": "127.0.0.2", "localhost": "127.0.0.1",
		"::1": "::1", "[::1]": "::1", "::": "::", "0.0.0.0": "0.0.0.0",
	} {
		t.Run(address, func(t *testing.T) {
			s, err := New(options(t, io.Discard, "CNS_ADDRESS="+address))
			if strings.Contains(want, ":") {
				if l, noIPv6 := net.Listen("tcp6", "[::1]:0"); noIPv6 == nil {
					_ = l.Close()
				} else if address != "" { // the machine has no IPv6: the start has to say so
					if err == nil || !strings.HasPrefix(err.Error(), "CNS_ADDRESS: ") {
						t.Errorf("error %v", err)
					}
					return
				} else {
					want = "0.0.0.0"
				}
			}
			if err != nil {
				t.Fatal(err)
			}
			ts := serve(t, s)
			host, port, err := net.SplitHostPort(s.Addr())
			if err != nil || host != want {
				t.Errorf("listens on %s", s.Addr())
			}
			if resp, _ := ts.do(t, call{path: "/health"}); resp.StatusCode != http.StatusOK {
				t.Errorf("status %d", resp.StatusCode)
			}
			if host != "127.0.0.1" {
				return
			}
			if conn, err := net.Dial("tcp", "127.0.0.2:"+port); err == nil {
				_ = conn.Close()
				t.Error("listens on other addresses, too")
			}
		})
	}
}

func TestAddressRefused(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.1":       "CNS_ADDRESS: listen tcp4 192.0.2.1:0: bind: ", // of no machine (RFC 5737)
		"2001:db8::1":     "CNS_ADDRESS: listen tcp [2001:db8::1]:0: ",
		"nowhere.invalid": "CNS_ADDRESS: listen tcp: lookup nowhere.invalid",
	} {
		const hint = ": must be an address or a name of this machine, such as 127.0.0.1"
		_, err := New(options(t, io.Discard, "CNS_ADDRESS="+address))
		if err == nil || !strings.HasPrefix(err.Error(), want) || !strings.HasSuffix(err.Error(), hint) {
			t.Errorf("%s: error %v", address, err)
		}
	}
}

func TestPortTaken(t *testing.T) {
	ts := start(t, "CNS_ADDRESS=127.0.0.1")
	_, port, err := net.SplitHostPort(ts.server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{"", "127.0.0.1"} {
		_, err := New(options(t, io.Discard, "CNS_ADDRESS="+address, "PORT="+port))
		if err == nil || !strings.HasPrefix(err.Error(), "PORT: ") {
			t.Errorf("error %v", err)
		}
	}
}
