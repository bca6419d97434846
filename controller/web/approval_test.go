package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/cmd/prove/witness"
	"loa/controller/store"
)

// somebody is a person who is signed in.
type somebody struct {
	*office
	id, cookie, password string
}

// somebody lets a person in and signs them in.
func (o *office) somebody(t *testing.T, login, role, area string) *somebody {
	t.Helper()
	password := "mật khẩu của " + login + " rất dài"
	p := o.ask(t, "POST", "/api/v1/people", object{"login": login, "name": "Cô " + strings.ToUpper(login), "password": password,
		"grants": array{object{"role": role, "area": area}}}).object(201)
	r := o.send(t, "POST", "/api/v1/session", object{"login": login, "password": password}, "Content-Type", "application/json")
	r.object(201)
	return &somebody{o, p["id"].(string), sessionOf(t, r), password}
}

func (p *somebody) does(t *testing.T, method, path string, body any) reply {
	t.Helper()
	return p.send(t, method, path, body, "Cookie", p.cookie, "Origin", p.URL(), "Content-Type", "application/json")
}

// airs reports whether a programme is in the calendar as the nodes get it.
func (o *office) airs(t *testing.T, id string) bool {
	t.Helper()
	for _, a := range o.airings(t, soon, soon.Add(48*time.Hour), "") {
		if a["programme"] == id {
			return true
		}
	}
	return false
}

func approvalOf(v object) object { return v["approval"].(object) }

// Nothing of an operator's is on the calendar before a leader approved just
// that; a change must be approved again.
func TestApproval(t *testing.T) {
	o := start(t)
	writer, leader, elsewhere := o.somebody(t, "hoa", "operator", "la-da"), o.somebody(t, "nam", "approver", "la-da"), o.somebody(t, "ba",
		"approver", "thon-2")
	clip, other := o.clip(t, "Một."), o.clip(t, "Hai.")
	b := writer.does(t, "POST", "/api/v1/bulletins", object{"title": "Cắt điện", "clips": object{"vi": clip}}).object(201)
	require.Equal(t, "Cô HOA", b["author"])
	require.Equal(t, "waiting", approvalOf(b)["state"])
	body := programme(with("targets", object{"areas": array{"thon-1"}}), with("rundown", array{object{"bulletin": b["id"]}}))
	p := writer.does(t, "POST", "/api/v1/programmes", body).object(201)
	id, path := p["id"].(string), "/api/v1/programmes/"+p["id"].(string)
	require.Equal(t, "waiting", approvalOf(p)["state"])
	require.False(t, o.airs(t, id))

	waiting := leader.does(t, "GET", "/api/v1/approvals", nil).items()
	require.Len(t, waiting, 2)
	for _, w := range waiting {
		require.Equal(t, true, w["may"])
		require.Equal(t, "Cô HOA", approvalOf(w)["author"])
	}
	today := leader.does(t, "GET", "/", nil)
	require.Contains(t, string(today.body), "1 bản tin, 1 buổi phát chờ duyệt")
	require.NotContains(t, string(o.somebody(t, "truong", "head", "thon-1").does(t, "GET", "/", nil).body), "chờ duyệt")

	seen := object{"digest": approvalOf(p)["digest"]}
	writer.does(t, "POST", path+"/approve", seen).problem(403, "forbidden")
	elsewhere.does(t, "POST", path+"/approve", seen).problem(403, "forbidden")
	elsewhere.does(t, "POST", "/api/v1/bulletins/"+b["id"].(string)+"/approve", object{"digest": approvalOf(b)["digest"]}).problem(403,
		"forbidden")
	leader.does(t, "POST", path+"/approve", object{"digest": "something else"}).problem(409, "changed_since")
	leader.does(t, "POST", path+"/approve", object{}).problem(422, "request_invalid")
	require.False(t, o.airs(t, id))
	got := leader.does(t, "POST", path+"/approve", seen).object(200)
	require.Equal(t, []any{"approved", "Cô NAM", "Cô HOA"}, []any{approvalOf(got)["state"], approvalOf(got)["by"], approvalOf(got)["author"]})
	require.True(t, o.airs(t, id))
	bulletin := func() object { return o.ask(t, "GET", "/api/v1/bulletins/"+b["id"].(string), nil).object(200) }
	require.Equal(t, "approved", approvalOf(bulletin())["state"], "it was heard with its programme")
	leader.does(t, "POST", path+"/approve", seen).problem(409, "not_waiting")
	log := string(o.ask(t, "GET", "/api/v1/audit?action=programme.approve", nil).body)
	require.Contains(t, log, leader.id)
	require.Contains(t, log, id)

	// whatever is heard, where or when, is not what was approved
	again := func() {
		t.Helper()
		got := o.ask(t, "GET", path, nil).object(200)
		require.Equal(t, "waiting", approvalOf(got)["state"])
		require.False(t, o.airs(t, id))
		leader.does(t, "POST", path+"/approve", seen).problem(409, "changed_since")
		seen = object{"digest": approvalOf(got)["digest"]}
		leader.does(t, "POST", path+"/approve", seen).object(200)
		require.True(t, o.airs(t, id))
	}
	for key, value := range map[string]any{"at": later(2 * time.Hour), "targets": object{"areas": array{"la-da"}}, "class": "priority",
		"rundown": array{object{"bulletin": b["id"], "gain_db": 6}}, "start_late_s": 60} {
		with(key, value)(body)
		writer.does(t, "PUT", path, body).object(200)
		again()
	}
	b["clips"] = object{"vi": other} // a bulletin takes its programmes with it
	writer.does(t, "PUT", "/api/v1/bulletins/"+b["id"].(string), b).object(200)
	require.Equal(t, "waiting", approvalOf(bulletin())["state"])
	again()
	b["summary"] = "Thôn 1"
	writer.does(t, "PUT", "/api/v1/bulletins/"+b["id"].(string), b).object(200)
	require.True(t, o.airs(t, id), "nothing that is heard was changed")
	with("order", 3)(body)
	writer.does(t, "PUT", path, body).object(200)
	require.True(t, o.airs(t, id))

	// returned, and given in again
	writer.does(t, "POST", path+"/return", object{"reason": "x"}).problem(403, "forbidden")
	leader.does(t, "POST", path+"/return", object{"reason": "  "}).problem(422, "reason_missing")
	got = leader.does(t, "POST", "/api/v1/bulletins/"+b["id"].(string)+"/return", object{"reason": "sai ngày"}).object(200)
	require.Equal(t, []any{"returned", "sai ngày"}, []any{approvalOf(got)["state"], approvalOf(got)["reason"]})
	require.False(t, o.airs(t, id), "what holds it goes with it")
	require.Contains(t, approvalOf(o.ask(t, "GET", path, nil).object(200))["reason"], "sai ngày")
	writer.does(t, "PUT", path, body).object(200)
	require.Equal(t, "returned", approvalOf(o.ask(t, "GET", path, nil).object(200))["state"], "saving it as it was is not asking again")
	leader.does(t, "POST", path+"/submit", nil).problem(403, "forbidden")
	require.Equal(t, "waiting", approvalOf(writer.does(t, "POST", path+"/submit", nil).object(200))["state"])

	draft := writer.does(t, "POST", "/api/v1/bulletins", object{"title": "Nháp", "draft": true, "clips": object{"vi": clip}}).object(201)
	require.Equal(t, "draft", approvalOf(draft)["state"])
	require.Len(t, writer.does(t, "GET", "/api/v1/approvals?state=draft", nil).items(), 1)
	leader.does(t, "POST", "/api/v1/bulletins/"+draft["id"].(string)+"/approve",
		object{"digest": approvalOf(draft)["digest"]}).problem(409, "not_waiting")
}

// The page: heard before it is approved, and a button with a reason.
func TestApprovalPage(t *testing.T) {
	o := start(t)
	writer, leader := o.somebody(t, "hoa", "operator", "la-da"), o.somebody(t, "nam", "approver", "la-da")
	b := writer.does(t, "POST", "/api/v1/bulletins", object{"title": `<b>"Điện"`, "clips": object{"vi": o.clip(t, "Một.")}}).object(201)
	writer.does(t, "POST", "/api/v1/programmes", programme(with("title", "Sáng mai"),
		with("targets", object{"areas": array{"thon-1"}}))).object(201)
	page := string(leader.does(t, "GET", "/approvals", nil).body)
	for _, words := range []string{"Sáng mai", "Thôn 1", "Cô HOA", "Chờ duyệt", `/audio`, `&lt;b&gt;`, "/approve", "/return",
		"<blockquote>Một.</blockquote>"} {
		require.Contains(t, page, words)
	}
	require.NotContains(t, page, `<b>"`)
	require.NotContains(t, string(writer.does(t, "GET", "/approvals", nil).body), "/approve\"")
	path := "/approvals/bulletins/" + b["id"].(string)
	o.form(t, path+"/approve", url.Values{"digest": {approvalOf(b)["digest"].(string)}}, "Cookie", leader.cookie, "Sec-Fetch-Site",
		"cross-site").problem(403, "cross_origin")
	require.Equal(t, 422, o.form(t, path+"/return", url.Values{}, "Cookie", leader.cookie).status)
	r := o.form(t, path+"/return", url.Values{"reason": {"chưa rõ ngày"}}, "Cookie", leader.cookie)
	require.Equal(t, []any{303, "/approvals"}, []any{r.status, r.header.Get("Location")})
	require.Contains(t, string(writer.does(t, "GET", "/approvals", nil).body), "chưa rõ ngày")
	require.Equal(t, 303, o.form(t, path+"/submit", nil, "Cookie", writer.cookie).status)
	require.Equal(t, 303, o.form(t, path+"/approve", url.Values{"digest": {approvalOf(b)["digest"].(string)}}, "Cookie", leader.cookie).status)
	require.Contains(t, string(leader.does(t, "GET", "/approvals?lang=en", nil).body), "by Cô NAM")
}

// One official alone works; two persons where the commune wants two; and what
// needs approval is the commune's to say.
func TestApprovalRules(t *testing.T) {
	o := start(t)
	head, writer, leader := o.somebody(t, "lan", "admin", "la-da"), o.somebody(t, "hoa", "operator", "la-da"), o.somebody(t, "nam",
		"approver", "la-da")
	clip := o.clip(t, "Một.")
	made := 0 // each at another hour
	state := func(p *somebody, edits ...func(object)) (string, string, object) {
		t.Helper()
		made++
		v := p.does(t, "POST", "/api/v1/programmes",
			programme(append([]func(object){with("at", later(time.Duration(made)*time.Hour))}, edits...)...)).object(201)
		by, _ := approvalOf(v)["by"].(string)
		return approvalOf(v)["state"].(string), by, v
	}
	rule := func(edits ...func(object)) {
		t.Helper()
		p := object{"need": "all", "classes": array{}, "sources": array{}, "own": true}
		for _, edit := range edits {
			edit(p)
		}
		require.Equal(t, p, head.does(t, "PUT", "/api/v1/approval", p).object(200))
		require.Equal(t, p, writer.does(t, "GET", "/api/v1/approval", nil).object(200))
	}
	is := func(wantState, wantBy string) func(string, string, object) {
		return func(state, by string, _ object) {
			t.Helper()
			require.Equal(t, []string{wantState, wantBy}, []string{state, by})
		}
	}
	require.Equal(t, true, o.ask(t, "GET", "/api/v1/approval", nil).object(200)["own"])
	is("approved", "Cô LAN")(state(head))
	is("waiting", "")(state(writer))

	rule(with("own", false))
	s, _, v := state(head)
	require.Equal(t, "waiting", s)
	path := "/api/v1/programmes/" + v["id"].(string)
	seen := object{"digest": approvalOf(v)["digest"]}
	head.does(t, "POST", path+"/approve", seen).problem(403, "own_work")
	token := head.does(t, "POST", "/api/v1/tokens", object{"name": "máy", "scopes": array{"approve", "read"},
		"password": head.password}).object(201)["token"].(string)
	o.send(t, "POST", path+"/approve", seen, "Authorization", "Bearer "+token, "Content-Type", "application/json").problem(403, "own_work")
	require.Equal(t, false, head.does(t, "GET", "/api/v1/approvals", nil).items()[0]["may"])
	head.does(t, "POST", path+"/submit", nil).object(200)
	require.False(t, o.airs(t, v["id"].(string)))
	leader.does(t, "POST", path+"/approve", seen).object(200)

	rule(with("need", "none"))
	is("approved", "")(state(writer))
	rule(with("need", "some"), with("classes", array{"priority"}), with("sources", array{"speech", "stream"}))
	is("approved", "")(state(writer))
	is("waiting", "")(state(writer, with("class", "priority")))
	is("waiting", "")(state(writer, with("rundown", array{object{"clip": clip}})))
	is("waiting", "")(state(writer, with("rundown", array{object{"stream": "http://dai.example/x", "length_s": 60}})))
	b := writer.does(t, "POST", "/api/v1/bulletins", object{"title": "Ưu tiên", "class": "priority", "clips": object{"vi": clip}}).object(201)
	rule(with("need", "some"), with("classes", array{"priority"}))
	is("waiting", "")(state(writer, with("rundown", array{object{"bulletin": b["id"]}})))
	is("approved", "")(state(writer, with("rundown", array{object{"clip": clip}})))

	writer.does(t, "PUT", "/api/v1/approval", object{"need": "none", "classes": array{}, "sources": array{}, "own": true}).problem(403,
		"forbidden")
	for _, bad := range []object{{"need": "sometimes", "classes": array{}, "sources": array{}, "own": true},
		{"need": "some", "classes": array{"live"}, "sources": array{}, "own": true},
		{"need": "some", "classes": array{}, "sources": array{"rumour"}, "own": true}} {
		require.Equal(t, 422, head.does(t, "PUT", "/api/v1/approval", bad).status)
	}
	require.Contains(t, string(o.ask(t, "GET", "/api/v1/audit?action=approval.put", nil).body), head.id)
}

// A bulletin that was approved and then heard is aired.
func TestBulletinIsAired(t *testing.T) {
	o := start(t)
	clip := o.clip(t, "Một.")
	b := o.ask(t, "POST", "/api/v1/bulletins", object{"title": "Tin", "clips": object{"vi": clip}}).object(201)
	require.Equal(t, "approved", approvalOf(b)["state"])
	s := open(t, o.dir)
	defer s.Close()
	at := time.Now().Add(time.Minute)
	_, err := s.AddPlays(t.Context(), []store.Play{{Node: "thon-1-loa", Programme: "p", Airing: "p@x", Clip: clip, At: at,
		Outcome: "not_heard", Received: at}})
	require.NoError(t, err)
	path := "/api/v1/bulletins/" + b["id"].(string)
	require.Equal(t, "approved", approvalOf(o.ask(t, "GET", path, nil).object(200))["state"], "nobody heard it")
	_, err = s.AddPlays(t.Context(), []store.Play{{Node: "da-mi-loa", Programme: "p", Airing: "p@x", Clip: clip, At: at, Began: at,
		Outcome: "heard", Received: at}})
	require.NoError(t, err)
	require.Equal(t, "aired", approvalOf(o.ask(t, "GET", path, nil).object(200))["state"])
}

// An emergency waits for nobody, says so, and those who answer for it are told.
func TestEmergencyTellsTheLeaders(t *testing.T) {
	o := start(t)
	var mu sync.Mutex
	var posts []string
	hook := listen(t, func(w http.ResponseWriter, r *http.Request, body string) {
		mu.Lock()
		defer mu.Unlock()
		posts = append(posts, r.Header.Get("Loa-Signature")+" "+body)
	})
	head := o.somebody(t, "lan", "admin", "la-da")
	leader, far, writer := o.somebody(t, "nam", "approver", "thon-1"), o.somebody(t, "ba", "approver", "thon-2"), o.somebody(t, "hoa",
		"operator", "la-da")
	o.ask(t, "GET", "/api/v1/notify", nil).object(200)
	writer.does(t, "GET", "/api/v1/notify", nil).problem(403, "forbidden")
	set := head.does(t, "PUT", "/api/v1/notify", object{"webhook": object{"url": hook, "secret": "bí mật"}}).object(200)
	require.Equal(t, true, set["webhook"].(object)["secret_set"])
	require.NotContains(t, string(head.does(t, "GET", "/api/v1/notify", nil).body), "bí mật")
	head.does(t, "PUT", "/api/v1/notify", object{"webhook": object{"url": "ftp://x"}}).problem(422, "webhook_url")
	head.does(t, "PUT", "/api/v1/notify", object{"mail": object{"server": "smtp"}}).problem(422, "mail_settings")
	kept := head.does(t, "PUT", "/api/v1/notify", object{"webhook": object{"url": hook}}).object(200)
	require.Equal(t, true, kept["webhook"].(object)["secret_set"], "left out it stays")

	speaker := o.somebody(t, "bay", "speaker", "la-da")
	armed := func() string {
		return speaker.does(t, "POST", "/api/v1/arm", object{}).object(201)["armed"].(string)
	}
	var call object
	require.Eventually(t, func() bool {
		r := speaker.does(t, "POST", "/api/v1/calls", object{"title": "Lũ quét", "class": "emergency",
			"targets": object{"areas": array{"thon-1"}}, "chime": false, "armed": armed()})
		if r.status == 201 {
			call = r.object(201)
		}
		return r.status == 201
	}, time.Minute, 50*time.Millisecond)
	require.Equal(t, true, call["bypass"])
	told := func(p *somebody) []map[string]any { return p.does(t, "GET", "/api/v1/notices", nil).items() }
	for _, p := range []*somebody{head, leader} {
		require.Eventually(t, func() bool { return len(told(p)) == 1 }, time.Minute, 20*time.Millisecond)
		n := told(p)[0]
		require.Equal(t, []any{"Lũ quét", "Cô BAY", "Thôn 1", call["id"]}, []any{n["title"], n["who"], n["places"], n["call"]})
	}
	for _, p := range []*somebody{far, writer, speaker} {
		require.Empty(t, told(p))
	}
	for _, path := range []string{"/", "/account", "/log", "/?part=notices"} {
		page := string(leader.does(t, "GET", path, nil).body)
		require.Contains(t, page, "Đã phát KHẨN CẤP", path)
		require.Contains(t, page, "Khẩn cấp: không qua duyệt", path)
	}
	require.NotContains(t, string(writer.does(t, "GET", "/", nil).body), "Đã phát KHẨN CẤP")
	audit := string(o.ask(t, "GET", "/api/v1/audit?action=call.begin", nil).body)
	require.Contains(t, audit, "Khẩn cấp: không qua duyệt")
	require.Eventually(t, func() bool { mu.Lock(); defer mu.Unlock(); return len(posts) == 1 }, time.Minute, 20*time.Millisecond)
	require.Regexp(t, `^t=\d+,v1=[0-9a-f]{64} `, posts[0])
	require.Contains(t, posts[0], `"title":"Lũ quét"`)
	require.Contains(t, posts[0], `"approved":false`)

	id := told(leader)[0]["id"].(string)
	far.does(t, "POST", "/api/v1/notices/"+id+"/read", nil).problem(404, "not_found")
	r := o.form(t, "/notices/"+id, url.Values{"next": {"/log"}}, "Cookie", leader.cookie)
	require.Equal(t, []any{303, "/log"}, []any{r.status, r.header.Get("Location")})
	require.Empty(t, told(leader))
	require.Len(t, told(head), 1, "each reads for themselves")

	// in the log with all of that
	speaker.does(t, "POST", "/api/v1/calls/"+call["id"].(string)+"/stop", nil).object(200)
	line := o.ask(t, "GET", "/api/v1/log?class=emergency", nil).items()[0]
	require.Equal(t, []any{"call", "Cô BAY", array{"bypass"}, array{"Thôn 1"}},
		[]any{line["kind"], line["speaker"], line["remarks"], line["where"]})
}

// A way out that hangs keeps no call waiting.
func TestEmergencyDoesNotWaitForItsNews(t *testing.T) {
	o := start(t)
	hang := make(chan struct{})
	hook := listen(t, func(http.ResponseWriter, *http.Request, string) { <-hang })
	t.Cleanup(func() { close(hang) })
	o.ask(t, "PUT", "/api/v1/notify", object{"webhook": object{"url": hook}}).object(200)
	o.somebody(t, "lan", "admin", "la-da")
	for i := range 3 {
		began := time.Now()
		o.begin(t, village(with("class", "emergency"), with("armed", o.arm(t)), with("title", fmt.Sprint("Lũ ", i))))
		witness.Judge(t, began, time.Now(), func(t testing.TB) {
			require.Less(t, time.Since(began), 8*time.Second,
				"a way out waits for fifteen")
		})
	}
}
