package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/controller"
	"loa/controller/trust"
	"loa/node/wire"
	"loa/schedule"
)

// shipped is a file for Mosquitto as we deliver it.
func shipped(t testing.TB, name string) string {
	data, err := os.ReadFile(filepath.Join("..", "..", "deploy", "mosquitto", name))
	require.NoError(t, err)
	return string(data)
}

// withMosquitto is an office whose broker is Debian's Mosquitto with the
// configuration that we ship.
func withMosquitto(t testing.TB) *office {
	t.Helper()
	o, _ := officeAndMosquitto(t)
	return o
}

// mosquitto is its process, which can be started anew.
type mosquitto struct {
	*process
	t    testing.TB
	conf string
}

func (m *mosquitto) start() { m.process = launch(m.t, "mosquitto", "mosquitto", nil, "-c", m.conf) }

func officeAndMosquitto(t testing.TB) (*office, *mosquitto) {
	t.Helper()
	dir := t.TempDir()
	config := controller.DefaultConfig()
	config.Data, config.HTTP = filepath.Join(dir, "data"), "127.0.0.1:0"
	config.Broker = fmt.Sprintf("mqtts://127.0.0.1:%d", freePort(t))
	files, err := os.MkdirTemp("", "loa-mosquitto") // where user mosquitto may read
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(files) })
	readable(t, files)
	config.CRL = filepath.Join(files, "crl.pem")
	require.NoError(t, os.WriteFile(filepath.Join(files, "acl"), []byte(shipped(t, "acl")), 0o644))
	conf := strings.NewReplacer("/etc/mosquitto/loa", files, "listener 8883", "listener "+config.Broker[strings.LastIndex(config.Broker, ":")+1:]+" 127.0.0.1").
		Replace(shipped(t, "mosquitto.conf"))
	require.NoError(t, os.WriteFile(filepath.Join(files, "mosquitto.conf"), []byte(conf), 0o644))
	m := &mosquitto{t: t, conf: filepath.Join(files, "mosquitto.conf")}
	o := &office{t: t, dir: dir, config: filepath.Join(dir, "controller.yaml")}
	require.NoError(t, writeYAML(o.config, config))
	o.open()
	await(t, "the broker's files are there", 20*time.Second, func() bool { _, err := os.Stat(config.CRL); return err == nil })
	m.start()
	await(t, "the office is at its broker", 20*time.Second, func() bool { return strings.Contains(o.process.said(), "connected to the broker") })
	config.HTTP = strings.TrimPrefix(o.info.URL, "http://")
	require.NoError(t, writeYAML(o.config, config))
	return o, m
}

// readable gives a folder the group of Mosquitto's user, as mosquitto.conf says.
func readable(t testing.TB, folder string) {
	require.NoError(t, os.Chmod(folder, 0o755))
	if os.Getuid() != 0 {
		return // Mosquitto then runs as we do
	}
	group, err := user.LookupGroup("mosquitto")
	require.NoError(t, err)
	gid, err := strconv.Atoi(group.Gid)
	require.NoError(t, err)
	require.NoError(t, os.Chown(folder, 0, gid))
	require.NoError(t, os.Chmod(folder, 0o750|os.ModeSetgid))
}

// A revoked board is out when Mosquitto has started anew, and does not come back.
func TestMosquittoHeedsRevocation(t *testing.T) {
	t.Parallel()
	o, m := officeAndMosquitto(t)
	o.places()
	stays, stolen := o.node("loa-1", "wav"), o.node("loa-2", "wav")
	state := func(node int, want string) func() bool {
		return func() bool { all := o.nodes(); return len(all) == 2 && all[node].State == want }
	}
	await(t, "both are good", 20*time.Second, func() bool { return state(0, "good")() && state(1, "good")() })
	bin, err := loaBinary()
	require.NoError(t, err)
	revoked := time.Now()
	run(t, "", bin, "node", "revoke", "loa-2", "--controller", filepath.Join(o.dir, "data", "controller.json"))
	await(t, "the list is written", 5*time.Second, func() bool { return strings.Contains(o.process.said(), "list of revoked certificates written") })
	t.Logf("the list was written %v after the command", time.Since(revoked).Round(time.Millisecond))
	thief := newIntruder(t, o, stolen.dir).connect("loa-2")
	require.NotNil(t, thief, "Mosquitto has not read it yet")
	lie, err := wire.Encode(wire.Status{Boot: "lie", Seq: 1, Session: 1, Sent: time.Now().UTC(), Version: "a lie"})
	require.NoError(t, err)
	require.True(t, thief.Publish(wire.Topics{Commune: "la-da"}.Up("loa-2", wire.KindStatus), 1, false, lie).WaitTimeout(5*time.Second))
	for over := time.Now().Add(time.Second); time.Now().Before(over); { // the board itself may say otherwise at any moment
		require.NotEqual(t, "a lie", o.nodes()[1].Version, "what it says counts for nothing")
	}
	require.NoError(t, m.cmd.Process.Signal(syscall.SIGHUP))
	until(time.Now().Add(time.Second))
	require.Nil(t, newIntruder(t, o, stolen.dir).connect("loa-2"), "by SIGHUP it lets no more in")
	m.stop()
	restarted := time.Now()
	m.start()
	await(t, "who was not revoked is back", 30*time.Second, func() bool { return strings.Count(stays.process.said(), "link up") == 2 })
	t.Logf("who was not revoked was back %v after the restart", time.Since(restarted).Round(time.Millisecond))
	require.Nil(t, newIntruder(t, o, stolen.dir).connect("loa-2"), "never again")
	require.NotNil(t, newIntruder(t, o, stays.dir).connect("loa-1"))
	stolen.process.kill()
	stolen.start(t)
	await(t, "the stolen board is turned away", 10*time.Second, func() bool { return stolen.refused() })
	quiet := time.Now()
	clip := o.upload(recording(t, "Khẩn cấp."))
	o.alarm(clip.ID)
	await(t, "who was not revoked is heard", 15*time.Second, func() bool { return !stays.horn(t).firstSound(quiet).IsZero() })
	require.True(t, stolen.horn(t).firstSound(quiet).IsZero())
}

// intruder is somebody at the broker's port.
type intruder struct {
	t    testing.TB
	addr string
	tls  *tls.Config
}

func newIntruder(t testing.TB, o *office, certDir string) *intruder {
	ca, err := os.ReadFile(filepath.Join(o.dir, "data", "trust", "ca.pem"))
	require.NoError(t, err)
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(ca))
	conf := &tls.Config{RootCAs: pool, ServerName: "localhost", MinVersion: tls.VersionTLS12}
	if certDir != "" {
		cert, err := tls.LoadX509KeyPair(filepath.Join(certDir, "node.pem"), filepath.Join(certDir, "node.key"))
		require.NoError(t, err)
		conf.Certificates = []tls.Certificate{cert}
	}
	return &intruder{t, o.info.MQTT, conf}
}

// connect is nil if the broker does not let the client in.
func (i *intruder) connect(id string) paho.Client {
	c := paho.NewClient(paho.NewClientOptions().AddBroker("ssl://" + i.addr).SetTLSConfig(i.tls).SetClientID(id).SetUsername(id).
		SetProtocolVersion(4).SetAutoReconnect(false).SetConnectTimeout(5 * time.Second))
	token := c.Connect()
	if !token.WaitTimeout(10*time.Second) || token.Error() != nil {
		return nil
	}
	i.t.Cleanup(func() { c.Disconnect(0) })
	return c
}

func TestAttacksOnTheWire(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(testing.TB) *office{"our broker": newOffice, "mosquitto": withMosquitto} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			attackTheWire(t, open(t))
		})
	}
}

// attackTheWire has everybody try who can reach the broker; the horn of an
// honest node is silent until the bulletin of the calendar, which it plays
// through all of it.
func attackTheWire(t testing.TB, o *office) {
	o.places()
	honest := o.node("loa-1", "wav")
	stolen := o.node("loa-2", "wav") // its board is in the attacker's hands
	clip := o.upload(recording(t, "Thông báo lịch tiêm chủng cho trẻ em tại trạm y tế xã."))
	await(t, "both nodes are good", 20*time.Second, func() bool {
		all := o.nodes()
		return len(all) == 2 && all[0].State == "good" && all[1].State == "good"
	})
	stolen.process.kill()
	quiet := time.Now()
	keys, err := trust.Open(filepath.Join(o.dir, "data", "trust"), trust.Options{Commune: "la-da"})
	require.NoError(t, err)
	stranger, err := trust.Open(filepath.Join(t.TempDir(), "trust"), trust.Options{Commune: "la-da"})
	require.NoError(t, err)

	// who has no certificate, or one of another commune, is not let in
	require.Nil(t, newIntruder(t, o, "").connect("loa-1"))
	foreign := newIntruder(t, o, "")
	cert, key, err := stranger.IssueNode("loa-1")
	require.NoError(t, err)
	pair, err := tls.X509KeyPair(cert, key)
	require.NoError(t, err)
	foreign.tls.Certificates = []tls.Certificate{pair}
	require.Nil(t, foreign.connect("loa-1"))
	old := newIntruder(t, o, stolen.dir)
	old.tls.MaxVersion = tls.VersionTLS12
	require.Nil(t, old.connect("loa-2"), "TLS 1.3 only")

	// a bulletin is due while all the rest goes on
	at := soon(6 * time.Second)
	o.send(http.MethodPost, "/api/v1/programmes", map[string]any{"title": "Tiêm chủng", "class": "normal", "at": at.Format(time.RFC3339),
		"targets": map[string]any{"nodes": []string{"loa-1"}}, "rundown": []any{map[string]any{"clip": clip.ID}}}, nil)

	// a node that speaks for another, for the office, or listens where it must not
	thief := newIntruder(t, o, stolen.dir)
	topics := wire.Topics{Commune: "la-da"}
	now := time.Now()
	captured, err := wire.Sign(keys.SigningKey(), wire.Header{Kind: wire.KindCall, Target: "la-da/*", Seq: uint64(now.UnixMilli()) + 1e6, Issued: now, Expires: now.Add(time.Minute)},
		wire.CallOn{Call: schedule.Call{ID: "x", Class: schedule.Emergency, Start: now, End: now.Add(time.Minute), Rundown: []schedule.Item{{Kind: schedule.Chime, Length: audio.ChimeDuration}}}, Targets: schedule.Targets{Areas: []string{"la-da"}}})
	require.NoError(t, err)
	status, err := wire.Encode(wire.Status{Boot: "false", Seq: 1 << 40, Faults: []wire.Fault{{Code: wire.FaultDisk}}})
	require.NoError(t, err)
	for topic, payload := range map[string][]byte{
		topics.All(wire.KindCall): captured, topics.All(wire.KindStop): captured, topics.Down("loa-1", wire.KindPlan): captured,
		topics.Down("loa-1", wire.KindTime): captured, topics.Live("x"): captured, topics.Clip(clip.SHA256): captured,
		topics.Up("loa-1", wire.KindStatus): status, topics.Up("loa-1", wire.KindGone): status,
	} {
		c := thief.connect("loa-2")
		require.NotNil(t, c, "by its own name it is let in")
		c.Publish(topic, 1, true, payload).WaitTimeout(300 * time.Millisecond)
		c.Disconnect(0)
	}
	for _, filter := range []string{"#", "loa/#", topics.Down("loa-1", wire.KindPlan), topics.AllUp("+"), topics.Up("loa-1", wire.KindStatus), "$SYS/#"} {
		c := thief.connect("loa-2")
		require.NotNil(t, c)
		read := make(chan paho.Message, 1)
		c.Subscribe(filter, 0, func(_ paho.Client, m paho.Message) {
			select {
			case read <- m:
			default:
			}
		}).WaitTimeout(300 * time.Millisecond)
		select {
		case m := <-read:
			require.NotContains(t, m.Topic(), "loa-1", filter)
			require.NotContains(t, m.Topic(), "$SYS", filter)
		case <-time.After(200 * time.Millisecond):
		}
		c.Disconnect(0)
	}
	if c := thief.connect("loa-1"); c != nil { // Mosquitto names it loa-2 all the same
		c.Publish(topics.Up("loa-1", wire.KindStatus), 1, true, status).WaitTimeout(300 * time.Millisecond)
	}

	// crowds, the half-open, the oversize and the slow
	var idle []net.Conn
	defer func() {
		for _, c := range idle {
			_ = c.Close()
		}
	}()
	for range 300 {
		if c, err := net.Dial("tcp", thief.addr); err == nil {
			_, _ = c.Write([]byte{0x16, 3, 1, 2, 0, 1}) // a hello that goes no further
			idle = append(idle, c)
		}
	}
	if raw, err := tls.Dial("tcp", thief.addr, thief.tls); err == nil {
		idle = append(idle, raw)
		connect := []byte{0x10, 17, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 60, 0, 5, 'l', 'o', 'a', '-', '2'}
		_, _ = raw.Write(connect)
		_, _ = raw.Write([]byte{0x30, 0x80, 0x80, 0x80, 0x32}) // a publish of 100 MB
		_ = raw.SetWriteDeadline(time.Now().Add(2 * time.Second))
		for range 100 {
			if _, err := raw.Write(make([]byte, 1<<20)); err != nil {
				break
			}
		}
	}
	slow := newIntruder(t, o, stolen.dir).connect("loa-2")
	if slow != nil {
		hold := make(chan struct{})
		defer close(hold)
		slow.Subscribe(topics.Clip(clip.SHA256), 0, func(paho.Client, paho.Message) { <-hold })
	}

	until(at.Add(time.Duration(clip.Seconds*1e9) + time.Second))
	h := honest.horn(t)
	first := h.firstSound(quiet)
	require.False(t, first.Before(at.Add(-time.Millisecond)), "something was heard at %v, before %v", first, at)
	heardAt(t, "the honest bulletin", h, o.clip(clip.ID), at)
	for _, n := range o.nodes() {
		if n.ID == "loa-1" {
			require.Equal(t, "good", n.State, "nobody spoke for it: %+v", n)
			require.Empty(t, n.Faults)
		}
	}
	require.True(t, honest.process.running())
}
