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
)

// microphone is an ALSA device into which a voice is spoken, in time, over and
// over; it returns the environment in which it can be found.
func microphone(t *testing.T, voice []float32) (env string) {
	t.Helper()
	dir := t.TempDir()
	pipe, conf := filepath.Join(dir, "air"), filepath.Join(dir, "asound.conf")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	require.NoError(t, os.WriteFile(conf, fmt.Appendf(nil, "pcm.quiet { type null }\npcm.mic { type file slave.pcm quiet file /dev/null infile %q format raw }\n", pipe), 0o600))
	air, err := os.OpenFile(pipe, os.O_RDWR, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = air.Close() })
	go func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for at := 0; ; at = (at + rate/50) % (len(voice) - rate/50) {
			<-tick.C
			var block []byte
			for _, v := range voice[at : at+rate/50] {
				for range 2 { // as the device is opened: two channels of 16 bits
					block = binary.LittleEndian.AppendUint16(block, uint16(int16(v*32767)))
				}
			}
			if _, err := air.Write(block); err != nil {
				return // the test is over
			}
		}
	}()
	return "ALSA_CONFIG_PATH=" + conf
}

// The last resort when no browser, Wi-Fi or internet is there: a wired microphone,
// another program's sound, a stream, in a call and in an emergency.
func TestE2ECallFromAnySource(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.places()
	v := o.node("loa-1", "wav")
	path, voice := speech(t, "Khẩn cấp. Nước lũ đang lên nhanh. Bà con di chuyển ngay lên chỗ cao.")
	files := httptest.NewServer(http.FileServer(http.Dir(filepath.Dir(path))))
	defer files.Close()
	await(t, "the node is good", 10*time.Second, func() bool { return o.nodes()[0].State == "good" })
	bin, err := loaBinary()
	require.NoError(t, err)
	for _, c := range []struct {
		source, class string
		env           []string
		shell         string // before the command
	}{
		{source: "alsa:mic", class: "emergency", env: []string{microphone(t, voice)}},
		{source: "-", class: "live", shell: "cat " + path + " | "},
		{source: files.URL + "/voice.wav", class: "emergency"},
	} {
		t.Run(c.class+" "+c.source, func(t *testing.T) {
			began := time.Now()
			p := launch(t, "sh", "call", c.env, "-c", c.shell+"exec "+bin+` call --no-chime --area la-da --controller "$0" --class "$1" --source "$2"`,
				filepath.Join(o.dir, "data", "controller.json"), c.class, c.source)
			if c.source == "alsa:mic" { // somebody speaks until he stops
				until(began.Add(5 * time.Second))
				require.NoError(t, p.cmd.Process.Signal(syscall.SIGINT))
			}
			select {
			case <-p.done:
			case <-time.After(20 * time.Second):
				require.FailNow(t, "the call does not end")
			}
			require.Zero(t, p.cmd.ProcessState.ExitCode(), p.said())
			call := o.calls()[0]
			require.Equal(t, "stopped", call.Reason)
			until(time.Now().Add(time.Second))
			said := voice[rate/2 : 2*rate]
			h := v.horn(t)
			at := h.when(said, began, 5*time.Second)
			l := h.like(said, at, stretched)
			t.Logf("heard %v after the command, correlation %.3f", at.Add(-500*time.Millisecond).Sub(began).Round(time.Millisecond), l.whole)
			require.Greater(t, l.whole, 0.8)
		})
	}
}
