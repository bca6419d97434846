package web_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Every recording that cannot become a clip is refused with a reason, and
// nothing of it stays.
func TestBadRecordings(t *testing.T) {
	o := start(t)
	before := o.everything(t)
	tone := []string{"-f", "lavfi", "-i", "sine=frequency=300:sample_rate=8000:duration=20"}
	wav := ffmpeg(t, "a.wav", tone...)
	m4a := ffmpeg(t, "a.m4a", tone...)
	// MP3 frames follow one another: half a minute, 400 times, is over 3 hours.
	mp3 := ffmpeg(t, "a.mp3", "-f", "lavfi", "-i", "sine=frequency=300:sample_rate=8000:duration=30", "-b:a", "8k", "-write_xing", "0",
		"-id3v2_version", "0")
	hours := bytes.Repeat(mp3, 400)
	for _, c := range []struct {
		name   string
		data   []byte
		status int
		codes  []string
	}{
		{"thư.mp3", []byte(strings.Repeat("Kính gửi bà con thôn 1. ", 100)), 422, []string{"clip_not_audio"}},
		{"rỗng.mp3", nil, 400, []string{"clip_empty"}},
		{"cụt.wav", wav[:len(wav)/2], 422, []string{"clip_truncated"}},
		{"cụt.m4a", m4a[:len(m4a)/2], 422, []string{"clip_truncated", "clip_not_audio"}},
		{"ba giờ.mp3", hours, 422, []string{"clip_too_long"}},
		{"im.wav", ffmpeg(t, "s.wav", "-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "3"), 422, []string{"clip_silent"}},
		{"ảnh.png", ffmpeg(t, "p.png", "-f", "lavfi", "-i", "color=size=64x64", "-frames:v", "1"), 422,
			[]string{"clip_no_audio", "clip_not_audio"}},
		{"danh sách.m3u8", []byte("#EXTM3U\n#EXTINF:10,\nfile:///etc/passwd\n"), 422, []string{"clip_not_audio"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			o.upload(t, c.name, c.data).problem(c.status, c.codes...)
			require.Equal(t, before, o.everything(t))
		})
	}
	form := func(body string) reply {
		return o.ask(t, "POST", "/api/v1/clips", strings.NewReader(body), "Content-Type", "multipart/form-data; boundary=x")
	}
	o.ask(t, "POST", "/api/v1/clips", object{"file": "a.mp3"}).problem(400, "file_missing")
	o.ask(t, "POST", "/api/v1/clips", bytes.NewReader(wav), "Content-Type", "audio/wav").problem(400, "file_missing")
	form("").problem(400, "file_missing")
	form("--x\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\na\r\n--x--\r\n").problem(400, "file_missing")
	form("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\nRIFF").problem(400, "upload_broken_off")
	require.Equal(t, before, o.everything(t))
	o.ask(t, "GET", "/api/v1/clips/nobody/audio", nil).problem(404, "not_found")
	o.ask(t, "GET", "/api/v1/clips/..%2F..%2Ftrust%2Ftoken/audio", nil).problem(404, "not_found")
}

// raw is a body that is sent as it is.
type raw string

func TestBadRequests(t *testing.T) {
	o := start(t)
	clip := o.clip(t, "Một.")
	b := o.ask(t, "POST", "/api/v1/bulletins", object{"title": "Hết hạn", "clips": object{"vi": clip},
		"expires": later(-time.Hour)}).object(201)["id"]
	id := o.add(t, programme())
	before := o.everything(t)

	speech, programmes, bulletins := "POST /api/v1/speech", "POST /api/v1/programmes", "POST /api/v1/bulletins"
	cron := func(rule any, more ...func(object)) object {
		return programme(append([]func(object){func(p object) { delete(p, "at") }, with("cron", rule)}, more...)...)
	}
	rundown := func(items ...any) object { return programme(with("rundown", items)) }
	item := func(key string, value any) object { return rundown(object{"clip": clip, key: value}) }
	for _, c := range []struct {
		what   string
		body   any
		status int
		code   string
	}{
		{speech, object{"text": ""}, 400, "text_empty"},
		{speech, object{"text": " \n…"}, 400, "text_empty"},
		{speech, object{}, 422, "request_invalid"},
		{speech, object{"text": 5}, 422, "request_invalid"},
		{speech, object{"text": "a", "voice": "tiếng hỏa tinh"}, 422, "voice_unknown"},
		{speech, object{"text": "a", "voice": "--help"}, 422, "voice_unknown"},
		{speech, object{"text": "a", "voice": "../../etc/passwd"}, 422, "voice_unknown"},
		{speech, object{"text": "a", "rate": 1e308}, 422, "rate_out_of_range"},
		{speech, object{"text": "a", "rate": -1}, 422, "rate_out_of_range"},
		{speech, object{"text": strings.Repeat("a ", 20001)}, 413, "text_too_long"},
		{speech, object{"text": strings.Repeat("a ", 1<<20)}, 413, "request_too_large"},
		{speech, raw(`{"text":"a","rate":NaN}`), 400, "request_invalid"},
		{speech, raw(`{"text":`), 400, "request_invalid"},
		{speech, raw(``), 400, "request_invalid"},
		{speech, raw(`[]`), 422, "request_invalid"},
		{speech, raw(`null`), 422, "request_invalid"},
		{speech, raw(strings.Repeat("[", 100000)), 400, "request_invalid"},

		{programmes, cron("0 5 30 2 *"), 422, "never_fires"},
		{programmes, cron("0 5 * * *", with("until", later(-time.Hour))), 422, "never_fires"},
		{programmes, cron("* * * * *", with("rundown", array{object{"gap_s": 600}})), 422, "overlaps_itself"},
		{programmes, cron("5 giờ sáng"), 422, "cron_syntax"},
		{programmes, cron("TZ="), 422, "cron_syntax"},
		{programmes, cron("CRON_TZ=UTC 0 5 * * *"), 422, "cron_syntax"},
		{programmes, cron("@every 1ns"), 422, "cron_syntax"},
		{programmes, cron(strings.Repeat("1,", 100_000) + " * * * *"), 422, "cron_syntax"},
		{programmes, cron(array{}), 422, "rule_one"},
		{programmes, cron(""), 422, "rule_one"},
		{programmes, cron(array{1, 2}), 422, "request_invalid"},
		{programmes, cron(7), 422, "request_invalid"},
		{programmes, programme(with("cron", "0 5 * * *")), 422, "rule_one"},
		{programmes, cron("0 5 * * *", with("time_zone", "Đa Mi")), 422, "time_zone"},
		{programmes, cron("0 5 * * *", with("time_zone", "../../../etc/passwd")), 422, "time_zone"},
		{programmes, cron("0 5 * * *", with("except", array{"17/02/2027"})), 422, "except_date"},
		{programmes, cron("0 5 * * *", with("extra", array{"hôm qua"})), 422, "request_invalid"},
		{programmes, cron("0 5 * * *", with("every_weeks", 2)), 422, "every_weeks"},
		{programmes, cron("0 5 * * *", with("every_weeks", 1e300)), 422, "request_invalid"},
		{programmes, programme(with("at", "5 giờ")), 422, "request_invalid"},
		{programmes, programme(with("at", "2026-13-45T99:00:00Z")), 422, "request_invalid"},
		{programmes, programme(with("at", "9999-12-31T23:59:59-12:00")), 422, "year_invalid"},
		{programmes, programme(with("at", "0000-01-01T00:00:00+12:00")), 422, "year_invalid"},
		{programmes, cron("0 5 * * *", with("extra", array{"0000-01-01T00:00:00+12:00"})), 422, "year_invalid"},
		{programmes, programme(with("at", later(-time.Hour))), 422, "never_fires"},
		{programmes, programme(with("at", nil)), 422, "rule_one"},
		{programmes, programme(with("targets", object{"areas": array{"sao-hoa"}})), 422, "area_unknown"},
		{programmes, programme(with("targets", object{"nodes": array{"sao-hoa"}})), 422, "node_unknown"},
		{programmes, programme(with("targets", object{"nodes": array{strings.Repeat("a", 1e5)}})), 422, "node_unknown"},
		{programmes, programme(with("targets", object{})), 422, "targets_missing"},
		{programmes, programme(with("targets", object{"areas": nil, "nodes": nil})), 422, "targets_missing"},
		{programmes, programme(with("targets", array{"la-da"})), 422, "request_invalid"},
		{programmes, rundown(object{"clip": strings.Repeat("ab", 32)}), 422, "clip_unknown"},
		{programmes, rundown(object{"clip": "../../loa.db"}), 422, "clip_unknown"},
		{programmes, rundown(object{"bulletin": "nobody"}), 422, "bulletin_unknown"},
		{programmes, rundown(object{"bulletin": b}), 422, "bulletin_expired"},
		{programmes, rundown(object{"chime": true, "clip": clip}), 422, "item_kind"},
		{programmes, rundown(object{"clip": clip, "gap_s": 1}), 422, "item_kind"},
		{programmes, rundown(object{}), 422, "item_kind"},
		{programmes, rundown(object{"gap": 1}), 422, "request_invalid"},
		{programmes, rundown(object{"gap_s": -1}), 422, "item_length"},
		{programmes, rundown(object{"gap_s": 1e308}), 422, "item_length"},
		{programmes, rundown(object{"gap_s": 1e-300}), 422, "item_length"},
		{programmes, rundown(object{"gap_s": 30000}), 422, "item_length"},
		{programmes, rundown(object{"gap_s": 3600, "repeat": 100}), 422, "rundown_long"},
		{programmes, item("repeat", -1), 422, "item_repeat"},
		{programmes, item("repeat", 1e9), 422, "item_repeat"},
		{programmes, item("repeat", 1e308), 422, "request_invalid"},
		{programmes, item("repeat", 1.5), 422, "request_invalid"},
		{programmes, item("gain_db", 1e308), 422, "item_gain"},
		{programmes, item("gain_db", -100), 422, "item_gain"},
		{programmes, rundown(make([]any, 300)...), 422, "request_invalid"},
		{programmes, rundown(many(300, object{"gap_s": 1})...), 422, "rundown_size"},
		{programmes, programme(with("rundown", array{})), 422, "rundown_size"},
		{programmes, programme(with("rundown", nil)), 422, "request_invalid"}, // null is no list
		{programmes, programme(with("title", "  ")), 422, "title_missing"},
		{programmes, programme(with("title", strings.Repeat("ă", 300))), 422, "title_long"},
		{programmes, programme(with("class", "live")), 422, "class_unknown"},
		{programmes, programme(with("class", "")), 422, "class_unknown"},
		{programmes, programme(with("start_late_s", 1e308)), 422, "start_late_range"},
		{programmes, programme(with("start_late_s", -1)), 422, "start_late_range"},
		{programmes, programme(with("order", 1e300)), 422, "request_invalid"},
		{programmes, programme(with("lạ", 1)), 422, "request_invalid"},
		{programmes, raw(`{"title":"a","start_late_s":1e999}`), 400, "request_invalid"},
		{"PUT /api/v1/programmes/" + id, programme(with("title", "")), 422, "title_missing"},
		{"PUT /api/v1/programmes/nobody", programme(), 404, "not_found"},
		{"POST /api/v1/programmes/" + id + "/skip", object{"start": "mai"}, 422, "request_invalid"},
		{"POST /api/v1/programmes/" + id + "/skip", object{"start": "9999-12-31T23:59:59-12:00"}, 422, "airing_unknown"},
		{"POST /api/v1/programmes/" + id + "/skip", object{"start": later(time.Minute)}, 422, "airing_unknown"},

		{bulletins, object{"title": "a", "clips": object{}}, 422, "bulletin_clip_missing"},
		{bulletins, object{"title": "a", "clips": nil}, 422, ""},
		{bulletins, object{"title": "a", "clips": object{"k'ho": clip}}, 422, "bulletin_clip_missing"},
		{bulletins, object{"title": "a", "clips": object{"vi": "nobody"}}, 422, "clip_unknown"},
		{bulletins, object{"title": "", "clips": object{"vi": clip}}, 422, "request_invalid"},
		{bulletins, object{"title": " ", "clips": object{"vi": clip}}, 422, "title_missing"},
		{bulletins, object{"title": "a", "class": "live", "clips": object{"vi": clip}}, 422, "request_invalid"},
		{bulletins, object{"title": "a", "clips": object{"vi": clip}, "expires": "0000-01-01T00:00:00+12:00"}, 422, "year_invalid"},
		{bulletins, object{"title": "a", "clips": languages(clip)}, 422, "bulletin_languages"},
		{"PUT /api/v1/bulletins/nobody", object{"title": "a", "clips": object{"vi": clip}}, 404, "not_found"},

		{"PUT /api/v1/areas/thon-9", object{"name": "a", "kind": "village", "parent": "sao-hoa"}, 422, "area_unknown"},
		{"PUT /api/v1/areas/la-da", object{"name": "a", "kind": "commune", "parent": "thon-1"}, 422, "area_unknown"},
		{"PUT /api/v1/areas/thon-9", object{"name": "a", "kind": "hamlet"}, 422, "request_invalid"},
		{"PUT /api/v1/areas/thon-9", object{"id": "thon-8", "name": "a", "kind": "village"}, 422, "id_invalid"},
		{"PUT /api/v1/areas/Thôn%209", object{"name": "a", "kind": "village"}, 422, "id_invalid"},
		{"PUT /api/v1/areas/" + strings.Repeat("a", 10000), object{"name": "a", "kind": "village"}, 422, "id_invalid"},
		{"PUT /api/v1/nodes/a", object{"name": "a", "area": "sao-hoa"}, 422, "area_unknown"},
		{"PUT /api/v1/nodes/a", object{"name": "a", "area": "la-da", "volume": 101}, 422, "request_invalid"},
		{"PUT /api/v1/nodes/a", object{"name": " ", "area": "la-da"}, 422, "name_missing"},
		{"PUT /api/v1/nodes/a+", object{"name": "a", "area": "la-da"}, 422, "id_invalid"},
		{"PUT /api/v1/nodes/%23", object{"name": "a", "area": "la-da"}, 422, "id_invalid"},

		{"PUT /api/v1/quiet", object{"items": array{object{"from": "25:00", "to": "5:00"}}}, 422, "quiet_invalid"},
		{"PUT /api/v1/quiet", object{"items": array{object{"from": "5:00", "to": "5:00"}}}, 422, "quiet_invalid"},
		{"PUT /api/v1/quiet", object{"items": array{object{"from": "5:00", "to": "6:00", "time_zone": "Local"}}}, 422, "quiet_invalid"},
		{"PUT /api/v1/quiet", object{"items": many(11, object{"from": "5:00", "to": "6:00"})}, 422, "quiet_many"},

		{"GET /api/v1/airings", nil, 422, "request_invalid"},
		{"GET /api/v1/airings?from=2027-01-01T00:00:00Z&to=mai", nil, 422, "request_invalid"},
		{"GET /api/v1/airings?from=2027-01-02T00:00:00Z&to=2027-01-01T00:00:00Z", nil, 422, "span_invalid"},
		{"GET /api/v1/airings?from=2027-01-01T00:00:00Z&to=2029-01-01T00:00:00Z", nil, 422, "span_invalid"},
		{"GET /api/v1/airings?from=0001-01-01T00:00:00Z&to=9999-01-01T00:00:00Z", nil, 422, "span_invalid"},
		{"GET /api/v1/airings?from=2027-01-01T00:00:00Z&to=2027-01-02T00:00:00Z&node=nobody", nil, 404, "not_found"},
		{"GET /api/v1/plays?limit=0", nil, 422, "request_invalid"},
		{"GET /api/v1/plays?limit=1000000", nil, 422, "request_invalid"},
		{"GET /api/v1/plays?from=yesterday", nil, 422, "request_invalid"},
		{"GET /api/v1/plays?before=%00%ff", nil, 422, "cursor_invalid"},
		{"GET /api/v1/clips?limit=-1", nil, 422, "request_invalid"},
		{"GET /api/v1/bulletins?before=x", nil, 422, "request_invalid"},
	} {
		t.Run(c.what+" "+c.code, func(t *testing.T) {
			method, path, _ := strings.Cut(c.what, " ")
			body := c.body
			if text, ok := c.body.(raw); ok {
				body = strings.NewReader(string(text))
			}
			r := o.ask(t, method, path, body)
			if c.code == "" {
				r.problem(c.status)
			} else {
				r.problem(c.status, c.code)
			}
		})
	}
	for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"} {
		o.ask(t, "POST", "/api/v1/programmes", programme(), "Content-Type", kind).problem(415, "content_type")
	}
	require.Equal(t, before, o.everything(t), "nothing of all this is half-stored")
}

func many(n int, v any) []any {
	all := make([]any, n)
	for i := range all {
		all[i] = v
	}
	return all
}

func languages(clip string) object {
	all := object{"vi": clip}
	for i := range 30 {
		all[fmt.Sprint("x-", i)] = clip
	}
	return all
}

// A rule of every minute is unfolded no further than one answer should be.
func TestTooManyAirings(t *testing.T) {
	o := start(t)
	p := programme(with("cron", "* * * * *"), func(p object) { delete(p, "at") })
	o.add(t, p)
	q := fmt.Sprintf("/api/v1/airings?from=%s&to=", later(0))
	o.ask(t, "GET", q+later(99*24*time.Hour), nil).problem(422, "span_busy")
	require.Len(t, o.ask(t, "GET", q+later(24*time.Hour), nil).items(), 24*60)
}

// A disk that is full is told of, nothing is half-stored, and the controller
// works again when there is room.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=8m"); errors.Is(err, syscall.EPERM) {
		inNamespace(t)
		return
	} else {
		require.NoError(t, err)
	}
	// Detached, for a program that another test starts has all our files open
	// until it is the other program.
	t.Cleanup(func() { require.NoError(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	o := startIn(t, dir, commune)
	wav := ffmpeg(t, "a.wav", "-f", "lavfi", "-i", "sine=frequency=300:duration=2")
	clip := o.clip(t, "Một.")
	b := o.ask(t, "POST", "/api/v1/bulletins", object{"title": "a", "clips": object{"vi": clip}}).object(201)["id"].(string)
	id := o.add(t, programme(with("rundown", array{object{"bulletin": b}})))

	before := o.everything(t)
	ballast := filepath.Join(dir, "ballast")
	fill(t, ballast)
	o.upload(t, "a.wav", wav).problem(507, "disk_full")
	for what, body := range map[string]any{
		"POST /api/v1/speech":             object{"text": sentence},
		"POST /api/v1/programmes":         programme(),
		"PUT /api/v1/programmes/" + id:    programme(with("title", "b")),
		"DELETE /api/v1/programmes/" + id: nil,
		"POST /api/v1/bulletins":          object{"title": "b", "clips": object{"vi": clip}},
		"PUT /api/v1/bulletins/" + b:      object{"title": "b", "clips": object{"vi": clip}},
		"PUT /api/v1/areas/thon-9":        object{"name": "a", "kind": "village"},
		"PUT /api/v1/nodes/a":             object{"name": "a", "area": "la-da"},
		"DELETE /api/v1/nodes/da-mi-loa":  nil,
		"PUT /api/v1/quiet":               object{"items": array{object{"from": "21:30", "to": "04:45"}}},
	} {
		method, path, _ := strings.Cut(what, " ")
		o.ask(t, method, path, body).problem(507, "disk_full")
	}
	require.Equal(t, before, o.everything(t))
	require.Equal(t, 200, o.ask(t, "GET", "/", nil).status, "the page goes on")
	require.NoError(t, os.Remove(ballast))
	o.upload(t, "a.wav", wav).into(201, nil)
	o.add(t, programme())
}

// fill leaves no room on the disk of path.
func fill(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	require.NoError(t, err)
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	require.ErrorIs(t, err, syscall.ENOSPC)
}

// inNamespace runs the test again as root of a namespace of its own, where
// anybody may mount.
func inNamespace(t *testing.T) {
	require.NotEqual(t, 0, os.Getuid(), "root that may not mount a tmpfs: give the test CAP_SYS_ADMIN")
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	require.Contains(t, string(out), "--- PASS: "+t.Name())
}
