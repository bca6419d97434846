package web_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/unicode/norm"

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
		"word_unwritten": {object{"write": " ", "say": ""}},
		"word_empty":     {object{"write": "NVH", "say": "123"}},
		"word_sign":      {object{"write": ".", "say": "chấm"}},
		"word_twice":     {object{"write": "NVH", "say": "một"}, object{"write": "NVH ", "say": "hai"}},
		"word_twice ": {object{"write": norm.NFC.String("nhà Gươl"), "say": "một"}, object{"write": norm.NFD.String("nhà\u200b " +
			"Gươl"), "say": "hai"}},
	} {
		o.ask(t, "PUT", "/api/v1/dictionary", object{"items": bad}).problem(422, strings.TrimSpace(code))
	}
	require.Len(t, o.ask(t, "GET", "/api/v1/dictionary", nil).items(), 2, "what is refused changes nothing")
	token := []string{"Authorization", "Bearer " + o.Token()}
	require.Equal(t, 303, o.form(t, "/dictionary/all",
		url.Values{"words": {"NVH = nhà văn hóa xã\n\"a,b\", a phẩy bê\r\nK'Brơi\tca brơi"}}, token...).status)
	require.Equal(t, "Gặp ca brơi ở nhà văn hóa xã.", said("Gặp K'Brơi ở NVH."))
	wrong := o.form(t, "/dictionary/all", url.Values{"words": {"chỉ một cột"}}, token...)
	require.Equal(t, 422, wrong.status)
	require.Contains(t, string(wrong.body), "chỉ một cột", "what was typed is kept")
	require.Contains(t, o.page(t, "/dictionary"), "nhà văn hóa xã")
	require.Len(t, o.ask(t, "GET", "/api/v1/audit?action=dictionary.put", nil).items(), 2)

	require.NoError(t, o.stop())
	o = startWith(t, dir, func(*controller.Config) {})
	require.Equal(t, "Gặp ca brơi.", strings.TrimSpace(said("Gặp K'Brơi.")))
}

// One word is put in, in the place of what was said for it, by the API and on the
// page, beside the built-in words, which can be found and overridden; each with its record.
func TestWordsOfTheDictionary(t *testing.T) {
	o := start(t, commune)
	said := func(text string) string {
		return strings.TrimSpace(o.ask(t, "POST", "/api/v1/reading", object{"text": text}).object(200)["spoken"].(string))
	}
	require.Equal(t, "Gặp học sinh.", said("Gặp HS."))
	require.Len(t, o.ask(t, "POST", "/api/v1/dictionary", object{"write": "HS", "say": "hồ sơ"}).items(), 1)
	require.Equal(t, "Gặp hồ sơ.", said("Gặp HS."))
	o.ask(t, "POST", "/api/v1/dictionary", object{"write": "HS", "say": "1"}).problem(422, "word_empty")
	o.ask(t, "POST", "/api/v1/dictionary", object{"write": "", "say": ""}).problem(422, "word_unwritten")
	for _, write := range []string{norm.NFC.String("Đạ Mi"), norm.NFD.String("Đạ Mi"), " Ðạ  Mi"} { // one word, whatever it is made of
		require.Len(t, o.ask(t, "POST", "/api/v1/dictionary", object{"write": write, "say": "đa mi"}).items(), 2)
	}
	require.Equal(t, 303, o.form(t, "/dictionary/remove", url.Values{"write": {norm.NFD.String("Đạ Mi")}}, "Authorization",
		"Bearer "+o.Token()).status)
	require.Equal(t, []object{{"write": "HS", "say": "hồ sơ"}, {"write": "NVH", "say": "nhà rông"}},
		o.ask(t, "POST", "/api/v1/dictionary", object{"write": "NVH", "say": "nhà rông"}).items())

	token := []string{"Authorization", "Bearer " + o.Token()}
	known := o.ask(t, "GET", "/api/v1/dictionary/built-in", nil).items()
	require.Greater(t, len(known), 600)
	page := o.page(t, "/dictionary?q=h%E1%BB%99i%20ph%E1%BB%A5%20n%E1%BB%AF") // hội phụ nữ
	require.Contains(t, page, "<strong>HPN</strong>")
	require.NotContains(t, page, "<strong>UBND</strong>")
	require.Contains(t, page, "<strong>HS</strong> → hồ sơ", "the own words are all there")
	require.Contains(t, o.page(t, "/dictionary?write=UBND&say=%E1%BB%A7y"), `value="UBND"`)
	require.Equal(t, 303, o.form(t, "/dictionary", url.Values{"write": {"UBND"}, "say": {"ủy ban"}}, token...).status)
	require.Equal(t, "ủy ban xã", said("UBND xã"))
	require.Contains(t, o.page(t, "/dictionary"), `<li class="over"><span><strong>UBND</strong>`)
	require.Equal(t, 303, o.form(t, "/dictionary/remove", url.Values{"write": {"UBND"}}, token...).status)
	require.Equal(t, "ủy ban nhân dân xã", said("UBND xã"))
	wrong := o.form(t, "/dictionary", url.Values{"write": {"XYZ"}, "say": {"9"}}, token...)
	require.Equal(t, 422, wrong.status)
	require.Contains(t, string(wrong.body), `value="XYZ"`, "what was typed is kept")

	adds := o.ask(t, "GET", "/api/v1/audit?action=dictionary.add", nil).items()
	require.Len(t, adds, 4)
	require.Equal(t, []any{"UBND", object{"write": "UBND", "say": "ủy ban"}}, []any{adds[0]["object"], adds[0]["after"]})
	require.Equal(t, object{"write": "UBND", "say": "ủy ban"}, o.ask(t, "GET", "/api/v1/audit?action=dictionary.remove",
		nil).items()[0]["before"])
}
