package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
	"loa/controller"
	"loa/node"
	nodedoctor "loa/node/doctor"
	"loa/node/hearing"
	"loa/node/wire/checkup"
)

// doctored is what loa doctor says, as JSON and in words.
func doctored(t testing.TB, args ...string) (checks map[string]checkup.Check, code int, words string) {
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
		Checks []checkup.Check
	}
	require.NoError(t, json.Unmarshal(out.Bytes(), &said))
	require.Equal(t, said.Good, err == nil)
	text, _ := exec.Command(bin, append([]string{"doctor"}, args...)...).Output()
	return byName(t, said.Checks), cmd.ProcessState.ExitCode(), string(text)
}

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
	before, err := nodedoctor.Ask(t.Context(), config.Data)
	require.NoError(t, err)
	require.True(t, before.Linked)

	await(t, "the node's sensors were looked at", 20*time.Second, func() bool {
		checks, code, _ := doctored(t, "node", "--config", settings)
		return code == 0 && checks["mains"].State == checkup.Good
	})
	checks, code, words := doctored(t, "node", "--config", settings)
	require.Zero(t, code, "%v", checks)
	for _, name := range []string{"settings", "running", "identity", "certificate", "commune_key", "key_file", "clock", "broker", "amplifier",
		"mains", "disk", "writable", "plan", "update"} {
		require.Equal(t, checkup.Good, checks[name].State, "%+v", checks[name])
	}
	for _, name := range []string{"sound", "ear", "modem"} {
		require.Equal(t, checkup.Unknown, checks[name].State, "%+v", checks[name])
		require.NotNil(t, checks[name].Do, name)
	}
	require.Contains(t, words, "? chưa rõ     Modem 4G: chưa rõ · Modem: not known")
	after, err := nodedoctor.Ask(t.Context(), config.Data)
	require.NoError(t, err)
	require.Equal(t, before.Status.Session, after.Status.Session, "the node keeps its connection")

	checks, code, _ = doctored(t, "controller", "--config", o.config)
	require.Zero(t, code, "%v", checks)
	for _, name := range []string{"settings", "running", "data", "store", "keys", "key_files", "certificate", "audit", "broker", "https",
		"ffmpeg", "speech", "disk", "node loa-1"} {
		require.Equal(t, checkup.Good, checks[name].State, "%+v", checks[name])
	}
	require.Equal(t, checkup.Unknown, checks["backups"].State, "none was made yet")

	v.process.kill()
	checks, code, words = doctored(t, "node", "--config", settings, "--tone")
	require.Equal(t, 1, code)
	require.Equal(t, checkup.Bad, checks["running"].State)
	require.Contains(t, words, "systemctl start loa-node")
	require.Equal(t, checkup.Good, checks["broker"].State)
	require.Equal(t, checkup.Good, checks["plan"].State, "read from flash")
	require.Equal(t, checkup.Unknown, checks["tone"].State, "only an ear can tell")
	require.Greater(t, energy(v.horn(t).samples), 10.0, "the chime left the horn")
	o.process.stop()
	checks, code, _ = doctored(t, "controller", "--config", o.config)
	require.Equal(t, 1, code)
	for _, name := range []string{"running", "broker", "https"} {
		require.Equal(t, checkup.Bad, checks[name].State, name)
		require.Contains(t, checks[name].Do.EN, "loa-controller")
	}
	require.Equal(t, checkup.Unknown, checks["nodes"].State)
}

// Why a calibration came to nothing is said in both languages.
func TestCalibrationWords(t *testing.T) {
	for _, why := range []string{hearing.NoEar, hearing.NoQuiet, hearing.NotHeard, hearing.NotClear, hearing.NotKept, hearing.EarBroken} {
		require.NotEmpty(t, calibrationWords[why].VI, why)
		require.NotEmpty(t, calibrationWords[why].EN, why)
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
	require.Equal(t, checkup.Bad, checks["node loa-1"].State)
	require.Contains(t, checks["node loa-1"].What.VI, "card âm thanh")
	require.NotEqual(t, checkup.Good, checks["node loa-2"].State)
	checks, code, _ = doctored(t, "node", "--config", filepath.Join(v.dir, "node.yaml"))
	require.Equal(t, 1, code)
	require.Equal(t, checkup.Bad, checks["sound"].State)
}
