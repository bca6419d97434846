package pages

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"loa/controller/office/access"
	"loa/controller/office/quick"
	"loa/controller/photo"
	"loa/controller/problem"
	"loa/controller/web/respond"
)

// quickPage is where a village head reports by three taps.
type quickPage struct {
	*kit
	quick *quick.Desk
}

// register adds the endpoints.
func (p *quickPage) register() {
	p.mux.HandleFunc("GET /village/quick", func(w http.ResponseWriter, r *http.Request) { p.answer(w, r, nil, nil) })
	p.mux.HandleFunc("POST /village/quick", p.send)
}

// quickView is that page.
type quickView struct {
	frame
	Villages []access.Named
	Levels   []string
	Kinds    []string
	Typed    url.Values
	Sent     bool
	Sentence string // what is wrong
}

func (p *quickPage) answer(w http.ResponseWriter, r *http.Request, typed url.Values, wrong error) {
	v := quickView{frame: p.frameOf(r, "village"), Levels: quick.Levels, Kinds: quick.Kinds, Typed: typed,
		Sent: r.URL.Query().Has("sent")}
	var err error
	if v.Villages, err = p.quick.Villages(r.Context()); err != nil {
		p.problemPage(w, r, p.explain(err))
		return
	}
	status := http.StatusOK
	if wrong != nil {
		pr := p.explain(wrong)
		status, v.Sentence = respond.Status(pr), respond.Sentence(r, pr)
	}
	p.show(w, r, status, "quick.html", v)
}

// errOtherTapped is of what another person tapped on the same telephone.
var errOtherTapped = problem.New(problem.Conflict, "quick_person", "Báo cáo này của người khác: người đó đăng nhập thì mới gửi được.",
	"This report is another person's: it is sent when they sign in.")

// send takes a report: of a form, which comes back to the page, or of a telephone that kept
// it, which is answered with nothing.
func (p *quickPage) send(w http.ResponseWriter, r *http.Request) {
	x, typed, err := readQuick(w, r)
	kept := strings.Contains(r.Header.Get("Accept"), "application/json")
	if person := typed.Get("person"); err == nil && person != "" && person != access.Of(r.Context()).Who.Person {
		err = errOtherTapped
	}
	if err == nil {
		_, err = p.quick.Send(r.Context(), x)
	}
	switch {
	case err == nil && kept:
		w.WriteHeader(http.StatusNoContent)
	case err == nil:
		http.Redirect(w, r, "/village/quick?sent", http.StatusSeeOther)
	case kept:
		respond.Problem(w, p.explain(err))
	default:
		p.answer(w, r, typed, err)
	}
}

const (
	mostQuick      = photo.MostBytes + 64<<10
	mostQuickField = 8 << 10
	mostQuickParts = 20
)

// readQuick reads the form, with a photo or without, each part bounded.
func readQuick(w http.ResponseWriter, r *http.Request) (x quick.Tapped, typed url.Values, err error) {
	typed = url.Values{}
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		err = readForm(w, r)
		typed = r.PostForm
	} else {
		r.Body = http.MaxBytesReader(w, r.Body, mostQuick)
		x.Photo, err = readParts(r, typed)
	}
	if err != nil {
		return x, typed, err
	}
	x.ID, x.Area, x.Level, x.Kind = typed.Get("id"), typed.Get("area"), typed.Get("level"), typed.Get("kind")
	x.Words = typed.Get("words")
	if s := strings.TrimSpace(typed.Get("households")); s != "" {
		if x.Households, err = strconv.Atoi(s); err != nil {
			x.Households = -1 // is refused with a sentence
		}
	}
	if s := typed.Get("age"); s != "" {
		age, err := strconv.ParseInt(s, 10, 64)
		const most = int64(1 << 31) // seconds; more than a telephone lives
		if err != nil || age > most || age < -most {
			age = -1 // is not believed
		}
		x.Age = time.Duration(age) * time.Second
	}
	return x, typed, nil
}

// readParts reads the parts of a form into typed, and its photo; nil: there is none.
func readParts(r *http.Request, typed url.Values) (file []byte, err error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, respond.Wrong(http.StatusBadRequest, "form")
	}
	for range mostQuickParts {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return file, nil
		}
		if err != nil {
			return nil, cutOff(err)
		}
		most := int64(mostQuickField)
		if part.FormName() == "photo" {
			most = photo.MostBytes
		}
		data, err := io.ReadAll(io.LimitReader(part, most+1))
		switch {
		case err != nil:
			return nil, cutOff(err)
		case int64(len(data)) > most && part.FormName() == "photo":
			return nil, photo.ErrTooLarge
		case int64(len(data)) > most:
			return nil, respond.Wrong(http.StatusRequestEntityTooLarge, "")
		case part.FormName() == "photo":
			file = data
		default:
			typed.Set(part.FormName(), strings.ToValidUTF8(string(data), ""))
		}
	}
	return nil, respond.Wrong(http.StatusBadRequest, "form")
}

// cutOff tells a form that is too large from a line that broke.
func cutOff(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return photo.ErrTooLarge
	}
	return respond.Wrong(http.StatusBadRequest, "form")
}
