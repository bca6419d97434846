package web_test

import (
	"os"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"loa/cmd/prove/browser"
)

// Bản tin: typed and scheduled with at most five clicks, to one village or,
// after a sentence that says what that means, to all.
func TestBrowserTypesAndSchedulesABulletin(t *testing.T) {
	o := startIn(t, t.TempDir(), twoVillages)
	p := o.planner(browser.Open(t, o.URL()), "/bulletins")
	p.write("Mời họp thôn")
	p.click("#text")
	p.write("Kính mời bà con dự họp lúc 19 giờ.")
	p.click("label:has([name=when][value=morning])")
	p.click("#save")
	p.Sees("it asks, for all would hear it", `document.querySelector("#sure").open`)
	require.Regexp(t, `Phát “Mời họp thôn” ở Xã La Dạ: 3 cụm loa, dài 0:0\d, lúc 05:00 \d\d/\d\d/\d{4}\.`, p.Text("#sure-what"))
	require.Empty(t, o.programmes(t), "nothing is done before the answer")
	p.Shot("bulletin-sure-1024", 1024)
	p.click("#sure-yes")
	p.Sees("it is scheduled", `document.querySelector("#done").textContent.includes("Đã đặt lịch")`)
	require.LessOrEqual(t, p.clicks, 5)
	t.Logf("typed and scheduled to all with %d clicks", p.clicks)
	require.Contains(t, p.Text("#done"), "Đã duyệt")
	p.Sees("the list has it", `document.querySelector("#list").innerText.includes("Phát tiếp 05:00")`)

	all := o.programmes(t)
	require.Len(t, all, 1)
	require.Equal(t, "approved", all[0].Approval.State)
	require.Equal(t, []string{"la-da"}, all[0].Targets.Areas)
	require.Equal(t, "22:00", all[0].At.UTC().Format("15:04"), "05:00 in the commune")
	require.True(t, all[0].At.After(time.Now()) && all[0].At.Before(time.Now().Add(25*time.Hour)))
	b := o.bulletins(t)[0]
	require.Equal(t, "Kính mời bà con dự họp lúc 19 giờ.", b.Summary)
	require.Equal(t, all[0].Rundown[1].Bulletin, b.ID)

	// to one village nobody has to be asked; what was chosen is remembered
	p.clicks = 0
	p.Do(chromedp.Navigate(p.URL+"/bulletins"), chromedp.WaitVisible("main h1"))
	p.write("Tiêm phòng")
	p.click("#text")
	p.write("Trạm y tế tiêm phòng sáng mai.")
	p.click(`.place:has([value="la-da"])`)
	p.click(`.place:has([value="thon-1"])`)
	p.click("#save")
	p.Sees("it is scheduled", `document.querySelector("#done").textContent.includes("ở Thôn 1")`)
	require.LessOrEqual(t, p.clicks, 5)
	t.Logf("typed and scheduled to one village with %d clicks", p.clicks)
	require.Equal(t, []string{"thon-1"}, o.programmes(t)[1].Targets.Areas)

	// a draft survives a reload; the place of the last one is chosen again
	p.click("#title")
	p.write("Nháp dở")
	p.Do(chromedp.Navigate(p.URL+"/bulletins"), chromedp.WaitVisible("main h1"))
	p.Sees("the draft is there", `document.querySelector("#title").value === "Nháp dở"`)
	require.True(t, p.Evaluate(`document.querySelector('[value="thon-1"]').checked && !document.querySelector('[value="la-da"]').checked`))

	// what is missing is said, where it is missing
	p.click("#save")
	p.Sees("no text", `document.querySelector("#trouble").textContent.startsWith("Chưa có lời đọc") && document.activeElement.id === "text"`)

	// one that was made is used again
	p.click(`article[data-title="Mời họp thôn"] [data-reuse]`)
	p.click("label:has([name=when][value=daily])")
	p.click("#save")
	p.Sees("it is scheduled", `document.querySelector("#done").textContent.includes("hằng ngày lúc 17:00")`)
	last := o.programmes(t)[2]
	require.Equal(t, []string{"0 17 * * *"}, last.Cron)
	require.Equal(t, b.ID, last.Rundown[1].Bulletin)
	p.click(`article[data-title="Mời họp thôn"] [data-reuse]`)
	p.click("label:has([name=when][value=weekly])")
	p.click("#save")
	p.Sees("it asks for the days", `document.querySelector("#trouble").textContent.startsWith("Chưa chọn ngày trong tuần")`)
	p.click(`label:has([name=weekday][value="1"])`)
	p.click(`label:has([name=weekday][value="5"])`)
	p.Shot("bulletin-weekly-1024", 1024)
	p.click("#save")
	p.Sees("it is scheduled", `document.querySelector("#done").textContent.includes("hằng tuần, Thứ Hai, Thứ Sáu, lúc 17:00")`)
	require.Equal(t, []string{"0 17 * * 1,5"}, o.programmes(t)[3].Cron)

	// its title is changed in the list
	p.click(`article[data-title="Mời họp thôn"] summary`)
	p.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector('article[data-title="Mời họp thôn"] .rename input').value = "Mời họp xã"`))
	p.click(`article[data-title="Mời họp thôn"] .rename button`)
	p.Sees("the new title", `document.querySelector('article[data-title="Mời họp xã"]') !== null`)
	p.Sees("searched", `(() => { const s = document.querySelector("#search"); s.value = "tiêm"; s.dispatchEvent(new Event("input")); return document.querySelectorAll("article:not([hidden])").length === 1; })()`)
}

// News that comes while a button is down does not take it away: the click is not lost.
func TestBrowserAPressIsNotLost(t *testing.T) {
	o := startIn(t, t.TempDir(), twoVillages)
	clip := o.clip(t, "Mời bà con đi họp.")
	add := func(title string) {
		o.ask(t, "POST", "/api/v1/bulletins", object{"title": title, "clips": object{"vi": clip}}).into(201, nil)
	}
	add("Mời họp")
	p := o.planner(browser.Open(t, o.URL()), "/bulletins")
	p.Sees("the bulletin", `document.querySelector('[data-title="Mời họp"] [data-reuse]') !== null`)
	p.Do(chromedp.Evaluate[chromedp.Void](`(() => {
		window.held = document.querySelector('[data-title="Mời họp"] [data-reuse]');
		held.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
		window.news = new EventSource("/api/v1/events");
		news.onopen = () => (window.listens = true);
		news.addEventListener("changed", () => (window.heard = performance.now()));
	})()`))
	p.Sees("it listens", `window.listens`)
	add("Tiêm phòng")
	p.Sees("the page has had time to look", `performance.now() > window.heard + 1500`)
	p.Do(chromedp.Evaluate[chromedp.Void](`news.close()`))
	require.True(t, p.Evaluate(`window.held.isConnected && document.querySelector('[data-title="Tiêm phòng"]') === null`))
	p.Do(chromedp.Evaluate[chromedp.Void](`held.dispatchEvent(new PointerEvent("pointerup", { bubbles: true })); held.click()`))
	p.Sees("then the list is true again", `document.querySelector('[data-title="Tiêm phòng"]') !== null`)
	p.click("label:has([name=when][value=weekly])")
	p.click("#save")
	p.Sees("it is used again", `document.querySelector("#trouble").textContent.startsWith("Chưa chọn ngày trong tuần")`)
}

// A voice is recorded in the browser, seen, cut at its ends and uploaded; a
// file too.
func TestBrowserRecordsAndUploadsABulletin(t *testing.T) {
	o := startIn(t, t.TempDir(), twoVillages)
	path := speech(t, "Bà con chú ý, chiều nay cắt điện từ 14 giờ đến 16 giờ để sửa đường dây.")
	p := o.planner(browser.Speaking(t, o.URL(), path), "/bulletins")
	p.write("Cắt điện")
	p.click("label:has([value=record])")
	p.click("#record")
	p.Sees("the level moves", `Number(document.querySelector("#mic-level").getAttribute("aria-valuenow")) > -50`)
	p.Sees("three seconds", `/0:(0[3-9]|[1-5]\d)/.test(document.querySelector("#record-line").textContent)`)
	p.click("#record")
	p.Sees("the wave", `!document.querySelector("#sound").hidden && document.querySelector("#record-line").textContent.startsWith("Đã ghi")`)
	require.True(t, p.Evaluate(`(() => { const c = document.querySelector("#wave"); return c.getContext("2d").getImageData(0, 0, c.width, c.height).data.some((v) => v > 0); })()`))
	p.Do(chromedp.Evaluate[chromedp.Void](`(() => { for (const [id, v] of [["trim-from", 1], ["trim-to", 2.5]]) { const r = document.querySelector("#" + id); r.value = v; r.dispatchEvent(new Event("input")); } })()`))
	require.Contains(t, p.Text("#sound-time"), "/ 0:02")
	p.Shot("bulletin-record-360", 360)
	p.Do(chromedp.EmulateViewport(1024, 900))
	p.click("label:has([name=when][value=none])")
	p.click("#save")
	p.Sees("it is saved", `document.querySelector("#done").textContent.includes("Đã lưu “Cắt điện”")`)
	var clips struct {
		Items []struct {
			ID      string
			Seconds float64
			Kind    string
		}
	}
	o.ask(t, "GET", "/api/v1/clips", nil).into(200, &clips)
	require.Len(t, clips.Items, 1)
	require.InDelta(t, 1.5, clips.Items[0].Seconds, 0.15, "what was cut off is not in it")
	require.Equal(t, "recording", clips.Items[0].Kind)
	require.Empty(t, o.programmes(t))

	// a file, whole
	wav := t.TempDir() + "/hop_thon.wav"
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(wav, data, 0o600))
	p.click("label:has([value=upload])")
	p.Do(chromedp.SetUploadFiles("#file", []string{wav}))
	p.Sees("the wave, and a title", `!document.querySelector("#sound").hidden && document.querySelector("#title").value === "hop thon"`)
	p.Do(chromedp.Evaluate[chromedp.Void](`window.seen = []; new MutationObserver(() => window.seen.push(document.querySelector("#progress-line").textContent)).observe(document.querySelector("#progress"), { subtree: true, childList: true })`))
	p.click("#save")
	p.Sees("it is saved", `document.querySelector("#done").textContent.includes("Đã lưu “hop thon”")`)
	require.True(t, p.Evaluate(`window.seen.some((s) => s.startsWith("Đang tải lên"))`), "how far it is was shown")
	require.Len(t, o.bulletins(t), 2)

	// the first of them in another language: the machine cannot speak it, a recording can
	row := `#list article[data-title="Cắt điện"] `
	p.click(row + "[data-variant]")
	p.Sees("a further language, and nothing else to fill in",
		`!document.querySelector("#variant").hidden && document.querySelector("#language").value === "tyz" && !document.querySelector("#title").checkVisibility() && !document.querySelector("#when").checkVisibility()`)
	p.click("label:has([value=text])")
	p.Do(chromedp.SendKeys("#text", "Chiều nay tặt điện."))
	p.click("#save")
	p.Sees("why not, and what to do", `document.querySelector("#trouble").textContent.includes("hãy ghi âm hoặc tải tệp lên")`)
	p.click("label:has([value=upload])")
	p.Do(chromedp.SetUploadFiles("#file", []string{wav}))
	p.Sees("the wave", `!document.querySelector("#sound").hidden`)
	p.click("#save")
	p.Sees("it is saved", `document.querySelector("#done").textContent.includes("có thêm Tày") && document.querySelector("#variant").hidden && document.querySelector("#title").checkVisibility()`)
	p.Sees("both are in the list", "document.querySelectorAll(`"+row+".spoken li`).length === 2 && "+
		"document.querySelector(`"+row+".spoken`).textContent.includes(\"Tiếng Việt\")")
	p.Shot("bulletin-languages-1024", 1024)
	p.Shot("bulletin-languages-360", 360)
	p.click(row + "[data-first]")
	p.Sees("the other comes first", "document.querySelector(`"+row+".spoken li`).dataset.code === \"tyz\"")
	p.click(row + "[data-code=tyz] [data-drop]")
	p.Sees("it is gone", "!document.querySelector(`"+row+".spoken`)")
}

// A recording is replaced on the bulletin's own page: recorded anew, cut, or
// another file; the bulletin stays what it is.
func TestBrowserReplacesARecording(t *testing.T) {
	o := startIn(t, t.TempDir(), oneVillage)
	path := speech(t, "Bà con chú ý, chiều nay cắt điện từ 14 giờ đến 16 giờ để sửa đường dây.")
	spoken := o.clip(t, "Chiều nay cắt điện.")
	made := o.ask(t, "POST", "/api/v1/bulletins", object{"title": "Cắt điện", "clips": object{"vi": spoken}}).object(201)["id"].(string)
	p := o.planner(browser.Speaking(t, o.URL(), path), "/bulletins/"+made)
	p.click("#save")
	p.Sees("what is missing", `document.querySelector("#trouble").textContent.startsWith("Chưa chọn tệp")`)
	p.click("#replace label:has([value=record])")
	p.click("#record")
	p.Sees("two seconds", `/0:(0[2-9]|[1-5]\d)/.test(document.querySelector("#record-line").textContent)`)
	p.click("#record")
	p.Sees("the wave", `!document.querySelector("#sound").hidden`)
	p.Shot("bulletin-replace-360", 360)
	p.Shot("bulletin-replace-1024", 1024)
	p.click("#save")
	p.Comes("it is saved", `location.search === "?saved" && document.querySelector(".well") !== null`)
	recorded := o.bulletins(t)[0]
	require.Equal(t, made, recorded.ID)
	require.NotEqual(t, spoken, recorded.Clips["vi"])
	p.Do(chromedp.SetUploadFiles("#file", []string{path}))
	p.Sees("the wave of the file", `!document.querySelector("#sound").hidden`)
	p.Do(chromedp.Evaluate[chromedp.Void](`history.replaceState(null, "", location.pathname)`))
	p.click("#save")
	p.Comes("it is saved again", `location.search === "?saved" && document.querySelector(".well") !== null`)
	require.NotContains(t, []string{spoken, recorded.Clips["vi"]}, o.bulletins(t)[0].Clips["vi"])
}
