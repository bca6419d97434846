package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
)

// manager is the socket of a service manager, as systemd gives it to a unit.
type manager struct {
	conn *net.UnixConn
	env  []string
}

func newManager(t testing.TB) *manager {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return &manager{conn, []string{"NOTIFY_SOCKET=" + path, "WATCHDOG_USEC=600000"}}
}

// hears returns what it is told next, or nothing within limit.
func (m *manager) hears(t testing.TB, limit time.Duration) string {
	t.Helper()
	require.NoError(t, m.conn.SetReadDeadline(time.Now().Add(limit)))
	b := make([]byte, 256)
	n, err := m.conn.Read(b)
	if err != nil {
		return ""
	}
	return string(b[:n])
}

// A service manager is told that a role is ready, that it lives, and that it
// ends.
func TestE2EServiceManager(t *testing.T) {
	t.Parallel()
	witness.Play(t, e2eServiceManager)
}

func e2eServiceManager(t testing.TB) {
	office, board := newManager(t), newManager(t)
	o := newOffice(t)
	o.places()
	v := o.node("loa-1", "null", board.env...)
	o.process.stop()
	o.process = start(t, "controller", office.env, "controller", "--config", o.config)
	for name, m := range map[string]*manager{"controller": office, "node": board} {
		require.Equal(t, "READY=1", m.hears(t, 20*time.Second), name)
		require.Equal(t, "WATCHDOG=1", m.hears(t, 10*time.Second), name)
		require.Equal(t, "WATCHDOG=1", m.hears(t, 10*time.Second), name)
	}
	v.process.stop()
	o.process.stop()
	for name, m := range map[string]*manager{"controller": office, "node": board} {
		said := m.hears(t, 5*time.Second)
		for said == "WATCHDOG=1" {
			said = m.hears(t, 5*time.Second)
		}
		require.Equal(t, "STOPPING=1", said, name)
	}
}

// What stands still is not said to live.
func TestWatchdogIsNotToldOfTheDead(t *testing.T) {
	m := newManager(t)
	for _, env := range m.env {
		name, value, _ := strings.Cut(env, "=")
		t.Setenv(name, value)
	}
	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan struct{}, 100)
	done := make(chan error, 1)
	go func() {
		done <- supervise(ctx, func(context.Context) error { asked <- struct{}{}; return errors.New("stands still") },
			slog.New(slog.DiscardHandler))
	}()
	require.Equal(t, "READY=1", m.hears(t, 5*time.Second))
	for range 2 {
		<-asked
	}
	cancel()
	require.NoError(t, <-done)
	require.Equal(t, "STOPPING=1", m.hears(t, 5*time.Second), "and nothing before")
}
