package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
	"loa/controller"
	"loa/controller/backup"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/node"
	"loa/node/local"
	"loa/node/wire"
)

// doctored is what loa doctor says, as JSON and in words.
func doctored(t testing.TB, args ...string) (checks map[string]check, code int, words string) {
	t.Helper()
	bin, err := loaBinary()
	require.NoError(t, err)
	var out bytes.Buffer
	cmd := exec.Command(bin, append([]string{"doctor", "--json"}, args...)...)
	cmd.Stdout = &out
	err = cmd.Run()
	var exit *exec.ExitError
	require.True(t, err == nil || errors.As(err, &exit), "%v", err)
	var said struct {
		Good   bool
		Checks []check
	}
	require.NoError(t, json.Unmarshal(out.Bytes(), &said))
	require.Equal(t, said.Good, err == nil)
	text, _ := exec.Command(bin, append([]string{"doctor"}, args...)...).Output()
	return byName(t, said.Checks), cmd.ProcessState.ExitCode(), string(text)
}

// byName keeps the worst of what has the same name. Whatever is not good says
// so in both languages, and what to do.
func byName(t testing.TB, all []check) map[string]check {
	t.Helper()
	checks := map[string]check{}
	for _, c := range all {
		require.NotEmpty(t, c.What.VI, c.Name)
		require.NotEmpty(t, c.What.EN, c.Name)
		if old, ok := checks[c.Name]; !ok || old.State != checkBad {
			checks[c.Name] = c
		}
	}
	return checks
}

// A commune that is well: office and node are examined while they work, and
// are not disturbed; what nobody can know is not called good.
func TestE2EDoctor(t *testing.T) {
	t.Parallel()
	witness.Play(t, e2eDoctor)
}

func e2eDoctor(t testing.TB) {
	o := newOfficeWith(t, func(c *controller.Config) { c.HTTPS = "127.0.0.1:0" })
	o.places()
	v := o.node("loa-1", "wav")
	v.settle(t, func(c *node.Config) {
		c.MainsCommand, c.AmpOn, c.AmpOff = []string{"true"}, []string{"true"}, []string{"true"}
	})
	o.good(1)
	settings := filepath.Join(v.dir, "node.yaml")
	var config node.Config
	require.NoError(t, readYAML(settings, &config))
	before, err := askNode(t.Context(), config.Data)
	require.NoError(t, err)
	require.True(t, before.Linked)

	await(t, "the node's sensors were looked at", 20*time.Second, func() bool {
		checks, code, _ := doctored(t, "node", "--config", settings)
		return code == 0 && checks["mains"].State == checkGood
	})
	checks, code, words := doctored(t, "node", "--config", settings)
	require.Zero(t, code, "%v", checks)
	for _, name := range []string{"settings", "running", "identity", "certificate", "commune_key", "key_file", "clock", "broker", "amplifier", "mains", "disk", "writable", "plan", "update"} {
		require.Equal(t, checkGood, checks[name].State, "%+v", checks[name])
	}
	for _, name := range []string{"sound", "ear", "modem"} {
		require.Equal(t, checkUnknown, checks[name].State, "%+v", checks[name])
		require.NotNil(t, checks[name].Do, name)
	}
	require.Contains(t, words, "? chưa rõ     Modem 4G: chưa rõ · Modem: not known")
	after, err := askNode(t.Context(), config.Data)
	require.NoError(t, err)
	require.Equal(t, before.Status.Session, after.Status.Session, "the node keeps its connection")

	checks, code, _ = doctored(t, "controller", "--config", o.config)
	require.Zero(t, code, "%v", checks)
	for _, name := range []string{"settings", "running", "data", "store", "keys", "key_files", "certificate", "audit", "broker", "https", "ffmpeg", "speech", "disk", "node loa-1"} {
		require.Equal(t, checkGood, checks[name].State, "%+v", checks[name])
	}
	require.Equal(t, checkUnknown, checks["backups"].State, "none was made yet")

	v.process.kill()
	checks, code, words = doctored(t, "node", "--config", settings, "--tone")
	require.Equal(t, 1, code)
	require.Equal(t, checkBad, checks["running"].State)
	require.Contains(t, words, "systemctl start loa-node")
	require.Equal(t, checkGood, checks["broker"].State)
	require.Equal(t, checkGood, checks["plan"].State, "read from flash")
	require.Equal(t, checkUnknown, checks["tone"].State, "only an ear can tell")
	require.Greater(t, energy(v.horn(t).samples), 10.0, "the chime left the horn")
	o.process.stop()
	checks, code, _ = doctored(t, "controller", "--config", o.config)
	require.Equal(t, 1, code)
	for _, name := range []string{"running", "broker", "https"} {
		require.Equal(t, checkBad, checks[name].State, name)
		require.Contains(t, checks[name].Do.EN, "loa-controller")
	}
	require.Equal(t, checkUnknown, checks["nodes"].State)
}

// enrolled is a board's folder with all that belongs there.
func enrolled(t testing.TB) (settings string, config node.Config) {
	t.Helper()
	dir := t.TempDir()
	keys, err := trust.Open(filepath.Join(dir, "trust"), trust.Options{Commune: "la-da"})
	require.NoError(t, err)
	cert, key, err := keys.IssueNode("loa-1")
	require.NoError(t, err)
	config = node.Config{ID: "loa-1", Commune: "la-da", Broker: "127.0.0.1:1", Data: filepath.Join(dir, "data"), Sound: "null",
		CA: filepath.Join(dir, "ca.pem"), Cert: filepath.Join(dir, "node.pem"), Key: filepath.Join(dir, "node.key"), CommuneKey: base64Key(keys)}
	for path, data := range map[string][]byte{config.CA: keys.CAPEM(), config.Cert: cert, config.Key: key} {
		require.NoError(t, os.WriteFile(path, data, 0o600))
	}
	require.NoError(t, os.Mkdir(config.Data, 0o700))
	return filepath.Join(dir, "node.yaml"), config
}

// Each kind of trouble of a board turns its line bad, with what to do.
func TestDoctorOfABoard(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "asound.conf")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	t.Setenv("ALSA_CONFIG_PATH", empty) // a board without a sound card
	other, err := trust.Open(t.TempDir(), trust.Options{Commune: "la-da", Hosts: []string{"127.0.0.1"}})
	require.NoError(t, err)
	stranger := tlsServer(t, other)
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
			path, config := enrolled(t)
			c.break_(&config)
			require.NoError(t, writeYAML(path, config))
			var r examination
			examineNode(t.Context(), &r, path, false)
			got := byName(t, r.checks)[c.line]
			require.Equal(t, checkBad, got.State, "%+v", got)
			if c.advice != "" {
				require.Contains(t, got.Do.VI, c.advice)
			}
			require.False(t, r.good())
		})
	}
	var r examination
	examineNode(t.Context(), &r, filepath.Join(t.TempDir(), "node.yaml"), false)
	require.Contains(t, byName(t, r.checks)["settings"].Do.VI, "loa node enrol")
}

// What the running node says of itself is said in the office's words, and is
// bad also when this command could not see it.
func TestDoctorAsksTheNode(t *testing.T) {
	path, config := enrolled(t)
	require.NoError(t, writeYAML(path, config))
	yes, no, hot := true, false, 99.0
	says := node.Now{Version: "v7", Status: wire.Status{Mains: &no, Undervoltage: &yes, TempC: &hot, Plan: 1, Clips: 2, Held: 1,
		Clock: wire.Clock{Known: true}, Modem: &wire.Modem{State: "searching"}, Spoilt: 3, Software: &wire.SoftwareState{State: wire.SoftwareFailed},
		Faults: []wire.Fault{{Code: wire.FaultStore, Detail: "input/output error"}, {Code: wire.FaultClips}}}}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() {
		served <- local.Serve(ctx, config.Data, map[string]local.Answer{"status": func(_ context.Context, send func(any) error) error { return send(says) }})
	}()
	await(t, "it answers", 5*time.Second, func() bool { now, err := askNode(t.Context(), config.Data); return err == nil && now != nil })
	var r examination
	examineNode(t.Context(), &r, path, true)
	checks := byName(t, r.checks)
	for name, want := range map[string]string{"mains": "điện", "voltage": "Nguồn", "temperature": "nóng", "modem": "SIM", "update": "v7", "writable": "Bộ nhớ", "plan": "tệp"} {
		require.Equal(t, checkBad, checks[name].State, name)
		require.Contains(t, checks[name].What.VI, want)
	}
	require.Contains(t, checks["writable"].Says, "input/output")
	require.Equal(t, checkUnknown, checks["records"].State)
	require.Contains(t, checks["records"].What.VI, "3 lần phát")
	require.Equal(t, checkUnknown, checks["wear"].State)
	require.Equal(t, checkUnknown, checks["tone"].State)
	require.Contains(t, checks["tone"].Do.VI, "Phát thử")
	cancel()
	require.NoError(t, <-served)
}

// Each way in which flash fails has its line, and says what to do.
func TestDoctorOfFlash(t *testing.T) {
	for code, want := range map[string][2]string{wire.FaultDisk: {"disk", "xóa tệp thừa"}, wire.FaultReadOnly: {"writable", "chỉ đọc"}, wire.FaultStore: {"writable", "thay thẻ nhớ"}} {
		r := examination{}
		b := boardExam{examination: &r, config: node.Config{Data: t.TempDir()}, now: &node.Now{Status: wire.Status{Faults: []wire.Fault{{Code: code, Detail: "the system's word"}}}}}
		b.disk()
		line := byName(t, r.checks)[want[0]]
		require.Equal(t, checkBad, line.State, code)
		require.Contains(t, line.What.VI, want[1])
		require.Contains(t, line.What.VI, "vẫn phát", "and what goes on all the same")
		require.Contains(t, line.What.EN, "emergencies too")
		require.Equal(t, "the system's word", line.Says)
	}
}

// Why a calibration came to nothing is said in both languages.
func TestCalibrationWords(t *testing.T) {
	for _, why := range []string{node.NoEar, node.NoQuiet, node.NotHeard, node.NotClear, node.NotKept, node.EarBroken} {
		require.NotEmpty(t, calibrationWords[why].VI, why)
		require.NotEmpty(t, calibrationWords[why].EN, why)
	}
}

// What of the sound card's volume was set, or could not be, has a line of its own.
func TestDoctorOfTheMixer(t *testing.T) {
	look := func(control string, now *node.Now) check {
		r := examination{}
		b := boardExam{examination: &r, config: node.Config{Sound: "alsa", MixerControl: control}, now: now}
		b.mixer(t.Context())
		require.Len(t, r.checks, 1)
		return byName(t, r.checks)["mixer"]
	}
	says := func(mixer string, faults ...wire.Fault) *node.Now {
		return &node.Now{Status: wire.Status{Sound: wire.Sound{OK: true, Mixer: mixer}, Faults: faults}}
	}
	require.Equal(t, checkGood, look("", says("PCM 0.00 dB")).State)
	require.Contains(t, look("", says("PCM 0.00 dB")).What.VI, "PCM 0.00 dB")
	require.Equal(t, checkUnknown, look("", says("")).State)
	require.Contains(t, look("", says("")).Do.VI, "alsa-utils")
	require.Contains(t, look("none", says("")).What.EN, "left alone")
	bad := look("", says("", wire.Fault{Code: wire.FaultMixer, Detail: "set PCM: it stays muted"}))
	require.Equal(t, checkBad, bad.State)
	require.Contains(t, bad.What.VI, "mixer_control")
	require.Contains(t, bad.Says, "stays muted")
	t.Setenv("ALSA_CONFIG_PATH", "/dev/null") // a board without a sound card
	require.Equal(t, checkUnknown, look("", nil).State)
}

// Likewise of an office.
func TestDoctorOfAnOffice(t *testing.T) {
	for name, c := range map[string]struct {
		break_ func(t testing.TB, c *controller.Config)
		line   string
		advice string
	}{
		"store": {func(t testing.TB, c *controller.Config) {
			require.NoError(t, os.WriteFile(filepath.Join(c.Data, store.Database), []byte(strings.Repeat("hỏng", 5000)), 0o600))
		}, "store", "loa restore"},
		"keys": {func(t testing.TB, c *controller.Config) {
			require.NoError(t, os.Remove(filepath.Join(c.TrustDir(), "ca.pem")))
		}, "keys", "sao lưu"},
		"open key": {func(t testing.TB, c *controller.Config) {
			require.NoError(t, os.Chmod(filepath.Join(c.TrustDir(), "ca.pem"), 0o644))
		}, "key_files", "chmod"},
		"old backup": {func(t testing.TB, c *controller.Config) {
			require.NoError(t, os.MkdirAll(c.BackupsDir(), 0o700))
			require.NoError(t, os.WriteFile(filepath.Join(c.BackupsDir(), backup.Name(c.Commune, time.Now().AddDate(0, 0, -5))), []byte("x"), 0o600))
		}, "backups", "loa backup"},
		"speech": {func(_ testing.TB, c *controller.Config) { c.Speech = []string{"khong-co"} }, "voice speech", "speech"},
		"silent voice": {func(_ testing.TB, c *controller.Config) {
			c.Voices = []controller.Engine{{Name: "cam", Command: []string{"sh", "-c", "cat >/dev/null; ffmpeg -v error -f lavfi -i anullsrc=d=9 -f wav -"}}}
		}, "voice cam", "voices.md"},
		"wrong voices": {func(_ testing.TB, c *controller.Config) { c.Voices = []controller.Engine{{Name: "espeak-ng"}} }, "voices", "voices.md"},
		"stopped":      {func(testing.TB, *controller.Config) {}, "running", "systemctl restart loa-controller"},
		"broker":       {func(_ testing.TB, c *controller.Config) { c.Broker = "mqtts://127.0.0.1:1" }, "broker", "mosquitto"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			config := controller.DefaultConfig()
			config.Data = filepath.Join(dir, "data")
			_, err := trust.Open(config.TrustDir(), trust.Options{Commune: config.Commune})
			require.NoError(t, err)
			st, err := store.Open(t.Context(), config.Data, slog.New(slog.DiscardHandler))
			require.NoError(t, err)
			require.NoError(t, st.Close())
			c.break_(t, &config)
			path := filepath.Join(dir, "controller.yaml")
			require.NoError(t, writeYAML(path, config))
			var r examination
			examineOffice(t.Context(), &r, path)
			got := byName(t, r.checks)[c.line]
			require.Equal(t, checkBad, got.State, "%+v", got)
			require.Contains(t, got.Do.VI, c.advice)
		})
	}
}

// A loudspeaker in trouble is told at the office, by name.
func TestE2EDoctorTellsOfNodes(t *testing.T) {
	t.Parallel()
	witness.Play(t, e2eDoctorTellsOfNodes)
}

func e2eDoctorTellsOfNodes(t testing.TB) {
	o := newOffice(t)
	o.places()
	v := o.node("loa-1", "alsa", "ALSA_CONFIG_PATH=/dev/null")
	o.send(http.MethodPut, "/api/v1/nodes/loa-2", map[string]any{"name": "Chưa lắp", "area": "thon-1", "volume": 100}, nil)
	await(t, "the fault is told", 30*time.Second, func() bool {
		return slices.ContainsFunc(o.nodes(), func(n nodeAnswer) bool { return len(n.Faults) > 0 })
	})
	checks, code, _ := doctored(t, "controller", "--config", o.config)
	require.Equal(t, 1, code)
	require.Equal(t, checkBad, checks["node loa-1"].State)
	require.Contains(t, checks["node loa-1"].What.VI, "card âm thanh")
	require.NotEqual(t, checkGood, checks["node loa-2"].State)
	checks, code, _ = doctored(t, "node", "--config", filepath.Join(v.dir, "node.yaml"))
	require.Equal(t, 1, code)
	require.Equal(t, checkBad, checks["sound"].State)
}
