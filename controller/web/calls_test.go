package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"math"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"loa/audio"
	"loa/controller/store"
	"loa/schedule"
)

// village is a call to Thôn 1.
func village(edits ...func(object)) object {
	c := object{"class": "live", "targets": object{"areas": array{"thon-1"}}, "chime": false}
	for _, edit := range edits {
		edit(c)
	}
	return c
}

// begin puts a call on the air, once the controller has reached its broker.
func (o *office) begin(t *testing.T, c object) object {
	t.Helper()
	var r reply
	require.Eventually(t, func() bool { r = o.ask(t, "POST", "/api/v1/calls", c); return r.status < 500 }, time.Minute, 20*time.Millisecond)
	return r.object(201)
}

func (o *office) arm(t *testing.T) string {
	t.Helper()
	return o.ask(t, "POST", "/api/v1/arm", object{}).object(201)["armed"].(string)
}

// microphone is one WebSocket of somebody who speaks.
type microphone struct {
	t    *testing.T
	conn *websocket.Conn
}

func (o *office) microphone(t *testing.T, call object, hello string) *microphone {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), o.URL()+call["voice"].(string),
		&websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer " + o.Token()}}})
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.CloseNow() })
	m := &microphone{t, conn}
	if hello != "" {
		m.say(websocket.MessageText, []byte(hello))
	}
	return m
}

func (m *microphone) say(kind websocket.MessageType, data []byte) {
	m.t.Helper()
	require.NoError(m.t, m.conn.Write(m.t.Context(), kind, data))
}

// hears reads meters until one is as wanted.
func (m *microphone) hears(wanted func(meter) bool) (last meter) {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(m.t.Context(), time.Minute)
	defer cancel()
	for {
		_, data, err := m.conn.Read(ctx)
		require.NoError(m.t, err, "after %+v", last)
		last = meter{}
		require.NoError(m.t, json.Unmarshal(data, &last))
		if wanted(last) {
			return last
		}
	}
}

// closed reads until the controller closes the link, and returns with what.
func (m *microphone) closed() websocket.StatusCode {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(m.t.Context(), time.Minute)
	defer cancel()
	for {
		if _, _, err := m.conn.Read(ctx); err != nil {
			return websocket.CloseStatus(err)
		}
	}
}

type meter struct {
	OnAir   bool `json:"on_air"`
	Level   float64
	Heard   int
	Nodes   int
	Missing []string
	Reason  string
}

const pcm = `{"codec":"pcm_s16le"}`

// tone is 20 ms at half of full scale, as PCM.
func tone() []byte {
	frame := make([]byte, 2*audio.FrameSamples)
	for i := range audio.FrameSamples {
		v := int16(16384 * math.Sin(2*math.Pi*440*float64(i)/audio.Rate))
		frame[2*i], frame[2*i+1] = byte(v), byte(uint16(v)>>8)
	}
	return frame
}

// Whatever comes from a browser, the call goes on or the link ends; what is no
// voice is never on air.
func TestVoiceBadInput(t *testing.T) {
	o := start(t)
	call := o.begin(t, village())
	for _, hello := range []string{"xin chào", `{"codec":"mp3"}`, `{}`, `[]`, `null`, `{"codec":7}`, strings.Repeat("[", 10_000)} {
		m := o.microphone(t, call, hello)
		require.Equal(t, "garbage", m.hears(func(m meter) bool { return m.Reason != "" }).Reason, "the page says what to do")
		require.Equal(t, websocket.StatusUnsupportedData, m.closed(), hello)
	}
	m := o.microphone(t, call, "") // a hello in no codec
	m.say(websocket.MessageBinary, tone())
	require.Equal(t, websocket.StatusUnsupportedData, m.closed())

	// garbage among Opus is passed over
	m = o.microphone(t, call, `{"codec":"opus"}`)
	for _, garbage := range [][]byte{{}, {0}, {0xff}, []byte("không phải âm thanh"), make([]byte, 5000)} {
		m.say(websocket.MessageBinary, garbage)
		m.say(websocket.MessageText, garbage[:0])
	}
	m.say(websocket.MessageText, []byte(`{"end":false}`))
	silent := m.hears(func(m meter) bool { return m.OnAir })
	require.LessOrEqual(t, silent.Level, -120.0, "nothing of it is sound")
	require.Equal(t, 1, silent.Nodes)
	require.Zero(t, silent.Heard)
	require.Equal(t, []string{"Cụm loa thon-1"}, silent.Missing)
	require.Nil(t, m.hears(func(m meter) bool { return m.OnAir }).Missing, "said once")

	m = o.microphone(t, call, pcm) // a voice, all the same
	m.say(websocket.MessageBinary, []byte{1})
	m.say(websocket.MessageBinary, tone())
	require.InDelta(t, -9, m.hears(func(m meter) bool { return m.Level > -60 }).Level, 1)

	m.say(websocket.MessageBinary, make([]byte, 20<<10))
	require.Equal(t, websocket.StatusMessageTooBig, m.closed())

	m = o.microphone(t, call, pcm)
	flood := make([]byte, 15<<10)
	for range 100 { // 1.5 MB at once
		if m.conn.Write(t.Context(), websocket.MessageBinary, flood) != nil {
			break // cut off
		}
	}
	require.Contains(t, []websocket.StatusCode{websocket.StatusPolicyViolation, -1}, m.closed()) // -1: cut off while writing
	require.NotEmpty(t, o.ask(t, "GET", "/api/v1/calls/"+call["id"].(string), nil).object(200)["voice"], "the call goes on")
}

// A link that never says hello does not hold a place.
func TestVoiceStall(t *testing.T) {
	o := start(t)
	m := o.microphone(t, o.begin(t, village()), "")
	began := time.Now()
	m.closed()
	require.WithinDuration(t, began.Add(5*time.Second), time.Now(), 2*time.Second)
}

// The speaker says himself that all is said: it comes after his last frame.
// What comes later is nobody's.
func TestVoiceEnd(t *testing.T) {
	o := start(t)
	call := o.begin(t, village())
	m := o.microphone(t, call, pcm)
	for range 10 {
		m.say(websocket.MessageBinary, tone())
	}
	m.hears(func(m meter) bool { return m.Level > -60 })
	m.say(websocket.MessageText, []byte(`{"end":true}`))
	require.Equal(t, "stopped", m.hears(func(m meter) bool { return m.Reason != "" }).Reason)
	require.Equal(t, websocket.StatusNormalClosure, m.closed())

	_ = m.conn.Write(t.Context(), websocket.MessageBinary, tone()) // on a link that is closed
	path := "/api/v1/calls/" + call["id"].(string)
	o.ask(t, "GET", path+"/voice", nil).problem(404, "not_found")
	ended := o.ask(t, "GET", path, nil).object(200)
	require.NotEmpty(t, ended["ended"])
	require.NotContains(t, ended, "voice")
	require.Equal(t, ended, o.ask(t, "POST", path+"/stop", nil).object(200), "stopped once")
	recording := o.ask(t, "GET", ended["recording"].(string), nil)
	require.Equal(t, "OggS", string(recording.body[:4]))

	// while it still speaks, another stops it
	call = o.begin(t, village())
	m = o.microphone(t, call, pcm)
	m.say(websocket.MessageBinary, tone())
	o.ask(t, "POST", "/api/v1/calls/"+call["id"].(string)+"/stop", nil).object(200)
	_ = m.conn.Write(t.Context(), websocket.MessageBinary, tone())
	require.Equal(t, "stopped", m.hears(func(m meter) bool { return m.Reason != "" }).Reason)
}

// A page of another site cannot speak, also not with the cookie.
func TestVoiceOfAnotherSite(t *testing.T) {
	o := start(t)
	call := o.begin(t, village())
	_, res, err := websocket.Dial(t.Context(), o.URL()+call["voice"].(string), &websocket.DialOptions{
		HTTPHeader: http.Header{"Cookie": {o.machineCookie(t)}, "Origin": {"https://evil.example"}}})
	require.Error(t, err)
	require.Equal(t, http.StatusForbidden, res.StatusCode)
}

func TestCallRefusals(t *testing.T) {
	o := start(t)
	call := o.begin(t, village(with("title", "Chị Lan")))
	second := o.ask(t, "POST", "/api/v1/calls", village())
	second.problem(409, "call_in_the_way")
	require.Contains(t, string(second.body), "“Chị Lan” đang phát trực tiếp ở nơi này")
	emergency := with("class", "emergency")
	text := with("text", "Nước lên.")
	for code, c := range map[string]object{
		"recorded_live":   village(text),
		"sources_many":    village(emergency, text, with("clip", "x")),
		"source_invalid":  village(with("class", "relay"), with("source", "file:///etc/passwd")),
		"area_unknown":    village(with("targets", object{"areas": array{"sao-hoa"}})),
		"targets_missing": village(with("targets", object{})),
		"limit_range":     village(with("limit_s", 1e9)),
	} {
		o.ask(t, "POST", "/api/v1/calls", c).problem(422, code)
	}
	o.ask(t, "POST", "/api/v1/calls", village(emergency)).problem(403, "not_armed")
	o.ask(t, "POST", "/api/v1/calls", village(emergency, with("corrects", "x"))).problem(403, "not_armed")
	o.ask(t, "POST", "/api/v1/calls", village(emergency, with("corrects", "x"), with("armed", o.arm(t)))).problem(422, "call_unknown")
	o.ask(t, "POST", "/api/v1/calls", village(emergency, text, with("text", " "), with("armed", o.arm(t)))).problem(400, "text_empty")

	// the token is judged before what is to be said: nothing is made for nothing
	o.ask(t, "POST", "/api/v1/calls", village(emergency, with("clip", "x"))).problem(403, "not_armed")
	o.ask(t, "POST", "/api/v1/calls", village(emergency, with("clip", "x"), with("armed", o.arm(t)))).problem(422, "clip_unknown")

	// one token, one emergency
	armed := with("armed", o.arm(t))
	alert := o.ask(t, "POST", "/api/v1/calls", village(emergency, text, armed)).object(201)
	require.Equal(t, "Nước lên.", alert["title"])
	require.NotContains(t, alert, "voice", "a recording takes no microphone")
	o.ask(t, "POST", "/api/v1/calls", village(emergency, text, armed)).problem(403, "not_armed")
	require.Equal(t, []any{object{"id": "thon-1-loa", "name": "Cụm loa thon-1"}}, alert["missing"])
	require.Empty(t, alert["heard"])
	o.ask(t, "POST", "/api/v1/calls/"+call["id"].(string)+"/stop", nil).object(200)
}

// In quiet hours only an emergency is taken, and the page says so beforehand.
func TestCallInQuietHours(t *testing.T) {
	o := start(t)
	require.NotContains(t, string(o.ask(t, "GET", "/live", nil).body), "giờ yên tĩnh")
	zone, err := time.LoadLocation(schedule.DefaultZone)
	require.NoError(t, err)
	now := time.Now().In(zone)
	clock := func(d time.Duration) string { return now.Add(d).Format("15:04") }
	o.ask(t, "PUT", "/api/v1/quiet", object{"items": array{object{"from": clock(time.Hour), "to": clock(2 * time.Hour)}}}).object(200)
	o.begin(t, village()) // not yet
	o.ask(t, "PUT", "/api/v1/quiet", object{"items": array{object{"from": clock(-time.Hour), "to": clock(time.Hour)}}}).object(200)
	r := o.ask(t, "POST", "/api/v1/calls", village(with("targets", object{"areas": array{"thon-2"}})))
	r.problem(409, "quiet_hours")
	require.Contains(t, string(r.body), "giờ yên tĩnh đến "+clock(time.Hour))
	require.Contains(t, string(o.ask(t, "GET", "/live?part=quiet", nil).body), "giờ yên tĩnh đến "+clock(time.Hour))
	o.ask(t, "POST", "/api/v1/calls", village(with("class", "emergency"), with("armed", o.arm(t)))).object(201)
}

// A correction goes to those who heard the alert, and to nobody else; the page says
// that it was made.
func TestCorrection(t *testing.T) {
	now := time.Now().Truncate(time.Millisecond)
	o := start(t, func(t *testing.T, s *store.Store) {
		alert := store.Call{Targets: schedule.Targets{Areas: []string{"la-da"}},
			Call: schedule.Call{ID: "call-wrong", Title: "Vỡ đập", Class: schedule.Emergency,
				Start: now.Add(-time.Minute), End: now.Add(-30 * time.Second)}, Ended: now.Add(-30 * time.Second), Reason: "stopped",
			Heard: map[string]time.Time{"thon-2-loa": now.Add(-time.Minute), "da-mi-loa": now.Add(-time.Minute)}}
		require.NoError(t, s.PutCall(t.Context(), alert))
		_, err := s.AddPlays(t.Context(), []store.Play{{Node: "da-mi-loa", Programme: alert.ID, Airing: alert.ID, At: alert.Start,
			Began: alert.Start, Ended: alert.End, Outcome: "heard", Received: now}})
		require.NoError(t, err)
	})
	require.Contains(t, html.UnescapeString(string(o.ask(t, "GET", "/", nil).body)), "<strong>Vỡ đập</strong>",
		"the proof log names calls too")
	page := html.UnescapeString(string(o.ask(t, "GET", "/emergency", nil).body))
	require.Contains(t, page, "Vỡ đập")
	require.Contains(t, page, "gửi tới đúng 2 cụm loa đã nghe")
	require.Contains(t, page, "Cải chính. Thông báo khẩn cấp Vỡ đập phát lúc")
	require.NotContains(t, page, "Đã cải chính lúc")
	c := object{"class": "emergency", "corrects": "call-wrong", "text": "Cải chính. Đập không vỡ.", "limit_s": 300}
	begun := o.begin(t, object{"class": "live", "targets": object{"areas": array{"thon-1"}}}) // the broker is there
	o.ask(t, "POST", "/api/v1/calls", c).problem(403, "not_armed")
	c["armed"] = o.arm(t)
	got := o.ask(t, "POST", "/api/v1/calls", c).object(201)
	require.Equal(t, object{"nodes": array{"da-mi-loa", "thon-2-loa"}}, got["targets"])
	require.Equal(t, "call-wrong", got["corrects"])
	require.Contains(t, html.UnescapeString(string(o.ask(t, "GET", "/emergency?part=alerts", nil).body)), "Đã cải chính lúc")
	for _, id := range []any{got["id"], begun["id"]} {
		o.ask(t, "POST", fmt.Sprintf("/api/v1/calls/%s/stop", id), nil).object(200)
	}
}

// A station as an item of a rundown, and the delay of a node.
func TestStreamsAndDelays(t *testing.T) {
	o := start(t)
	item := object{"stream": "https://vov.example/vov1.m3u8", "length_s": 900.0}
	id := o.add(t, programme(with("rundown", array{object{"chime": true}, item})))
	got := o.ask(t, "GET", "/api/v1/programmes/"+id, nil).object(200)
	require.Equal(t, item, got["rundown"].([]any)[1])
	o.ask(t, "PUT", "/api/v1/programmes/"+id, got).object(200)
	for code, bad := range map[string]object{
		"item_source": {"stream": "rtsp://x", "length_s": 60}, "item_length": {"stream": "https://x.example/"},
		"item_kind": {"stream": "https://x.example/", "chime": true, "length_s": 5},
	} {
		o.ask(t, "POST", "/api/v1/programmes", programme(with("rundown", array{bad}))).problem(422, code)
	}
	node := func(delay any) reply {
		return o.ask(t, "PUT", "/api/v1/nodes/thon-1-loa", object{"name": "Loa", "area": "thon-1", "delay_ms": delay})
	}
	require.EqualValues(t, -120, node(-120).object(200)["delay_ms"])
	require.EqualValues(t, -120, o.ask(t, "GET", "/api/v1/nodes/thon-1-loa", nil).object(200)["delay_ms"])
	node(1001).problem(422, "request_invalid")
	node(-1001).problem(422, "request_invalid")
}

var linked = regexp.MustCompile(`(?:href|src|data-worklet)="(/(?:static|dist)?[^"]*\?v=[0-9a-f]+)"`)

// What a page weighs on its way to a phone: with its scripts, styles, picture
// and the microphone's worklet.
func TestPageWeights(t *testing.T) {
	o := start(t, func(t *testing.T, s *store.Store) { // a merged commune
		for v := range 34 {
			require.NoError(t, s.PutArea(t.Context(), store.Area{ID: fmt.Sprint("v", v), Parent: "la-da", Name: fmt.Sprint("Thôn số ", v),
				Kind: store.Village}))
			for n := range 3 {
				require.NoError(t, s.PutNode(t.Context(), store.Node{ID: fmt.Sprint("n", v, "-", n),
					Name: fmt.Sprint("Cụm loa ", n, " thôn số ", v), Area: fmt.Sprint("v", v), Created: time.Now()}))
			}
		}
	})
	for path, most := range map[string]int{"/emergency": 40 << 10, "/drill": 40 << 10, "/live": 150 << 10, "/": 150 << 10} {
		page := o.ask(t, "GET", path, nil)
		require.Equal(t, 200, page.status)
		require.NotRegexp(t, `<script[^>]*>[^<]|style="| on[a-z]+="`, string(page.body), "nothing inline")
		total := len(o.ask(t, "GET", path, nil, "Accept-Encoding", "gzip").body)
		files := 0
		for _, m := range linked.FindAllStringSubmatch(string(page.body), -1) {
			r := o.ask(t, "GET", html.UnescapeString(m[1]), nil, "Accept-Encoding", "gzip")
			require.Equal(t, 200, r.status, m[1])
			total += len(r.body)
			files++
		}
		require.GreaterOrEqual(t, files, 3, path)
		t.Logf("%s: %d files, %.1f kB gzip", path, files+1, float64(total)/1024)
		require.LessOrEqual(t, total, most, path)
	}
}
