package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
)

// answer is what a server said, without the headers that net/http writes by itself.
type answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// floor is the fastest server that net/http allows: it writes the answers that another one gave,
// each under a path of its own.
type floor map[string]answer

func (f floor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a, ok := f[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	header := w.Header()
	for name, values := range a.Header {
		header[name] = values
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body)
}

// runFloor serves the answers that come in, and says where.
func runFloor(in io.Reader, out io.Writer) error {
	var f floor
	if err := json.NewDecoder(in).Decode(&f); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(out, listener.Addr()); err != nil {
		return err
	}
	return http.Serve(listener, f)
}

// startFloor runs a floor beside this program.
func startFloor(f floor) (*process, error) {
	answers, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	p, addr, err := startSelf(bytes.NewReader(answers), 0, "floor")
	if err != nil {
		return nil, err
	}
	p.addr = addr
	return p, nil
}
