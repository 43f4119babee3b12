package server

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// raw sends text as it is and returns the answer and what comes behind it.
func raw(t *testing.T, ts *testServer, text string) (*http.Response, string, string) {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", ts.address())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	answer := bufio.NewReader(conn)
	resp, err := http.ReadResponse(answer, nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(answer)
	return resp, string(body), string(rest)
}

func TestRequestTargets(t *testing.T) {
	ts := start(t, "CNS_RATE_LIMIT=1000")
	index := string(ts.get(t, "/"))
	recipe := string(ts.get(t, "/v1/recipe"))
	for target, want := range map[string]string{
		"/": index, "http://x": index, "http://x/": index, "https://x/": index, "http://x/v1/recipe": recipe,
		"/%761/recipe": recipe, "/v1/%72ecip%65": recipe, "/v1/recipe?": recipe, "/%76%31/recipe?os=any": recipe,
		"/v1/recipe?&&": recipe,
		"mailto:a@b":    "malformed request target \\\"mailto:a@b\\\"", "ftp://x/": "malformed request target",
		"http:x": "malformed request target", "foo:/v1/recipe": "malformed request target",
		"/v1%2Frecipe": "no such path: /v1%2Frecipe", "/v1%2frecipe": "no such path: /v1%2Frecipe",
		"/v1/recipe%20": "no such path: /v1/recipe ", "/%761%252Frecipe": "no such path: /v1%252Frecipe",
		"/docs/a%2Fb": "no such path: /docs/a",
	} {
		resp, body, _ := raw(t, ts, "GET "+target+" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		isLimited := resp.Header.Get("X-RateLimit-Limit") != ""
		if !strings.Contains(body, want) || (want == recipe || want == index) != (resp.StatusCode == http.StatusOK) {
			t.Errorf("%s: %d %.200s, want %.50s", target, resp.StatusCode, body, want)
		} else if resp.StatusCode == http.StatusOK && !isLimited {
			t.Errorf("%s isn't limited", target)
		}
		if strings.HasPrefix(want, "malformed") && resp.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d", target, resp.StatusCode)
		}
	}
}

// What follows a Transfer-Encoding of HTTP/1.0 may be the body or another request: nothing answers
// it.
func TestTransferEncodingOfHTTP10(t *testing.T) {
	ts := start(t)
	resp, _, rest := raw(t, ts, "GET /health HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n"+
		"GET /health HTTP/1.0\r\n\r\n")
	if !resp.Close || rest != "" {
		t.Errorf("%v, then %q", resp.Header, rest)
	}
}

// TestChunksAndLength sends a request whose body has two lengths, as a proxy may misread it: the
// connection closes after the answer.
func TestChunksAndLength(t *testing.T) {
	ts := start(t)
	body := criteriaJSON("{}")
	resp, _, rest := raw(t, ts, fmt.Sprintf("POST /v1/recipe HTTP/1.1\r\nHost: x\r\n"+
		"Content-Type: application/json\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"+
		"%x\r\n%s\r\n0\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n", len(body), body))
	if resp.StatusCode != http.StatusOK || !resp.Close || rest != "" {
		t.Errorf("%d, closes: %t, then %q", resp.StatusCode, resp.Close, rest)
	}
}
