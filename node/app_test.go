package node

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/cache"
	"loa/node/calls"
	"loa/node/nodetest"
	"loa/node/update"
	"loa/node/wire"
	"loa/schedule"
)

// newApp makes a whole node that is not run, on what a folder holds.
func newApp(t testing.TB, o *nodetest.Office, dir string) *App {
	ca := nodetest.NewAuthority(t)
	return newAppOf(t, o, dir, ca, ca.Enrolled())
}

// newAppOf is likewise, of an authority and a certificate from enrolment.
func newAppOf(t testing.TB, o *nodetest.Office, dir string, ca *nodetest.Authority, enrolled tls.Certificate) *App {
	a, err := New(configOf(t, o, dir, "n1", "127.0.0.1:0", ca, enrolled), "test", slogDiscard())
	require.NoError(t, err)
	return a
}

// configOf is a node's settings, whose files are in a folder.
func configOf(t testing.TB, o *nodetest.Office, dir, id, broker string, ca *nodetest.Authority, enrolled tls.Certificate) Config {
	key, err := x509.MarshalPKCS8PrivateKey(enrolled.PrivateKey)
	require.NoError(t, err)
	file := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
		return path
	}
	return Config{ID: id, Commune: "la-da", Broker: broker, Sound: "null", Data: filepath.Join(dir, "data"),
		CA: file("ca.pem", "CERTIFICATE", ca.Cert.Raw), Cert: file("cert.pem", "CERTIFICATE", enrolled.Certificate[0]),
		Key:        file("key.pem", "PRIVATE KEY", key),
		CommuneKey: base64.StdEncoding.EncodeToString(o.Public())}
}

// keep puts something on a node's flash before its start.
func keep(t *testing.T, dir, name string, value []byte) {
	store, _, err := cache.Open(filepath.Join(dir, "data"))
	require.NoError(t, err)
	require.NoError(t, store.Save(name, value))
	require.NoError(t, store.Close())
}

// An emergency goes on after a restart also when the plan cannot be read.
func TestEmergencyNeedsNoPlan(t *testing.T) {
	dir, o := t.TempDir(), nodetest.NewOffice()
	now := time.Now().UTC()
	on := nodetest.VoiceCall("c1", schedule.Emergency, now)
	on.Call.Rundown = []schedule.Item{{Kind: schedule.Chime, Length: time.Second}}
	on.Targets = schedule.Targets{Nodes: []string{"n1"}}
	kept, err := wire.Encode(map[string]any{"calls": []any{map[string]any{"id": "c1", "seq": 1, "raw": o.Again(t, wire.KindCall, 1, now, on),
		"end": on.Call.End}}})
	require.NoError(t, err)
	keep(t, dir, calls.OnFlash, kept)
	keep(t, dir, "plan", []byte("worn"))
	a := newApp(t, o, dir)
	a.loadPlan()
	plan, seq := a.plans.get()
	require.Zero(t, seq)
	require.Len(t, plan.Calls, 1)
	require.Equal(t, "c1", plan.Calls[0].ID)
	require.NoError(t, a.close())
}

// A clock that cannot be read keeps no node from starting.
func TestNodeStartsOnAWornClock(t *testing.T) {
	dir := t.TempDir()
	keep(t, dir, nameClock, []byte("worn"))
	require.NoError(t, newApp(t, nodetest.NewOffice(), dir).close())
}

// What flash does not take is told.
func TestFlashThatTakesNothingIsAFault(t *testing.T) {
	a := newApp(t, nodetest.NewOffice(), t.TempDir())
	store := func() (detail string, told bool) {
		for _, f := range a.status.status(time.Now()).Faults {
			if f.Code == wire.FaultStore {
				return f.Detail, true
			}
		}
		return "", false
	}
	_, told := store()
	require.False(t, told)
	require.NoError(t, a.close())
	require.Error(t, a.report(wire.Play{Airing: "a"}))
	detail, told := store()
	require.True(t, told)
	require.Contains(t, detail, "not open")
}

// A package that a technician installs stays, whatever the office said before;
// what it says next counts.
func TestAPackageWinsOverAnEarlierWord(t *testing.T) {
	dir, o := t.TempDir(), nodetest.NewOffice()
	word := func(seq uint64) []byte {
		return o.Sign(t, wire.Header{Kind: wire.KindSoftware, Target: "la-da/n1", Seq: seq}, wire.Software{Version: "1.5",
			Clips: map[string]wire.ClipRef{runtime.GOARCH: {SHA: strings.Repeat("a5", 32), Bytes: 1}}})
	}
	start := func(base string) *App {
		a := newApp(t, o, dir)
		a.TakeUpdates(update.Open(filepath.Join(dir, "software"), base), "")
		return a
	}
	a := start("1")
	a.receiveSoftware(word(7))
	require.Len(t, a.program.clips(), 1)
	require.NoError(t, a.close())
	a = start("1")
	require.Len(t, a.program.clips(), 1, "over a restart")
	require.NoError(t, a.close())
	a = start("2")
	require.Empty(t, a.program.clips())
	a.receiveSoftware(word(7))
	require.Empty(t, a.program.clips(), "it is retained, and comes again")
	a.receiveSoftware(word(8))
	require.Len(t, a.program.clips(), 1)
	require.NoError(t, a.close())

	keep(t, dir, nameSoftware, word(7)) // as it was kept before
	a = start("3")
	require.Len(t, a.program.clips(), 1, "nobody knows under which")
	require.NoError(t, a.close())
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "software"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "software", "state.json"), []byte(`{"base":"2"}`), 0o600))
	a = start("3")
	require.Empty(t, a.program.clips())
	require.EqualValues(t, 7, a.program.seq)
	require.NoError(t, a.close())
}

// A status is made of all parts: of which start of which node, where its samples go,
// the amplifier, the microphone.
func TestAStatusTellsOfAllParts(t *testing.T) {
	ca := nodetest.NewAuthority(t)
	config := configOf(t, nodetest.NewOffice(), t.TempDir(), "n1", "127.0.0.1:0", ca, ca.Enrolled())
	config.AmpOn, config.AmpOff, config.Ear = []string{"true"}, []string{"true"}, "mic"
	a, err := New(config, "v7", slogDiscard())
	require.NoError(t, err)
	s := a.status.status(a.start.Add(time.Minute))
	require.Equal(t, a.boot, s.Boot)
	require.Equal(t, []any{"v7", "null", int64(60), true}, []any{s.Version, s.Sound.Output, s.Uptime, s.Ear})
	require.NotNil(t, s.Amp)
	require.False(t, *s.Amp)
	require.Equal(t, ca.Enrolled().Leaf.NotAfter, s.CertUntil)
	require.NotEmpty(t, s.Key)
	require.NoError(t, a.close())
}

const (
	ms  = time.Millisecond
	sec = time.Second
)

func slogDiscard() *slog.Logger { return slog.New(slog.DiscardHandler) }
