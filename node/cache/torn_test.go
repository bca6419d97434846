package cache_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/cache"
	"loa/node/wire"
)

// Power that goes while the store writes: what reached flash of its new pages is
// any of them, each up to any block, in any order; then the page that says which
// pages count, up to any byte. Whatever it was, the store opens where it is, and
// has all that was said to be kept before, or that and what was being written.
func TestPowerCutWhileTheStoreWrites(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "node.db")
	c := open(t, dir)
	r := rand.New(rand.NewPCG(7, 8))
	cuts := 0
	said, acked := 0, 0
	steps := map[string]func(i int){
		"play": func(int) {
			require.NoError(t, c.AddPlay(wire.Play{Airing: fmt.Sprint(said), Title: string(bytes.Repeat([]byte("x"), 300))}))
			said++
		},
		"ledger": func(i int) { require.NoError(t, c.Save("ledger", bytes.Repeat([]byte{byte(i)}, 700))) },
		"plan":   func(i int) { require.NoError(t, c.Save("plan", bytes.Repeat([]byte{byte(i)}, 9000+1000*i))) },
		"ack":    func(int) { acked++; require.NoError(t, c.Acked([]uint64{uint64(acked)})) },
	}
	for i, step := range []string{"plan", "play", "play", "ledger", "play", "ack", "plan", "ledger", "play", "ack", "ledger", "plan", "play",
		"ledger"} {
		before, had := read(t, path), said-acked
		steps[step](i)
		after, has := read(t, path), said-acked
		for n := range 60 {
			torn := powerCut(r, before, after, n)
			again := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(again, "node.db"), torn, 0o600))
			o, aside, err := cache.Open(again)
			require.NoError(t, err, "%s %d", step, n)
			require.Empty(t, aside, "%s %d: nothing is lost by a cut", step, n)
			_, got, err := o.Unsent(100)
			require.NoError(t, err)
			require.Contains(t, []int{had, has}, got, "%s %d", step, n)
			require.NoError(t, o.AddPlay(wire.Play{Airing: "after"}))
			require.NoError(t, o.Save("plan", make([]byte, 30000)))
			require.NoError(t, o.Close())
			cuts++
		}
	}
	t.Logf("%d cuts", cuts)
}

// powerCut is a file that was to become another when power went. The first two
// pages say which count: one of them is written, last, when all else is safe.
func powerCut(r *rand.Rand, before, after []byte, n int) []byte {
	const block = 512
	page := os.Getpagesize()
	torn := make([]byte, len(after)) // it is made longer first
	copy(torn, before)
	safe := n >= 30 // all pages are, and the last one is being written
	for at := 2 * page; at < len(after); at += page {
		to := page
		if !safe {
			to = block * r.IntN(page/block+1)
		}
		copy(torn[at:at+to], after[at:])
	}
	for at := 0; safe && at < 2*page; at += page {
		if !bytes.Equal(torn[at:at+page], after[at:at+page]) {
			copy(torn[at:at+4*(n-29)], after[at:])
		}
	}
	return torn
}

// A clip on its way of which flash lost something that it had said was safe is
// found out by its hash, thrown away and fetched again; so is one that was there.
func TestClipsCutAtEveryBlock(t *testing.T) {
	data, ref := clip(t, 40*wire.ChunkSize)
	for _, name := range []string{ref.SHA + ".part", ref.SHA} {
		for n := 0; n < len(data); n += len(data) / 40 {
			synctest.Test(t, func(t *testing.T) {
				dir := t.TempDir()
				c := open(t, dir)
				whole := name == ref.SHA
				f, stop := fetching(t, c, &office{clips: map[string][]byte{ref.SHA: data}, lose: func(i int) bool { return !whole && i >= 32 }})
				f.SetClips([]wire.ClipRef{ref})
				later(6 * time.Second)
				stop()
				require.NoError(t, c.Close())
				require.NoError(t, os.Truncate(filepath.Join(dir, "clips", name), int64(n)))

				c = open(t, dir)
				if _, _, err := c.Clip(ref.SHA); whole {
					require.ErrorIs(t, err, cache.ErrNotHeld, "cut at %d", n)
				}
				f, stop = fetching(t, c, &office{clips: map[string][]byte{ref.SHA: data}})
				defer stop()
				f.SetClips([]wire.ClipRef{ref})
				later(time.Minute)
				require.True(t, c.Held(ref.SHA), "cut at %d", n)
				file, _, err := c.Clip(ref.SHA)
				require.NoError(t, err)
				got := make([]byte, len(data))
				_, err = file.ReadAt(got, 0)
				require.NoError(t, err)
				require.NoError(t, file.Close())
				require.True(t, bytes.Equal(data, got), "cut at %d", n)
			})
		}
	}
}
