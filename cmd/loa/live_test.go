package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
)

type callAnswer struct {
	ID        string
	Start     time.Time
	Ended     *time.Time
	Reason    string
	Recording string
}

func (o *office) calls() []callAnswer {
	o.t.Helper()
	var l struct{ Items []callAnswer }
	o.get("/api/v1/calls", &l)
	return l.Items
}

// speech is a voice as a WAV file, and its samples.
func speech(t testing.TB, text string) (path string, pcm []float32) {
	t.Helper()
	dir := t.TempDir()
	path = filepath.Join(dir, "voice.wav")
	file := madeOnce("speech", text, func() []byte {
		raw := filepath.Join(dir, "raw.wav")
		run(t, text, "espeak-ng", "-v", "vi", "-w", raw, "--stdin")
		run(t, "", "ffmpeg", "-v", "error", "-i", raw, "-af", "volume=-9dB", "-ac", "1", "-ar", "48000", path)
		file, err := os.ReadFile(path)
		require.NoError(t, err)
		return file
	})
	require.NoError(t, os.WriteFile(path, file, 0o600))
	return path, decoded(t, file)
}

// when is the instant, from one on, at which what a horn gave out is most like
// the beginning of a voice.
func (h horn) when(voice []float32, from time.Time, within time.Duration) time.Time {
	margin := within / 2
	_, lag := match(voice, h.cut(from, len(voice)+int(within.Seconds()*rate)), margin)
	return from.Add(margin + lag)
}

// One voice from the office PC, on every loudspeaker, in step; a bulletin on
// air gives way and rejoins; the call is recorded and proved.
func TestHeardLive(t *testing.T) { witness.Play(t, heardLive) }

func heardLive(t testing.TB) {
	o := newOffice(t)
	o.places()
	villages := []*village{o.node("loa-1", "wav"), o.node("loa-2", "wav"), o.node("loa-3", "wav")}
	path, voice := speech(t, "Đây là tiếng nói trực tiếp từ Ủy ban nhân dân xã La Dạ. Mời bà con chú ý lắng nghe. Chiều nay có mưa lớn, bà "+
		"con không qua suối.")
	clip := o.upload(recording(t, "Bản tin nông nghiệp. Giá cà phê hôm nay giữ ở mức cao. Bà con phơi sấy kịp thời, tránh ẩm mốc trong "+
		"những ngày mưa sắp tới. Cán bộ khuyến nông xã sẽ về các thôn để hướng dẫn bà con."))
	bulletin := o.clip(clip.ID)
	at := soon(4 * time.Second)
	var programme struct{ ID string }
	o.send(http.MethodPost, "/api/v1/programmes", map[string]any{
		"title": "Bản tin nông nghiệp", "class": "normal", "at": at.Format(time.RFC3339),
		"targets": map[string]any{"areas": []string{"la-da"}}, "rundown": []any{map[string]any{"clip": clip.ID, "repeat": 2}}}, &programme)
	o.hold(3, 1)
	until(at.Add(2 * time.Second))

	spoke := time.Now()
	caller := start(t, "call", nil, "call", "--controller", filepath.Join(o.dir, "data", "controller.json"),
		"--area", "la-da", "--source", path, "--no-chime", "--author", "cô Hoa", "--title", "Báo mưa lớn")
	caller.ends(40 * time.Second)
	call := o.calls()[0]
	require.NotNil(t, call.Ended)
	require.Equal(t, "stopped", call.Reason)
	var plays []playAnswer
	await(t, "every node has proved the call", 20*time.Second, func() bool {
		plays = o.plays("programme=" + call.ID)
		return len(plays) == 3
	})
	for _, p := range plays {
		witness.Judge(t, spoke, *call.Ended, func(t testing.TB) { require.Equal(t, "heard", p.Outcome, "%+v", p) })
	}

	until(call.Ended.Add(4 * time.Second))

	// in step, and rejoined where the neighbours would be
	var first, last time.Time
	for _, v := range villages {
		h := v.horn(t)
		heard := h.when(voice[:2*rate], spoke, 4*time.Second)
		l := h.like(voice, heard, stretched)
		t.Logf("%s: the voice, correlation %.3f, begins %v after the program was started", v.id, l.whole,
			heard.Sub(spoke).Round(time.Millisecond))
		witness.Judge(t, spoke, *call.Ended, func(t testing.TB) { require.Greater(t, l.whole, 0.9, v.id) })
		if first.IsZero() || heard.Before(first) {
			first = heard
		}
		if heard.After(last) {
			last = heard
		}
		back := call.Ended.Add(1500 * time.Millisecond)
		into := back.Sub(at) % time.Duration(clip.Seconds*1e9)
		if rest := bulletin[int(into.Seconds()*rate):]; len(rest) > rate {
			heardAt(t, v.id+" bulletin after the call", h, rest[:rate], back)
		}
	}
	t.Logf("spread between nodes: %v", last.Sub(first))
	witness.Judge(t, spoke, *call.Ended, func(t testing.TB) { require.Less(t, last.Sub(first), time.Millisecond) })

	res := o.raw(http.MethodGet, call.Recording, "", nil)
	require.Equal(t, http.StatusOK, res.status)
	recorded := decoded(t, res.body)
	corr, _ := match(voice[:4*rate], append(make([]float32, rate), recorded...), time.Second)
	require.Greater(t, corr, 0.8, "the recording")
}

// An emergency is armed first; DỪNG TẤT CẢ silences everything within a second.
func TestHeardEmergencyAndStop(t *testing.T) { witness.Play(t, heardEmergencyAndStop) }

func heardEmergencyAndStop(t testing.TB) {
	o := newOffice(t)
	o.places()
	v := o.node("loa-1", "wav")
	clip := o.upload(recording(t, "Khẩn cấp. Nước lũ đang lên. Bà con di chuyển ngay lên chỗ cao."))
	o.send(http.MethodPost, "/api/v1/bulletins", map[string]any{"title": "Lũ lên nhanh", "class": "emergency",
		"clips": map[string]any{"vi": clip.ID}}, nil)
	o.hold(1, 1) // beforehand
	targets := map[string]any{"areas": []string{"la-da"}}
	body, err := json.Marshal(map[string]any{"class": "emergency", "targets": targets, "clip": clip.ID})
	require.NoError(t, err)
	require.Equal(t, http.StatusForbidden, o.raw(http.MethodPost, "/api/v1/calls", "application/json", bytes.NewReader(body)).status,
		"not without arming")
	var arm struct{ Armed string }
	o.send(http.MethodPost, "/api/v1/arm", map[string]any{}, &arm)
	triggered := time.Now()
	var call callAnswer
	o.send(http.MethodPost, "/api/v1/calls", map[string]any{"class": "emergency", "targets": targets, "clip": clip.ID, "armed": arm.Armed},
		&call)
	await(t, "the alert is on air", 10*time.Second, func() bool { return o.nodes()[0].State == "on_air" })
	until(triggered.Add(9 * time.Second)) // attention tone, and the message has begun
	stopped := time.Now()
	o.send(http.MethodPost, "/api/v1/stop", map[string]any{"targets": targets}, nil)
	until(stopped.Add(2500 * time.Millisecond))

	h := v.horn(t)
	began := h.firstSound(triggered)
	t.Logf("button to first sample: %v", began.Sub(triggered).Round(time.Millisecond))
	witness.Judge(t, triggered, triggered.Add(time.Second), func(t testing.TB) { require.Less(t, began.Sub(triggered), time.Second) })
	message := call.Start.Add(5600 * time.Millisecond)
	heardAt(t, "the message", h, o.clip(clip.ID)[:2*rate], message)
	witness.Judge(t, stopped, stopped.Add(time.Second), func(t testing.TB) {
		require.True(t, h.firstSound(stopped.Add(time.Second)).IsZero(), "silent within a second")
	})

	// and the log has who said so
	var log struct {
		Items []struct {
			State, Title string
			Confirmed    []struct {
				ID    string
				Since time.Time
			}
		}
	}
	await(t, "the node's own word of its silence", 30*time.Second, func() bool {
		o.get("/api/v1/log?class=stop", &log)
		return len(log.Items) == 1 && log.Items[0].State == "silenced"
	})
	require.Equal(t, "loa-1", log.Items[0].Confirmed[0].ID)
	require.Equal(t, "ghi-am.m4a", log.Items[0].Title, "what it cut, as the call is named")
	witness.Judge(t, stopped, stopped.Add(5*time.Second), func(t testing.TB) {
		require.WithinDuration(t, stopped, log.Items[0].Confirmed[0].Since, 5*time.Second)
	})
	o.process.stop()
	v.process.stop()
}
