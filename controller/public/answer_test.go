package public_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/office/access"
	"loa/controller/office/answers"
	"loa/controller/store"
)

// machine is a request of the office itself.
func machine(t testing.TB) context.Context { return access.With(t.Context(), access.MachineVisit()) }

// answerCode is that of Thôn 1.
func (b *board) answerCode() string {
	b.T.Helper()
	all, err := b.answers.Codes(machine(b.T))
	require.NoError(b.T, err)
	for _, c := range all {
		if c.Area == "thon-1" {
			return c.Code
		}
	}
	b.T.Fatal("Thôn 1 has no code")
	return ""
}

// send is a form that comes from an address.
func (b *board) send(from, path string, form url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.RemoteAddr = from + ":40000"
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	b.server.Handler().ServeHTTP(w, r)
	return w
}

// look is a page that an address asks for.
func (b *board) look(from, path string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.RemoteAddr = from + ":40000"
	w := httptest.NewRecorder()
	b.server.Handler().ServeHTTP(w, r)
	return w
}

// upload is a message, as a browser sends it.
func (b *board) upload(from, code string, fields map[string]string, photo []byte) *httptest.ResponseRecorder {
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for name, value := range fields {
		require.NoError(b.T, m.WriteField(name, value))
	}
	if photo != nil {
		part, err := m.CreateFormFile("photo", "IMG_2026.jpg")
		require.NoError(b.T, err)
		_, err = part.Write(photo)
		require.NoError(b.T, err)
	}
	require.NoError(b.T, m.Close())
	r := httptest.NewRequest(http.MethodPost, "/q/"+code+"/bao-tin", &body)
	r.RemoteAddr = from + ":40000"
	r.Header.Set("Content-Type", m.FormDataContentType())
	w := httptest.NewRecorder()
	b.server.Handler().ServeHTTP(w, r)
	return w
}

func (b *board) situation() answers.Situation {
	b.T.Helper()
	s, err := b.answers.Situation(machine(b.T))
	require.NoError(b.T, err)
	return s
}

// Who has the code of the notice board can answer there, and nobody else; the page says what
// was noted, and stays small.
func TestAnswering(t *testing.T) {
	b := open(t, unbound, lived)
	code, entry := b.answerCode(), b.first(t).ID
	require.NotContains(t, b.get("/t/"+b.code), code, "the page that all can find does not tell it")
	require.NotContains(t, b.get("/"), code)
	require.NotContains(t, b.get("/api/commune"), code)
	require.NotContains(t, b.get("/t/"+b.code), "<form")
	require.Contains(t, b.get("/t/"+b.code), "quét mã QR trên bảng tin của thôn")

	page := b.look("10.0.0.1", "/q/"+code)
	require.Equal(t, 200, page.Code)
	require.Contains(t, page.Body.String(), "Bà con nghe tin này thế nào?")
	require.Contains(t, page.Header().Get("Content-Security-Policy"), "form-action 'self'")
	require.Contains(t, page.Body.String(), `<meta property="og:url" content="`+b.url+"/t/"+b.code+`">`, "a link that is passed on reads only")
	w := b.send("10.0.0.1", "/q/"+code+"/"+entry+"/heard", url.Values{"said": {"unclear"}})
	require.Equal(t, http.StatusSeeOther, w.Code)
	after := b.look("10.0.0.1", w.Header().Get("Location"))
	require.Contains(t, after.Body.String(), "Đã ghi, cảm ơn bà con: <strong>Không rõ</strong>")
	require.Empty(t, after.Header().Values("Set-Cookie"))
	s := b.situation()
	require.Equal(t, 1, s.Broadcasts[0].Villages[0].Unclear)

	for path, status := range map[string]int{"/q/abcdefg": 404, "/q/" + code + "/nothing": 404, "/q/" + code + "?page=9": 404,
		"/q/" + code + "/bao-tin": 200, "/tin": 200, "/tin/aaaaaaaaaa": 404, "/rieng-tu": 200, "/rieng-tu?lang=en": 200,
		"/q/" + code + "?lang=en": 200} {
		require.Equal(t, status, b.look("10.0.0.2", path).Code, path)
	}
	require.Equal(t, 422, b.send("10.0.0.2", "/q/"+code+"/"+entry+"/heard", url.Values{"said": {"<b>"}}).Code)
	require.Equal(t, 422, b.send("10.0.0.2", "/q/"+code+"/"+entry+"/heard", url.Values{"said": {strings.Repeat("x", 5000)}}).Code)
	require.Equal(t, 405, b.send("10.0.0.2", "/t/"+b.code+"/"+entry+"/heard", url.Values{"said": {"clear"}}).Code)

	foreign := httptest.NewRequest(http.MethodPost, "/q/"+code+"/"+entry+"/heard", strings.NewReader("said=clear"))
	foreign.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	foreign.Header.Set("Origin", "https://evil.example")
	w = httptest.NewRecorder()
	b.server.Handler().ServeHTTP(w, foreign)
	require.Equal(t, 422, w.Code, "another site's page does not answer for its readers")

	require.NoError(t, b.answers.Renew(machine(t), "thon-1"))
	old := b.look("10.0.0.3", "/q/"+code)
	require.Equal(t, http.StatusGone, old.Code)
	require.Contains(t, old.Body.String(), "Mã đã đổi: hãy quét mã mới trên bảng tin, hoặc hỏi trưởng thôn.")
	require.Contains(t, old.Body.String(), `href="/t/`+b.code+`"`, "it can be read on")
	require.Equal(t, 1, b.situation().Broadcasts[0].Villages[0].Unclear)
}

// A question stands below what it goes with, until its time.
func TestAskedBelow(t *testing.T) {
	b := open(t, unbound, lived)
	require.NoError(t, b.answers.PutQuestion(machine(t), "b-hop", answers.Question{Words: "Nhà bà con có đi họp không?",
		Answers: []string{"Có <3", "Không"}, Until: noon.Add(time.Hour)}))
	b.later(time.Second * 3)
	code := b.answerCode()
	page := b.look("10.0.0.1", "/q/"+code).Body.String()
	require.Contains(t, page, "Nhà bà con có đi họp không?")
	require.Contains(t, page, "Có &lt;3")
	m := regexp.MustCompile(`action="(/q/[^"]*/answer)"><input type="hidden" name="question" value="([^"]+)"`).FindStringSubmatch(page)
	require.NotNil(t, m)
	w := b.send("10.0.0.1", m[1], url.Values{"question": {m[2]}, "choice": {"0"}})
	require.Equal(t, http.StatusSeeOther, w.Code)
	require.Contains(t, b.look("10.0.0.1", w.Header().Get("Location")).Body.String(),
		"Đã ghi câu trả lời, cảm ơn bà con: <strong>Có &lt;3</strong>")
	require.Equal(t, 422, b.send("10.0.0.1", m[1], url.Values{"question": {m[2]}, "choice": {"7"}}).Code)
	asked, err := b.answers.Questions(machine(t), "b-hop")
	require.NoError(t, err)
	require.Equal(t, []int{1, 0}, asked[0].Total)
	b.later(2 * time.Hour)
	require.NotContains(t, b.look("10.0.0.1", "/q/"+code).Body.String(), "Nhà bà con có đi họp không?")
	require.Equal(t, 404, b.send("10.0.0.1", m[1], url.Values{"question": {m[2]}, "choice": {"1"}}).Code)
}

// A message with a photo goes to the office, and what the office answers stands under its code
// and nowhere else.
func TestReporting(t *testing.T) {
	b := open(t, unbound, lived)
	code := b.answerCode()
	var photo bytes.Buffer
	require.NoError(t, jpeg.Encode(&photo, image.NewRGBA(image.Rect(0, 0, 300, 200)), nil))
	fields := map[string]string{"kind": "landslide", "words": "Sạt ở dốc đá <script>", "phone": "0912345678", "latitude": "11,25",
		"longitude": "108"}
	w := b.upload("10.0.0.1", code, fields, photo.Bytes())
	require.Equal(t, http.StatusSeeOther, w.Code, w.Body.String())
	at := strings.TrimSuffix(w.Header().Get("Location"), "?sent")
	require.Regexp(t, `^/tin/[2-9a-z]{10}$`, at)
	all, err := b.answers.Messages(machine(t))
	require.NoError(t, err)
	require.Len(t, all, 1)
	require.Equal(t, "Sạt ở dốc đá <script>", all[0].Words)
	require.Equal(t, &store.Point{Latitude: 11.25, Longitude: 108}, all[0].Point)
	require.NotEmpty(t, all[0].Photo)
	state, reply := "doing", "Đội dân quân đang tới <b>"
	_, err = b.answers.Put(machine(t), all[0].ID, answers.Handling{State: &state, Reply: &reply})
	require.NoError(t, err)
	page := b.look("10.9.9.9", at)
	require.Equal(t, "no-store", page.Header().Get("Cache-Control"))
	require.Contains(t, page.Body.String(), "Đội dân quân đang tới &lt;b&gt;")
	require.Contains(t, page.Body.String(), `class="on" aria-current="step">đang xử lý`)
	for _, never := range []string{"Sạt ở dốc đá", "0912345678", "108"} {
		require.NotContains(t, page.Body.String(), never, "who finds the code does not read what was sent")
	}
	require.Equal(t, http.StatusSeeOther, b.look("10.0.0.1", "/tin?ma="+strings.ToUpper(at[5:])+"+").Code)

	fields["phone"] = "gọi tôi"
	bad := b.upload("10.0.0.1", code, fields, nil)
	require.Equal(t, 422, bad.Code)
	require.Contains(t, bad.Body.String(), "Số điện thoại chưa đúng")
	require.Contains(t, bad.Body.String(), "Sạt ở dốc đá &lt;script&gt;", "what was typed is still there")
	require.Equal(t, 413, b.upload("10.0.0.1", code, fields, make([]byte, 11<<20)).Code)
	require.Equal(t, 404, b.upload("10.0.0.1", "abcdefg", fields, nil).Code)
	require.Equal(t, 422, b.send("10.0.0.1", "/q/"+code+"/bao-tin", url.Values{"kind": {"fire"}}).Code, "a form of another kind")

	require.Equal(t, 200, b.send("10.0.0.1", at+"/xoa", nil).Code)
	require.Equal(t, 404, b.look("10.0.0.1", at).Code)
}

// A hundred thousand forged answers change nothing that anybody would believe: each address
// counts once, a network for a few, what has no code or a wrong one for nothing; and beside the
// figures stands how much was refused, so that nothing is concluded from them.
func TestForgedAnswers(t *testing.T) {
	b := open(t, unbound, lived)
	code, entry := b.answerCode(), ""
	snapshot, err := b.replay.Snapshot(t.Context())
	require.NoError(t, err)
	p, _ := snapshot.Page(b.code)
	for _, e := range p.Entries {
		if e.Title == "Tạm ngừng cấp nước" { // of which the loudspeakers say that they sounded
			entry = e.ID
		}
	}
	heard := func(code string) string { return "/q/" + code + "/" + entry + "/heard" }
	honest := func(net int, word string) {
		require.Equal(t, http.StatusSeeOther, b.send(fmt.Sprintf("10.%d.0.5", net), heard(code), url.Values{"said": {word}}).Code)
	}
	for i := range 50 {
		honest(i, map[bool]string{true: "clear", false: "unclear"}[i < 44])
	}
	before, queries := b.situation().Broadcasts[0].Villages[0], b.Store.Queries()
	require.Equal(t, []int{44, 6, 0}, []int{before.Clear, before.Unclear, before.Unheard})
	const each = 25_000
	unheard := url.Values{"said": {"unheard"}}
	for i := range each {
		b.send(fmt.Sprintf("172.16.%d.%d", i>>8&255, i&255), heard("xxxxxxx"), unheard) // no code that there is
		b.send(fmt.Sprintf("172.17.%d.%d", i>>8&255, i&255), heard(fmt.Sprintf("%07d", i)), unheard)
		b.send("172.18.0.1", heard(code), unheard)
		b.send(fmt.Sprintf("172.19.0.%d", i&255), heard(code), unheard)
	}
	after := b.situation()
	v := after.Broadcasts[0].Villages[0]
	t.Logf("%+v, %d wrong codes, %d questions to the database", v, after.Wrong, b.Store.Queries()-queries)
	require.Equal(t, []int{44, 6}, []int{v.Clear, v.Unclear})
	require.LessOrEqual(t, v.Unheard, 1+16, "one address, and one network")
	require.Positive(t, v.Sounded)
	require.Greater(t, 3*(v.Unclear+v.Unheard), v.Clear+v.Unclear+v.Unheard, "as many as a finding needs")
	require.True(t, v.Doubtful)
	require.False(t, v.Finding, "nothing is concluded")
	require.Greater(t, v.Refused, 23_000)
	require.Positive(t, after.Wrong)
	require.Less(t, b.Store.Queries()-queries, int64(200), "and cost the office nothing")
	honest(99, "clear")
	require.Equal(t, 45, b.situation().Broadcasts[0].Villages[0].Clear, "a villager is still heard")
}

// Whatever a form holds, what comes back is a page of ours, and nothing of it unescaped.
func FuzzAnswerForm(f *testing.F) {
	b := open(f, unbound, lived)
	code := b.answerCode()
	s, err := b.replay.Snapshot(f.Context())
	require.NoError(f, err)
	p, _ := s.Page(b.code)
	f.Add(p.Entries[0].ID, "said=clear", "heard")
	f.Add("x", "question=1&choice=99999999999999999999", "answer")
	f.Add("../..", "said=%00%ff;", "heard")
	n := 0
	f.Fuzz(func(t *testing.T, id, body, what string) {
		n++
		r := httptest.NewRequest(http.MethodPost, "http://loa.example/", strings.NewReader(body))
		r.URL = &url.URL{Path: "/q/" + code + "/" + id + "/" + what}
		r.RemoteAddr = fmt.Sprintf("10.%d.%d.1:1", n>>8&255, n&255)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		b.server.Handler().ServeHTTP(w, r)
		require.Contains(t, []int{301, 303, 307, 404, 410, 422, 429}, w.Code)
		require.NotContains(t, w.Body.String(), "<script>")
		if at := w.Header().Get("Location"); at != "" {
			u, err := url.Parse(at)
			require.NoError(t, err)
			require.Empty(t, u.Host)
		}
	})
}

// Whatever is sent as a message, it is taken whole or refused with a sentence.
func FuzzReportForm(f *testing.F) {
	b := open(f, unbound, lived)
	code := b.answerCode()
	f.Add("--x\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\nfire\r\n--x--\r\n", "x")
	f.Add("--x\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"../../a\"\r\n\r\n\xff\xd8\r\n--x--\r\n", "x")
	f.Add("--x\r\n", "")
	n := 0
	f.Fuzz(func(t *testing.T, body, boundary string) {
		n++
		r := httptest.NewRequest(http.MethodPost, "/q/"+code+"/bao-tin", strings.NewReader(body))
		r.RemoteAddr = fmt.Sprintf("10.%d.%d.1:1", n>>8&255, n&255)
		r.Header.Set("Content-Type", "multipart/form-data; boundary="+boundary)
		w := httptest.NewRecorder()
		b.server.Handler().ServeHTTP(w, r)
		require.Contains(t, []int{303, 413, 415, 422, 429, 503}, w.Code, w.Body.String())
	})
}
