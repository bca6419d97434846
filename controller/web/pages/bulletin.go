package pages

import (
	"net/http"
	"strings"
	"time"

	"loa/audio/speech"
	"loa/controller/library"
	"loa/controller/office/answers"
	"loa/controller/office/calendar"
	"loa/controller/office/clips"
	"loa/controller/store"
	"loa/controller/text"
	"loa/controller/web/respond"
	"loa/schedule"
)

// bulletinPage is all of one bulletin.
type bulletinPage struct {
	*kit
	answers  *answers.Desk
	calendar *calendar.Desk
	clips    *clips.Desk
	store    *store.Store
}

// register adds the endpoints.
func (p *bulletinPage) register() {
	p.mux.HandleFunc("GET /bulletins/{id}", func(w http.ResponseWriter, r *http.Request) { p.bulletinPage(w, r, nil) })
	p.mux.HandleFunc("POST /bulletins/{id}", p.bulletinEditForm)
	p.mux.HandleFunc("POST /bulletins/{id}/sound", p.bulletinSoundForm)
	p.mux.HandleFunc("POST /bulletins/{id}/delete", p.bulletinDeleteForm)
	p.mux.HandleFunc("POST /bulletins/{id}/question", p.questionForm)
	p.mux.HandleFunc("POST /bulletins/{id}/question/approve", p.askForm)
}

// bulletinView is all of one bulletin, and what can be changed of it.
type bulletinView struct {
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
	Question questionView
}

func (p *bulletinPage) bulletinPage(w http.ResponseWriter, r *http.Request, wrong error) {
	ctx := r.Context()
	v := bulletinView{frame: p.frameOf(r, "bulletins"), Now: p.now(), Saved: r.URL.Query().Has("saved")}
	b, err := p.calendar.Bulletin(ctx, r.PathValue("id"))
	if err == nil {
		v.Bulletin, v.Speaks = b, b.Language == "vi"
		v.Expires = lastDay(b.Expires)
		v.Sounds, err = p.soundsOf(ctx, b)
	}
	if err == nil {
		v.Holds, err = p.calendar.Coming(ctx, b.ID)
	}
	if err == nil {
		v.Question, err = p.questionOf(r, b.ID)
	}
	if err != nil {
		p.problemPage(w, r, p.explain(err))
		return
	}
	status := http.StatusOK
	if wrong != nil {
		pr := p.explain(wrong)
		status, v.Sentence, v.Voice = respond.Status(pr), respond.Sentence(r, pr), clips.IsOfVoice(pr)
		v.retype(r)
	}
	p.show(w, r, status, "bulletin.html", v)
}

// retype puts what was typed back where something is wrong with it.
func (v *bulletinView) retype(r *http.Request) {
	if !r.PostForm.Has("title") {
		return
	}
	get := r.PostForm.Get
	v.Bulletin.Title, v.Bulletin.Class, v.Bulletin.Field = get("title"), get("class"), get("field")
	v.Bulletin.Source, v.Bulletin.Summary, v.Expires, v.Text = get("source"), get("summary"), get("expires"), get("text")
}

// lastDay is the last day on which it may be aired, "" if there is none.
func lastDay(expires *time.Time) string {
	if expires == nil {
		return ""
	}
	return expires.In(schedule.Zone()).Add(-time.Nanosecond).Format(time.DateOnly)
}

func (p *bulletinPage) bulletinEditForm(w http.ResponseWriter, r *http.Request) {
	err := readForm(w, r)
	if err == nil {
		err = p.editBulletin(r)
	}
	if err != nil {
		p.bulletinPage(w, r, err)
		return
	}
	http.Redirect(w, r, "/bulletins/"+r.PathValue("id")+"?saved", http.StatusSeeOther)
}

// editBulletin changes what the form shows of a bulletin, as the API does.
func (p *bulletinPage) editBulletin(r *http.Request) error {
	ctx := r.Context()
	old, err := p.calendar.Bulletin(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := p.access.MayChange(ctx, old.ID); err != nil { // before speech is made for nothing
		return err
	}
	b := old.BulletinBody
	if err := readBulletin(r, &b); err != nil {
		return err
	}
	if words := strings.TrimSpace(r.PostForm.Get("text")); words != "" {
		if b.Language != "vi" {
			return formProblem("bul_variant_voice")
		}
		said := library.Text{Text: words, Headline: b.Title, Instead: r.PostForm.Has("instead"), Leave: r.PostForm["leave"]}
		if was, err := p.store.GetClip(ctx, b.Clips[b.Language]); err == nil {
			said.Style = speech.Style(was.Style) // as it was said before
		}
		clip, err := p.clips.Speak(ctx, said)
		if err != nil {
			return err
		}
		b.Clips[b.Language], b.Summary = clip.ID, text.Cut(words, 2000)
	}
	b.Draft = old.Approval.State == string(store.Draft)
	_, err = p.calendar.ChangeBulletin(ctx, old.ID, b)
	return err
}

// readBulletin reads what is written about a bulletin; a day that was not
// touched keeps its hour.
func readBulletin(r *http.Request, b *calendar.BulletinBody) error {
	get := func(name string) string { return strings.TrimSpace(r.PostForm.Get(name)) }
	f := bulletinWritten{Title: get("title"), Text: "-", Field: get("field"), Class: get("class"), Language: "vi"}
	if err := f.check("text"); err != nil {
		return err
	}
	b.Title, b.Field, b.Class = f.Title, f.Field, f.Class
	b.Source, b.Summary = text.Cut(get("source"), 200), text.Cut(get("summary"), 2000)
	last := get("expires")
	switch day, err := time.ParseInLocation(time.DateOnly, last, schedule.Zone()); {
	case last == lastDay(b.Expires):
	case last == "":
		b.Expires = nil
	case err != nil:
		return respond.Wrong(http.StatusUnprocessableEntity, "expires")
	default:
		day = day.AddDate(0, 0, 1)
		b.Expires = &day
	}
	return nil
}

func (p *bulletinPage) bulletinDeleteForm(w http.ResponseWriter, r *http.Request) {
	err := readForm(w, r)
	if err == nil && !r.PostForm.Has("sure") {
		err = formProblem("bul_delete_unsure")
	}
	if err == nil {
		err = p.calendar.DeleteBulletin(r.Context(), r.PathValue("id"))
	}
	if err != nil {
		p.bulletinPage(w, r, err)
		return
	}
	http.Redirect(w, r, "/bulletins", http.StatusSeeOther)
}
