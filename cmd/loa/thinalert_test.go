package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/audio/tune"
	"loa/cmd/prove/witness"
)

// An alert that was typed a moment ago, which no node can hold, over a link of 64 kbit/s:
// of the first time that it is said hardly anything is lost.
func TestHeardThinAlert(t *testing.T) {
	t.Parallel() // it is judged by seconds
	witness.Play(t, heardThinAlert)
}

func heardThinAlert(t testing.TB) {
	o := newOffice(t)
	o.places()
	link := newThinLink(t, o.info.MQTT)
	o.info.MQTT = link.addr
	v := o.node("loa-1", "wav")
	o.good(1)
	link.rate.Store(64_000)
	filled := func(more map[string]any) map[string]any {
		all := map[string]any{"template": "flash_flood", "fields": map[string]any{"where": "Thôn 1", "shelter": "nhà văn hóa"}}
		for k, x := range more {
			all[k] = x
		}
		return all
	}
	var arm struct{ Armed string }
	o.send(http.MethodPost, "/api/v1/arm", filled(nil), &arm)
	var call struct {
		ID    string
		Start time.Time
		Said  struct{ Clips []string }
	}
	before := link.down.Load()
	o.send(http.MethodPost, "/api/v1/calls",
		filled(map[string]any{"class": "emergency", "armed": arm.Armed, "targets": map[string]any{"areas": []string{"la-da"}}}), &call)
	clip := o.clip(call.Said.Clips[0])
	tone, _ := tune.Attention("flash_flood")
	at := call.Start.Add(tune.ChimeDuration)
	word := audio.Length(int64(len(tone))) + 600*time.Millisecond // the first, behind a breath
	until(at.Add(word + 5*time.Second))
	o.send(http.MethodPost, "/api/v1/calls/"+call.ID+"/stop", map[string]any{}, nil)
	until(time.Now().Add(1500 * time.Millisecond))

	h := v.horn(t)
	chimes, joined := h.firstSound(call.Start.Add(-time.Second)), h.firstSound(at.Add(100*time.Millisecond)).Sub(at)
	t.Logf("a clip of %v: %d bytes over the link so far, the chime %v after the start; the clip is heard from %v on, its first word is at "+
		"%v", audio.Length(int64(len(clip))).Round(time.Millisecond),
		link.down.Load()-before, chimes.Sub(call.Start).Round(time.Millisecond), joined.Round(time.Millisecond), word.Round(time.Millisecond))
	require.False(t, chimes.IsZero())
	witness.Judge(t, call.Start, at.Add(joined), func(t testing.TB) {
		require.Greater(t, joined, time.Duration(0), "it is heard at all")
		require.Less(t, joined, word+lostOfFirst)
	})
}

// lostOfFirst is what may be missing of the first saying over 64 kbit/s. Said twice in
// one file, it was lost as a whole at 32 kbit/s.
const lostOfFirst = 2 * time.Second
