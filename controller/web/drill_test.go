package web_test

import (
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"loa/controller"
)

func (o *office) armDrill(t *testing.T) string {
	t.Helper()
	return o.ask(t, "POST", "/api/v1/arm/drill", object{}).object(201)["armed"].(string)
}

// drill is a drill in Thôn 1.
func drill(armed string, edits ...func(object)) object {
	return village(append([]func(object){with("drill", true), with("armed", armed)}, edits...)...)
}

// Everywhere a drill says what it is: to programs, in the log, on the pages, in
// the audit log.
func TestADrillIsMarkedEverywhere(t *testing.T) {
	o := start(t)
	leader := o.somebody(t, "lanh-dao", "approver", "la-da")
	call := o.begin(t, drill(o.armDrill(t), with("title", "Lũ về")))
	id := call["id"].(string)
	require.Equal(t, true, call["drill"])
	require.Equal(t, "live", call["class"])
	require.Equal(t, "Diễn tập: Lũ về", call["title"])
	begins, err := time.Parse(time.RFC3339Nano, call["start"].(string))
	require.NoError(t, err)
	speak, err := time.Parse(time.RFC3339Nano, call["speak"].(string))
	require.NoError(t, err)
	require.Greater(t, speak.Sub(begins), time.Second, "not before the words have been said")
	for _, path := range []string{"/", "/village", "/live", "/drill", "/log"} {
		require.Contains(t, string(o.ask(t, "GET", path, nil).body), `class="banner live drill"`, path)
	}
	m := o.microphone(t, call, pcm)
	m.hears(func(m meter) bool { return m.OnAir })
	require.Eventually(t, func() bool { return time.Now().After(speak) }, time.Minute, 20*time.Millisecond)
	for range 30 {
		m.say(websocket.MessageBinary, tone())
	}

	// the stop is answered at once; the last words are heard meanwhile
	stopped := o.ask(t, "POST", "/api/v1/calls/"+id+"/stop", nil).object(200)
	require.Equal(t, true, stopped["closing"])
	require.Nil(t, stopped["ended"])
	require.Contains(t, string(o.ask(t, "GET", "/drill", nil).body), "Đang phát câu kết thúc diễn tập")
	var over object
	require.Eventually(t, func() bool {
		over = o.ask(t, "GET", "/api/v1/calls/"+id, nil).object(200)
		return over["ended"] != nil
	}, time.Minute, 50*time.Millisecond)
	require.Equal(t, "stopped", over["reason"])
	require.Equal(t, true, over["drill"])

	for class, lines := range map[string]int{"drill": 1, "live": 0, "emergency": 0, "": 1} {
		log := o.ask(t, "GET", "/api/v1/log?class="+class, nil).object(200)
		require.Len(t, log["items"], lines, class)
	}
	require.Equal(t, true, o.ask(t, "GET", "/api/v1/log", nil).object(200)["items"].(array)[0].(object)["drill"])
	table, err := csv.NewReader(strings.NewReader(string(o.ask(t, "GET", "/api/v1/log.csv", nil).body))).ReadAll()
	require.NoError(t, err)
	require.Contains(t, table[1], "Diễn tập")
	require.NotContains(t, table[1], "Phát trực tiếp")
	require.Regexp(t, `<td>Diễn tập</td>`, string(o.ask(t, "GET", "/log/print", nil).body))
	require.Contains(t, string(o.ask(t, "GET", "/log", nil).body), `<span class="tag drill">`)
	audit := string(o.ask(t, "GET", "/api/v1/audit", nil).body)
	require.Contains(t, audit, `"drill.arm"`)
	require.Contains(t, audit, `"Diễn tập"`)
	require.Empty(t, leader.does(t, "GET", "/api/v1/notices", nil).items(), "nobody is alarmed")
}

func TestWhatADrillIsNot(t *testing.T) {
	o := start(t)
	refused := func(code string, status int, c object) {
		t.Helper()
		r := o.ask(t, "POST", "/api/v1/calls", c)
		r.problem(status, code)
	}
	refused("not_armed", 403, drill(""))
	refused("not_armed", 403, drill(o.arm(t)))
	refused("not_armed", 403, village(with("class", "emergency"), with("armed", o.armDrill(t))))
	refused("drill_class", 422, drill(o.armDrill(t), with("class", "emergency")))
	refused("sources_many", 422, drill(o.armDrill(t), with("text", "Một"), with("clip", "hai")))
	quiet := o.ask(t, "PUT", "/api/v1/quiet",
		object{"items": array{object{"from": "00:00", "to": "12:00"}, object{"from": "12:00", "to": "00:00"}}})
	require.Equal(t, 200, quiet.status, string(quiet.body))
	refused("quiet_hours", 409, drill(o.armDrill(t)))
}

// A machine that cannot speak the words has no drills, and says what to do.
func TestNoDrillWithoutItsWords(t *testing.T) {
	t.Setenv("PATH", t.TempDir()) // where there is not even the built-in voice
	o := startWith(t, t.TempDir(), func(*controller.Config) {})
	r := o.ask(t, "POST", "/api/v1/arm/drill", object{})
	r.problem(503, "drill_no_voice")
	require.Contains(t, string(r.body), "cài giọng đọc")
}

// A recorded alert is said in a drill, with no microphone.
func TestADrillOfAnAlert(t *testing.T) {
	o := start(t)
	o.linked(t)
	call := o.begin(t, drill(o.armDrill(t), with("text", "Nước lũ đang lên."), with("repeat", 2)))
	require.Nil(t, call["voice"])
	require.Nil(t, call["speak"])
	require.Equal(t, 204, o.ask(t, "POST", "/api/v1/stop", object{"targets": object{"areas": array{"thon-1"}}}).status)
	require.Eventually(t, func() bool {
		over := o.ask(t, "GET", "/api/v1/calls/"+call["id"].(string), nil).object(200)
		return over["ended"] != nil && over["reason"] == "stopped"
	}, time.Minute, 10*time.Millisecond)
}
