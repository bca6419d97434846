package checkup

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A report says each thing in both languages, what to do where something can be
// done, and the machine's own words where it is not well.
func TestReport(t *testing.T) {
	var r Report
	require.True(t, r.Is("store", nil, Said{"nguyên vẹn", "whole"}, Said{"hỏng", "damaged"}, Said{"khôi phục", "restore"}))
	r.Unknown("modem", Said{"chưa rõ", "not known"}, Said{}, nil)
	require.True(t, r.Good(), "what is not known is not bad")
	require.False(t, r.Is("store", errors.New("page 7\npage 8"), Said{"nguyên vẹn", "whole"}, Said{"hỏng", "damaged"},
		Said{"khôi phục", "restore"}))
	require.False(t, r.Good())
	var b strings.Builder
	require.NoError(t, r.Print(&b))
	require.Equal(t, "  tốt/good    nguyên vẹn · whole\n? chưa rõ     chưa rõ · not known\n✗ HỎNG/BAD    hỏng · damaged\n"+
		"               → khôi phục\n               → restore\n                 (page 7; page 8)\n", b.String())
}

// A folder that takes a file is left as it was; files are listed by name and size.
func TestFolder(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, TryWrite(dir))
	require.Error(t, TryWrite(filepath.Join(dir, "not-there")))
	require.NoError(t, os.MkdirAll(filepath.Join(dir, "a"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a", "b"), []byte("xin"), 0o600))
	files, err := Files(dir)
	require.NoError(t, err)
	require.Len(t, files, 1)
	require.Equal(t, "a/b", files[0].Name)
	require.Equal(t, "-rw-------", files[0].Mode)
	require.EqualValues(t, 3, files[0].Bytes)
}
