package web_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"loa/controller"
)

// What an official types is read as people say it, wherever it is spoken; what was
// written and what was said are both kept.
func TestWhatIsTypedIsReadAsPeopleSayIt(t *testing.T) {
	o := start(t)
	const typed = "08h30 ngày 15/8/2025, UBND xã họp 😀 khẩn."
	const said = "tám giờ ba mươi phút ngày mười lăm tháng tám năm hai nghìn hai mươi lăm, ủy ban nhân dân xã họp khẩn."
	r := o.ask(t, "POST", "/api/v1/reading", object{"text": typed}).object(200)
	require.Equal(t, strings.ToLower(said), strings.ToLower(r["spoken"].(string)))
	runes, at := []rune(typed), 0
	for _, p := range r["pieces"].([]any) {
		piece := p.(object)
		require.EqualValues(t, at, piece["from"])
		at = int(piece["to"].(float64))
		require.Equal(t, string(runes[int(piece["from"].(float64)):at]), piece["written"])
	}
	require.Equal(t, len(runes), at)
	o.ask(t, "POST", "/api/v1/reading", object{"text": strings.Repeat("a", 20_001)}).problem(413, "text_too_long")
	require.Empty(t, o.ask(t, "POST", "/api/v1/reading", object{"text": ""}).object(200)["spoken"])

	clip := o.ask(t, "POST", "/api/v1/speech", object{"text": typed}).object(201)
	require.Equal(t, []any{typed, r["spoken"], "outdoor"}, []any{clip["text"], clip["said"], clip["style"]})
	indoor := o.ask(t, "POST", "/api/v1/speech", object{"text": typed, "style": "indoor"}).object(201)
	require.Equal(t, []any{typed, "indoor", r["spoken"]}, []any{indoor["text"], indoor["style"], indoor["said"]})
	headed := o.ask(t, "POST", "/api/v1/speech", object{"text": typed, "headline": "Tin khẩn"}).object(201)
	require.Equal(t, "Tin khẩn\n"+typed, headed["text"], "headline first")
	o.ask(t, "POST", "/api/v1/speech", object{"text": typed, "style": "loud"}).problem(422, "request_invalid")
	verbatim := o.ask(t, "POST", "/api/v1/speech", object{"text": typed, "verbatim": true}).object(201)
	require.NotContains(t, verbatim, "said")
	require.NotEqual(t, clip["id"], verbatim["id"])
	require.NotContains(t, o.ask(t, "POST", "/api/v1/speech", object{"text": typed, "voice": "en-us"}).object(201), "said",
		"another language is not read as Vietnamese")

	call := o.begin(t, object{"class": "emergency", "armed": o.arm(t), "text": typed, "targets": object{"areas": array{"la-da"}}})
	o.ask(t, "POST", "/api/v1/calls/"+call["id"].(string)+"/stop", nil).object(200)
	line := o.ask(t, "GET", "/api/v1/log?class=emergency", nil).items()[0]
	require.Equal(t, []any{typed, r["spoken"]}, []any{line["said"].(object)["text"], line["said"].(object)["spoken"]})
}

// A voice of the settings that fails is told; the built-in one speaks where the person
// says so, and of its own accord in an emergency, which says so afterwards.
func TestAVoiceOfTheSettings(t *testing.T) {
	dir := t.TempDir()
	st := open(t, dir)
	commune(t, st)
	require.NoError(t, st.Close())
	o := startWith(t, dir, func(c *controller.Config) {
		c.Voices = []controller.Engine{{Name: "piper", Command: []string{"sh", "-c", "cat >/dev/null; exit 1"}, Voices: []string{"mai"},
			Licence: "MIT"}}
	})
	voices := o.ask(t, "GET", "/api/v1/voices", nil).items()
	require.Equal(t, object{"id": "piper/mai", "label": "mai", "engine": "piper", "licence": "MIT"}, voices[0])
	o.ask(t, "POST", "/api/v1/speech", object{"text": "Mời bà con đi họp."}).problem(503, "voice_fails")
	clip := o.ask(t, "POST", "/api/v1/speech", object{"text": "Mời bà con đi họp.", "instead": true}).object(201)
	require.Equal(t, "voice_instead", clip["notes"].([]any)[0].(object)["code"])
	// So is a bulletin that a template writes.
	water := object{
		"title":    "Nước",
		"template": "water",
		"fields":   object{"where": "thôn 1", "day": tomorrow(), "from": "7h", "until": "17:00"},
	}
	o.ask(t, "POST", "/api/v1/bulletins", water).problem(503, "voice_fails")
	water["instead"] = true
	b := o.ask(t, "POST", "/api/v1/bulletins", water).object(201)
	require.Equal(t, "outdoor", clipNamed(t, o, b["clips"].(object)["vi"].(string))["style"])
	require.NotContains(t, o.ask(t, "POST", "/api/v1/speech", object{"text": "Mời bà con đi họp.", "voice": "espeak-ng/vi"}).object(201),
		"notes")

	call := o.begin(t, object{"class": "emergency", "armed": o.arm(t), "text": "Lũ về.", "targets": object{"areas": array{"la-da"}}})
	require.Equal(t, "piper", call["said"].(object)["instead"])
	require.Contains(t, o.page(t, "/emergency"), "Giọng piper không đọc được")
	o.ask(t, "POST", "/api/v1/calls/"+call["id"].(string)+"/stop", nil).object(200)
	require.Equal(t, "piper", o.ask(t, "GET", "/api/v1/log?class=emergency", nil).items()[0]["said"].(object)["instead"])

	token := []string{"Authorization", "Bearer " + o.Token()}
	form := url.Values{"title": {"Họp"}, "way": {"text"}, "text": {"Mời bà con đi họp tối nay."}, "class": {"normal"}, "when": {"none"}}
	page := o.form(t, "/bulletins", form, token...)
	require.Equal(t, 503, page.status)
	require.Contains(t, string(page.body), `<div id="instead"><button`)
	form.Set("instead", "1")
	require.Equal(t, 303, o.form(t, "/bulletins", form, token...).status)

	require.Contains(t, o.page(t, "/settings"), "piper")
	tried := o.form(t, "/settings/voices/piper", nil, token...)
	require.Contains(t, string(tried.body), "Giọng đọc piper không đọc được: chương trình dừng với mã lỗi 1")
	require.Contains(t, string(o.form(t, "/settings/voices/espeak-ng", nil, token...).body), "Đọc được cả hai đoạn thử")
	require.Equal(t, 404, o.form(t, "/settings/voices/festival", nil, token...).status)
}

// A pasted document comes with what may be left out, and with its sentences; what is
// left out is not said, and what one hears of a sentence is what will be said.
func TestAPastedDocument(t *testing.T) {
	o := start(t)
	const paper = "THÔNG BÁO\nMai 08h30 họp.\nSTT\tThôn\tGiờ\n1\tThôn 1\t7h\n\nNơi nhận:\n- Như trên;\n- Lưu: VT."
	r := o.ask(t, "POST", "/api/v1/reading", object{"text": paper}).object(200)
	blocks := r["blocks"].([]any)
	require.Len(t, blocks, 2)
	table, recipients := blocks[0].(object), blocks[1].(object)
	require.Equal(
		t,
		[]any{"table", "STT\tThôn\tGiờ\n1\tThôn 1\t7h", "recipients"},
		[]any{table["why"], table["written"], recipients["why"]},
	)
	at, runes := 0.0, []rune(paper)
	for _, s := range r["sentences"].([]any) {
		require.Equal(t, at, s.(object)["from"])
		at = s.(object)["to"].(float64)
	}
	require.EqualValues(t, len(runes), at)
	leave := array{recipients["written"]}
	less := o.ask(t, "POST", "/api/v1/reading", object{"text": paper, "leave": leave}).object(200)["spoken"].(string)
	require.Contains(t, less, "Thôn một")
	require.NotContains(t, less, "Như trên")
	clip := o.ask(t, "POST", "/api/v1/speech", object{"text": paper, "leave": leave}).object(201)
	require.Equal(t, paper, clip["text"])
	require.NotContains(t, clip["said"], "Như trên")

	heard := o.ask(t, "POST", "/api/v1/reading/preview", object{"text": paper, "at": 12})
	require.Equal(t, 200, heard.status)
	require.Equal(t, []string{"audio/wav", "10", "25"}, []string{heard.header.Get("Content-Type"), heard.header.Get("Loa-From"),
		heard.header.Get("Loa-To")})
	require.Equal(t, "RIFF", string(heard.body[:4]))
	require.Equal(
		t,
		204,
		o.ask(t, "POST", "/api/v1/reading/preview", object{"text": paper, "at": recipients["from"], "leave": leave}).status,
	)
	require.Equal(t, 204, o.ask(t, "POST", "/api/v1/reading/preview", object{"text": paper, "at": len(runes)}).status)
	require.Len(t, o.ask(t, "GET", "/api/v1/clips", nil).items(), 1, "to listen makes none")
}
