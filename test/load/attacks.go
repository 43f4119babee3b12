package main

import (
	"errors"
	"strings"
)

const (
	bundleHead = "POST " + bundlePath + " HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
	megabyte   = bundleHead + "Content-Length: 1000000\r\n\r\n"
)

// errUnanswered means that an attack didn't get as far as to see how the server takes it.
var errUnanswered = errors.New("attack without effect")

// attacks returns all attacks.
func attacks() []attack {
	const slow = 1000
	return []attack{
		{name: "slow headers", run: drip(slow, "GET / HTTP/1.1\r\nHost: a\r\n", "X-A: b\r\n")},
		{name: "slow bodies", run: drip(slow, megabyte, " ")},
		{name: "large bodies that never end", run: drip(slow, megabyte+strings.Repeat(" ", 900000), " ")},
		{name: "half-sent bodies", run: halfSent(slow, 1)},
		{name: "half-sent bodies, 49 addresses", run: halfSent(8*49, 49), spread: true},
		{name: "idle connections", run: idle},
		{name: "idle connections, few descriptors", run: idle, set: withDescriptors(128)},
		{name: "slow readers", run: slowReaders},
		{name: "abandoned bundles", run: abandon},
		{name: "HTTP/2 rapid reset", run: rapidReset},
		// 400 is for those that don't arrive in time.
		{name: "thousands of headers", run: repeat(get(recipePath+"?"+gpuQuery, manyHeaders(5000)), 200, 400, 431)},
		{name: "headers above the limit", run: repeat(get(recipePath+"?"+gpuQuery, manyHeaders(20000)), 400, 431)},
		{name: "long `Accept`", run: longHeaders("Accept", acceptItems...)},
		{name: "long `Accept-Encoding`", run: longHeaders("Accept-Encoding", codingItems...)},
		{name: "long `If-None-Match`", run: longHeaders("If-None-Match", tagItems...)},
		{name: "long `If-Match`", run: longHeaders("If-Match", tagItems...)},
		{name: "query of 60 KiB", run: repeat(get(recipePath+"?"+strings.Repeat("a=b&", 15<<10), ""), 400)},
		{name: "compressed documents", run: flood(8, compressedDocuments()...)},
		{name: "compressed bodies", run: gzipBombs},
		{name: "deeply nested bodies", run: repeat(megabyte+strings.Repeat("[", 1000000), 400, 503)},
		{name: "unique `nodes`", run: flood(16, uniqueNodes)},
		{name: "unique `set`", run: flood(16, uniqueImage)},
		{name: "long options", run: flood(4, longOptions())},
		{name: "most options", run: flood(4, mostTolerations(), mostSets(), longestSets())},
		{name: "largest bodies", run: flood(4, largest())},
		{name: "failing log reader", run: flood(8, unknownPath), set: withLogPipe, beside: failLogReader},
		{name: "reloads", run: flood(4, uniqueNodes), set: withRecipes, beside: reload},
	}
}
