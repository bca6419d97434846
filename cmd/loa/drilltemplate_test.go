package main

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
)

// A drill by a template at the horn: first and last the words that it is one, and
// between them what the emergency would say.
func TestHeardDrillTemplate(t *testing.T) {
	t.Parallel() // it is judged by seconds
	witness.Play(t, heardDrillTemplate)
}

func heardDrillTemplate(t testing.TB) {
	o := newOffice(t)
	o.places()
	v := o.node("loa-1", "wav")
	o.good(1)
	fields := map[string]any{"where": "đồi 5", "shelter": "trường học"}
	var arm struct{ Armed string }
	o.send(http.MethodPost, "/api/v1/arm/drill", map[string]any{"template": "fire", "fields": fields}, &arm)
	var call drillCall
	o.send(http.MethodPost, "/api/v1/calls", map[string]any{"class": "live", "drill": true, "armed": arm.Armed, "template": "fire",
		"fields":  fields,
		"targets": map[string]any{"areas": []string{"la-da"}}}, &call)
	await(t, "the drill is over", time.Minute+30*time.Second, func() bool { return o.drill(call.ID).Ended != nil })
	call = o.drill(call.ID)
	until(call.End.Add(1500 * time.Millisecond))
	var clips struct {
		Items []struct{ ID, Style string }
	}
	o.get("/api/v1/clips", &clips)
	h := v.horn(t)
	o.saysSo("a drill by template", h, call)
	for _, c := range clips.Items {
		if c.Style != "urgent" {
			continue
		}
		alert := o.clip(c.ID)
		at := h.when(alert[:4*rate], call.Start, 20*time.Second)
		l := h.like(alert, at, stretched)
		t.Logf("the alert, %v long: %v after the start, correlation %.3f", time.Duration(len(alert))*time.Second/rate,
			at.Sub(call.Start).Round(time.Millisecond), l.whole)
		witness.Judge(t, at, call.End, func(t testing.TB) { require.Greater(t, l.whole, 0.8) })
		return
	}
	require.FailNow(t, "the alert was not made")
}
