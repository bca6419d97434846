package main

import (
	"encoding/binary"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
)

// microphone is an ALSA device into which a voice is spoken, in time, over and
// over; it returns the environment in which it can be found.
func microphone(t testing.TB, voice []float32) (env string) {
	t.Helper()
	dir := t.TempDir()
	pipe, conf := filepath.Join(dir, "air"), filepath.Join(dir, "asound.conf")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	require.NoError(t, os.WriteFile(conf, fmt.Appendf(nil,
		"pcm.quiet { type null }\npcm.mic { type file slave.pcm quiet file /dev/null infile %q format raw }\n", pipe), 0o600))
	over := make(chan struct{})
	t.Cleanup(func() {
		close(over)
		if air, err := os.OpenFile(pipe, os.O_RDWR, 0); err == nil { // lets go who waits to open it
			time.AfterFunc(time.Second, func() { _ = air.Close() })
		}
	})
	go func() {
		air, err := os.OpenFile(pipe, os.O_WRONLY, 0) // once the device is opened: nothing is said into it before
		if err != nil {
			return
		}
		defer air.Close()
		began := time.Now() // by the clock: a ticker leaves out what nobody waited for
		for n, at := 1, 0; ; n, at = n+1, (at+rate/50)%(len(voice)-rate/50) {
			until(began.Add(time.Duration(n) * 20 * time.Millisecond))
			var block []byte
			for _, v := range voice[at : at+rate/50] {
				for range 2 { // as the device is opened: two channels of 16 bits
					block = binary.LittleEndian.AppendUint16(block, uint16(int16(v*32767)))
				}
			}
			select {
			case <-over:
				return
			default:
			}
			if _, err := air.Write(block); err != nil {
				return // nobody listens any more
			}
		}
	}()
	return "ALSA_CONFIG_PATH=" + conf
}

// The last resort when no browser, Wi-Fi or internet is there: a wired microphone,
// another program's sound, a stream, in a call and in an emergency.
func TestE2ECallFromAnySource(t *testing.T) {
	t.Parallel()
	witness.Play(t, e2eCallFromAnySource)
}

func e2eCallFromAnySource(t testing.TB) {
	o := newOffice(t)
	o.places()
	v := o.node("loa-1", "wav")
	path, voice := speech(t, "Khẩn cấp. Nước lũ đang lên nhanh. Bà con di chuyển ngay lên chỗ cao.")
	files := httptest.NewServer(http.FileServer(http.Dir(filepath.Dir(path))))
	defer files.Close()
	await(t, "the node is good", 10*time.Second, func() bool { return o.nodes()[0].State == "good" })
	for _, s := range []source{
		{at: "alsa:mic", class: "emergency", env: []string{microphone(t, voice)}},
		{at: "-", class: "live", shell: "cat " + path + " | "},
		{at: files.URL + "/voice.wav", class: "emergency"},
	} {
		o.callFrom(s, v, voice[rate/2:2*rate])
	}
}

// source is where a voice comes from.
type source struct {
	at, class string
	env       []string
	shell     string // before the command
}

// callFrom calls from a source to its end, and checks that a piece of the voice
// left the horn.
func (o *office) callFrom(s source, v *village, said []float32) {
	o.t.Helper()
	bin, err := loaBinary()
	require.NoError(o.t, err)
	began := time.Now()
	p := launch(o.t, "sh", "call", s.env, "-c",
		s.shell+"exec "+bin+` call --no-chime --area la-da --controller "$0" --class "$1" --source "$2"`,
		filepath.Join(o.dir, "data", "controller.json"), s.class, s.at)
	if s.at == "alsa:mic" { // somebody speaks until he stops
		until(began.Add(5 * time.Second))
		require.NoError(o.t, p.cmd.Process.Signal(syscall.SIGINT))
	}
	p.ends(20 * time.Second)
	require.Zero(o.t, p.cmd.ProcessState.ExitCode(), p.said())
	require.Equal(o.t, "stopped", o.calls()[0].Reason)
	until(time.Now().Add(time.Second))
	witness.Judge(o.t, began, time.Now(), func(t testing.TB) {
		h := v.horn(t)
		at := h.when(said, began, 5*time.Second)
		l := h.like(said, at, stretched)
		t.Logf("%s %s: heard %v after the command, correlation %.3f", s.class, s.at,
			at.Add(-500*time.Millisecond).Sub(began).Round(time.Millisecond), l.whole)
		require.Greater(t, l.whole, 0.8)
	})
}
