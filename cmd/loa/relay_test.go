package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
)

// radio is a real Icecast with one mount, and the studio that feeds it.
type radio struct {
	t      testing.TB
	url    string
	icy    string // where the studio sends to
	voice  string // what it sends, over and over
	studio *process
}

const icecastConfig = `<icecast>
<hostname>localhost</hostname>
<limits><clients>10</clients><sources>2</sources></limits>
<authentication><source-password>nguon</source-password><admin-user>admin</admin-user><admin-password>quantri</admin-password></authentication>
<listen-socket><port>%d</port><bind-address>127.0.0.1</bind-address></listen-socket>
<paths><basedir>%[2]s</basedir><logdir>%[2]s</logdir><webroot>%[2]s</webroot><adminroot>%[2]s</adminroot></paths>
<logging><accesslog>access.log</accesslog><errorlog>error.log</errorlog></logging>
<security><chroot>0</chroot>%[3]s</security>
</icecast>`

// newRadio starts Debian's Icecast and a studio that loops the voice.
func newRadio(t testing.TB, voice string) *radio {
	t.Helper()
	dir, err := os.MkdirTemp("", "loa-radio")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	owner := ""
	if os.Geteuid() == 0 { // it refuses to run as root
		owner = "<changeowner><user>nobody</user><group>nogroup</group></changeowner>"
		require.NoError(t, os.Chmod(dir, 0o777))
	}
	port := freePort(t)
	config := filepath.Join(dir, "icecast.xml")
	require.NoError(t, os.WriteFile(config, fmt.Appendf(nil, icecastConfig, port, dir, owner), 0o644))
	launch(t, "icecast2", "icecast", nil, "-c", config)
	r := &radio{t: t, url: fmt.Sprintf("http://127.0.0.1:%d/xa.mp3", port),
		icy: fmt.Sprintf("icecast://source:nguon@127.0.0.1:%d/xa.mp3", port), voice: voice}
	await(t, "icecast is there", 10*time.Second, func() bool {
		c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
	r.send()
	return r
}

// send has the studio send from the beginning of the voice.
func (r *radio) send() {
	path, err := exec.LookPath("ffmpeg")
	require.NoError(r.t, err)
	r.studio = launch(r.t, path, "studio", nil, "-v", "error", "-nostdin", "-re", "-stream_loop", "-1", "-i", r.voice,
		"-c:a", "libmp3lame", "-b:a", "96k", "-content_type", "audio/mpeg", "-f", "mp3", r.icy)
	await(r.t, "the studio is on the mount", 10*time.Second, func() bool {
		res, err := http.Get(r.url)
		if err == nil {
			_ = res.Body.Close()
		}
		return err == nil && res.StatusCode == http.StatusOK
	})
}

// freePort is for a program that cannot choose one itself. It is below those
// from which this machine calls out: a client that tries such a port before its
// server is there may reach itself, and the server then finds it taken.
func freePort(t testing.TB) int {
	t.Helper()
	for {
		port := 10_000 + rand.IntN(20_000)
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			require.NoError(t, l.Close())
			return port
		}
	}
}

// carries checks that the station's voice, at whatever place of its loop, left
// a horn from an instant on.
func carries(t testing.TB, h horn, voice []float32, from time.Time) {
	t.Helper()
	loop := append(append([]float32(nil), voice...), voice...)
	heard := h.cut(from, 2*rate)
	half := time.Duration(len(voice)) * time.Second / rate / 2
	_, lag := match(heard, loop, half)
	l := horn{from, loop}.like(heard, from.Add(half+lag), stretched)
	t.Logf("the station, correlation %.3f", l.whole)
	witness.Judge(t, from.Add(-time.Second), from.Add(2*time.Second), func(t testing.TB) { require.Greater(t, l.whole, 0.8) })
}

type relayAnswer struct {
	callAnswer
	Relay *struct{ State, VI string }
}

// A station is passed on now; it is lost and comes back; the speaker is told.
// In the calendar it is an item among others: if it does not come, the rundown
// goes on at its times and the log says so.
func TestE2ERelay(t *testing.T) {
	t.Parallel()
	witness.Play(t, e2eRelay)
}

func e2eRelay(t testing.TB) {
	o := newOffice(t)
	o.places()
	v := o.node("loa-1", "wav")
	path, voice := speech(t, "Đây là Đài phát thanh tỉnh. Thời sự tối nay gồm những nội dung chính sau đây. Giá cà phê tăng. Trời nhiều "+
		"mây, có mưa rào và dông vài nơi.")
	r := newRadio(t, path)
	clip := o.upload(recording(t, "Bản tin của xã ngay sau phần tiếp sóng đài tỉnh."))
	targets := map[string]any{"areas": []string{"la-da"}}

	call := launchRelay(t, o, r.url)
	id := o.onAir(t)
	relay := func() (a relayAnswer) { o.get("/api/v1/calls/"+id, &a); return a }
	await(t, "the station is on air", 20*time.Second, func() bool { return relay().Relay.State == "on_air" })
	// What is given out now is heard when nodes are sure to hold it: a second later, at the most.
	const held = time.Second
	at := time.Now().Add(held)
	until(at.Add(4 * time.Second))
	carries(t, v.horn(t), voice, at.Add(time.Second))
	r.studio.kill()
	await(t, "the speaker is told that the station is lost", 30*time.Second, func() bool { return relay().Relay.State == "reconnecting" })
	r.send()
	await(t, "the station is back", 20*time.Second, func() bool { return relay().Relay.State == "on_air" })
	back := time.Now().Add(held)
	until(back.Add(4 * time.Second))
	carries(t, v.horn(t), voice, back.Add(time.Second))
	call.stop()
	await(t, "the relay has ended", 5*time.Second, func() bool { return relay().Ended != nil })
	require.Equal(t, "stopped", relay().Reason)

	start := soon(4 * time.Second)
	rundown := func(url string) []any {
		return []any{map[string]any{"chime": true}, map[string]any{"stream": url, "length_s": 5}, map[string]any{"clip": clip.ID}}
	}
	var good, dead struct{ ID string }
	o.send(http.MethodPost, "/api/v1/programmes", map[string]any{"title": "Thời sự đài tỉnh", "class": "relay",
		"at": start.Format(time.RFC3339), "targets": targets, "rundown": rundown(r.url)}, &good)
	next := start.Add(8*time.Second + time.Duration(clip.Seconds*1e9)).Truncate(time.Second).Add(2 * time.Second)
	o.send(http.MethodPost, "/api/v1/programmes", map[string]any{"title": "Đài không có", "class": "relay",
		"at": next.Format(time.RFC3339), "targets": targets, "rundown": rundown("http://127.0.0.1:1/khong-co")}, &dead)
	until(next.Add(8*time.Second + time.Duration(clip.Seconds*1e9) + time.Second))

	h := v.horn(t)
	item := start.Add(2800 * time.Millisecond)
	carries(t, h, voice, item.Add(time.Second))
	heardAt(t, "the bulletin after the station", h, o.clip(clip.ID), item.Add(5*time.Second))
	item = next.Add(2800 * time.Millisecond)
	witness.Judge(t, next, next.Add(time.Second),
		func(t testing.TB) { require.False(t, h.firstSound(next).After(next.Add(time.Second)), "the chime") })
	quiet := h.firstSound(item.Add(100 * time.Millisecond))
	require.False(t, quiet.Before(item.Add(4900*time.Millisecond)), "nothing in its place, until %v", quiet.Sub(item))
	heardAt(t, "the bulletin after the station that did not come", h, o.clip(clip.ID), item.Add(5*time.Second))

	played := func(programme string) (outcome, reason string) {
		await(t, "the node has reported", 20*time.Second, func() bool { return len(o.plays("programme="+programme)) == 3 })
		for _, p := range o.plays("programme=" + programme) {
			if p.Item == 1 {
				return p.Outcome, p.Reason
			}
		}
		return "", ""
	}
	outcome, _ := played(good.ID)
	require.Contains(t, []string{"heard", "partly"}, outcome)
	outcome, reason := played(dead.ID)
	require.Equal(t, []string{"not_heard", "no_stream"}, []string{outcome, reason})
}

// launchRelay passes a station on from the office PC.
func launchRelay(t testing.TB, o *office, url string) *process {
	return start(t, "call", nil, "call", "--controller", filepath.Join(o.dir, "data", "controller.json"),
		"--area", "la-da", "--class", "relay", "--source", url, "--no-chime")
}

// onAir waits for a call and returns its id.
func (o *office) onAir(t testing.TB) (id string) {
	t.Helper()
	await(t, "a call is on air", 20*time.Second, func() bool {
		for _, c := range o.calls() {
			if c.Ended == nil {
				id = c.ID
			}
		}
		return id != ""
	})
	return id
}
