package api

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
	"loa/controller/office/clips"
	"loa/controller/store"
	"loa/controller/web/api/resource"
	"loa/controller/web/respond"
)

// clipHandlers take recordings and texts, and show what was made of them.
type clipHandlers struct {
	resource.Face
	clips   *clips.Desk
	library *library.Library
}

// jobView is long work under way.
type jobView struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Stage    string    `json:"stage"`
	Fraction float64   `json:"fraction" doc:"0 to 1"`
	Started  time.Time `json:"started"`
}

// register adds the operations.
func (h clipHandlers) register() {
	// The upload is streamed to disk, so it is not read by huma.
	op := resource.Operation("add-clip", http.MethodPost, "/clips", "Library", http.StatusCreated,
		"Add a recording; it is levelled and made one clip")
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: &huma.Schema{
		Type: huma.TypeObject, Required: []string{"file"},
		Properties: map[string]*huma.Schema{"file": {Type: huma.TypeString, Format: "binary", Description: "any recording of a phone or PC"}}}}}}
	clipSchema := h.Huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[clips.Clip](), true, "Clip")
	op.Responses = map[string]*huma.Response{"201": {Description: "The clip",
		Content: map[string]*huma.MediaType{"application/json": {Schema: clipSchema}}}}
	h.Huma.OpenAPI().AddOperation(&op)
	h.Mux.HandleFunc("POST /api/v1/clips", h.addClip)

	huma.Register(h.Huma, resource.Operation("speak", http.MethodPost, "/speech", "Library", http.StatusCreated,
		"Make a clip from typed text"), h.speak)
	huma.Register(h.Huma, resource.Operation("list-voices", http.MethodGet, "/voices", "Library", http.StatusOK,
		"The voices that speech takes"), h.listVoices)
	huma.Register(h.Huma, resource.Operation("list-clips", http.MethodGet, "/clips", "Library", http.StatusOK,
		"Clips, newest first"), h.listClips)
	huma.Register(h.Huma, resource.Operation("list-jobs", http.MethodGet, "/jobs", "Library", http.StatusOK,
		"Uploads and speech being worked on"), h.listJobs)

	audio := resource.Operation("clip-audio", http.MethodGet, "/clips/{id}/audio", "Library", http.StatusOK,
		"The clip itself: Ogg Opus")
	audio.Parameters = []*huma.Param{{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}}}
	h.Describe(audio, "audio/ogg", "Audio")
	h.Mux.HandleFunc("GET /api/v1/clips/{id}/audio", h.clipAudio)
}

func (h clipHandlers) addClip(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, respond.MaxUpload)
	clip, err := h.receiveClip(r)
	if err != nil {
		h.Refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_ = json.NewEncoder(w).Encode(clips.Of(clip)) // the client is gone, then
}

func (h clipHandlers) receiveClip(r *http.Request) (store.Clip, error) {
	parts, err := r.MultipartReader()
	if err != nil {
		return store.Clip{}, respond.NoFile
	}
	for range 16 { // fields before the file, if any
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return store.Clip{}, respond.Unread(err)
		}
		if part.FormName() == "file" {
			return h.clips.Upload(r.Context(), cmp.Or(part.FileName(), "bản ghi âm"), part)
		}
	}
	return store.Clip{}, respond.NoFile
}

type speakInput struct {
	Body struct {
		Text     string   `json:"text"`
		Voice    string   `json:"voice,omitempty" doc:"as GET /voices lists them; empty: the first"`
		Rate     *float64 `json:"rate,omitempty" doc:"1 is the usual speed; 0.5 to 2"`
		Verbatim bool     `json:"verbatim,omitempty" doc:"the voice is given the text as it stands; otherwise as POST /reading says"`
		Style    string   `json:"style,omitempty" enum:"indoor,outdoor,urgent" doc:"how it is said. outdoor, if left out: for horns, groups of words with silences of 200 ms, equally loud; indoor: in one go; urgent: slower, and twice"`
		Headline string   `json:"headline,omitempty" maxLength:"200" doc:"said first, as a sentence of its own, unless the text begins with it"`
		Leave    []string `json:"leave,omitempty" doc:"blocks of the paper that are not said, as POST /reading names them; one that is not there is refused"`
		Instead  bool     `json:"instead,omitempty" doc:"where that voice fails, the built-in one speaks, and notes say so; otherwise its fault is the answer, with a code that begins with voice_"`
	}
}

func (h clipHandlers) speak(ctx context.Context, in *speakInput) (*resource.Answer[clips.Clip], error) {
	b := in.Body
	rate, err := library.RateOf(b.Rate)
	if err != nil {
		return nil, h.Fail(err)
	}
	clip, err := h.clips.Speak(ctx, library.Text{Text: b.Text, Voice: b.Voice, Rate: rate, Verbatim: b.Verbatim,
		Style: speech.Style(b.Style), Headline: b.Headline, Leave: b.Leave, Instead: b.Instead})
	if err != nil {
		return nil, h.Fail(err)
	}
	return &resource.Answer[clips.Clip]{Body: clips.Of(clip)}, nil
}

// voiceView is a voice of a speech program.
type voiceView struct {
	ID      string `json:"id" doc:"give it as voice"`
	Label   string `json:"label"`
	Engine  string `json:"engine" doc:"the program, as the settings name it; espeak-ng is built in"`
	Licence string `json:"licence,omitempty" doc:"of the program and the voice; none: nobody knows"`
}

func (h clipHandlers) listVoices(ctx context.Context, _ *struct{}) (*resource.List[voiceView], error) {
	voices, err := h.library.Voices(ctx)
	if err != nil {
		return nil, h.Fail(err)
	}
	views := make([]voiceView, len(voices))
	for i, v := range voices {
		views[i] = voiceView{v.ID(), v.Label, v.Engine.Name, v.Engine.Licence}
	}
	return resource.ListOf(views), nil
}

func (h clipHandlers) listJobs(context.Context, *struct{}) (*resource.List[jobView], error) {
	var views []jobView
	for _, j := range h.library.Jobs() {
		views = append(views, viewJob(j))
	}
	return resource.ListOf(views), nil
}

func viewJob(j library.Job) jobView {
	return jobView{ID: j.ID, Name: j.Name, Stage: string(j.Stage), Fraction: j.Fraction, Started: j.Started}
}

func (h clipHandlers) listClips(ctx context.Context, in *resource.PageInput) (*resource.List[clips.Clip], error) {
	all, err := h.clips.List(ctx, in.Before, in.Limit)
	if err != nil {
		return nil, h.Fail(err)
	}
	page := resource.PageOf(all, in.Limit, func(c clips.Clip) time.Time { return c.Created })
	heard, err := h.clips.Hearable(ctx, page.Body.Items)
	if err != nil {
		return nil, h.Fail(err)
	}
	out := resource.ListOf(heard)
	out.Body.Next = page.Body.Next
	return out, nil
}

func (h clipHandlers) clipAudio(w http.ResponseWriter, r *http.Request) {
	path, err := h.clips.File(r.Context(), r.PathValue("id"))
	if err != nil {
		h.Refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "audio/ogg")
	w.Header().Set("Cache-Control", "private, max-age=31536000, immutable")
	http.ServeFile(w, r, path)
}
