package main

import (
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
)

// thinLink is a way to the broker that carries so many bits a second each way, as a
// SIM does whose fast data is used up. What it does not take yet stands in the
// sockets before it.
type thinLink struct {
	t    testing.TB
	addr string
	to   string
	rate atomic.Int64 // bit/s; 0: as fast as it goes
	down atomic.Int64 // bytes to the node

	mu     sync.Mutex
	listen net.Listener
	conns  []net.Conn
}

func newThinLink(t testing.TB, to string) *thinLink {
	t.Helper()
	link := &thinLink{t: t, addr: "127.0.0.1:0", to: to}
	link.open()
	t.Cleanup(link.cut)
	return link
}

// open lets clients in, at the address where it was before.
func (l *thinLink) open() {
	listen, err := net.Listen("tcp", l.addr)
	require.NoError(l.t, err)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.listen, l.addr = listen, listen.Addr().String()
	go func() {
		for {
			from, err := listen.Accept()
			if err != nil {
				return
			}
			to, err := net.Dial("tcp", l.to)
			if err != nil {
				_ = from.Close()
				continue
			}
			l.mu.Lock()
			l.conns = append(l.conns, from, to)
			l.mu.Unlock()
			go l.carry(from, to, &l.down)
			go l.carry(to, from, new(atomic.Int64))
		}
	}()
}

// cut ends all connections, and refuses further ones.
func (l *thinLink) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.listen.Close()
	for _, c := range l.conns {
		_ = c.Close()
	}
	l.conns = nil
}

// carry copies until either side ends, a packet at a time.
func (l *thinLink) carry(to, from net.Conn, count *atomic.Int64) {
	defer to.Close()
	defer from.Close()
	const packet, around = 1400, 52 // of data, and of TCP and IP
	buf := make([]byte, packet)
	for due := time.Now(); ; {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		if rate := l.rate.Load(); rate > 0 {
			if now := time.Now(); due.Before(now) {
				due = now
			}
			due = due.Add(time.Duration(n+around) * 8 * time.Second / time.Duration(rate))
			until(due)
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
		count.Add(int64(n + around))
	}
}

// long is a recording whose clip has about 1.2 MB.
func long(t testing.TB) string {
	path := filepath.Join(t.TempDir(), "dai.wav")
	run(t, "", "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "anoisesrc=d=300:c=pink:r=48000:a=0.3", "-ac", "1", path)
	return path
}

// What sounds never waits behind what does not: with a long bulletin on its way over
// a link that carries hardly more than a voice, an alert that the node holds begins
// and ends in time, a voice is understood, and the bulletin arrives all the same.
func TestHeardThinLink(t *testing.T) {
	t.Parallel() // it is judged by seconds
	witness.Play(t, heardThinLink)
}

func heardThinLink(t testing.TB) {
	o := newOffice(t)
	o.places()
	link := newThinLink(t, o.info.MQTT)
	o.info.MQTT = link.addr
	v := o.node("loa-1", "wav")
	alert := o.upload(recording(t, "Khẩn cấp. Nước lũ đang lên. Bà con di chuyển ngay lên chỗ cao."))
	o.send(http.MethodPost, "/api/v1/bulletins", map[string]any{"title": "Lũ lên nhanh", "class": "emergency",
		"clips": map[string]any{"vi": alert.ID}}, nil)
	o.hold(1, 1)
	bulletin := o.upload(long(t))
	res := o.raw(http.MethodGet, "/api/v1/clips/"+bulletin.ID+"/audio", "", nil)
	require.Greater(t, len(res.body), 1_000_000)

	link.rate.Store(256_000)
	o.programme("Bản tin dài", bulletin.ID, time.Now().Add(24*time.Hour).Truncate(time.Second))
	before := o.sentOfClips(t)
	await(t, "the bulletin is on its way", 20*time.Second, func() bool { return o.sentOfClips(t) > before })
	for _, kbit := range []int64{256, 128, 64} {
		link.rate.Store(kbit * 1000)
		until(time.Now().Add(time.Second)) // as full as it gets
		o.alertOver(t, v, alert.ID, fmt.Sprintf("%d kbit/s", kbit))
	}
	o.voiceOver(t, v, link)
	during := o.sentOfClips(t)
	await(t, "the bulletin goes on", 20*time.Second, func() bool { return o.sentOfClips(t) > during })
	t.Logf("%d of %d bytes so far", o.sentOfClips(t)-before, len(res.body))
	link.rate.Store(0)
	o.hold(1, 2)
	require.InDelta(t, len(res.body), o.sentOfClips(t)-before, 0.1*float64(len(res.body)), "hardly anything was sent twice")
}

// sentOfClips is how many bytes of clips the office has sent.
func (o *office) sentOfClips(t testing.TB) (n int) {
	for line := range strings.Lines(string(o.raw(http.MethodGet, "/metrics", "", nil).body)) {
		if strings.HasPrefix(line, `loa_dispatch_total{what="chunk_bytes"}`) {
			var f float64
			_, err := fmt.Sscan(strings.Fields(line)[1], &f)
			require.NoError(t, err)
			n = int(f)
		}
	}
	return n
}

// alertOver raises an alert that the node holds, and stops it.
func (o *office) alertOver(t testing.TB, v *village, clip, link string) {
	var arm struct{ Armed string }
	o.send(http.MethodPost, "/api/v1/arm", map[string]any{}, &arm)
	asked := time.Now()
	var call callAnswer
	o.send(http.MethodPost, "/api/v1/calls", map[string]any{"class": "emergency", "targets": map[string]any{"areas": []string{"la-da"}},
		"clip": clip, "armed": arm.Armed}, &call)
	until(asked.Add(2600 * time.Millisecond))
	stopped := time.Now()
	o.send(http.MethodPost, "/api/v1/calls/"+call.ID+"/stop", nil, nil)
	until(stopped.Add(2600 * time.Millisecond))
	h := v.horn(t)
	began := h.firstSound(asked)
	ends := h.lastSound(stopped.Add(2600 * time.Millisecond))
	t.Logf("%s: begun %v after it was asked for, silent %v after it was stopped", link, began.Sub(asked).Round(time.Millisecond),
		ends.Sub(stopped).Round(time.Millisecond))
	witness.Judge(t, asked, stopped.Add(2600*time.Millisecond), func(t testing.TB) {
		require.False(t, began.IsZero(), link)
		require.Less(t, began.Sub(asked), 2500*time.Millisecond, link)
		require.Less(t, ends.Sub(stopped), 2500*time.Millisecond, link)
	})
}

// voiceOver has somebody speak, and says how much of it was heard.
func (o *office) voiceOver(t testing.TB, v *village, link *thinLink) {
	path, voice := speech(t, "Đây là tiếng nói trực tiếp từ Ủy ban nhân dân xã La Dạ. Mời bà con chú ý lắng nghe. Chiều nay có mưa lớn, bà "+
		"con không qua suối.")
	spoke, before := time.Now(), link.down.Load()
	caller := start(t, "call", nil, "call", "--controller", filepath.Join(o.dir, "data", "controller.json"),
		"--area", "la-da", "--source", path, "--no-chime", "--title", "Báo mưa lớn")
	caller.ends(40 * time.Second)
	call, took := o.calls()[0], time.Since(spoke)
	t.Logf("%.0f kbit/s of %d were carried", float64(link.down.Load()-before)*8/1000/took.Seconds(), link.rate.Load()/1000)
	var play playAnswer
	await(t, "the node has proved the call", 30*time.Second, func() bool {
		for _, p := range o.plays("programme=" + call.ID) {
			play = p
		}
		return play.Node != ""
	})
	h := v.horn(t)
	heard := h.when(voice[:2*rate], spoke, 6*time.Second)
	l := h.like(voice, heard, stretched)
	t.Logf("a voice of %.1f s was heard for %.1f s, begins %v after the program was started, correlation %.3f", play.LengthS, play.HeardS,
		heard.Sub(spoke).Round(time.Millisecond), l.whole)
	witness.Judge(t, spoke, *call.Ended, func(t testing.TB) { require.Greater(t, play.HeardS, 0.9*play.LengthS, "%+v", play) })
}

// lastSound is when the last sample before an instant that is not silence leaves.
func (h horn) lastSound(before time.Time) time.Time {
	for i := min(len(h.samples), int(before.Sub(h.start).Seconds()*rate)) - 1; i >= 0; i-- {
		if s := h.samples[i]; s > 1e-4 || s < -1e-4 {
			return h.start.Add(time.Duration(float64(i) / rate * 1e9))
		}
	}
	return time.Time{}
}
