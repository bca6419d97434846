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

// A template at the horn: the chime at once, then the sound of its hazard, then the
// words, in step with what the clip holds.
func TestHeardTemplate(t *testing.T) { witness.Play(t, heardTemplate) }

func heardTemplate(t testing.TB) {
	o := newOffice(t)
	o.places()
	v := o.node("loa-1", "wav")
	o.good(1)
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
	triggered := time.Now()
	o.send(http.MethodPost, "/api/v1/calls",
		filled(map[string]any{"class": "emergency", "armed": arm.Armed, "targets": map[string]any{"areas": []string{"la-da"}}}), &call)
	tone, _ := tune.Attention("flash_flood")
	at := call.Start.Add(tune.ChimeDuration)
	words := at.Add(audio.Length(int64(len(tone))) + 600*time.Millisecond)
	until(words.Add(3 * time.Second))
	o.send(http.MethodPost, "/api/v1/calls/"+call.ID+"/stop", map[string]any{}, nil)
	until(time.Now().Add(1500 * time.Millisecond))

	h := v.horn(t)
	began := h.firstSound(triggered)
	t.Logf("button to first sample: %v", began.Sub(triggered).Round(time.Millisecond))
	witness.Judge(t, triggered, triggered.Add(time.Second), func(t testing.TB) { require.Less(t, began.Sub(triggered), time.Second) })
	heardAt(t, "the sound of a flash flood, and the words", h, o.clip(call.Said.Clips[0])[:7*rate], at)
	l := h.like(tone[:3*rate], at, 60*time.Millisecond)
	t.Logf("the attention sound: correlation %.3f", l.whole)
	witness.Judge(t, at, words, func(t testing.TB) { require.Greater(t, l.whole, 0.8) })
	o.process.stop()
	v.process.stop()
}
