package health_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/node/health"
	"loa/node/wire"
)

func write(t *testing.T, root, path, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Join(root, filepath.Dir(path)), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(root, path), []byte(text), 0o644))
}

func TestABoard(t *testing.T) {
	root := t.TempDir()
	write(t, root, "sys/class/thermal/thermal_zone0/temp", "48250\n")
	write(t, root, "sys/class/thermal/thermal_zone1/temp", "51000\n")
	write(t, root, "proc/meminfo", "MemTotal: 512000 kB\nMemAvailable:   300000 kB\n")
	write(t, root, "proc/loadavg", "0.42 0.30 0.20 1/100 1234\n")
	var s wire.Status
	health.Reader{Root: root, Disk: root}.Fill(&s)
	require.InDelta(t, 51.0, *s.TempC, 0)
	require.Equal(t, int64(300000<<10), *s.MemFree)
	require.InDelta(t, 0.42, *s.Load, 0)
	require.Positive(t, *s.DiskFree)
}

// A sensor that is absent, broken or says the impossible is unknown.
func TestUnknownIsNeverInvented(t *testing.T) {
	root := t.TempDir()
	for _, temp := range []string{"", "0\n", "garbage", "-127000", "999999999", "NaN"} {
		write(t, root, "sys/class/thermal/thermal_zone0/temp", temp)
		write(t, root, "proc/meminfo", temp)
		write(t, root, "proc/loadavg", "x"+temp)
		var s wire.Status
		health.Reader{Root: root, Disk: filepath.Join(root, "gone")}.Fill(&s)
		require.Equal(t, wire.Status{}, s, "%q", temp)
	}
	require.False(t, health.DiskLow(nil))
}
