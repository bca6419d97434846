package web

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/audio"
	"loa/controller/i18n"
	"loa/controller/office/access"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/schedule"
)

const (
	usual, without = "usual", "none"
	ownClip        = "clip:"
	// shortestOpening is the time in which a call begun by mistake can
	// stop it.
	shortestOpening = 1500 * time.Millisecond
	longestOpening  = 10 * time.Second
)

// OpeningsBody is what calls and programmes begin with.
type OpeningsBody struct {
	Live      string `json:"live" default:"usual" doc:"usual, two, three, gong, or clip:ID of a clip of 1.5 to 10 s"`
	Scheduled string `json:"scheduled" default:"usual" doc:"likewise, or none. The attention tone of an emergency is always the same"`
}

type openingsAnswer struct{ Body OpeningsBody }

func (s *Server) registerOpenings(mux *router) {
	huma.Register(s.api, operation("get-openings", http.MethodGet, "/openings", "What calls and programmes begin with (nhạc hiệu)", "Calendar", http.StatusOK), s.getOpenings)
	huma.Register(s.api, operation("put-openings", http.MethodPut, "/openings", "Choose what calls and programmes begin with", "Calendar", http.StatusOK), s.putOpenings)
	mux.HandleFunc("GET /openings/{name}", s.openingSound)
}

func named(o schedule.Opening) string {
	switch {
	case o.Off:
		return without
	case slices.Contains(audio.TuneNames, o.Name):
		return o.Name
	case o.Clip != "":
		return ownClip + o.Clip
	}
	return usual
}

func (s *Server) getOpenings(ctx context.Context, _ *struct{}) (*openingsAnswer, error) {
	o, err := s.opt.Store.Openings(ctx)
	if err != nil {
		return nil, s.fail(err)
	}
	return &openingsAnswer{OpeningsBody{Live: named(o.Live), Scheduled: named(o.Scheduled)}}, nil
}

func (s *Server) putOpenings(ctx context.Context, in *openingsAnswer) (*openingsAnswer, error) {
	s.editing.Lock()
	defer s.editing.Unlock()
	old, err := s.getOpenings(ctx, nil)
	if err != nil {
		return nil, err
	}
	var o store.Openings
	if o.Live, err = s.opening(ctx, in.Body.Live); err == nil && o.Live.Off {
		err = problem.New(problem.Invalid, "opening_live",
			"Phát trực tiếp luôn có nhạc hiệu: đó là lúc còn kịp dừng nếu bấm nhầm. Hãy chọn một nhạc hiệu.",
			"A live call always has a chime: it is the time to stop what was begun by mistake. Choose one.")
	}
	if err == nil {
		o.Scheduled, err = s.opening(ctx, in.Body.Scheduled)
	}
	if err == nil {
		o.Since = s.opt.Now().UTC().Truncate(time.Second)
		err = s.opt.Store.PutOpenings(ctx, o)
	}
	if err != nil {
		return nil, s.fail(err)
	}
	s.trail.Did(ctx, "openings.put", "openings", old.Body, in.Body, s.opt.Commune)
	s.changed("calendar")
	return s.getOpenings(ctx, nil)
}

// opening finds, or makes, the sound that was chosen.
func (s *Server) opening(ctx context.Context, name string) (o schedule.Opening, err error) {
	var clip store.Clip
	switch id, own := strings.CutPrefix(name, ownClip); {
	case name == usual, name == "":
		return o, nil
	case name == without:
		return schedule.Opening{Off: true}, nil
	case own:
		if clip, err = s.opt.Store.GetClip(ctx, id); err != nil {
			return o, clipUnknown
		}
	default:
		wav, ok := audio.TuneWAV(name)
		if !ok {
			return o, requestProblem(http.StatusUnprocessableEntity, "live, scheduled", nil)
		}
		if clip, err = s.opt.Library.Upload(ctx, access.Of(ctx).Share(), i18n.Say(i18n.VI, "opening_"+name)+".wav", bytes.NewReader(wav)); err != nil {
			return o, err
		}
		o.Name = name
	}
	o.Clip, o.Length = clip.ID, clip.Length()
	if o.Length < shortestOpening || o.Length > longestOpening {
		return o, problem.New(problem.Invalid, "opening_length",
			"Nhạc hiệu phải dài từ 1,5 đến 10 giây: hãy cắt ngắn hoặc chọn tệp khác.", "A chime lasts 1.5 to 10 seconds: cut it, or choose another.")
	}
	return o, nil
}

// openingSound is one of the tunes that can be chosen, to be listened to.
func (s *Server) openingSound(w http.ResponseWriter, r *http.Request) {
	wav, ok := audio.TuneWAV(strings.TrimSuffix(r.PathValue("name"), ".wav"))
	if !ok {
		s.problemPage(w, r, notFound)
		return
	}
	w.Header().Set("Content-Type", "audio/wav")
	w.Header().Set("Content-Length", strconv.Itoa(len(wav)))
	w.Header().Set("Cache-Control", "private, max-age=86400")
	_, _ = w.Write(wav) // the client may have gone
}

// openingChoice is one line of the lists on the page.
type openingChoice struct {
	Name, Title string
	Live, Off   bool // chosen for calls; Off: not for them
	Scheduled   bool
	Tune        string // can be listened to; "": it cannot, or is a clip
	Clip        string
}

// openingChoices are what can be chosen: the tunes, and the library's short
// recordings.
func (s *Server) openingChoices(ctx context.Context) (all []openingChoice, err error) {
	chosen, err := s.getOpenings(ctx, nil)
	if err != nil {
		return nil, err
	}
	clips, err := s.opt.Store.ListClips(ctx, time.Time{}, maxList)
	if err != nil {
		return nil, err
	}
	all = append(all, openingChoice{Name: usual, Title: "opening_usual"})
	for _, name := range audio.TuneNames {
		all = append(all, openingChoice{Name: name, Title: "opening_" + name, Tune: name})
	}
	all = append(all, openingChoice{Name: without, Title: "opening_none", Off: true})
	tunes := map[string]bool{}
	for _, c := range all {
		tunes[i18n.Say(i18n.VI, c.Title)+".wav"] = true
	}
	for _, c := range clips {
		if d := c.Length(); c.Kind == store.Recording && d >= shortestOpening && d <= longestOpening && !tunes[c.Name] {
			all = append(all, openingChoice{Name: ownClip + c.ID, Title: c.Name, Clip: c.ID})
		}
	}
	for i := range all {
		all[i].Live, all[i].Scheduled = all[i].Name == chosen.Body.Live, all[i].Name == chosen.Body.Scheduled
	}
	return all, nil
}

func (s *Server) saveOpenings(r *http.Request) error {
	_, err := s.putOpenings(r.Context(), &openingsAnswer{OpeningsBody{Live: r.PostForm.Get("live"), Scheduled: r.PostForm.Get("scheduled")}})
	return err
}
