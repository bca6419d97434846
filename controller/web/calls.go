package web

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/library"
	"loa/controller/office/calls"
	"loa/controller/office/template"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/schedule"
)

type callInput struct{ Body calls.Request }
type callAnswer struct{ Body calls.Call }
type stopInput struct {
	Body struct {
		Targets schedule.Targets `json:"targets"`
	}
}
type armInput struct {
	Body *struct {
		Text string `json:"text,omitempty" doc:"that is to be aired: it is spoken before the token is given, before all uploads and whatever the disk does, so that nobody waits for it then"`
		template.Filled
	}
}
type armAnswer struct {
	Body struct {
		Armed string    `json:"armed"`
		Until time.Time `json:"until"`
	}
}

func (s *Server) registerCalls(mux *router) {
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

func (s *Server) recording(w http.ResponseWriter, r *http.Request) {
	row, err := s.opt.Store.Call(r.Context(), r.PathValue("id"))
	if err == nil && row.Recording == "" {
		err = problem.New(problem.NotFound, "no_recording",
			"Buổi phát này chưa có bản ghi: bản ghi có khi buổi phát kết thúc.", "There is no recording of this call yet: it is there when the call has ended.")
	}
	if err != nil {
		writeProblem(w, s.explain(err))
		return
	}
	w.Header().Set("Content-Type", "audio/ogg")
	http.ServeFile(w, r, s.opt.Store.RecordingPath(row.Recording))
}

func (s *Server) arm(ctx context.Context, in *armInput) (*armAnswer, error) {
	return s.armed(ctx, in, s.calls.Arm)
}

func (s *Server) armDrill(ctx context.Context, in *armInput) (*armAnswer, error) {
	return s.armed(ctx, in, s.calls.ArmDrill)
}

// armed answers with the token that arm gives for what is to be said.
func (s *Server) armed(ctx context.Context, in *armInput, arm func(context.Context, library.Text) (string, time.Time, error)) (*armAnswer, error) {
	said, err := in.said()
	if err != nil {
		return nil, s.fail(err)
	}
	out := &armAnswer{}
	out.Body.Armed, out.Body.Until, err = arm(ctx, said)
	return out, s.fail(err)
}

// said is what is to be aired with the token; of nothing no text.
func (in *armInput) said() (said library.Text, err error) {
	if in.Body != nil && (in.Body.Text != "" || in.Body.Template != "") {
		_, said, err = calls.AlertOf(in.Body.Filled, in.Body.Text)
	}
	return said, err
}

func (s *Server) beginCall(ctx context.Context, in *callInput) (*callAnswer, error) {
	v, err := s.calls.Begin(ctx, in.Body)
	return s.answerCall(v, err)
}

func (s *Server) listCalls(ctx context.Context, in *pageInput) (*list[calls.Call], error) {
	views, err := s.calls.Calls(ctx, in.Before, in.Limit)
	if err != nil {
		return nil, s.fail(err)
	}
	p, err := s.access.View(ctx)
	if err != nil {
		return nil, s.fail(err)
	}
	page := pageOf(views, in.Limit, func(c calls.Call) time.Time { return c.Start })
	page.Body.Items = kept(page.Body.Items, func(c calls.Call) bool { return p.Concerns(c.Targets) })
	return page, nil
}

func (s *Server) getCall(ctx context.Context, in *idInput) (*callAnswer, error) {
	v, err := s.calls.Call(ctx, in.ID)
	return s.answerCall(v, err)
}

func (s *Server) stopCall(ctx context.Context, in *idInput) (*callAnswer, error) {
	v, err := s.calls.Stop(ctx, in.ID)
	return s.answerCall(v, err)
}

func (s *Server) answerCall(v calls.Call, err error) (*callAnswer, error) {
	if err != nil {
		return nil, s.fail(err)
	}
	return &callAnswer{v}, nil
}

// stopAnswer is the answer of a stop of all. It has no body.
type stopAnswer struct {
	Unwritten string `header:"Loa-Unwritten" doc:"it is done and could not be written down yet: it is kept, and will be"`
}

func (s *Server) stopAll(ctx context.Context, in *stopInput) (*stopAnswer, error) {
	said, err := s.calls.StopAll(ctx, in.Body.Targets)
	if err != nil {
		return nil, s.fail(err)
	}
	out := &stopAnswer{}
	if said != nil {
		out.Unwritten = said.EN
	}
	return out, nil
}

// CallEnded writes down that a call is over, also one that another run of the
// controller began.
func (s *Server) CallEnded(row store.Call) { s.calls.Ended(row) }
