package main

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
)

// alertView is what the office says of an alert.
type alertView struct {
	ID             string
	Ended          *time.Time
	Heard, Missing []struct{ ID string }
	Now            []struct{ ID string }
	MaySound       []struct {
		ID    string
		Until time.Time
	} `json:"may_sound"`
}

func (o *office) alert(id string) (v alertView) {
	o.t.Helper()
	o.get("/api/v1/calls/"+id, &v)
	return v
}

// playing waits until exactly these nodes play an alert, by the office's word.
func (o *office) playing(id string, nodes ...string) {
	o.t.Helper()
	await(o.t, "sounding at "+strings.Join(nodes, ", ")+" and nowhere else", 10*time.Second, func() bool {
		var now []string
		for _, n := range o.alert(id).Now {
			now = append(now, n.ID)
		}
		return strings.Join(now, ",") == strings.Join(nodes, ",")
	})
}

// raise puts an emergency bulletin on the air in an area.
func (o *office) raise(clip, area string) (id string) {
	o.t.Helper()
	var arm struct{ Armed string }
	var call callAnswer
	o.send(http.MethodPost, "/api/v1/arm", map[string]any{}, &arm)
	o.send(http.MethodPost, "/api/v1/calls", map[string]any{"class": "emergency", "targets": map[string]any{"areas": []string{area}},
		"clip": clip, "armed": arm.Armed}, &call)
	return call.ID
}

// An alert for the commune, then one for a village: there the second is heard while it
// lasts, then the first again; the office tells at each step who plays what. A board
// that loses its power meanwhile has not confirmed the end: it is said how long it may sound.
func TestE2ETwoAlerts(t *testing.T) {
	t.Parallel()
	witness.Play(t, e2eTwoAlerts)
}

func e2eTwoAlerts(t testing.TB) {
	o := newOffice(t)
	o.places()
	o.send(http.MethodPut, "/api/v1/areas/thon-2", map[string]any{"name": "Thôn 2", "kind": "village", "parent": "la-da"}, nil)
	here, there := o.node("loa-1", "wav"), o.nodeIn("thon-2", "loa-2")
	var clips [2]clipAnswer
	for i, text := range []string{"Khẩn cấp. Nước lũ đang lên. Bà con di chuyển ngay lên chỗ cao. ",
		"Cháy rừng gần thôn một. Bà con ra khỏi nhà theo hướng dẫn của cán bộ thôn. "} {
		clips[i] = o.upload(recording(t, strings.Repeat(text, 4)))
		o.send(http.MethodPost, "/api/v1/bulletins", map[string]any{"title": []string{"Lũ lên nhanh", "Cháy rừng"}[i], "class": "emergency",
			"clips": map[string]any{"vi": clips[i].ID}}, nil)
	}
	o.hold(2, 2)

	a := o.raise(clips[0].ID, "la-da")
	o.playing(a, "loa-1", "loa-2")
	b := o.raise(clips[1].ID, "thon-1")
	o.playing(b, "loa-1")
	o.playing(a, "loa-2")
	require.Len(t, o.alert(a).Heard, 2, "who heard it at all")
	o.send(http.MethodPost, "/api/v1/calls/"+b+"/stop", nil, nil)
	o.playing(b)
	o.playing(a, "loa-1", "loa-2")
	back := time.Now()
	until(back.Add(time.Second))
	require.False(t, here.horn(t).firstSound(back).IsZero(), "the first goes on")

	there.process.kill()
	await(t, "the office knows that it is gone", 10*time.Second, func() bool { return o.state("loa-2") == "offline" })
	o.send(http.MethodPost, "/api/v1/calls/"+a+"/stop", nil, nil)
	stopped := time.Now()
	await(t, "one has confirmed the end, and the other has not", 10*time.Second, func() bool {
		v := o.alert(a)
		return v.Ended != nil && len(v.Now) == 0 && len(v.MaySound) == 1 && v.MaySound[0].ID == "loa-2"
	})
	require.WithinDuration(t, stopped.Add(5*time.Minute), o.alert(a).MaySound[0].Until, 10*time.Second)
	there.start(t)
	await(t, "it is back, and has confirmed it too", 20*time.Second, func() bool { return len(o.alert(a).MaySound) == 0 })
	until(time.Now().Add(time.Second))
	quiet := time.Now()
	until(quiet.Add(time.Second))
	for _, v := range []*village{here, there} {
		require.True(t, v.horn(t).firstSound(quiet).IsZero(), v.id)
	}
}
