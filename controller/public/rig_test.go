package public_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"loa/audio/ffmpeg"
	"loa/cmd/prove/browser"
	"loa/cmd/prove/witness"
	"loa/controller/news"
	"loa/controller/office/access"
	"loa/controller/office/answers"
	"loa/controller/office/asrun"
	"loa/controller/office/audit"
	"loa/controller/office/notices"
	"loa/controller/office/preview"
	"loa/controller/office/replay"
	"loa/controller/office/replay/replaytest"
	"loa/controller/public"
	"loa/controller/rendition"
	"loa/controller/store"
	"loa/controller/store/storetest"
	"loa/schedule"
)

func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	os.Exit(browser.Main(func() int { return witness.Main(m) }))
}

var discard = slog.New(slog.DiscardHandler)

// board is the people's pages of a commune, at a port of this machine.
type board struct {
	*replaytest.Commune
	replay  *replay.Replay
	answers *answers.Desk
	server  *public.Server
	maker   *rendition.Maker
	url     string
	code    string // of Thôn 1
	onAir   func() bool
	past    atomic.Int64 // of noon, nanoseconds
	tested  atomic.Pointer[replay.Tested]
}

// noon is when all of this is.
var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, schedule.Zone())

// open fills a commune and opens its pages to the people.
func open(t testing.TB, limits public.Limits, fill func(*replaytest.Commune)) *board {
	t.Helper()
	dir := t.TempDir()
	storetest.Fill(t, dir)
	s, err := store.Open(context.WithoutCancel(t.Context()), dir, discard)
	require.NoError(t, err)
	b := &board{Commune: replaytest.Fill(t, s, noon)}
	fill(b.Commune)
	control, now := access.New(s, "la-da"), func() time.Time { return noon.Add(time.Duration(b.past.Load())) }
	trail, pre, editing := audit.New(audit.Options{Store: s, Now: now, Logger: discard, Began: noon}), preview.New(s, control), new(sync.Mutex)
	b.replay = replay.New(replay.Options{Store: s, Access: control, Preview: pre, Now: now, Editing: editing, Trail: trail,
		Tested: func(context.Context) (*replay.Tested, error) { return b.tested.Load(), nil },
		News:   func(string) {}, Commune: "la-da", Logger: discard})
	not := notices.New(notices.Options{Store: s, Access: control, Trail: trail, Now: now, Editing: editing, News: func(string) {},
		Commune: "la-da",
		Logger:  discard})
	b.answers = answers.New(answers.Options{Store: s, Access: control, Trail: trail, Replay: b.replay, Notices: not, Now: now,
		Editing: editing,
		AsRun:   asrun.New(asrun.Options{Store: s, Access: control, Trail: trail, Preview: pre, Now: now, Logger: discard}),
		News:    func(string) {}, Commune: "la-da", Logger: discard})
	b.maker = rendition.New(rendition.Options{Store: s, FFmpeg: ffmpeg.Program{}, Logger: discard})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	b.url = "http://" + l.Addr().String()
	b.server, err = public.New(public.Options{Replay: b.replay, Store: s, Maker: b.maker, News: news.New(), URL: b.url, Limits: limits,
		Answers: b.answers,
		OnAir:   func() bool { return b.onAir != nil && b.onAir() }, Logger: discard})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() { b.server.Serve(ctx, l) })
	running.Go(func() { _ = b.maker.Run(ctx) })
	t.Cleanup(func() { cancel(); running.Wait(); not.Wait(); require.NoError(t, s.Close()) })
	now1, err := b.replay.Snapshot(t.Context())
	require.NoError(t, err)
	place, ok := now1.Of("thon-1")
	require.True(t, ok)
	b.code = place.Code
	return b
}

// lived is two days of a commune: a flood that is on, a fire that is over, a drill, a
// correction, typed and spoken bulletins, one in two languages, and what comes.
func lived(c *replaytest.Commune) {
	typed := c.Clip(2, "Kính mời bà con Thôn 1 đến nhà văn hóa lúc 19 giờ tối thứ Bảy để họp bàn việc làm đường liên thôn.\n"+
		"Đề nghị mỗi hộ cử một người dự. Xin cảm ơn bà con.")
	spoken, kho, long := c.Clip(3, ""), c.Clip(4, ""), c.Clip(5, strings.Repeat("Nước sinh hoạt sẽ tạm ngừng để sửa ống. ", 40))
	c.Bulletin(store.Bulletin{ID: "b-hop", Title: "Mời họp thôn", Clips: map[string]string{"vi": typed}})
	c.Bulletin(store.Bulletin{ID: "b-lua", Title: "Lịch tiêm phòng cho trẻ em",
		Summary: "Trạm y tế tiêm phòng sáng thứ Hai, 7 giờ 30. Mang theo sổ.",
		Clips:   map[string]string{"vi": spoken, "kpm": kho}})
	c.Bulletin(store.Bulletin{ID: "b-nuoc", Title: "Tạm ngừng cấp nước", Clips: map[string]string{"vi": long}})
	both := []string{"thon-1-loa", "da-mi-loa"}
	air := func(id, title string, class schedule.Class, at time.Time, clips ...string) {
		airing := c.Air(id, title, class, at, clips...)
		for i, clip := range clips {
			for _, node := range both {
				c.Play(node, airing, i, clip, "heard", at.Add(time.Duration(i)*time.Minute), nil)
			}
		}
	}
	air("sang", "Bản tin sáng", schedule.Normal, noon.Add(-7*time.Hour), typed, spoken, kho)
	air("chieu", "Bản tin chiều", schedule.Priority, noon.Add(-19*time.Hour), long)
	air("hom-kia", "Bản tin", schedule.Normal, noon.Add(-43*time.Hour), typed)
	call := func(id, title string, class schedule.Class, at time.Time, row store.Call) {
		row.Call = schedule.Call{ID: id, Title: title, Class: class, Start: at}
		c.Call(row, both...)
	}
	said := func(text string) store.Call { return store.Call{Said: &store.Said{Text: text}} }
	flood := said("Nước suối Đa Mi đang lên nhanh. Bà con ven suối lên chỗ cao ngay, không qua ngầm tràn.")
	flood.Said.Clips = []string{c.Clip(6, "Nước suối Đa Mi đang lên nhanh.")}
	call("c-flood", "Lũ về trên suối Đa Mi", schedule.Emergency, noon.Add(-40*time.Minute), flood)
	fire := said("Cháy rừng ở tiểu khu 12.")
	call("c-fire", "Cháy rừng", schedule.Emergency, noon.Add(-5*time.Hour), fire)
	right := said("Tin cháy rừng lúc 7 giờ là nhầm: chỉ là đốt rẫy có người trông. Bà con yên tâm.")
	right.Corrects = "c-fire"
	call("c-right", "Không có cháy rừng", schedule.Emergency, noon.Add(-4*time.Hour), right)
	drill := said("Đây là diễn tập. Khi nghe còi, bà con tập trung ở sân trường.")
	drill.Drill = true
	call("c-drill", "Diễn tập sơ tán", schedule.Live, noon.Add(-26*time.Hour), drill)
	comes(c)
}

// comes puts a programme of the evening into the calendar.
func comes(c *replaytest.Commune) {
	for hour, title := range map[int]string{17: "Bản tin chiều", 18: "Tiếp sóng Đài Lâm Đồng"} {
		p := store.Programme{Programme: schedule.Programme{ID: "p-" + title, Title: title, Class: schedule.Normal, Level: schedule.CommuneLevel,
			Rule: schedule.Rule{At: time.Date(2026, 11, 20, hour, 0, 0, 0, schedule.Zone())}, StartLate: time.Minute,
			Targets: schedule.Targets{Areas: []string{"la-da"}}, Rundown: []schedule.Item{{Kind: schedule.Chime, Length: time.Second}}}}
		a := store.Approval{Kind: store.OfProgramme, ID: p.ID, State: store.Approved, Digest: p.Digest(), Decided: noon}
		_, err := c.Store.PutProgramme(context.WithoutCancel(c.T.Context()), p.Programme, noon.AddDate(0, 0, -1), a)
		require.NoError(c.T, err)
	}
}

// reply is an answer, read to its end.
type reply struct {
	status int
	header http.Header
	body   string
}

// browserless is a client that takes what comes as it comes.
var browserless = &http.Client{Transport: &http.Transport{DisableCompression: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

func (b *board) ask(method, path string, headers ...string) reply {
	b.T.Helper()
	req, err := http.NewRequestWithContext(b.T.Context(), method, b.url+path, nil)
	require.NoError(b.T, err)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := browserless.Do(req)
	require.NoError(b.T, err)
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	require.NoError(b.T, err)
	return reply{res.StatusCode, res.Header, string(data)}
}

func (b *board) get(path string) string {
	b.T.Helper()
	r := b.ask(http.MethodGet, path)
	require.Equal(b.T, http.StatusOK, r.status, "%s: %s", path, r.body)
	return r.body
}

// first is the newest entry of Thôn 1 that is no emergency.
func (b *board) first(t *testing.T) *replay.Entry {
	t.Helper()
	s, err := b.replay.Snapshot(t.Context())
	require.NoError(t, err)
	p, ok := s.Page(b.code)
	require.True(t, ok)
	return p.Entries[0]
}

// later sets the clock on, until there is a picture of then.
func (b *board) later(d time.Duration) {
	b.T.Helper()
	then := noon.Add(time.Duration(b.past.Add(int64(d))))
	witness.Await(b.T, "a picture of then", time.Minute, func() bool {
		s, err := b.replay.Snapshot(b.T.Context())
		return err == nil && !s.Made.Before(then)
	})
}
