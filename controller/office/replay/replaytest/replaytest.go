// Package replaytest is a commune whose loudspeakers have spoken, for tests of what the
// people may hear again: real files of sound, lines of the log and the nodes' own plays,
// written by the same calls as the controller's.
package replaytest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/store"
	"loa/schedule"
)

// Commune is the commune La Dạ with two villages that have two loudspeakers and one.
type Commune struct {
	T     testing.TB
	Store *store.Store
	Now   time.Time
	ctx   context.Context
}

// Fill puts it into a store, as it was a month before an instant.
func Fill(t testing.TB, s *store.Store, now time.Time) *Commune {
	t.Helper()
	c := &Commune{t, s, now, context.WithoutCancel(t.Context())}
	for _, a := range []store.Area{{ID: "la-da", Name: "Xã La Dạ", Kind: store.Commune},
		{ID: "thon-1", Parent: "la-da", Name: "Thôn 1", Kind: store.Village},
		{ID: "da-mi", Parent: "la-da", Name: "Thôn Đa Mi", Kind: store.Village}} {
		require.NoError(t, s.PutArea(c.ctx, a))
	}
	for node, area := range map[string]string{"thon-1-loa": "thon-1", "thon-1-cho": "thon-1", "da-mi-loa": "da-mi"} {
		require.NoError(t, s.PutNode(c.ctx, store.Node{ID: node, Name: "Cụm loa " + node, Area: area, Volume: 80,
			Created: now.AddDate(0, -1, 0)}))
	}
	return c
}

// Sound makes a file of a tone and returns its sha256, and where it is.
func (c *Commune) Sound(seconds int) (sha, path string) {
	c.T.Helper()
	path = filepath.Join(c.T.TempDir(), "tone.opus")
	out, err := exec.CommandContext(c.T.Context(), "ffmpeg", "-v", "error", "-f", "lavfi", "-i",
		fmt.Sprintf("sine=frequency=440:sample_rate=48000:duration=%d", seconds), "-c:a", "libopus", "-b:a", "32k", path).CombinedOutput()
	require.NoError(c.T, err, "%s", out)
	data, err := os.ReadFile(path)
	require.NoError(c.T, err)
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:]), path
}

// Clip puts a clip of so many seconds into the library; text is what was typed, "" of a
// recording. Clips of one length are one.
func (c *Commune) Clip(seconds int, text string) string {
	c.T.Helper()
	sha, path := c.Sound(seconds)
	info, err := os.Stat(path)
	require.NoError(c.T, err)
	clip := store.Clip{ID: sha, Seconds: float64(seconds), Bytes: info.Size(), Name: "tep-may-co-lan.m4a",
		Kind: store.Recording, Created: c.Now}
	if text != "" {
		clip.Kind, clip.Text = store.Speech, text
	}
	require.NoError(c.T, c.Store.Install(path, c.Store.ClipPath(sha)))
	require.NoError(c.T, c.Store.AddClip(c.ctx, clip))
	return sha
}

// Recording puts a recording of a call where it belongs.
func (c *Commune) Recording(seconds int) string {
	c.T.Helper()
	sha, path := c.Sound(seconds)
	require.NoError(c.T, c.Store.Install(path, c.Store.RecordingPath(sha)))
	return sha
}

// Bulletin keeps one of some clips by language.
func (c *Commune) Bulletin(b store.Bulletin) store.Bulletin {
	c.T.Helper()
	if b.Class == "" {
		b.Class = "normal"
	}
	b.Language, b.Author, b.Created = "vi", "Nguyễn Thị Lan", c.Now.AddDate(0, 0, -3)
	require.NoError(c.T, c.Store.PutBulletin(c.ctx, b))
	return b
}

// Air writes an airing of some clips into the log, as when it begins, to the whole commune.
func (c *Commune) Air(id, title string, class schedule.Class, at time.Time, clips ...string) string {
	c.T.Helper()
	b := store.Broadcast{ID: schedule.AiringID(id, at), Kind: store.AiringKind, Programme: id, Title: title, Class: class,
		Author: "Nguyễn Thị Lan", Approver: "Trần Văn Nam", Targets: schedule.Targets{Areas: []string{"la-da"}}, Planned: at,
		Length: time.Minute, Items: len(clips), Due: at.Add(time.Hour), Clips: clips}
	require.NoError(c.T, c.Store.AddBroadcasts(c.ctx, []store.Broadcast{b}))
	return b.ID
}

// Play is what a node reported: heard, partly or not_heard. What change is nil changes
// nothing of it.
func (c *Commune) Play(node, airing string, item int, clip, outcome string, at time.Time, change func(*store.Play)) {
	c.T.Helper()
	p := store.Play{Node: node, Programme: "p", Airing: airing, Item: item, Title: "do node tự ghi", Clip: clip, At: at, Outcome: outcome,
		Length: time.Minute, Volume: 80, Received: at.Add(time.Minute)}
	if outcome != "not_heard" {
		p.Began, p.Ended, p.Heard = at, at.Add(time.Minute), time.Minute
	}
	if change != nil {
		change(&p)
	}
	_, err := c.Store.AddPlays(c.ctx, []store.Play{p})
	require.NoError(c.T, err)
}

// Call keeps a call that has ended, heard by some nodes.
func (c *Commune) Call(row store.Call, nodes ...string) store.Call {
	c.T.Helper()
	row.Targets, row.Author, row.Account = schedule.Targets{Areas: []string{"la-da"}}, "Trưởng thôn Ba", "p-ba"
	row.End = row.Start.Add(time.Minute)
	if row.Ended.IsZero() {
		row.Ended, row.Reason = row.End, "stopped"
	}
	row.Heard = map[string]time.Time{}
	for _, n := range nodes {
		row.Heard[n] = row.Start
	}
	require.NoError(c.T, c.Store.PutCall(c.ctx, row))
	return row
}
