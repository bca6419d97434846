package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// planner is a person who makes bulletins, and counts the clicks.
type planner struct {
	*person
	clicks int
	held   string // what stood at the airing in hand, when it was last let go
}

func (o *office) planner(path, voice string) *planner {
	o.t.Helper()
	p := &planner{person: o.person(voice)}
	p.Open(o.token, path)
	p.Do(chromedp.EmulateViewport(1024, 900))
	return p
}

// click presses what a person sees; typing is no click.
func (p *planner) click(selector string) {
	p.T.Helper()
	p.clicks++
	p.Do(chromedp.Click(selector))
}

// write types into what has the focus.
func (p *planner) write(text string) {
	p.T.Helper()
	p.Do(chromedp.KeyEvent(text))
}

type plannedBulletin struct {
	ID, Title, Summary, Class, Field string
	Clips                            map[string]string
	Expires                          *time.Time
}

type plannedProgramme struct {
	ID, Title string
	At        *time.Time
	Cron      []string
	Except    []string
	Skipped   []time.Time
	Seconds   float64
	Until     *time.Time
	Targets   struct{ Areas []string }
	Approval  struct{ State string }
	Rundown   []struct{ Bulletin string }
}

func (o *office) programmes() (all []plannedProgramme) {
	o.t.Helper()
	var list struct{ Items []plannedProgramme }
	o.send(http.MethodGet, "/api/v1/programmes", nil, &list)
	return list.Items
}

func (o *office) bulletins() []plannedBulletin {
	o.t.Helper()
	var list struct{ Items []plannedBulletin }
	o.send(http.MethodGet, "/api/v1/bulletins", nil, &list)
	return list.Items
}

// Bản tin: typed and scheduled with at most five clicks, to one village or,
// after a sentence that says what that means, to all.
func TestBrowserTypesAndSchedulesABulletin(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.villages()
	p := o.planner("/bulletins", "")
	p.write("Mời họp thôn")
	p.click("#text")
	p.write("Kính mời bà con dự họp lúc 19 giờ.")
	p.click("label:has([name=when][value=morning])")
	p.click("#save")
	p.Sees("it asks, for all would hear it", `document.querySelector("#sure").open`)
	require.Regexp(t, `Phát “Mời họp thôn” ở Xã La Dạ: 3 cụm loa, dài 0:0\d, lúc 05:00 \d\d/\d\d/\d{4}\.`, p.Text("#sure-what"))
	require.Empty(t, o.programmes(), "nothing is done before the answer")
	p.Shot("bulletin-sure-1024", 1024)
	p.click("#sure-yes")
	p.Sees("it is scheduled", `document.querySelector("#done").textContent.includes("Đã đặt lịch")`)
	require.LessOrEqual(t, p.clicks, 5)
	t.Logf("typed and scheduled to all with %d clicks", p.clicks)
	require.Contains(t, p.Text("#done"), "Đã duyệt")
	p.Sees("the list has it", `document.querySelector("#list").innerText.includes("Phát tiếp 05:00")`)

	all := o.programmes()
	require.Len(t, all, 1)
	require.Equal(t, "approved", all[0].Approval.State)
	require.Equal(t, []string{"la-da"}, all[0].Targets.Areas)
	require.Equal(t, "22:00", all[0].At.UTC().Format("15:04"), "05:00 in the commune")
	require.True(t, all[0].At.After(time.Now()) && all[0].At.Before(time.Now().Add(25*time.Hour)))
	b := o.bulletins()[0]
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
	require.Equal(t, []string{"thon-1"}, o.programmes()[1].Targets.Areas)

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
	last := o.programmes()[2]
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
	require.Equal(t, []string{"0 17 * * 1,5"}, o.programmes()[3].Cron)

	// its title is changed in the list
	p.click(`article[data-title="Mời họp thôn"] summary`)
	p.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector('article[data-title="Mời họp thôn"] .rename input').value = "Mời họp xã"`))
	p.click(`article[data-title="Mời họp thôn"] .rename button`)
	p.Sees("the new title", `document.querySelector('article[data-title="Mời họp xã"]') !== null`)
	p.Sees("searched", `(() => { const s = document.querySelector("#search"); s.value = "tiêm"; s.dispatchEvent(new Event("input")); return document.querySelectorAll("article:not([hidden])").length === 1; })()`)
}

// A voice is recorded in the browser, seen, cut at its ends and uploaded; a
// file too.
func TestBrowserRecordsAndUploadsABulletin(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.villages()
	path, _ := speech(t, "Bà con chú ý, chiều nay cắt điện từ 14 giờ đến 16 giờ để sửa đường dây.")
	p := o.planner("/bulletins", path)
	p.write("Cắt điện")
	p.click("label:has([value=record])")
	p.click("#record")
	p.Sees("the level moves", `Number(document.querySelector("#mic-level").getAttribute("aria-valuenow")) > -50`)
	p.Sees("three seconds", `document.querySelector("#record-line").textContent.includes("0:03")`)
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
	o.send(http.MethodGet, "/api/v1/clips", nil, &clips)
	require.Len(t, clips.Items, 1)
	require.InDelta(t, 1.5, clips.Items[0].Seconds, 0.15, "what was cut off is not in it")
	require.Equal(t, "recording", clips.Items[0].Kind)
	require.Empty(t, o.programmes())

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
	require.Len(t, o.bulletins(), 2)

	// the first of them in another language: the machine cannot speak it, a recording can
	row := `#list article[data-title="Cắt điện"] `
	p.click(row + "[data-variant]")
	p.Sees("a further language, and nothing else to fill in", `!document.querySelector("#variant").hidden && document.querySelector("#language").value === "tyz" && !document.querySelector("#title").checkVisibility() && !document.querySelector("#when").checkVisibility()`)
	p.click("label:has([value=text])")
	p.Do(chromedp.SendKeys("#text", "Chiều nay tặt điện."))
	p.click("#save")
	p.Sees("why not, and what to do", `document.querySelector("#trouble").textContent.includes("hãy ghi âm hoặc tải tệp lên")`)
	p.click("label:has([value=upload])")
	p.Do(chromedp.SetUploadFiles("#file", []string{wav}))
	p.Sees("the wave", `!document.querySelector("#sound").hidden`)
	p.click("#save")
	p.Sees("it is saved", `document.querySelector("#done").textContent.includes("có thêm Tày") && document.querySelector("#variant").hidden && document.querySelector("#title").checkVisibility()`)
	p.Sees("both are in the list", "document.querySelectorAll(`"+row+".spoken li`).length === 2 && document.querySelector(`"+row+".spoken`).textContent.includes(\"Tiếng Việt\")")
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
	t.Parallel()
	o := newOffice(t)
	o.places()
	path, _ := speech(t, "Bà con chú ý, chiều nay cắt điện từ 14 giờ đến 16 giờ để sửa đường dây.")
	var spoken clipAnswer
	o.send(http.MethodPost, "/api/v1/speech", map[string]any{"text": "Chiều nay cắt điện."}, &spoken)
	var made plannedBulletin
	o.send(http.MethodPost, "/api/v1/bulletins", map[string]any{"title": "Cắt điện", "clips": map[string]any{"vi": spoken.ID}}, &made)
	p := o.planner("/bulletins/"+made.ID, path)
	p.click("#save")
	p.Sees("what is missing", `document.querySelector("#trouble").textContent.startsWith("Chưa chọn tệp")`)
	p.click("#replace label:has([value=record])")
	p.click("#record")
	p.Sees("two seconds", `document.querySelector("#record-line").textContent.includes("0:02")`)
	p.click("#record")
	p.Sees("the wave", `!document.querySelector("#sound").hidden`)
	p.Shot("bulletin-replace-360", 360)
	p.Shot("bulletin-replace-1024", 1024)
	p.click("#save")
	p.Comes("it is saved", `location.search === "?saved" && document.querySelector(".well") !== null`)
	recorded := o.bulletins()[0]
	require.Equal(t, made.ID, recorded.ID)
	require.NotEqual(t, spoken.ID, recorded.Clips["vi"])
	p.Do(chromedp.SetUploadFiles("#file", []string{path}))
	p.Sees("the wave of the file", `!document.querySelector("#sound").hidden`)
	p.Do(chromedp.Evaluate[chromedp.Void](`history.replaceState(null, "", location.pathname)`))
	p.click("#save")
	p.Comes("it is saved again", `location.search === "?saved" && document.querySelector(".well") !== null`)
	require.NotContains(t, []string{spoken.ID, recorded.Clips["vi"]}, o.bulletins()[0].Clips["vi"])
}

// daily puts a programme of every day into the calendar.
func (o *office) daily(title string) string {
	o.t.Helper()
	var p plannedProgramme
	o.send(http.MethodPost, "/api/v1/programmes", map[string]any{"title": title, "class": "normal", "cron": "30 15 * * *",
		"targets": map[string]any{"areas": []string{"la-da"}}, "rundown": []any{map[string]any{"chime": true}, map[string]any{"gap_s": 20}}}, &p)
	return p.ID
}

func (o *office) planned(id string) (p plannedProgramme) {
	o.t.Helper()
	o.send(http.MethodGet, "/api/v1/programmes/"+id, nil, &p)
	return p
}

// Lịch phát: one airing is cancelled with at most three clicks, and comes back
// within ten seconds by one more; by keyboard, by mouse, and by drag it moves.
func TestBrowserCalendar(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.villages()
	o.send(http.MethodPut, "/api/v1/quiet", map[string]any{"items": []any{map[string]any{"from": "21:30", "to": "04:45"}}}, nil)
	id := o.daily("Bản tin chiều")
	next := time.Now().AddDate(0, 0, 7).In(time.FixedZone("", 7*3600)).Format(time.DateOnly)
	p := o.planner("/calendar/week/"+next, "")
	slots := `.slot[data-programme="` + id + `"]`
	p.Sees("a week of it", fmt.Sprintf(`document.querySelectorAll(%q).length === 7`, slots))

	third := fmt.Sprintf(`.c2 %s`, slots)
	p.click(third)
	p.click("#skip")
	p.Sees("it is called off", fmt.Sprintf(`document.querySelector(%q)?.dataset.state === "skipped"`, third))
	require.LessOrEqual(t, p.clicks, 3)
	t.Logf("cancelled one airing with %d clicks", p.clicks)
	require.Len(t, o.planned(id).Skipped, 1)
	require.Regexp(t, `Hoàn tác \((10|[6-9])\)`, p.Text("#toast-undo"))
	p.click("#toast-undo")
	p.Sees("it is back", fmt.Sprintf(`document.querySelector(%q)?.dataset.state === "planned"`, third))
	require.Empty(t, o.planned(id).Skipped)

	// the undo is there for ten seconds, and then it is not
	p.click(third)
	p.click("#skip")
	skipped := time.Now()
	p.Sees("the undo is gone", `document.querySelector("#toast").hidden`)
	require.InDelta(t, 10, time.Since(skipped).Seconds(), 1.5)

	// moved by keyboard alone: this one
	fourth := fmt.Sprintf(`.c3 %s`, slots)
	p.Do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelector(%q).focus()`, fourth)), chromedp.KeyEvent("\r"))
	p.Sees("the panel", `document.querySelector("#panel").open`)
	for _, width := range []int64{360, 1024} {
		p.Shot(fmt.Sprint("calendar-panel-", width), width)
	}
	p.Do(chromedp.EmulateViewport(1024, 900))
	p.Do(chromedp.Evaluate[chromedp.Void](`(() => { const h = document.querySelector("#move-hour"); h.focus(); h.select(); })()`), chromedp.KeyEvent("0945\r"))
	p.Sees("it names the villages", `document.querySelector("#sure").open && document.querySelector("#sure-what").textContent.includes("MỌI thôn: Thôn 1, Thôn 2")`)
	require.Regexp(t, `09:45 .*dài 0:\d\d, ở Xã La Dạ: 3 cụm loa`, p.Text("#sure-what"))
	p.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#sure-yes").focus()`), chromedp.KeyEvent("\r"))
	p.Sees("moved", `document.querySelector(".c3 .slot.b9.m45")?.innerText.startsWith("09:45")`)
	all := o.programmes()
	require.Len(t, all, 2, "what was moved is a programme of its own")
	require.Len(t, o.planned(id).Skipped, 2)
	require.Equal(t, "02:45", all[1].At.UTC().Format("15:04"))

	// dragged: the moved one, to the next day and to a time of five minutes
	p.dragTo(".c3 .slot.b9", ".c4", 11*60+25, 0)
	p.click("#sure-yes")
	p.Sees("dragged", `document.querySelector(".c4 .slot.b11.m25")?.innerText.startsWith("11:25")`)
	p.click("#toast-undo")
	p.Sees("moved back", `document.querySelector(".c3 .slot.b9") !== null && document.querySelector(".c4 .slot.b11") === null`)

	// cancelled, and not
	p.click(".c3 .slot.b9")
	p.click("#cancel")
	p.click("#sure-yes")
	p.Sees("cancelled", `document.querySelector(".c3 .slot.b9") === null`)
	require.Len(t, o.programmes(), 1)
	p.click("#toast-undo")
	p.Sees("on the calendar again", `document.querySelector(".c3 .slot.b9")?.dataset.state === "planned"`)

	// into quiet hours: it says that it would not be heard, and is not done
	p.click(".c4 " + slots)
	p.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#move-hour").value = "22:15"`))
	p.click("#move button")
	p.Sees("it asks", `document.querySelector("#sure").open && document.querySelector("#sure-what").textContent.includes("giờ yên tĩnh (21:30–04:45)")`)
	p.click("#sure-no")
	p.Sees("asked no more", `!document.querySelector("#sure").open && document.querySelector("#panel").open`)
	require.Len(t, o.programmes(), 2)
	p.click("#panel-close")

	// a holiday, and the end of it all
	p.click(".c5 " + slots)
	p.click("#except-box summary")
	p.click("#except button[type=submit]")
	p.Sees("a day off", fmt.Sprintf(`!document.querySelector("#panel").open && document.querySelector(%q) === null`, ".c5 "+slots))
	require.Len(t, o.planned(id).Except, 1)
	require.Equal(t, "approved", o.planned(id).Approval.State)
	p.click(".c6 " + slots)
	p.click("#end")
	require.Contains(t, p.Text("#sure-what"), "Xã La Dạ: 3 cụm loa sẽ không nghe nữa")
	p.click("#sure-yes")
	p.Sees("ended", fmt.Sprintf(`document.querySelector(%q) === null`, ".c6 "+slots))
	require.NotNil(t, o.planned(id).Until)

	// what does this village hear?
	p.Do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`(() => { const f = document.querySelector("#hears form"); f.area.value = "thon-2"; f.on.value = %q; f.at.value = "03:00"; })()`, next)))
	p.Do(chromedp.Click("#hears form button"), chromedp.WaitVisible("#hears .answer"))
	require.Contains(t, p.Text("#hears .answer"), "Thôn 2 (2 cụm loa)")
}

// A station that is passed on is made longer, and as it was; it is said where
// that runs into quiet hours, and of another programme why it has no such field.
func TestBrowserCalendarResizes(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.villages()
	o.send(http.MethodPut, "/api/v1/quiet", map[string]any{"items": []any{map[string]any{"from": "21:30", "to": "04:45"}}}, nil)
	daily := o.daily("Bản tin chiều")
	next := time.Now().AddDate(0, 0, 7).In(time.FixedZone("", 7*3600)).Format(time.DateOnly)
	var relay plannedProgramme
	o.send(http.MethodPost, "/api/v1/programmes", map[string]any{"title": "Thời sự tỉnh", "class": "normal", "at": next + "T21:00:00+07:00",
		"targets": map[string]any{"areas": []string{"thon-1"}}, "rundown": []any{map[string]any{"stream": "http://dai.example/x", "length_s": 900}}}, &relay)
	p := o.planner("/calendar/day/"+next, "")
	slot := fmt.Sprintf(`.slot[data-programme="%s"]`, relay.ID)
	long := func(what string) {
		p.T.Helper()
		p.Sees(what+" long", fmt.Sprintf("document.querySelector(`%s .slot-length`)?.textContent.trim() === %q", slot, what))
	}
	resize := func(minutes string) {
		p.T.Helper()
		p.click(slot)
		p.Do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelector("#resize-minutes").value = %q`, minutes)))
		p.click("#resize button")
	}
	p.Sees("the relay", fmt.Sprintf("document.querySelector(`%s`) !== null", slot))
	before := p.Text(slot + " .slot-length")
	resize("20")
	p.Sees("it is longer", fmt.Sprintf("document.querySelector(`%s .slot-length`).textContent !== %q", slot, before))
	require.InDelta(t, 1200, o.planned(relay.ID).Seconds, 1)
	p.click("#toast-undo")
	long(before)
	require.InDelta(t, 900, o.planned(relay.ID).Seconds, 1)

	resize("45")
	p.Sees("it asks", `document.querySelector("#sure").open && document.querySelector("#sure-what").textContent.includes("Từ 21:30 là giờ yên tĩnh (21:30–04:45)")`)
	p.click("#sure-no")
	require.InDelta(t, 900, o.planned(relay.ID).Seconds, 1)
	p.Shot("calendar-resize-1024", 1024)
	p.click("#panel-close")
	p.click(fmt.Sprintf(`.slot[data-programme="%s"]`, daily))
	p.Sees("why not", `document.querySelector("#resize").hidden && document.querySelector("#resize-not").textContent.includes("theo các mục của buổi phát")`)
}

// dragTo takes a slot, or another thing of it, by its middle and puts it where it
// begins, or ends, at a minute of a day; the modifiers are the keys that are held.
func (p *planner) dragTo(from, column string, minute int, modifiers int64) {
	p.T.Helper()
	at, err := chromedp.Run(p.Ctx, chromedp.Evaluate[[]float64](fmt.Sprintf(`(() => {
		const from = document.querySelector(%q), slot = from.closest(".slot"), minute = %d;
		slot.scrollIntoView({ block: "center" });
		const height = (m) => { const r = document.querySelectorAll(".cal-hour")[Math.floor(m / 60)].getBoundingClientRect(); return r.top + r.height * (m %% 60) / 60; };
		const r = from.getBoundingClientRect(), bar = slot.querySelector(".slot-bar").getBoundingClientRect();
		const x = r.x + r.width / 2, y = r.y + r.height / 2, offset = y - (from === slot ? bar.top : bar.bottom);
		const to = document.querySelector(%q + " .cal-track").getBoundingClientRect();
		return [x, y, from === slot ? to.x + to.width / 2 : x, height(minute) + offset];
	})()`, from, minute, column)))
	require.NoError(p.T, err)
	mouse := func(kind input.DispatchMouseEventType, x, y float64) {
		p.Do(chromedp.MouseEvent(kind, x, y, func(e *input.DispatchMouseEventParams) {
			e.Button, e.ClickCount, e.Modifiers = input.MouseButtonLeft, 1, modifiers
		}))
	}
	mouse(chromedp.MousePressed, at[0], at[1])
	mouse(chromedp.MouseMoved, at[2], at[3]-20)
	mouse(chromedp.MouseMoved, at[2], at[3])
	p.Sees("where it would lie", `document.querySelector(".cal-ghost") !== null && document.querySelector(".slot[data-busy]") !== null`)
	p.held = p.Text(".cal-ghost")
	mouse(chromedp.MouseReleased, at[2], at[3])
}

// Each page is at most 150 kB over the wire in all: HTML, styles, scripts.
func TestPlanPagesAreSmall(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.villages()
	o.daily("Bản tin sáng")
	var spoken clipAnswer
	o.send(http.MethodPost, "/api/v1/speech", map[string]any{"text": "Mời bà con họp."}, &spoken)
	var b plannedBulletin
	o.send(http.MethodPost, "/api/v1/bulletins", map[string]any{"title": "Họp thôn", "clips": map[string]any{"vi": spoken.ID}}, &b)
	for _, path := range []string{"/bulletins", "/bulletins/" + b.ID, "/calendar"} {
		page := o.wire(path)
		total := len(page.packed)
		for _, m := range regexp.MustCompile(`(?:href|src|data-worklet)="(/static/[^"]+)"`).FindAllSubmatch(page.plain, -1) {
			total += len(o.wire(string(m[1])).packed)
		}
		t.Logf("%s: %d kB gzip in all", path, total>>10)
		require.LessOrEqual(t, total, 150<<10)
	}
}

type wired struct{ packed, plain []byte }

func (o *office) wire(path string) (w wired) {
	o.t.Helper()
	req, err := http.NewRequestWithContext(o.t.Context(), http.MethodGet, o.info.URL+path, nil)
	require.NoError(o.t, err)
	req.Header.Set("Authorization", "Bearer "+o.token)
	req.Header.Set("Accept-Encoding", "gzip")
	res, err := http.DefaultTransport.RoundTrip(req)
	require.NoError(o.t, err)
	defer res.Body.Close()
	require.Equal(o.t, http.StatusOK, res.StatusCode, path)
	w.packed, err = io.ReadAll(res.Body)
	require.NoError(o.t, err)
	w.plain = w.packed
	if res.Header.Get("Content-Encoding") == "gzip" {
		z, err := gzip.NewReader(bytes.NewReader(w.packed))
		require.NoError(o.t, err)
		w.plain, err = io.ReadAll(z)
		require.NoError(o.t, err)
	}
	return w
}
