package web_test

import (
	"bytes"
	"mime/multipart"
	"testing"

	"github.com/stretchr/testify/require"
)

// sendSound is the form of a bulletin's page with a file, as a browser without
// scripts sends it.
func (o *office) sendSound(t *testing.T, path, language, name string, data []byte, headers ...string) reply {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	require.NoError(t, w.WriteField("language", language))
	part, err := w.CreateFormFile("file", name)
	require.NoError(t, err)
	_, err = part.Write(data)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return o.send(t, "POST", path, &b, append([]string{"Content-Type", w.FormDataContentType(), "Origin", o.URL(), "Accept", "text/html"},
		headers...)...)
}

// A recording is replaced by a plain form, in the language that is chosen. The
// new one is approved like any changed sound: nobody hears it before that.
func TestBulletinSoundIsReplaced(t *testing.T) {
	w := newWorld(t)
	first, other := w.clip(t, "Mời bà con họp lúc bảy giờ."), w.clip(t, "Mời bà con họp ở đình làng.")
	id := w.ask(t, "POST", "/api/v1/bulletins", object{"title": "Họp thôn",
		"clips": object{"vi": first, "tyz": other}}).object(201)["id"].(string)
	held := w.add(t, programme(with("rundown", array{object{"bulletin": id}})))
	path, api := "/bulletins/"+id, "/api/v1/bulletins/"+id
	require.Equal(t, "approved", w.ask(t, "GET", api, nil).object(200)["approval"].(object)["state"])
	cookie, _ := w.as("operator", "la-da")
	page := string(w.send(t, "GET", path, nil, cookie...).body)
	require.Contains(t, page, `action="`+path+`/sound"`)
	require.Contains(t, page, "/api/v1/clips/"+first+"/audio")

	sound := w.ask(t, "GET", "/api/v1/clips/"+w.clip(t, "Mời bà con họp lúc tám giờ.")+"/audio", nil).body
	require.Equal(t, path+"?saved", w.sendSound(t, path+"/sound", "vi", "moi.ogg", sound, cookie...).header.Get("Location"))
	b := w.ask(t, "GET", api, nil).object(200)
	require.NotContains(t, []any{first, nil}, b["clips"].(object)["vi"])
	require.Equal(t, other, b["clips"].(object)["tyz"], "the other language stays")
	require.Equal(t, "waiting", b["approval"].(object)["state"], "what was approved is another sound")
	require.Equal(t, "waiting", w.ask(t, "GET", "/api/v1/programmes/"+held, nil).object(200)["approval"].(object)["state"])
	require.Len(t, w.ask(t, "GET", "/api/v1/audit?action=bulletin.put", nil).items(), 1)

	for _, wrong := range []reply{
		w.sendSound(t, path+"/sound", "vi", "", nil, cookie...),
		w.sendSound(t, path+"/sound", "cjm", "moi.ogg", sound, cookie...),
	} {
		require.Equal(t, 422, wrong.status)
	}
	require.Contains(t, string(w.sendSound(t, path+"/sound", "vi", "", nil, cookie...).body), "Chưa chọn tệp")
	require.GreaterOrEqual(t, w.sendSound(t, path+"/sound", "vi", "moi.ogg", []byte("không phải âm thanh"), cookie...).status, 400)
	require.Equal(t, b["clips"], w.ask(t, "GET", api, nil).object(200)["clips"], "nothing was replaced")
}
