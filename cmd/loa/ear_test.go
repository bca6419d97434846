package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"loa/node"
)

// yard is the air between a horn and a microphone: what is added to the horn's file comes out of a pipe, weaker and with
// hiss; nothing of it while the line is cut.
type yard struct {
	cut atomic.Bool
}

// carry does so until the pipe or the test ends.
func (y *yard) carry(horn, pipe string, stop <-chan struct{}) error {
	out, err := os.OpenFile(pipe, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer out.Close()
	raw, err := out.SyscallConn() // Fd would make writes block for good
	if err != nil {
		return err
	}
	if err := raw.Control(func(fd uintptr) { _, err = unix.FcntlInt(fd, unix.F_SETPIPE_SZ, 4096) }); err != nil {
		return err
	}
	in, err := os.Open(horn)
	if err != nil {
		return err
	}
	defer in.Close()
	if _, err := in.Seek(0, io.SeekEnd); err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(1, 2))
	block := make([]byte, 1920)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for have := 0; ; {
		select {
		case <-stop:
			return nil
		case <-tick.C:
		}
		n, err := in.Read(block[have:])
		if err != nil && err != io.EOF {
			return err
		}
		if have += n; have < len(block) {
			continue
		}
		have = 0
		for i := 0; i < len(block); i += 2 {
			v := float64(int16(binary.LittleEndian.Uint16(block[i:])))
			if y.cut.Load() {
				v = 0
			}
			binary.LittleEndian.PutUint16(block[i:], uint16(int16(v/8+20*r.NormFloat64())))
		}
		_ = out.SetWriteDeadline(time.Now().Add(time.Second)) // a pipe has one
		if _, err := out.Write(block); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
	}
}

// A microphone in the yard hears the horn; its level is set, the line to the horn is cut, and the node says so, though
// for all it knows by itself it has played.
//
// It runs alone: the air is a process of this test, and does not carry while the machine is busy with others.
func TestE2EMicrophone(t *testing.T) {
	o := newOffice(t)
	o.places()
	dir := t.TempDir()
	pipe, alsa := filepath.Join(dir, "air"), filepath.Join(dir, "asound.conf")
	require.NoError(t, syscall.Mkfifo(pipe, 0o600))
	require.NoError(t, os.WriteFile(alsa, fmt.Appendf(nil, "pcm.quiet { type null }\npcm.mic { type file slave.pcm quiet file /dev/null infile %q format raw }\n", pipe), 0o600))
	v := o.node("loa-1", "wav", "ALSA_CONFIG_PATH="+alsa)
	var y yard
	listen := func(set func(*node.Config)) {
		horn := filepath.Join(v.dir, "horn.wav")
		v.settle(t, func(c *node.Config) {
			require.NoError(t, os.RemoveAll(horn)) // of before
			c.Ear = "mic"
			set(c)
		})
		await(t, "the horn's file begins", 10*time.Second, func() bool {
			st, err := os.Stat(horn)
			return err == nil && st.Size() > 44
		})
		stop, done := make(chan struct{}), make(chan error, 1)
		go func() { done <- y.carry(horn, pipe, stop) }()
		t.Cleanup(func() { close(stop); <-done })
	}
	listen(func(*node.Config) {})
	path, _ := speech(t, strings.Repeat("Thông báo lịch tiêm chủng cho trẻ em tại trạm y tế xã vào sáng thứ bảy. ", 2))
	clip := o.upload(path)
	play := func() {
		at := soon(4 * time.Second)
		o.schedule("Tiêm chủng", at, nil, clipItems([]string{clip.ID}))
		until(at.Add(time.Duration((clip.Seconds + 1) * 1e9)))
	}
	play()
	var level float64
	await(t, "it is heard", 10*time.Second, func() bool {
		said := regexp.MustCompile(`ear_level=(-?[0-9.]+)`).FindStringSubmatch(v.process.said())
		if said == nil {
			return false
		}
		var err error
		level, err = strconv.ParseFloat(said[1], 64)
		return err == nil
	})
	t.Logf("clip of %.1f s, ear_level %.1f dB; an eighth is -18.1 dB", clip.Seconds, level)
	require.InDelta(t, -18.1, level, 2)

	listen(func(c *node.Config) { c.EarLevel = &level })
	silent := func() bool {
		for _, n := range o.nodes() {
			for _, f := range n.Faults {
				if f.Code == "horn_silent" {
					require.Contains(t, f.VI, "micro không nghe thấy loa")
					return true
				}
			}
		}
		return false
	}
	y.cut.Store(true)
	play()
	await(t, "the cut line is told", 25*time.Second, silent)
	y.cut.Store(false)
	play()
	await(t, "it is heard again", 25*time.Second, func() bool { return !silent() })
}
