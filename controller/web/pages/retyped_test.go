package pages

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

// What was posted stands in the form of the same address again, and in no other; what is
// hidden stays, and no password comes back.
func TestWhatWasTypedIsKept(t *testing.T) {
	page := []byte(`<!doctype html><html lang="vi"><body>
<form method="post" action="/x/1"><input name="who" value="cũ"></form>
<details><summary>Sửa</summary><form method="post" action="/x/2#here"><input type="hidden" name="digest" value="d">
<input name="who" value="cũ"><input name="from"><input name="from"><input type="password" name="password">
<textarea name="why">cũ</textarea><input type="checkbox" name="day" value="1" checked><input type="checkbox" name="day" value="2">
<select name="place"><option value="a" selected>A</option><option value="b">B</option></select>
<button name="do" value="go">Lưu</button></form></details></body></html>`)
	posted := url.Values{"who": {`Tư "điện" <b>`}, "from": {"7:00", "25:00"}, "why": {"hỏng\nnguồn"}, "day": {"2"}, "place": {"b"}, "do": {"go"},
		"password": {"bí mật"}, "digest": {"sửa"}}
	got, ok := retyped(page, "/x/2", posted, "Giờ chưa đúng.")
	require.True(t, ok)
	for _, part := range []string{`action="/x/1"><input name="who" value="cũ"/>`, `<details open="">`,
		`<p class="wrong" role="alert">Giờ chưa đúng.</p>`, `name="who" value="Tư &#34;điện&#34; &lt;b&gt;"`, `name="from" value="7:00"`,
		`name="from" value="25:00"`, "<textarea name=\"why\">hỏng\nnguồn</textarea>", `name="day" value="1"/>`, `name="day" value="2" checked=""`,
		`<option value="a">A`, `<option value="b" selected="">`, `name="digest" value="d"`, `<input type="password" name="password"/>`} {
		require.Contains(t, string(got), part)
	}
	for _, action := range []string{"/x/3", ""} {
		same, ok := retyped(page, action, posted, "x")
		require.False(t, ok)
		require.Equal(t, page, same)
	}
	_, ok = retyped(page, "/x/2", url.Values{"other": {"x"}}, "")
	require.False(t, ok, "it has no such field")
}

func FuzzRetyped(f *testing.F) {
	f.Add(`<form method=post action="/x"><input name=a></form>`, "/x", "a=1&a=2")
	f.Fuzz(func(_ *testing.T, page, action, posted string) {
		values, _ := url.ParseQuery(posted) // what can be read of it
		retyped([]byte(page), action, values, "x")
	})
}
