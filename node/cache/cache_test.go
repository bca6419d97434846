package cache_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/cache"
	"loa/node/wire"
	"loa/schedule"
)

func open(t *testing.T, dir string) *cache.Cache {
	t.Helper()
	c, aside, err := cache.Open(dir)
	require.NoError(t, err)
	require.Empty(t, aside)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// clip makes random bytes with their name.
func clip(t *testing.T, size int) ([]byte, wire.ClipRef) {
	t.Helper()
	data := make([]byte, size)
	_, err := rand.Read(data)
	require.NoError(t, err)
	sum := sha256.Sum256(data)
	return data, wire.ClipRef{SHA: hex.EncodeToString(sum[:]), Bytes: int64(size)}
}

// office answers wants from memory, losing and spoiling chunks as told.
type office struct {
	mu      sync.Mutex
	fetcher *cache.Fetcher
	clips   map[string][]byte
	wants   []wire.Want
	lose    func(index int) bool
	spoil   func(index int) bool
}

func (o *office) want(w wire.Want) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.wants = append(o.wants, w)
	for _, r := range w.Ranges {
		for i := r.First; i <= r.Last; i++ {
			if o.lose != nil && o.lose(i) {
				continue
			}
			data := o.clips[w.Clip]
			data = append([]byte{}, data[i*wire.ChunkSize:min(len(data), (i+1)*wire.ChunkSize)]...)
			if o.spoil != nil && o.spoil(i) {
				data[0] ^= 1
			}
			raw, _ := wire.Encode(wire.Chunk{Index: i, Data: data})
			o.fetcher.Chunk(w.Clip, raw)
		}
	}
	return nil
}

func (o *office) asked() []wire.Want {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.wants)
}

// fetching starts a fetcher against an office; stop ends it.
func fetching(t *testing.T, c *cache.Cache, o *office) (f *cache.Fetcher, stop func()) {
	t.Helper()
	f = c.NewFetcher(cache.FetchOptions{
		Listen: func(string, bool) error { return nil }, Want: o.want, Changed: func() {}, Logger: slog.New(slog.DiscardHandler)})
	o.fetcher = f
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	return f, func() { cancel(); require.NoError(t, <-done) }
}

// later lets virtual time pass.
func later(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func TestFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := open(t, t.TempDir())
		one, ref1 := clip(t, 3*wire.ChunkSize+100)
		two, ref2 := clip(t, 1)
		o := &office{clips: map[string][]byte{ref1.SHA: one, ref2.SHA: two}}
		lost := map[int]bool{1: true}
		o.lose = func(i int) bool { l := lost[i]; delete(lost, i); return l }
		f, stop := fetching(t, c, o)
		defer stop()
		f.SetClips([]wire.ClipRef{ref1, ref2})
		synctest.Wait()
		progress, err := f.Progress()
		require.NoError(t, err)
		require.Equal(t, []wire.Progress{{Clip: ref1.SHA, Have: 3, Of: 4}}, progress)

		later(5*time.Second - 1)
		require.Len(t, o.asked(), 1)
		later(1)
		require.Equal(t, wire.Want{Clip: ref1.SHA, Ranges: []wire.Range{{First: 1, Last: 1}}}, o.asked()[1], "only what was lost is asked again")
		require.True(t, c.Held(ref1.SHA))
		require.True(t, c.Held(ref2.SHA), "the second follows by itself")

		file, size, err := c.Clip(ref1.SHA)
		require.NoError(t, err)
		require.Equal(t, ref1.Bytes, size)
		got := make([]byte, size)
		_, err = file.ReadAt(got, 0)
		require.NoError(t, err)
		require.Equal(t, one, got)
		require.NoError(t, file.Close())
	})
}

func TestSpoiltClipIsThrownAwayAndFetchedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := open(t, t.TempDir())
		data, ref := clip(t, 2*wire.ChunkSize)
		spoilt := 0
		o := &office{clips: map[string][]byte{ref.SHA: data}, spoil: func(i int) bool { spoilt++; return spoilt <= 1 }}
		f, stop := fetching(t, c, o)
		defer stop()
		f.SetClips([]wire.ClipRef{ref})
		synctest.Wait()
		require.False(t, c.Held(ref.SHA))
		_, err := f.Progress()
		require.ErrorContains(t, err, "does not match its sha256")
		later(15 * time.Second)
		require.True(t, c.Held(ref.SHA))
		_, err = f.Progress()
		require.NoError(t, err)
	})
}

func TestFetchGoesOnAfterARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		data, ref := clip(t, 40*wire.ChunkSize)
		c := open(t, dir)
		o := &office{clips: map[string][]byte{ref.SHA: data}, lose: func(i int) bool { return i >= 20 }}
		f, stop := fetching(t, c, o)
		f.SetClips([]wire.ClipRef{ref})
		synctest.Wait()
		stop()
		require.NoError(t, c.Close())

		c = open(t, dir)
		o = &office{clips: o.clips}
		f, stop = fetching(t, c, o)
		defer stop()
		f.SetClips([]wire.ClipRef{ref})
		synctest.Wait()
		require.Equal(t, []wire.Range{{First: 20, Last: 39}}, o.asked()[0].Ranges)
		require.True(t, c.Held(ref.SHA))
	})
}

func TestAWornClipIsNotedBeforeItSounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		data, ref := clip(t, 1000)
		c := open(t, dir)
		f, stop := fetching(t, c, &office{clips: map[string][]byte{ref.SHA: data}})
		f.SetClips([]wire.ClipRef{ref})
		synctest.Wait()
		stop()
		require.NoError(t, c.Close())

		path := filepath.Join(dir, "clips", ref.SHA)
		data[500] ^= 4
		require.NoError(t, os.WriteFile(path, data, 0o600))
		c = open(t, dir)
		_, _, err := c.Clip(ref.SHA)
		require.ErrorIs(t, err, cache.ErrNotHeld)
		require.False(t, c.Held(ref.SHA), "so that it is fetched again")
	})
}

func TestOutboxKeepsOrderAndIdsOverRestarts(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir)
	for i := range 3 {
		require.NoError(t, c.AddPlay(wire.Play{Airing: "a", Item: i, Outcome: wire.Heard, Began: time.Unix(1, 0).UTC()}))
	}
	require.NoError(t, c.Acked([]uint64{1, 2, 99}))
	require.NoError(t, c.Close())
	c = open(t, dir)
	require.NoError(t, c.AddPlay(wire.Play{Airing: "b"}))
	plays, total, err := c.Unsent(1)
	require.NoError(t, err)
	require.Equal(t, 2, total)
	require.Equal(t, []wire.Play{{ID: 3, Airing: "a", Item: 2, Outcome: wire.Heard, Began: time.Unix(1, 0).UTC()}}, plays)
	require.NoError(t, c.Acked([]uint64{3}))
	plays, _, err = c.Unsent(10)
	require.NoError(t, err)
	require.Equal(t, uint64(4), plays[0].ID)
}

// An outbox has a name that lives as long as its ids.
func TestOutboxHasAName(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir)
	name := c.Outbox()
	require.Len(t, name, 26)
	require.NoError(t, c.Close())
	require.Equal(t, name, open(t, dir).Outbox())
	require.NotEqual(t, name, open(t, t.TempDir()).Outbox())
}

// A play that cannot be read is not in the way of those after it.
func TestSpoiltPlayIsSetAside(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir)
	for i := range 3 {
		require.NoError(t, c.AddPlay(wire.Play{Airing: "a", Item: i}))
	}
	c.SpoilPlay(t, 1)
	plays, total, err := c.Unsent(1)
	require.NoError(t, err)
	require.Equal(t, 2, total)
	require.Equal(t, []wire.Play{{ID: 2, Airing: "a", Item: 1}}, plays)
	require.NoError(t, c.Close())
	c = open(t, dir)
	spoilt, err := c.Spoilt()
	require.NoError(t, err)
	require.Equal(t, 1, spoilt)
	_, total, err = c.Unsent(0)
	require.NoError(t, err)
	require.Equal(t, 2, total)
}

// A value that an older program wrote counts, whichever was written before.
func TestValuesOfAnOlderProgram(t *testing.T) {
	c := open(t, t.TempDir())
	require.NoError(t, c.Save("ledger", []byte("one")))
	c.SaveAsBefore(t, "ledger", []byte("two"))
	got, err := c.Load("ledger")
	require.NoError(t, err)
	require.Equal(t, "two", string(got))
	require.NoError(t, c.Save("ledger", []byte("three")))
	got, err = c.Load("ledger")
	require.NoError(t, err)
	require.Equal(t, "three", string(got))
}

func TestPlanIsKeptAndNeverRolledBack(t *testing.T) {
	dir := t.TempDir()
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	sign := func(seq uint64, volume int) []byte {
		raw, err := wire.Sign(key, wire.Header{Kind: wire.KindPlan, Target: "la-da/n1", Seq: seq}, wire.Plan{Node: "n1", Volume: volume})
		require.NoError(t, err)
		return raw
	}
	c := open(t, dir)
	k := cache.Keeper{Cache: c, Open: wire.By(pub), Kept: wire.By(pub), Target: "la-da/n1"}
	_, seq, err := k.Load()
	require.NoError(t, err)
	require.Zero(t, seq)
	_, seq, err = k.Accept(sign(5, 50), seq, time.Time{})
	require.NoError(t, err)
	require.NoError(t, c.Close())

	c = open(t, dir)
	k.Cache = c
	plan, kept, err := k.Load()
	require.NoError(t, err)
	require.Equal(t, seq, kept)
	require.Equal(t, 50, plan.Volume)
	_, _, err = k.Accept(sign(4, 90), kept, time.Time{})
	require.ErrorIs(t, err, wire.ErrStale)
	_, _, err = k.Accept([]byte("not a plan"), kept, time.Time{})
	require.ErrorIs(t, err, wire.ErrForged)
	plan, _, err = k.Load()
	require.NoError(t, err)
	require.Equal(t, 50, plan.Volume)
}

// A program of before, to which a board goes back, finds the last plan that it
// understands: on flash, and against a long one from the wire.
func TestAProgramOfBeforeKeepsItsLastPlan(t *testing.T) {
	dir := t.TempDir()
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	c := open(t, dir)
	k := cache.Keeper{Cache: c, Open: wire.By(pub), Kept: wire.By(pub), Target: "la-da/n1"}
	said := func(seq uint64, plan wire.Plan) []byte {
		raw, err := wire.Sign(key, wire.Header{Kind: plan.Kind(), Target: k.Target, Seq: seq}, plan)
		require.NoError(t, err)
		return raw
	}
	long := func(seq uint64, title string) []byte {
		packed, err := wire.PlanRest{Plan: schedule.Plan{Programmes: []schedule.Programme{{ID: title, Title: title}}}}.Pack()
		require.NoError(t, err)
		sum := sha256.Sum256(packed)
		ref := wire.ClipRef{SHA: hex.EncodeToString(sum[:]), Bytes: int64(len(packed))}
		require.NoError(t, os.WriteFile(filepath.Join(dir, "clips", ref.SHA), packed, 0o600))
		return said(seq, wire.Plan{Node: "n1", Long: &ref})
	}
	counts := func(seq uint64, programmes int) {
		t.Helper()
		plan, kept, err := k.Load()
		require.NoError(t, err)
		require.Equal(t, seq, kept)
		require.Len(t, plan.Programmes, programmes)
	}
	ofBefore := func(seq uint64) {
		t.Helper()
		raw, err := c.Load("plan")
		require.NoError(t, err)
		var plan wire.Plan
		h, err := wire.Open(pub, raw, wire.Header{Kind: wire.KindPlan, Target: k.Target}, time.Time{}, &plan)
		require.NoError(t, err)
		require.Equal(t, seq, h.Seq)
		require.Nil(t, plan.Long)
	}
	accepts := func(raw []byte) {
		t.Helper()
		_, last, err := k.Load()
		require.NoError(t, err)
		_, _, err = k.Accept(raw, last, time.Time{})
		require.NoError(t, err)
	}
	accepts(said(5, wire.Plan{Node: "n1", Volume: 50}))
	raw := long(7, "long")
	accepts(raw)
	counts(7, 1)
	ofBefore(5)
	var plan wire.Plan
	_, err = wire.Open(pub, raw, wire.Header{Kind: wire.KindPlan, Target: k.Target}, time.Time{}, &plan)
	require.ErrorIs(t, err, wire.ErrTarget, "what it does not understand it refuses")
	accepts(long(8, "longer"))
	counts(8, 1)
	ofBefore(5)
	accepts(said(9, wire.Plan{Node: "n1"}))
	counts(9, 0)
	ofBefore(9)

	// a number from the future does not outlive the plan that came after it
	future := uint64(time.Now().AddDate(9, 0, 0).UnixMilli())
	accepts(said(future, wire.Plan{Node: "n1"}))
	_, _, err = k.Accept(long(uint64(time.Now().UnixMilli()), "now"), future, time.Now())
	require.NoError(t, err)
	plan, _, err = k.Load()
	require.NoError(t, err)
	require.Len(t, plan.Programmes, 1)
}

// A number from the future, which a stolen key left behind, binds nobody once
// the time is known.
func TestPlanFromTheFuture(t *testing.T) {
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	now := time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC)
	sign := func(at time.Time) []byte {
		raw, err := wire.Sign(key, wire.Header{Kind: wire.KindPlan, Target: "la-da/n1", Seq: uint64(at.UnixMilli())}, wire.Plan{Node: "n1"})
		require.NoError(t, err)
		return raw
	}
	k := cache.Keeper{Cache: open(t, t.TempDir()), Open: wire.By(pub), Kept: wire.By(pub), Target: "la-da/n1"}
	_, _, err = k.Accept(sign(now.AddDate(9, 0, 0)), 0, now)
	require.ErrorIs(t, err, wire.ErrForged)
	_, last, err := k.Accept(sign(now.AddDate(9, 0, 0)), 0, time.Time{})
	require.NoError(t, err, "the time is not known yet")
	_, _, err = k.Accept(sign(now), last, time.Time{})
	require.ErrorIs(t, err, wire.ErrStale)
	_, last, err = k.Accept(sign(now), last, now)
	require.NoError(t, err)
	_, _, err = k.Accept(sign(now.Add(-time.Second)), last, now)
	require.ErrorIs(t, err, wire.ErrStale, "and no older one after it")
}

func TestBrokenStoreIsSetAside(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "node.db"), []byte("worn out flash, page after page of nothing that means anything"),
		0o600))
	c, aside, err := cache.Open(dir)
	require.NoError(t, err)
	require.FileExists(t, aside)
	require.NoError(t, c.Save("x", []byte("y")))
	require.NoError(t, c.Close())
}

func TestEvict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := open(t, t.TempDir())
		a, refA := clip(t, 10)
		b, refB := clip(t, 20)
		f, stop := fetching(t, c, &office{clips: map[string][]byte{refA.SHA: a, refB.SHA: b}})
		defer stop()
		f.SetClips([]wire.ClipRef{refA, refB})
		synctest.Wait()
		future := time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
		require.NoError(t, c.Evict([]string{refA.SHA, refB.SHA}, time.Hour, future))
		require.True(t, c.Held(refB.SHA))
		require.NoError(t, c.Evict([]string{refA.SHA}, time.Hour, future))
		require.True(t, c.Held(refA.SHA))
		require.False(t, c.Held(refB.SHA))
	})
}
