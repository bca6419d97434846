package doctor

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node"
	"loa/node/identity"
	"loa/node/local"
	"loa/node/nodetest"
	"loa/node/wire"
	"loa/node/wire/checkup"
)

// byName keeps the worst of what has the same name. Whatever is not good says
// so in both languages, and what to do.
func byName(t testing.TB, all []checkup.Check) map[string]checkup.Check {
	t.Helper()
	checks := map[string]checkup.Check{}
	for _, c := range all {
		require.NotEmpty(t, c.What.VI, c.Name)
		require.NotEmpty(t, c.What.EN, c.Name)
		if old, ok := checks[c.Name]; !ok || old.State != checkup.Bad {
			checks[c.Name] = c
		}
	}
	return checks
}

// enrolled is a board with all that belongs there, and its certificate's authority.
func enrolled(t testing.TB, life time.Duration) (node.Config, *nodetest.Authority) {
	t.Helper()
	dir, ca := t.TempDir(), nodetest.NewAuthority(t)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	require.NoError(t, err)
	file := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
		return path
	}
	made := time.Now()
	if life < 0 {
		made = made.Add(2 * life)
		life = -life
	}
	config := node.Config{ID: "loa-1", Commune: "la-da", Broker: "127.0.0.1:1", Data: filepath.Join(dir, "data"), Sound: "null",
		CA: file("ca.pem", "CERTIFICATE", ca.Cert.Raw), Cert: file("node.pem", "CERTIFICATE", ca.Certify("loa-1", key.Public(), made, life)),
		Key:        file("node.key", "PRIVATE KEY", der),
		CommuneKey: base64.StdEncoding.EncodeToString(nodetest.NewOffice().Public())}
	require.NoError(t, os.Mkdir(config.Data, 0o700))
	return config, ca
}

const life = 2 * 365 * 24 * time.Hour

// examined is what a board with these settings comes to. A fault's sentence is its
// code: the office's words are fleet's.
func examined(t testing.TB, c node.Config, tone bool) (map[string]checkup.Check, *checkup.Report) {
	t.Helper()
	var r checkup.Report
	Examine(t.Context(), &r,
		Options{Settings: "node.yaml", Open: func(string) (node.Config, error) { return c, c.Check() }, Fault: byCode, Version: "v8", Tone: tone})
	return byName(t, r.Checks), &r
}

func byCode(code string) (vi, en string) { return "lỗi " + code, "fault " + code }

// tlsServer is a broker of another commune, as far as TLS.
func tlsServer(t testing.TB) string {
	t.Helper()
	config := &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{nodetest.NewAuthority(t).Brokers()}}
	l, err := tls.Listen("tcp", "127.0.0.1:0", config)
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_ = conn.(*tls.Conn).Handshake() // the client's side tells
				_, _ = conn.Read(make([]byte, 1))
			}()
		}
	}()
	return l.Addr().String()
}

// Each kind of trouble of a board turns its line bad, with what to do.
func TestEachTroubleOfABoard(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "asound.conf")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	t.Setenv("ALSA_CONFIG_PATH", empty) // a board without a sound card
	stranger := tlsServer(t)
	for name, c := range map[string]struct {
		break_ func(c *node.Config)
		line   string
		advice string
	}{
		"setting":       {func(c *node.Config) { c.Sound = "horn" }, "settings", "loa settings node"},
		"address":       {func(c *node.Config) { c.Broker = "127.0.0.1:1" }, "broker", "4G"},
		"name":          {func(c *node.Config) { c.Broker = "khong-co.invalid:8883" }, "broker", "DNS"},
		"another":       {func(c *node.Config) { c.Broker = stranger }, "broker", "an toàn"},
		"certificate":   {func(c *node.Config) { c.Cert = c.CA }, "identity", "loa node enrol"},
		"key":           {func(c *node.Config) { c.CommuneKey = "c2Fp" }, "commune_key", "loa node enrol"},
		"open key":      {func(c *node.Config) { _ = os.Chmod(c.Key, 0o644) }, "key_file", "chmod 600"},
		"no sound card": {func(c *node.Config) { c.Sound = "alsa" }, "sound", "aplay -l"},
		"no microphone": {func(c *node.Config) { c.Ear = "plughw:7" }, "ear", "arecord -l"},
		"no relay":      {func(c *node.Config) { c.AmpOn, c.AmpOff = []string{"khong-co"}, []string{"true"} }, "amplifier", "amp_on"},
		"no line":       {func(c *node.Config) { c.AmpGPIO = "gpiochip97:3" }, "amplifier", "amp_gpio"},
		"no mains":      {func(c *node.Config) { c.MainsCommand = []string{"false"} }, "mains", ""},
		"read-only":     {func(c *node.Config) { c.Data = "/sys" }, "writable", "dmesg"},
		"no node":       {func(*node.Config) {}, "running", "systemctl start loa-node"},
	} {
		t.Run(name, func(t *testing.T) {
			config, _ := enrolled(t, life)
			c.break_(&config)
			checks, r := examined(t, config, false)
			got := checks[c.line]
			require.Equal(t, checkup.Bad, got.State, "%+v", got)
			if c.advice != "" {
				require.Contains(t, got.Do.VI, c.advice)
			}
			require.False(t, r.Good())
		})
	}
	var r checkup.Report
	Examine(t.Context(), &r, Options{Open: func(string) (node.Config, error) { return node.Config{}, fs.ErrNotExist }})
	require.Contains(t, byName(t, r.Checks)["settings"].Do.VI, "loa node enrol")
}

// What the running node says of itself is bad also when this command could not see
// it.
func TestTheNodeThatRunsIsAsked(t *testing.T) {
	config, _ := enrolled(t, life)
	yes, no, hot := true, false, 99.0
	says := node.Now{Version: "v7", Status: wire.Status{Mains: &no, Undervoltage: &yes, TempC: &hot, Plan: 1, Clips: 2, Held: 1,
		Clock: wire.Clock{Known: true}, Modem: &wire.Modem{State: "searching"}, Spoilt: 3,
		Software: &wire.SoftwareState{State: wire.SoftwareFailed},
		Faults:   []wire.Fault{{Code: wire.FaultStore, Detail: "input/output error"}, {Code: wire.FaultClips}}}}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() {
		served <- local.Serve(ctx, config.Data,
			map[string]local.Answer{"status": func(_ context.Context, send func(any) error) error { return send(says) }})
	}()
	require.Eventually(t, func() bool { now, err := Ask(t.Context(), config.Data); return err == nil && now != nil }, time.Minute,
		time.Millisecond)
	checks, _ := examined(t, config, true)
	for name, want := range map[string]string{"mains": wire.FaultMains, "voltage": wire.FaultVoltage, "temperature": wire.FaultHot,
		"modem": wire.FaultModem, "update": "v7", "writable": wire.FaultStore, "plan": wire.FaultClips} {
		require.Equal(t, checkup.Bad, checks[name].State, name)
		require.Contains(t, checks[name].What.VI, want)
	}
	require.Contains(t, checks["writable"].Says, "input/output")
	require.Equal(t, checkup.Unknown, checks["records"].State)
	require.Contains(t, checks["records"].What.VI, "3 lần phát")
	require.Equal(t, checkup.Unknown, checks["wear"].State)
	require.Equal(t, checkup.Unknown, checks["tone"].State)
	require.Contains(t, checks["tone"].Do.VI, "Phát thử")
	cancel()
	require.NoError(t, <-served)
}

// Each way in which flash fails has its line, with the system's own word.
func TestEachTroubleOfFlash(t *testing.T) {
	for code, name := range map[string]string{wire.FaultDisk: "disk", wire.FaultReadOnly: "writable", wire.FaultStore: "writable"} {
		var r checkup.Report
		faults := []wire.Fault{{Code: code, Detail: "the system's word"}}
		b := boardExam{Report: &r, opt: Options{Fault: byCode}, config: node.Config{Data: t.TempDir()},
			now: &node.Now{Status: wire.Status{Faults: faults}}}
		b.disk()
		line := byName(t, r.Checks)[name]
		require.Equal(t, checkup.Bad, line.State, code)
		require.Equal(t, "lỗi "+code, line.What.VI)
		require.Equal(t, "the system's word", line.Says)
	}
}

// What of the sound card's volume was set, or could not be, has a line of its own.
func TestTheMixerHasALine(t *testing.T) {
	look := func(control string, now *node.Now) checkup.Check {
		r := checkup.Report{}
		b := boardExam{Report: &r, opt: Options{Fault: byCode}, config: node.Config{Sound: "alsa", MixerControl: control}, now: now}
		b.mixer(t.Context())
		require.Len(t, r.Checks, 1)
		return byName(t, r.Checks)["mixer"]
	}
	says := func(mixer string, faults ...wire.Fault) *node.Now {
		return &node.Now{Status: wire.Status{Sound: wire.Sound{OK: true, Mixer: mixer}, Faults: faults}}
	}
	require.Equal(t, checkup.Good, look("", says("PCM 0.00 dB")).State)
	require.Contains(t, look("", says("PCM 0.00 dB")).What.VI, "PCM 0.00 dB")
	require.Equal(t, checkup.Unknown, look("", says("")).State)
	require.Contains(t, look("", says("")).Do.VI, "alsa-utils")
	require.Contains(t, look("none", says("")).What.EN, "left alone")
	bad := look("", says("", wire.Fault{Code: wire.FaultMixer, Detail: "set PCM: it stays muted"}))
	require.Equal(t, checkup.Bad, bad.State)
	require.Equal(t, "lỗi "+wire.FaultMixer, bad.What.VI)
	require.Contains(t, bad.Says, "stays muted")
	t.Setenv("ALSA_CONFIG_PATH", "/dev/null") // a board without a sound card
	require.Equal(t, checkup.Unknown, look("", nil).State)
}

// A certificate is told of before it ends, and when it has ended.
func TestTheCertificatesEndIsTold(t *testing.T) {
	config, _ := enrolled(t, life)
	cert, _, err := config.Identity()
	require.NoError(t, err)
	until, soon := identity.Expires(cert.Leaf, time.Now())
	require.False(t, soon)
	_, soon = identity.Expires(cert.Leaf, until.Add(-41*24*time.Hour))
	require.True(t, soon)
	for life, words := range map[time.Duration]string{-time.Hour: "đã hết hạn", 24 * time.Hour: "còn hạn"} {
		config, _ := enrolled(t, life)
		checks, _ := examined(t, config, false)
		got := checks["certificate"]
		require.Contains(t, got.What.VI, words, "%v", life)
		require.Equal(t, life < 0, got.State == checkup.Bad)
	}
}
