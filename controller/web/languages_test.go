package web_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/store"
)

// A bulletin in several languages is heard in each, one after the other, its own
// first; a programme that holds it follows every change, and is judged anew.
func TestABulletinInSeveralLanguages(t *testing.T) {
	o := start(t)
	kinh, tay := o.clip(t, "Kính mời bà con dự họp thôn."), o.clip(t, "Mời pi noọng pây họp.")
	b := o.ask(t, "POST", "/api/v1/bulletins", object{"title": "Họp thôn", "clips": object{"vi": kinh}}).object(201)
	id := b["id"].(string)
	at := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	p := o.add(t, programme(with("at", at.Format(time.RFC3339)), with("rundown",
		array{object{"chime": true}, object{"bulletin": id, "repeat": 2}})))
	length := func() float64 { return o.ask(t, "GET", "/api/v1/programmes/"+p, nil).object(200)["seconds"].(float64) }
	one, db := length(), o.look(t)

	b["clips"] = object{"vi": kinh, "tyz": tay}
	o.ask(t, "PUT", "/api/v1/bulletins/"+id, b).object(200)
	stored := func() (all []string) {
		sp, err := db.Programme(t.Context(), p)
		require.NoError(t, err)
		for _, it := range sp.Rundown[1:] {
			all = append(all, it.Language+" "+it.Title+" "+it.Clip[:4])
			require.Equal(t, 2, it.Repeat)
			require.Equal(t, id, it.Bulletin)
		}
		return all
	}
	require.Equal(t, []string{" Họp thôn " + kinh[:4], "tyz Họp thôn (Tày) " + tay[:4]}, stored())
	require.Greater(t, length(), one+2)
	view := o.ask(t, "GET", "/api/v1/programmes/"+p, nil).object(200)
	require.Len(t, view["rundown"], 2, "a bulletin stands there once, and can be sent back so")
	o.ask(t, "PUT", "/api/v1/programmes/"+p, view).object(200)
	require.Len(t, stored(), 2)

	page := o.page(t, "/bulletins")
	require.Contains(t, page, "Tày · 0:0")
	require.Contains(t, o.page(t, "/bulletins?lang=en"), "Vietnamese · 0:0")

	b["language"] = "tyz"
	o.ask(t, "PUT", "/api/v1/bulletins/"+id, b).object(200)
	require.Equal(t, []string{" Họp thôn " + tay[:4], "vi Họp thôn (Tiếng Việt) " + kinh[:4]}, stored())
	b["language"], b["clips"] = "vi", object{"vi": kinh}
	o.ask(t, "PUT", "/api/v1/bulletins/"+id, b).object(200)
	require.Equal(t, []string{" Họp thôn " + kinh[:4]}, stored())

	// an operator's other language must be approved before it is heard
	writer := o.somebody(t, "hoa", "operator", "la-da")
	b["clips"] = object{"vi": kinh, "tyz": tay}
	changed := writer.does(t, "PUT", "/api/v1/bulletins/"+id, b).object(200)
	require.Equal(t, "waiting", changed["approval"].(object)["state"])
	require.Equal(t, "waiting", o.ask(t, "GET", "/api/v1/programmes/"+p, nil).object(200)["approval"].(object)["state"])
}

// An alert is said in each of its languages in every round.
func TestAnAlertInSeveralLanguages(t *testing.T) {
	o := start(t)
	kinh, khmer := o.clip(t, "Nước lũ đang lên."), o.clip(t, "Tưk chum lơng.")
	id := o.ask(t, "POST", "/api/v1/bulletins", object{"title": "Lũ", "class": "emergency",
		"clips": object{"vi": kinh, "km": khmer}}).object(201)["id"].(string)
	call := o.begin(t, village(with("class", "emergency"), with("armed", o.arm(t)), with("bulletin", id)))
	require.Equal(t, "Lũ", call["title"])
	row, err := o.look(t).Call(t.Context(), call["id"].(string))
	require.NoError(t, err)
	require.Len(t, row.Rundown, 4, "tone, twice the message, pause")
	require.Equal(t, []string{kinh, khmer}, []string{row.Rundown[1].Clip, row.Rundown[2].Clip})
}

// look reads what a controller that runs has stored.
func (o *office) look(t *testing.T) *store.Store {
	t.Helper()
	s, err := store.OpenReadOnly(t.Context(), o.dir)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}
