package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
)

// Over a link of 64 kbit/s a calendar of three hundred programmes and a bulletin are on
// their way: an alert begins and ends in time all the same, and then both arrive.
func TestHeardThinPlan(t *testing.T) {
	t.Parallel() // it is judged by seconds
	witness.Play(t, heardThinPlan)
}

func heardThinPlan(t testing.TB) {
	const within = 3 * time.Second
	o := newOffice(t)
	o.places()
	link := newThinLink(t, o.info.MQTT)
	o.info.MQTT = link.addr
	v := o.node("loa-1", "wav")
	alert := o.upload(recording(t, "Khẩn cấp. Nước lũ đang lên. Bà con di chuyển ngay lên chỗ cao."))
	o.send(http.MethodPost, "/api/v1/bulletins", map[string]any{"title": "Lũ lên nhanh", "class": "emergency",
		"clips": map[string]any{"vi": alert.ID}}, nil)
	o.hold(1, 1)
	bulletin := o.upload(recording(t, "Bản tin nông nghiệp. Giá cà phê hôm nay giữ ở mức cao. Bà con phơi sấy kịp thời, tránh ẩm mốc trong "+
		"những ngày mưa sắp tới."))

	link.rate.Store(64_000)
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range 300 {
		rundown := []any{map[string]any{"chime": true}, map[string]any{"clip": bulletin.ID}}
		for range 30 { // numbers that do not pack
			rundown = append(rundown, map[string]any{"gap_s": 1 + rnd.Float64()})
		}
		o.send(http.MethodPost, "/api/v1/programmes", map[string]any{"title": fmt.Sprintf("Buổi phát %x %x", rnd.Uint64(), rnd.Uint64()),
			"class":   "normal",
			"at":      time.Now().Add(24*time.Hour + time.Duration(i)*time.Hour).Truncate(time.Second).Format(time.RFC3339),
			"targets": map[string]any{"areas": []string{"la-da"}}, "rundown": rundown}, nil)
	}
	changed := time.Now()
	said := regexp.MustCompile(`a long plan: its rest is fetched.* bytes=(\d+)`)
	for round := range 2 { // the plan is on its way, then the bulletin
		until(time.Now().Add(time.Second))
		var arm struct{ Armed string }
		o.send(http.MethodPost, "/api/v1/arm", map[string]any{}, &arm)
		asked := time.Now()
		var call callAnswer
		o.send(http.MethodPost, "/api/v1/calls", map[string]any{"class": "emergency", "targets": map[string]any{"areas": []string{"la-da"}},
			"clip": alert.ID, "armed": arm.Armed}, &call)
		until(asked.Add(within))
		stopped := time.Now()
		o.send(http.MethodPost, "/api/v1/calls/"+call.ID+"/stop", nil, nil)
		until(stopped.Add(within))
		h := v.horn(t)
		began, ended := h.firstSound(asked), h.lastSound(stopped.Add(within))
		t.Logf("round %d: begun %v after it was asked for, silent %v after it was stopped", round, began.Sub(asked).Round(time.Millisecond),
			ended.Sub(stopped).Round(time.Millisecond))
		witness.Judge(t, asked, stopped.Add(within), func(t testing.TB) {
			require.False(t, began.IsZero())
			require.Less(t, began.Sub(asked), within)
			require.Less(t, ended.Sub(stopped), within)
		})
	}
	await(t, "the plan and the bulletin have come", 90*time.Second, func() bool {
		c := o.nodes()[0].Clips
		return c != nil && c.Of == 2 && c.Held == 2
	})
	found := said.FindAllStringSubmatch(v.process.said(), -1)
	require.NotEmpty(t, found, "it was a long plan")
	t.Logf("plan of %s bytes and a bulletin of %.1f s: there %v after the last change", found[len(found)-1][1], bulletin.Seconds,
		time.Since(changed).Round(time.Second))
}
