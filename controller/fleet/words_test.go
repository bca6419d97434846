package fleet

import (
	"testing"

	"github.com/stretchr/testify/require"

	"loa/node/wire"
)

// A fault of flash says what to do, and that the loudspeaker plays on, in an
// emergency too.
func TestWordsOfFlash(t *testing.T) {
	for code, do := range map[string]string{wire.FaultDisk: "xóa tệp thừa", wire.FaultReadOnly: "chỉ đọc", wire.FaultStore: "thay thẻ nhớ"} {
		vi, en := FaultSentence(code)
		require.Contains(t, vi, do, code)
		require.Contains(t, vi, "vẫn phát", code)
		require.Contains(t, en, "emergencies too", code)
	}
	vi, _ := FaultSentence(wire.FaultMixer)
	require.Contains(t, vi, "mixer_control")
}
