package web_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whatever form is refused comes back with what was typed into it, and with why.
func TestRefusedFormsKeepWhatWasTyped(t *testing.T) {
	o := start(t, commune)
	for path, typed := range map[string]url.Values{
		"/faults/works": {"place": {"thon-1"}, "reason": {"thay tủ điện"}, "who": {"Nguyễn Văn " +
			"Tư"}, "day": {"2026-12-05"}, "from": {"25:99"}, "to": {"17:00"}, "last": {""}},
		"/village/thon-1-loa/reports": {"area": {"thon-1"}, "kind": {"other"}, "hour": {"4:58"}, "words": {" "}},
		"/village/thon-2-loa/reports": {"area": {"thon-2"}, "kind": {"silent"}, "hour": {"25:61"}, "words": {"không kêu từ sáng"}},
		"/settings/quiet":             {"from": {"25:00"}, "to": {"5:00"}},
		"/people":                     {"login": {"t"}, "name": {"Trần Thị Hoa"}, "password": {"x"}, "role": {""}, "area": {""}},
		"/nodes/thon-1-loa":           {"name": {"Cụm loa đầu thôn"}, "area": {"thon-1"}, "volume": {"500"}, "delay": {"12"}},
		"/nodes/thon-1-loa/place":     {"place": {"gần chợ"}},
	} {
		r := o.form(t, path, typed, "Authorization", "Bearer "+o.Token())
		require.GreaterOrEqual(t, r.status, 400, path)
		page := string(r.body)
		require.Contains(t, page, `class="wrong" role="alert"`, path)
		for name, values := range typed {
			for _, v := range values {
				if v = strings.TrimSpace(v); v != "" && name != "password" {
					require.Contains(t, page, v, "%s: what was typed into %s is lost", path, name)
				}
			}
		}
	}
}
