package web

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/audio/speech"
	"loa/controller/library"
	"loa/controller/office/access"
	"loa/controller/problem"
	"loa/controller/store"
)

// clipView is a clip as the API shows it.
type clipView struct {
	ID      string    `json:"id" doc:"the sha256 of the file"`
	SHA256  string    `json:"sha256"`
	Seconds float64   `json:"seconds"`
	LUFS    float64   `json:"lufs" doc:"integrated loudness, EBU R 128"`
	Peak    float64   `json:"peak_dbtp" doc:"true peak"`
	Bytes   int64     `json:"bytes"`
	Name    string    `json:"name" doc:"the file's name, or how the text begins"`
	Kind    string    `json:"kind" doc:"recording or speech"`
	Created time.Time `json:"created"`
	Text    string    `json:"text,omitempty" doc:"of speech: as it was written"`
	Said    string    `json:"said,omitempty" doc:"of speech: how it was read, where that is not as it stands"`
	Style   string    `json:"style,omitempty" enum:"indoor,outdoor,urgent" doc:"of speech: how it was said; left out of one from before there were styles"`
	Notes   []remark  `json:"notes,omitempty" doc:"what was mended in the recording, or could not be"`
}

// remark is something that a person should know of a clip.
type remark struct {
	Code string `json:"code"`
	VI   string `json:"vi"`
	EN   string `json:"en"`
}

func remarks(c store.Clip) (all []remark) {
	for _, n := range c.Notes {
		if r, ok := library.Remark(n); ok {
			all = append(all, remark{r.Code, r.VI, r.EN})
		}
	}
	return all
}

func viewClip(c store.Clip) clipView {
	return clipView{Notes: remarks(c), ID: c.ID, SHA256: c.ID, Seconds: c.Seconds, LUFS: c.LUFS, Peak: c.PeakDBTP, Bytes: c.Bytes,
		Name: c.Name, Kind: string(c.Kind), Created: c.Created, Text: c.Text, Said: c.Said, Style: c.Style}
}

type clipAnswer struct{ Body clipView }

// jobView is long work under way.
type jobView struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Stage    string    `json:"stage"`
	Fraction float64   `json:"fraction" doc:"0 to 1"`
	Started  time.Time `json:"started"`
}

func (s *Server) registerClips(mux *router) {
	// The upload is streamed to disk, so it is not read by huma.
	op := operation("add-clip", http.MethodPost, "/clips", "Add a recording; it is levelled and made one clip", "Library", http.StatusCreated)
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: &huma.Schema{
		Type: huma.TypeObject, Required: []string{"file"},
		Properties: map[string]*huma.Schema{"file": {Type: huma.TypeString, Format: "binary", Description: "any recording of a phone or PC"}}}}}}
	clipSchema := s.api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[clipView](), true, "Clip")
	op.Responses = map[string]*huma.Response{"201": {Description: "The clip", Content: map[string]*huma.MediaType{"application/json": {Schema: clipSchema}}}}
	s.api.OpenAPI().AddOperation(&op)
	mux.HandleFunc("POST /api/v1/clips", s.addClip)

	huma.Register(s.api, operation("speak", http.MethodPost, "/speech", "Make a clip from typed text", "Library", http.StatusCreated), s.speak)
	huma.Register(s.api, operation("read-text", http.MethodPost, "/reading", "How a Vietnamese text is said: what a voice is given, and what was changed", "Library", http.StatusOK), s.readText)
	huma.Register(s.api, operation("preview-reading", http.MethodPost, "/reading/preview", "One sentence of a text as a WAV, to be heard by the one who writes it; no clip is made", "Library", http.StatusOK), s.previewReading)
	huma.Register(s.api, operation("list-voices", http.MethodGet, "/voices", "The voices that speech takes", "Library", http.StatusOK), s.listVoices)
	huma.Register(s.api, operation("list-clips", http.MethodGet, "/clips", "Clips, newest first", "Library", http.StatusOK), s.listClips)
	huma.Register(s.api, operation("list-jobs", http.MethodGet, "/jobs", "Uploads and speech being worked on", "Library", http.StatusOK), s.listJobs)

	audio := operation("clip-audio", http.MethodGet, "/clips/{id}/audio", "The clip itself: Ogg Opus", "Library", http.StatusOK)
	audio.Parameters = []*huma.Param{{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}}}
	audio.Responses = map[string]*huma.Response{"200": {Description: "Audio", Content: map[string]*huma.MediaType{"audio/ogg": {}}}}
	s.api.OpenAPI().AddOperation(&audio)
	mux.HandleFunc("GET /api/v1/clips/{id}/audio", s.clipAudio)
}

var noFile = problem.New(problem.Malformed, "file_missing",
	"Không thấy tệp âm thanh: hãy gửi dạng multipart/form-data với trường “file”.",
	"There is no recording: send multipart/form-data with a field “file”.")

// maxUpload bounds a request with a recording; the library knows how large a
// recording itself may be.
const maxUpload = 1<<30 + maxBody

func (s *Server) addClip(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxUpload)
	clip, err := s.receiveClip(r)
	if err == nil {
		err = s.access.PlaceClip(r.Context(), clip.ID)
	}
	if err != nil {
		writeProblem(w, s.explain(err))
		return
	}
	s.trail.Did(r.Context(), "clip.add", clip.ID, nil, viewClip(clip))
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(viewClip(clip)) // the client is gone, then
	s.News("library")
}

func (s *Server) receiveClip(r *http.Request) (store.Clip, error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return store.Clip{}, noFile
	}
	for range 16 { // fields before the file, if any
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return store.Clip{}, unread(err)
		}
		if part.FormName() == "file" {
			return s.opt.Library.Upload(r.Context(), access.Of(r.Context()).Share(), cmp.Or(part.FileName(), "bản ghi âm"), part)
		}
	}
	return store.Clip{}, noFile
}

// unread explains a form that cannot be read.
func unread(err error) error {
	if p, ok := problem.Of(err); ok {
		return p
	}
	return noFile
}

type speakInput struct {
	Body struct {
		Text     string   `json:"text"`
		Voice    string   `json:"voice,omitempty" doc:"as GET /voices lists them; empty: the first"`
		Rate     float64  `json:"rate,omitempty" doc:"1 is the usual speed; 0.5 to 2"`
		Verbatim bool     `json:"verbatim,omitempty" doc:"the voice is given the text as it stands; otherwise as POST /reading says"`
		Style    string   `json:"style,omitempty" enum:"indoor,outdoor,urgent" doc:"how it is said. outdoor, if left out: for horns, groups of words with silences of 200 ms, equally loud; indoor: in one go; urgent: slower, and twice"`
		Headline string   `json:"headline,omitempty" maxLength:"200" doc:"said first, as a sentence of its own, unless the text begins with it"`
		Leave    []string `json:"leave,omitempty" doc:"blocks of the paper that are not said, as POST /reading names them"`
		Instead  bool     `json:"instead,omitempty" doc:"where that voice fails, the built-in one speaks, and notes say so; otherwise its fault is the answer, with a code that begins with voice_"`
	}
}

func (s *Server) speak(ctx context.Context, in *speakInput) (*clipAnswer, error) {
	b := in.Body
	clip, err := s.opt.Library.Speak(ctx, access.Of(ctx).Share(), library.Text{Text: b.Text, Voice: b.Voice, Rate: b.Rate, Verbatim: b.Verbatim,
		Style: speech.Style(b.Style), Headline: b.Headline, Leave: b.Leave, Instead: b.Instead})
	if err == nil {
		err = s.access.PlaceClip(ctx, clip.ID)
	}
	if err != nil {
		return nil, s.fail(err)
	}
	s.trail.Did(ctx, "clip.speak", clip.ID, nil, viewClip(clip))
	s.News("library")
	return &clipAnswer{viewClip(clip)}, nil
}

// voiceView is a voice of a speech program.
type voiceView struct {
	ID      string `json:"id" doc:"give it as voice"`
	Label   string `json:"label"`
	Engine  string `json:"engine" doc:"the program, as the settings name it; espeak-ng is built in"`
	Licence string `json:"licence,omitempty" doc:"of the program and the voice; none: nobody knows"`
}

func (s *Server) listVoices(ctx context.Context, _ *struct{}) (*list[voiceView], error) {
	voices, err := s.opt.Library.Voices(ctx)
	if err != nil {
		return nil, s.fail(err)
	}
	views := make([]voiceView, len(voices))
	for i, v := range voices {
		views[i] = voiceView{v.ID(), v.Label, v.Engine.Name, v.Engine.Licence}
	}
	return listOf(views), nil
}

func (s *Server) listClips(ctx context.Context, in *pageInput) (*list[clipView], error) {
	clips, err := s.opt.Store.ListClips(ctx, in.Before, in.Limit)
	if err != nil {
		return nil, s.fail(err)
	}
	a, err := s.access.View(ctx)
	if err != nil {
		return nil, s.fail(err)
	}
	views := make([]clipView, len(clips))
	for i, c := range clips {
		views[i] = viewClip(c)
	}
	page := pageOf(views, in.Limit, func(c clipView) time.Time { return c.Created })
	page.Body.Items = kept(page.Body.Items, func(c clipView) bool {
		heard := s.access.MayHear(ctx, a, c.ID)
		err = errors.Join(err, access.UnlessForbidden(heard))
		return heard == nil
	})
	return page, s.fail(err)
}

func (s *Server) listJobs(context.Context, *struct{}) (*list[jobView], error) {
	var views []jobView
	for _, j := range s.opt.Library.Jobs() {
		views = append(views, viewJob(j))
	}
	return listOf(views), nil
}

func viewJob(j library.Job) jobView {
	return jobView{ID: j.ID, Name: j.Name, Stage: string(j.Stage), Fraction: j.Fraction, Started: j.Started}
}

func (s *Server) clipAudio(w http.ResponseWriter, r *http.Request) {
	clip, err := s.opt.Store.GetClip(r.Context(), r.PathValue("id"))
	var a *access.View
	if err == nil {
		a, err = s.access.View(r.Context())
	}
	if err == nil {
		err = s.access.MayHear(r.Context(), a, clip.ID)
	}
	if err != nil {
		writeProblem(w, s.explain(err))
		return
	}
	w.Header().Set("Content-Type", "audio/ogg")
	w.Header().Set("Cache-Control", "private, max-age=31536000, immutable")
	http.ServeFile(w, r, s.opt.Store.ClipPath(clip.ID))
}
