package web_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A request whose body ends in its middle, because a phone lost its network or a
// script counted wrong, is answered with a sentence that says so.
func TestBodyThatIsCut(t *testing.T) {
	o := start(t)
	wav := append([]byte("RIFF\x24\x80\x00\x00WAVEfmt "+
		"\x10\x00\x00\x00\x01\x00\x01\x00\x80\xbb\x00\x00\x00\x77\x01\x00\x02\x00\x10\x00data\x00\x80\x00\x00"), make([]byte, 0x4000)...)
	part := "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\n" + string(wav)
	form := "Content-Type: multipart/form-data; boundary=x\r\n"
	json := "Content-Type: application/json\r\n"
	programme := `{"title":"Họp thôn","class":"normal","cron":"0 5 *`
	chunk := func(s string) string { return fmt.Sprintf("%x\r\n%s\r\n", len(s), s) }
	length := func(n int) string { return fmt.Sprintf("Content-Length: %d\r\n", n) }
	const chunked = "Transfer-Encoding: chunked\r\n"
	for name, c := range map[string]struct{ path, headers, body string }{
		"a recording":                   {"/api/v1/clips", form + length(len(part)+9000), part},
		"a recording in chunks":         {"/api/v1/clips", form + chunked, chunk(part)},
		"a recording in half a chunk":   {"/api/v1/clips", form + chunked, chunk(part)[:len(part)/2]},
		"a recording without an end":    {"/api/v1/clips", form + length(len(part)), part},
		"the head of a recording":       {"/api/v1/clips", form + length(20000), part[:40]},
		"nothing of a recording":        {"/api/v1/clips", form + length(20000), ""},
		"a programme":                   {"/api/v1/programmes", json + length(500), programme},
		"a programme in chunks":         {"/api/v1/programmes", json + chunked, chunk(programme)},
		"a programme as long as stated": {"/api/v1/programmes", json + length(len(programme)), programme},
		"a form":                        {"/bulletins", "Content-Type: application/x-www-form-urlencoded\r\n" + length(500), "title=a"},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.Dial("tcp", strings.TrimPrefix(o.URL(), "http://"))
			require.NoError(t, err)
			defer conn.Close()
			_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: %s\r\nAccept: application/json\r\nAuthorization: Bearer %s\r\n%s\r\n%s",
				c.path, strings.TrimPrefix(o.URL(), "http://"), o.Token(), c.headers, c.body)
			require.NoError(t, err)
			require.NoError(t, conn.(*net.TCPConn).CloseWrite())
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			require.NoError(t, err)
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			require.NoError(t, err)
			t.Log(res.StatusCode, string(body)[:min(len(body), 300)])
			require.True(t, res.StatusCode >= 400 && res.StatusCode < 500, "%d", res.StatusCode)
			if strings.HasPrefix(c.path, "/api/") {
				(reply{t, name, res.StatusCode, res.Header, body}).problem(res.StatusCode, "upload_broken_off", "request_cut", "request_invalid",
					"file_missing")
			}
		})
	}
}
