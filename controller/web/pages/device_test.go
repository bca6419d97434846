package pages

import (
	"testing"

	"github.com/stretchr/testify/require"

	"loa/controller/office/inventory"
)

// A person that looks where they are signed in knows their devices again.
func TestDeviceNames(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36": "Chrome · Android",
		"Mozilla/5.0 (Linux; Android 13; SM-A045F) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile " +
			"Safari/537.36": "Samsung Internet · Android",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 " +
			"Safari/604.1": "Safari · iPhone",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 " +
			"Edg/130.0.0.0": "Edge · Windows",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) coc_coc_browser/128.0.0 Chrome/122.0.0.0 " +
			"Safari/537.36": "Cốc Cốc · Windows",
		"Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0": "Firefox · Linux",
		"curl/8.5.0": "curl/8.5.0",
		"":           "",
	} {
		require.Equal(t, want, deviceName(agent))
	}
}

// A node whose state is its fault says so once; what else is wrong follows.
func TestFaultIsSaidOnce(t *testing.T) {
	n := inventory.Node{VI: "Không có thiết bị âm thanh", Faults: []inventory.Fault{{Code: "no_sound", VI: "Không có thiết bị âm thanh"},
		{Code: "too_hot", VI: "Nóng"}}}
	require.Equal(t, []inventory.Fault{{Code: "too_hot", VI: "Nóng"}}, n.Further())
	require.Len(t, n.Faults, 2)
	require.Empty(t, inventory.Node{VI: "Hoạt động tốt"}.Further())
}
