package public

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"loa/controller/i18n"
	"loa/controller/office/answers"
	"loa/controller/office/replay"
	"loa/controller/problem"
	"loa/controller/share"
	"loa/controller/store"
)

// AnswerRoutes are the addresses by which villagers answer: /q/CODE is a village's page with
// what can be said there, for those who have the code of its notice board.
func AnswerRoutes() []string {
	return []string{"GET /q/{code}", "GET /q/{code}/{id}", "POST /q/{code}/{id}/heard", "POST /q/{code}/{id}/answer",
		"GET /q/{code}/bao-tin", "POST /q/{code}/bao-tin", "GET /tin", "GET /tin/{receipt}", "POST /tin/{receipt}/xoa", "GET /rieng-tu"}
}

// answering is what takes villagers' answers.
type answering struct {
	*Server
	origins  *http.CrossOriginProtection
	uploads  *share.Seats // of those who send a message
	refusals refusals
}

func newAnswering(s *Server) *answering {
	return &answering{Server: s, origins: http.NewCrossOriginProtection(), uploads: share.NewSeats(uploadsEach, uploadsAtOnce)}
}

func (s *answering) register() {
	handlers := []http.HandlerFunc{s.village, s.entry, s.heard, s.answered, s.reportForm, s.report, s.followForm, s.follow, s.withdraw,
		s.privacy}
	for i, route := range AnswerRoutes() {
		s.mux.HandleFunc(route, handlers[i])
	}
}

// takes reports whether a request sends something that is taken.
func (s *Server) takes(r *http.Request) bool {
	return s.opt.Answers != nil && r.Method == http.MethodPost &&
		(strings.HasPrefix(r.URL.Path, "/q/") || strings.HasPrefix(r.URL.Path,
			"/tin/"))
}

// admitForms lets a page have forms, which send to ourselves. A browser says from which page
// a form came only where the policy of referrers lets it.
func admitForms(h http.Header) {
	h.Set("Content-Security-Policy", strings.Replace(h.Get("Content-Security-Policy"), "form-action 'none'", "form-action 'self'", 1))
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Robots-Tag", "noindex")
}

// place is a village's page with what can be said there.
type place struct {
	replay.Page
	frame
	now  *replay.Snapshot
	lang i18n.Language
	err  error // why nothing can be said; nil: it can
}

// placeOf finds the village whose code is in the address. false: the reader was told that
// there is none, or that the code is another now.
func (s *answering) placeOf(w http.ResponseWriter, r *http.Request) (p place, ok bool) {
	admitForms(w.Header())
	p.lang = languageOf(r)
	area, err := s.opt.Answers.Village(r.Context(), addressOf(r.RemoteAddr), r.PathValue("code"))
	if err != nil && !errors.Is(err, answers.ErrClosed) {
		s.refuse(w, r, err, s.readOnly(r, area))
		return p, false
	}
	p.err = err
	now, err := s.opt.Replay.Snapshot(r.Context())
	if err == nil {
		p.asked, err = s.opt.Answers.Asked(r.Context())
	}
	if err != nil {
		s.fail(w, err)
		return p, false
	}
	of, known := now.Of(area)
	if !known {
		s.nowhere(w, r)
		return p, false
	}
	p.now = now
	p.Page, _ = now.Page(of.Code)
	asked := p.asked
	p.frame = s.view.frame(p.Page, p.lang)
	if p.Closed = p.err != nil; !p.Closed {
		p.Code, p.asked = r.PathValue("code"), asked
	}
	p.Other = s.view.other(p.lang, r.URL.Path)
	return p, true
}

// readOnly is where a reader whose code is an old one can still read; "": from the beginning.
func (s *answering) readOnly(r *http.Request, area string) string {
	if now, err := s.opt.Replay.Snapshot(r.Context()); err == nil && area != "" {
		if of, ok := now.Of(area); ok {
			return pathOf(of)
		}
	}
	return "/"
}

// village answers with a village's page.
func (s *answering) village(w http.ResponseWriter, r *http.Request) {
	p, ok := s.placeOf(w, r)
	if !ok {
		return
	}
	number, bad := pageOf(r)
	if bad || number > pagesOf(p.Page) {
		s.nowhere(w, r)
		return
	}
	made, err := s.view.once(p.now, fmt.Sprint("answering ", p.lang, " ", number, " ", p.Code, " ", p.Page.Code), func() (page, error) {
		return s.view.village(p.now, p.Page, p.frame, p.lang, number)
	})
	if err != nil {
		s.fail(w, err)
		return
	}
	w.Header().Set("Cache-Control", "private, max-age=30")
	made.write(w, r, http.StatusOK)
}

// entry answers with one entry, and with what the reader has just said of it.
func (s *answering) entry(w http.ResponseWriter, r *http.Request) {
	p, ok := s.placeOf(w, r)
	if !ok {
		return
	}
	e, shown := p.Entry(r.PathValue("id"))
	if !shown {
		s.nowhere(w, r)
		return
	}
	v := p.Item(e, -1)
	if said := r.URL.Query().Get("said"); slices.Contains(answers.Taps, said) {
		v.Said = said
	}
	if n, err := strconv.Atoi(r.URL.Query().Get("answered")); err == nil && v.Question != nil && n >= 0 && n < len(v.Question.Answers) {
		v.Answered = v.Question.Answers[n]
	}
	p.Title = titleOf(p.lang, e)
	made, err := s.view.once(p.now, fmt.Sprint("one ", p.lang, " ", p.Code, " ", p.Page.Code, " ", e.ID, " ", v.Said, " ", v.Answered),
		func() (page, error) { return s.view.render(p.lang, "entry.html", entryView{p.frame, v}) })
	if err != nil {
		s.fail(w, err)
		return
	}
	w.Header().Set("Cache-Control", "private, max-age=30")
	made.write(w, r, http.StatusOK)
}

// mostForm bounds a form that has buttons only.
const mostForm = 2 << 10

// pressed reads a form of buttons. false: the reader was told why not.
func (s *answering) pressed(w http.ResponseWriter, r *http.Request) bool {
	admitForms(w.Header())
	r.Body = http.MaxBytesReader(w, r.Body, mostForm)
	err := s.origins.Check(r)
	if err == nil {
		err = r.ParseForm()
	}
	if err != nil {
		s.refuse(w, r, answers.ErrWord, "/")
	}
	return err == nil
}

// heard takes how somebody heard an entry.
func (s *answering) heard(w http.ResponseWriter, r *http.Request) {
	if !s.pressed(w, r) {
		return
	}
	word := r.PostForm.Get("said")
	err := s.opt.Answers.Tap(r.Context(), addressOf(r.RemoteAddr), r.PathValue("code"), r.PathValue("id"), word)
	s.said(w, r, err, "said="+word)
}

// answered takes what somebody answers to a question.
func (s *answering) answered(w http.ResponseWriter, r *http.Request) {
	if !s.pressed(w, r) {
		return
	}
	choice, err := strconv.Atoi(r.PostForm.Get("choice"))
	if err != nil {
		choice = -1
	}
	err = s.opt.Answers.Answer(r.Context(), addressOf(r.RemoteAddr), r.PathValue("code"), r.PathValue("id"), r.PostForm.Get("question"),
		choice)
	s.said(w, r, err, "answered="+strconv.Itoa(choice))
}

// said leads back to the entry, where it says what was said; or tells why it does not count.
func (s *answering) said(w http.ResponseWriter, r *http.Request, err error, what string) {
	home := "/q/" + r.PathValue("code")
	if err != nil {
		if errors.Is(err, answers.ErrNoCode) || errors.Is(err, answers.ErrOldCode) {
			home = "/"
		}
		s.refuse(w, r, err, home)
		return
	}
	if languageOf(r) == i18n.EN {
		what += "&lang=en"
	}
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, r, home+"/"+r.PathValue("id")+"?"+what, http.StatusSeeOther)
}

// refusal is a page that says what somebody could not do, and where to go from there.
type refusal struct {
	frame
	Sentence string
	Back     string
}

// refuse answers with why something is not taken.
func (s *answering) refuse(w http.ResponseWriter, r *http.Request, err error, back string) {
	known, ok := problem.Of(err)
	if !ok {
		s.fail(w, err)
		return
	}
	lang := languageOf(r)
	made, err := s.refusals.once(string(lang)+known.Code+back, func() (page, error) {
		return s.view.render(lang, "refused.html", refusal{frame{Title: i18n.Say(lang, "ans_refused"), Here: "/"}, sentence(lang, known),
			back + query(lang)})
	})
	if err != nil {
		s.fail(w, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	made.write(w, r, statusOf(known))
}

// refusals are the pages that say so, made once: who is refused a thousand times a second
// costs little.
type refusals struct {
	mu    sync.Mutex
	pages map[string]page
}

const mostRefusals = 500

func (c *refusals) once(key string, make func() (page, error)) (page, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p, ok := c.pages[key]; ok {
		return p, nil
	}
	p, err := make()
	if err == nil {
		if len(c.pages) >= mostRefusals || c.pages == nil {
			c.pages = map[string]page{}
		}
		c.pages[key] = p
	}
	return p, err
}

func sentence(lang i18n.Language, p *problem.Problem) string {
	if lang == i18n.EN {
		return p.EN
	}
	return p.VI
}

func statusOf(p *problem.Problem) int {
	switch p.Kind {
	case problem.NotFound:
		return http.StatusNotFound
	case problem.Conflict:
		return http.StatusGone
	case problem.Invalid:
		return http.StatusUnprocessableEntity
	case problem.TooMany:
		return http.StatusTooManyRequests
	case problem.TooLarge:
		return http.StatusRequestEntityTooLarge
	case problem.WrongType:
		return http.StatusUnsupportedMediaType
	}
	return http.StatusServiceUnavailable
}

// privacyView is what is kept of whom, and for how long.
type privacyView struct {
	frame
	Rule store.AnswerRule
}

// privacy answers with that.
func (s *answering) privacy(w http.ResponseWriter, r *http.Request) {
	rule, err := s.opt.Answers.Rule(r.Context())
	if err != nil {
		s.fail(w, err)
		return
	}
	lang := languageOf(r)
	made, err := s.view.render(lang, "privacy.html", privacyView{s.plain(r, "ans_privacy"), rule})
	if err != nil {
		s.fail(w, err)
		return
	}
	w.Header().Set("Cache-Control", "public, max-age=300")
	made.write(w, r, http.StatusOK)
}

// plain is what stands around a page that is of no place.
func (s *answering) plain(r *http.Request, title string) frame {
	lang := languageOf(r)
	return frame{Title: i18n.Say(lang, title), Here: "/rieng-tu", URL: s.opt.URL, Other: s.view.other(lang, r.URL.Path)}
}
