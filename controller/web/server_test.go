package web

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/broker"
	"loa/controller/news"
	"loa/controller/office"
	"loa/controller/trust"
)

// serverOf puts faces before an office that is made for a test, without a controller.
func serverOf(t *testing.T, o office.Options, check func(string) bool) *Server {
	t.Helper()
	if o.Now == nil {
		o.Now = time.Now
	}
	hub := news.New()
	o.News, o.Machines = hub.Tell, trust.NewMachines(o.Store, "", o.Logger)
	s, err := New(Options{Office: office.Open(o), News: hub, Store: o.Store, Library: o.Library, Fleet: o.Fleet, Live: o.Live,
		Accounts: o.Accounts,
		Machines: o.Machines, CheckToken: check, Now: o.Now, Commune: o.Commune, Broker: func() broker.Counters { return broker.Counters{} },
		Logger: o.Logger})
	require.NoError(t, err)
	return s
}
