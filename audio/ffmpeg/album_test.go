package ffmpeg

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/audio"
)

// album is the clips of several sounds, to be measured by one start of ffmpeg: to
// start it takes longer than to measure.
type album struct {
	dir  string
	mu   sync.Mutex
	made map[string]Info // by the name of the file
}

func newAlbum(t testing.TB) *album { return &album{dir: t.TempDir(), made: map[string]Info{}} }

// add keeps a clip beyond the subtest that made it.
func (a *album) add(t testing.TB, clip string, info Info) {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	name := fmt.Sprintf("%d.opus", len(a.made))
	require.NoError(t, os.WriteFile(filepath.Join(a.dir, name), bytesOf(t, clip), 0o644))
	a.made[name] = info
}

// requireLevels is requireLevel for all of them.
func (a *album) requireLevels(t testing.TB) {
	t.Helper()
	for name, m := range a.measured(t) {
		requireMeasured(t, m, filepath.Join(a.dir, name), a.made[name])
	}
}

// measured is what ffmpeg's meter says of each.
func (a *album) measured(t testing.TB) map[string]Loudness {
	t.Helper()
	names := slices.Sorted(maps.Keys(a.made))
	args := []string{"-hide_banner", "-nostdin", "-nostats", "-v", "info"}
	var filters, outputs []string
	for i, name := range names {
		args = append(args, "-i", filepath.Join(a.dir, name))
		filters = append(filters, fmt.Sprintf("[%d:a]astats@s%d=measure_perchannel=none,ebur128@e%d=peak=true:framelog=verbose[o%d]", i, i, i, i))
		outputs = append(outputs, "-map", fmt.Sprintf("[o%d]", i))
	}
	args = append(append(append(args, "-filter_complex", strings.Join(filters, ";")), outputs...), "-f", "null", "-")
	said, err := exec.CommandContext(t.Context(), "ffmpeg", args...).CombinedOutput()
	require.NoError(t, err, "%s", said)
	all := map[string]Loudness{}
	for i, name := range names {
		at := strings.LastIndex(string(said), fmt.Sprintf("[ebur128@e%d @", i)) // a filter that is set up anew sums up nothing before
		require.NotEqual(t, -1, at, "%s", said)
		summary, _, _ := strings.Cut(string(said[at+1:]), "[")
		var m Loudness
		m.LUFS, err = summaryValue([]byte(summary), "I:", "LUFS")
		require.NoError(t, err)
		m.PeakDBTP, err = summaryValue([]byte(summary), "Peak:", "dBFS")
		require.NoError(t, err)
		samples := regexp.MustCompile(fmt.Sprintf(`\[astats@s%d @ [^]]*\] Number of samples: (\d+)`, i)).FindAllSubmatch(said, -1)
		require.NotEmpty(t, samples, "%s", said)
		n, err := strconv.Atoi(string(samples[len(samples)-1][1]))
		require.NoError(t, err)
		m.Seconds = float64(n) / audio.Rate
		all[name] = m
	}
	return all
}

// side runs a subtest of each kind, side by side, and returns when all have ended.
func side[K any](t *testing.T, kinds []K, name func(K) string, test func(*testing.T, K)) {
	t.Helper()
	t.Run("each", func(t *testing.T) {
		for _, kind := range kinds {
			t.Run(name(kind), func(t *testing.T) {
				t.Parallel()
				test(t, kind)
			})
		}
	})
}

func itself(name string) string { return name }
