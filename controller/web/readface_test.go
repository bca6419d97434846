package web_test

import (
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
	voices := map[any]bool{}
	for _, v := range o.ask(t, "GET", "/api/v1/voices", nil).items() {
		require.False(t, voices[v["id"]], "%v is listed twice", v["id"])
		voices[v["id"]] = true
	}
}
