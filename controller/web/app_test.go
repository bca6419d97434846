package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/controller"
	"loa/controller/store"
	"loa/controller/store/storetest"
	"loa/controller/trust"
)

// office is one whole controller, with its real parts, in this process.
type office struct {
	*controller.App
	dir  string
	stop func() error // ends Run and returns what it said
}

// seed fills a store before its controller starts.
type seed func(*testing.T, *store.Store)

func open(t *testing.T, dir string) *store.Store {
	t.Helper()
	storetest.Fill(t, dir)
	s, err := store.Open(t.Context(), dir, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	return s
}

// startIn runs a controller whose data is in dir. Tests that have one each
// run side by side.
func startIn(t *testing.T, dir string, seeds ...seed) *office {
	t.Helper()
	t.Parallel()
	s := open(t, dir)
	for _, fill := range seeds {
		fill(t, s)
	}
	require.NoError(t, s.Close())
	return startWith(t, dir, func(*controller.Config) {})
}

// quick is the least that a password's hash can cost. The usual one, 19 MiB, takes most of what a
// test that signs in costs. What it is and that it holds, trust.TestPasswords shows.
var quick = trust.Cost{KiB: 8, Passes: 1}

var discard = slog.New(slog.DiscardHandler)

// startWith runs a controller with other settings than the usual.
func startWith(t *testing.T, dir string, set func(*controller.Config)) *office {
	t.Helper()
	config := controller.DefaultConfig()
	config.Data, config.HTTP, config.MQTT = dir, "127.0.0.1:0", "127.0.0.1:0"
	config.Reach = []string{"127.0.0.1"} // where tests have their stations and webhooks
	config.Passwords = quick
	set(&config)
	app, err := controller.New(t.Context(), config, "test", discard)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- app.Run(ctx) }()
	stop := sync.OnceValue(func() error { cancel(); return <-ended })
	t.Cleanup(func() { require.NoError(t, stop()) })
	return &office{app, dir, stop}
}

// linked waits until the controller reaches its broker: it answers before.
func (o *office) linked(t *testing.T) {
	t.Helper()
	require.Eventually(t, o.Linked, time.Minute, time.Millisecond)
}

func start(t *testing.T, seeds ...seed) *office {
	t.Helper()
	return startIn(t, t.TempDir(), append([]seed{commune}, seeds...)...)
}

// commune is La Dạ with a node in each of three villages.
func commune(t *testing.T, s *store.Store) {
	for _, a := range []store.Area{
		{ID: "lam-dong", Name: "Tỉnh Lâm Đồng", Kind: store.Province},
		{ID: "la-da", Parent: "lam-dong", Name: "Xã La Dạ", Kind: store.Commune},
		{ID: "thon-1", Parent: "la-da", Name: "Thôn 1", Kind: store.Village},
		{ID: "thon-2", Parent: "la-da", Name: "Thôn 2", Kind: store.Village},
		{ID: "da-mi", Parent: "la-da", Name: "Thôn Đa Mi", Kind: store.Village},
	} {
		require.NoError(t, s.PutArea(t.Context(), a))
	}
	for _, v := range []string{"thon-1", "thon-2", "da-mi"} {
		require.NoError(t, s.PutNode(t.Context(), store.Node{ID: v + "-loa", Name: "Cụm loa " + v, Area: v, Volume: 80, Created: time.Now()}))
	}
}

// reply is an answer, read to its end.
type reply struct {
	t      *testing.T
	what   string
	status int
	header http.Header
	body   []byte
}

var client = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// ask sends a request with the bearer token; body is JSON, or raw if it is a
// reader.
func (o *office) ask(t *testing.T, method, path string, body any, headers ...string) reply {
	t.Helper()
	return o.send(t, method, path, body, append([]string{"Authorization", "Bearer " + o.Token(), "Content-Type", "application/json"},
		headers...)...)
}

// send is ask without a token. Headers are names and values in turn; a later
// one replaces an earlier.
func (o *office) send(t *testing.T, method, path string, body any, headers ...string) reply {
	t.Helper()
	var r io.Reader
	switch b := body.(type) {
	case nil:
	case io.Reader:
		r = b
	default:
		data, err := json.Marshal(b)
		require.NoError(t, err)
		r = bytes.NewReader(data)
	}
	req, err := http.NewRequestWithContext(t.Context(), method, o.URL()+path, r)
	require.NoError(t, err)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := client.Do(req)
	require.NoError(t, err, "%s %s", method, path)
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	require.NoError(t, err, "%s %s", method, path)
	return reply{t, method + " " + path, res.StatusCode, res.Header, data}
}

// upload sends a recording as a browser does.
func (o *office) upload(t *testing.T, name string, data []byte) reply {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("file", name)
	require.NoError(t, err)
	_, err = part.Write(data)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return o.ask(t, "POST", "/api/v1/clips", &b, "Content-Type", w.FormDataContentType())
}

func readAll(t *testing.T, res *http.Response) []byte {
	t.Helper()
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return data
}

// into reads a success.
func (r reply) into(status int, v any) {
	r.t.Helper()
	require.Equal(r.t, status, r.status, "%s: %s", r.what, r.body)
	if v == nil {
		return
	}
	require.Equal(r.t, "application/json", strings.Split(r.header.Get("Content-Type"), ";")[0], r.what)
	require.NoError(r.t, json.Unmarshal(r.body, v), "%s: %s", r.what, r.body)
}

// object reads a success of whatever shape.
func (r reply) object(status int) map[string]any {
	r.t.Helper()
	v := map[string]any{}
	r.into(status, &v)
	return v
}

// sentences are a refusal in both languages.
func (r reply) sentences() [2]string {
	r.t.Helper()
	var p struct{ VI, EN string }
	require.NoError(r.t, json.Unmarshal(r.body, &p), "%s: %s", r.what, r.body)
	return [2]string{p.VI, p.EN}
}

// items reads a list.
func (r reply) items() []map[string]any {
	r.t.Helper()
	var list struct{ Items []map[string]any }
	r.into(200, &list)
	require.NotNil(r.t, list.Items, "an empty list is [], not null: %s", r.body)
	return list.Items
}

// problem reads a refusal: it must be one that a person can act on.
func (r reply) problem(status int, codes ...string) {
	r.t.Helper()
	require.Equal(r.t, status, r.status, "%s: %s", r.what, r.body)
	require.Equal(r.t, "application/problem+json", r.header.Get("Content-Type"), "%s: %s", r.what, r.body)
	var p struct {
		Status           int
		Title, Detail    string
		Code, VI, EN     string
		Type             string
		Instance, Errors any
	}
	require.NoError(r.t, json.Unmarshal(r.body, &p), "%s: %s", r.what, r.body)
	require.Equal(r.t, status, p.Status)
	require.Equal(r.t, p.VI, p.Detail)
	require.NotEmpty(r.t, p.VI, r.what)
	require.NotEmpty(r.t, p.EN, r.what)
	require.NotEqual(r.t, p.VI, p.EN)
	require.NotContains(r.t, p.VI+p.EN, "%!", r.what)
	require.Less(r.t, len(r.body), 8<<10, r.what)
	if len(codes) > 0 {
		require.Contains(r.t, codes, p.Code, "%s: %s", r.what, r.body)
	}
}

// clip is a clip of one spoken sentence.
func (o *office) clip(t *testing.T, text string) string {
	t.Helper()
	s, err := store.OpenBeside(t.Context(), o.dir)
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	if known, ok := clips.Load(text); ok {
		known.(made).into(t, s)
		return known.(made).row.ID
	}
	id := o.ask(t, "POST", "/api/v1/speech", map[string]any{"text": text}).object(201)["id"].(string)
	c := made{}
	c.row, err = s.GetClip(t.Context(), id)
	require.NoError(t, err)
	c.sound, err = os.ReadFile(s.ClipPath(id))
	require.NoError(t, err)
	clips.Store(text, c)
	return id
}

// clips are the clips that some office of this package has made, by their text. The next
// one is given the same: to say and level a text takes a second of a processor.
var clips sync.Map

type made struct {
	row   store.Clip
	sound []byte
}

func (m made) into(t *testing.T, s *store.Store) {
	t.Helper()
	path := s.ClipPath(m.row.ID)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, m.sound, 0o600))
	require.NoError(t, s.AddClip(t.Context(), m.row))
	require.NoError(t, s.PlaceClip(t.Context(), m.row.ID, "la-da"))
}

type object = map[string]any
type array = []any

// programme is one that is right, to be made wrong.
func programme(edits ...func(object)) object {
	p := object{"title": "Bản tin sáng", "class": "normal", "at": later(time.Hour),
		"targets": object{"areas": array{"la-da"}}, "rundown": array{object{"chime": true}, object{"gap_s": 2}}}
	for _, edit := range edits {
		edit(p)
	}
	return p
}

func with(key string, value any) func(object) { return func(p object) { p[key] = value } }

// soon is where the tests' calendar begins: a whole minute from now on.
var soon = time.Now().UTC().Truncate(time.Minute).Add(time.Minute)

func later(d time.Duration) string { return soon.Add(d).Format(time.RFC3339) }

func (o *office) add(t *testing.T, p object) string {
	t.Helper()
	return o.ask(t, "POST", "/api/v1/programmes", p).object(201)["id"].(string)
}

func (o *office) airings(t *testing.T, from, to time.Time, more string) []map[string]any {
	t.Helper()
	q := url.Values{"from": {from.Format(time.RFC3339)}, "to": {to.Format(time.RFC3339)}}
	return o.ask(t, "GET", "/api/v1/airings?"+q.Encode()+more, nil).items()
}

// everything is all that the API lists and all files of the store, to see
// that a refusal left nothing behind.
func (o *office) everything(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for _, path := range []string{"clips", "bulletins", "programmes", "areas", "quiet", "jobs", "plays"} {
		b.Write(o.ask(t, "GET", "/api/v1/"+path, nil).body)
	}
	for _, n := range o.ask(t, "GET", "/api/v1/nodes", nil).items() {
		b.WriteString(n["id"].(string) + n["name"].(string) + n["area"].(string))
	}
	return b.String() + "\n" + strings.Join(files(t, o.dir), "\n")
}

// files lists the clips, originals and unfinished files on disk.
func files(t *testing.T, dir string) (all []string) {
	t.Helper()
	for _, sub := range []string{"clips", "originals", "tmp"} {
		err := filepath.WalkDir(filepath.Join(dir, sub), func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				all = append(all, path)
			}
			return err
		})
		require.NoError(t, err)
	}
	return all
}

// ffmpeg makes a recording; args end before the output's name.
func ffmpeg(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	out, err := exec.Command("ffmpeg", append(append([]string{"-v", "error", "-nostdin"}, args...), path)...).CombinedOutput()
	require.NoError(t, err, string(out))
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return data
}
