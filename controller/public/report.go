package public

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"loa/controller/i18n"
	"loa/controller/office/answers"
	"loa/controller/photo"
	"loa/controller/problem"
	"loa/controller/store"
)

// How a message is taken in: slowly, for a photo comes from a field at the edge of the
// network; and of few at once, for each is held in memory.
const (
	mostUpload    = photo.MostBytes + 64<<10
	mostField     = 8 << 10
	mostFields    = 12
	uploadWithin  = 2 * time.Minute
	uploadsEach   = 2
	uploadsAtOnce = 8
)

var (
	errUnread = problem.New(problem.Invalid, "message_unread", "Tin chưa đến đủ: hãy gửi lại. Nếu mạng yếu, hãy gửi không kèm ảnh.",
		"The message did not arrive whole: send it again, without a photo where the network is weak.")
	errCrowd = problem.New(problem.Unavailable, "message_crowd", "Nhiều người đang gửi tin cùng lúc: hãy gửi lại sau nửa phút.",
		"Many are sending at this moment: send it again in half a minute.")
	errFails = problem.New(problem.Unavailable, "message_fails",
		"Máy chưa nhận được tin: hãy gửi lại sau một phút. Cần gấp hãy gọi trưởng thôn, 114 (cháy, cứu nạn) hoặc 115.",
		"The message was not taken: send it again in a minute. If it is urgent call the village head, 114 (fire, rescue) or 115.")
)

// reportView is the form of a message.
type reportView struct {
	frame
	Sentence string // what is not right; "": nothing
	Typed    url.Values
}

// reportForm answers with it.
func (s *answering) reportForm(w http.ResponseWriter, r *http.Request) {
	p, ok := s.placeOf(w, r)
	if !ok {
		return
	}
	if p.err != nil {
		s.refuse(w, r, p.err, pathOf(p.Page.Place))
		return
	}
	s.showReport(w, r, p, nil, nil)
}

func (s *answering) showReport(w http.ResponseWriter, r *http.Request, p place, typed url.Values, wrong *problem.Problem) {
	w.Header().Set("Permissions-Policy", "microphone=(), camera=(), geolocation=(self), interest-cohort=()")
	v, status := reportView{frame: p.frame, Typed: typed}, http.StatusOK
	v.Title = i18n.Say(p.lang, "ans_report_to", p.Page.Name)
	if wrong != nil {
		v.Sentence, status = sentence(p.lang, wrong), statusOf(wrong)
	}
	made, err := s.view.render(p.lang, "report.html", v)
	if err != nil {
		s.fail(w, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	made.write(w, r, status)
}

// report takes a message in.
func (s *answering) report(w http.ResponseWriter, r *http.Request) {
	p, ok := s.placeOf(w, r)
	if !ok {
		return
	}
	if p.err == nil && s.origins.Check(r) != nil {
		p.err = errUnread
	}
	if p.err != nil {
		s.refuse(w, r, p.err, p.Home())
		return
	}
	control, from := http.NewResponseController(w), addressOf(r.RemoteAddr)
	leave, ok := s.uploads.Take(from, func() { _ = control.SetReadDeadline(time.Now()) }) // it is cut off
	if !ok {
		s.refuse(w, r, errCrowd, p.Home())
		return
	}
	defer leave()
	_ = control.SetReadDeadline(time.Now().Add(uploadWithin)) // of a recorder in a test there is none
	_ = control.SetWriteDeadline(time.Now().Add(uploadWithin + answerWithin))
	told, typed, err := readReport(w, r)
	receipt := ""
	if err == nil {
		receipt, err = s.opt.Answers.Tell(r.Context(), from, p.Code, told)
	}
	if err == nil {
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, "/tin/"+receipt+"?sent"+strings.Replace(query(p.lang), "?", "&", 1), http.StatusSeeOther)
		return
	}
	wrong, known := problem.Of(err)
	if !known {
		s.opt.Logger.Warn("a villager's message was not taken", "err", err)
		wrong = errFails
	}
	s.showReport(w, r, p, typed, wrong)
}

// readReport reads the form of a message, part by part, each bounded. What else is in it is
// passed over.
func readReport(w http.ResponseWriter, r *http.Request) (m answers.Told, typed url.Values, err error) {
	typed = url.Values{}
	r.Body = http.MaxBytesReader(w, r.Body, mostUpload)
	parts, err := r.MultipartReader()
	if err != nil {
		return m, typed, errUnread
	}
	for n := 0; ; n++ {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || n >= mostFields {
			return m, typed, tooLong(err)
		}
		most := int64(mostField)
		if part.FormName() == "photo" {
			most = photo.MostBytes
		}
		data, err := io.ReadAll(io.LimitReader(part, most+1))
		if err != nil {
			return m, typed, tooLong(err)
		}
		switch {
		case int64(len(data)) > most && part.FormName() == "photo":
			return m, typed, photo.ErrTooLarge
		case int64(len(data)) > most:
			return m, typed, errUnread
		case part.FormName() == "photo":
			m.Photo = data
		default:
			typed.Set(part.FormName(), string(data))
		}
	}
	m.Kind, m.Words, m.Phone = typed.Get("kind"), typed.Get("words"), typed.Get("phone")
	m.Point, err = answers.PointOf(typed.Get("latitude"), typed.Get("longitude"))
	return m, typed, err
}

// tooLong tells a photo that is too large from a line that broke.
func tooLong(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return photo.ErrTooLarge
	}
	return errUnread
}

// followView is what a sender sees of a message.
type followView struct {
	frame
	Message *answers.Followed // nil: no code was given yet
	Receipt string
	Sent    bool // it was sent just now
	Gone    bool // it was removed just now
	Wrong   string
	States  []store.MessageState
	Days    int // after which it is removed
}

// followForm asks for the code of a message, and leads to it.
func (s *answering) followForm(w http.ResponseWriter, r *http.Request) {
	admitForms(w.Header())
	if code := strings.ToLower(strings.Join(strings.Fields(r.URL.Query().Get("ma")), "")); code != "" {
		http.Redirect(w, r, "/tin/"+url.PathEscape(code)+query(languageOf(r)), http.StatusSeeOther)
		return
	}
	s.showFollow(w, r, followView{}, http.StatusOK)
}

// follow shows the sender of a message what became of it.
func (s *answering) follow(w http.ResponseWriter, r *http.Request) {
	admitForms(w.Header())
	m, err := s.opt.Answers.Follow(r.Context(), addressOf(r.RemoteAddr), r.PathValue("receipt"))
	if wrong, known := problem.Of(err); known {
		s.showFollow(w, r, followView{Wrong: sentence(languageOf(r), wrong)}, statusOf(wrong))
		return
	}
	if err != nil {
		s.fail(w, err)
		return
	}
	s.showFollow(w, r, followView{Message: &m, Receipt: strings.ToLower(r.PathValue("receipt")), Sent: r.URL.Query().Has("sent")},
		http.StatusOK)
}

// withdraw removes a message for its sender.
func (s *answering) withdraw(w http.ResponseWriter, r *http.Request) {
	if !s.pressed(w, r) {
		return
	}
	if err := s.opt.Answers.Withdraw(r.Context(), addressOf(r.RemoteAddr), r.PathValue("receipt")); err != nil {
		s.refuse(w, r, err, "/tin")
		return
	}
	s.showFollow(w, r, followView{Gone: true}, http.StatusOK)
}

func (s *answering) showFollow(w http.ResponseWriter, r *http.Request, v followView, status int) {
	rule, err := s.opt.Answers.Rule(r.Context())
	if err != nil {
		s.fail(w, err)
		return
	}
	v.frame, v.Days = s.plain(r, "ans_follow"), rule.Days
	v.States = []store.MessageState{store.MessageNew, store.MessageSeen, store.MessageDoing, store.MessageDone}
	made, err := s.view.render(languageOf(r), "follow.html", v)
	if err != nil {
		s.fail(w, err)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	made.write(w, r, status)
}
