package notify

import (
	"context"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/store"
)

// What was not delivered when the controller was stopped is delivered by the
// next one, once; what is stale is not.
func TestUnsentIsSentAfterARestart(t *testing.T) {
	s, err := store.Open(t.Context(), t.TempDir(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	url, got, bodies := hook(t, 500, 200)
	opt := Options{Store: s, Reach: here, Logger: slog.New(slog.DiscardHandler),
		Settings: func(context.Context) (Settings, error) { return Settings{Webhook: Webhook{URL: url}}, nil }}
	run := func(sender *Sender) (stop func()) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); sender.Run(ctx) }()
		return func() { cancel(); <-done }
	}
	fresh, old := flood, flood
	fresh.At, fresh.Subject = time.Now(), "Lũ"
	old.ID, old.At = "n0", time.Now().Add(-Stale-time.Hour)
	first := New(opt)
	first.pauses = []time.Duration{time.Hour}
	first.Send(fresh)
	stop := run(first)
	<-got
	<-bodies // refused; the next try would be in an hour
	stop()
	first.keep("webhook", old)

	second := New(opt)
	later := fresh
	later.ID = "n2"
	second.Send(later) // before it runs: it is not to be sent twice
	stop = run(second)
	var ids []string
	for range 2 {
		<-got
		var n Notice
		require.NoError(t, json.Unmarshal(<-bodies, &n))
		ids = append(ids, n.ID)
	}
	require.ElementsMatch(t, []string{"n1", "n2"}, ids)
	require.Eventually(t, func() bool { all, err := s.Unsent(t.Context()); return err == nil && len(all) == 0 }, time.Minute, time.Millisecond)
	stop()
	third := New(opt)
	third.takeUp(t.Context(), time.Now())
	require.Empty(t, third.hooks, "all were sent")
	require.Empty(t, got)
}

// The subject of a mail survives too, and what waits is not forgotten by a
// sender that cannot send.
func TestUnsentIsWhole(t *testing.T) {
	s, err := store.Open(t.Context(), t.TempDir(), slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	opt := Options{Store: s, Reach: here, Logger: slog.New(slog.DiscardHandler)}
	n := flood
	n.At = time.Now().UTC().Truncate(time.Millisecond)
	New(opt).Send(n)
	next := New(opt)
	next.takeUp(t.Context(), time.Now())
	require.Equal(t, n, <-next.mails)
	require.Equal(t, n, <-next.hooks)
	require.NoError(t, s.PutUnsent(t.Context(), store.Unsent{ID: "x", Way: "mail", At: time.Now(), Body: "no JSON"}))
	New(opt).takeUp(t.Context(), time.Now())
	all, err := s.Unsent(t.Context())
	require.NoError(t, err)
	require.Len(t, all, 2, "what cannot be read is forgotten")
}

func TestTry(t *testing.T) {
	require.Empty(t, Settings{}.Try(t.Context(), here, flood))
	url, _, _ := hook(t, 200)
	p := newPostOffice(t, "loa\x00x")
	mail := Mail{Server: p.Addr().String(), TLS: "none", From: "loa@xa.vn", To: []string{"nam@xa.vn"}}
	tried := Settings{Webhook: Webhook{URL: url}, Mail: mail}.Try(t.Context(), here, flood)
	require.Equal(t, map[string]error{"webhook": nil, "mail": nil}, tried)
	<-p.delivered
	refusing, _, _ := hook(t, 403)
	mail.Server = "127.0.0.1"
	tried = Settings{Webhook: Webhook{URL: refusing}, Mail: mail}.Try(t.Context(), here, flood)
	require.Error(t, tried["webhook"])
	require.Error(t, tried["mail"])
}
