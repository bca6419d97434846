package pages

import (
	"net/http"
	"time"

	"loa/controller/office/answers"
	"loa/schedule"
)

// questionView is what a bulletin asks the people, as its page shows it.
type questionView struct {
	Bulletin string
	Asked    []answers.Asked // the newest first
	Words    string          // of the form
	Answers  []string        // five, as many as there are filled
	Day      string
	Hour     string
	Now      time.Time
}

const fiveAnswers = 5

// questionOf puts that together.
func (p *bulletinPage) questionOf(r *http.Request, bulletin string) (v questionView, err error) {
	v = questionView{Bulletin: bulletin, Answers: make([]string, fiveAnswers), Now: p.now()}
	if v.Asked, err = p.answers.Questions(r.Context(), bulletin); err != nil {
		return v, err
	}
	until := v.Now.Add(24 * time.Hour)
	if len(v.Asked) > 0 && (v.Asked[0].Now || v.Asked[0].Waits) {
		v.Words, until = v.Asked[0].Words, v.Asked[0].Until
		copy(v.Answers, v.Asked[0].Answers)
	}
	v.Day, v.Hour = until.In(schedule.Zone()).Format(time.DateOnly), until.In(schedule.Zone()).Format("15:04")
	if r.PostForm.Has("question") { // something is wrong with it: it is shown as it was typed
		v.Words, v.Day, v.Hour = r.PostForm.Get("question"), r.PostForm.Get("day"), r.PostForm.Get("hour")
		copy(v.Answers, append(r.PostForm["answer"], make([]string, fiveAnswers)...))
	}
	return v, nil
}

// questionForm has the bulletin ask something, nothing any more, or what waits.
func (p *bulletinPage) questionForm(w http.ResponseWriter, r *http.Request) {
	err := readForm(w, r)
	if err == nil {
		err = p.putQuestion(r)
	}
	if err != nil {
		p.bulletinPage(w, r, err)
		return
	}
	http.Redirect(w, r, "/bulletins/"+r.PathValue("id")+"?saved#question", http.StatusSeeOther)
}

func (p *bulletinPage) putQuestion(r *http.Request) error {
	q := answers.Question{Words: r.PostForm.Get("question"), Answers: r.PostForm["answer"]}
	if r.PostForm.Has("end") {
		q = answers.Question{}
	}
	if q.Words != "" {
		var err error
		if q.Until, err = momentOf(r.PostForm.Get("day"), r.PostForm.Get("hour"), time.Time{}); err != nil {
			return err
		}
	}
	return p.answers.PutQuestion(r.Context(), r.PathValue("id"), q)
}

// askForm lets it be asked, for one who may approve and perhaps opens no bulletin.
func (p *bulletinPage) askForm(w http.ResponseWriter, r *http.Request) {
	err := readForm(w, r)
	if err == nil {
		err = p.answers.Ask(r.Context(), r.PathValue("id"))
	}
	if err != nil {
		p.problemPage(w, r, p.explain(err))
		return
	}
	http.Redirect(w, r, nextOf(r.PostForm.Get("next")), http.StatusSeeOther)
}
