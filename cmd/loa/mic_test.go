package main

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"loa/cmd/prove/browser"
	"loa/cmd/prove/witness"
)

// nodeIn is node, in any village.
func (o *office) nodeIn(area, id string, env ...string) *village {
	o.t.Helper()
	v := o.node(id, "wav", env...)
	o.send(http.MethodPut, "/api/v1/nodes/"+id, map[string]any{"name": "Cụm loa " + id, "area": area, "volume": 100}, nil)
	return v
}

// villages of the pages' tests: one loudspeaker in Thôn 1, two in Thôn 2.
func (o *office) villages(env ...string) []*village {
	o.t.Helper()
	o.places()
	o.send(http.MethodPut, "/api/v1/areas/thon-2", map[string]any{"name": "Thôn 2", "kind": "village", "parent": "la-da"}, nil)
	all := []*village{o.nodeIn("thon-1", "loa-1", env...), o.nodeIn("thon-2", "loa-2", env...), o.nodeIn("thon-2", "loa-3", env...)}
	o.good(len(all))
	return all
}

func (o *office) good(n int) {
	o.t.Helper()
	await(o.t, "all nodes are good", 20*time.Second, func() bool {
		good := 0
		for _, n := range o.nodes() {
			if n.State == "good" {
				good++
			}
		}
		return good == n
	})
}

// carries checks that a horn gave out a voice that is spoken over and over:
// pieces of it are each found in the voice, at places that follow one another
// as the pieces do. The browser's noise suppression changes a wave's form, so
// no single correlation tells as much as their order. A raise of the delay in
// between, by 80 ms, is right.
func (h horn) carries(t testing.TB, name string, voice []float32, from time.Time) {
	t.Helper()
	const pieces, apart, near = 5, 400 * time.Millisecond, 100 * time.Millisecond
	length := time.Duration(float64(len(voice)) / rate * 1e9)
	looped := append(append([]float32(nil), voice...), voice...)
	var begins []time.Duration // of the voice, by each piece
	var sum float64
	for i := range pieces {
		behind := time.Duration(i) * apart
		correlation, lag := match(h.cut(from.Add(behind), 4*rate/10), looped, length/2)
		begins = append(begins, (lag+length/2-behind+2*length)%length)
		sum += correlation
	}
	agree := 0
	for _, a := range begins {
		n := 0
		for _, b := range begins {
			if d := (a - b).Abs(); min(d, length-d) < near {
				n++
			}
		}
		agree = max(agree, n)
	}
	t.Logf("%s: %d of %d pieces follow one another in the voice, mean correlation %.3f", name, agree, pieces, sum/pieces)
	witness.Judge(t, from.Add(-time.Second), from.Add(pieces*apart), func(t testing.TB) {
		require.GreaterOrEqual(t, agree, 4, "%s: %v", name, begins)
		require.Greater(t, sum/pieces, 0.5, name)
	})
}

// A person at a browser checks the microphone and speaks to the smallest
// village: there it is heard, and nowhere else. With the browser's own Opus,
// latched by a tap; and with PCM, for as long as the button is held.
func TestHeardBrowserMicrophone(t *testing.T) { witness.Play(t, heardBrowserMicrophone) }

func heardBrowserMicrophone(t testing.TB) {
	o := newOffice(t)
	villages := o.villages()
	path, voice := speech(t, "Mời bà con thôn một ra nhà văn hóa họp tối nay.")
	p := o.person(path)
	for _, way := range []struct{ query, codec string }{{"", "opus"}, {"pcm", "pcm_s16le"}} {
		p.Open(o.Token, "/live")
		if way.query != "" {
			p.Do(chromedp.Navigate(p.URL + "/live?" + way.query))
		}
		require.True(t, p.Evaluate(`[...document.querySelectorAll("#places input:checked")].map((i) => i.value).join() === "thon-1"`),
			"the smallest village by default")
		p.Do(chromedp.Evaluate[chromedp.Void](`{ const send = WebSocket.prototype.send; WebSocket.prototype.send = function (m) { window.hello ??= m; return send.call(this, m); } }`))
		p.Sees("the microphone is ready", `document.querySelector("#mic").dataset.state === "ready"`)
		require.Contains(t, p.Text("#mic"), "Micro sẵn sàng")
		p.Do(chromedp.Evaluate[chromedp.Void](`{ const who = document.querySelector("#author"); who.value = "cô Hoa"; who.dispatchEvent(new Event("change")); }`))
		held := way.query == "pcm"
		if held {
			p.Press("#talk")
			p.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#talk").blur()`)) // as when the browser asks to keep the password
		} else {
			p.Tap("#talk")
		}
		p.State("chime")
		require.Contains(t, p.Text("#call"), "Bấm DỪNG để hủy")
		p.State("air")
		call := o.calls()[0]
		spoken := time.Now()
		var log struct{ Author string }
		o.get("/api/v1/calls/"+call.ID, &log)
		require.Equal(t, "cô Hoa", log.Author)
		p.Sees("who hears it", `document.querySelector("#call-heard").textContent === "đã nghe 1/1"`)
		p.Sees("what is on air", `Number(document.querySelector("#call-air").getAttribute("aria-valuenow")) > -40`)
		require.True(t, p.Evaluate(fmt.Sprintf(`JSON.parse(window.hello).codec === %q`, way.codec)))
		until(spoken.Add(3500 * time.Millisecond))
		if held {
			p.Release("#talk")
		} else {
			p.Tap("#talk")
		}
		p.State("ended")
		p.Sees("the recording", `!document.querySelector("#call-recording").hidden`)
		require.Contains(t, p.Text("#call"), "Đã kết thúc: đã dừng")
		require.Equal(t, "stopped", o.calls()[0].Reason)

		villages[0].horn(t).carries(t, way.codec, voice, spoken.Add(time.Second))
		for _, v := range villages[1:] {
			require.True(t, v.horn(t).firstSound(call.Start.Add(-time.Second)).IsZero(), "%s is another village's", v.id)
		}
	}
}

// resamples checks that a microphone of any rate comes out as 48 kHz: a tone
// keeps its pitch, and what is not the tone is 40 dB below it.
func (p *person) resamples(rate int) {
	p.T.Helper()
	p.Do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`(async () => {
		window.made = null;
		const context = new OfflineAudioContext(1, %d, %d);
		await context.audioWorklet.addModule(document.body.dataset.worklet);
		const node = new AudioWorkletNode(context, "frames", { numberOfOutputs: 0 });
		const tone = new OscillatorNode(context, { frequency: 1000 });
		const made = [];
		node.port.onmessage = (e) => made.push(...e.data);
		tone.connect(node);
		tone.start();
		await context.startRendering();
		const settled = setInterval(() => { if (made.length >= 47040) { clearInterval(settled); window.made = made; } }, 50);
	})()`, rate, rate)))
	p.Sees("a second of frames", `window.made !== null`)
	require.True(p.T, p.Evaluate(`(() => { // least squares of sine and cosine
		const x = window.made.slice(4800, 43200), w = (2 * Math.PI * 1000) / 48000;
		let s = 0, c = 0, all = 0;
		x.forEach((v, i) => { s += v * Math.sin(w * i); c += v * Math.cos(w * i); all += v * v; });
		const pure = (2 * (s * s + c * c)) / x.length;
		return made.length % 960 === 0 && all > 0.4 * x.length && (all - pure) / all < 1e-4;
	})()`), "%d Hz", rate)
}

// Stopped in its chime, a call ends with nothing said; and the second who
// calls a village is told who is there.
func TestBrowserCallOff(t *testing.T) {
	t.Parallel()
	witness.Play(t, browserCallOff)
}

func browserCallOff(t testing.TB) {
	o := newOffice(t)
	o.places()
	v := o.node("loa-1", "wav")
	o.good(1)
	path, _ := speech(t, "Một hai ba bốn năm.")
	p := o.person(path)
	p.Open(o.Token, "/live")
	p.Sees("the microphone is ready", `document.querySelector("#mic").dataset.state === "ready"`)
	p.resamples(44_100)
	p.resamples(48_000)
	p.Do(chromedp.Evaluate[chromedp.Void](`{ // the finger is there as soon as the page is
		performance.now = () => 100;
		document.addEventListener("pointerdown", () => delete performance.now, { once: true });
	}`))
	p.Tap("#talk")
	p.State("chime")
	p.Sees("the countdown", `document.querySelector("#call-time").textContent === "2"`)
	p.Do(chromedp.KeyEvent("\x1b"))
	p.State("ended")
	stopped := time.Now()
	p.Sees("nothing was said", `document.querySelector("#call-hint").textContent === "Đã hủy trước khi lên tiếng"`)
	call := o.calls()[0]
	witness.Judge(t, call.Start, stopped, func(t testing.TB) {
		require.Less(t, call.Ended.Sub(call.Start), 2800*time.Millisecond)
		require.False(t, v.horn(t).firstSound(call.Start.Add(-time.Second)).IsZero(), "the chime: what comes late is left out")
	})
	until(stopped.Add(1200 * time.Millisecond))
	witness.Judge(t, call.Start, time.Now(), func(t testing.TB) {
		require.True(t, v.horn(t).firstSound(stopped.Add(700*time.Millisecond)).IsZero(), "the chime is cut")
	})

	o.send(http.MethodPost, "/api/v1/calls", map[string]any{"class": "live", "title": "Chị Lan đang nói",
		"targets": map[string]any{"areas": []string{"thon-1"}}}, &call)
	p.Tap("#talk")
	p.Sees("the second is told", `document.querySelector("#trouble").textContent.includes("“Chị Lan đang nói” đang phát trực tiếp ở nơi này")`)
	p.Sees("the banner", `document.querySelector("#air").textContent.includes("Chị Lan đang nói")`)
	p.Tap("#air button") // another's call: asked twice
	p.Sees("asked", `document.querySelector("#air button").textContent === "Bấm lần nữa để dừng"`)
	require.Nil(t, o.calls()[0].Ended)
	p.Tap("#air button")
	await(t, "the other's call is stopped", 20*time.Second, func() bool { return o.calls()[0].Ended != nil })
}

// The microphone that cannot be used: the sentence says why, and nothing goes
// on air.
func TestBrowserMicrophoneTrouble(t *testing.T) {
	t.Parallel()
	witness.Play(t, browserMicrophoneTrouble)
}

func browserMicrophoneTrouble(t testing.TB) {
	o := newOffice(t)
	o.places()
	o.send(http.MethodPut, "/api/v1/nodes/loa-1", map[string]any{"name": "Cụm loa 1", "area": "thon-1"}, nil)
	dir := t.TempDir()
	silent, loud := filepath.Join(dir, "silent.wav"), filepath.Join(dir, "loud.wav")
	run(t, "", "sox", "-n", "-r", "48000", "-c", "1", "-b", "16", silent, "trim", "0", "3")
	path, _ := speech(t, "Một hai ba.")
	run(t, "", "ffmpeg", "-v", "error", "-i", path, "-af", "volume=30dB", loud) // a mouth too near
	says := func(p *person, sentence string) {
		t.Helper()
		p.Sees(sentence, fmt.Sprintf(`document.querySelector("#mic-line").textContent.includes(%q)`, sentence))
	}
	refused := func(p *person) {
		t.Helper()
		p.Tap("#talk")
		require.True(t, p.Evaluate(`document.querySelector("#talk").disabled && document.querySelector("#call").dataset.state === "idle"`))
	}

	p := o.person(path)
	p.Open(o.Token, "/live")
	p.Sees("a microphone that works", `document.querySelector("#mic").dataset.state === "ready"`)
	p.Before(`const failure = sessionStorage.getItem("failure");
		if (failure) navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException("", failure));`)
	for name, sentence := range map[string]string{"NotReadableError": "Micro đang bận", "NotFoundError": "Không tìm thấy micro",
		"TypeError": "Không mở được micro", "": "Micro sẵn sàng"} {
		p.Do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`sessionStorage.setItem("failure", %q)`, name)), chromedp.Reload())
		says(p, sentence)
		if name != "" {
			refused(p)
		}
	}

	// a whole browser: the headless shell has nobody who asks, and so nobody who says no
	p = &person{browser.Whole(t, o.info.URL, path, chromedp.Flag("use-fake-ui-for-media-stream", false))}
	p.Open(o.Token, "/live")
	_, err := chromedp.CallBrowser(p.Ctx, cdpbrowser.SetPermission, cdpbrowser.SetPermissionParams{
		Permission: &cdpbrowser.PermissionDescriptor{Name: "microphone"}, Setting: cdpbrowser.PermissionSettingDenied, Origin: p.URL})
	require.NoError(t, err)
	p.Do(chromedp.Click("#mic-check"))
	says(p, "Trình duyệt không cho dùng micro")
	refused(p)

	p = o.person(silent)
	p.Open(o.Token, "/live")
	says(p, "Hãy nói thử một câu")
	refused(p)
	says(p, "Không nghe thấy gì")
	refused(p)

	p = o.person(loud)
	p.Open(o.Token, "/live")
	says(p, "Tiếng quá to nên bị vỡ")

	p = o.person(path, chromedp.Flag("host-resolver-rules", "MAP loa.test 127.0.0.1"))
	p.URL = strings.Replace(o.info.URL, "127.0.0.1", "loa.test", 1) // plain HTTP, and not this machine
	p.Open(o.Token, "/live")
	p.Do(chromedp.Click("#mic-check"))
	says(p, "không an toàn")
	refused(p)
	require.Empty(t, o.calls())
}

// A link that dies in the middle of a call: the speaker is told within
// seconds, the loudspeaker ends by itself, and the page knows why afterwards.
func TestBrowserLostLink(t *testing.T) {
	t.Parallel()
	witness.Play(t, browserLostLink)
}

func browserLostLink(t testing.TB) {
	o := newOffice(t)
	o.places()
	v := o.node("loa-1", "wav")
	o.good(1)
	path, _ := speech(t, "Nước đang lên, bà con chú ý theo dõi loa.")
	p := o.person(path)
	wire := newFragile(t, strings.TrimPrefix(o.info.URL, "http://"))
	p.URL = "http://" + wire.addr
	p.Before(`const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
		[window.plugged, window.streams] = [true, []];
		navigator.mediaDevices.getUserMedia = async (c) => {
			if (!window.plugged) throw new DOMException("", "NotFoundError");
			const stream = await open(c);
			window.streams.push(stream);
			return stream;
		};`)
	p.Open(o.Token, "/live")
	p.Sees("the microphone is ready", `document.querySelector("#mic").dataset.state === "ready"`)
	p.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#chime").checked = false`))
	p.Tap("#talk")
	p.State("air")
	p.Sees("who hears it", `document.querySelector("#call-heard").textContent === "đã nghe 1/1"`)
	require.True(t, p.Evaluate(`(() => { const e = new Event("beforeunload", { cancelable: true }); dispatchEvent(e); return e.defaultPrevented; })()`), "leaving asks")

	// away for a moment: told on coming back
	p.Do(chromedp.Evaluate[chromedp.Void](`{ let hidden = true; Object.defineProperty(document, "visibilityState", { get: () => (hidden ? "hidden" : "visible") });
		document.dispatchEvent(new Event("visibilitychange")); window.title = document.title; hidden = false; document.dispatchEvent(new Event("visibilitychange")); }`))
	require.True(t, p.Evaluate(`window.title.includes("MICRO ĐANG LÊN LOA")`))
	p.Sees("told of leaving", `document.querySelector("#call-trouble").textContent.includes("Bạn vừa rời trang này")`)

	// unplugged, and plugged in again
	p.Do(chromedp.Evaluate[chromedp.Void](`{ window.plugged = false; window.streams.forEach((s) => s.getTracks().forEach((t) => t.stop())); }`))
	p.Sees("told of the microphone", `document.querySelector("#call-trouble").textContent.includes("Micro đã tắt")`)
	p.Do(chromedp.Evaluate[chromedp.Void](`window.plugged = true`))
	p.Sees("it is back", `!document.querySelector("#call-trouble").textContent.includes("Micro đã tắt")`)
	p.Sees("and on air", `Number(document.querySelector("#call-air").getAttribute("aria-valuenow")) > -40`)

	cut := time.Now()
	wire.freeze() // a dead network: no end of the connection comes
	p.Sees("told of the lost link", `document.querySelector("#call-trouble").textContent.includes("KHÔNG lên loa")`)
	require.Contains(t, p.Text("#call-line"), "BẠN KHÔNG LÊN LOA")
	told := time.Since(cut)
	t.Logf("told %v after the link died", told.Round(time.Millisecond))
	witness.Judge(t, cut, cut.Add(told), func(t testing.TB) { require.Less(t, told, 3*time.Second) })
	await(t, "the call ends by itself", 12*time.Second, func() bool { return o.calls()[0].Ended != nil })
	require.Equal(t, "no_frames", o.calls()[0].Reason)
	p.State("ended")
	require.Contains(t, p.Text("#call"), "các cụm loa đã tự dừng")
	witness.Judge(t, cut, cut.Add(2*time.Second), func(t testing.TB) {
		require.True(t, v.horn(t).firstSound(cut.Add(2*time.Second)).IsZero(), "silent without the microphone")
	})

	// a link that breaks and comes back: the call goes on
	wire.thaw()
	p.Sees("the page is itself again", `document.querySelector("#stale").hidden`)
	p.Tap("#talk")
	p.State("air")
	p.Sees("who hears it", `document.querySelector("#call-heard").textContent === "đã nghe 1/1"`)
	wire.freeze()
	p.Sees("told again", `document.querySelector("#call-trouble").textContent.includes("KHÔNG lên loa")`)
	wire.thaw()
	p.Sees("on air again", `document.querySelector("#call-trouble").hidden`)
	back := time.Now()
	await(t, "the horn sounds again", 10*time.Second, func() bool { return !v.horn(t).firstSound(back).IsZero() })

	// a page that is closed stops its call
	p.Do(chromedp.Evaluate[chromedp.Void](`dispatchEvent(new Event("pagehide"))`))
	await(t, "the call of a page that has gone", 10*time.Second, func() bool { return o.calls()[0].Ended != nil })
	require.Equal(t, "stopped", o.calls()[0].Reason)
}
