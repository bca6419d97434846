package signing

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What a disk spoilt, or a restored backup holds, is refused: it neither panics nor
// counts.
func FuzzFiles(f *testing.F) {
	dir := f.TempDir()
	keys := New(dir, "la-da", time.Now)
	require.NoError(f, keys.Load(unused))
	require.NoError(f, keys.Rotate(time.Hour))
	data, err := os.ReadFile(filepath.Join(dir, File))
	require.NoError(f, err)
	f.Add(data)
	f.Add([]byte(`{"seq":1,"hash":"ab","at":"2026-11-24T00:00:00Z","signature":"AAAA"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if s, err := parse(data); err == nil {
			_, _ = s.walk("la-da") // an error or a chain to the key
			_ = s.Chain()
		}
		if s, err := keys.parseSeal(data); err == nil && s.Signature == nil {
			t.Fatal("a seal of nobody")
		}
	})
}
