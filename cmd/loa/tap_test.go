package main

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
	"loa/node/wire"
	"loa/node/wire/tap"
)

// seen is what a tap printed so far.
func seen(t testing.TB, p *process) (all []tap.Seen) {
	t.Helper()
	for line := range strings.Lines(p.said()) {
		var s tap.Seen
		if json.Unmarshal([]byte(line), &s) == nil {
			all = append(all, s)
		}
	}
	return all
}

// Office and board both show what passes while a plan is sent, a person speaks
// and a node reports: decoded, verified, and without disturbing anyone.
func TestE2ETap(t *testing.T) {
	t.Parallel()
	witness.Play(t, e2eTap)
}

func e2eTap(t testing.TB) {
	o := newOffice(t)
	o.places()
	v, other := o.node("loa-1", "null"), o.node("loa-2", "null")
	o.good(2)
	settings := filepath.Join(v.dir, "node.yaml")
	office := start(t, "tap-office", nil, "tap", "controller", "--config", o.config, "--json", "--kind", "plan")
	only := start(t, "tap-one", nil, "tap", "controller", "--config", o.config, "--json", "--node", "loa-2")
	board := start(t, "tap-board", nil, "tap", "node", "--config", settings, "--json")
	words := start(t, "tap-words", nil, "tap", "node", "--config", settings)
	await(t, "the taps are open", 20*time.Second, func() bool {
		return len(seen(t, board)) > 0 && len(seen(t, only)) > 0 &&
			words.said() != ""
	})

	clip := o.upload(recording(t, "Mời bà con đến họp."))
	o.schedule("Họp thôn", time.Now().Add(time.Hour), nil, clipItems([]string{clip.ID}))
	got := func(p *process, kind, signature string) func() bool {
		return func() bool {
			for _, s := range seen(t, p) {
				if s.Kind == kind && s.Signature == signature && (s.Body != nil || kind == wire.KindPlan) {
					return true
				}
			}
			return false
		}
	}
	await(t, "the office shows the plans", 20*time.Second, got(office, wire.KindPlan, tap.Good))
	await(t, "the board shows its plan", 20*time.Second, got(board, wire.KindPlan, tap.Good))
	await(t, "and what it says", 30*time.Second, got(board, wire.KindStatus, tap.None))
	await(t, "and the signed time", 30*time.Second, got(board, wire.KindTime, tap.Good))
	for _, s := range seen(t, office) {
		require.Equal(t, wire.KindPlan, s.Kind)
		require.Equal(t, tap.Good, s.Signature, s.Wrong)
		require.Empty(t, s.Wrong)
	}
	for _, s := range seen(t, only) {
		require.Contains(t, s.Topic, "/loa-2/")
	}
	for _, s := range seen(t, board) {
		require.NotContains(t, s.Topic, "/loa-2/")
		require.Empty(t, s.Wrong, s.Topic)
	}
	require.Contains(t, words.said(), "[✓ ")
	require.Contains(t, words.said(), "[không ký/unsigned]")
	require.Equal(t, 200, o.raw(http.MethodGet, "/readyz", "", nil).status)
	for _, p := range []*process{office, only, board, words} {
		p.stop()
		require.Zero(t, p.cmd.ProcessState.ExitCode(), p.said())
	}
	other.process.stop()
	v.process.stop()
	gone := start(t, "tap-gone", nil, "tap", "node", "--config", settings)
	<-gone.done
	require.Contains(t, gone.said(), "systemctl start loa-node")
}
