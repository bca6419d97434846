package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
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

	"loa/cmd/prove/witness"
	"loa/node"
	nodedoctor "loa/node/doctor"
	"loa/node/wire/checkup"
)

// yard is what lies between a node's output and its two ears: amplifier, line, horn and air.
type yard struct {
	power string      // a file that is there while the amplifier has power
	stuck atomic.Bool // the amplifier's relay
	dead  atomic.Bool // the horn
	cut   atomic.Bool // the line, before the horn
}

// atLine and atHorn report whether sound comes so far.
func (y *yard) atLine() bool {
	_, err := os.Stat(y.power)
	return (err == nil || y.stuck.Load()) && !y.cut.Load()
}

func (y *yard) atHorn() bool { return y.atLine() && !y.dead.Load() }

// airBlocks of 20 ms each lie between horn and ear: the air, and the buffers of a card. Without them sound would be
// heard before it leaves, for a block is in the file when its first sample is played.
const airBlocks = 5

// carry adds what is added to the horn's file to a pipe, later, weaker and with hiss, as long as it comes through; until
// the pipe or the test ends.
func carry(horn, pipe string, through func() bool, stop <-chan struct{}) error {
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
	block, air := make([]byte, 1920), make([]byte, airBlocks*1920)
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
		if !through() {
			clear(block)
		}
		air = append(air, block...)
		ear := air[:len(block)]
		air = air[len(block):]
		for i := 0; i < len(ear); i += 2 {
			v := float64(int16(binary.LittleEndian.Uint16(ear[i:])))
			binary.LittleEndian.PutUint16(ear[i:], uint16(int16(v/8+20*r.NormFloat64())))
		}
		_ = out.SetWriteDeadline(time.Now().Add(time.Second)) // a pipe has one
		if _, err := out.Write(ear); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
	}
}

// A microphone in the yard hears the horn, and a tap the end of its line. Their levels are set; then the horn dies, the
// amplifier's relay sticks, the line is cut, and each time a test of the horn says which it was, though for all the node
// knows by itself it has played.
func TestE2EEarInTheYard(t *testing.T) {
	t.Parallel()
	witness.Play(t, e2eEarInTheYard)
}

func e2eEarInTheYard(t testing.TB) {
	o := newOffice(t)
	o.places()
	dir := t.TempDir()
	y := yard{power: filepath.Join(dir, "power")}
	pipes := map[string]string{"mic": filepath.Join(dir, "air"), "line": filepath.Join(dir, "wire")}
	through := map[string]func() bool{"mic": y.atHorn, "line": y.atLine}
	config := "pcm.quiet { type null }\n"
	for name, pipe := range pipes {
		require.NoError(t, syscall.Mkfifo(pipe, 0o600))
		config += fmt.Sprintf("pcm.%s { type file slave.pcm quiet file /dev/null infile %q format raw }\n", name, pipe)
	}
	alsa := filepath.Join(dir, "asound.conf")
	require.NoError(t, os.WriteFile(alsa, []byte(config), 0o600))
	v := o.node("loa-1", "wav", "ALSA_CONFIG_PATH="+alsa)
	listen := func(set func(*node.Config)) {
		horn := filepath.Join(v.dir, "horn.wav")
		v.settle(t, func(c *node.Config) {
			require.NoError(t, os.RemoveAll(horn)) // of before
			c.Ear, c.EarLine, c.AmpIdle = "mic", "line", time.Second
			c.AmpOn, c.AmpOff = []string{"touch", y.power}, []string{"rm", "-f", y.power}
			set(c)
		})
		await(t, "the horn's file begins", 10*time.Second, func() bool {
			st, err := os.Stat(horn)
			return err == nil && st.Size() > 44
		})
		stop := make(chan struct{})
		done := make(chan error, len(pipes))
		for name, pipe := range pipes {
			go func() { done <- carry(horn, pipe, through[name], stop) }()
		}
		t.Cleanup(func() {
			close(stop)
			for range pipes {
				<-done
			}
		})
	}
	listen(func(*node.Config) {})
	path, _ := speech(t, strings.Repeat("Thông báo lịch tiêm chủng cho trẻ em tại trạm y tế xã vào sáng thứ bảy. ", 2))
	clip := o.upload(path)
	at := soon(4 * time.Second)
	o.schedule("Tiêm chủng", at, nil, clipItems([]string{clip.ID}))
	played := at.Add(time.Duration((clip.Seconds + 1) * 1e9))
	until(played)
	level := func(setting string) (db float64) {
		witness.Judge(t, at, played, func(t testing.TB) { // a play of which frames are left out is not said
			await(t, setting+" is said", 20*time.Second, func() bool {
				said := regexp.MustCompile(` ` + setting + `=(-?[0-9.]+)`).FindStringSubmatch(v.process.said())
				if said == nil {
					return false
				}
				var err error
				db, err = strconv.ParseFloat(said[1], 64)
				return err == nil
			})
		})
		t.Logf("clip of %.1f s, %s %.1f dB; an eighth is -18.1 dB", clip.Seconds, setting, db)
		require.InDelta(t, -18.1, db, 2)
		return db
	}
	mic, line := level("ear_level"), level("ear_line_level")
	settings := filepath.Join(v.dir, "node.yaml")
	checks, _, _ := doctored(t, "node", "--config", settings)
	require.Contains(t, checks["ear"].Do.VI, "loa node ear calibrate")
	bin, err := loaBinary()
	require.NoError(t, err)
	asked := time.Now()
	said, err := exec.Command(bin, "node", "ear", "calibrate", "--config", settings).CombinedOutput()
	witness.Judge(t, asked, time.Now(), func(t testing.TB) { require.NoError(t, err, string(said)) })
	t.Logf("%s", said)
	now, err := nodedoctor.Ask(t.Context(), filepath.Join(v.dir, "data"))
	require.NoError(t, err)
	require.InDelta(t, mic, now.Status.EarSite.Level, 1.5, "as a play in quiet told")
	require.InDelta(t, line, *now.Status.EarSite.Line, 1.5)
	listen(func(*node.Config) {}) // a restart
	checks, _, _ = doctored(t, "node", "--config", settings)
	require.Equal(t, checkup.Good, checks["ear"].State)

	var last time.Time
	test := func(what, verdict string, faults ...string) {
		asked := time.Now()
		o.send(http.MethodPost, "/api/v1/nodes/loa-1/selftest", nil, nil)
		var n nodeAnswer
		await(t, what, 60*time.Second, func() bool {
			n = o.nodes()[0]
			return n.SelfTest != nil && n.SelfTest.At.After(last)
		})
		last = n.SelfTest.At
		var codes []string
		for _, f := range n.Faults {
			codes = append(codes, f.Code)
		}
		witness.Judge(t, asked, time.Now(), func(t testing.TB) {
			require.Equal(t, verdict, n.SelfTest.Verdict, what)
			require.Equal(t, faults, codes, what)
		})
	}
	await(t, "the ears are there", 20*time.Second, func() bool { n := o.nodes()[0]; return n.State == "good" && n.Ear })
	y.dead.Store(true)
	test("the horn is dead", "not_heard", "horn_dead")
	y.dead.Store(false)
	y.stuck.Store(true)
	test("the relay sticks", "heard", "amplifier_stuck_on")
	y.stuck.Store(false)
	y.cut.Store(true)
	test("the line is cut", "not_heard", "line_dead")
}
