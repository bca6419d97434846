package pages

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"strings"
	"sync"
	"time"

	"loa/controller/i18n"
	"loa/controller/office/asrun"
	"loa/controller/office/inventory"
	texts "loa/controller/office/template"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/web/respond"
	"loa/schedule"
)

// renderer renders the templates.
type renderer struct {
	templates map[i18n.Language]*template.Template
	assets    map[string]string // address of each static file, by its path
}

// parse reads the templates and the static files, once for all pages of the process:
// they are the same, and to read them takes longer than to show most pages.
var parse = sync.OnceValues(func() (*renderer, error) {
	assets, err := addresses()
	if err != nil {
		return nil, err
	}
	p := &renderer{templates: map[i18n.Language]*template.Template{}, assets: assets}
	for _, lang := range []i18n.Language{i18n.VI, i18n.EN} {
		t, err := template.New("").Funcs(p.functions(lang)).ParseFS(tree, "templates/*.html")
		if err != nil {
			return nil, fmt.Errorf("parse templates: %w", err)
		}
		p.templates[lang] = t
	}
	return p, nil
})

// opening is how a page begins, with what its scripts and looks need.
type opening struct {
	View   any // of the page: a frame, and more
	Title  string
	Words  string // that its scripts say, JSON; "": none
	Body   string // classes
	Mic    bool   // it listens to a microphone
	Sheets []string
	Script string
}

// openingOf reads what a template says of its page: "body" and its classes, "mic", names of
// style sheets and of its script; nil is nothing.
func openingOf(view any, title, words string, has ...any) opening {
	o := opening{View: view, Title: title, Words: words}
	for _, h := range has {
		name, _ := h.(string)
		if classes, ok := strings.CutPrefix(name, "body "); ok {
			o.Body = classes
		}
		switch {
		case name == "mic":
			o.Mic = true
		case strings.HasSuffix(name, ".css"):
			o.Sheets = append(o.Sheets, name)
		case strings.HasSuffix(name, ".js"):
			o.Script = "dist/" + name
		}
	}
	return o
}

// addresses gives each static file an address that changes with its content:
// after an update no browser goes on with yesterday's script.
func addresses() (map[string]string, error) {
	all := map[string]string{}
	err := fs.WalkDir(tree, "static", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := tree.ReadFile(path)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		all[strings.TrimPrefix(path, "static/")] = fmt.Sprintf("/%s?v=%x", path, sum[:6])
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("static files: %w", err)
	}
	return all, nil
}

// length is a stretch of time as m:ss.
func length(d time.Duration) string {
	s := int(d.Round(time.Second).Seconds())
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

func (p *renderer) functions(lang i18n.Language) template.FuncMap {
	return template.FuncMap{
		"t":    func(key string, args ...any) string { return i18n.Say(lang, key, args...) },
		"lang": func() i18n.Language { return lang },
		// clock and day show an instant in the commune's zone, 24 hours.
		"clock":   func(t time.Time) string { return t.In(schedule.Zone()).Format("15:04:05") },
		"hour":    func(t time.Time) string { return t.In(schedule.Zone()).Format("15:04") },
		"when":    func(t, now time.Time) string { return p.when(lang, t, now) },
		"span":    func(d time.Duration) string { return i18n.Span(lang, d) },
		"tongue":  func(code string) string { return i18n.TongueName(lang, code) },
		"length":  length,
		"told":    func(nodes []asrun.NodeHeard) template.HTML { return toldRows(lang, nodes) },
		"ear":     func(e string, db *float64) string { return i18n.EarWord(lang, e, db) },
		"reason":  func(code string) string { return i18n.ReasonWord(lang, code) },
		"day":     func(t time.Time) string { return t.In(schedule.Zone()).Format("02/01/2006") },
		"date":    func(t time.Time) string { return t.In(schedule.Zone()).Format(time.DateOnly) }, // as a field wants it
		"opening": openingOf,
		"nothing": func() any { return nil },
		"moment":  func(t time.Time) string { return t.In(schedule.Zone()).Format("15:04 02/01/2006") },
		"join":    func(all []string) string { return strings.Join(all, ", ") },
		"plus":    func(a, b int) int { return a + b },
		"words": func(prefixes string) (string, error) {
			data, err := json.Marshal(i18n.Some(lang, strings.Fields(prefixes)))
			return string(data), err
		},
		"db":        func(louder float64) string { return fmt.Sprintf("%+.0f dB", louder) },
		"device":    deviceName,
		"pair":      func(v personsView, g store.Grant) grantView { return grantView{v, g} },
		"asset":     func(path string) string { return p.assets[path] },
		"beatTitle": func(b inventory.Beat, now time.Time) string { return p.beatTitle(lang, b, now) },
		"beatSum":   func(b inventory.Beats) string { return beatSum(lang, b) },
		"auditKind": func(kind string) string { return i18n.AuditWord(lang, "audit_kind_", kind) },
		"auditDoes": func(does string) string { return i18n.AuditWord(lang, "audit_do_", does) },
		"ended": func(reason string) string {
			if !i18n.Exists("end_" + reason) {
				reason = "other"
			}
			return i18n.Say(lang, "end_"+reason)
		},
		"templates": texts.Views,
		// repeats are how often a drill can say a recorded alert.
		"repeats": func() []int { return []int{1, 2, 3} },
		// limits are the minutes that a person can choose for what ends by itself.
		"limits": func() []int { return []int{5, 15, 30, 60, 120} },
		"said": func(p *problem.Problem) string {
			if lang == i18n.EN {
				return p.EN
			}
			return p.VI
		},
		"iso": func(t time.Time) string { return t.In(schedule.Zone()).Format(time.RFC3339) },
	}
}

// when names an instant the way a person would: the hour today, the day else.
func (p *renderer) when(lang i18n.Language, t, now time.Time) string {
	if t.IsZero() {
		return i18n.Say(lang, "never")
	}
	t, now = t.In(schedule.Zone()), now.In(schedule.Zone())
	if t.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return t.Format("15:04")
	}
	return t.Format("15:04 02/01/2006")
}

// render writes a page whole or not at all. A form that is refused keeps what was typed.
func (p *renderer) render(w http.ResponseWriter, r *http.Request, status int, name string, data any) error {
	page, err := p.rendered(r, name, data)
	if err != nil {
		return err
	}
	if r.Method == http.MethodPost && status >= http.StatusBadRequest && len(r.PostForm) > 0 {
		page, _ = retyped(page, r.URL.Path, r.PostForm, "")
	}
	write(w, status, page)
	return nil
}

func (p *renderer) rendered(r *http.Request, name string, data any) ([]byte, error) {
	var buf bytes.Buffer
	if err := p.templates[respond.Language(r)].ExecuteTemplate(&buf, name, data); err != nil {
		return nil, fmt.Errorf("render %s: %w", name, err)
	}
	return buf.Bytes(), nil
}

func write(w http.ResponseWriter, status int, page []byte) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(page) // the client is gone, then
}

// toldRows are rows of a table, one a node: what each said of an airing. A large commune
// has a thousand of them on its first page, and a template takes ten times as long.
func toldRows(lang i18n.Language, nodes []asrun.NodeHeard) template.HTML {
	var b strings.Builder
	cell := func(open, text, end string) {
		b.WriteString(open)
		template.HTMLEscape(&b, []byte(text))
		b.WriteString(end)
	}
	for _, n := range nodes {
		said := told(lang, n)
		cell(`<tr class="`, n.Outcome, `">`)
		cell(`<th scope="row">`, n.Name, `</th>`)
		for _, text := range []string{said.Began, said.Heard, said.Result} {
			cell(`<td>`, text, `</td>`)
		}
		b.WriteString("</tr>\n")
	}
	return template.HTML(b.String()) // each text is escaped above
}

// toldNode is what a node said in words.
type toldNode struct{ Began, Heard, Result string }

func told(lang i18n.Language, n asrun.NodeHeard) toldNode {
	v := toldNode{Began: "–", Heard: "–", Result: i18n.Say(lang, "outcome_"+n.Outcome)}
	if !n.Began.IsZero() {
		v.Began, v.Heard = n.Began.In(schedule.Zone()).Format("15:04:05"), length(n.Heard)+" / "+length(n.Length)
	}
	if n.Reason != "" {
		v.Result += ": " + i18n.ReasonWord(lang, n.Reason)
	}
	if word := i18n.EarWord(lang, n.Ear, n.EarDB); word != "" && n.Reason != store.SilentHorn {
		v.Result += " (" + word + ")"
	}
	return v
}

// Browsers name themselves after each other: the first that is found counts.
var (
	browserNames = [][2]string{{"coc_coc_browser/", "Cốc Cốc"}, {"Zalo", "Zalo"}, {"Edg", "Edge"}, {"OPR/", "Opera"},
		{"SamsungBrowser/", "Samsung Internet"},
		{"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"Chrome/", "Chrome"}, {"CriOS/", "Chrome"}, {"Safari/", "Safari"}}
	systemNames = [][2]string{{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Macintosh", "Mac"},
		{"CrOS", "ChromeOS"}, {"Linux", "Linux"}}
)

// deviceName is what a person calls the browser that says such an agent of
// itself; what nobody knows is left as it is.
func deviceName(agent string) string {
	browser, system := firstNamed(browserNames, agent), firstNamed(systemNames, agent)
	if browser == "" || system == "" {
		return agent
	}
	return browser + " · " + system
}

func firstNamed(names [][2]string, agent string) string {
	for _, n := range names {
		if strings.Contains(agent, n[0]) {
			return n[1]
		}
	}
	return ""
}
