package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/audio"
	"loa/controller/live"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/node/wire"
	"loa/schedule"
)

// alertPause is the silence between two rounds of a recorded emergency:
// ISO 7240-16 allows 10 s within a message.
const alertPause = 5 * time.Second

// CallBody is a call as a person or script asks for it.
type CallBody struct {
	Title    string           `json:"title,omitempty"`
	Class    string           `json:"class" enum:"live,emergency"`
	Targets  schedule.Targets `json:"targets"`
	Author   string           `json:"author,omitempty" maxLength:"200"`
	Chime    *bool            `json:"chime,omitempty" doc:"first, if left out; its length is the time to think again"`
	LimitS   float64          `json:"limit_s,omitempty" doc:"ends by itself; 1800 if left out"`
	Armed    string           `json:"armed,omitempty" doc:"token of POST /arm, for an emergency"`
	Clip     string           `json:"clip,omitempty" doc:"a recorded emergency instead of a voice"`
	Bulletin string           `json:"bulletin,omitempty" doc:"the same, of a bulletin"`
}

// CallView is a call as the API shows it.
type CallView struct {
	ID        string           `json:"id"`
	Title     string           `json:"title"`
	Class     string           `json:"class"`
	Targets   schedule.Targets `json:"targets"`
	Author    string           `json:"author,omitempty"`
	Start     time.Time        `json:"start" doc:"when its first sound leaves the horns"`
	End       time.Time        `json:"end" doc:"its limit, or when it ended"`
	Ended     *time.Time       `json:"ended,omitempty"`
	Reason    string           `json:"reason,omitempty" enum:"stopped,limit,no_frames,silence,cut"`
	Recording string           `json:"recording,omitempty" doc:"path of the recording, Ogg Opus"`
	Voice     string           `json:"voice,omitempty" doc:"path of the WebSocket for the microphone, while on air"`
	Nodes     int              `json:"nodes,omitempty" doc:"that it concerns, while on air"`
}

type callInput struct{ Body CallBody }
type callAnswer struct{ Body CallView }
type stopInput struct {
	Body struct {
		Targets schedule.Targets `json:"targets"`
	}
}
type armAnswer struct {
	Body struct {
		Armed string    `json:"armed"`
		Until time.Time `json:"until"`
	}
}

func (s *Server) registerCalls(mux *http.ServeMux) {
	huma.Register(s.api, operation("arm", http.MethodPost, "/arm", "Make an emergency possible, for ten seconds", "Live", http.StatusCreated), s.arm)
	huma.Register(s.api, operation("begin-call", http.MethodPost, "/calls", "Put a voice or a recorded emergency on the air", "Live", http.StatusCreated), s.beginCall)
	huma.Register(s.api, operation("list-calls", http.MethodGet, "/calls", "Calls, newest first", "Live", http.StatusOK), s.listCalls)
	huma.Register(s.api, operation("get-call", http.MethodGet, "/calls/{id}", "One call", "Live", http.StatusOK), s.getCall)
	huma.Register(s.api, operation("stop-call", http.MethodPost, "/calls/{id}/stop", "End a call", "Live", http.StatusOK), s.stopCall)
	huma.Register(s.api, operation("stop-all", http.MethodPost, "/stop", "Silence whatever plays at the targets", "Live", http.StatusNoContent), s.stopAll)
	s.describeStream("call-voice", "/calls/{id}/voice", "WebSocket: first {\"codec\":\"opus\"} or {\"codec\":\"pcm_s16le\"}, then frames; meters come back", "101")
	mux.HandleFunc("GET /api/v1/calls/{id}/voice", s.voice)
	s.describeStream("call-recording", "/calls/{id}/recording", "The recording: Ogg Opus", "200")
	mux.HandleFunc("GET /api/v1/calls/{id}/recording", s.recording)
}

// describeStream writes down what huma does not read or write itself.
func (s *Server) describeStream(id, path, summary, status string) {
	op := operation(id, http.MethodGet, path, summary, "Live", http.StatusOK)
	op.Parameters = []*huma.Param{{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}}}
	op.Responses = map[string]*huma.Response{status: {Description: summary}}
	s.api.OpenAPI().AddOperation(&op)
}

func (s *Server) arm(context.Context, *struct{}) (*armAnswer, error) {
	out := &armAnswer{}
	out.Body.Armed, out.Body.Until = s.opt.Live.Arm(time.Now())
	return out, nil
}

func (s *Server) beginCall(ctx context.Context, in *callInput) (*callAnswer, error) {
	r, err := s.composeCall(ctx, in.Body)
	if err != nil {
		return nil, s.fail(err)
	}
	c, err := s.opt.Live.Begin(ctx, r)
	if err != nil {
		return nil, s.fail(err)
	}
	return &callAnswer{viewOnAir(c)}, nil
}

func (s *Server) composeCall(ctx context.Context, b CallBody) (live.Request, error) {
	r := live.Request{Title: b.Title, Class: schedule.Class(b.Class), Targets: b.Targets, Author: b.Author, Armed: b.Armed,
		Chime: b.Chime == nil || *b.Chime, Limit: seconds(b.LimitS)}
	c, err := s.composer(ctx)
	if err != nil {
		return r, err
	}
	if err := c.checkTargets(b.Targets); err != nil {
		return r, err
	}
	if b.Clip == "" && b.Bulletin == "" {
		return r, nil
	}
	item := schedule.Item{}
	if b.Bulletin != "" {
		err = c.fillBulletin(&item, b.Bulletin)
	} else {
		err = c.fillClip(&item, b.Clip)
	}
	if err != nil {
		return r, err
	}
	clip, err := s.opt.Store.GetClip(ctx, item.Clip)
	if err != nil {
		return r, err
	}
	if r.Title == "" {
		r.Title = item.Title
	}
	r.Clips = []wire.ClipRef{{SHA: clip.ID, Bytes: clip.Bytes}}
	// Two chimes are 5.6 s: the attention tone is to last 3 to 10 s.
	r.Rundown = []schedule.Item{{Kind: schedule.Chime, Length: audio.ChimeDuration, Repeat: 2}, item, {Kind: schedule.Gap, Length: alertPause}}
	return r, nil
}

func (s *Server) listCalls(ctx context.Context, in *pageInput) (*list[CallView], error) {
	rows, err := s.opt.Store.Calls(ctx, in.Before, in.Limit)
	if err != nil {
		return nil, s.fail(err)
	}
	views := make([]CallView, len(rows))
	for i, row := range rows {
		views[i] = s.viewCall(row)
	}
	return pageOf(views, in.Limit, func(c CallView) time.Time { return c.Start }), nil
}

func (s *Server) getCall(ctx context.Context, in *idInput) (*callAnswer, error) {
	row, err := s.opt.Store.Call(ctx, in.ID)
	if err != nil {
		return nil, s.fail(err)
	}
	return &callAnswer{s.viewCall(row)}, nil
}

func (s *Server) stopCall(ctx context.Context, in *idInput) (*callAnswer, error) {
	c := s.opt.Live.Call(in.ID)
	if c == nil {
		return s.getCall(ctx, in) // over already: that is what was wanted
	}
	c.Stop()
	select {
	case <-c.Done():
	case <-ctx.Done():
	}
	return &callAnswer{s.viewCall(c.Info())}, nil
}

func (s *Server) stopAll(ctx context.Context, in *stopInput) (*struct{}, error) {
	c, err := s.composer(ctx)
	if err != nil {
		return nil, s.fail(err)
	}
	if err := c.checkTargets(in.Body.Targets); err != nil {
		return nil, s.fail(err)
	}
	return nil, s.fail(s.opt.Live.StopAll(ctx, in.Body.Targets))
}

func (s *Server) recording(w http.ResponseWriter, r *http.Request) {
	row, err := s.opt.Store.Call(r.Context(), r.PathValue("id"))
	if err == nil && row.Recording == "" {
		err = problem.New(http.StatusNotFound, "no_recording",
			"Buổi phát này chưa có bản ghi: bản ghi có khi buổi phát kết thúc.", "There is no recording of this call yet: it is there when the call has ended.")
	}
	if err != nil {
		writeProblem(w, s.explain(err))
		return
	}
	w.Header().Set("Content-Type", "audio/ogg")
	http.ServeFile(w, r, s.opt.Store.RecordingPath(row.Recording))
}

func (s *Server) viewCall(row store.Call) CallView {
	if c := s.opt.Live.Call(row.ID); c != nil {
		return viewOnAir(c)
	}
	v := CallView{ID: row.ID, Title: row.Title, Class: string(row.Class), Targets: row.Targets, Author: row.Author,
		Start: row.Start, End: row.End, Ended: optional(row.Ended), Reason: row.Reason}
	if row.Recording != "" {
		v.Recording = "/api/v1/calls/" + row.ID + "/recording"
	}
	return v
}

func viewOnAir(c *live.Call) CallView {
	row := c.Info()
	v := CallView{ID: row.ID, Title: row.Title, Class: string(row.Class), Targets: row.Targets, Author: row.Author,
		Start: row.Start, End: row.End, Nodes: c.Nodes()}
	if len(row.Rundown) == 0 {
		v.Voice = "/api/v1/calls/" + row.ID + "/voice"
	}
	return v
}
