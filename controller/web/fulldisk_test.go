package web_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"loa/controller"
	"loa/controller/store"
	"loa/controller/trust"
)

// smallDisk is a folder on a disk of its own that can be filled.
func smallDisk(t *testing.T, size string) (dir string, fill, free func()) {
	t.Helper()
	dir = t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("a small disk to fill needs root: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	ballast := filepath.Join(dir, "ballast")
	fill = func() {
		f, err := os.OpenFile(ballast, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		require.NoError(t, err)
		defer f.Close()
		for piece := make([]byte, 4096); err == nil; {
			_, err = f.Write(piece)
		}
		require.True(t, errors.Is(err, syscall.ENOSPC), "%v", err)
	}
	return dir, fill, func() { require.NoError(t, os.Remove(ballast)) }
}

// With a disk that takes no write people sign in, arm, begin and stop; it is told
// on every page, in the metrics and to the caller whether all is well; and when
// there is room again all of it is written down.
func TestAFullDisk(t *testing.T) {
	dir, fill, free := smallDisk(t, "16m")
	o := startIn(t, dir, commune, func(t *testing.T, s *store.Store) {
		_, err := trust.NewAccounts(s, time.Now, quick).Add(t.Context(), trust.Newcomer{Login: "bay", Name: "Ông Bảy", Password: pin,
			Grants: []store.Grant{{Role: "speaker", Area: "la-da"}}})
		require.NoError(t, err)
	})
	o.linked(t)
	clip := o.clip(t, "Lũ về, bà con lên đồi.")
	require.Equal(t, 200, o.send(t, "GET", "/readyz", nil).status)
	fill()

	in := o.send(t, "POST", "/api/v1/session", object{"login": "bay", "password": pin}, "Content-Type", "application/json")
	in.into(201, nil)
	bay := []string{"Cookie", strings.SplitN(in.header.Get("Set-Cookie"), ";", 2)[0], "Content-Type", "application/json"}
	as := func(method, path string, body any) reply { return o.send(t, method, path, body, bay...) }
	everywhere := object{"areas": array{"la-da"}}
	alert := func(more ...func(object)) object {
		body := object{"class": "emergency", "targets": everywhere, "chime": false}
		for _, edit := range more {
			edit(body)
		}
		arm := object{}
		if text, typed := body["text"]; typed { // as the page does
			arm["text"] = text
		}
		body["armed"] = as("POST", "/api/v1/arm", arm).object(201)["armed"]
		return as("POST", "/api/v1/calls", body).object(201)
	}
	recorded := alert(with("clip", clip), with("title", "Lũ"))
	require.Contains(t, recorded["unwritten"].(object)["vi"], "chưa ghi được vào sổ")
	stopped := as("POST", "/api/v1/calls/"+recorded["id"].(string)+"/stop", object{}).object(200)
	require.Equal(t, "stopped", stopped["reason"])

	spoken := alert(with("title", "Lời nói"))
	require.Equal(t, true, spoken["unrecorded"])
	conn, _, err := websocket.Dial(t.Context(), o.URL()+spoken["voice"].(string),
		&websocket.DialOptions{HTTPHeader: map[string][]string{"Cookie": {bay[1]}}})
	require.NoError(t, err)
	defer conn.CloseNow()
	m := &microphone{t, conn}
	m.say(websocket.MessageText, []byte(pcm))
	for range 10 {
		m.say(websocket.MessageBinary, tone())
	}
	m.hears(func(m meter) bool { return m.OnAir })
	all := as("POST", "/api/v1/stop", object{"targets": everywhere})
	all.into(204, nil)
	require.Contains(t, all.header.Get("Loa-Unwritten"), "could not be written down yet")
	require.Equal(t, "stopped", m.hears(func(m meter) bool { return !m.OnAir }).Reason)
	require.Contains(t, string(as("GET", "/emergency?part=alerts", nil).body), "người dừng: Ông Bảy", "though it is not in the log yet")
	typed := alert(with("text", "Nước lên, bà con chạy lũ."))
	require.Contains(t, typed["unwritten"].(object)["vi"], "chưa ghi được vào sổ")
	said := typed["said"].(object)["clips"].(array)[0].(string)
	require.Equal(t, "OggS", string(o.ask(t, "GET", "/api/v1/clips/"+said+"/audio", nil).body[:4]), "from memory")
	as("POST", "/api/v1/calls/"+typed["id"].(string)+"/stop", object{}).object(200)

	require.Eventually(t, func() bool { return o.send(t, "GET", "/readyz", nil).status == 503 }, time.Minute, 50*time.Millisecond)
	require.Contains(t, string(o.send(t, "GET", "/readyz", nil).body), "disk_full: Ổ đĩa máy văn phòng đã đầy")
	for _, path := range []string{"/", "/live", "/emergency", "/log", "/?part=disk"} {
		page := string(as("GET", path, nil).body)
		require.Contains(t, page, "Ổ đĩa máy văn phòng đã đầy", path)
		require.Contains(t, page, "việc đã làm nhưng chưa ghi được vào sổ", path)
		require.NotContains(t, page, "Mọi thứ ổn", path)
	}
	metrics := string(o.ask(t, "GET", "/metrics", nil).body)
	require.Contains(t, metrics, `loa_trouble{code="disk_full",level="alarm"} 1`)
	require.Regexp(t, `loa_unwritten [1-9]`, metrics)
	o.ask(t, "POST", "/api/v1/speech", object{"text": "Hai."}).problem(507, "disk_full")

	free()
	require.Eventually(t, func() bool { return o.send(t, "GET", "/readyz", nil).status == 200 }, time.Minute, 50*time.Millisecond)
	require.Contains(t, string(o.ask(t, "GET", "/metrics", nil).body), "loa_unwritten 0")
	require.Equal(t, 200, as("GET", "/emergency", nil).status, "the session goes on")
	quiet := as("POST", "/api/v1/stop", object{"targets": everywhere})
	quiet.into(204, nil)
	require.Empty(t, quiet.header.Values("Loa-Unwritten"))
	require.NoError(t, o.stop())
	s := open(t, dir)
	defer s.Close()
	audits, err := s.Audits(t.Context(), store.AuditFilter{Who: "", Limit: 100})
	require.NoError(t, err)
	var did []string
	for i := range audits {
		did = append(did, audits[len(audits)-1-i].Action)
	}
	require.Subset(t, did, []string{"session.begin", "call.arm", "call.begin", "call.stop", "call.end", "call.stop_all"})
	require.NoError(t, s.CheckAudit(t.Context(), nil))
	calls, err := s.Calls(t.Context(), time.Time{}, 10)
	require.NoError(t, err)
	require.Len(t, calls, 3)
	require.FileExists(t, filepath.Join(dir, "clips", said[:2], said+".opus"), "it is written down too")
	for _, c := range calls {
		require.Equal(t, "stopped", c.Reason, c.Title)
		require.Equal(t, c.Title == "Lời nói", c.Unrecorded)
	}
	lines, err := s.Broadcasts(t.Context(), store.BroadcastFilter{Class: store.Stops})
	require.NoError(t, err)
	require.Len(t, lines, 2)
}

// A disk that takes no write for another reason than its room is no other thing: a
// typed alert sounds, it is told, and what cannot be kept is refused in a sentence.
func TestAReadOnlyDisk(t *testing.T) {
	dir, _, _ := smallDisk(t, "16m")
	o := startIn(t, dir, commune)
	o.linked(t)
	require.Equal(t, 200, o.send(t, "GET", "/readyz", nil).status)
	require.NoError(t, syscall.Mount(dir, dir, "", syscall.MS_BIND, "")) // whatever is opened from here on is read only
	writable := func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) }
	defer writable()
	require.NoError(t, syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_BIND|syscall.MS_RDONLY, ""))

	call := o.ask(t, "POST", "/api/v1/calls", village(with("class", "emergency"), with("text", "Nước lên."),
		with("armed", o.arm(t)))).object(201)
	said := call["said"].(object)["clips"].(array)[0].(string)
	require.Equal(t, "OggS", string(o.ask(t, "GET", "/api/v1/clips/"+said+"/audio", nil).body[:4]))
	o.ask(t, "POST", "/api/v1/calls/"+call["id"].(string)+"/stop", object{}).object(200)
	o.ask(t, "POST", "/api/v1/speech", object{"text": "Hai."}).problem(507, "disk_unwritable")
	require.Eventually(t, func() bool { return o.send(t, "GET", "/readyz", nil).status == 503 }, time.Minute, 50*time.Millisecond)
	require.Contains(t, string(o.send(t, "GET", "/readyz", nil).body), "disk_read_only: Máy văn phòng không được ghi vào ổ đĩa dữ liệu")
	writable()
	require.Eventually(t, func() bool { return o.send(t, "GET", "/readyz", nil).status == 200 }, time.Minute, 50*time.Millisecond)
	require.FileExists(t, filepath.Join(dir, "clips", said[:2], said+".opus"))
}

// Sixty people who guess from one address do not keep a single right password out, from
// there or from elsewhere.
func TestSigningInThroughAFlood(t *testing.T) {
	dir := t.TempDir()
	t.Parallel()
	s := open(t, dir)
	commune(t, s)
	require.NoError(t, s.Close())
	w := worldOf(t, startWith(t, dir, func(c *controller.Config) { c.Passwords = flooded }))
	accounts := trust.NewAccounts(w.store, time.Now, flooded)
	for _, login := range []string{"bay", "hoa", "lan"} {
		_, err := accounts.Add(t.Context(), trust.Newcomer{Login: login, Password: pin,
			Grants: []store.Grant{{Role: "speaker", Area: "la-da"}}})
		require.NoError(t, err)
	}
	elsewhere := &http.Client{Transport: &http.Transport{DialContext: (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0,
		9)}}).DialContext}}
	var wg sync.WaitGroup
	for n := range 120 {
		wg.Go(func() {
			if n%2 == 0 {
				w.send(t, "POST", "/api/v1/session", object{"login": "hoa", "password": pin}, "Content-Type", "application/json")
				return
			}
			res, err := elsewhere.Post(w.URL()+"/api/v1/session", "application/json",
				strings.NewReader(`{"login":"ghost","password":"guess and guess"}`))
			if assert.NoError(t, err) {
				_ = res.Body.Close()
			}
		})
	}
	status := make(chan int, 12)
	for n := range 12 {
		wg.Go(func() {
			status <- w.send(t, "POST", "/api/v1/session", object{"login": []string{"bay", "lan"}[n%2], "password": pin}, "Content-Type",
				"application/json").status
		})
	}
	wg.Wait()
	for range 12 {
		require.Equal(t, 201, <-status)
	}
}

// What a node says that it plays, a title of sixty thousand characters, leaves a
// record of the stop that can be read; texts come in clean.
func TestALongTitleErasesNoRecord(t *testing.T) {
	w := newWorld(t)
	_, operator := w.as("operator", "la-da")
	long := store.Audit{At: time.Now(), Who: "p-x", Name: "Cô Hoa", Action: "call.stop_all",
		Where: []string{"thon-1"}} // one of before, without its detail
	_, err := w.store.AddAudit(t.Context(), long)
	require.NoError(t, err)
	require.Regexp(t, `DỪNG TẤT CẢ lúc \d\d:\d\d ở Thôn 1, người dừng: Cô Hoa`, w.page(t, "/live?part=calls"))
	w.send(t, "POST", "/api/v1/nodes/thon-1-loa/reports", object{"kind": "silent", "words": "im\u202e từ\x00 sáng"},
		append(operator, "Content-Type", "application/json")...).object(201)
	reports, err := w.store.OpenReports(t.Context())
	require.NoError(t, err)
	require.Equal(t, "im từ sáng", reports[0].Words)
}

// Uploads that stand still, as many as are taken, hold up no alert that is typed;
// and its token is taken when the button is pressed, before the voice speaks.
func TestATypedAlertStandsBehindNoUpload(t *testing.T) {
	w := newWorld(t)
	w.linked(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for n := range 5 {
		_, bearer := w.as("operator", fmt.Sprint("thon-", 1+n%2))
		if n > 1 {
			_, bearer = w.as([]string{"operator", "admin", "admin"}[n-2], []string{"da-mi", "la-da", "thon-1"}[n-2])
		}
		for range 9 {
			body, feed := io.Pipe()
			t.Cleanup(func() { _ = feed.Close() })
			req, err := http.NewRequestWithContext(ctx, "POST", w.URL()+"/api/v1/clips", body)
			require.NoError(t, err)
			req.Header.Set("Content-Type", `multipart/form-data; boundary=x`)
			req.Header.Set("Authorization", bearer[1])
			go func() {
				if res, err := client.Do(req); err == nil {
					_ = res.Body.Close()
				}
			}()
			_, err = io.WriteString(feed, "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\nRIFF")
			require.NoError(t, err)
		}
	}
	require.Eventually(t, func() bool { return len(w.ask(t, "GET", "/api/v1/jobs", nil).items()) == 32 }, time.Minute, 20*time.Millisecond)
	w.ask(t, "POST", "/api/v1/speech", object{"text": "Bản tin."}).problem(429, "library_busy")
	w.ask(t, "POST", "/api/v1/arm", object{"text": "Nước lên rồi."}).object(201)
	w.ask(t, "POST", "/api/v1/arm/drill", object{"text": "Nước lên, giả thử."}).object(201)
	w.ask(t, "POST", "/api/v1/arm", object{"text": "…"}).problem(400, "text_empty")
	w.ask(t, "POST", "/api/v1/arm", nil).object(201)

	alert := village(with("class", "emergency"), with("text", "Nước lên."), with("armed", w.arm(t)))
	answers := make(chan reply, 2)
	for range 2 { // the second is refused at once: it waits for no voice
		go func() { answers <- w.ask(t, "POST", "/api/v1/calls", alert) }()
	}
	(<-answers).problem(403, "not_armed")
	(<-answers).object(201)
	w.ask(t, "POST", "/api/v1/arm/drill", object{}).object(201)
}
