package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/stretchr/testify/require"

	"loa/controller/broker"
	"loa/controller/fleet"
	"loa/controller/office"
	"loa/controller/store"
	"loa/node/wire"
)

// Only a node that plays a call counts for it: not what is left in the word of one that
// is silent, and not the call before.
func TestFramesOfWhoIsOnAir(t *testing.T) {
	word := &wire.Status{Live: &wire.Live{Call: "call-1", Received: 100, Late: 3, Lost: 2, Recovered: 1, Concealed: 1}}
	sum := framesOf([]fleet.NodeState{
		{Node: "a", Status: word, OnAir: &wire.OnAir{Airing: "call-1"}},
		{Node: "b", Status: word, OnAir: &wire.OnAir{Airing: "call-1"}},
		{Node: "silent", Status: word},
		{Node: "elsewhere", Status: word, OnAir: &wire.OnAir{Airing: "call-2"}},
		{Node: "new"},
	})
	require.Equal(t, map[string]int64{"received": 200, "late": 6, "lost": 4, "recovered": 2, "concealed": 2, "wrong": 0}, sum)
}

// A board that was revoked is counted as that, and not as silent: nobody is to be sent there.
func TestRevokedIsCountedApart(t *testing.T) {
	ctx, discard := t.Context(), slog.New(slog.DiscardHandler)
	st, err := store.Open(ctx, t.TempDir(), discard)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, st.Close()) })
	require.NoError(t, st.PutArea(ctx, store.Area{ID: "la-da", Name: "Xã La Dạ", Kind: store.Commune}))
	f, err := fleet.New(ctx, fleet.Options{Store: st, Commune: "la-da", Logger: discard})
	require.NoError(t, err)
	running, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() { done <- f.Run(running) }()
	t.Cleanup(func() { stop(); require.NoError(t, <-done) })
	f.KeepOut(map[string]bool{"revoked": true})
	for _, node := range []string{"gone", "revoked"} {
		require.NoError(t, st.PutNode(ctx, store.Node{ID: node, Name: node, Area: "la-da", Created: time.Now()}))
		for _, word := range []struct {
			kind string
			v    any
		}{{wire.KindStatus, wire.Status{Boot: "b", Seq: 1, Session: 1}}, {wire.KindGone, wire.Gone{Boot: "b", Session: 1}}} {
			raw, err := wire.Encode(word.v)
			require.NoError(t, err)
			f.Receive(broker.Message{Topic: wire.Topics{Commune: "la-da"}.Up(node, word.kind), Payload: raw})
		}
	}
	s := serverOf(t, office.Options{Store: st, Fleet: f, Commune: "la-da", Logger: discard}, nil)
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(metrics{s})
	require.Eventually(t, func() bool {
		counted := httptest.NewRecorder()
		promhttp.HandlerFor(registry, promhttp.HandlerOpts{}).ServeHTTP(counted, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		page := counted.Body.String()
		return strings.Contains(page, `loa_nodes{state="offline"} 1`) && strings.Contains(page, `loa_nodes{state="revoked"} 1`)
	}, time.Minute, 10*time.Millisecond)
}
