package node

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/nodetest"
	"loa/node/wire"
)

func TestSettingsOfTheEars(t *testing.T) {
	good := Config{Ear: "plughw:1", EarTest: "05:30", EarLine: "plughw:2"}
	require.NoError(t, good.checkEar())
	require.ErrorContains(t, Config{Ear: "plughw:1", EarTest: "5 giờ"}.checkEar(), "ear_test")
	require.ErrorContains(t, Config{EarTest: "05:30"}.checkEar(), "ear")
}

// A horn that was silent before a restart is told after it, since the same time; not
// by a node without a microphone, in which nothing could end it.
func TestASilentHornIsToldAfterARestart(t *testing.T) {
	o, dir, since := nodetest.NewOffice(), t.TempDir(), time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	kept, err := json.Marshal(map[string]wire.Fault{wire.FaultMuteHorn: {Code: wire.FaultMuteHorn, Since: since}})
	require.NoError(t, err)
	keep(t, dir, "findings", kept)
	ca := nodetest.NewAuthority(t)
	for device, want := range map[string]int{"mic": 1, "": 0} {
		config := configOf(t, o, dir, "n1", "127.0.0.1:0", ca, ca.Enrolled())
		config.Ear = device
		a, err := New(config, "test", slogDiscard())
		require.NoError(t, err)
		told := 0
		for _, f := range a.status.status(time.Now()).Faults {
			if f.Code == wire.FaultMuteHorn && f.Since.Equal(since) {
				told++
			}
		}
		require.Equal(t, want, told, device)
		require.NoError(t, a.close())
	}
}
