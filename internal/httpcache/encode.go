package httpcache

import (
	"bytes"
	"fmt"
	"runtime"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// encoder applies content codings (RFC 9110, section 8.4.1). It is safe for concurrent use.
type encoder struct {
	gzip sync.Pool // of *gzip.Writer
	zstd *zstd.Encoder
}

func newEncoder() *encoder {
	const window = 128 << 10 // of which an encoder keeps several
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(window),
		zstd.WithLowerEncoderMem(true), zstd.WithEncoderConcurrency(runtime.GOMAXPROCS(0)))
	if err != nil {
		panic(err) // these options are valid
	}
	return &encoder{gzip: sync.Pool{New: func() any { return gzip.NewWriter(nil) }}, zstd: z}
}

// encode returns a body in a coding of the contract.
func (e *encoder) encode(coding string, body []byte) []byte {
	switch coding {
	case "gzip":
		var packed bytes.Buffer
		w := e.gzip.Get().(*gzip.Writer)
		defer e.gzip.Put(w)
		w.Reset(&packed)
		_, _ = w.Write(body) // to memory, which takes all
		_ = w.Close()
		return packed.Bytes()
	case "zstd":
		return e.zstd.EncodeAll(body, nil)
	}
	panic(fmt.Sprintf("the contract offers the coding %q, which there is no encoder for", coding))
}
