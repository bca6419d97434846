package web

import (
	"net/http"
	"strings"
	"time"

	"loa/controller/office/calendar"
	"loa/controller/store"
	"loa/controller/text"
	"loa/schedule"
)

// bulletinPage is all of one bulletin, and what can be changed of it.
type bulletinPage struct {
	frame
	Now      time.Time
	Bulletin calendar.Bulletin
	Expires  string // the last day, as the form has it
	Text     string // new words, as they were typed
	Speaks   bool   // the machine can read its language
	Sounds   []spokenClip
	Holds    []string
	Sentence string
	Voice    bool // that is the voice, as in the form of a new one
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
	b, err := s.calendar.Bulletin(ctx, r.PathValue("id"))
	if err == nil {
		v.Bulletin, v.Speaks = b, b.Language == "vi"
		v.Expires = s.lastDay(b.Expires)
		v.Sounds, err = s.soundsOf(ctx, b)
	}
	if err == nil {
		v.Holds, err = s.calendar.Coming(ctx, b.ID)
	}
	if err != nil {
		s.problemPage(w, r, s.explain(err))
		return
	}
	status := http.StatusOK
	if wrong != nil {
		p := s.explain(wrong)
		status, v.Sentence, v.Voice = statusOf(p), spoken(r, p), ofVoice(p)
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
	old, err := s.calendar.Bulletin(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := s.access.MayChange(ctx, old.ID); err != nil { // before speech is made for nothing
		return err
	}
	b := old.BulletinBody
	if err := s.readBulletin(r, &b); err != nil {
		return err
	}
	if words := strings.TrimSpace(r.PostForm.Get("text")); words != "" {
		if b.Language != "vi" {
			return formProblem("bul_variant_voice")
		}
		speak := &speakInput{}
		speak.Body.Text, speak.Body.Headline = words, b.Title
		speak.Body.Instead, speak.Body.Leave = r.PostForm.Has("instead"), r.PostForm["leave"]
		if was, err := s.opt.Store.GetClip(ctx, b.Clips[b.Language]); err == nil {
			speak.Body.Style = was.Style // as it was said before
		}
		clip, err := s.speak(ctx, speak)
		if err != nil {
			return err
		}
		b.Clips[b.Language], b.Summary = clip.Body.ID, text.Cut(words, 2000)
	}
	b.Draft = old.Approval.State == string(store.Draft)
	_, err = s.calendar.ChangeBulletin(ctx, old.ID, b)
	return err
}

// readBulletin reads what is written about a bulletin; a day that was not
// touched keeps its hour.
func (s *Server) readBulletin(r *http.Request, b *calendar.BulletinBody) error {
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
		err = s.calendar.DeleteBulletin(r.Context(), r.PathValue("id"))
	}
	if err != nil {
		s.bulletinPage(w, r, err)
		return
	}
	http.Redirect(w, r, "/bulletins", http.StatusSeeOther)
}
