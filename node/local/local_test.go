package local_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/node/local"
)

func serve(t *testing.T, dir string, answers map[string]local.Answer) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- local.Serve(ctx, dir, answers) }()
	require.Eventually(t, func() bool {
		return !errors.Is(local.Ask(t.Context(), dir, "", func([]byte) error { return nil }), local.ErrNobody)
	}, time.Minute, time.Millisecond)
	return func() {
		cancel()
		require.NoError(t, <-done)
	}
}

var one = map[string]local.Answer{"status": func(_ context.Context, send func(any) error) error { return send(map[string]int{"a": 1}) }}

func ask(t *testing.T, dir, word string) (lines []string, err error) {
	err = local.Ask(t.Context(), dir, word, func(line []byte) error {
		require.True(t, json.Valid(line))
		lines = append(lines, string(line))
		return nil
	})
	return lines, err
}

// It answers what it knows and nothing else, only to its own user, also where
// the folder's path is too long for a socket, and after one that was killed.
func TestAsk(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("thon", 20), strings.Repeat("loa", 20))
	require.NoError(t, os.MkdirAll(dir, 0o700))
	_, err := ask(t, dir, "status")
	require.ErrorIs(t, err, local.ErrNobody)
	stop := serve(t, dir, one)
	lines, err := ask(t, dir, "status")
	require.NoError(t, err)
	require.Equal(t, []string{`{"a":1}`}, lines)
	info, err := os.Stat(filepath.Join(dir, "node.sock"))
	require.NoError(t, err)
	require.Equal(t, "Srw-------", info.Mode().String())
	for _, word := range []string{"", "plan", strings.Repeat("x", 1000)} {
		lines, _ = ask(t, dir, word)
		require.Empty(t, lines, word)
	}
	stop()
	_, err = ask(t, dir, "status")
	require.ErrorIs(t, err, local.ErrNobody)

	require.NoError(t, os.WriteFile(filepath.Join(dir, "node.sock"), nil, 0o600))
	stop = serve(t, dir, one)
	lines, err = ask(t, dir, "status")
	require.NoError(t, err)
	require.Len(t, lines, 1)
	stop()
}

// A client that is waited for costs the others nothing, and there are never more than a few.
func TestFewAtATime(t *testing.T) {
	dir := t.TempDir()
	began := make(chan struct{}, 100)
	stop := serve(t, dir, map[string]local.Answer{"wait": func(ctx context.Context, send func(any) error) error {
		began <- struct{}{}
		<-ctx.Done()
		return nil
	}})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 20)
	ask := func() { ended <- local.Ask(ctx, dir, "wait", func([]byte) error { return nil }) }
	for waiting := 0; waiting < 4; { // the one that looked whether it is there may still have a turn
		go ask()
		select {
		case <-began:
			waiting++
		case <-ended:
		}
	}
	for range 10 {
		go ask()
		<-ended // sent away
	}
	cancel()
	for range 4 {
		<-ended
	}
	stop()
}
