package web_test

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"loa/cmd/prove/browser"
	"loa/cmd/prove/witness"
)

// studioScript stands for the device: a tone that can fall silent to the last
// bit, and a browser that tells when it shakes, sounds, and shows what is wrong.
const studioScript = `{
	const Real = window.AudioContext, create = BaseAudioContext.prototype.createOscillator;
	[window.contexts, window.streams, window.shakes, window.beeps, window.told] = [[], [], 0, 0, 0];
	navigator.vibrate = () => { window.shakes++; return true; };
	navigator.mediaDevices.getUserMedia = async () => {
		if (window.gone) throw new DOMException("", "NotFoundError");
		const c = new Real({ sampleRate: 48000 }), tone = create.call(c), gain = c.createGain(), out = c.createMediaStreamDestination();
		window.gain = gain.gain;
		gain.gain.value = 0.2;
		tone.connect(gain).connect(out);
		tone.start();
		void c.resume();
		window.streams.push(out.stream);
		return out.stream;
	};
	window.AudioContext = class extends Real { constructor(o) { super(o); window.contexts.push(this); } };
	BaseAudioContext.prototype.createOscillator = function () { window.beeps++; return create.call(this); };
	const look = () => { if (!window.told && document.querySelector("#call-trouble")?.textContent.includes("Micro đã " +
		"tắt")) window.told = performance.now(); };
	document.addEventListener("DOMContentLoaded", () => new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true }));
}`

// A microphone that dies while somebody speaks is told of within two seconds, on
// the page, by a sound and a shake, however it dies.
func TestBrowserMicrophoneDies(t *testing.T) {
	o := startIn(t, t.TempDir(), oneVillage)
	o.linked(t)
	o.wellAre(t, "loa-1")
	p := browser.Open(t, o.URL())
	p.Before(studioScript)
	for how, kill := range map[string][2]string{
		"ended": {`window.gone = true; window.streams.forEach((s) => s.getTracks().forEach((t) => t.stop()))`, `window.gone = false`},
		"suspended": {`window.contexts.forEach((c) => { c.resume = () => Promise.resolve(); void c.suspend(); })`,
			`window.contexts.forEach((c) => { delete c.resume; void c.resume(); })`},
		"zero": {`window.gain.value = 0`, `window.gain.value = 0.2`},
	} {
		p.Open(o.Token(), "/live")
		p.Do(chromedp.Click("#mic-check"))
		p.Sees("the microphone is ready", `document.querySelector("#mic").dataset.state === "ready"`)
		p.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#chime").checked = false`))
		p.Tap("#talk")
		p.State("air")
		p.Sees(
			"it is well",
			`document.querySelector("#call-trouble").hidden && Number(document.querySelector("#call-air").getAttribute("aria-valuenow")) > -40`,
		)
		at := time.Now()
		p.Do(
			chromedp.Evaluate[chromedp.Void](
				`window.told = window.beeps = window.shakes = 0; window.killed = performance.now(); ` + kill[0],
			),
		)
		p.Sees("told of it: "+how, `window.told > 0 && window.beeps > 0 && window.shakes > 0`)
		after, err := chromedp.Run(p.Ctx, chromedp.Evaluate[float64](`window.told - window.killed`))
		require.NoError(t, err)
		t.Logf("%s: told after %.0f ms", how, after)
		witness.Judge(t, at, time.Now(), func(t testing.TB) { require.Less(t, after, 2000.0, how) })
		require.Contains(t, p.Text("#call-trouble"), "bấm DỪNG", "what to do")
		p.Do(chromedp.Evaluate[chromedp.Void](kill[1]))
		p.Sees("it is back: "+how, `document.querySelector("#call-trouble").hidden`)
		p.Tap("#talk")
		p.State("ended")
	}
}
