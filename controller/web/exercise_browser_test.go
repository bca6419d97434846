package web_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"loa/cmd/prove/browser"
	"loa/controller/store"
)

// The calendar of tests and drills on a telephone and at a desk, without scripts: it says
// what is overdue, is set, leads to a sheet, and that to paper. axe-core finds nothing.
func TestBrowserExercises(t *testing.T) {
	o := start(t, drilled, func(t *testing.T, s *store.Store) {
		require.NoError(t, s.PutExercisesTold(t.Context(), store.ExercisesTold{Since: time.Now().AddDate(0, 0, -8)}))
	})
	o.send(t, "POST", "/api/v1/setup", object{"login": "lam", "name": "Nguyễn Văn Lâm", "password": memberPassword}, "Content-Type",
		"application/json").into(201, nil)
	o.drawn(t)
	o.ask(t, "PUT", "/api/v1/nodes/loa-2/care", object{"who": "Anh Tư", "reason": "chờ thẻ nhớ"})
	p := browser.Open(t, o.URL())
	signIn(p, "lam")
	_, err := chromedp.Call(p.Ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	require.NoError(t, err)
	p.Do(chromedp.EmulateViewport(360, 740), chromedp.Navigate(p.URL+"/exercises"), chromedp.WaitVisible("main h1"))
	require.Contains(t, p.Text("#entry-silent"), "quá hạn từ")
	require.Contains(t, p.Text("#entry-audible"), "lần gần nhất")
	for _, width := range []int64{360, 1024} {
		p.Shot(fmt.Sprint("exercises-", width), width)
	}
	p.Do(chromedp.EmulateViewport(360, 740), chromedp.Click("#set summary"), chromedp.SetValue(`[name="silent"]`, "14"),
		chromedp.Click(`[name="public"]`), chromedp.Click(`form[action="/exercises/rule"] button`), chromedp.WaitReady(`[name="silent"][value="14"]`))
	require.Contains(t, p.Text("#entry-silent"), "14 ngày một lần")
	p.Do(chromedp.Click(`#entry-silent button`), chromedp.WaitVisible(`#entry-silent [role=status]`))
	p.Do(chromedp.Click(`#entry-yearly a[href="/exercises/x-c-1"]`), chromedp.WaitVisible(".numbers"))
	require.Contains(t, p.Text(".numbers"), "Nghe được 2/3 cụm loa")
	require.Contains(t, strings.Join(strings.Fields(p.Text("main")), " "), "Chưa sửa xong · Đã biết, đang chờ thợ: Anh Tư")
	for _, width := range []int64{360, 1024} {
		p.Shot(fmt.Sprint("exercise-", width), width)
	}
	p.Do(chromedp.Click(`a[href$="/print"]`), chromedp.WaitVisible(".signatures"))
	p.Shot("exercise-print-1024", 1024)

	for _, c := range []struct {
		scheme, lang string
		width        int64
	}{{"light", "vi", 360}, {"dark", "en", 1024}} {
		r := read(t, o, c.scheme, c.width)
		signIn(r.Person, "lam")
		for _, path := range []string{"/exercises", "/exercises/x-c-1", "/exercises/x-c-1/print", "/drill"} {
			r.looks(path + "?lang=" + c.lang + "&exercise=yearly")
		}
		if c.width == 360 {
			r.Shot("exercise-drill-360", 360)
		}
	}
}
