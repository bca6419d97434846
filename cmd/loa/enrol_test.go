package main

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
)

// enrolled is a board that became a node by a code, as a technician does it.
func (o *office) enrolled(id string) *village {
	o.t.Helper()
	o.send(http.MethodPut, "/api/v1/nodes/"+id, map[string]any{"name": "Cụm loa " + id, "area": "thon-1", "volume": 100}, nil)
	bin, err := loaBinary()
	require.NoError(o.t, err)
	said := string(run(o.t, "", bin, "node", "invite", id, "--controller", filepath.Join(o.dir, "data", "controller.json")))
	command := regexp.MustCompile(`loa node enrol (\S+) (\S+)`).FindStringSubmatch(said)
	require.NotNil(o.t, command, said)
	v := &village{id: id, dir: o.t.TempDir()}
	run(o.t, "", bin, "node", "enrol", command[1], command[2], "--out", v.dir, "--data", filepath.Join(v.dir, "data"), "--sound", "wav")
	info, err := os.Stat(filepath.Join(v.dir, "node.key"))
	require.NoError(o.t, err)
	require.Equal(o.t, os.FileMode(0o600), info.Mode().Perm())
	v.start(o.t)
	return v
}

// A board is enrolled, plays, is replaced by another, and that one is revoked:
// out within a second, and never heard again.
func TestE2EEnrolReplaceRevoke(t *testing.T) {
	t.Parallel()
	witness.Play(t, e2eEnrolReplaceRevoke)
}

func e2eEnrolReplaceRevoke(t testing.TB) {
	o := newOffice(t)
	o.places()
	state := func(want string) func() bool {
		return func() bool { return o.nodes()[0].State == want }
	}
	first := o.enrolled("loa-1")
	await(t, "the new node is good", 15*time.Second, state("good"))
	second := o.enrolled("loa-1")
	await(t, "the old board is shut out", 10*time.Second, func() bool { return first.refused() })
	clip := o.upload(recording(t, "Thông báo lịch tiêm chủng."))
	at := soon(4 * time.Second)
	o.send(http.MethodPost, "/api/v1/programmes", map[string]any{"title": "Tiêm chủng", "class": "normal", "at": at.Format(time.RFC3339),
		"targets": map[string]any{"areas": []string{"la-da"}}, "rundown": []any{map[string]any{"clip": clip.ID}}}, nil)
	o.hold(1, 1)
	until(at.Add(time.Duration(clip.Seconds*1e9) + 1500*time.Millisecond))
	heardAt(t, "the new board", second.horn(t), o.clip(clip.ID), at)
	require.True(t, first.horn(t).firstSound(at.Add(-time.Second)).IsZero(), "the old board heard of it no more")

	revoked := time.Now()
	bin, err := loaBinary()
	require.NoError(t, err)
	run(t, "", bin, "node", "revoke", "loa-1", "--controller", filepath.Join(o.dir, "data", "controller.json"))
	await(t, "it is offline", 5*time.Second, state("offline"))
	t.Logf("offline %v after the command", time.Since(revoked))
	await(t, "it does not come back", 10*time.Second, func() bool { return second.refused() })
	var arm struct{ Armed string }
	o.send(http.MethodPost, "/api/v1/arm", map[string]any{}, &arm)
	o.send(http.MethodPost, "/api/v1/calls", map[string]any{"class": "emergency", "targets": map[string]any{"areas": []string{"la-da"}},
		"clip": clip.ID, "armed": arm.Armed}, nil)
	quiet := time.Now()
	until(quiet.Add(2 * time.Second))
	require.True(t, second.horn(t).firstSound(quiet).IsZero())
	require.Equal(t, "offline", o.nodes()[0].State)
	await(t, "it is called revoked, not without power", 10*time.Second, func() bool { return strings.Contains(o.nodes()[0].VI, "Đã thu hồi") })
	page := string(o.raw(http.MethodGet, "/nodes", "", nil).body)
	require.Contains(t, page, "Đã thu hồi")
	require.NotContains(t, page, "mất điện hoặc mất mạng")
}

// refused reports whether the node has said that it is not let in.
func (v *village) refused() bool {
	return regexp.MustCompile(`link down; trying on`).MatchString(v.process.said())
}
