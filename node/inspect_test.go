package node

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/cache"
	"loa/node/nodetest"
	"loa/node/wire"
)

// stored puts a clip on a node's flash, whatever its name says.
func stored(t *testing.T, dir string, clip []byte, name string) wire.ClipRef {
	t.Helper()
	folder := filepath.Join(dir, "data", "clips")
	require.NoError(t, os.MkdirAll(folder, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(folder, name), clip, 0o600))
	return wire.ClipRef{SHA: name, Bytes: int64(len(clip))}
}

func shaOf(clip []byte) string {
	sum := sha256.Sum256(clip)
	return hex.EncodeToString(sum[:])
}

// A node reads the recorded alerts back from flash, whole: one that is another than its
// name says is found, and not held any more, so that it is fetched anew.
func TestInspectReadsTheAlertsBack(t *testing.T) {
	dir, o := t.TempDir(), nodetest.NewOffice()
	alert := []byte(strings.Repeat("lũ về ", 40_000))
	good, spoilt := stored(t, dir, alert, shaOf(alert)), stored(t, dir, alert[1:], strings.Repeat("b2", 32))
	a := newApp(t, o, dir)
	missing := wire.ClipRef{SHA: strings.Repeat("c3", 32), Bytes: 9}
	found := a.inspect.examine(inspectOrder{7, wire.Inspect{Clips: []wire.ClipRef{good, spoilt, missing, {SHA: "../plan"}}}})
	found.At = time.Time{}
	require.Equal(t, wire.Inspection{Order: 7, Clips: 4, Missing: 2, Spoilt: 1}, found)
	require.True(t, a.cache.Held(good.SHA))
	require.False(t, a.cache.Held(spoilt.SHA))
	a.inspect.last.Store(&found)
	require.Equal(t, uint64(7), a.status.status(time.Now()).Inspection.Order)
	require.NoError(t, a.close())

	a = newApp(t, o, dir)
	require.Equal(t, uint64(7), a.inspect.last.Load().Order, "it is told after a restart")
	require.NoError(t, a.close())
	require.NotEmpty(t, a.inspect.examine(inspectOrder{8, wire.Inspect{}}).Flash, "flash that takes nothing")
	a.inspect.save = func(string, []byte) error { return nil }
	a.inspect.load = func(string) ([]byte, error) { return []byte("{}"), nil }
	a.inspect.trouble = func() error { return nil }
	require.Equal(t, errOtherWord.Error(), a.inspect.examine(inspectOrder{9, wire.Inspect{}}).Flash)
	a.inspect.trouble = func() error { return cache.ErrSpoilt }
	require.NotEmpty(t, a.inspect.examine(inspectOrder{9, wire.Inspect{}}).Flash, "what is kept in memory only")
}

// Only the office's own order for this node counts, once, and not late; it is answered
// within seconds, at another instant by each node.
func TestInspectTakesOneOrderOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, now := nodetest.NewOffice(), time.Now()
		a := newApp(t, o, t.TempDir())
		x := a.inspect
		x.clock = func(t time.Time) (time.Time, time.Duration, bool) { return t, 0, true }
		told := make(chan struct{}, 1)
		x.done = func() { told <- struct{}{} }
		order := func(set func(*wire.Header), clips int) []byte {
			h := wire.Header{Kind: wire.KindInspect, Target: wire.Target("la-da", "n1"), Seq: uint64(now.UnixMilli()), Issued: now,
				Expires: now.Add(wire.InspectLife)}
			set(&h)
			return o.Sign(t, h, wire.Inspect{Clips: make([]wire.ClipRef, clips)})
		}
		first := order(func(*wire.Header) {}, 1)
		for name, bad := range map[string][]byte{
			"of another node": order(func(h *wire.Header) { h.Target = wire.Target("la-da", "n2") }, 1),
			"of all":          order(func(h *wire.Header) { h.Target = wire.Target("la-da", wire.AllNodes) }, 1),
			"of no end":       order(func(h *wire.Header) { h.Expires = time.Time{} }, 1),
			"of the future":   order(func(h *wire.Header) { h.Seq *= 2 }, 1),
			"of a horn test":  order(func(h *wire.Header) { h.Kind = wire.KindSelfTest }, 1),
			"too much":        order(func(*wire.Header) {}, wire.MaxInspected+1),
			"a bit of it":     append(first[:len(first)-1:len(first)-1], first[len(first)-1]^1),
			"nothing":         nil,
		} {
			require.Error(t, x.receive(bad, now), name)
		}
		require.Error(t, x.receive(first, now.Add(wire.InspectLife+time.Minute)), "too late")
		require.NoError(t, x.receive(first, time.Time{}), "without the time nothing comes of it")
		require.Empty(t, x.orders)
		require.NoError(t, x.receive(first, now))
		require.ErrorIs(t, x.receive(first, now), wire.ErrStale)

		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); _ = x.run(ctx) }()
		<-told
		require.Less(t, time.Since(now), inspectSpread+time.Second)
		require.Equal(t, uint64(now.UnixMilli()), x.last.Load().Order)
		require.Equal(t, 1, x.last.Load().Missing)
		stop()
		<-ended
		require.NoError(t, a.close())
	})
}
