package broker

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/trust"
)

// long is how long anything is waited for that will come: on a machine of any
// speed. It costs nothing when it does come.
const long = time.Minute

// door is a broker as its clients find it: ours, in this process, or
// Debian's Mosquitto with the configuration that we ship, its only process.
type door struct {
	testing.TB
	keys      *trust.Trust
	addr      string
	ours      *Broker    // nil: it is Mosquitto
	mosquitto *mosquitto // nil: it is ours
}

// atBothDoors runs a test at either broker, ours with options. One after the
// other: what each may hold in memory is bounded.
func atBothDoors(t *testing.T, o Options, f func(t *testing.T, d *door)) {
	t.Run("our broker", func(t *testing.T) {
		b := start(t, o)
		f(t, &door{TB: t, keys: b.trust, addr: b.broker.Addr(), ours: b.broker})
	})
	t.Run("mosquitto", func(t *testing.T) {
		f(t, atMosquitto(t))
	})
}

// mosquitto is Debian's, which can be started anew.
type mosquitto struct {
	testing.TB
	folder, addr string
	cmd          *exec.Cmd
	ended        chan struct{}
}

func atMosquitto(t testing.TB) *door {
	keys, err := trust.Open(t.TempDir(), trust.Options{Commune: "la-da"})
	require.NoError(t, err)
	folder, err := os.MkdirTemp("", "loa-mosquitto") // where user mosquitto may read
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	m := &mosquitto{TB: t, folder: folder}
	m.belongs()
	_, err = keys.WriteBrokerFiles(folder)
	require.NoError(t, err)
	list, err := keys.RevocationList(nil)
	require.NoError(t, err)
	m.write("crl.pem", list)
	m.write("acl", m.shipped("acl"))
	m.start()
	t.Cleanup(m.stop)
	return &door{TB: t, keys: keys, addr: m.addr, mosquitto: m}
}

func (m *mosquitto) shipped(name string) []byte {
	data, err := os.ReadFile(filepath.Join("..", "..", "deploy", "mosquitto", name))
	require.NoError(m, err)
	return data
}

func (m *mosquitto) write(name string, data []byte) {
	require.NoError(m, os.WriteFile(filepath.Join(m.folder, name), data, 0o644))
}

// belongs gives the folder the group of Mosquitto's user, as mosquitto.conf says.
func (m *mosquitto) belongs() {
	if os.Getuid() != 0 {
		return // Mosquitto then runs as we do
	}
	group, err := user.LookupGroup("mosquitto")
	require.NoError(m, err)
	gid, err := strconv.Atoi(group.Gid)
	require.NoError(m, err)
	require.NoError(m, os.Chown(m.folder, 0, gid))
	require.NoError(m, os.Chmod(m.folder, 0o750|os.ModeSetgid))
}

// start starts it, at the same address as before. The first time that is one
// which nobody has, below those from which this machine calls out; another may
// be quicker to take it.
func (m *mosquitto) start() {
	for first := m.addr == ""; ; {
		if first {
			m.addr = fmt.Sprintf("127.0.0.1:%d", 10_000+rand.IntN(20_000))
		}
		port := m.addr[strings.LastIndex(m.addr, ":")+1:]
		m.write("mosquitto.conf",
			[]byte(strings.NewReplacer("/etc/mosquitto/loa", m.folder, "listener 8883", "listener "+port+
				" 127.0.0.1").Replace(string(m.shipped("mosquitto.conf")))))
		if m.launch() {
			return
		}
		require.True(m, first, "it does not start anew:\n%s", m.said())
	}
}

// launch reports whether it answers; if not it has ended.
func (m *mosquitto) launch() bool {
	log, err := os.OpenFile(filepath.Join(m.folder, "log"), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	require.NoError(m, err)
	defer log.Close()
	m.cmd, m.ended = exec.Command("mosquitto", "-c", filepath.Join(m.folder, "mosquitto.conf")), make(chan struct{})
	m.cmd.Stdout, m.cmd.Stderr, m.cmd.SysProcAttr = log, log, &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	require.NoError(m, m.cmd.Start())
	go func(cmd *exec.Cmd, ended chan struct{}) { defer close(ended); _ = cmd.Wait() }(m.cmd, m.ended)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.After(long); ; {
		select {
		case <-m.ended:
			return false
		case <-end:
			require.FailNow(m, "Mosquitto does not answer", m.said())
		case <-tick.C:
			if c, err := net.Dial("tcp", m.addr); err == nil {
				_ = c.Close()
				return true
			}
		}
	}
}

func (m *mosquitto) stop() {
	_ = m.cmd.Process.Signal(syscall.SIGTERM)
	<-m.ended
}

func (m *mosquitto) said() string {
	text, err := os.ReadFile(filepath.Join(m.folder, "log"))
	require.NoError(m, err)
	return string(text)
}

// memory is the most that Mosquitto ever held, in MiB; of our broker it is what
// is in use in this process now, with those who call it.
func (d *door) memory() float64 {
	if d.ours != nil {
		return heap()
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", d.mosquitto.cmd.Process.Pid))
	require.NoError(d, err)
	_, rest, ok := strings.Cut(string(status), "VmHWM:")
	require.True(d, ok)
	kB, err := strconv.Atoi(strings.Fields(rest)[0])
	require.NoError(d, err)
	return float64(kB) / 1024
}

// tls is what a node, or the controller, of this commune uses.
func (d *door) tls(id string) *tls.Config {
	if id == trust.ControllerName {
		conf := d.keys.ControllerTLS()
		conf.ServerName = "localhost"
		return conf
	}
	return nodeTLS(d.TB, d.keys, id)
}

// enter connects by an id and its certificate.
func (d *door) enter(id string) *raw {
	d.Helper()
	r, code := d.try(d.tls(id), id)
	require.Zero(d, code, id)
	return r
}

// try is CONNECT's return code, or -1 if the connection ends before it.
func (d *door) try(conf *tls.Config, id string) (*raw, int) {
	c, err := (&tls.Dialer{NetDialer: &net.Dialer{Timeout: long}, Config: conf}).Dial("tcp", d.addr)
	if err != nil {
		return nil, -1
	}
	d.Cleanup(func() { _ = c.Close() })
	require.NoError(d, c.SetDeadline(time.Now().Add(long)))
	r := &raw{d.TB, c.(*tls.Conn), bufio.NewReader(c)}
	if _, err := c.Write(connect{id: id, keepalive: 300}.bytes()); err != nil {
		return nil, -1
	}
	head, body, err := r.packet()
	if err != nil || head != 0x20 {
		return nil, -1
	}
	return r, int(body[1])
}

// peer is a client that reads all that it is sent, and acknowledges.
type peer struct {
	*raw
	acks chan []byte // of what it asked: its SUBACK, PUBACK, PINGRESP; closed when the connection has ended

	mu   sync.Mutex
	more *sync.Cond
	got  []Message
	over bool
}

// peer connects and subscribes.
func (d *door) peer(id string, filters ...string) *peer {
	d.Helper()
	return d.enter(id).reads(filters...)
}

func (r *raw) reads(filters ...string) *peer {
	p := &peer{raw: r, acks: make(chan []byte, 64)}
	p.more = sync.NewCond(&p.mu)
	go p.read()
	if len(filters) > 0 {
		p.subscribe(filters...)
	}
	return p
}

func (p *peer) read() {
	defer close(p.acks)
	for {
		head, body, err := p.packet()
		p.mu.Lock()
		p.over = err != nil
		if err == nil && head>>4 == 3 {
			n := 2 + int(binary.BigEndian.Uint16(body))
			topic := string(body[2:n])
			if head&6 != 0 {
				_, _ = p.Write([]byte{0x40, 2, body[n], body[n+1]})
				n += 2
			}
			p.got = append(p.got, Message{Topic: topic, Payload: body[n:], Retained: head&1 != 0})
		}
		p.more.Broadcast()
		p.mu.Unlock()
		if err != nil {
			return
		}
		if head>>4 != 3 {
			p.acks <- body
		}
	}
}

// subscribe is what was granted of the filters, once what is retained is on its way;
// nothing if that ended the connection.
func (p *peer) subscribe(filters ...string) (granted []byte) {
	body := []byte{0, 7}
	for _, f := range filters {
		body = append(append(body, str(f)...), 1)
	}
	_, _ = p.Write(packet(0x82, body))
	ack := <-p.acks
	if len(ack) <= 2 {
		return nil
	}
	p.alive() // what is retained has been looked up: it comes after the answer, and packets are dealt with in turn
	return ack[2:]
}

// say publishes, and reports whether that was acknowledged: else the broker
// ended the connection. Either way it has dealt with it.
func (p *peer) say(topic string, payload []byte, retain bool) bool {
	head := byte(0x32)
	if retain {
		head |= 1
	}
	_, _ = p.Write(packet(head, str(topic), []byte{0, 9}, payload))
	_, ok := <-p.acks
	return ok
}

// alive reports whether the connection still stands.
func (p *peer) alive() bool {
	_, _ = p.Write([]byte{0xc0, 0})
	_, ok := <-p.acks
	return ok
}

// hears waits for a word, and returns what came before it.
func (p *peer) hears(word string) (before []Message) {
	p.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	for n := 0; ; n++ {
		for n == len(p.got) && !p.over {
			p.more.Wait()
		}
		require.Less(p, n, len(p.got), "the connection ended before %q came, after %d messages", word, n)
		if bytes.Equal(p.got[n].Payload, []byte(word)) {
			before, p.got = p.got[:n], p.got[n+1:]
			return before
		}
	}
}
