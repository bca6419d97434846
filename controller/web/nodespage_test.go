package web_test

import (
	"net/url"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

// A technician sets up a loudspeaker: a name, a village, one button; the page
// says what to type on the board, and shows it as a code to scan.
func TestNodesPage(t *testing.T) {
	o := start(t)
	cookie := o.firstAccount(t)
	post := func(path string, fields url.Values) reply {
		return o.form(t, path, fields, "Cookie", cookie)
	}
	made := post("/nodes", url.Values{"name": {"Cổng làng Đồng"}, "area": {"thon-1"}})
	require.Equal(t, 200, made.status)
	require.Regexp(t, regexp.MustCompile(`loa node enrol http://127\.0\.0\.1:\d+ \S{20,}`), string(made.body))
	require.Contains(t, string(made.body), `<svg class="qr"`)
	node := o.ask(t, "GET", "/api/v1/nodes/thon-1-cong-lang-dong", nil).object(200)
	require.Equal(t, "Cổng làng Đồng", node["name"])
	again := post("/nodes", url.Values{"name": {"Cổng làng Đồng"}, "area": {"thon-1"}})
	require.Contains(t, string(again.body), "thon-1-cong-lang-dong-2", "the same name twice")
	wrong := post("/nodes", url.Values{"name": {" "}, "area": {"thon-1"}})
	require.Equal(t, 422, wrong.status)
	require.Contains(t, string(wrong.body), `role="alert"`)

	require.Equal(t, "/nodes/thon-1-loa?saved", post("/nodes/thon-1-loa",
		url.Values{"name": {"Loa chợ"}, "area": {"thon-2"}, "volume": {"60"}, "delay": {"-20"}}).header.Get("Location"))
	node = o.ask(t, "GET", "/api/v1/nodes/thon-1-loa", nil).object(200)
	require.Equal(t, []any{"Loa chợ", "thon-2", 60.0, -20.0}, []any{node["name"], node["area"], node["volume"], node["delay_ms"]})
	for _, bad := range []url.Values{{"name": {"x"}, "area": {"thon-2"}, "volume": {"101"}},
		{"name": {"x"}, "area": {"thon-2"}, "volume": {"5"}, "delay": {"2000"}}, {"name": {"x"}, "area": {"nowhere"}, "volume": {"5"}}} {
		require.Equal(t, 422, post("/nodes/thon-1-loa", bad).status, bad)
	}
	away := post("/nodes/thon-1-loa/test", nil)
	require.Equal(t, 409, away.status)
	require.Contains(t, string(away.body), "chưa có tín hiệu")
	require.Contains(t, string(post("/nodes/thon-1-loa/invite", nil).body), "Mã ghi danh cho thon-1-loa")
	unsure := post("/nodes/thon-1-loa/revoke", nil)
	require.Equal(t, 422, unsure.status)
	require.Contains(t, string(unsure.body), "Chưa thu hồi gì")
	require.Empty(t, o.ask(t, "GET", "/api/v1/audit?action=node.revoke", nil).items())
	require.Contains(t, o.page(t, "/nodes/thon-1-loa"), "Tôi hiểu: cụm loa “Loa chợ” bị ngắt ngay")
	require.Equal(t, 303, post("/nodes/thon-1-loa/revoke", url.Values{"sure": {"1"}}).status)
	require.Equal(t, 404, post("/nodes/nobody/invite", nil).status)
	require.Equal(t, 404, o.ask(t, "GET", "/nodes/nobody", nil).status)
	require.Contains(t, o.page(t, "/nodes/thon-1-loa?saved"), "Đã làm xong")
	require.NotContains(t, o.page(t, "/nodes/thon-1-loa?part=state"), "<html")
	for _, kind := range []string{"test", "selftest"} {
		sent := o.page(t, "/nodes/thon-1-loa?at=1795500000000&sent="+kind)
		require.Contains(t, sent, "Cụm loa chưa báo lại")
		require.NotContains(t, sent, "Đã làm xong", "the order is sent, and no more is known")
		require.Contains(t, sent, `data-from="/nodes/thon-1-loa?sent=`+kind)
	}
	require.Equal(t, 303, post("/nodes/thon-1-loa/place", url.Values{"place": {"11.123456, 107.5"}}).status)
	require.Contains(t, o.page(t, "/nodes/thon-1-loa"), `value="11.123456, 107.500000"`)
	garbled := post("/nodes/thon-1-loa/place", url.Values{"place": {"chỗ kia"}})
	require.Equal(t, 422, garbled.status)
	require.Contains(t, string(garbled.body), `value="chỗ kia"`, "what was written stays there")
	page := o.page(t, "/nodes")
	require.Contains(t, page, `aria-label="Loa chợ: Chưa rõ"`)
	require.Contains(t, page, "Chưa có vị trí (4)")
	require.Equal(t, 204, o.ask(t, "DELETE", "/api/v1/nodes/thon-1-loa/place", nil).status)
	require.Contains(t, o.page(t, "/nodes"), "Chưa cụm loa nào có vị trí")
	log := o.ask(t, "GET", "/api/v1/audit?action=node.revoke", nil).items()
	require.Equal(t, "node.revoke", log[0]["action"])
	require.Len(t, o.ask(t, "GET", "/api/v1/audit?action=node.place", nil).items(), 2, "what was refused is not there")
	require.Equal(t, "Nguyễn Văn Lâm", log[0]["name"])
}
