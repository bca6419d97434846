package web_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/controller"
)

// A commune says its own words its own way, by the API and by the page, also after
// a new start; a correction is on record.
func TestDictionary(t *testing.T) {
	dir := t.TempDir()
	o := startIn(t, dir, commune)
	said := func(text string) string {
		return o.ask(t, "POST", "/api/v1/reading", object{"text": text}).object(200)["spoken"].(string)
	}
	require.Empty(t, o.ask(t, "GET", "/api/v1/dictionary", nil).items())
	require.NotContains(t, said("Họp tại NVH Cụm 3."), "nhà của bản")
	words := array{object{"write": "NVH", "say": "nhà của bản"}, object{"write": "đạ mi", "say": "đa mi"}}
	require.Len(t, o.ask(t, "PUT", "/api/v1/dictionary", object{"items": words}).items(), 2)
	require.Equal(t, "Họp tại nhà của bản ở đa mi.", said("Họp tại NVH ở Đạ Mi."))
	require.Equal(t, "NVH,nhà của bản\nđạ mi,đa mi\n", string(o.ask(t, "GET", "/api/v1/dictionary.csv", nil).body))

	for code, bad := range map[string]array{
		"word_empty": {object{"write": "NVH", "say": "123"}},
		"word_twice": {object{"write": "NVH", "say": "một"}, object{"write": "NVH ", "say": "hai"}},
	} {
		o.ask(t, "PUT", "/api/v1/dictionary", object{"items": bad}).problem(422, code)
	}
	token := []string{"Authorization", "Bearer " + o.Token()}
	require.Equal(t, 303, o.form(t, "/settings/dictionary", url.Values{"words": {"NVH = nhà văn hóa xã\n\"a,b\", a phẩy bê\r\nK'Brơi\tca brơi"}}, token...).status)
	require.Equal(t, "Gặp ca brơi ở nhà văn hóa xã.", said("Gặp K'Brơi ở NVH."))
	wrong := o.form(t, "/settings/dictionary", url.Values{"words": {"chỉ một cột"}}, token...)
	require.Equal(t, 422, wrong.status)
	require.Contains(t, string(wrong.body), "chỉ một cột", "what was typed is kept")
	require.Contains(t, o.page(t, "/settings"), "nhà văn hóa xã")
	require.Len(t, o.ask(t, "GET", "/api/v1/audit?action=dictionary.put", nil).items(), 2)

	require.NoError(t, o.stop())
	o = startWith(t, dir, func(*controller.Config) {})
	require.Equal(t, "Gặp ca brơi.", strings.TrimSpace(said("Gặp K'Brơi.")))
}
