package public

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"loa/controller/i18n"
	"loa/controller/office/answers"
	"loa/controller/office/replay"
	"loa/controller/store"
	"loa/schedule"
)

// page is an answer as it goes out, made once for many readers.
type page struct {
	kind       string
	body, gzip []byte
	etag       string
}

func pack(kind string, body []byte) page {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err == nil {
		_, err = z.Write(body)
	}
	if err == nil {
		err = z.Close()
	}
	p := page{kind: kind, body: body, etag: fmt.Sprintf(`"%x"`, sha256.Sum256(body))[:34] + `"`}
	if err == nil && b.Len() < len(body) {
		p.gzip = b.Bytes()
	}
	return p
}

// write sends it as the reader takes it.
func (p page) write(w http.ResponseWriter, r *http.Request, status int) {
	h := w.Header()
	h.Set("Content-Type", p.kind)
	h.Set("Vary", "Accept-Encoding")
	h.Set("ETag", p.etag)
	if status == http.StatusOK && strings.Contains(r.Header.Get("If-None-Match"), p.etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := p.body
	if p.gzip != nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = p.gzip
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a reader that is gone needs none
	}
}

// mostKept is how many bytes of pages are kept.
const mostKept = 16 << 20

// views renders.
type views struct {
	server    *Server
	paper     bool // they are written into a folder
	templates map[i18n.Language]*template.Template

	mu    sync.Mutex
	of    *replay.Snapshot // that the pages are of
	pages map[string]page
	bytes int
}

func newViews(s *Server, paper bool) (*views, error) {
	v := &views{server: s, paper: paper, templates: map[i18n.Language]*template.Template{}, pages: map[string]page{}}
	for _, lang := range []i18n.Language{i18n.VI, i18n.EN} {
		t, err := template.New("").Funcs(v.functions(lang)).ParseFS(tree, "templates/*.html")
		if err != nil {
			return nil, fmt.Errorf("parse the people's pages: %w", err)
		}
		v.templates[lang] = t
	}
	return v, nil
}

func (v *views) functions(lang i18n.Language) template.FuncMap {
	return template.FuncMap{
		"t":         func(key string, args ...any) string { return i18n.Say(lang, key, args...) },
		"lang":      func() i18n.Language { return lang },
		"query":     func() string { return query(lang) },
		"asset":     v.server.address,
		"hour":      func(t time.Time) string { return t.In(schedule.Zone()).Format("15:04") },
		"moment":    moment,
		"dated":     func(t time.Time) string { return t.In(schedule.Zone()).Format("02/01/2006") },
		"stamp":     stamp,
		"length":    func(d time.Duration) string { return i18n.Span(lang, d) },
		"tongue":    func(code string) string { return i18n.TongueName(lang, code) },
		"titled":    func(e *replay.Entry) string { return titleOf(lang, e) },
		"path":      pathOf,
		"entry":     entryPath,
		"sound":     soundPath,
		"feed":      func(p replay.Place, name string) string { return feedPath(p, name, lang) },
		"class":     func(e *replay.Entry) string { return i18n.Say(lang, "class_"+string(e.Class)) },
		"answering": func() bool { return v.server.opt.Answers != nil },
		"taps":      func() []string { return answers.Taps },
		"kinds":     func() []string { return answers.Kinds },
	}
}

// once returns a page of a picture, made for the first reader that asks.
func (v *views) once(of *replay.Snapshot, key string, make func() (page, error)) (page, error) {
	v.mu.Lock()
	if v.of != of {
		v.of, v.pages, v.bytes = of, map[string]page{}, 0
	}
	p, ok := v.pages[key]
	v.mu.Unlock()
	if ok {
		return p, nil
	}
	p, err := make()
	if err != nil {
		return p, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.of == of {
		if v.bytes += len(p.body) + len(p.gzip); v.bytes > mostKept {
			v.pages, v.bytes = map[string]page{}, len(p.body)+len(p.gzip)
		}
		v.pages[key] = p
	}
	return p, nil
}

// How much one page holds.
const (
	onPage    = 25       // entries
	mostPages = 100      // of a place
	mostBytes = 26 << 10 // gzip, beside the style sheet and the script
)

// cuts are how many characters of each text a list shows, tried in turn until the page is
// small enough; the whole stands on the entry's own page.
var cuts = []int{500, 160, 0}

// frame is what stands around every page.
type frame struct {
	Place   replay.Place
	Commune string
	Title   string // of the window, and of a link that is passed on
	About   string // of such a link
	Here    string // path of this page
	URL     string // of all pages
	Made    time.Time
	Other   string // this page in the other language; "": it is in one only
	Paper   bool   // it is written into a folder, where nobody takes an answer
	Code    string // of the village, by which it can be answered; "": here it cannot
	Closed  bool   // the commune takes no answers now

	asked map[string]store.Question // by bulletin
}

// Home is where the page of a place is, in the language of the page.
func (f frame) Home() string {
	if f.Code != "" {
		return "/q/" + f.Code
	}
	return pathOf(f.Place)
}

// Item is an entry in a list, or alone where most is negative.
func (f frame) Item(e *replay.Entry, most int) itemView {
	v := itemView{Entry: e, Code: f.Code, most: most, at: entryPath(f.Place, "")}
	if f.Code != "" {
		v.at = f.Home() + "/"
		if q, ok := f.asked[e.Bulletin]; ok && e.Bulletin != "" {
			v.Question = &q
		}
	}
	return v
}

// villageView is a place's page.
type villageView struct {
	frame
	Page         replay.Page
	Days         []day
	Nothing      bool // today
	Villages     []replay.Place
	Newer, Older string // paths; "": there are none
	Most         int    // characters of each text
	First        bool   // it is the first page
}

// day is the entries of one.
type day struct {
	Name    string
	Entries []*replay.Entry
}

// itemView is an entry in a list.
type itemView struct {
	*replay.Entry
	Code     string          // by which it can be answered; "": here it cannot
	Question *store.Question // that goes with it; nil: none
	Said     string          // what the reader has just said of it
	Answered string          // and to the question

	most int
	at   string // before its id
}

// Path is where another entry is, as this one.
func (v itemView) Path(id string) string { return v.at + id }

// Short is as much of the text as the list shows.
func (v itemView) Short() string {
	if v.most < 0 {
		return v.Text
	}
	all := []rune(v.Text)
	if len(all) <= v.most {
		return v.Text
	}
	cut := string(all[:v.most])
	if i := strings.LastIndexAny(cut, " \n"); i > 0 {
		cut = cut[:i]
	}
	return strings.TrimRight(cut, " ,.;:\n") + " …"
}

// Cut reports whether there is more of it.
func (v itemView) Cut() bool { return v.most >= 0 && len([]rune(v.Text)) > v.most }

// Dated reports whether the day is said beside the hour: it stands under no heading of a day.
func (v itemView) Dated() bool { return v.Alone() || v.InForce || v.Emergency && v.Corrects == nil }

// Told reports whether the class is said: what is usual is not, and an emergency is told
// larger.
func (v itemView) Told() bool { return v.Class != schedule.Normal && !v.Emergency }

// Alone reports whether the entry has its page to itself.
func (v itemView) Alone() bool { return v.most < 0 }

// village answers with a place's page; without a code with the commune's.
func (s *Server) village(w http.ResponseWriter, r *http.Request) {
	now, err := s.opt.Replay.Snapshot(r.Context())
	if err != nil {
		s.fail(w, err)
		return
	}
	p, ok := now.Page(r.PathValue("code"))
	number, bad := pageOf(r)
	if !ok || bad || number > pagesOf(p) {
		s.nowhere(w, r)
		return
	}
	lang := languageOf(r)
	made, err := s.view.once(now, fmt.Sprint("village ", lang, " ", number, " ", p.Code), func() (page, error) {
		return s.view.village(now, p, s.view.frame(p, lang), lang, number)
	})
	if err != nil {
		s.fail(w, err)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=30")
	made.write(w, r, http.StatusOK)
}

// pageOf is which page of a list is asked for.
func pageOf(r *http.Request) (number int, bad bool) {
	asked := r.URL.Query().Get("page")
	if asked == "" {
		return 1, false
	}
	n, err := strconv.Atoi(asked)
	return n, err != nil || n < 1 || n > mostPages
}

// village renders a list, with as much of each text as there is room for.
func (v *views) village(now *replay.Snapshot, p replay.Page, f frame, lang i18n.Language, number int) (made page, err error) {
	from, to := (number-1)*onPage, min(number*onPage, len(p.Entries))
	view := villageView{frame: f, Page: p, First: number == 1}
	if to < len(p.Entries) {
		view.Older = v.pagePath(f.Home(), lang, number+1)
	}
	if number > 1 {
		view.Newer = v.pagePath(f.Home(), lang, number-1)
	}
	if p.Whole {
		view.Villages = now.Villages
	}
	view.Days = days(lang, p.Made, p.Entries[from:to])
	view.Nothing = view.First && !anyToday(p)
	for _, view.Most = range cuts {
		if made, err = v.render(lang, "village.html", view); err != nil || len(made.gzip) <= mostBytes {
			break
		}
	}
	return made, err
}

// days are entries by the day on which they were heard.
func days(lang i18n.Language, now time.Time, entries []*replay.Entry) (all []day) {
	for _, e := range entries {
		name := dayName(lang, now, e.Time)
		if len(all) == 0 || all[len(all)-1].Name != name {
			all = append(all, day{Name: name})
		}
		last := &all[len(all)-1]
		last.Entries = append(last.Entries, e)
	}
	return all
}

func dayName(lang i18n.Language, now, t time.Time) string {
	now, t = now.In(schedule.Zone()), t.In(schedule.Zone())
	date := t.Format("02/01/2006")
	switch t.Format(time.DateOnly) {
	case now.Format(time.DateOnly):
		return i18n.Say(lang, "pub_today", date)
	case now.AddDate(0, 0, -1).Format(time.DateOnly):
		return i18n.Say(lang, "pub_yesterday", date)
	}
	return date
}

func anyToday(p replay.Page) bool {
	today := p.Made.In(schedule.Zone()).Format(time.DateOnly)
	for _, e := range append(append([]*replay.Entry{}, p.Alerts...), p.Entries...) {
		if e.Time.In(schedule.Zone()).Format(time.DateOnly) == today {
			return true
		}
	}
	return false
}

// frame is what stands around a place's page.
func (v *views) frame(p replay.Page, lang i18n.Language) frame {
	f := frame{Place: p.Place, Commune: p.Commune, Title: feedTitle(lang, p), About: i18n.Say(lang, "pub_about", p.Name),
		Here: pathOf(p.Place), URL: v.server.opt.URL, Made: p.Made, Paper: v.paper}
	if all := newest(p); len(all) > 0 { // what a link that is passed on says: the last that was heard
		f.About = moment(all[0].Time) + ": " + titleOf(lang, all[0])
	}
	f.Other = v.other(lang, f.Here)
	return f
}

// other is a page in the other language; "": it is in one only.
func (v *views) other(lang i18n.Language, path string) string {
	if v.paper {
		return ""
	}
	if lang == i18n.EN {
		return path
	}
	return path + "?lang=en"
}

// entryView is one entry's page, to which a link is passed on.
type entryView struct {
	frame
	Entry itemView
}

// entry answers with one entry.
func (s *Server) entry(w http.ResponseWriter, r *http.Request) {
	now, err := s.opt.Replay.Snapshot(r.Context())
	if err != nil {
		s.fail(w, err)
		return
	}
	p, ok := now.Page(r.PathValue("code"))
	e, shown := p.Entry(r.PathValue("id"))
	if !ok || !shown {
		s.nowhere(w, r)
		return
	}
	lang := languageOf(r)
	made, err := s.view.once(now, "entry "+string(lang)+" "+p.Code+" "+e.ID, func() (page, error) {
		return s.view.entry(p, e, lang)
	})
	if err != nil {
		s.fail(w, err)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=30")
	made.write(w, r, http.StatusOK)
}

// entry renders one.
func (v *views) entry(p replay.Page, e *replay.Entry, lang i18n.Language) (page, error) {
	f := v.frame(p, lang)
	f.Title, f.Here = titleOf(lang, e), entryPath(p.Place, e.ID)
	f.About, f.Other = moment(e.Time)+" · "+feedTitle(lang, p), v.other(lang, f.Here)
	return v.render(lang, "entry.html", entryView{f, f.Item(e, -1)})
}

func (v *views) render(lang i18n.Language, name string, view any) (page, error) {
	var b bytes.Buffer
	if err := v.templates[lang].ExecuteTemplate(&b, name, view); err != nil {
		return page{}, fmt.Errorf("render %s: %w", name, err)
	}
	return pack("text/html; charset=utf-8", b.Bytes()), nil
}

// nowhere answers of what there is not, or no more.
func (s *Server) nowhere(w http.ResponseWriter, r *http.Request) {
	lang := languageOf(r)
	made, err := s.view.render(lang, "nowhere.html", frame{Title: i18n.Say(lang, "pub_nowhere_title"), Here: "/",
		Other: s.view.other(lang, "/")})
	if err != nil {
		s.fail(w, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	made.write(w, r, http.StatusNotFound)
}

// fail answers where the office's log cannot be read.
func (s *Server) fail(w http.ResponseWriter, err error) {
	s.opt.Logger.Warn("the people's pages cannot be made", "err", err)
	w.Header().Set("Retry-After", "60")
	say(w, http.StatusServiceUnavailable, "pub_fails")
}

// languageOf is Vietnamese, unless the address says otherwise.
func languageOf(r *http.Request) i18n.Language {
	if r.URL.Query().Get("lang") == string(i18n.EN) {
		return i18n.EN
	}
	return i18n.VI
}
