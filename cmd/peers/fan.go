package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"loa/cmd/process"
	"loa/controller/broker"
	"loa/controller/trust"
	"loa/node/wire"
)

// traffic is bundles to all nodes.
type traffic struct{ rate, bytes int } // in a second, each

// What one delivery costs is measured with the load of a call.
var (
	smallBundles = traffic{25, 320} // two frames at 24 kbit/s and a signature: of a call to up to a hundred nodes
	largeBundles = traffic{5, 780}  // ten: to more than three hundred
)

const (
	commune   = "la-da"
	fanNodes  = 1000
	fanFor    = 8 * time.Second
	fanTopic  = "bench"
	fanAtOnce = 32 // connections being made
)

// runBroker is the embedded broker in a process of its own, as the controller
// configures it. Its address is in the folder's file addr.
func runBroker(ctx context.Context, dir string) error {
	keys, err := trust.Open(filepath.Join(dir, "trust"), trust.Options{Commune: commune})
	if err != nil {
		return err
	}
	b, err := broker.New(broker.Options{Addr: "127.0.0.1:0", TLS: keys.ServerTLS(), Commune: commune, ControllerName: trust.ControllerName,
		MaxClients: fanNodes + 10})
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "addr"), []byte(b.Addr()), 0o644); err != nil {
		return err
	}
	return b.Run(ctx)
}

// openMosquitto starts Mosquitto with the commune's certificates and the rules
// of package broker, on a port.
func openMosquitto(ctx context.Context, dir string, port int, secure bool) (*process.Process, error) {
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	settings := fmt.Sprintf("listener %d 127.0.0.1\nuser root\npersistence false\nset_tcp_nodelay true\nlog_type error\n", port)
	if secure {
		settings += fmt.Sprintf("cafile %[1]s/ca.pem\ncertfile %[1]s/broker.pem\nkeyfile %[1]s/broker.pem\n"+
			"require_certificate true\nuse_identity_as_username true\nacl_file %[2]s/acl\n",
			filepath.Join(dir, "trust"), dir)
		if err := os.WriteFile(filepath.Join(dir, "acl"), []byte(acl()), 0o600); err != nil {
			return nil, err
		}
	} else {
		settings += "allow_anonymous true\n"
	}
	path := filepath.Join(dir, "mosquitto.conf")
	if err := os.WriteFile(path, []byte(settings), 0o600); err != nil {
		return nil, err
	}
	p, err := launch(dir, "mosquitto", nil, "mosquitto", "-c", path)
	if err != nil {
		return nil, err
	}
	if err := process.Poll(ctx, lookEvery, 5*time.Second, "mosquitto listens", func() bool { return listens(addr) }); err != nil {
		defer p.Stop()
		return nil, fmt.Errorf("%w: %s", err, p.Said())
	}
	return p, nil
}

// acl is the broker's rules as Mosquitto's access control list.
func acl() string {
	var nodes, office strings.Builder
	office.WriteString("user " + trust.ControllerName + "\n")
	for _, r := range broker.Rules(commune) {
		access := "read"
		if r.Write {
			access = "write"
		}
		if r.Controller {
			fmt.Fprintf(&office, "topic %s %s\n", access, r.Pattern)
		} else {
			fmt.Fprintf(&nodes, "pattern %s %s\n", access, r.Pattern)
		}
	}
	return office.String() + nodes.String()
}

// fanned is what a broker needed.
type fanned struct {
	perDelivery float64 // µs
	cpu         float64 // % of a core
	perClient   float64 // kB
	delivered   float64 // share
}

// fanVillage is everybody whom a broker lets in.
type fanVillage struct {
	dir   string
	keys  *trust.Trust
	nodes []*tls.Config
}

// fanVillage makes one for a part.
func (b *bench) fanVillage(part string) (v fanVillage, err error) {
	if v.dir, err = b.folder(part + "-village"); err != nil {
		return v, err
	}
	if v.keys, err = trust.Open(filepath.Join(v.dir, "trust"), trust.Options{Commune: commune}); err != nil {
		return v, err
	}
	v.nodes, err = nodeConfigs(v.keys, fanNodes)
	return v, err
}

// fanOut compares the brokers.
func (b *bench) fanOut(ctx context.Context) error {
	v, err := b.fanVillage("fan")
	if err != nil {
		return err
	}
	own, err := b.fanEmbedded(ctx, v, smallBundles)
	if err != nil {
		return err
	}
	var peers [2]fanned
	for i, secure := range []bool{true, false} {
		if peers[i], err = b.fanMosquitto(ctx, v, smallBundles, secure); err != nil {
			return err
		}
	}
	what := fmt.Sprintf("%d subscribers × %d/s × %d B, QoS 0, TLS: ", fanNodes, smallBundles.rate, smallBundles.bytes)
	b.table.add(row{What: what + "CPU per delivery", Unit: "µs", Loa: own.perDelivery, Peer: peers[0].perDelivery, PeerName: "mosquitto",
		Note: fmt.Sprintf("delivered %.2f %% and %.2f %%; mosquitto without TLS %s µs", 100*own.delivered, 100*peers[0].delivered,
			number(peers[1].perDelivery))},
		row{What: what + "memory per subscriber", Unit: "kB", Loa: own.perClient, Peer: peers[0].perClient, PeerName: "mosquitto",
			Note: fmt.Sprintf("mosquitto without TLS %s kB", number(peers[1].perClient))})
	return nil
}

func (b *bench) fanEmbedded(ctx context.Context, v fanVillage, t traffic) (f fanned, err error) {
	self, err := os.Executable()
	if err != nil {
		return f, err
	}
	p, err := launch(v.dir, "broker", nil, self, "-inner", "broker", v.dir)
	if err != nil {
		return f, err
	}
	defer p.Stop()
	var addr []byte
	err = process.Poll(ctx, lookEvery, 5*time.Second, "the broker listens", func() bool {
		addr, err = os.ReadFile(filepath.Join(v.dir, "addr"))
		return err == nil && listens(string(addr))
	})
	if err != nil {
		return f, err
	}
	return t.fan(ctx, p, string(addr), v.keys.ControllerTLS(), v.nodes)
}

func (b *bench) fanMosquitto(ctx context.Context, v fanVillage, t traffic, secure bool) (f fanned, err error) {
	port, err := freePort()
	if err != nil {
		return f, err
	}
	p, err := openMosquitto(ctx, v.dir, port, secure)
	if err != nil {
		return f, err
	}
	defer p.Stop()
	if secure {
		return t.fan(ctx, p, fmt.Sprintf("127.0.0.1:%d", port), v.keys.ControllerTLS(), v.nodes)
	}
	return t.fan(ctx, p, fmt.Sprintf("127.0.0.1:%d", port), nil, make([]*tls.Config, len(v.nodes)))
}

// nodeConfigs makes each node a certificate.
func nodeConfigs(keys *trust.Trust, n int) ([]*tls.Config, error) {
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(keys.CAPEM())
	configs := make([]*tls.Config, n)
	for i := range configs {
		certPEM, keyPEM, err := keys.IssueNode(fmt.Sprintf("loa-%d", i+1))
		if err != nil {
			return nil, err
		}
		cert, err := tls.X509KeyPair(certPEM, keyPEM)
		if err != nil {
			return nil, err
		}
		configs[i] = &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: roots, Certificates: []tls.Certificate{cert}}
	}
	return configs, nil
}

// fan connects everyone to a broker, publishes, and sees what it cost.
func (t traffic) fan(ctx context.Context, p *process.Process, addr string, office *tls.Config, nodes []*tls.Config) (f fanned, err error) {
	topic := wire.Topics{Commune: commune}.Live(fanTopic)
	idle, err := p.RSS()
	if err != nil {
		return f, err
	}
	var got atomic.Int64
	subs, err := subscribeAll(addr, topic, nodes, &got)
	defer func() {
		for _, c := range subs {
			_ = c.Close() // nothing is lost with it
		}
	}()
	if err != nil {
		return f, err
	}
	pub, err := dialMQTT(addr, trust.ControllerName, office)
	if err != nil {
		return f, err
	}
	defer pub.Close()
	if _, err := t.publish(ctx, pub, topic, time.Second); err != nil { // warm
		return f, err
	}
	if err := process.Pause(ctx, time.Second); err != nil { // and all of that delivered
		return f, err
	}
	before, err := p.CPU()
	if err != nil {
		return f, err
	}
	start := got.Load()
	sent, err := t.publish(ctx, pub, topic, fanFor)
	if err != nil {
		return f, err
	}
	if err := process.Pause(ctx, time.Second); err != nil { // the last of them
		return f, err
	}
	after, err := p.CPU()
	if err != nil {
		return f, err
	}
	full, err := p.RSS()
	n := float64(got.Load() - start)
	return fanned{perDelivery: float64((after - before).Microseconds()) / n, cpu: 100 * (after - before).Seconds() / fanFor.Seconds(),
		perClient: (full - idle) / 1000 / float64(len(nodes)),
		delivered: n / float64(sent*len(nodes))}, err
}

// subscribeAll connects the nodes; each counts what it gets.
func subscribeAll(addr, topic string, nodes []*tls.Config, got *atomic.Int64) (conns []net.Conn, err error) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	slots := make(chan struct{}, fanAtOnce)
	for i, config := range nodes {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			c, e := dialMQTT(addr, fmt.Sprintf("loa-%d", i+1), config)
			if e == nil {
				e = c.subscribe(topic)
			}
			mu.Lock()
			defer mu.Unlock()
			if err = errors.Join(err, e); e == nil {
				conns = append(conns, c)
				go c.count(got)
			}
		})
	}
	wg.Wait()
	return conns, err
}

// publish says bundles for a time, and returns how many.
func (t traffic) publish(ctx context.Context, c *mqttConn, topic string, d time.Duration) (n int, err error) {
	body := append(text(topic), make([]byte, t.bytes)...)
	start := time.Now()
	for ; n < int(d.Seconds())*t.rate; n++ {
		if err := process.Pause(ctx, time.Until(start.Add(time.Duration(n)*time.Second/time.Duration(t.rate)))); err != nil {
			return n, err
		}
		if err := c.send(0x30, body); err != nil {
			return n, err
		}
	}
	return n, nil
}

// mqttConn is the least of an MQTT 3.1.1 client: it must cost the machine less
// than the broker that is measured.
type mqttConn struct {
	net.Conn
	r *bufio.Reader
}

func dialMQTT(addr, id string, config *tls.Config) (*mqttConn, error) {
	conn, err := net.DialTimeout("tcp", addr, 10*time.Second)
	if err != nil {
		return nil, err
	}
	if config != nil {
		own := config.Clone()
		own.ServerName = "127.0.0.1"
		conn = tls.Client(conn, own)
	}
	c := &mqttConn{conn, bufio.NewReaderSize(conn, 1024)}
	body := append(text("MQTT"), 4, 2, 0, 240) // 3.1.1, clean session, four minutes
	err = c.send(0x10, append(body, text(id)...))
	if err == nil {
		var ack []byte
		if _, ack, err = c.receive(); err == nil && (len(ack) != 2 || ack[1] != 0) {
			err = fmt.Errorf("%s is not let in: % x", id, ack)
		}
	}
	if err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return c, nil
}

func (c *mqttConn) subscribe(topic string) error {
	if err := c.send(0x82, append(append([]byte{0, 1}, text(topic)...), 0)); err != nil {
		return err
	}
	_, ack, err := c.receive()
	if err == nil && (len(ack) != 3 || ack[2] > 1) {
		err = fmt.Errorf("subscribe to %s: refused", topic)
	}
	return err
}

// count counts publishes until the connection ends.
func (c *mqttConn) count(got *atomic.Int64) {
	for {
		kind, _, err := c.receive()
		if err != nil {
			return
		}
		if kind>>4 == 3 {
			got.Add(1)
		}
	}
}

func (c *mqttConn) send(kind byte, body []byte) error {
	packet := binary.AppendUvarint([]byte{kind}, uint64(len(body))) // MQTT 3.1.1, 2.2.3: the same encoding
	_, err := c.Write(append(packet, body...))
	return err
}

func (c *mqttConn) receive() (kind byte, body []byte, err error) {
	if kind, err = c.r.ReadByte(); err != nil {
		return 0, nil, err
	}
	n, err := binary.ReadUvarint(c.r)
	if err != nil || n > 1<<16 {
		return 0, nil, errors.Join(err, errors.New("packet too long"))
	}
	body = make([]byte, n)
	_, err = io.ReadFull(c.r, body)
	return kind, body, err
}

// text is a string as MQTT writes it.
func text(s string) []byte { return append([]byte{byte(len(s) >> 8), byte(len(s))}, s...) }
