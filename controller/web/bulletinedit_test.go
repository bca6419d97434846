package web_test

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

// A bulletin is changed after it was saved, by a plain form; what changes its
// sound must be approved again. It is removed when nothing coming needs it.
func TestBulletinIsChangedAndDeleted(t *testing.T) {
	w := newWorld(t)
	clip := w.clip(t, sentence)
	id := w.ask(t, "POST", "/api/v1/bulletins", object{"title": "Lịch cắt điện", "clips": object{"vi": clip}}).object(201)["id"].(string)
	path, api := "/bulletins/"+id, "/api/v1/bulletins/"+id
	cookie, _ := w.as("operator", "la-da")
	fields := func(edits ...string) url.Values {
		v := url.Values{"title": {"Cắt điện"}, "class": {"priority"}, "field": {"Điện"}, "source": {"Điện lực"}, "summary": {"Thứ bảy"},
			"expires": {"2030-05-01"}}
		for i := 0; i < len(edits); i += 2 {
			v.Set(edits[i], edits[i+1])
		}
		return v
	}
	require.Equal(t, path+"?saved", w.form(t, path, fields(), cookie...).header.Get("Location"))
	b := w.ask(t, "GET", api, nil).object(200)
	require.Equal(t, []any{"Cắt điện", "priority", "Điện", "Điện lực", "Thứ bảy", "2030-05-01T17:00:00Z"},
		[]any{b["title"], b["class"], b["field"], b["source"], b["summary"], b["expires"]})
	require.Equal(t, clip, b["clips"].(object)["vi"], "the sound stays")
	require.Contains(t, string(w.send(t, "GET", path, nil, cookie...).body), `value="2030-05-01"`)

	require.Equal(t, 303, w.form(t, path, fields("text", "Mời bà con họp.", "expires", ""), cookie...).status)
	b = w.ask(t, "GET", api, nil).object(200)
	require.NotEqual(t, clip, b["clips"].(object)["vi"])
	require.Equal(t, "waiting", b["approval"].(object)["state"], "an operator's new words are approved by somebody else")
	require.NotContains(t, b, "expires")
	wrong := w.form(t, path, fields("title", " ", "source", "Đài"), cookie...)
	require.Equal(t, 422, wrong.status)
	require.Contains(t, string(wrong.body), `value="Đài"`, "what was typed stays")

	programme := w.add(t, programme(with("rundown", array{object{"bulletin": id}})))
	w.ask(t, "DELETE", api, nil).problem(409, "bulletin_in_use")
	require.Contains(t, string(w.send(t, "GET", path, nil, cookie...).body), "Chưa xóa được")
	w.ask(t, "DELETE", "/api/v1/programmes/"+programme, nil).into(204, nil)
	require.Equal(t, 422, w.form(t, path+"/delete", nil, cookie...).status)
	require.Equal(t, "/bulletins", w.form(t, path+"/delete", url.Values{"sure": {"1"}}, cookie...).header.Get("Location"))
	w.ask(t, "GET", api, nil).problem(404, "not_found")
	w.ask(t, "DELETE", api, nil).problem(404, "not_found")
	require.Empty(t, w.ask(t, "GET", "/api/v1/approvals", nil).items(), "nobody is asked to approve what is gone")
	require.Len(t, w.ask(t, "GET", "/api/v1/audit?action=bulletin.delete", nil).items(), 1)
	require.Len(t, w.ask(t, "GET", "/api/v1/audit?action=bulletin.put", nil).items(), 2)
}

// The hours at which a commune usually airs are what the pages offer.
func TestUsualHours(t *testing.T) {
	o := start(t)
	cookie := o.firstAccount(t)
	require.Equal(t, object{"morning": "05:00", "evening": "17:00"}, o.ask(t, "GET", "/api/v1/usual-hours", nil).object(200))
	saved := o.form(t, "/settings/hours", url.Values{"morning": {"05:30"}, "evening": {"16:45"}}, "Cookie", cookie)
	require.Equal(t, "/settings?saved=hours#hours", saved.header.Get("Location"))
	require.Contains(t, o.page(t, "/settings"), `value="16:45"`)
	page := o.page(t, "/bulletins")
	require.Contains(t, page, `data-morning="05:30" data-evening="16:45"`)
	require.Regexp(t, `id="when-evening">[^<]*16:45<`, page)
	for _, bad := range []object{{"morning": "5:30", "evening": "17:00"}, {"morning": "05:30", "evening": "24:00"},
		{"morning": "17:00", "evening": "05:00"}} {
		o.ask(t, "PUT", "/api/v1/usual-hours", bad).problem(422, "usual_hours_invalid")
	}
	wrong := o.form(t, "/settings/hours", url.Values{"morning": {"sớm"}, "evening": {"16:45"}}, "Cookie", cookie)
	require.Equal(t, 422, wrong.status)
	require.Contains(t, string(wrong.body), `value="sớm"`, "what was typed stays")
	o.ask(t, "PUT", "/api/v1/usual-hours", object{"morning": "06:00", "evening": "18:00"}).object(200)
	require.Len(t, o.ask(t, "GET", "/api/v1/audit?action=hours.put", nil).items(), 2)
}
