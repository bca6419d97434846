package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"loa/controller/office/approval"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/text"
	"loa/schedule"
)

// bulletinPage is all of one bulletin, and what can be changed of it.
type bulletinPage struct {
	frame
	Now      time.Time
	Bulletin bulletinView
	Expires  string // the last day, as the form has it
	Text     string // new words, as they were typed
	Speaks   bool   // the machine can read its language
	Sounds   []spokenClip
	Holds    []string
	Sentence string
	Saved    bool
}

func (s *Server) registerBulletinPage(mux *router) {
	mux.HandleFunc("GET /bulletins/{id}", func(w http.ResponseWriter, r *http.Request) { s.bulletinPage(w, r, nil) })
	mux.HandleFunc("POST /bulletins/{id}", s.bulletinEditForm)
	mux.HandleFunc("POST /bulletins/{id}/sound", s.bulletinSoundForm)
	mux.HandleFunc("POST /bulletins/{id}/delete", s.bulletinDeleteForm)
}

func (s *Server) bulletinPage(w http.ResponseWriter, r *http.Request, wrong error) {
	ctx := r.Context()
	v := bulletinPage{frame: s.frame(r, "bulletins"), Now: s.opt.Now(), Saved: r.URL.Query().Has("saved")}
	b, err := s.getBulletin(ctx, &idInput{r.PathValue("id")})
	if err == nil {
		v.Bulletin, v.Speaks = b.Body, b.Body.Language == "vi"
		v.Expires = s.lastDay(b.Body.Expires)
		v.Sounds, err = s.soundsOf(ctx, b.Body)
	}
	if err == nil {
		v.Holds, err = s.coming(ctx, b.Body.ID)
	}
	if err != nil {
		s.problemPage(w, r, s.explain(err))
		return
	}
	status := http.StatusOK
	if wrong != nil {
		p := s.explain(wrong)
		status, v.Sentence = statusOf(p), spoken(r, p)
		v.retype(r)
	}
	s.show(w, r, status, "bulletin.html", v)
}

// retype puts what was typed back where something is wrong with it.
func (v *bulletinPage) retype(r *http.Request) {
	if !r.PostForm.Has("title") {
		return
	}
	get := r.PostForm.Get
	v.Bulletin.Title, v.Bulletin.Class, v.Bulletin.Field = get("title"), get("class"), get("field")
	v.Bulletin.Source, v.Bulletin.Summary, v.Expires, v.Text = get("source"), get("summary"), get("expires"), get("text")
}

// lastDay is the last day on which it may be aired, "" if there is none.
func (s *Server) lastDay(expires *time.Time) string {
	if expires == nil {
		return ""
	}
	return expires.In(schedule.Zone()).Add(-time.Nanosecond).Format(time.DateOnly)
}

func (s *Server) bulletinEditForm(w http.ResponseWriter, r *http.Request) {
	err := readForm(w, r)
	if err == nil {
		err = s.editBulletin(r)
	}
	if err != nil {
		s.bulletinPage(w, r, err)
		return
	}
	http.Redirect(w, r, "/bulletins/"+r.PathValue("id")+"?saved", http.StatusSeeOther)
}

// editBulletin changes what the form shows of a bulletin, as the API does.
func (s *Server) editBulletin(r *http.Request) error {
	ctx := r.Context()
	old, err := s.getBulletin(ctx, &idInput{r.PathValue("id")})
	if err != nil {
		return err
	}
	if err := s.access.MayChange(ctx, old.Body.ID); err != nil { // before speech is made for nothing
		return err
	}
	in := &bulletinEdit{ID: old.Body.ID, Body: old.Body}
	if err := s.readBulletin(r, &in.Body.BulletinBody); err != nil {
		return err
	}
	if words := strings.TrimSpace(r.PostForm.Get("text")); words != "" {
		if in.Body.Language != "vi" {
			return formProblem("bul_variant_voice")
		}
		speak := &speakInput{}
		speak.Body.Text, speak.Body.Headline = words, in.Body.Title
		if was, err := s.opt.Store.GetClip(ctx, in.Body.Clips[in.Body.Language]); err == nil {
			speak.Body.Style = was.Style // as it was said before
		}
		clip, err := s.speak(ctx, speak)
		if err != nil {
			return err
		}
		in.Body.Clips[in.Body.Language], in.Body.Summary = clip.Body.ID, text.Cut(words, 2000)
	}
	in.Body.Draft = old.Body.Approval.State == string(store.Draft)
	_, err = s.changeBulletin(ctx, in)
	return err
}

// readBulletin reads what is written about a bulletin; a day that was not
// touched keeps its hour.
func (s *Server) readBulletin(r *http.Request, b *BulletinBody) error {
	get := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	f := bulletinWritten{Title: get("title"), Text: "-", Field: get("field"), Class: get("class"), Language: "vi"}
	if err := f.check("text"); err != nil {
		return err
	}
	b.Title, b.Field, b.Class = f.Title, f.Field, f.Class
	b.Source, b.Summary = text.Cut(get("source"), 200), text.Cut(get("summary"), 2000)
	last := get("expires")
	switch day, err := time.ParseInLocation(time.DateOnly, last, schedule.Zone()); {
	case last == s.lastDay(b.Expires):
	case last == "":
		b.Expires = nil
	case err != nil:
		return requestProblem(http.StatusUnprocessableEntity, "expires", nil)
	default:
		day = day.AddDate(0, 0, 1)
		b.Expires = &day
	}
	return nil
}

func (s *Server) bulletinDeleteForm(w http.ResponseWriter, r *http.Request) {
	err := readForm(w, r)
	if err == nil && !r.PostForm.Has("sure") {
		err = formProblem("bul_delete_unsure")
	}
	if err == nil {
		_, err = s.deleteBulletin(r.Context(), &idInput{r.PathValue("id")})
	}
	if err != nil {
		s.bulletinPage(w, r, err)
		return
	}
	http.Redirect(w, r, "/bulletins", http.StatusSeeOther)
}

// deleteBulletin removes a bulletin that nothing coming needs. What was aired of
// it stays in the log, which holds its own words.
func (s *Server) deleteBulletin(ctx context.Context, in *idInput) (*struct{}, error) {
	s.editing.Lock()
	defer s.editing.Unlock()
	old, err := s.getBulletin(ctx, in)
	if err != nil {
		return nil, err
	}
	if err := s.access.MayChange(ctx, in.ID); err != nil {
		return nil, s.fail(err)
	}
	holds, err := s.coming(ctx, in.ID)
	if err != nil {
		return nil, s.fail(err)
	}
	if len(holds) > 0 {
		return nil, s.fail(problem.New(problem.Conflict, "bulletin_in_use",
			"Bản tin này còn trong buổi phát sắp tới: %s. Hãy hủy hoặc sửa buổi phát đó trước.",
			"This bulletin is in a coming programme: %s. Cancel or change it first.", text.Shown(strings.Join(holds, ", "))))
	}
	if err := s.opt.Store.DeleteBulletin(ctx, in.ID); err != nil {
		return nil, s.fail(err)
	}
	s.trail.Did(ctx, "bulletin.delete", in.ID, old.Body, nil, old.Body.Area)
	s.changed("library")
	return nil, nil
}

// coming are the titles of the programmes that hold a bulletin and are not over.
func (s *Server) coming(ctx context.Context, bulletin string) (titles []string, err error) {
	all, err := s.opt.Store.Programmes(ctx, false)
	for _, p := range all {
		holds := slices.ContainsFunc(p.Rundown, func(it schedule.Item) bool { return it.Bulletin == bulletin })
		if holds && !approval.Over(p.Rule, s.opt.Now()) {
			titles = append(titles, p.Title)
		}
	}
	return titles, err
}
