package web_test

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"loa/cmd/prove/browser"
)

// A recording of two channels that is cut in the browser keeps both: here they are opposite,
// and the mean of them, which one channel would be, is silence. Which is heard the office
// judges, and says so.
func TestBrowserCutsTwoChannels(t *testing.T) {
	o := startIn(t, t.TempDir(), twoVillages)
	voice := speech(t, "Bà con chú ý, chiều nay cắt điện từ 14 giờ đến 16 giờ để sửa đường dây.")
	path := filepath.Join(t.TempDir(), "hai_kenh.wav")
	said, err := exec.CommandContext(t.Context(), "ffmpeg", "-v", "error", "-i", voice, "-af", "pan=stereo|c0=c0|c1=-1*c0",
		path).CombinedOutput()
	require.NoError(t, err, string(said))
	p := o.planner(browser.Open(t, o.URL()), "/bulletins")
	p.write("Cắt điện")
	p.click("label:has([value=upload])")
	p.Do(chromedp.SetUploadFiles("#file", []string{path}))
	p.Sees("the wave", `!document.querySelector("#sound").hidden`)
	p.Do(chromedp.Evaluate[chromedp.Void](`(() => { for (const [id, v] of [["trim-from", 1], ["trim-to", 2.5]]) { const r = document.querySelector("#" + id); r.value = v; r.dispatchEvent(new Event("input")); } })()`))
	p.click("label:has([name=when][value=none])")
	p.click("#save")
	p.Sees("it is saved", `document.querySelector("#done").textContent.includes("Đã lưu “Cắt điện”")`)
	var clips struct {
		Items []struct{ Seconds float64 }
	}
	res := o.ask(t, "GET", "/api/v1/clips", nil)
	res.into(200, &clips)
	require.Len(t, clips.Items, 1)
	require.InDelta(t, 1.5, clips.Items[0].Seconds, 0.15, "what was cut off is not in it, and what was left is heard")
	require.Contains(t, string(res.body), "channels_opposite")
}
