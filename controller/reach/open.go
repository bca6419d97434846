package reach

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// patience is how long a station may send nothing before it is lost.
const patience = 10 * time.Second

// ErrNotHeard is of a station that does not answer as one.
var ErrNotHeard = errors.New("the station does not answer")

// station fetches one station.
type station struct{ client *http.Client }

// Open asks for the sound of a station: the body of its address, or if that is a
// playlist (HLS, RFC 8216) its parts one after another as they come. One that opens
// it closes it, or ends ctx.
func (g *Guard) Open(ctx context.Context, address string) (io.ReadCloser, error) {
	s := station{g.Client(maxRedirects)}
	one, cancel := context.WithCancelCause(ctx)
	res, err := s.get(one, address, "")
	if err != nil {
		cancel(err)
		return nil, err
	}
	r := bufio.NewReaderSize(&watched{Reader: res.Body, lost: cancel}, 32<<10)
	sound := &body{r, func() error { cancel(io.EOF); return res.Body.Close() }}
	if !isPlaylist(res, r) {
		return sound, nil
	}
	first, err := readAtMost(r, maxPlaylist)
	if err = errors.Join(err, sound.Close()); err != nil {
		return nil, err
	}
	return s.openPlaylist(ctx, res.Request.URL, first), nil
}

// fetch returns all of what an address has, or a range of it.
func (s station) fetch(ctx context.Context, address, part string, most int64) ([]byte, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	res, err := s.get(ctx, address, part)
	if err != nil {
		return nil, err
	}
	data, err := readAtMost(&watched{Reader: res.Body, lost: cancel}, most)
	return data, errors.Join(err, res.Body.Close())
}

func readAtMost(r io.Reader, most int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("%w: a part of it is over %d bytes", ErrNotHeard, most)
	}
	return data, err
}

// get asks for an address, or for a range of it ("0-99").
func (s station) get(ctx context.Context, address, part string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("%w: its address is none", ErrNotHeard)
	}
	req.Header.Set("User-Agent", "Loa")
	if part != "" {
		req.Header.Set("Range", "bytes="+part)
	}
	res, err := s.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotHeard, WithoutAddress(err))
	}
	if res.StatusCode != http.StatusOK && (part == "" || res.StatusCode != http.StatusPartialContent) {
		_ = res.Body.Close()
		return nil, fmt.Errorf("%w: %s", ErrNotHeard, res.Status)
	}
	return res, nil
}

// isPlaylist goes by what the body begins with: stations say all sorts of types.
func isPlaylist(res *http.Response, r *bufio.Reader) bool {
	start, _ := r.Peek(len("#EXTM3U"))
	kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	return string(start) == "#EXTM3U" || bytes.HasPrefix(start, []byte("\xef\xbb\xbf#")) && strings.Contains(kind, "mpegurl")
}

// body is what Open returns.
type body struct {
	io.Reader
	close func() error
}

// Close is io.Closer's.
func (b *body) Close() error { return b.close() }

var errSilent = fmt.Errorf("%w: nothing came for %v", ErrNotHeard, patience)

// watched ends its request when nothing comes for too long.
type watched struct {
	io.Reader
	lost  context.CancelCauseFunc
	quiet atomic.Bool
}

// Read is io.Reader's.
func (w *watched) Read(p []byte) (int, error) {
	timer := time.AfterFunc(patience, func() { w.quiet.Store(true); w.lost(errSilent) })
	n, err := w.Reader.Read(p)
	timer.Stop()
	if err != nil && w.quiet.Load() {
		err = errSilent
	}
	return n, err
}

// dialHTTP is Dial for a client that understands old stations too.
func (g *Guard) dialHTTP(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := g.Dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &shoutcast{Conn: conn}, nil
}

// shoutcast lets a station of old answer “ICY 200 OK”, which is HTTP/1.0 but for
// its name.
type shoutcast struct {
	net.Conn
	start []byte // of the answer, until it is known
	known bool
}

// Read is net.Conn's.
func (c *shoutcast) Read(p []byte) (int, error) {
	const icy, http10 = "ICY ", "HTTP/1.0 "
	for !c.known {
		b := make([]byte, len(icy)-len(c.start))
		n, err := c.Conn.Read(b)
		c.start = append(c.start, b[:n]...)
		if string(c.start) == icy {
			c.start, c.known = []byte(http10), true
		} else if err != nil || !strings.HasPrefix(icy, string(c.start)) {
			c.known = true
		}
		if err != nil && len(c.start) == 0 {
			return 0, err
		}
	}
	if len(c.start) > 0 {
		n := copy(p, c.start)
		c.start = c.start[n:]
		return n, nil
	}
	return c.Conn.Read(p)
}
