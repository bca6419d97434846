package web_test

import (
	"html"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/store"
)

// form sends a form of a page, as its browser does.
func (p *somebody) form(t *testing.T, path string, fields url.Values) reply {
	t.Helper()
	return p.send(t, "POST", path, strings.NewReader(fields.Encode()), "Cookie", p.cookie, "Origin", p.URL(), "Content-Type",
		"application/x-www-form-urlencoded")
}

// saved is a form that was taken: the page comes again.
func (r reply) saved(to string) {
	r.t.Helper()
	require.Equal(r.t, http.StatusSeeOther, r.status, "%s: %s", r.what, r.body)
	require.Equal(r.t, to, r.header.Get("Location"))
}

// refused is a form that was not: the page says why, once, with what was typed.
func (r reply) refused(status int, words ...string) {
	r.t.Helper()
	require.Equal(r.t, status, r.status, "%s: %s", r.what, r.body)
	text := html.UnescapeString(string(r.body))
	require.Equal(r.t, 1, strings.Count(text, `class="wrong"`), r.what)
	require.NotContains(r.t, text, "✓ Đã lưu")
	for _, w := range words {
		require.Contains(r.t, text, w)
	}
}

func (p *somebody) page(t *testing.T, path string) string {
	t.Helper()
	return p.office.page(t, path, "Authorization", "", "Cookie", p.cookie)
}

// The commune and its villages: named, added by lines, renamed, removed when
// nothing stands there.
func TestSettingsOfPlaces(t *testing.T) {
	o := start(t)
	head := o.somebody(t, "nam", "admin", "la-da")
	page := head.page(t, "/settings")
	for _, words := range []string{"Cài đặt", `value="Xã La Dạ"`, `value="Thôn 2"`, "Giờ yên tĩnh", "Gửi thử", "Phiên bản Loa", ">test<"} {
		require.Contains(t, page, words)
	}
	require.NotContains(t, page, "/delete", "every village has a loudspeaker")
	head.form(t, "/settings/commune", url.Values{"name": {"Xã La Dạ mới"}}).saved("/settings?saved=commune#commune")
	head.form(t, "/settings/commune", url.Values{"name": {"  "}}).refused(422, "Chưa có tên", `value="  "`)
	head.form(t, "/settings/commune", url.Values{"name": {strings.Repeat("ạ", 121)}}).refused(422, "dài quá 120 chữ")
	head.form(t, "/settings/areas", url.Values{"names": {"Thôn  Đa  Tro\r\n\r\nThôn 2\nThôn Đa Tro\nTHÔN 1\nĐạ Nghịt"}}).
		saved("/settings?saved=villages#villages")
	page = head.page(t, "/settings?saved=villages")
	require.Contains(t, page, "✓ Đã lưu")
	require.Equal(t, 1, strings.Count(page, `value="Thôn Đa Tro"`))
	require.Equal(t, 1, strings.Count(page, `value="Thôn 2"`), "there is one already")
	require.Equal(t, 2, strings.Count(page, "/delete"), "where nothing stands")
	head.form(t, "/settings/areas/thon-da-tro",
		url.Values{"name": {"Thôn Đa Tro 1"}}).saved("/settings?saved=area-thon-da-tro#area-thon-da-tro")
	head.form(t, "/settings/areas/thon-da-tro", url.Values{"name": {" "}}).refused(422, "Chưa có tên")
	head.form(t, "/settings/areas/da-nghit/delete", url.Values{"name": {"Đạ Nghịt"}}).saved("/settings?saved=area-da-nghit#area-da-nghit")
	head.form(t, "/settings/areas/thon-1/delete", nil).refused(409, "còn cụm loa")
	head.form(t, "/settings/areas", url.Values{"names": {strings.Repeat("x", 121)}}).refused(422, "dài quá")
	var lines strings.Builder
	for i := range 201 {
		lines.WriteString("Thôn số " + strings.Repeat("x", i%100) + string(rune('a'+i/100)) + "\n")
	}
	head.form(t, "/settings/areas", url.Values{"names": {lines.String()}}).refused(422, "tối đa 200 thôn", "Thôn số xxxx")
	names := map[string]string{}
	for _, a := range o.ask(t, "GET", "/api/v1/areas", nil).items() {
		names[a["id"].(string)] = a["name"].(string)
	}
	require.Equal(t, map[string]string{"lam-dong": "Tỉnh Lâm Đồng", "la-da": "Xã La Dạ mới", "thon-1": "Thôn 1", "thon-2": "Thôn 2",
		"da-mi": "Thôn Đa Mi", "thon-da-tro": "Thôn Đa Tro 1"}, names)
	village := o.somebody(t, "ba", "admin", "thon-1")
	page = village.page(t, "/settings")
	require.Contains(t, page, `value="Thôn 1"`)
	for _, words := range []string{"Thôn 2", "/settings/quiet", "/settings/notify", "/settings/commune", "Còn "} {
		require.NotContains(t, page, words, "a village's head sees the village")
	}
}

// Quiet hours, the rule of approval, and the ways out.
func TestSettingsOfTheStation(t *testing.T) {
	o := start(t)
	head := o.somebody(t, "nam", "admin", "la-da")
	head.form(t, "/settings/quiet", url.Values{"from": {"21:30", "", "11:30"},
		"to": {"04:45", "", "13:00"}}).saved("/settings?saved=quiet#quiet")
	quiet := o.ask(t, "GET", "/api/v1/quiet", nil).items()
	require.Len(t, quiet, 2)
	require.Equal(t, "11:30", quiet[1]["from"])
	head.form(t, "/settings/quiet", url.Values{"from": {"9 giờ tối"}, "to": {"4:45"}}).
		refused(422, "hãy viết như 21:30", `value="9 giờ tối"`)
	require.Len(t, o.ask(t, "GET", "/api/v1/quiet", nil).items(), 2)
	head.form(t, "/settings/quiet", nil).saved("/settings?saved=quiet#quiet")
	require.Empty(t, o.ask(t, "GET", "/api/v1/quiet", nil).items())

	head.form(t, "/settings/soft", url.Values{"from": {"19:00", ""}, "to": {"05:30", ""},
		"volume": {"50", ""}}).saved("/settings?saved=soft#soft")
	require.Equal(t, object{"from": "19:00", "to": "05:30", "volume": 50.0}, o.ask(t, "GET", "/api/v1/soft", nil).items()[0])
	for _, volume := range []string{"0", "100", "nửa", ""} {
		head.form(t, "/settings/soft", url.Values{"from": {"19:00"}, "to": {"05:30"}, "volume": {volume}}).refused(422,
			"âm lượng từ 1 đến 99 %", `value="19:00"`)
	}
	require.Contains(t, o.page(t, "/settings"), `name="volume" value="50"`)

	head.form(t, "/settings/approval", url.Values{"need": {"some"}, "class": {"priority"},
		"source": {"speech", "stream"}}).saved("/settings?saved=approval#approval")
	require.Equal(t, object{"need": "some", "classes": array{"priority"}, "sources": array{"speech", "stream"}, "own": false},
		without(o.ask(t, "GET", "/api/v1/approval", nil).object(200), "$schema"))
	page := head.page(t, "/settings")
	for _, words := range []string{`value="some" checked`, `value="speech" checked`, `value="recording">`} {
		require.Contains(t, page, words)
	}
	head.form(t, "/settings/approval", url.Values{"need": {"some"}, "class": {"loud"}}).refused(422, "Quy định duyệt chưa đúng")

	mail := url.Values{"mailto": {"nam@xa.vn\nlan@xa.vn, ba@xa.vn"}, "from": {"loa@xa.vn"}, "server": {"smtp.xa.vn:587"}, "tls": {"tls"},
		"username": {"loa"}, "password": {"mật"}, "faults": {"1"}, "hold": {"30"}, "cooldown": {"1,5"}}
	head.form(t, "/settings/notify", mail).saved("/settings?saved=notify#notify")
	set := o.ask(t, "GET", "/api/v1/notify", nil).object(200)
	require.Equal(t, array{"nam@xa.vn", "lan@xa.vn", "ba@xa.vn"}, set["mail"].(object)["to"])
	require.Equal(t, true, set["mail"].(object)["password_set"])
	require.Equal(t, object{"hold_min": 30.0, "cooldown_min": 90.0}, set["faults"])
	mail.Del("password")
	head.form(t, "/settings/notify", mail).saved("/settings?saved=notify#notify")
	require.Equal(t, true, o.ask(t, "GET", "/api/v1/notify", nil).object(200)["mail"].(object)["password_set"], "what is left empty stays")
	page = head.page(t, "/settings")
	require.Contains(t, page, "đã đặt; để trống là giữ nguyên")
	require.Contains(t, page, `value="1.5"`)
	require.NotContains(t, page, "mật\"")
	mail.Set("hold", "mười")
	mail.Set("from", "sai@xa.vn")
	head.form(t, "/settings/notify", mail).refused(422, "Thời gian báo sự cố chưa đúng", `value="mười"`, `value="sai@xa.vn"`,
		"đã đặt; để trống")
	mail.Set("hold", "5")
	mail.Set("server", "smtp")
	head.form(t, "/settings/notify", mail).refused(422, "Cài đặt thư chưa đúng", `value="smtp"`)
}

func without(o object, key string) object { delete(o, key); return o }

// A test is really sent, and what came of it is said, on the page and by the
// API.
func TestTryNotify(t *testing.T) {
	got := make(chan string, 10)
	status := http.StatusOK
	hook := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			got <- string(body)
		}
		w.WriteHeader(status)
	}))
	t.Cleanup(hook.Close)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close()) // nobody is there
	o := start(t)
	head := o.somebody(t, "nam", "admin", "la-da")
	r := head.form(t, "/settings/notify/test", nil)
	require.Equal(t, 200, r.status)
	require.Contains(t, html.UnescapeString(string(r.body)), "Chưa đặt nơi nhận nào")
	require.Empty(t, o.ask(t, "POST", "/api/v1/notify/test", nil).items())
	o.ask(t, "PUT", "/api/v1/notify", object{"webhook": object{"url": hook.URL},
		"mail": object{"server": l.Addr().String(), "tls": "none", "from": "loa@xa.vn", "to": array{"a@xa.vn"}}}).object(200)
	r = head.form(t, "/settings/notify/test", nil)
	require.Equal(t, 200, r.status)
	text := html.UnescapeString(string(r.body))
	require.Contains(t, text, "Webhook đã nhận tin thử")
	require.Contains(t, text, "Không gửi được thư")
	require.Contains(t, text, "connection refused")
	require.Contains(t, <-got, `"event":"test"`)
	status = http.StatusForbidden
	tried := o.ask(t, "POST", "/api/v1/notify/test", nil).items()
	require.Len(t, tried, 2)
	require.Equal(t, "webhook", tried[1]["way"])
	require.Equal(t, false, tried[1]["ok"])
	require.Contains(t, tried[1]["en"], "403")
}

// The wizard goes on where it was left, and today's page says what remains to
// whom it concerns.
func TestWizard(t *testing.T) {
	o := startIn(t, t.TempDir())
	r := o.send(t, "POST", "/api/v1/setup", object{"login": "nam", "password": "mật khẩu của nam rất dài", "name": "Nam"}, "Content-Type",
		"application/json")
	head := &somebody{office: o, id: r.object(201)["id"].(string), cookie: sessionOf(t, r)}
	goes := func(to string) {
		t.Helper()
		require.Equal(t, to, head.does(t, "GET", "/wizard", nil).header.Get("Location"))
	}
	goes("/wizard/places")
	require.Equal(t, "/wizard/places?lang=en", head.does(t, "GET", "/wizard?lang=en", nil).header.Get("Location"),
		"in the language that was asked for")
	require.Contains(t, head.page(t, "/"), "Còn 4 bước cài đặt")
	head.page(t, "/settings")
	head.form(t, "/wizard/places", url.Values{"name": {"Xã La Dạ"}}).refused(422, "Chưa có tên")
	head.form(t, "/wizard/places", url.Values{"name": {""}, "names": {"Thôn 1\nThôn 2"}}).refused(422, "Chưa có tên", "Thôn 1\nThôn 2")
	head.form(t, "/wizard/places", url.Values{"name": {"Xã La Dạ"}, "names": {"Thôn 1\nThôn 2"}}).saved("/wizard")
	goes("/wizard/hours")
	require.Contains(t, head.page(t, "/wizard/places"), "Đã có: Thôn 1, Thôn 2")
	head.form(t, "/wizard/hours", url.Values{"from": {"25:00"}, "to": {"04:45"}}).refused(422, `value="25:00"`)
	head.form(t, "/wizard/hours", nil).saved("/wizard")
	goes("/wizard/node")
	require.NotContains(t, head.page(t, "/wizard/hours"), `value="21:30"`, "none was the answer")
	require.Contains(t, head.page(t, "/"), "Còn 2 bước cài đặt")
	require.Contains(t, head.page(t, "/wizard/hear"), "Chưa có cụm loa nào")
	head.form(t, "/wizard/node", url.Values{"name": {" "}, "area": {"thon-1"}}).refused(422, "Chưa có tên")
	r = head.form(t, "/wizard/node", url.Values{"name": {"Cổng làng"}, "area": {"thon-1"}})
	require.Equal(t, 200, r.status, string(r.body))
	require.Contains(t, string(r.body), "loa node enrol http://127.0.0.1")
	require.Contains(t, string(r.body), "<svg")
	page := head.page(t, "/wizard/node") // it was left, and is taken up again
	require.Contains(t, page, "Chưa có tín hiệu")
	require.NotContains(t, page, "loa node enrol", "a code is shown once")
	r = head.form(t, "/wizard/node", url.Values{"node": {"thon-1-cong-lang"}})
	require.Contains(t, string(r.body), "loa node enrol")
	require.NotContains(t, head.page(t, "/wizard/node?part=came"), "<html")
	head.form(t, "/wizard/hear", url.Values{"do": {"play"}, "node": {"thon-1-cong-lang"}}).refused(409, "chưa có tín hiệu")
	head.form(t, "/wizard/hear", url.Values{"do": {"dance"}}).refused(422, "trả lời Có hoặc Không")
	require.Equal(t, 404, head.form(t, "/wizard/node", url.Values{"node": {"nowhere"}}).status)
	head.form(t, "/wizard/hear", url.Values{"do": {"no"}}).saved("/wizard")
	require.Contains(t, head.page(t, "/wizard/hear"), "Bo mạch có điện")
	require.Equal(t, 404, head.does(t, "GET", "/wizard/nonsense", nil).status)
	reader := o.somebody(t, "ba", "head", "thon-1")
	require.NotContains(t, reader.page(t, "/"), "bước cài đặt")
}

// An office that works already and never saw the wizard is not asked; a node that is not
// there is not tested, nor one in quiet hours.
func TestWizardOfAStationThatWorks(t *testing.T) {
	o := start(t, func(t *testing.T, s *store.Store) {
		now := time.Now()
		require.NoError(t, s.PutNodeStates(t.Context(),
			[]store.NodeState{{Node: "thon-1-loa", State: "good", Since: now, LastWord: now, LastHeard: now}}))
	})
	head := o.somebody(t, "nam", "admin", "la-da")
	require.NotContains(t, head.page(t, "/"), "bước cài đặt")
	require.Contains(t, head.page(t, "/wizard/done"), "Đã cài đặt xong")
	head.does(t, "POST", "/api/v1/nodes/thon-1-loa/test", nil).problem(409, "node_away")
	head.does(t, "POST", "/api/v1/nodes/nowhere/test", nil).problem(404)
}
