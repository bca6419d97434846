package main

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"
)

const ctrl = 2 // of a mouse event's modifiers

// inCalendar puts one airing, once, in the calendar of a village.
func (o *office) inCalendar(title string, at time.Time, item map[string]any) string {
	o.t.Helper()
	var p plannedProgramme
	o.send(http.MethodPost, "/api/v1/programmes", map[string]any{"title": title, "class": "normal", "at": at.Format(time.RFC3339),
		"targets": map[string]any{"areas": []string{"thon-1"}}, "rundown": []any{item}}, &p)
	return p.ID
}

// nextMonday is midnight in the commune.
func nextMonday() time.Time {
	now := time.Now().In(time.FixedZone("", 7*3600))
	return time.Date(now.Year(), now.Month(), now.Day()+7-int(now.Weekday()+6)%7, 0, 0, 0, 0, now.Location())
}

// An airing is drawn where it is and as long as it is, however short; what is at
// the same time stands beside it; quiet hours lie in the same grid.
func TestBrowserCalendarDrawsTimes(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.villages()
	o.send(http.MethodPut, "/api/v1/quiet", map[string]any{"items": []any{map[string]any{"from": "21:30", "to": "04:45"}}}, nil)
	mon := nextMonday()
	at := func(hour, minute int) time.Time {
		return mon.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)
	}
	gap := func(seconds int) map[string]any { return map[string]any{"gap_s": seconds} }
	long := o.inCalendar("Ca nhạc", at(19, 15), gap(5400))
	short := o.inCalendar("Nhắc họp", at(17, 0), gap(20))
	beside := o.inCalendar("Điện", at(17, 3), gap(300))
	p := o.planner("/calendar/week/"+mon.Format(time.DateOnly), "")
	type box struct{ Top, Bottom, Left, Right, BarTop, BarBottom float64 }
	var hour [25]float64
	measure := func(id string) (b box) {
		t.Helper()
		found, err := chromedp.Run(p.Ctx, chromedp.Evaluate[box](fmt.Sprintf(`(() => { const s = document.querySelector('.slot[data-programme=%q]'), r = s.getBoundingClientRect(), b = s.querySelector(".slot-bar").getBoundingClientRect();
			return { Top: r.top, Bottom: r.bottom, Left: r.left, Right: r.right, BarTop: b.top, BarBottom: b.bottom }; })()`, id)))
		require.NoError(t, err)
		return found
	}
	lines := func() {
		t.Helper()
		all, err := chromedp.Run(p.Ctx, chromedp.Evaluate[[]float64](`[...document.querySelectorAll(".cal-hour")].flatMap((h, i) => i < 23 ? [h.getBoundingClientRect().top] : [h.getBoundingClientRect().top, h.getBoundingClientRect().bottom])`))
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
		quiet, err := chromedp.Run(p.Ctx, chromedp.Evaluate[[]float64](`[...document.querySelectorAll(".cal-band")].flatMap((b) => [b.getBoundingClientRect().top, b.getBoundingClientRect().bottom])`))
		require.NoError(t, err)
		require.InDeltaSlice(t, []float64{hour[0], y(4, 45), y(21, 30), hour[24]}, quiet, 1)
	}
	p.Shot("calendar-week-1024", 1024)
	p.Shot("calendar-week-1920", 1920)
	p.Shot("calendar-week-360", 360)
	require.True(t, p.Evaluate(`[".cal-lines", ".cal-now", ".slot-bar"].every((s) => !document.querySelector(s)?.checkVisibility()) && getComputedStyle(document.querySelector(".slot")).position === "relative"`), "a phone has a list")
}

// What is taken up with the keyboard goes in steps of five minutes, says where it
// is, and is put down, or left where it was; it moves, is copied, grows longer.
func TestBrowserCalendarByKeys(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.villages()
	mon := nextMonday()
	id := o.inCalendar("Mời họp", mon.Add(17*time.Hour+2*time.Minute), map[string]any{"gap_s": 600})
	relay := o.inCalendar("Thời sự", mon.Add(5*time.Hour), map[string]any{"stream": "http://dai.example/x", "length_s": 900})
	p := o.planner("/calendar/week/"+mon.Format(time.DateOnly), "")
	focus := func(programme string) {
		t.Helper()
		p.Do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`document.querySelector('.slot[data-programme=%q]').focus()`, programme)))
	}
	const up, down, right, pageDown, esc = kb.ArrowUp, kb.ArrowDown, kb.ArrowRight, kb.PageDown, kb.Escape
	at := func(programme string) string { return o.planned(programme).At.In(mon.Location()).Format("Mon 15:04") }

	focus(id)
	p.write("m")
	p.Sees("it says how", `document.querySelector("#hold-keys").textContent.includes("mỗi lần 5 phút") && document.querySelector(".cal-ghost") !== null`)
	p.write(down)
	require.Contains(t, p.Text("#hold-line"), "“Mời họp”: 17:05–17:15, Thứ Hai")
	require.True(t, p.Evaluate(`document.querySelector("#hold-say[role=status]").textContent === document.querySelector("#hold-line").textContent`), "a screen reader says it")
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
	require.Len(t, o.programmes(), 3)
	p.click("#toast-undo")
	p.Sees("it is gone", `document.querySelector(".c1 .slot") === null`)

	focus(relay)
	p.write("l" + down + down + up + down + "\r")
	p.Sees("it is longer", `document.querySelector(".c0 .slot.b5.e5.n25") !== null`)
	require.InDelta(t, 1500, o.planned(relay).Seconds, 0.1)
	p.click("#toast-undo")
	p.Sees("as long as before", `document.querySelector(".c0 .slot.b5.e5.n15") !== null`)
	require.InDelta(t, 900, o.planned(relay).Seconds, 0.1)

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
	t.Parallel()
	o := newOffice(t)
	o.villages()
	mon := nextMonday()
	relay := o.inCalendar("Thời sự", mon.Add(5*time.Hour), map[string]any{"stream": "http://dai.example/x", "length_s": 900})
	id := o.inCalendar("Mời họp", mon.Add(17*time.Hour), map[string]any{"gap_s": 600})
	p := o.planner("/calendar/week/"+mon.Format(time.DateOnly), "")
	slot := func(programme string) string { return fmt.Sprintf(`.slot[data-programme=%q]`, programme) }
	require.False(t, p.Evaluate(fmt.Sprintf("document.querySelector(`%s .slot-edge`) !== null", slot(id))), "a recording is as long as it is")

	p.dragTo(slot(relay)+" .slot-edge", ".c0", 5*60+40, 0)
	require.Contains(t, p.held, "05:00–05:40")
	p.Sees("it is longer", `document.querySelector(".c0 .slot.b5.e5.n40") !== null`)
	require.InDelta(t, 2400, o.planned(relay).Seconds, 0.1)
	p.click("#toast-undo")
	p.Sees("as long as before", `document.querySelector(".c0 .slot.b5.e5.n15") !== null`)
	require.InDelta(t, 900, o.planned(relay).Seconds, 0.1)

	p.dragTo(slot(id), ".c3", 9*60+35, ctrl)
	require.Contains(t, p.held, "⧉ 09:35–09:45")
	p.Sees("a copy", `document.querySelector(".c3 .slot.b9.m35") !== null && document.querySelector(".c0 .slot.b17") !== null`)
	require.Len(t, o.programmes(), 3)
	p.click("#toast-undo")
	p.Sees("it is gone", `document.querySelector(".c3 .slot") === null`)
	require.False(t, p.Evaluate(`document.querySelector("#panel").open`), "a drag is no press")
}
