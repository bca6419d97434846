package web_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"loa/cmd/prove/browser"
	"loa/cmd/prove/witness"
)

const ctrl = 2 // of a mouse event's modifiers

// inCalendar puts one airing, once, in the calendar of a village.
func (o *office) inCalendar(t *testing.T, title string, at time.Time, item object) string {
	t.Helper()
	return o.add(t, object{"title": title, "class": "normal", "at": at.Format(time.RFC3339), "targets": object{"areas": array{"thon-1"}},
		"rundown": array{item}})
}

// An airing is drawn where it is and as long as it is, however short; what is at
// the same time stands beside it; quiet hours lie in the same grid.
func TestBrowserCalendarDrawsTimes(t *testing.T) {
	o := startIn(t, t.TempDir(), twoVillages)
	o.ask(t, "PUT", "/api/v1/quiet", object{"items": array{object{"from": "21:30", "to": "04:45"}}}).object(200)
	mon := monday()
	at := func(hour, minute int) time.Time {
		return mon.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
	}
	gap := func(seconds int) object { return object{"gap_s": seconds} }
	long := o.inCalendar(t, "Ca nhạc", at(19, 15), gap(5400))
	short := o.inCalendar(t, "Nhắc họp", at(17, 0), gap(20))
	beside := o.inCalendar(t, "Điện", at(17, 3), gap(300))
	p := o.planner(browser.Open(t, o.URL()), "/calendar/week/"+mon.Format(time.DateOnly))
	type box struct{ Top, Bottom, Left, Right, BarTop, BarBottom float64 }
	var hour [25]float64
	measure := func(id string) (b box) {
		t.Helper()
		found, err := chromedp.Run(
			p.Ctx,
			chromedp.Evaluate[box](
				fmt.Sprintf(
					`(() => { const s = document.querySelector('.slot[data-programme=%q]'), r = s.getBoundingClientRect(), b = s.querySelector(".slot-bar").getBoundingClientRect();
			return { Top: r.top, Bottom: r.bottom, Left: r.left, Right: r.right, BarTop: b.top, BarBottom: b.bottom }; })()`,
					id,
				),
			),
		)
		require.NoError(t, err)
		return found
	}
	lines := func() {
		t.Helper()
		all, err := chromedp.Run(
			p.Ctx,
			chromedp.Evaluate[[]float64](
				`[...document.querySelectorAll(".cal-hour")].flatMap((h, i) => i < 23 ? [h.getBoundingClientRect().top] : [h.getBoundingClientRect().top, h.getBoundingClientRect().bottom])`,
			),
		)
		require.NoError(t, err)
		require.Len(t, all, 25)
		copy(hour[:], all)
	}
	y := func(h, m int) float64 { return hour[h] + (hour[h+1]-hour[h])*float64(m)/60 }
	for _, width := range []int64{1024, 1920} {
		p.Do(chromedp.EmulateViewport(width, 900))
		lines()
		b := measure(long)
		require.InDelta(t, y(19, 15), b.Top, 1)
		require.InDelta(t, y(20, 45), b.Bottom, 1)
		require.InDelta(t, y(20, 45), b.BarBottom, 1.5)
		s, n := measure(short), measure(beside)
		require.InDelta(t, y(17, 0), s.Top, 1)
		require.GreaterOrEqual(t, s.Bottom-s.Top, 48.0, "a finger hits it")
		require.Less(t, s.BarBottom-s.BarTop, 8.0, "and it is drawn as short as it is")
		require.InDelta(t, y(17, 3), n.Top, 1)
		require.True(t, s.Right <= n.Left || n.Right <= s.Left, "side by side: %v %v", s, n)
		require.Less(t, hour[10]-hour[9], hour[18]-hour[17], "an hour with nothing is lower")
		require.GreaterOrEqual(t, hour[10]-hour[9], 24.0)
		quiet, err := chromedp.Run(
			p.Ctx,
			chromedp.Evaluate[[]float64](
				`[...document.querySelectorAll(".cal-band")].flatMap((b) => [b.getBoundingClientRect().top, b.getBoundingClientRect().bottom])`,
			),
		)
		require.NoError(t, err)
		require.InDeltaSlice(t, []float64{hour[0], y(4, 45), y(21, 30), hour[24]}, quiet, 1)
	}
	p.Shot("calendar-week-1024", 1024)
	p.Shot("calendar-week-1920", 1920)
	p.Shot("calendar-week-360", 360)
	require.True(
		t,
		p.Evaluate(
			`[".cal-lines", ".cal-now", ".slot-bar"].every((s) => !document.querySelector(s)?.checkVisibility()) && getComputedStyle(document.querySelector(".slot")).position === "relative"`,
		),
		"a phone has a list",
	)
}

// What is taken up with the keyboard goes in steps of five minutes, says where it
// is, and is put down, or left where it was; it moves, is copied, grows longer.
func TestBrowserCalendarByKeys(t *testing.T) {
	o := startIn(t, t.TempDir(), twoVillages)
	mon := monday()
	id := o.inCalendar(t, "Mời họp", mon.Add(17*time.Hour+2*time.Minute), object{"gap_s": 600})
	relay := o.inCalendar(t, "Thời sự", mon.Add(5*time.Hour), object{"stream": "http://dai.example/x", "length_s": 900})
	p := o.planner(browser.Open(t, o.URL()), "/calendar/week/"+mon.Format(time.DateOnly))
	focus := func(programme string) {
		t.Helper()
		p.Do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelector('.slot[data-programme=%q]').focus()`, programme)))
	}
	const up, down, right, pageDown, esc = kb.ArrowUp, kb.ArrowDown, kb.ArrowRight, kb.PageDown, kb.Escape
	at := func(programme string) string {
		return o.planned(t, programme).At.In(mon.Location()).Format("Mon 15:04")
	}

	focus(id)
	p.write("m")
	p.Sees(
		"it says how",
		`document.querySelector("#hold-keys").textContent.includes("mỗi lần 5 phút") && document.querySelector(".cal-ghost") !== null`,
	)
	p.write(down)
	require.Contains(t, p.Text("#hold-line"), "“Mời họp”: 17:05–17:15, Thứ Hai")
	require.True(
		t,
		p.Evaluate(`document.querySelector("#hold-say[role=status]").textContent === document.querySelector("#hold-line").textContent`),
		"a screen reader says it",
	)
	p.write(esc)
	p.Sees("left", `document.querySelector("#hold").hidden && document.querySelector(".cal-ghost") === null`)
	require.Equal(t, "Mon 17:02", at(id), "nothing was done")

	p.write("m" + down + down + pageDown + right + up)
	require.Contains(t, p.Text("#hold-line"), "18:05–18:15, Thứ Ba")
	p.write("\r")
	p.Sees("it is there, and has the focus", fmt.Sprintf(`document.activeElement.matches('.c1 .slot.b18.m5[data-programme=%q]')`, id))
	require.Equal(t, "Tue 18:05", at(id))
	require.False(t, p.Evaluate(`document.querySelector("#panel").open`))
	p.click("#toast-undo")
	p.Sees("as it was", `document.querySelector(".c0 .slot.b17.m2") !== null`)
	require.Equal(t, "Mon 17:02", at(id))

	focus(id)
	p.write("c" + right + "\r")
	p.Sees("a copy", `document.querySelector(".c1 .slot.b17.m2") !== null && document.querySelector(".c0 .slot.b17.m2") !== null`)
	require.Len(t, o.programmes(t), 3)
	p.click("#toast-undo")
	p.Sees("it is gone", `document.querySelector(".c1 .slot") === null`)

	focus(relay)
	p.write("l" + down + down + up + down + "\r")
	p.Sees("it is longer", `document.querySelector(".c0 .slot.b5.e5.n25") !== null`)
	require.InDelta(t, 1500, o.planned(t, relay).Seconds, 0.1)
	p.click("#toast-undo")
	p.Sees("as long as before", `document.querySelector(".c0 .slot.b5.e5.n15") !== null`)
	require.InDelta(t, 900, o.planned(t, relay).Seconds, 0.1)

	focus(id)
	p.write("l")
	p.Sees("why not", `document.querySelector("#toast-line").textContent.startsWith("Không đổi riêng thời lượng của “Mời họp” được")`)
	p.click("#toast-close")
	p.click(fmt.Sprintf(`.slot[data-programme=%q]`, id))
	p.click("#move-keys")
	p.Sees("in hand by a button", `!document.querySelector("#panel").open && !document.querySelector("#hold").hidden`)
	p.write(up + "\r")
	p.Sees("moved", `document.querySelector(".c0 .slot.b17.m0") !== null`)
}

// With the mouse: by its lower edge it grows longer, with Ctrl held it is copied,
// and the time stands beside the pointer.
func TestBrowserCalendarByMouse(t *testing.T) {
	o := startIn(t, t.TempDir(), twoVillages)
	mon := monday()
	relay := o.inCalendar(t, "Thời sự", mon.Add(5*time.Hour), object{"stream": "http://dai.example/x", "length_s": 900})
	id := o.inCalendar(t, "Mời họp", mon.Add(17*time.Hour), object{"gap_s": 600})
	p := o.planner(browser.Open(t, o.URL()), "/calendar/week/"+mon.Format(time.DateOnly))
	slot := func(programme string) string { return fmt.Sprintf(`.slot[data-programme=%q]`, programme) }
	require.False(
		t,
		p.Evaluate(fmt.Sprintf("document.querySelector(`%s .slot-edge`) !== null", slot(id))),
		"a recording is as long as it is",
	)

	p.dragTo(slot(relay)+" .slot-edge", ".c0", 5*60+40, 0)
	require.Contains(t, p.held, "05:00–05:40")
	p.Sees("it is longer", `document.querySelector(".c0 .slot.b5.e5.n40") !== null`)
	require.InDelta(t, 2400, o.planned(t, relay).Seconds, 0.1)
	p.click("#toast-undo")
	p.Sees("as long as before", `document.querySelector(".c0 .slot.b5.e5.n15") !== null`)
	require.InDelta(t, 900, o.planned(t, relay).Seconds, 0.1)

	p.dragTo(slot(id), ".c3", 9*60+35, ctrl)
	require.Contains(t, p.held, "⧉ 09:35–09:45")
	p.Sees("a copy", `document.querySelector(".c3 .slot.b9.m35") !== null && document.querySelector(".c0 .slot.b17") !== null`)
	require.Len(t, o.programmes(t), 3)
	p.click("#toast-undo")
	p.Sees("it is gone", `document.querySelector(".c3 .slot") === null`)
	require.False(t, p.Evaluate(`document.querySelector("#panel").open`), "a drag is no press")
}

// Lịch phát: one airing is cancelled with at most three clicks, and comes back
// within ten seconds by one more; by keyboard, by mouse, and by drag it moves.
func TestBrowserCalendar(t *testing.T) {
	o := startIn(t, t.TempDir(), twoVillages)
	o.ask(t, "PUT", "/api/v1/quiet", object{"items": array{object{"from": "21:30", "to": "04:45"}}}).object(200)
	id := o.daily(t, "Bản tin chiều")
	next := inAWeek()
	p := o.planner(browser.Open(t, o.URL()), "/calendar/week/"+next)
	slots := `.slot[data-programme="` + id + `"]`
	p.Sees("a week of it", fmt.Sprintf(`document.querySelectorAll(%q).length === 7`, slots))

	third := fmt.Sprintf(`.c2 %s`, slots)
	p.click(third)
	p.click("#skip")
	p.Sees("it is called off", fmt.Sprintf(`document.querySelector(%q)?.dataset.state === "skipped"`, third))
	require.LessOrEqual(t, p.clicks, 3)
	t.Logf("cancelled one airing with %d clicks", p.clicks)
	require.Len(t, o.planned(t, id).Skipped, 1)
	require.Regexp(t, `Hoàn tác \((10|[1-9])\)`, p.Text("#toast-undo"))
	p.click("#toast-undo")
	p.Sees("it is back", fmt.Sprintf(`document.querySelector(%q)?.dataset.state === "planned"`, third))
	require.Empty(t, o.planned(t, id).Skipped)

	// the undo is there for ten seconds, which it counts, and then it is not
	p.click(third)
	p.Do(chromedp.Evaluate[chromedp.Void](`{
		const toast = document.querySelector("#toast"), undo = document.querySelector("#toast-undo");
		window.counted = [];
		const look = () => { if (toast.hidden) window.gone = performance.now(); else { window.shown ??= performance.now(); if (!window.counted.includes(undo.textContent)) window.counted.push(undo.textContent); } };
		new MutationObserver(look).observe(toast, { subtree: true, childList: true, attributes: true });
	}`))
	skipped := time.Now()
	p.click("#skip")
	p.Sees("the undo is gone", `window.shown && window.gone > window.shown`)
	gone := time.Now()
	require.True(t, p.Evaluate(`window.counted.map((s) => s.match(/\d+/)[0]).join() === "10,9,8,7,6,5,4,3,2,1"`))
	lasted, err := chromedp.Run(p.Ctx, chromedp.Evaluate[float64](`(window.gone - window.shown) / 1000`))
	require.NoError(t, err)
	require.Greater(t, lasted, 9.0)

	// moved by keyboard alone: this one
	fourth := fmt.Sprintf(`.c3 %s`, slots)
	p.Do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelector(%q).focus()`, fourth)), chromedp.KeyEvent("\r"))
	p.Sees("the panel", `document.querySelector("#panel").open`)
	for _, width := range []int64{360, 1024} {
		p.Shot(fmt.Sprint("calendar-panel-", width), width)
	}
	p.Do(chromedp.EmulateViewport(1024, 900))
	p.Do(chromedp.Evaluate[chromedp.Void](`(() => { const h = document.querySelector("#move-hour"); h.focus(); h.select(); })()`),
		chromedp.KeyEvent("0945\r"))
	p.Sees(
		"it names the villages",
		`document.querySelector("#sure").open && document.querySelector("#sure-what").textContent.includes("MỌI thôn: Thôn 1, Thôn 2")`,
	)
	require.Regexp(t, `09:45 .*dài 0:\d\d, ở Xã La Dạ: 3 cụm loa`, p.Text("#sure-what"))
	p.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#sure-yes").focus()`), chromedp.KeyEvent("\r"))
	p.Sees("moved", `document.querySelector(".c3 .slot.b9.m45")?.innerText.startsWith("09:45")`)
	all := o.programmes(t)
	require.Len(t, all, 2, "what was moved is a programme of its own")
	require.Len(t, o.planned(t, id).Skipped, 2)
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
	require.Len(t, o.programmes(t), 1)
	p.click("#toast-undo")
	p.Sees("on the calendar again", `document.querySelector(".c3 .slot.b9")?.dataset.state === "planned"`)

	// into quiet hours: it says that it would not be heard, and is not done
	p.click(".c4 " + slots)
	p.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#move-hour").value = "22:15"`))
	p.click("#move button")
	p.Sees(
		"it asks",
		`document.querySelector("#sure").open && document.querySelector("#sure-what").textContent.includes("giờ yên tĩnh (21:30–04:45)")`,
	)
	p.click("#sure-no")
	p.Sees("asked no more", `!document.querySelector("#sure").open && document.querySelector("#panel").open`)
	require.Len(t, o.programmes(t), 2)
	p.click("#panel-close")

	// a holiday, and the end of it all
	p.click(".c5 " + slots)
	p.click("#except-box summary")
	p.click("#except button[type=submit]")
	p.Sees("a day off", fmt.Sprintf(`!document.querySelector("#panel").open && document.querySelector(%q) === null`, ".c5 "+slots))
	require.Len(t, o.planned(t, id).Except, 1)
	require.Equal(t, "approved", o.planned(t, id).Approval.State)
	p.click(".c6 " + slots)
	p.click("#end")
	require.Contains(t, p.Text("#sure-what"), "Xã La Dạ: 3 cụm loa sẽ không nghe nữa")
	p.click("#sure-yes")
	p.Sees("ended", fmt.Sprintf(`document.querySelector(%q) === null`, ".c6 "+slots))
	require.NotNil(t, o.planned(t, id).Until)

	// what does this village hear?
	p.Do(
		chromedp.Evaluate[chromedp.Void](
			fmt.Sprintf(
				`(() => { const f = document.querySelector("#hears form"); f.area.value = "thon-2"; f.on.value = %q; f.at.value = "03:00"; })()`,
				next,
			),
		),
	)
	p.Do(chromedp.Click("#hears form button"), chromedp.WaitVisible("#hears .answer"))
	require.Contains(t, p.Text("#hears .answer"), "Thôn 2 (2 cụm loa)")

	witness.Judge(t, skipped, gone, func(t testing.TB) { require.Less(t, lasted, 11.5, "the undo was there for too long") })
}

// A station that is passed on is made longer, and as it was; it is said where
// that runs into quiet hours, and of another programme why it has no such field.
func TestBrowserCalendarResizes(t *testing.T) {
	o := startIn(t, t.TempDir(), twoVillages)
	o.ask(t, "PUT", "/api/v1/quiet", object{"items": array{object{"from": "21:30", "to": "04:45"}}}).object(200)
	daily := o.daily(t, "Bản tin chiều")
	next := inAWeek()
	relay := o.add(t, object{"title": "Thời sự tỉnh", "class": "normal", "at": next + "T21:00:00+07:00",
		"targets": object{"areas": array{"thon-1"}}, "rundown": array{object{"stream": "http://dai.example/x", "length_s": 900}}})
	p := o.planner(browser.Open(t, o.URL()), "/calendar/day/"+next)
	slot := fmt.Sprintf(`.slot[data-programme="%s"]`, relay)
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
	require.InDelta(t, 1200, o.planned(t, relay).Seconds, 1)
	p.click("#toast-undo")
	long(before)
	require.InDelta(t, 900, o.planned(t, relay).Seconds, 1)

	resize("45")
	p.Sees(
		"it asks",
		`document.querySelector("#sure").open && document.querySelector("#sure-what").textContent.includes("Từ 21:30 là giờ yên tĩnh (21:30–04:45)")`,
	)
	p.click("#sure-no")
	require.InDelta(t, 900, o.planned(t, relay).Seconds, 1)
	p.Shot("calendar-resize-1024", 1024)
	p.click("#panel-close")
	p.click(fmt.Sprintf(`.slot[data-programme="%s"]`, daily))
	p.Sees(
		"why not",
		`document.querySelector("#resize").hidden && document.querySelector("#resize-not").textContent.includes("theo các mục của buổi phát")`,
	)
}

// dragTo takes a slot, or another thing of it, by its middle and puts it where it
// begins, or ends, at a minute of a day; the modifiers are the keys that are held.
func (p *planner) dragTo(from, column string, minute int, modifiers int64) {
	p.T.Helper()
	mouse := func(kind input.DispatchMouseEventType, x, y float64) {
		p.Do(chromedp.MouseEvent(kind, x, y, func(e *input.DispatchMouseEventParams) {
			e.Button, e.ClickCount, e.Modifiers = input.MouseButtonLeft, 1, modifiers
		}))
	}
	p.Sees("the grid", `document.querySelector(".cal-lines")?.getClientRects().length > 0`)
	var at []float64
	witness.Await(p.T, "where it would lie", 20*time.Second, func() bool {
		var err error
		at, err = chromedp.Run(p.Ctx, chromedp.Evaluate[[]float64](fmt.Sprintf(`(() => {
			const from = document.querySelector(%q), slot = from.closest(".slot"), minute = %d;
			slot.scrollIntoView({ block: "center" });
			const height = (m) => { const r = document.querySelectorAll(".cal-hour")[Math.floor(m / 60)].getBoundingClientRect(); return r.top + r.height * (m %% 60) / 60; };
			const r = from.getBoundingClientRect(), bar = slot.querySelector(".slot-bar").getBoundingClientRect();
			const x = r.x + r.width / 2, y = r.y + r.height / 2, offset = y - (from === slot ? bar.top : bar.bottom);
			const to = document.querySelector(%q + " .cal-track").getBoundingClientRect();
			return [x, y, from === slot ? to.x + to.width / 2 : x, height(minute) + offset];
		})()`, from, minute, column)))
		require.NoError(p.T, err)
		mouse(chromedp.MousePressed, at[0], at[1])
		mouse(chromedp.MouseMoved, at[2], at[3]-20)
		mouse(chromedp.MouseMoved, at[2], at[3])
		if p.Evaluate(`document.querySelector(".cal-ghost") !== null && document.querySelector(".slot[data-busy]") !== null`) {
			return true
		}
		p.T.Log("the calendar was renewed under the hand: it takes it up again")
		mouse(chromedp.MouseReleased, at[2], at[3])
		return false
	})
	p.held = p.Text(".cal-ghost")
	mouse(chromedp.MouseReleased, at[2], at[3])
}
