package main

import (
	"bytes"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
)

// KHẨN CẤP: nothing without arming, nothing by a short press; armed and held
// for a second, every loudspeaker that has a signal sounds. The correction,
// one action later, goes to just those.
func TestBrowserEmergency(t *testing.T) {
	t.Parallel()
	witness.Play(t, browserEmergency)
}

func browserEmergency(t testing.TB) {
	o := newOffice(t)
	villages := o.villages()
	villages[2].process.kill()
	await(t, "the dead one is noticed", 10*time.Second, func() bool { return o.state("loa-3") == "offline" })
	path, voice := speech(t, "Nước lũ đang lên nhanh, bà con lên chỗ cao.")
	p := o.person(path)
	p.Open(o.Token, "/emergency")
	require.Contains(t, p.Text("[data-part=reach]"), "2/3 cụm loa có tín hiệu")
	require.Contains(t, p.Text("[data-part=reach]"), "Cụm loa loa-3")
	require.Contains(t, p.Text("#chosen"), "Xã La Dạ · 3 cụm loa", "all by default")
	p.Sees("the microphone is ready", `document.querySelector("#mic").dataset.state === "ready"`)
	p.Hold("#fire")
	require.True(t, p.Evaluate(`document.querySelector("#fire").disabled`))

	// armed, but let go too soon
	p.Tap("#arm")
	p.Sees("armed", `!document.querySelector("#fire").disabled`)
	p.HoldFor("#fire", 600*time.Millisecond)
	p.Sees("too short", `document.querySelector("#fire-how").textContent.startsWith("chưa đủ 1 giây")`)
	require.Empty(t, o.calls(), "neither began a call")

	// the second action
	p.Hold("#fire")
	p.State("air")
	spoken := time.Now()
	call := o.calls()[0]
	p.Sees("who hears it", `document.querySelector("#call-heard").textContent === "đã nghe 2/3"`)
	p.Sees("who does not", `document.querySelector("#call-missing").textContent === "Chưa nghe: Cụm loa loa-3"`)
	until(spoken.Add(3500 * time.Millisecond))
	p.Do(chromedp.KeyEvent("\x1b"))
	p.State("ended")
	for _, v := range villages[:2] {
		h := v.horn(t)
		witness.Judge(t, call.Start.Add(-time.Second), call.Start.Add(time.Second), func(t testing.TB) {
			require.WithinDuration(t, call.Start, h.firstSound(call.Start.Add(-time.Second)), time.Second, "the chime at %s", v.id)
		})
		h.carries(t, v.id, voice, spoken.Add(time.Second))
	}

	// the third comes back: it has not heard the alert, and must not hear that it was wrong
	villages[2].start(t)
	o.good(3)
	button := fmt.Sprintf("#correct-%s", call.ID)
	p.Sees("the correction", fmt.Sprintf(`document.querySelector(%q)?.textContent.includes("gửi tới đúng 2 cụm loa đã nghe")`, button))
	p.Do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelector(%q).focus()`, button)))
	p.Key(input.DispatchKeyEventTypeKeyDown)
	until(time.Now().Add(1200 * time.Millisecond))
	p.Key(input.DispatchKeyEventTypeKeyUp)
	p.Sees("it is corrected", `document.querySelector("[data-part=alerts]").textContent.includes("Đã cải chính lúc")`)
	var correction struct {
		ID, Class, Corrects string
		Start               time.Time
		Targets             struct{ Areas, Nodes []string }
	}
	o.get("/api/v1/calls/"+o.calls()[0].ID, &correction)
	require.Equal(t, "emergency", correction.Class)
	require.Equal(t, call.ID, correction.Corrects)
	require.Equal(t, []string{"loa-1", "loa-2"}, correction.Targets.Nodes)
	require.Empty(t, correction.Targets.Areas)
	var clips struct{ Items []clipAnswer }
	o.get("/api/v1/clips", &clips)
	message := correction.Start.Add(5600 * time.Millisecond) // after two chimes
	until(message.Add(2600 * time.Millisecond))
	for _, v := range villages[:2] {
		heardAt(t, v.id+", the correction", v.horn(t), o.clip(clips.Items[0].ID)[:2*rate], message)
	}
	require.True(t, villages[2].horn(t).firstSound(correction.Start.Add(-time.Second)).IsZero(), "who did not hear the alert")
}

func (o *office) state(node string) string {
	o.t.Helper()
	for _, n := range o.nodes() {
		if n.ID == node {
			return n.State
		}
	}
	return ""
}

// An alert that every node holds is on air after two actions, without a
// microphone; DỪNG TẤT CẢ asks once, by name, and silences it.
func TestBrowserRecordedAlert(t *testing.T) {
	t.Parallel()
	witness.Play(t, browserRecordedAlert)
}

func browserRecordedAlert(t testing.TB) {
	o := newOffice(t)
	o.places()
	v := o.node("loa-1", "wav")
	clip := o.upload(recording(t, "Khẩn cấp. Nước lũ đang lên. Bà con di chuyển ngay lên chỗ cao."))
	o.send(http.MethodPost, "/api/v1/bulletins", map[string]any{"title": "Lũ lên nhanh", "class": "emergency",
		"clips": map[string]any{"vi": clip.ID}}, nil)
	o.hold(1, 1)
	p := o.person("") // no microphone at all
	p.Open(o.Token, "/emergency")
	p.Sees("who holds it", `document.querySelector("[data-part=recorded]").textContent.includes("sẵn ở 1/1 cụm loa")`)
	p.Do(chromedp.Evaluate[chromedp.Void](`[...document.querySelectorAll(".choice")].find((c) => c.textContent.includes("Lũ lên nhanh")).click()`))
	p.Tap("#arm")
	p.Sees("armed", `!document.querySelector("#fire").disabled`)
	p.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#fire").focus()`))
	p.Key(input.DispatchKeyEventTypeKeyDown)
	until(time.Now().Add(1150 * time.Millisecond))
	pressed := time.Now()
	p.State("air")
	p.Key(input.DispatchKeyEventTypeKeyDown) // still held: it must not press what has come in its place
	p.Key(input.DispatchKeyEventTypeKeyUp)
	p.Sees("who hears it", `document.querySelector("#call-heard").textContent === "đã nghe 1/1"`)
	witness.Judge(t, pressed.Add(-time.Second), pressed.Add(time.Second), func(t testing.TB) {
		require.WithinDuration(t, pressed, v.horn(t).firstSound(pressed.Add(-time.Second)), time.Second, "from the button to the horn")
	})

	p.Do(chromedp.Navigate(p.URL+"/live"), chromedp.WaitVisible("main h1"))
	p.Sees("an alert goes on without its page", `document.querySelector("#air").textContent.includes("Lũ lên nhanh")`)
	p.Tap("#mic-check")
	p.Sees("no microphone", `document.querySelector("#mic-line").textContent.includes("Không tìm thấy micro")`)
	p.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#stop-all").click()`))
	p.Sees("the question names who and what",
		`["Thôn 1 (1 cụm loa)", "Lũ lên nhanh"].every((s) => document.querySelector("#stop-all-sure").textContent.includes(s))`)
	require.Nil(t, o.calls()[0].Ended)
	p.Tap("#stop-all-sure button[value=yes]")
	await(t, "it is stopped", 20*time.Second, func() bool { return o.calls()[0].Ended != nil })
	stopped := time.Now()
	until(stopped.Add(1500 * time.Millisecond))
	witness.Judge(t, stopped, stopped.Add(time.Second), func(t testing.TB) {
		require.True(t, v.horn(t).firstSound(stopped.Add(time.Second)).IsZero(), "silent within a second")
	})

	// no shortcut: the server itself asks for the token
	body := fmt.Appendf(nil, `{"class":"emergency","targets":{"areas":["la-da"]},"clip":%q}`, clip.ID)
	require.Equal(t, http.StatusForbidden, o.raw(http.MethodPost, "/api/v1/calls", "application/json", bytes.NewReader(body)).status)
}
