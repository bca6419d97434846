// Package fleettest gives tests a fleet that runs, and nodes that speak to it: what a
// board would say over the broker is handed to the fleet as it comes from there.
//
//	f := fleettest.New(t, st)
//	f.Status("loa-1", wire.Status{Faults: faults})
//	f.Gone("loa-1")
package fleettest

import (
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/controller/broker"
	"loa/controller/fleet"
	"loa/controller/store"
	"loa/node/wire"
)

// Commune is the one whose fleet it is.
const Commune = "la-da"

// Fleet runs until the test is over.
type Fleet struct {
	*fleet.Fleet
	t testing.TB
}

// New makes a fleet over a store and runs it.
func New(t testing.TB, st *store.Store) Fleet {
	t.Helper()
	f, err := fleet.New(t.Context(), fleet.Options{Store: st, Commune: Commune, Logger: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx) }()
	t.Cleanup(func() { stop(); require.NoError(t, <-done) })
	return Fleet{f, t}
}

// Say has a node say something of a kind.
func (f Fleet) Say(node, kind string, v any) {
	f.t.Helper()
	raw, err := wire.Encode(v)
	require.NoError(f.t, err)
	f.Receive(broker.Message{Topic: wire.Topics{Commune: Commune}.Up(node, kind), Payload: raw})
}

// Status has a node say how it is, in the first session of its first start.
func (f Fleet) Status(node string, s wire.Status) {
	f.t.Helper()
	s.Boot, s.Seq, s.Session = "b", 1, 1
	f.Say(node, wire.KindStatus, s)
}

// Gone has that session end.
func (f Fleet) Gone(node string) {
	f.t.Helper()
	f.Say(node, wire.KindGone, wire.Gone{Boot: "b", Session: 1})
}
