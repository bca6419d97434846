package web_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/broker"
	"loa/node/wire"
)

// An office that has lost its memory stops a call that it does not know: also at a board
// that has not said yet that it plays it, as far as the caller may.
func TestStopOfAnUnknownCall(t *testing.T) {
	w := newWorld(t)
	w.linked(t)
	const call = "call-of-before"
	playing := well()
	playing.OnAir = &wire.OnAir{Airing: call, Title: "Lũ lên nhanh"}
	c := w.board(t, "thon-1-loa", playing)
	stops := make(chan wire.CallOff, 100)
	c.Subscribe(wire.Topics{Commune: "la-da"}.All(wire.KindStop), 1, func(m broker.Message) {
		var off wire.CallOff
		if message, err := wire.Read(m.Payload); err == nil {
			if _, body, err := message.Claims(); err == nil && wire.Decode(body, &off) == nil && off.Call == call {
				stops <- off
			}
		}
	})
	for _, asker := range []struct {
		role, area string
		reaches    []string
	}{{"operator", "thon-1", []string{"thon-1"}}, {"admin", "la-da", []string{"la-da"}}} {
		_, bearer := w.as(asker.role, asker.area)
		bearer = append(bearer, "Content-Type", "application/json")
		require.Eventually(t, func() bool {
			return w.send(t, "POST", "/api/v1/calls/"+call+"/stop", nil, bearer...).status == 200
		}, time.Minute, 50*time.Millisecond, "it is known that it plays")
		require.Eventually(t, func() bool {
			said, _ := json.Marshal((<-stops).Targets)
			want, _ := json.Marshal(map[string]any{"areas": asker.reaches, "nodes": []string{"thon-1-loa"}})
			return string(said) == string(want)
		}, time.Minute, time.Millisecond)
	}
	_, other := w.as("operator", "thon-2")
	w.send(t, "POST", "/api/v1/calls/"+call+"/stop", nil, append(other, "Content-Type", "application/json")...).problem(403, "forbidden")
}
