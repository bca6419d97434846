package web_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Places in a text are those of the text that was sent, whatever is in it that is not said.
func TestPlacesAreOfTheTextThatWasSent(t *testing.T) {
	o := start(t)
	const text = "\u202eMời\u202c \x07bà con\u200e họp lúc 8h\u206630.\nUBND\x00 xã mời."
	r := o.ask(t, "POST", "/api/v1/reading", object{"text": text}).object(200)
	runes, at, tiled := []rune(text), 0, ""
	for _, p := range r["pieces"].([]any) {
		piece := p.(object)
		from, to := int(piece["from"].(float64)), int(piece["to"].(float64))
		require.Equal(t, at, from)
		require.Equal(t, string(runes[from:to]), piece["written"])
		at, tiled = to, tiled+piece["written"].(string)
	}
	require.Equal(t, text, tiled)
	require.Equal(t, "Mời bà con họp lúc tám giờ ba mươi phút.\nủy ban nhân dân xã mời.", r["spoken"])
	last := r["sentences"].([]any)[1].(object)
	require.Equal(t, "UBND\x00 xã mời.", string(runes[int(last["from"].(float64)):int(last["to"].(float64))]))
}

// What cannot be meant is refused in a sentence.
func TestSpeechRefusesWhatCannotBeMeant(t *testing.T) {
	o := start(t)
	for path, bad := range map[string]map[string]object{
		"/api/v1/speech": {
			"rate_out_of_range": {"text": "Mời họp.", "rate": 0}, "leave_unknown": {"text": "Mời họp.", "leave": array{"Mời"}}},
		"/api/v1/reading/preview": {
			"rate_out_of_range": {"text": "Mời họp.", "rate": 0}, "leave_unknown": {"text": "Mời họp.", "leave": array{"Mời"}},
			"at_negative": {"text": "Mời họp.", "at": -1}},
		"/api/v1/reading": {"leave_unknown": {"text": "Mời họp.", "leave": array{"Mời"}}},
	} {
		for code, body := range bad {
			o.ask(t, "POST", path, body).problem(422, code)
		}
	}
	voices, all := map[any]bool{}, o.ask(t, "GET", "/api/v1/voices", nil).items()
	for i, v := range all {
		require.False(t, voices[v["id"]], "%v is listed twice", v["id"])
		voices[v["id"]] = true
		vietnamese := func(v object) bool { return strings.Contains(v["label"].(string), "Vietnamese") }
		if i > 0 && vietnamese(v) == vietnamese(all[i-1]) {
			require.True(t, vietnamese(v) || all[i-1]["label"].(string) <= v["label"].(string), "%v, %v", all[i-1]["label"], v["label"])
		} else {
			require.Equal(t, i == 0, vietnamese(v), "those of this country come first")
		}
	}
}

// A request that is not as it should be is told so in Vietnamese words, and null is no list.
func TestWhatIsWrongWithARequestIsSaidInVietnamese(t *testing.T) {
	o := start(t, commune)
	for _, c := range []struct {
		method, path string
		body         any
		vi           string
	}{
		{"POST", "/api/v1/reading", object{}, "body: thiếu mục “text”"},
		{"POST", "/api/v1/reading", object{"text": 5}, "body.text: phải là chữ (5)"},
		{"POST", "/api/v1/reading", object{"text": "a", "txt": "b"}, "body.txt: không có mục này"},
		{"GET", "/api/v1/clips?limit=cao", nil, "query.limit: phải là số nguyên"},
		{"POST", "/api/v1/speech", object{"text": "a", "rate": "nhanh"}, "body.rate: phải là số"},
		{"PUT", "/api/v1/dictionary", object{"items": nil}, "body.items: phải là một danh sách [ … ]; danh sách rỗng là []"},
		{"PUT", "/api/v1/quiet", object{"items": nil}, "body.items: phải là một danh sách"},
		{"PUT", "/api/v1/soft", object{"items": nil}, "body.items: phải là một danh sách"},
		{"PUT", "/api/v1/holidays", object{"items": nil}, "body.items: phải là một danh sách"},
		{"PUT", "/api/v1/dictionary", object{}, "body: thiếu mục “items”"},
		{"PUT", "/api/v1/dictionary", nil, "thiếu nội dung"},
	} {
		r := o.ask(t, c.method, c.path, c.body)
		require.Contains(t, []int{400, 422}, r.status)
		vi := r.sentences()[0]
		require.Contains(t, vi, c.vi, c.path)
		require.NotRegexp(t, "expected|invalid|validation|required|present", vi)
	}
	rate := o.ask(t, "POST", "/api/v1/speech", object{"text": "Mời họp.", "rate": 0}).sentences()
	require.Contains(t, rate[0], "từ 0,5 đến 2;")
	require.Contains(t, rate[1], "from 0.5 to 2;")
}
