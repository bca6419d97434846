package main

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
)

// drillCall is a drill as the API has it.
type drillCall struct {
	ID, Class, Reason string
	Drill             bool
	Start, End        time.Time
	Ended             *time.Time
}

func (o *office) drill(id string) (c drillCall) {
	o.t.Helper()
	o.get("/api/v1/calls/"+id, &c)
	return c
}

// exerciseSheet is what came of a test or a drill, as the API has it.
type exerciseSheet struct {
	ID, Kind   string
	Ended      *time.Time
	Counts     bool
	Of, Passed int
}

func (s exerciseSheet) numbers() []int { return []int{s.Of, s.Passed} }

// drawn waits for the result of one.
func (o *office) drawn(id string) (s exerciseSheet) {
	o.t.Helper()
	await(o.t, "the result of a test", 2*time.Minute, func() bool {
		o.get("/api/v1/exercises/"+id, &s)
		return s.Ended != nil
	})
	return s
}

// saysSo checks that a drill's first and last sound at a horn are the words
// that it is one, whole, and that nothing sounds before or after them.
func (o *office) saysSo(name string, h horn, c drillCall) {
	o.t.Helper()
	var clips struct{ Items []clipAnswer }
	o.get("/api/v1/clips", &clips)
	words := o.clip(clips.Items[len(clips.Items)-1].ID) // the first that was made here
	length := time.Duration(len(words)) * time.Second / rate
	around := func(at time.Time) (begins time.Time, correlation float64) {
		const margin = 500 * time.Millisecond
		correlation, lag := match(words, h.cut(at.Add(-margin), len(words)+rate), margin)
		return at.Add(lag), correlation
	}
	begins, first := around(c.Start)
	ends, last := around(c.End.Add(-length))
	o.t.Logf("%s: the words (%v) first, correlation %.3f, %v from the start; last, correlation %.3f, %v from the end", name,
		length.Round(time.Millisecond),
		first, begins.Sub(c.Start).Round(time.Millisecond), last, ends.Add(length).Sub(c.End).Round(time.Millisecond))
	witness.Judge(o.t, c.Start.Add(-time.Second), c.End, func(t testing.TB) {
		require.Greater(t, first, 0.8, "%s: the first words", name)
		require.Greater(t, last, 0.8, "%s: the last words", name)
		require.WithinDuration(t, c.Start, begins, 100*time.Millisecond)
	})
	require.True(o.t, h.firstSound(c.Start.Add(-2*time.Second)).After(c.Start.Add(-50*time.Millisecond)), "%s: nothing before", name)
	require.True(o.t, h.firstSound(c.End.Add(300*time.Millisecond)).IsZero(), "%s: nothing after", name)
}

// Diễn tập: as an emergency is begun, a person begins a drill and speaks. The
// loudspeakers say first and last that it is one; so does every page.
func TestBrowserDrill(t *testing.T) {
	t.Parallel()
	witness.Play(t, browserDrill)
}

func browserDrill(t testing.TB) {
	o := newOffice(t)
	o.places()
	v := o.node("loa-1", "wav")
	o.good(1)
	var silent exerciseSheet
	o.send(http.MethodPost, "/api/v1/exercises", map[string]any{}, &silent)
	examined := time.Now()
	path, voice := speech(t, "Nước lũ đang lên nhanh, bà con lên chỗ cao.")
	p := o.person(path)
	p.Open(o.Token, "/exercises")
	p.Do(chromedp.Click(`a[href="/drill?exercise=audible"]`), chromedp.WaitVisible("#exercise"))
	require.Contains(t, p.Text("#exercise"), "Kiểm tra có tiếng")
	require.True(t, p.Evaluate(`document.querySelector("#places input[value=la-da]").checked`), "the whole commune is chosen")
	require.Contains(t, p.Text(".strip"), "DIỄN TẬP")
	require.Contains(t, p.Text("#fire"), "BẮT ĐẦU DIỄN TẬP")
	require.True(t, p.Evaluate(`!document.querySelector("main").innerText.includes("PHÁT KHẨN CẤP")`))
	p.Sees("the microphone is ready", `document.querySelector("#mic").dataset.state === "ready"`)
	o.lookAtDrill(p, "before")
	p.Hold("#fire")
	require.Empty(t, o.calls(), "not without arming")

	require.Equal(t, []int{1, 1}, o.drawn(silent.ID).numbers(), "each board has examined itself")
	p.Tap("#arm")
	p.Sees("armed", `!document.querySelector("#fire").disabled`)
	p.Hold("#fire")
	p.State("chime")
	require.Contains(t, p.Text("#call-line"), "Loa đang nói “Đây là diễn tập”")
	p.State("air")
	spoken := time.Now()
	require.Contains(t, p.Text("#call-line"), "ĐANG DIỄN TẬP")
	p.Sees("the word stays in sight", `(() => { scrollTo(0, 1e6); const r = document.querySelector(".strip").getBoundingClientRect(); return r.top >= 0 && r.bottom <= innerHeight && r.height > 0; })()`)
	o.lookAtDrill(p, "air")
	until(spoken.Add(3500 * time.Millisecond))
	stopped := time.Now()
	p.Do(chromedp.KeyEvent("\x1b"))
	p.Sees("the last words", `document.querySelector("#call-line").textContent === "Đang phát câu kết thúc diễn tập"`)
	o.lookAtDrill(p, "closing")
	p.State("ended")
	call := o.drill(o.calls()[0].ID)
	require.True(t, call.Drill)
	require.Equal(t, "live", call.Class)
	require.Equal(t, "stopped", call.Reason)
	require.Greater(t, call.Ended.Sub(stopped), time.Second, "they are heard")
	until(call.End.Add(1500 * time.Millisecond))
	h := v.horn(t)
	o.saysSo("loa-1", h, call)
	h.carries(t, "loa-1", voice, spoken.Add(time.Second))
	require.True(t, h.firstSound(examined).After(call.Start.Add(-50*time.Millisecond)), "the silent test makes no sound")
	sheet := o.drawn("x-" + call.ID)
	require.Equal(t, "audible", sheet.Kind)
	require.True(t, sheet.Counts)
	witness.Judge(t, call.Start, call.End, func(t testing.TB) { require.Equal(t, []int{1, 1}, sheet.numbers(), "heard 1 of 1") })
	p.Do(chromedp.Navigate(p.URL+"/log"), chromedp.WaitVisible("main h1"))
	require.Contains(t, p.Text("table.logged"), "Diễn tập")
}

// lookAtDrill makes screenshots, if somebody wants to look.
func (o *office) lookAtDrill(p *person, name string) {
	for _, scheme := range []string{"light", "dark"} {
		_, err := chromedp.Call(p.Ctx, emulation.SetEmulatedMedia,
			emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		require.NoError(o.t, err)
		for _, width := range []int64{1920, 360} {
			p.Shot(fmt.Sprintf("drill-%s-%s-%d", name, scheme, width), width)
		}
	}
}

// With no browser: loa call --drill says so first and last too. When its
// program is killed the words still come; a real emergency waits for none.
func TestE2EDrill(t *testing.T) {
	t.Parallel()
	witness.Play(t, e2eDrill)
}

func e2eDrill(t testing.TB) {
	o := newOffice(t)
	o.places()
	v := o.node("loa-1", "wav")
	o.good(1)
	short, voice := speech(t, "Bà con thôn một tập di chuyển lên nhà văn hóa.") // heard to its end
	path, _ := speech(t, "Bà con thôn một tập di chuyển lên nhà văn hóa. Đi theo đường bê tông, không qua suối. Người già và trẻ em đi "+
		"trước, mang theo áo mưa và đèn pin. Tổ dân phòng đứng ở ngã ba để chỉ đường.")
	call := func(path string) *process {
		return start(t, "drill", nil, "call", "--controller", o.dir+"/data/controller.json", "--area", "la-da", "--drill", "--source", path,
			"--author", "cô Hoa")
	}
	over := func(id string, within time.Duration) drillCall {
		t.Helper()
		await(t, "the drill is over", within, func() bool { return o.drill(id).Ended != nil })
		c := o.drill(id)
		until(c.End.Add(1500 * time.Millisecond))
		return c
	}
	began := func(before int) string {
		t.Helper()
		await(t, "the drill begins", 20*time.Second, func() bool { return len(o.calls()) > before })
		return o.calls()[0].ID
	}
	caller := call(short)
	id := began(0)
	<-caller.done
	require.NotContains(t, caller.said(), "error")
	c := over(id, 10*time.Second)
	require.Equal(t, "stopped", c.Reason)
	require.Greater(t, c.Ended.Sub(c.Start), time.Duration(len(voice))*time.Second/rate+7*time.Second,
		"the words, the chime, all of the file, the words")
	o.saysSo("spoken to its end", v.horn(t), c)

	caller = call(path)
	id = began(1)
	until(o.drill(id).Start.Add(7500 * time.Millisecond))
	caller.kill()
	c = over(id, 30*time.Second)
	require.Equal(t, "no_frames", c.Reason)
	o.saysSo("with its link lost", v.horn(t), c)

	call(path)
	id = began(2)
	until(o.drill(id).Start.Add(8 * time.Second))
	var arm struct{ Armed string }
	o.send(http.MethodPost, "/api/v1/arm", map[string]any{}, &arm)
	var alert drillCall
	o.send(http.MethodPost, "/api/v1/calls", map[string]any{"class": "emergency", "armed": arm.Armed,
		"targets": map[string]any{"areas": []string{"la-da"}}}, &alert)
	pressed := time.Now()
	await(t, "the drill gives way", 20*time.Second, func() bool { return o.drill(id).Ended != nil })
	witness.Judge(t, pressed, time.Now(), func(t testing.TB) { require.Less(t, o.drill(id).Ended.Sub(pressed), 2*time.Second) })
	t.Logf("the drill ended %v after the emergency began", o.drill(id).Ended.Sub(pressed).Round(time.Millisecond))
	require.Equal(t, "emergency", o.drill(id).Reason)
	await(t, "the emergency is heard", 20*time.Second, func() bool { return o.state("loa-1") == "on_air" })
}
