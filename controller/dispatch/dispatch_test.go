package dispatch_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/broker"
	"loa/controller/dispatch"
	"loa/controller/store"
	"loa/controller/store/storetest"
	"loa/node/wire"
	"loa/schedule"
)

var topics = wire.Topics{Commune: "la-da"}

// office is a dispatch over a real store; what it publishes is kept.
type office struct {
	t     *testing.T
	store *store.Store
	pub   ed25519.PublicKey
	d     *dispatch.Dispatch
	stop  func()

	mu       sync.Mutex
	sent     []sent
	fail     error
	onAir    []wire.ClipRef
	far      time.Duration // how long the broker takes for a publish
	statuses map[string]*wire.Status
}

type sent struct {
	topic   string
	retain  bool
	payload []byte
	at      time.Time
}

func newOffice(t *testing.T, rate int) *office {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	dir := t.TempDir()
	storetest.Fill(t, dir)
	st, err := store.Open(ctx, dir, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(t, err)
	o := &office{t: t, store: st, pub: pub}
	o.d = dispatch.New(dispatch.Options{Store: st, Publish: o.publish, Key: key, Commune: "la-da", Now: time.Now, ClipRate: rate,
		Logger:   slog.New(slog.DiscardHandler),
		OnAir:    func() []wire.ClipRef { o.mu.Lock(); defer o.mu.Unlock(); return o.onAir },
		Statuses: func() map[string]*wire.Status { o.mu.Lock(); defer o.mu.Unlock(); return maps.Clone(o.statuses) }})
	for _, a := range []store.Area{{ID: "la-da", Name: "Xã La Dạ", Kind: store.Commune},
		{ID: "thon-1", Name: "Thôn 1", Kind: store.Village, Parent: "la-da"},
		{ID: "thon-2", Name: "Thôn 2", Kind: store.Village, Parent: "la-da"}} {
		require.NoError(t, st.PutArea(ctx, a))
	}
	done := make(chan error, 1)
	go func() { done <- o.d.Run(ctx) }()
	o.stop = func() {
		cancel()
		require.NoError(t, <-done)
		require.NoError(t, st.Close())
	}
	synctest.Wait() // the first round finds no node
	return o
}

func (o *office) publish(_ context.Context, topic string, _ byte, retain bool, payload []byte) error {
	if o.far > 0 {
		<-time.After(o.far)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.fail != nil {
		return o.fail
	}
	o.sent = append(o.sent, sent{topic, retain, bytes.Clone(payload), time.Now()})
	return nil
}

// take returns what was sent on topics with this end, and forgets it.
func (o *office) take(suffix string) []sent {
	o.mu.Lock()
	defer o.mu.Unlock()
	var got, rest []sent
	for _, s := range o.sent {
		if strings.Contains(s.topic, suffix) {
			got = append(got, s)
		} else {
			rest = append(rest, s)
		}
	}
	o.sent = rest
	slices.SortStableFunc(got, func(a, b sent) int { return strings.Compare(a.topic, b.topic) })
	return got
}

func (o *office) node(id, area string) {
	require.NoError(o.t, o.store.PutNode(context.Background(), store.Node{ID: id, Name: id, Area: area, Volume: 80}))
}

// clip puts random bytes into the library.
func (o *office) clip(size int) string {
	data := make([]byte, size)
	_, _ = rand.Read(data)
	sum := sha256.Sum256(data)
	sha := hex.EncodeToString(sum[:])
	path := o.store.ClipPath(sha)
	require.NoError(o.t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(o.t, os.WriteFile(path, data, 0o600))
	require.NoError(o.t, o.store.AddClip(context.Background(),
		store.Clip{ID: sha, Bytes: int64(size), Seconds: 10, Kind: store.Recording, Created: time.Now()}))
	return sha
}

// evening is a programme with one clip.
func evening(id, clip string, targets schedule.Targets) schedule.Programme {
	return schedule.Programme{ID: id, Title: id, Class: schedule.Normal, Targets: targets, Rule: schedule.Rule{Cron: []string{"0 17 * * *"}},
		Rundown: []schedule.Item{{Kind: schedule.Clip, Clip: clip, Length: 10 * time.Second}}}
}

// programme puts an approved one on the calendar.
func (o *office) programme(id, clip string, targets schedule.Targets) {
	p := evening(id, clip, targets)
	_, err := o.store.PutProgramme(context.Background(), p, time.Now(), approval(store.Approved, p))
	require.NoError(o.t, err)
}

func approval(state store.ApprovalState, p schedule.Programme) store.Approval {
	return store.Approval{Kind: store.OfProgramme, ID: p.ID, State: state, Digest: store.Programme{Programme: p}.Digest()}
}

func (o *office) open(s sent, node string) (wire.Plan, wire.Header) {
	var plan wire.Plan
	h, err := wire.Open(o.pub, s.payload, wire.Header{Kind: wire.PlanKind(s.payload), Target: wire.Target("la-da", node)}, time.Now(), &plan)
	require.NoError(o.t, err)
	require.Equal(o.t, plan.Kind(), h.Kind, "a program that does not know long plans takes none for an empty one")
	return plan, h
}

func (o *office) says(node, kind string, msg any) {
	raw, err := wire.Encode(msg)
	require.NoError(o.t, err)
	o.d.Receive(broker.Message{Topic: topics.Up(node, kind), Payload: raw})
}

func later(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func TestPlans(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1<<20)
		defer o.stop()
		o.node("n1", "thon-1")
		o.node("n2", "thon-2")
		sha := o.clip(100)
		o.programme("p1", sha, schedule.Targets{Areas: []string{"thon-1"}})
		changed := time.Now()
		o.d.Changed()
		later(time.Second)
		got := o.take("/plan")
		require.Len(t, got, 2, "each node has a plan, if only an empty one")
		plan, h := o.open(got[0], "n1")
		require.True(t, got[0].retain)
		require.Equal(t, []wire.ClipRef{{SHA: sha, Bytes: 100}}, plan.Clips)
		require.Equal(t, "p1", plan.Programmes[0].ID)
		require.Empty(t, plan.Programmes[0].Targets, "nobody else's business")
		require.Less(t, got[0].at.Sub(changed), 2*time.Second)
		other, _ := o.open(got[1], "n2")
		require.Empty(t, other.Programmes)

		o.programme("p2", sha, schedule.Targets{Nodes: []string{"n1"}})
		for range 5 {
			o.d.Changed()
		}
		later(time.Second)
		got = o.take("/plan")
		require.Len(t, got, 1, "only the plan that changed, once")
		plan, h2 := o.open(got[0], "n1")
		require.Len(t, plan.Programmes, 2)
		require.Greater(t, h2.Seq, h.Seq)

		o.d.Connected()
		later(time.Second)
		got = o.take("/plan")
		require.Len(t, got, 2, "another broker may have forgotten them")
		_, h3 := o.open(got[0], "n1")
		require.Equal(t, h2.Seq, h3.Seq, "the same plan keeps its number")

		o.mu.Lock()
		o.fail = errors.New("not connected")
		o.mu.Unlock()
		require.NoError(t, o.store.CancelProgramme(t.Context(), "p2", time.Now()))
		o.d.Changed()
		later(time.Second)
		o.mu.Lock()
		o.fail = nil
		o.mu.Unlock()
		later(6 * time.Second)
		got = o.take("/plan")
		require.NotEmpty(t, got, "what could not be sent is sent later")
		plan, _ = o.open(got[0], "n1")
		require.Len(t, plan.Programmes, 1)
	})
}

// What the commune's programmes begin with comes with the plan, and the clip of it.
func TestPlansHaveTheOpening(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1<<20)
		defer o.stop()
		o.node("n1", "thon-1")
		p := evening("p1", o.clip(100), schedule.Targets{Nodes: []string{"n1"}})
		p.Rundown = append([]schedule.Item{{Kind: schedule.Chime, Length: 3 * time.Second}}, p.Rundown...)
		_, err := o.store.PutProgramme(t.Context(), p, time.Now(), approval(store.Approved, p))
		require.NoError(t, err)
		gong := o.clip(50)
		for _, c := range []struct {
			opening schedule.Opening
			first   schedule.Item
			clips   int
		}{
			{schedule.Opening{}, p.Rundown[0], 1},
			{schedule.Opening{Clip: gong, Length: 2 * time.Second}, schedule.Item{Kind: schedule.Chime, Clip: gong, Length: 2 * time.Second}, 2},
			{schedule.Opening{Off: true}, schedule.Item{Kind: schedule.Gap, Length: 20 * time.Millisecond}, 1},
		} {
			require.NoError(t, o.store.PutOpenings(t.Context(), store.Openings{Scheduled: c.opening}))
			o.d.Changed()
			later(time.Second)
			plan, _ := o.open(o.take("/plan")[0], "n1")
			require.Equal(t, c.first, plan.Programmes[0].Rundown[0])
			require.Equal(t, p.Rundown[1], plan.Programmes[0].Rundown[1], "what follows keeps its number")
			require.Len(t, plan.Clips, c.clips)
		}
	})
}

// A broker in the cloud answers each publish a tenth of a second later.
func TestPlansOfALargeCommuneOverAFarBroker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1<<20)
		defer o.stop()
		o.far = 100 * time.Millisecond
		for i := range 150 {
			o.node(fmt.Sprint("n", i), "thon-1")
		}
		o.d.Changed()
		later(2 * time.Second)
		require.Len(t, o.take("/plan"), 150)
	})
}

func TestUnheardPlayStandsWhereItWasDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1<<20)
		defer o.stop()
		o.node("n1", "thon-1")
		due := time.Now().Add(-48 * time.Hour).UTC().Truncate(time.Second)
		o.says("n1", wire.KindReport, wire.Report{Plays: []wire.Play{
			{ID: 1, Airing: schedule.AiringID("p", due), Outcome: wire.NotHeard, Reason: wire.NodeOff},
			{ID: 2, Airing: "nonsense", Outcome: wire.NotHeard},
		}})
		synctest.Wait()
		plays, err := o.store.Plays(t.Context(), store.Filter{})
		require.NoError(t, err)
		require.Len(t, plays, 2)
		require.Equal(t, plays[0].Received, plays[0].At)
		require.Equal(t, due, plays[1].At)
	})
}

// A recorded emergency is one small message, because every node holds its
// clip beforehand; what is on air all the same may be asked for by anyone.
func TestEmergenciesAreHeldByEveryNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1<<20)
		defer o.stop()
		o.node("n1", "thon-1")
		flood, past, news, draft := o.clip(100), o.clip(200), o.clip(300), o.clip(400)
		for clip, b := range map[string]store.Bulletin{
			flood: {ID: "flood", Class: "emergency"}, draft: {ID: "draft", Class: "emergency"},
			past: {ID: "past", Class: "emergency", Expires: time.Now().Add(-time.Hour)}, news: {ID: "news", Class: "normal"},
		} {
			b.Title, b.Language, b.Clips, b.Created = b.ID, "vi", map[string]string{"vi": clip}, time.Now()
			a := store.Approval{Kind: store.OfBulletin, ID: b.ID, State: store.Approved, Digest: b.Digest()}
			if b.ID == "draft" {
				a.State = store.Waiting
			}
			require.NoError(t, o.store.PutBulletin(t.Context(), b, a))
		}
		o.d.Changed()
		later(time.Second)
		plan, _ := o.open(o.take("/plan")[0], "n1")
		require.Equal(t, []wire.ClipRef{{SHA: flood, Bytes: 100}}, plan.Clips)

		want := func(node string) int {
			o.says(node, wire.KindWant, wire.Want{Clip: news, Ranges: []wire.Range{{}}})
			later(5 * time.Second)
			return len(o.take("/clip/"))
		}
		require.Zero(t, want("n1"))
		o.mu.Lock()
		o.onAir = []wire.ClipRef{{SHA: news, Bytes: 300}}
		o.mu.Unlock()
		require.Equal(t, 1, want("n1"))
		require.Zero(t, want("stranger"))
	})
}

func TestARemovedNodeFallsSilent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1<<20)
		defer o.stop()
		o.node("n1", "thon-1")
		o.programme("p", o.clip(100), schedule.Targets{Areas: []string{"thon-1"}})
		o.d.Changed()
		later(time.Second)
		_, last := o.open(o.take("/plan")[0], "n1")
		require.NoError(t, o.store.DeleteNode(t.Context(), "n1"))
		o.d.Changed()
		later(time.Second)
		got := o.take("/plan")
		require.Len(t, got, 1)
		plan, h := o.open(got[0], "n1")
		require.Empty(t, plan.Programmes)
		require.Greater(t, h.Seq, last.Seq)
		require.True(t, got[0].retain)
	})
}

// chunks decodes what went out for a clip, by index.
func chunks(t *testing.T, got []sent) []int {
	t.Helper()
	var order []int
	for _, s := range got {
		var ch wire.Chunk
		require.NoError(t, wire.Decode(s.payload, &ch))
		order = append(order, ch.Index)
	}
	return order
}

func TestClipsAreServedOnceForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const size = 8*wire.ChunkSize + 5
		o := newOffice(t, 10*wire.ChunkSize)
		defer o.stop()
		sha := o.clip(size)
		for i := range 20 {
			o.node(fmt.Sprint("n", i), "thon-1")
		}
		o.node("stranger", "thon-2")
		o.programme("p", sha, schedule.Targets{Areas: []string{"thon-1"}})
		o.d.Changed()
		later(time.Second)
		whole := wire.Want{Clip: sha, Ranges: []wire.Range{{First: 0, Last: 8}}}

		for i := range 20 {
			o.says(fmt.Sprint("n", i), wire.KindWant, whole)
		}
		later(5 * time.Second)
		got := o.take("/clip/")
		require.Equal(t, []int{0, 1, 2, 3, 4, 5, 6, 7, 8}, chunks(t, got), "20 nodes, each chunk once")
		var first wire.Chunk
		require.NoError(t, wire.Decode(got[8].payload, &first))
		require.Len(t, first.Data, 5)
		bytes := 0
		for _, s := range got {
			bytes += len(s.payload) + len(s.topic)
		}
		t.Logf("bytes over the clip's own: %.4f", float64(bytes)/size)
		require.Less(t, float64(bytes)/size, 1.05)
		took := got[8].at.Sub(got[0].at)
		require.InDelta(t, 0.8, took.Seconds(), 0.05, "paced at ten chunks a second")

		// one that joins in the middle is served by the same pass, and by the rest of the circle
		o.says("n0", wire.KindWant, whole)
		later(200*time.Millisecond + 450*time.Millisecond)
		o.says("n1", wire.KindWant, wire.Want{Clip: sha, Ranges: []wire.Range{{First: 0, Last: 2}}})
		later(5 * time.Second)
		require.Equal(t, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2}, chunks(t, o.take("/clip/")))

		// nonsense is counted and dropped
		before := o.d.Counters().Dropped
		o.says("stranger", wire.KindWant, whole)
		o.says("nobody", wire.KindWant, whole)
		o.says("n0", wire.KindWant, "garbage")
		o.d.Receive(broker.Message{Topic: "loa/9/x", Payload: nil})
		o.says("n0", wire.KindWant, wire.Want{Clip: sha, Ranges: []wire.Range{{First: -5, Last: -1}, {First: 1 << 40, Last: 1 << 41}}})
		later(5 * time.Second)
		require.Empty(t, o.take("/clip/"))
		require.Equal(t, int64(4), o.d.Counters().Dropped-before)
	})
}

func TestNodesThatAskOneAfterAnotherAreServedTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 100*wire.ChunkSize)
		defer o.stop()
		sha := o.clip(3 * wire.ChunkSize)
		for i := range 30 {
			o.node(fmt.Sprint("n", i), "thon-1")
		}
		o.programme("p", sha, schedule.Targets{Areas: []string{"thon-1"}})
		o.d.Changed()
		later(time.Second)
		ask := func(nodes int) (asked time.Time) {
			for i := range nodes {
				asked = time.Now()
				o.says(fmt.Sprint("n", i), wire.KindWant, wire.Want{Clip: sha, Ranges: []wire.Range{{First: 0, Last: 2}}})
				later(100 * time.Millisecond)
			}
			return asked
		}
		last := ask(10)
		later(time.Second)
		got := o.take("/clip/")
		require.Equal(t, []int{0, 1, 2}, chunks(t, got), "once, when all have asked")
		require.InDelta(t, 0.2, got[0].at.Sub(last).Seconds(), 0.1)

		ask(30)
		later(time.Second)
		got = o.take("/clip/")
		require.Greater(t, len(got), 3, "those who asked first did not wait for ever")
		require.Less(t, len(got), 10)
	})
}

func TestReportsAreStoredOnceAndAcknowledged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1<<20)
		o.node("n1", "thon-1")
		report := wire.Report{Outbox: "n1's", Plays: []wire.Play{
			{ID: 7, Programme: "p", Airing: "p@1", Item: 0, Heard: 3 * time.Second, Length: 3 * time.Second, Outcome: wire.Heard, Began: time.Now(),
				Volume: 900},
			{ID: 8, Programme: "p", Airing: "p@1", Item: 1, Outcome: "nonsense", Title: strings.Repeat("ă", 5000)},
		}}
		for range 2 {
			o.says("n1", wire.KindReport, report)
			synctest.Wait()
		}
		acks := o.take("/ack")
		require.Len(t, acks, 2)
		var ack wire.Ack
		_, err := wire.Open(o.pub, acks[1].payload, wire.Header{Kind: wire.KindAck, Target: wire.Target("la-da", "n1")}, time.Time{}, &ack)
		require.NoError(t, err)
		require.Equal(t, wire.Ack{Outbox: "n1's", IDs: []uint64{7, 8}}, ack)
		plays, err := o.store.Plays(t.Context(), store.Filter{})
		require.NoError(t, err)
		require.Len(t, plays, 2)
		for _, p := range plays {
			require.Equal(t, "n1", p.Node)
			require.LessOrEqual(t, p.Volume, 100)
			require.LessOrEqual(t, len(p.Title), 500)
			require.Contains(t, []string{"heard", "not_heard"}, p.Outcome)
		}
		o.says("n1", wire.KindTime, wire.Ping{T1: 5, Nonce: 77})
		var pong wire.Pong
		raw := o.take("/down/n1/time")[0].payload
		_, err = wire.Open(o.pub, raw, wire.Header{Kind: wire.KindTime, Target: wire.Target("la-da", "n1")}, time.Time{}, &pong)
		require.NoError(t, err, "signed, for this node alone")
		require.Equal(t, []any{int64(5), uint64(77)}, []any{pong.T1, pong.Nonce})

		// a store that fails: no acknowledgement, so the node keeps its proof
		require.NoError(t, o.store.Close())
		o.says("n1", wire.KindReport, report)
		later(time.Second)
		require.Empty(t, o.take("/ack"))
		o.stop()
	})
}
