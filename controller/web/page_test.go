package web_test

import (
	"bytes"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller/store"
)

func (o *office) page(t *testing.T, path string, headers ...string) string {
	t.Helper()
	r := o.ask(t, "GET", path, nil, headers...)
	require.Equal(t, 200, r.status, string(r.body))
	require.Equal(t, "text/html; charset=utf-8", r.header.Get("Content-Type"))
	require.NotContains(t, string(r.body), "%!")
	for _, key := range []string{"state_", "outcome_", "reason_"} {
		require.NotContains(t, string(r.body), key, "a word is missing")
	}
	return html.UnescapeString(string(r.body))
}

func TestPageOfAnEmptyCommune(t *testing.T) {
	o := startIn(t, t.TempDir())
	text := o.page(t, "/")
	require.Contains(t, text, "0/0 cụm loa tốt")
	require.Contains(t, text, "Không có lịch phát trong 48 giờ tới")
	require.Contains(t, text, "Chưa có lần phát nào")
}

func TestPageOfThree(t *testing.T) {
	o := start(t, func(t *testing.T, s *store.Store) { // another village of the same name
		require.NoError(t, s.PutArea(t.Context(), store.Area{ID: "thon-1-b", Parent: "la-da", Name: "Thôn 1", Kind: store.Village}))
		require.NoError(t, s.PutNode(t.Context(), store.Node{ID: "b", Name: "Cụm loa B", Area: "thon-1-b", Created: time.Now()}))
	})
	o.add(t, programme(with("title", "Chào bà con")))
	text := o.page(t, "/")
	for _, words := range []string{"Loa · Xã La Dạ", "Thôn 2", "Thôn Đa Mi", "Cụm loa thon-1", "Chưa rõ: đang chờ cụm loa báo về",
		"Lần phát tới", "Chào bà con", `<html lang="vi">`} {
		require.Contains(t, text, words)
	}
	require.Equal(t, 2, strings.Count(text, "<h3>Thôn 1</h3>"))
	main := o.page(t, "/?part=main")
	require.NotContains(t, main, "<html")
	require.Contains(t, main, "Thôn Đa Mi")

	r := o.ask(t, "GET", "/?lang=en", nil)
	require.Contains(t, string(r.body), `<html lang="en">`)
	require.Contains(t, r.header.Get("Set-Cookie"), "lang=en")
	english := o.page(t, "/", "Cookie", "lang=en")
	for _, words := range []string{"Next airing", "Not known yet", "Proof of play"} {
		require.Contains(t, english, words)
	}
	require.Contains(t, o.page(t, "/?lang=vi", "Cookie", "lang=en"), `<html lang="vi">`)
	require.Contains(t, o.page(t, "/?lang=xx"), `<html lang="vi">`)
}

// The pages for speaking: the smallest village on one, all on the other; in
// both languages; a wrong part is the whole page.
func TestPagesForSpeaking(t *testing.T) {
	o := start(t, func(t *testing.T, s *store.Store) {
		require.NoError(t, s.PutNode(t.Context(), store.Node{ID: "more", Name: "Cụm loa chợ", Area: "da-mi", Created: time.Now()}))
		require.NoError(t, s.PutNode(t.Context(), store.Node{ID: "most", Name: "Cụm loa trường", Area: "thon-1", Created: time.Now()}))
		require.NoError(t, s.PutArea(t.Context(), store.Area{ID: "thon-0", Parent: "la-da", Name: "Thôn không loa", Kind: store.Village}))
	})
	clip := o.clip(t, "Nước lên.")
	o.ask(t, "POST", "/api/v1/bulletins", object{"title": "Lũ quét", "class": "emergency", "clips": object{"vi": clip}}).object(201)
	o.ask(t, "POST", "/api/v1/bulletins", object{"title": "Tin thường", "clips": object{"vi": clip}}).object(201)
	checked := func(page string) (ids []string) {
		for _, m := range regexp.MustCompile(`name="area" value="([^"]+)"[^>]* checked`).FindAllStringSubmatch(page, -1) {
			ids = append(ids, m[1])
		}
		return ids
	}
	page := o.page(t, "/live")
	require.Equal(t, []string{"thon-2"}, checked(page), "the smallest that has a loudspeaker")
	require.Contains(t, page, "5 cụm loa")
	require.Regexp(t, `value="thon-0"[^>]* disabled`, page)
	page = o.page(t, "/emergency")
	require.Equal(t, []string{"la-da"}, checked(page))
	for _, words := range []string{"0/5 cụm loa có tín hiệu", "Cụm loa chợ", "Lũ quét", "Không có báo động nào"} {
		require.Contains(t, page, words)
	}
	require.NotContains(t, page, "Tin thường")
	require.Contains(t, o.page(t, "/emergency?lang=en"), "0 of 5 loudspeakers have a signal")
	require.Contains(t, o.page(t, "/live?lang=en"), "HOLD TO TALK")
	require.NotContains(t, o.page(t, "/emergency?part=reach"), "<html")
	require.Equal(t, 404, o.ask(t, "GET", "/emergency?part=nonsense", nil).status, "a whole page is no part of one")
}

// What people and nodes write is text, never markup.
func TestPageEscapes(t *testing.T) {
	hostile := `"><script>alert(1)</script><img src=x onerror=alert(2)>'`
	now := time.Now()
	o := start(t, func(t *testing.T, s *store.Store) {
		require.NoError(t, s.PutArea(t.Context(), store.Area{ID: "la-da", Name: "Xã " + hostile, Kind: store.Commune}))
		require.NoError(t, s.PutArea(t.Context(), store.Area{ID: "v", Name: "Thôn " + hostile, Kind: store.Village}))
		require.NoError(t, s.PutNode(t.Context(), store.Node{ID: "h", Name: "Loa " + hostile, Area: "v", Created: now.Add(-time.Hour)}))
		_, err := s.AddPlays(t.Context(), []store.Play{{Node: hostile, Programme: hostile, Airing: hostile, Title: hostile, At: now,
			Began: now, Ended: now, Outcome: "partly", Reason: hostile, Received: now}})
		require.NoError(t, err)
	})
	o.add(t, programme(with("title", hostile)))
	r := o.ask(t, "GET", "/", nil)
	require.Equal(t, 200, r.status)
	for _, markup := range []string{"<script>alert", "<img src=x", `id="a-">`} {
		require.NotContains(t, string(r.body), markup)
	}
	require.GreaterOrEqual(t, bytes.Count(r.body, []byte("&lt;script&gt;")), 4)
	for _, path := range []string{"/live", "/emergency"} {
		speak := o.ask(t, "GET", path, nil)
		require.Equal(t, 200, speak.status)
		require.NotContains(t, string(speak.body), "<script>alert", path)
		require.Contains(t, string(speak.body), "&lt;script&gt;", path)
	}
	require.Contains(t, string(r.body), "lý do khác")
}

func TestStaticFiles(t *testing.T) {
	o := start(t)
	r := o.ask(t, "GET", "/static/loa.css", nil)
	require.Equal(t, http.StatusOK, r.status)
	require.Contains(t, r.header.Get("Content-Type"), "text/css")
	require.NotEmpty(t, r.header.Get("Cache-Control"))
	require.Equal(t, http.StatusNotFound, o.ask(t, "GET", "/static/%2e%2e/web.go", nil).status)
	require.Equal(t, http.StatusNotFound, o.ask(t, "GET", "/static/", nil).status, "no list of files")
}
