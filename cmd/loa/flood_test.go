package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// flood is how many connections are tried of each kind.
const flood = 10_000

// manyFiles allows this process as many connections as it needs.
func manyFiles(t testing.TB) {
	var limit syscall.Rlimit
	require.NoError(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit))
	limit.Cur = limit.Max
	require.NoError(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit))
	require.Greater(t, limit.Cur, uint64(flood+1000), "this machine allows too few open files: ulimit -Hn")
}

// memory is the most that a process ever held, in bytes.
func (p *process) memory(t testing.TB) int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	require.NoError(t, err)
	m := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	require.NotNil(t, m)
	kB, err := strconv.Atoi(string(m[1]))
	require.NoError(t, err)
	return kB << 10
}

// crowd calls from many addresses of this machine, with so many at a time.
func crowd(at int, do func(d *net.Dialer)) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, at)
	for i := range flood {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			from := net.IPv4(127, 1, byte(i%10), byte(1+i%200))
			do(&net.Dialer{Timeout: 10 * time.Second, LocalAddr: &net.TCPAddr{IP: from}})
		})
	}
	wg.Wait()
}

// Twenty thousand connections: half of them never finish their TLS, half have no
// certificate. They cost the broker little, a board that comes back in the midst
// of them gets in, and the horns hear nothing of it.
//
// It runs alone: it takes the machine for itself.
func TestFlood(t *testing.T) {
	for _, broker := range []struct {
		name string
		open func(testing.TB) *office
	}{{"our broker", newOffice}, {"mosquitto", withMosquitto}} {
		t.Run(broker.name, func(t *testing.T) { floodTheBroker(t, broker.open(t), broker.name == "our broker") })
	}
}

func floodTheBroker(t testing.TB, o *office, ours bool) {
	manyFiles(t)
	o.places()
	stays, returns := o.node("loa-1", "wav"), o.node("loa-2", "wav")
	clip := o.upload(recording(t, strings.Repeat("Thông báo lịch tiêm chủng cho trẻ em tại trạm y tế xã vào sáng thứ bảy. ", 4)))
	at := soon(5 * time.Second)
	o.programme("Tiêm chủng", clip.ID, at)
	o.hold(2, 1)
	before := o.process.memory(t)
	until(at.Add(500 * time.Millisecond)) // it is on air
	intruder := newIntruder(t, o, "")

	var mu sync.Mutex
	var open []net.Conn
	leave := func() {
		for _, c := range open {
			_ = c.Close()
		}
		open = nil
	}
	defer func() { leave() }()
	var refused, done atomic.Int64
	began := time.Now()
	crowd(256, func(d *net.Dialer) {
		c, err := d.Dial("tcp", intruder.addr)
		if err != nil {
			refused.Add(1)
			return
		}
		_, _ = c.Write([]byte{0x16, 3, 1, 2, 0, 1}) // a hello that goes no further
		mu.Lock()
		open = append(open, c)
		mu.Unlock()
	})
	t.Logf("%d half-open within %v, %d more were not taken", len(open), time.Since(began).Round(time.Millisecond), refused.Load())
	require.Greater(t, len(open)+int(refused.Load()), flood-1)

	// a board comes back among them
	returns.process.kill()
	returns.start(t)
	back := time.Now()
	linked := func() bool { return strings.Contains(returns.process.said(), "link up") }
	if ours {
		await(t, "the board is let in", 10*time.Second, linked)
		t.Logf("a board that came back was let in after %v", time.Since(back).Round(time.Millisecond))
	}

	began = time.Now()
	crowd(8, func(d *net.Dialer) { // a real attacker has a machine of his own: this one must leave the boards theirs
		c, err := tls.DialWithDialer(d, "tcp", intruder.addr, intruder.tls)
		if err != nil {
			refused.Add(1)
			return
		}
		defer c.Close()
		_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
		if _, err := c.Read(make([]byte, 1)); err != nil { // TLS 1.3 says no after the handshake
			done.Add(1)
		}
	})
	t.Logf("%d attempts without a certificate within %v: all refused", flood, time.Since(began).Round(time.Millisecond))
	require.Equal(t, int64(flood), refused.Load()+done.Load()-int64(flood-len(open)))

	after := o.process.memory(t)
	t.Logf("the controller held %d MiB before, at most %d MiB through it all", before>>20, after>>20)
	require.Less(t, after-before, 64<<20)
	until(at.Add(time.Duration(clip.Seconds*1e9) + time.Second))
	voice := o.clip(clip.ID)
	heardAt(t, "who was there", stays.horn(t), voice, at)
	rejoined := returns.horn(t)
	from := rejoined.firstSound(back).Add(500 * time.Millisecond)
	heardAt(t, "who came back", rejoined, voice[int(from.Sub(at).Seconds()*rate):], from)
	// Mosquitto keeps a hello that goes no further for a minute and a half, and lets
	// nobody in meanwhile; ours let the board in above, among them
	over := time.Now()
	leave()
	await(t, "all is well", 90*time.Second, func() bool {
		all := o.nodes()
		return all[0].State == "good" && all[1].State == "good"
	})
	t.Logf("all is well %v after", time.Since(over).Round(time.Millisecond))
	require.Less(t, len(o.process.said()), 6000, "the log is not filled")
}
