package dispatch_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/store"
	"loa/node/wire"
	"loa/schedule"
)

// A node on a thin link gets the pieces that it asks for, alone, what it asks for last; and no other clip than its own.
func TestPiecesGoToOneNode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1<<20)
		defer o.stop()
		o.node("n1", "thon-1")
		o.node("n2", "thon-2")
		sha := o.clip(10*wire.PieceSize + 7)
		o.programme("p", sha, schedule.Targets{Areas: []string{"thon-1"}})
		o.d.Changed()
		later(time.Second)
		ask := func(node string, ranges ...wire.Range) (pieces []wire.Piece) {
			o.says(node, wire.KindWant, wire.Want{Clip: sha, Pieces: ranges})
			later(time.Second)
			for _, s := range o.take("down/" + node + "/piece") {
				var pc wire.Piece
				require.NoError(t, wire.Decode(s.payload, &pc))
				require.WithinDuration(t, s.at, time.UnixMilli(pc.Sent), time.Millisecond)
				pieces = append(pieces, pc)
			}
			return pieces
		}
		got := ask("n1", wire.Range{First: 2, Last: 3}, wire.Range{First: 10, Last: 99})
		require.Len(t, got, 3)
		require.Equal(t, []int{2, 3, 10}, []int{got[0].Index, got[1].Index, got[2].Index})
		require.Len(t, got[0].Data, wire.PieceSize)
		require.Len(t, got[2].Data, 7)
		require.Empty(t, ask("n2", wire.Range{}), "it is not in its plan")
		require.Empty(t, ask("n1", wire.Range{First: 11, Last: 20}, wire.Range{First: -4, Last: -1}))
		require.Empty(t, o.take("/clip/"), "nobody else is troubled")
	})
}

// What is sent to all goes no faster than the slowest of those who take it carries.
func TestClipsGoAsFastAsAllCanTake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 100<<20)
		defer o.stop()
		sha := o.clip(32 * wire.ChunkSize)
		for _, n := range []string{"n1", "n2"} {
			o.node(n, "thon-1")
		}
		o.programme("p", sha, schedule.Targets{Areas: []string{"thon-1"}})
		o.d.Changed()
		later(time.Second)
		whole := []wire.Range{{First: 0, Last: 31}}
		took := func(rates ...int64) time.Duration {
			for i, rate := range rates {
				o.says([]string{"n1", "n2"}[i], wire.KindWant, wire.Want{Clip: sha, Ranges: whole, Rate: rate})
			}
			later(20 * time.Second)
			got := o.take("/clip/")
			require.Len(t, got, 32)
			return got[31].at.Sub(got[0].at)
		}
		require.Less(t, took(0, 0), time.Second, "of nodes of before")
		require.InDelta(t, 2, took(10<<20, 512<<10).Seconds(), 1)
		require.InDelta(t, 4, took(1000, 512<<10).Seconds(), 1.5, "never slower than that: who carries less takes pieces")
	})
}

// A board whose clock is years off says what it played, but it proves nothing, and does not stand before everything else.
func TestPlaysOfTimesThatCannotBe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t, 1<<20)
		defer o.stop()
		o.node("n1", "thon-1")
		now := time.Now().UTC()
		year := func(y int) time.Time { return now.AddDate(y, 0, 0) }
		play := func(id uint64, airing string, began, ended time.Time) wire.Play {
			return wire.Play{ID: id, Programme: "p", Airing: airing, Outcome: wire.Heard, Began: began, Ended: ended, Heard: time.Minute,
				Length: time.Minute}
		}
		o.says("n1", wire.KindReport, wire.Report{Plays: []wire.Play{
			play(1, "p@20980101T000000Z", year(72), year(72)), play(2, "a", year(-30), year(-30)), play(3, "b", now, year(3)),
			play(4, "c", now.Add(-time.Hour), now.Add(-2*time.Hour)), play(5, "p@20980101T000001Z", time.Time{}, time.Time{}),
			play(6, "d", now.AddDate(0, -5, 0), now.AddDate(0, -5, 0).Add(time.Minute))}})
		later(time.Second)
		plays, err := o.store.Plays(t.Context(), store.Filter{})
		require.NoError(t, err)
		require.Len(t, plays, 6, "kept, and acknowledged")
		require.Len(t, o.take("/ack"), 1)
		for _, p := range plays {
			require.False(t, p.At.After(now.Add(time.Minute)), "%+v", p)
			if p.Airing == "d" {
				require.Equal(t, "heard", p.Outcome, "it was without a network for months")
				continue
			}
			require.Equal(t, []any{"not_heard", store.WrongTime, time.Duration(0)}, []any{p.Outcome, p.Reason, p.Heard}, "%+v", p)
		}
	})
}
