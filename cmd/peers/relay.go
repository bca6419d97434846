package main

import (
	"container/heap"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// relay carries packets between two TUN devices, one in each namespace. What
// it keeps back it keeps in order for each flow, as a radio link does: TCP sees
// delay, and real loss.
type relay struct {
	tun     [2]*os.File
	forward [2]*queue
}

func openRelay(names [2]string) (r *relay, err error) {
	r = &relay{}
	addr := [2]string{officeIP, villageIP}
	for i, name := range names {
		device := fmt.Sprintf("loa-tun%d", i)
		if r.tun[i], err = openTun(device); err != nil {
			return nil, err
		}
		for _, words := range []string{
			"ip netns add " + name,
			"ip link set " + device + " netns " + name,
			"ip -n " + name + " addr add " + addr[i] + " peer " + addr[1-i] + " dev " + device,
			"ip -n " + name + " link set " + device + " up",
			"ip -n " + name + " link set lo up",
		} {
			w := strings.Fields(words)
			if out, err := exec.Command(w[0], w[1:]...).CombinedOutput(); err != nil {
				r.close()
				return nil, fmt.Errorf("%s: %w: %s", words, err, out)
			}
		}
	}
	for i := range r.forward {
		r.forward[i] = newQueue(r.tun[1-i], uint64(i))
	}
	return r, nil
}

func openTun(name string) (*os.File, error) {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open a TUN device: %w", err)
	}
	req, err := unix.NewIfreq(name)
	if err == nil {
		req.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
		err = unix.IoctlIfreq(fd, unix.TUNSETIFF, req)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("make TUN device %s: %w", name, err), unix.Close(fd))
	}
	return os.NewFile(uintptr(fd), filepath.Join("/dev/net", name)), nil
}

func (r *relay) close() {
	for _, f := range r.tun {
		if f != nil {
			_ = f.Close() // the device goes with it
		}
	}
}

// run carries packets until the devices are closed.
func (r *relay) run() {
	var wg sync.WaitGroup
	for i := range r.tun {
		wg.Go(func() { r.forward[i].take(r.tun[i]) })
		wg.Go(r.forward[i].give)
	}
	wg.Wait()
}

// packet is one under way.
type packet struct {
	due  time.Time
	n    uint64 // its place, for those that are due at once
	data []byte
}

// queue is one direction of the relay.
type queue struct {
	out  io.Writer
	dice *rand.Rand
	mu   sync.Mutex
	wait packets
	n    uint64
	wake chan struct{}
	done chan struct{}
}

func newQueue(out io.Writer, seed uint64) *queue {
	return &queue{out: out, dice: rand.New(rand.NewPCG(1, seed)), wake: make(chan struct{}, 1), done: make(chan struct{})}
}

// take reads packets and says when each is to arrive, until in is closed.
func (q *queue) take(in io.Reader) {
	defer close(q.done)
	last := map[[4]byte]time.Time{} // of each flow, by its ports
	buf := make([]byte, 1<<16)
	for {
		n, err := in.Read(buf)
		if err != nil {
			return
		}
		if q.dice.Float64() < loss {
			continue
		}
		due := time.Now().Add(leastWay + time.Duration(q.dice.Int64N(int64(jitter))))
		if n >= 24 { // IPv4 without options, and ports
			flow := [4]byte(buf[20:24])
			if due.Before(last[flow]) {
				due = last[flow]
			}
			last[flow] = due
		}
		q.mu.Lock()
		q.n++
		heap.Push(&q.wait, packet{due, q.n, append([]byte(nil), buf[:n]...)})
		q.mu.Unlock()
		select {
		case q.wake <- struct{}{}:
		default:
		}
	}
}

// give writes packets when they are due.
func (q *queue) give() {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		timer.Reset(q.giveDue(time.Now()))
		select {
		case <-q.done:
			return
		case <-q.wake:
		case <-timer.C:
		}
	}
}

// giveDue writes what is due and returns how long until the next.
func (q *queue) giveDue(now time.Time) time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.wait) > 0 {
		if wait := q.wait[0].due.Sub(now); wait > 0 {
			return wait
		}
		_, _ = q.out.Write(heap.Pop(&q.wait).(packet).data) // a full device loses it, as a link does
	}
	return time.Hour
}

// packets is a heap by when they are due.
type packets []packet

func (p packets) Len() int      { return len(p) }
func (p packets) Swap(i, j int) { p[i], p[j] = p[j], p[i] }
func (p *packets) Push(x any)   { *p = append(*p, x.(packet)) }
func (p packets) Less(i, j int) bool {
	return p[i].due.Before(p[j].due) || p[i].due.Equal(p[j].due) && p[i].n < p[j].n
}
func (p *packets) Pop() any {
	old := *p
	last := old[len(old)-1]
	*p = old[:len(old)-1]
	return last
}
