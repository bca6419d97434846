package web_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A bulletin is typed and scheduled by a plain form, as a browser sends it that
// runs no script: to all after a question, to one village at once.
func TestBulletinWithoutScript(t *testing.T) {
	w := newWorld(t)
	cookie, _ := w.as("operator", "la-da")
	page := string(w.send(t, "GET", "/bulletins", nil, cookie...).body)
	require.Contains(t, page, `method="post" action="/bulletins"`)
	fields := func(edits ...string) url.Values {
		v := url.Values{"way": {"text"}, "title": {"Mời họp <thôn>"}, "text": {"Mời bà con họp."}, "class": {"normal"}, "when": {"daily"},
			"hour": {"06:30"}, "area": {"la-da"}}
		for i := 0; i < len(edits); i += 2 {
			v.Set(edits[i], edits[i+1])
		}
		return v
	}
	post := func(v url.Values) reply { return w.form(t, "/bulletins", v, cookie...) }

	asked := post(fields())
	require.Equal(t, 422, asked.status)
	text := string(asked.body)
	require.Contains(t, text, "Phát “Mời họp &lt;thôn&gt;” ở Xã La Dạ: 3 cụm loa")
	require.Contains(t, text, `name="sure"`)
	require.Contains(t, text, ">Mời bà con họp.</textarea>", "what was typed stays")
	require.Contains(t, text, `value="daily" checked`)
	require.Empty(t, w.ask(t, "GET", "/api/v1/programmes", nil).items(), "nothing before the answer")

	done := post(fields("sure", "1"))
	require.Equal(t, 303, done.status)
	require.Contains(t, string(w.send(t, "GET", done.header.Get("Location"), nil, cookie...).body), "Đã lưu “Mời họp &lt;thôn&gt;”")
	all := w.ask(t, "GET", "/api/v1/programmes", nil).items()
	require.Len(t, all, 1)
	require.Equal(t, array{"30 6 * * *"}, all[0]["cron"])
	require.Equal(t, "waiting", all[0]["approval"].(object)["state"], "an operator's word is approved by somebody else")
	require.Equal(t, 303, post(fields("area", "thon-1", "when", "evening")).status, "one village is not asked about")
	require.Equal(t, 303, post(fields("when", "none")).status)
	require.Len(t, w.ask(t, "GET", "/api/v1/programmes", nil).items(), 2)
	require.Len(t, w.ask(t, "GET", "/api/v1/bulletins", nil).items(), 3)
	for action, n := range map[string]int{"bulletin.add": 3, "programme.add": 2} {
		require.Len(t, w.ask(t, "GET", "/api/v1/audit?action="+action, nil).items(), n, action)
	}

	weekly := fields("when", "weekly", "hour", "18:15", "weekday", "1")
	weekly.Add("weekday", "4")
	require.Contains(t, string(post(weekly).body), "hằng tuần, Thứ Hai, Thứ Năm, lúc 18:15")
	weekly.Set("sure", "1")
	made := post(weekly)
	require.Equal(t, 303, made.status)
	all = w.ask(t, "GET", "/api/v1/programmes", nil).items()
	at := slices.IndexFunc(all, func(p object) bool { return p["cron"] != nil && p["cron"].(array)[0] == "15 18 * * 1,4" })
	require.GreaterOrEqual(t, at, 0, "%v", all)
	w.ask(t, "DELETE", "/api/v1/programmes/"+all[at]["id"].(string), nil).into(204, nil)
	_, id, _ := strings.Cut(made.header.Get("Location"), "made=")
	w.ask(t, "DELETE", "/api/v1/bulletins/"+id, nil).into(204, nil)

	for sentence, v := range map[string]url.Values{
		"Chưa chọn ngày trong tuần": fields("when", "weekly"),
		"Máy chưa biết đọc tiếng":   fields("language", "kpm"),
		"Chưa có tiêu đề":           fields("title", " "),
		"Chưa có lời đọc":           fields("text", ""),
		"Không có JavaScript":       fields("way", "record"),
		"Chưa chọn ngày giờ":        fields("hour", "25:00"),
		"Giờ phát đã qua":           fields("when", "chosen", "day", "2020-01-01"),
		"Chưa chọn nơi phát":        fields("area", "", "class", "priority"),
		"không được phát khẩn cấp":  fields("class", "emergency", "sure", "1"),
	} {
		if strings.HasPrefix(sentence, "Chưa chọn nơi") {
			v.Del("area")
		}
		r := post(v)
		require.GreaterOrEqual(t, r.status, 400, sentence)
		require.Contains(t, string(r.body), sentence)
		require.Contains(t, string(r.body), `role="alert"`, sentence)
	}
	require.Len(t, w.ask(t, "GET", "/api/v1/programmes", nil).items(), 2)
	require.Len(t, w.ask(t, "GET", "/api/v1/bulletins", nil).items(), 3, "what was refused left nothing behind")
	head := w.head()
	require.Equal(t, 403, w.form(t, "/bulletins", fields("sure", "1", "area", "thon-1"), head...).status)
}
