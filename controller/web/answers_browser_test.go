package web_test

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"loa/cmd/prove/browser"
	"loa/controller"
)

// photoFile is a photo of a slope, larger than what is kept of it.
func photoFile(t *testing.T) string {
	t.Helper()
	p := image.NewRGBA(image.Rect(0, 0, 2400, 1800))
	for i := range p.Pix {
		p.Pix[i] = uint8(i >> 14) // bands, as of a slope
	}
	p.Set(1, 1, color.White)
	path := filepath.Join(t.TempDir(), "IMG_0001.jpg")
	f, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, jpeg.Encode(f, p, nil))
	require.NoError(t, f.Close())
	return path
}

// A villager on a small telephone without scripts, who has the address of his notice board,
// says that he did not hear well, and sends a message with a photo; the village head sees it
// at once, answers, and he reads it under his code.
func TestBrowserAVillagerAnswers(t *testing.T) {
	t.Parallel()
	o := openToAll(t, func(c *controller.Config) { c.PublicURL = "" })
	o.member(t, "head", "thon-1")
	head := browser.Open(t, o.URL())
	head.Before(`window.rang = 0; const Sound = AudioContext; window.AudioContext = class extends Sound { constructor() { super(); window.rang++; } };`)
	signIn(head, "head")
	head.Do(chromedp.Navigate(o.URL() + "/replay/sheets/thon-1"))
	code := regexp.MustCompile(`/q/([a-z0-9]{7})`).FindStringSubmatch(head.Text("main"))
	require.NotNil(t, code, head.Text("main"))
	head.Do(chromedp.Navigate(o.URL()+"/situation"), chromedp.WaitVisible("main h1"))
	require.Contains(t, head.Text("main"), "Chưa có tin nào.")

	people := "http://" + controller.PublicAddr(o.App)
	villager := browser.Open(t, people)
	_, err := chromedp.Call(villager.Ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	require.NoError(t, err)
	villager.Do(chromedp.EmulateViewport(360, 740), chromedp.Navigate(people+code[0]), chromedp.WaitVisible("main h1"))
	villager.Do(chromedp.Click(`.taps button[value="unclear"]`), chromedp.WaitVisible(".thanks"))
	require.Contains(t, villager.Text(".thanks"), "Không rõ")
	villager.Do(chromedp.Navigate(people+code[0]), chromedp.Click(`a[href$="/bao-tin"]`), chromedp.WaitVisible("form.report"))
	villager.Do(chromedp.Click(`input[value="landslide"]`), chromedp.SendKeys(`[name="words"]`, "Đất sạt ở dốc đá, xe không qua được"),
		chromedp.SendKeys(`[name="phone"]`, "0912 345 678"), chromedp.SendKeys(`[name="latitude"]`, "11,2512"),
		chromedp.SendKeys(`[name="longitude"]`, "108,0123"), chromedp.SetUploadFiles(`[name="photo"]`, []string{photoFile(t)}),
		chromedp.Click("button.send"), chromedp.WaitVisible(".receipt"))
	require.Contains(t, villager.Text("main"), "Đã gửi đến xã.")
	receipt := strings.TrimSpace(villager.Text(".receipt"))
	require.Regexp(t, "^[2-9a-z]{10}$", receipt)

	head.Comes("the message, by itself", `document.querySelector("main").innerText.includes("Đất sạt ở dốc đá")`)
	text := head.Text("main")
	for _, want := range []string{"Sạt lở", "0912345678", "11.2512, 108.0123", "Ảnh", "nghe rõ 0 · không rõ 1 · không nghe 0"} {
		require.Contains(t, text, want)
	}
	head.Comes("the bell", `document.querySelector("#notices").innerText.includes("Tin khẩn của bà con: Sạt lở")`)
	head.Comes("which rings once", `window.rang === 1`)
	path := o.ask(t, "GET", "/api/v1/messages", nil).items()[0]["photo"].(string)
	kept := o.ask(t, "GET", path, nil).body
	require.LessOrEqual(t, len(kept), 300<<10)
	picture, err := jpeg.Decode(bytes.NewReader(kept))
	require.NoError(t, err)
	require.Equal(t, image.Pt(1600, 1200), picture.Bounds().Size())
	head.Do(chromedp.SetValue(`[name="state"]`, "doing"), chromedp.SendKeys(`[name="reply"]`, "Máy xúc đang lên, bà con chờ ở nhà văn hóa."),
		chromedp.Click(`details form[action^="/situation/"] button.main`))
	head.Comes("it is in hand", `document.querySelector("main .item .head").innerText.includes("đang xử lý")`)

	for _, width := range []int64{360, 1024} {
		head.Shot(fmt.Sprint("situation-", width), width)
	}

	villager.Do(chromedp.Navigate(people+"/tin"), chromedp.SendKeys(`[name="ma"]`, strings.ToUpper(receipt)), chromedp.Click("button.send"),
		chromedp.WaitVisible(".steps"))
	require.Contains(t, villager.Text("main"), "Máy xúc đang lên, bà con chờ ở nhà văn hóa.")
	require.Equal(t, "đang xử lý", strings.TrimSpace(villager.Text(".steps .on")))
	require.NotContains(t, villager.Text("main"), "Đất sạt")

	reader := newReader(t, people)
	for _, path := range []string{code[0], code[0] + "?lang=en", code[0] + "/bao-tin", "/tin", "/tin/" + receipt,
		"/tin/" + receipt + "?sent&lang=en",
		"/rieng-tu", "/rieng-tu?lang=en", "/q/abcdefg"} {
		reader.Do(chromedp.Navigate(people+path), chromedp.WaitVisible("main h1"))
		found, err := chromedp.Run(reader.Ctx, chromedp.Evaluate[string](findings, chromedp.EvalAwaitPromise))
		require.NoError(t, err)
		require.Equal(t, "[]", found, path)
		reader.Shot("answers-"+strings.Trim(strings.NewReplacer("/", "-", "?", "-", code[1], "code", receipt, "receipt").Replace(path), "-"), 360)
	}
}

// newReader is somebody on a small telephone, whose pages axe-core looks at.
func newReader(t *testing.T, url string) *browser.Person {
	t.Helper()
	p := browser.Open(t, url)
	axe, err := os.ReadFile(filepath.Join("pages", "node_modules", "axe-core", "axe.min.js"))
	require.NoError(t, err, "npm ci installs it")
	p.Before(string(axe))
	p.Do(chromedp.EmulateViewport(360, 740))
	return p
}
