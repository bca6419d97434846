package web_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
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
	o.ask(t, "POST", "/api/v1/reading", object{"text": strings.Repeat("a", 20_001)}).problem(413, "text_long")
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
	require.NotContains(t, o.ask(t, "POST", "/api/v1/speech", object{"text": typed, "voice": "en-us"}).object(201), "said", "another language is not read as Vietnamese")

	call := o.begin(t, object{"class": "emergency", "armed": o.arm(t), "text": typed, "targets": object{"areas": array{"la-da"}}})
	o.ask(t, "POST", "/api/v1/calls/"+call["id"].(string)+"/stop", nil).object(200)
	line := o.ask(t, "GET", "/api/v1/log?class=emergency", nil).items()[0]
	require.Equal(t, []any{typed, r["spoken"]}, []any{line["said"].(object)["text"], line["said"].(object)["spoken"]})
}
