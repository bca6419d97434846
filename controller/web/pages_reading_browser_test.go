package web_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"loa/cmd/prove/browser"
	"loa/controller"
)

// As one types, the page says how it will be read; where the reader is not sure,
// the other reading is one choice away and is written into the text.
func TestBrowserSaysHowItIsRead(t *testing.T) {
	o := startIn(t, t.TempDir(), twoVillages)
	p := browser.Open(t, o.URL())
	for page, before := range map[string]string{"/bulletins": `document.querySelector("input[name=way][value=text]").click()`,
		"/emergency": `document.querySelector("input[name=what][value=text]").click()`} {
		p.Open(o.Token(), page)
		p.Sees("the page "+page+" with its scripts", `document.querySelector(".reading") !== null`)
		p.Do(chromedp.Evaluate[chromedp.Void](before))
		p.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#text").value = ""; document.querySelector("#text").focus()`),
			chromedp.KeyEvent("Sáng 08h30 gặp HS, nộp XYZQ."))
		p.Sees("how it is read", `document.querySelector(".reading:not([hidden])")?.textContent.includes("tám giờ ba mươi phút")`)
		require.True(t, p.Evaluate(`[...document.querySelectorAll(".reading mark")].some((m) => m.title === "Viết: 08h30")`))
		require.True(t, p.Evaluate(`document.querySelector(".reading select.unknown").selectedOptions[0].textContent === "XYZQ"`))
		if page == "/bulletins" {
			p.Shot("reading-360", 360)
			p.Shot("reading-1024", 1024)
		}
		p.Do(chromedp.Evaluate[chromedp.Void](`{ const s = document.querySelector(".reading select.doubt"); s.value = "hồ sơ"; s.dispatchEvent(new Event("change")); }`))
		require.True(t, p.Evaluate(`document.querySelector("#text").value === "Sáng 08h30 gặp hồ sơ, nộp XYZQ."`))
		p.Sees("no doubt any more", `document.querySelector(".reading select.doubt") === null && document.querySelector(".reading").textContent.includes("hồ sơ")`)
		p.Do(chromedp.Evaluate[chromedp.Void](`{ const f = document.querySelector("#text"); f.value = ""; f.dispatchEvent(new Event("input", {bubbles: true})); }`))
		p.Sees("nothing to read", `document.querySelector(".reading").hidden`)
	}
}

// paste writes into the text of a page, as one who pastes.
func paste(p *browser.Person, text string) {
	p.T.Helper()
	p.Do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`{ const f = document.querySelector("#text"); f.focus(); f.value = %q; f.dispatchEvent(new Event("input", {bubbles: true})); }`, text)))
}

const readSo = `document.querySelector(".reading:not([hidden]) .said")?.textContent`

// What was chosen or typed over becomes the rule at one press, in both languages, on a
// phone: the word stands in the text again, and is read so.
func TestBrowserTeachesTheDictionary(t *testing.T) {
	o := startIn(t, t.TempDir(), twoVillages)
	p := browser.Open(t, o.URL())
	for _, c := range []struct{ lang, always, learnt, write, say string }{
		{"vi", "Luôn đọc như vậy", "Đã ghi vào từ điển", "HS", "hồ sơ"},
		{"en", "Always say it so", "It is in the commune's dictionary", "ĐT", "đường tỉnh"},
	} {
		p.Do(chromedp.EmulateViewport(360, 800), chromedp.Navigate(o.URL()+"/bulletins?lang="+c.lang+"&token="+o.Token()),
			chromedp.WaitVisible("main h1"))
		p.Sees("the page's scripts", `document.querySelector(".reading") !== null`)
		paste(p, "Gặp "+c.write+" ngay.")
		p.Sees("the doubt", `document.querySelector(".reading select.doubt") !== null`)
		p.Do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`{ const s = document.querySelector(".reading select.doubt"); s.value = %q; s.dispatchEvent(new Event("change")); }`, c.say)))
		p.Sees("the offer", fmt.Sprintf(`document.querySelector(".learn:not([hidden]) button")?.textContent === %q`, c.always))
		require.True(t, p.Evaluate(fmt.Sprintf(`document.querySelector("#text").value === "Gặp %s ngay."`, c.say)))
		p.Shot("learn-"+c.lang, 360)
		p.Do(chromedp.Click(".learn button"))
		p.Sees("that it was learnt", fmt.Sprintf(`document.querySelector(".learn:not([hidden])")?.textContent.includes(%q)`, c.learnt))
		p.Sees("the box read anew", fmt.Sprintf(`document.querySelector("#text").value === "Gặp %s ngay." && %s.includes("Gặp %s ngay.") && document.querySelector(".reading select") === null`, c.write, readSo, c.say))
	}
	// Typed over, as one corrects what nobody knows.
	paste(p, "Gặp XYZQ nhé.")
	p.Sees("what nobody knows", `document.querySelector(".reading .unknown") !== null`)
	p.Do(chromedp.Evaluate[chromedp.Void](`new Promise((done) => setTimeout(done, 50)).then(() => { const f = document.querySelector("#text"); f.value = "Gặp anh Sáu nhé."; f.dispatchEvent(new Event("input", {bubbles: true})); })`))
	p.Sees("the offer", `document.querySelector(".learn:not([hidden])")?.textContent.includes("“XYZQ”") && document.querySelector(".learn").textContent.includes("anh Sáu")`)
	require.Len(t, o.ask(t, "GET", "/api/v1/dictionary", nil).items(), 2)
	// A time that is corrected is no word for a dictionary.
	paste(p, "Họp 08h30.")
	p.Sees("the time", readSo+`.includes("tám giờ ba mươi")`)
	paste(p, "Họp 09h00.")
	p.Sees("the other time", readSo+`.includes("chín giờ")`)
	require.True(t, p.Evaluate(`document.querySelector(".learn").hidden`))
}

// A pasted document asks what of its paper is read; a table must be answered for
// before anything is made, and what is left out is not said and yet kept.
func TestBrowserAsksAboutThePaper(t *testing.T) {
	o := startIn(t, t.TempDir(), twoVillages)
	p := browser.Open(t, o.URL())
	p.Open(o.Token(), "/bulletins")
	p.Sees("the page's scripts", `document.querySelector(".reading") !== null`)
	const paper = "ỦY BAN NHÂN DÂN\nXÃ LA DẠ\nTHÔNG BÁO\nLịch cắt điện ngày 12/8 như sau:\nSTT\tThôn\tGiờ\n1\tThôn 1\t7h30-11h\n2\tThôn " +
		"2\t13h-17h\nXin thông báo.\n\nNơi nhận:\n- Như trên;\n- Lưu: VT."
	paste(p, paper)
	p.Sees("the parts", `document.querySelectorAll(".paper .part").length === 3`)
	require.True(t, p.Evaluate(`document.querySelector(".part.ask strong").textContent === "Bảng" && document.querySelector(".part.ask pre").textContent.includes("7h30-11h")`))
	require.True(t, p.Evaluate(readSo+`.includes("Như trên")`), "nothing is left out by itself")
	p.Shot("paper-360", 360)
	p.Shot("paper-1024", 1024)
	p.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#title").value = "Cắt điện"; document.querySelector("input[name=when][value=none]").click(); document.querySelector("#save").click()`))
	p.Sees("the question", `document.querySelector("#trouble:not([hidden])")?.textContent.includes("có bảng") && document.activeElement === document.querySelector(".part.ask select")`)
	p.Do(chromedp.Evaluate[chromedp.Void](`{ const s = document.querySelector(".part.ask select"); s.value = "read"; s.dispatchEvent(new Event("change")); }`))
	p.Sees("the answer", `document.querySelector(".part.ask") === null`)
	p.Do(chromedp.Evaluate[chromedp.Void](`[...document.querySelectorAll(".paper > button")].at(-1).click()`))
	p.Sees("that it is left out", `document.querySelectorAll(".part.gone").length === 2 && !`+readSo+`.includes("Như trên") && `+readSo+`.includes("mười một giờ")`)
	p.Do(chromedp.Evaluate[chromedp.Void](`window.before = true; location.reload()`))
	p.Sees("the choice after a reload", `!window.before && document.querySelectorAll(".part.gone").length === 2`)
	p.Do(chromedp.Evaluate[chromedp.Void](`{ const s = document.querySelector(".part.ask select"); s.value = "leave"; s.dispatchEvent(new Event("change")); }`))
	p.Sees("no more question", `document.querySelectorAll(".part.gone").length === 3`)
	p.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#title").value = "Cắt điện"; document.querySelector("input[name=when][value=none]").click(); document.querySelector("#save").click()`))
	p.Sees("that it is saved", `!document.querySelector("#done").hidden`)
	clip := o.ask(t, "GET", "/api/v1/clips", nil).items()[0]
	require.Equal(t, "Cắt điện\n"+paper, clip["text"], "behind its headline")
	require.Contains(t, clip["said"], "ngày mười hai tháng tám")
	for _, words := range []string{"Như trên", "Thôn một", "La Dạ"} {
		require.NotContains(t, clip["said"], words)
	}
}

// A voice that fails is told beside the form; the built-in one speaks when the person
// says so, in what they wanted: to listen, or to save.
func TestBrowserOffersTheBuiltInVoice(t *testing.T) {
	dir := t.TempDir()
	st := open(t, dir)
	twoVillages(t, st)
	require.NoError(t, st.Close())
	o := startWith(t, dir, func(c *controller.Config) {
		c.Voices = []controller.Engine{{Name: "piper", Command: []string{"sh", "-c", "cat >/dev/null; exit 1"}, Voices: []string{"mai"}}}
	})
	p := browser.Open(t, o.URL())
	p.Open(o.Token(), "/bulletins")
	p.Sees("the voice in the list", `[...document.querySelector("#voice").options].some((v) => v.text === "mai (piper)")`)
	paste(p, "Mời bà con đi họp tối nay.")
	p.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#listen").click()`))
	p.Sees("what is wrong", `document.querySelector("#trouble:not([hidden])")?.textContent.includes("piper") && !document.querySelector("#instead").hidden`)
	p.Shot("instead-360", 360)
	p.Do(chromedp.Click("#instead button"))
	p.Sees("the sound", `document.querySelector("#instead").hidden && !document.querySelector("#sound").hidden`)
	require.Contains(t, p.Text("#sound-note"), "giọng có sẵn")
}

// One listens from the sentence that is pressed; another place, or typing, ends it.
func TestBrowserListensFromASentence(t *testing.T) {
	o := startIn(t, t.TempDir(), twoVillages)
	p := browser.Open(t, o.URL())
	p.Open(o.Token(), "/bulletins")
	p.Sees("the page's scripts", `document.querySelector(".reading") !== null`)
	p.Do(chromedp.Evaluate[chromedp.Void](`window.asked = []; const real = window.fetch; window.fetch = (url, o) => { if (String(url).endsWith("/preview")) window.asked.push(JSON.parse(o.body).at); return real(url, o); }`))
	paste(p, "Kính chào bà con. Họp lúc 08h30 tại nhà văn hóa thôn một. Xin cảm ơn.")
	p.Sees("three sentences", `document.querySelectorAll(".sentence .play").length === 3`)
	p.Do(chromedp.Click(".sentence:nth-of-type(2) .play"))
	p.Sees("the second one sounding", `document.querySelectorAll(".sentence")[1].classList.contains("sounds") && !document.querySelector(".listening").hidden`)
	require.True(t, p.Evaluate(`window.asked[0] === 18`))
	p.Sees("the third one after it", `document.querySelectorAll(".sentence")[2].classList.contains("sounds")`)
	p.Sees("the end", `document.querySelector(".listening").hidden && document.querySelector(".sounds") === null`)
	p.Do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll(".sentence")[1].click()`))
	p.Sees("it again, by its words", `document.querySelectorAll(".sentence")[1].classList.contains("sounds")`)
	p.Do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll(".sentence .play")[0].click()`))
	p.Sees("the other place", `document.querySelectorAll(".sounds").length === 1 && document.querySelectorAll(".sentence")[0].classList.contains("sounds")`)
	p.Do(chromedp.Evaluate[chromedp.Void](`{ const f = document.querySelector("#text"); f.value += " Hết."; f.dispatchEvent(new Event("input", {bubbles: true})); }`))
	p.Sees("silence", `document.querySelector(".listening").hidden && document.querySelector(".sounds") === null`)
}

// The dictionary on a phone, in both languages: a word is put in, a built-in one is
// found and overridden.
func TestBrowserDictionary(t *testing.T) {
	o := startIn(t, t.TempDir(), twoVillages)
	p := browser.Open(t, o.URL())
	for _, lang := range []string{"vi", "en"} {
		p.Do(chromedp.EmulateViewport(360, 800), chromedp.Navigate(o.URL()+"/dictionary?lang="+lang+"&token="+o.Token()),
			chromedp.WaitVisible("main h1"))
		p.Sees("the page's scripts", `!document.querySelector("#hear").hidden`)
		p.Shot("dictionary-"+lang, 360)
		p.Do(chromedp.Evaluate[chromedp.Void](`{ const s = document.querySelector("#search"); s.value = "bảo hiểm y tế"; s.dispatchEvent(new Event("input", {bubbles: true})); }`))
		p.Sees("fewer words", `document.querySelectorAll("#list > li:not([hidden])").length < 20 && /^\d+ /.test(document.querySelector("#count").textContent)`)
		p.Do(chromedp.Evaluate[chromedp.Void](`[...document.querySelectorAll("#list > li:not([hidden])")].find((l) => l.textContent.startsWith("BHYT →")).querySelector("a").click()`))
		p.Comes("the word in the form", `document.querySelector("input[name=write]").value === "BHYT"`)
		p.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector("input[name=say]").value = "thẻ khám bệnh"`))
		p.Do(chromedp.Click("#word button[type=submit]"))
		p.Comes("the word in both lists", `document.querySelector(".words strong")?.textContent === "BHYT" && document.querySelector("#list .over strong")?.textContent === "BHYT"`)
		p.Do(chromedp.Click(".words .danger"))
		p.Comes("it as it was", `location.search === "?saved" && document.querySelector("#list .over") === null`)
	}
}
