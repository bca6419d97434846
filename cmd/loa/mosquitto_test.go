package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
	"github.com/stretchr/testify/require"

	"loa/controller"
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
	addr := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	return withMosquittoBehind(t, addr, addr)
}

// withMosquittoBehind has the office reach its broker, which is at addr, by another
// way.
func withMosquittoBehind(t testing.TB, addr, way string) *office {
	t.Helper()
	dir := t.TempDir()
	config := controller.DefaultConfig()
	config.Data, config.HTTP = filepath.Join(dir, "data"), "127.0.0.1:0"
	config.Broker = "mqtts://" + way
	files, err := os.MkdirTemp("", "loa-mosquitto") // where user mosquitto may read
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(files) })
	readable(t, files)
	config.CRL = filepath.Join(files, "crl.pem")
	require.NoError(t, os.WriteFile(filepath.Join(files, "acl"), []byte(shipped(t, "acl")), 0o644))
	conf := strings.NewReplacer("/etc/mosquitto/loa", files, "listener 8883", "listener "+addr[strings.LastIndex(addr, ":")+1:]+" 127.0.0.1").
		Replace(shipped(t, "mosquitto.conf"))
	require.NoError(t, os.WriteFile(filepath.Join(files, "mosquitto.conf"), []byte(conf), 0o644))
	o := &office{t: t, dir: dir, config: filepath.Join(dir, "controller.yaml")}
	require.NoError(t, writeYAML(o.config, config))
	o.open()
	await(t, "the broker's files are there", 20*time.Second, func() bool { _, err := os.Stat(config.CRL); return err == nil })
	launch(t, "mosquitto", "mosquitto", nil, "-c", filepath.Join(files, "mosquitto.conf"))
	await(t, "the office is at its broker", 20*time.Second,
		func() bool { return strings.Contains(o.process.said(), "connected to the broker") })
	config.HTTP = strings.TrimPrefix(o.info.URL, "http://")
	require.NoError(t, writeYAML(o.config, config))
	return o
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
