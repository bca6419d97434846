package public_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/office/replay/replaytest"
	"loa/controller/public"
	"loa/controller/store"
	"loa/controller/web/auth"
	"loa/schedule"
)

// Nothing of the office is here: none of its addresses, and no method that changes.
func TestNothingElseIsHere(t *testing.T) {
	b := open(t, public.Limits{Own: 1e6, Requests: 1e6}, lived)
	rules := auth.Rules()
	require.Greater(t, len(rules), 150)
	for pattern := range rules {
		method, path, ok := strings.Cut(pattern, " ")
		if !ok {
			method, path = http.MethodGet, pattern
		}
		path = regexp.MustCompile(`{[^}]*}`).ReplaceAllStringFunc(path, func(s string) string {
			return map[string]string{"{$}": "", "{id}": "thon-1-loa", "{area}": "thon-1"}[s]
		})
		path = strings.ReplaceAll(path, "//", "/x/")
		r := b.ask(method, path, "Cookie", "loa=x", "Authorization", "Bearer x")
		switch {
		case method != http.MethodGet:
			require.Equal(t, http.StatusMethodNotAllowed, r.status, pattern)
		case path == "/": // there is another page there, for all
			require.Contains(t, r.body, `<h1>Xã La Dạ</h1>`)
			require.NotContains(t, r.body, "signin")
		default:
			require.Equal(t, http.StatusNotFound, r.status, pattern)
		}
		require.Empty(t, r.header.Values("Set-Cookie"), pattern)
	}
	for _, method := range []string{"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE", "PROPFIND"} {
		for _, route := range public.Routes() {
			path := strings.NewReplacer("{$}", "", "{code}", b.code, "{id}", "x", "{file}", "x").Replace(route)
			require.Contains(t, []int{405, 400}, b.ask(method, path).status, "%s %s", method, path)
		}
	}
}

// Every answer is shut to what these pages do not need: no cookie, nothing from elsewhere, no
// script or style within the page, and no name of anybody.
func TestWhatEachAnswerCarries(t *testing.T) {
	b := open(t, public.Limits{}, lived)
	elsewhere := regexp.MustCompile(`(?:src|href)="(?:https?:)?//[^"]*"`)
	for _, path := range []string{"/", "/?lang=en", "/t/" + b.code, "/t/" + b.code + "/" + b.first(t).ID, "/feed.atom", "/podcast.rss",
		"/t/" + b.code + "/feed.atom", "/t/" + b.code + "/podcast.rss", "/api/commune", "/api/t/" + b.code, "/api/openapi.json", "/robots.txt"} {
		r := b.ask(http.MethodGet, path)
		require.Equal(t, 200, r.status, path)
		require.Equal(t, "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; base-uri 'none'; "+
			"form-action 'none'; frame-ancestors 'none'", r.header.Get("Content-Security-Policy"))
		require.Equal(t, "nosniff", r.header.Get("X-Content-Type-Options"))
		require.Empty(t, r.header.Values("Set-Cookie"))
		for _, never := range []string{"Lan", "Nam", "Trưởng thôn Ba", "p-ba", "thon-1-loa", "da-mi-loa", "tep-may-co-lan", "do node tự ghi",
			"b-hop", "c-flood"} {
			require.NotContains(t, r.body, never, path)
		}
		if strings.HasPrefix(r.header.Get("Content-Type"), "text/html") {
			require.NotRegexp(t, `<style|<script>|onclick=|style="`, r.body, path)
			require.Empty(t, elsewhere.FindAllString(r.body, -1), path)
			require.Regexp(t, `<meta property="og:title" content="[^"]+">`, r.body)
			require.Regexp(t, `<meta property="og:description" content="[^"]*\d\d:\d\d \d\d/\d\d/\d{4}[^"]*">`, r.body, "the time")
		}
		head := b.ask(http.MethodHead, path)
		require.Equal(t, 200, head.status, path)
		require.Empty(t, head.body, path)
	}
	require.Equal(t, http.StatusNotFound, b.ask(http.MethodGet, "/t/thon-1").status, "an id is no address")
	require.Equal(t, http.StatusNotFound, b.ask(http.MethodGet, "/?page=2").status)
}

// A page, its style sheet and its script are small, also on a day of storm on which
// something is said every ten minutes, at length.
func TestSmall(t *testing.T) {
	storm := open(t, public.Limits{}, func(c *replaytest.Commune) {
		for i := range 200 {
			at := noon.Add(-time.Duration(i+1) * 10 * time.Minute)
			words := make([]string, 400)
			for j := range words {
				words[j] = fmt.Sprintf("%x", (i*7919+j*104729)%65521)
			}
			c.Call(store.Call{Call: schedule.Call{ID: fmt.Sprint("c", i), Title: fmt.Sprint("Tin bão số ", i), Class: schedule.Emergency, Start: at},
				Drill: i%2 > 0, Said: &store.Said{Text: strings.Join(words, " ")}}, "thon-1-loa")
		}
	})
	for name, b := range map[string]*board{"two days": open(t, public.Limits{}, lived), "a storm": storm} {
		zipped := func(path string) int {
			r := b.ask(http.MethodGet, path, "Accept-Encoding", "gzip")
			require.Equal(t, 200, r.status)
			require.Equal(t, "gzip", r.header.Get("Content-Encoding"))
			return len(r.body)
		}
		page := b.get("/t/" + b.code)
		beside := 0
		for _, m := range regexp.MustCompile(`/-/[0-9a-f]+-(?:public\.css|public\.js)`).FindAllString(page, -1) {
			beside += zipped(m)
		}
		all := zipped("/t/"+b.code) + beside
		t.Logf("%s: %d bytes gzip, of them %d of style sheet and script; the commune's page %d", name, all, beside, zipped("/")+beside)
		require.LessOrEqual(t, all, 30<<10)
		require.LessOrEqual(t, zipped("/")+beside, 30<<10)
	}
}

// "Hôm nay chưa phát gì" where nothing was; and where no loudspeaker can tell, that.
func TestNothingToday(t *testing.T) {
	b := open(t, public.Limits{}, func(c *replaytest.Commune) {
		require.NoError(t, c.Store.PutNode(t.Context(), store.Node{ID: "da-mi-loa", Name: "FM", Area: "da-mi", NoReturn: true}))
	})
	page := b.get("/t/" + b.code)
	require.Contains(t, page, "Hôm nay chưa phát gì.")
	require.Contains(t, b.get("/t/"+b.code+"?lang=en"), "Nothing has been aired today.")
	s, err := b.replay.Snapshot(t.Context())
	require.NoError(t, err)
	mute, ok := s.Of("da-mi")
	require.True(t, ok)
	require.Contains(t, b.get("/t/"+mute.Code), "Loa ở đây không tự báo về được")
	require.NotContains(t, page, "Loa ở đây không tự báo về được")
}

// A page that a reader has is not sent again, and what stands in it is kept until the
// picture is another.
func TestCached(t *testing.T) {
	b := open(t, public.Limits{Own: 1e6, Requests: 1e6}, lived)
	r := b.ask(http.MethodGet, "/")
	require.Equal(t, "public, max-age=30", r.header.Get("Cache-Control"))
	again := b.ask(http.MethodGet, "/", "If-None-Match", r.header.Get("ETag"))
	require.Equal(t, http.StatusNotModified, again.status)
	require.Empty(t, again.body)
	css := regexp.MustCompile(`/-/[0-9a-f]+-public\.css`).FindString(r.body)
	require.Contains(t, b.ask(http.MethodGet, css).header.Get("Cache-Control"), "immutable")
	before := b.Store.Queries()
	for range 200 {
		b.get("/")
	}
	require.Equal(t, before, b.Store.Queries(), "two hundred readers ask the office nothing")
}

// The API says what the pages say, and each of its addresses is in its document.
func TestAPI(t *testing.T) {
	b := open(t, public.Limits{}, lived)
	var doc struct {
		OpenAPI string
		Paths   map[string]map[string]any
	}
	require.NoError(t, json.Unmarshal([]byte(b.get("/api/openapi.json")), &doc))
	require.Equal(t, "3.1.0", doc.OpenAPI)
	for _, route := range public.Routes() {
		_, documented := doc.Paths[route]
		require.Equal(t, strings.HasPrefix(route, "/api/"), documented, route)
	}
	var place struct {
		Name, Code, URL string
		Alerts, Heard   []struct {
			ID, URL, Title, Text string
			Emergency            bool
			InForce              bool `json:"in_force"`
			Corrects             string
			CorrectedBy          string `json:"corrected_by"`
			Sounds               []struct{ Opus, M4A string }
		}
		Coming   []struct{ Title string }
		Villages []struct{ Name, Code, URL string }
	}
	require.NoError(t, json.Unmarshal([]byte(b.get("/api/commune")), &place))
	require.Equal(t, "Xã La Dạ", place.Name)
	require.Equal(t, []string{"Thôn 1", "Thôn Đa Mi"}, []string{place.Villages[0].Name, place.Villages[1].Name})
	require.NoError(t, json.Unmarshal([]byte(b.get("/api/t/"+place.Villages[0].Code)), &place))
	require.Equal(t, b.url+"/t/"+b.code, place.URL)
	require.True(t, place.Alerts[0].InForce)
	require.Equal(t, place.Heard[0].ID, place.Alerts[1].CorrectedBy)
	require.Equal(t, place.Alerts[1].ID, place.Heard[0].Corrects)
	require.Equal(t, 200, b.ask(http.MethodGet, strings.TrimPrefix(place.Heard[1].Sounds[0].Opus, b.url)).status)
	require.Equal(t, "Bản tin chiều", place.Coming[0].Title)
	require.Equal(t, 200, b.ask(http.MethodGet, strings.TrimPrefix(place.Heard[0].URL, b.url)).status)
	missing := b.ask(http.MethodGet, "/api/t/nobody")
	require.Equal(t, http.StatusNotFound, missing.status)
	require.Equal(t, "application/problem+json", missing.header.Get("Content-Type"))
	require.True(t, slices.Contains([]string{"*"}, b.ask(http.MethodGet, "/api/commune").header.Get("Access-Control-Allow-Origin")))
}

// Sound comes as a player asks for it, in both kinds, and only what may be heard.
func TestSound(t *testing.T) {
	b := open(t, public.Limits{}, lived)
	s, err := b.replay.Snapshot(t.Context())
	require.NoError(t, err)
	p, _ := s.Page(b.code)
	sound := p.Alerts[0]
	sha := sound.Sounds[0].SHA
	for kind, is := range map[string]string{"opus": "audio/ogg; codecs=opus", "m4a": "audio/mp4"} {
		path := "/s/" + sha + "." + kind
		whole := b.ask(http.MethodGet, path)
		require.Equal(t, 200, whole.status)
		require.Equal(t, is, whole.header.Get("Content-Type"))
		require.Equal(t, "public, max-age=172800, immutable", whole.header.Get("Cache-Control"))
		part := b.ask(http.MethodGet, path, "Range", "bytes=100-199")
		require.Equal(t, http.StatusPartialContent, part.status)
		require.Equal(t, fmt.Sprintf("bytes 100-199/%d", len(whole.body)), part.header.Get("Content-Range"))
		require.Equal(t, whole.body[100:200], part.body)
		require.Equal(t, http.StatusNotModified, b.ask(http.MethodGet, path, "If-None-Match", whole.header.Get("ETag")).status)
		require.Equal(t, http.StatusRequestedRangeNotSatisfiable, b.ask(http.MethodGet, path, "Range", "bytes=99999999-").status)
		require.Equal(t, 200, b.ask(http.MethodGet, path, "Range", "bytes=0-9,20-29,40-49").status, "no player asks like that: it gets all")
		file := filepath.Join(t.TempDir(), "sound."+kind)
		require.NoError(t, os.WriteFile(file, []byte(whole.body), 0o600))
		out, err := exec.CommandContext(t.Context(), "ffprobe", "-v", "error", "-show_entries", "stream=codec_name:format=duration", "-of",
			"csv=p=0", file).CombinedOutput()
		require.NoError(t, err, "%s", out)
		t.Logf("%s: %d bytes, %s", kind, len(whole.body), strings.Fields(string(out)))
		require.Contains(t, string(out), map[string]string{"opus": "opus", "m4a": "aac"}[kind])
		require.Regexp(t, `\n6\.0`, string(out))
	}
	for _, path := range []string{"/s/" + strings.Repeat("ab", 32) + ".opus", "/s/" + sha + ".wav", "/s/" + sha, "/s/..%2f..%2floa.db",
		"/s/" + strings.ToUpper(sha) + ".opus"} {
		require.Equal(t, http.StatusNotFound, b.ask(http.MethodGet, path).status, path)
	}
	require.NoError(t, b.Store.PutReplay(t.Context(), store.Replay{Broadcast: "c-flood", Shown: store.Withheld, Decided: noon}))
	b.later(time.Minute)
	require.Equal(t, http.StatusNotFound, b.ask(http.MethodGet, "/s/"+sha+".m4a").status, "what is withdrawn is heard no more")
	require.Equal(t, http.StatusNotFound, b.ask(http.MethodGet, "/t/"+b.code+"/"+sound.ID).status, "and read no more")
}
