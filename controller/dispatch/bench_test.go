package dispatch

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/store"
	"loa/schedule"
)

// BenchmarkPlans200x150 is one change of the calendar in a large commune: 200
// programmes for 150 nodes, read, worked out, numbered and compared; "all"
// signs and publishes every one of them too.
func BenchmarkPlans200x150(b *testing.B) {
	ctx := context.Background()
	st, err := store.Open(ctx, b.TempDir(), slog.New(slog.DiscardHandler))
	require.NoError(b, err)
	defer st.Close()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	require.NoError(b, err)
	published := 0
	d := New(Options{Store: st, Key: key, Commune: "la-da", Now: time.Now, ClipRate: 1 << 20, Logger: slog.New(slog.DiscardHandler),
		Publish: func(_ context.Context, _ string, _ byte, _ bool, payload []byte) error {
			published += len(payload)
			return nil
		}})
	require.NoError(b, st.PutArea(ctx, store.Area{ID: "la-da", Name: "Xã La Dạ", Kind: store.Commune}))
	for i := range 150 {
		id := fmt.Sprint("n", i)
		require.NoError(b, st.PutNode(ctx, store.Node{ID: id, Name: id, Area: "la-da", Volume: 80}))
	}
	for i := range 200 {
		id := fmt.Sprint("p", i)
		p := schedule.Programme{ID: id, Title: "Bản tin " + id, Class: schedule.Normal,
			Targets: schedule.Targets{Areas: []string{"la-da"}}, Rule: schedule.Rule{Cron: []string{"0 5,17 * * *"}},
			Rundown: []schedule.Item{{Kind: schedule.Chime, Length: 3 * time.Second}, {Kind: schedule.Gap, Length: time.Second}}}
		_, err := st.PutProgramme(ctx, p, time.Now(),
			store.Approval{Kind: store.OfProgramme, ID: id, State: store.Approved, Digest: store.Programme{Programme: p}.Digest()})
		require.NoError(b, err)
	}
	for name, all := range map[string]bool{"unchanged": false, "all": true} {
		b.Run(name, func(b *testing.B) {
			published = 0
			for b.Loop() {
				if err := d.publishPlans(ctx, all); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(published)/float64(b.N)/150, "B/plan")
		})
	}
}
