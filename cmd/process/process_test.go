package process

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// What a process says, uses, and whether it is there is told; a stubborn one ends
// all the same.
func TestProcess(t *testing.T) {
	dir := t.TempDir()
	p, err := Start(Options{Dir: dir, Name: "one", Env: []string{"WORD=xin chào"}, Out: true}, "sh", "-c",
		`echo "$WORD"; echo lỗi >&2; exec sleep 60`)
	require.NoError(t, err)
	require.NoError(t, Poll(t.Context(), time.Millisecond, time.Minute, "it has spoken", func() bool { return p.Said() == "lỗi\n" }))
	out, err := p.Out()
	require.NoError(t, err)
	require.Equal(t, "xin chào\n", string(out))
	used, err := p.CPU()
	require.NoError(t, err)
	require.Positive(t, used)
	held, err := p.RSS()
	require.NoError(t, err)
	require.Positive(t, held)
	p.Stop()
	<-p.Done()
	_, err = p.CPU()
	require.ErrorContains(t, err, "one is not running: lỗi")
	require.ErrorContains(t, Poll(t.Context(), time.Millisecond, 2*time.Millisecond, "never", func() bool { return false }),
		"in vain until never")
	_, err = Start(Options{Dir: dir, Name: "two"}, dir+"/is-not-there")
	require.ErrorIs(t, err, os.ErrNotExist)
}
