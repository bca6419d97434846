package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
)

// The office loses its broker for a while. What it was asked to begin or to end
// meanwhile it says as soon as the broker can be reached, and does not sleep on.
func TestE2EBrokerAway(t *testing.T) {
	t.Parallel()
	witness.Play(t, e2eBrokerAway)
}

func e2eBrokerAway(t testing.TB) {
	addr := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	way := newThinLink(t, addr)
	o := withMosquittoBehind(t, addr, way.addr)
	o.places()
	o.info.MQTT = addr // the node reaches it all the time
	v := o.node("loa-1", "wav")
	clip := o.upload(recording(t, strings.Repeat("Khẩn cấp. Nước lũ đang lên. Bà con di chuyển ngay lên chỗ cao. ",
		8))) // it sounds all the while
	o.send(http.MethodPost, "/api/v1/bulletins", map[string]any{"title": "Lũ lên nhanh", "class": "emergency",
		"clips": map[string]any{"vi": clip.ID}}, nil)
	o.hold(1, 1)

	const away = 6 * time.Second // long enough for the office to try seldom
	way.cut()
	until(time.Now().Add(away))
	o.alarm(clip.ID)
	until(time.Now().Add(time.Second))
	back := time.Now()
	way.open()
	until(back.Add(4 * time.Second))
	began := v.horn(t).firstSound(back)
	t.Logf("begun %v after the broker is back", began.Sub(back).Round(time.Millisecond))

	way.cut()
	until(time.Now().Add(away))
	id := o.onAir(t)
	o.send(http.MethodPost, "/api/v1/calls/"+id+"/stop", nil, nil)
	until(time.Now().Add(time.Second))
	again := time.Now()
	way.open()
	until(again.Add(4 * time.Second))
	ended := v.horn(t).lastSound(again.Add(4 * time.Second))
	t.Logf("silent %v after the broker is back", ended.Sub(again).Round(time.Millisecond))
	witness.Judge(t, back, again.Add(2*time.Second), func(t testing.TB) {
		require.False(t, began.IsZero())
		require.Less(t, began.Sub(back), 1500*time.Millisecond)
		require.False(t, ended.Before(again), "it sounded until then")
		require.Less(t, ended.Sub(again), 1500*time.Millisecond)
	})
}
