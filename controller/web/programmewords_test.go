package web_test

import (
	"net/url"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"loa/cmd/prove/browser"
)

func ago(d time.Duration) string { return time.Now().Add(-d).UTC().Format(time.RFC3339Nano) }

// What a rule means is told before anything is stored, and with each programme;
// what is wrong with it, in words of the language.
func TestARuleIsSaidInWords(t *testing.T) {
	o := start(t)
	read := func(pairs ...string) reply {
		q := url.Values{}
		for i := 0; i < len(pairs); i += 2 {
			q.Add(pairs[i], pairs[i+1])
		}
		return o.ask(t, "GET", "/api/v1/rules?"+q.Encode(), nil)
	}
	said := read("cron", "0 5 * * 1-5", "cron", "0 6,18 * * 7").object(200)
	require.Equal(t, map[string]any{"vi": "05:00 thứ Hai đến thứ Sáu; 06:00 và 18:00 Chủ nhật",
		"en": "05:00 Monday to Friday; 06:00 and 18:00 Sunday"}, said["words"])
	require.Len(t, said["next"], 5)
	for _, next := range said["next"].([]any) {
		at, err := time.Parse(time.RFC3339, next.(string))
		require.NoError(t, err)
		require.True(t, at.After(time.Now()))
	}
	require.Empty(t, o.ask(t, "GET", "/api/v1/programmes", nil).items())

	// An instant beside the rule is its next start; one that is none is refused.
	extra := later(time.Hour)
	require.Equal(t, extra, read("cron", "0 5 31 12 *", "extra", extra).object(200)["next"].([]any)[0])
	read("cron", "0 5 * * *", "extra", "rác").problem(422, "time_invalid")

	either := read("cron", "0 7 13 * 5").object(200)
	require.Contains(t, either["words"].(map[string]any)["vi"], "chỉ cần đúng một trong hai")
	for _, c := range []struct {
		rule     []string
		code, vi string
	}{
		{[]string{"cron", "0 5 L * *"}, "cron_syntax", "dấu L (cuối tháng)"},
		{[]string{"cron", "0 5 31 2 *"}, "never_fires", "Tháng 2 không có ngày 31"},
		{[]string{"cron", "0 5 * * *", "from", later(48 * time.Hour), "until", later(24 * time.Hour)}, "never_fires",
			"không trước ngày kết thúc"},
		{[]string{"at", ago(time.Second)}, "never_fires", "đã qua"},
		{nil, "rule_one", ""},
	} {
		r := read(c.rule...)
		r.problem(422, c.code)
		require.Contains(t, string(r.body), c.vi)
	}

	weekly := func(p object) { delete(p, "at") }
	p := o.ask(t, "POST", "/api/v1/programmes", programme(weekly, with("cron", "0 5 * * 7"))).object(201)
	require.Equal(t, []any{"0 5 * * 0"}, p["cron"], "as every node reads it")
	require.Equal(t, "05:00 Chủ nhật", p["words"].(map[string]any)["vi"])
	require.Len(t, p["next"], 5)
	got := o.ask(t, "GET", "/api/v1/programmes/"+p["id"].(string), nil).object(200)
	require.Equal(t, p["next"], got["next"])
	o.ask(t, "PUT", "/api/v1/programmes/"+p["id"].(string), got).object(200) // may be sent back as it came
}

// A time that has just passed is refused, though it might begin late: its beginning
// would be heard by nobody. One that is on air may still be changed.
func TestATimeThatHasJustPassed(t *testing.T) {
	o := start(t)
	for _, since := range []time.Duration{0, time.Second, 5 * time.Minute} {
		r := o.ask(t, "POST", "/api/v1/programmes", programme(with("at", ago(since)), with("start_late_s", 600)))
		r.problem(422, "time_past")
		require.Contains(t, string(r.body), "Giờ phát vừa qua")
	}
	require.Empty(t, o.ask(t, "GET", "/api/v1/programmes", nil).items())
	at := time.Now().Add(3 * time.Second).UTC()
	p := o.ask(t, "POST", "/api/v1/programmes", programme(with("at", at.Format(time.RFC3339Nano)), with("start_late_s", 600))).object(201)
	path := "/api/v1/programmes/" + p["id"].(string)
	require.Eventually(t, func() bool { return time.Now().After(at) }, time.Minute, 10*time.Millisecond)
	p["title"] = "Họp, sửa tên"
	p = o.ask(t, "PUT", path, p).object(200)
	p["at"] = ago(time.Minute)
	o.ask(t, "PUT", path, p).problem(422, "time_past")
}

// Beside the choice stands what it means and when it is heard next, as it is typed.
func TestBrowserSaysWhatARuleMeans(t *testing.T) {
	o := startIn(t, t.TempDir(), twoVillages)
	p := browser.Open(t, o.URL())
	p.Open(o.Token(), "/bulletins")
	choose := func(selector string) {
		p.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector('` + selector + `').click()`))
	}
	const words, next = `document.querySelector("#rule-words").innerText`, `document.querySelector("#rule-next").innerText`
	require.True(t, p.Evaluate(`document.querySelector("#rule").hidden`))
	choose("input[name=when][value=weekly]")
	for _, day := range []string{"1", "2", "3", "4", "5"} {
		choose("input[name=weekday][value=\"" + day + "\"]")
	}
	p.Do(chromedp.Evaluate[chromedp.Void](`document.querySelector("#hour").select()`), chromedp.KeyEvent("5h30"))
	p.Sees("what it means", words+` === "Nghĩa là: 05:30 thứ Hai đến thứ Sáu."`)
	require.True(t, p.Evaluate(next+`.split("·").length === 5`))
	choose("input[name=when][value=daily]")
	p.Sees("another rule", words+` === "Nghĩa là: 05:30 mỗi ngày."`)
	choose("input[name=when][value=none]")
	p.Sees("nothing", `document.querySelector("#rule").hidden`)
}

// The calendar's panel knows what a programme that repeats means.
func TestTheCalendarKnowsTheWordsOfARule(t *testing.T) {
	o := start(t)
	o.add(t, programme(func(p object) { delete(p, "at") }, with("cron", array{"0 5 * * *", "30 17 * * *"})))
	require.Contains(t, string(o.ask(t, "GET", "/calendar", nil).body), "05:00 và 17:30 mỗi ngày")
}

// What was mended in a recording is told with its clip, and on the bulletin's page.
func TestWhatWasMendedIsTold(t *testing.T) {
	o := start(t)
	out, err := exec.Command("sh", "-c", "espeak-ng -v vi --stdout 'mời bà con đi họp lúc bảy giờ tối' | ffmpeg -v error -i - -af "+
		"'pan=stereo|c0=c0|c1=-1*c0' -f wav -").Output()
	require.NoError(t, err)
	clip := o.upload(t, "họp.wav", out).object(201)
	notes := clip["notes"].([]any)
	require.Len(t, notes, 1)
	note := notes[0].(map[string]any)
	require.Equal(t, "channels_opposite", note["code"])
	require.Contains(t, note["vi"], "ngược pha")
	require.Contains(t, note["en"], "opposite")
	require.Equal(t, notes, o.ask(t, "GET", "/api/v1/clips", nil).items()[0]["notes"])
	b := o.ask(t, "POST", "/api/v1/bulletins", object{"title": "Họp", "clips": object{"vi": clip["id"]}}).object(201)["id"].(string)
	require.Contains(t, string(o.ask(t, "GET", "/bulletins/"+b, nil).body), note["vi"])
}
