package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/library"
	"loa/controller/office/access"
	"loa/controller/office/calls"
	"loa/controller/office/template"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/web/api/resource"
	"loa/schedule"
)

// callHandlers put voices and recorded alerts on the air, and end them.
type callHandlers struct {
	resource.Face
	calls  *calls.Desk
	access *access.Control
	store  *store.Store
}

type callInput struct{ Body calls.Request }

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

// register adds the operations.
func (h callHandlers) register() {
	huma.Register(h.Huma, resource.Operation("arm", http.MethodPost, "/arm", "Live", http.StatusCreated,
		"Make an emergency possible, for ten seconds"), h.arm)
	huma.Register(h.Huma, resource.Operation("begin-call", http.MethodPost, "/calls", "Live", http.StatusCreated,
		"Put a voice or a recorded emergency on the air"), h.beginCall)
	huma.Register(h.Huma, resource.Operation("list-calls", http.MethodGet, "/calls", "Live", http.StatusOK,
		"Calls, newest first"), h.listCalls)
	resource.ShowsOne(h.Face, resource.Operation("get-call", http.MethodGet, "/calls/{id}", "Live", http.StatusOK,
		"One call"), h.calls.Call)
	resource.ShowsOne(h.Face, resource.Operation("stop-call", http.MethodPost, "/calls/{id}/stop", "Live", http.StatusOK,
		"End a call"), h.calls.Stop)
	huma.Register(h.Huma, resource.Operation("stop-all", http.MethodPost, "/stop", "Live", http.StatusNoContent,
		"Silence whatever plays at the targets"), h.stopAll)
	describeStream(h.Face, "call-recording", "/calls/{id}/recording", "The recording: Ogg Opus", "200")
	h.Mux.HandleFunc("GET /api/v1/calls/{id}/recording", h.recording)
	huma.Register(h.Huma, resource.Operation("arm-drill", http.MethodPost, "/arm/drill", "Live", http.StatusCreated,
		"Make a drill possible, for ten seconds; its words are made ready before"), h.armDrill)
}

func (h callHandlers) recording(w http.ResponseWriter, r *http.Request) {
	row, err := h.store.Call(r.Context(), r.PathValue("id"))
	if err == nil && row.Recording == "" {
		err = problem.New(problem.NotFound, "no_recording",
			"Buổi phát này chưa có bản ghi: bản ghi có khi buổi phát kết thúc.", "There is no recording of this call yet: it is there when the "+
				"call has ended.")
	}
	if err != nil {
		h.Refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "audio/ogg")
	http.ServeFile(w, r, h.store.RecordingPath(row.Recording))
}

func (h callHandlers) arm(ctx context.Context, in *armInput) (*armAnswer, error) {
	if in.Body != nil {
		if err := h.calls.Timely(in.Body.Filled); err != nil {
			return nil, h.Fail(err)
		}
	}
	return h.armed(ctx, in, h.calls.Arm)
}

func (h callHandlers) armDrill(ctx context.Context, in *armInput) (*armAnswer, error) {
	return h.armed(ctx, in, h.calls.ArmDrill)
}

// armed answers with the token that arm gives for what is to be said.
func (h callHandlers) armed(ctx context.Context, in *armInput, arm func(context.Context, library.Text) (string, time.Time,
	error)) (*armAnswer, error) {
	said, err := in.said()
	if err != nil {
		return nil, h.Fail(err)
	}
	out := &armAnswer{}
	out.Body.Armed, out.Body.Until, err = arm(ctx, said)
	return out, h.Fail(err)
}

// said is what is to be aired with the token; of nothing no text.
func (in *armInput) said() (said library.Text, err error) {
	if in.Body != nil && (in.Body.Text != "" || in.Body.Template != "") {
		_, said, err = calls.AlertOf(in.Body.Filled, in.Body.Text)
	}
	return said, err
}

func (h callHandlers) beginCall(ctx context.Context, in *callInput) (*resource.Answer[calls.Call], error) {
	v, err := h.calls.Begin(ctx, in.Body)
	return resource.AnswerOf(h.Face, v, err)
}

func (h callHandlers) listCalls(ctx context.Context, in *resource.PageInput) (*resource.List[calls.Call], error) {
	views, err := h.calls.Calls(ctx, in.Before, in.Limit)
	if err != nil {
		return nil, h.Fail(err)
	}
	p, err := h.access.View(ctx)
	if err != nil {
		return nil, h.Fail(err)
	}
	page := resource.PageOf(views, in.Limit, func(c calls.Call) time.Time { return c.Start })
	page.Body.Items = slices.DeleteFunc(page.Body.Items, func(c calls.Call) bool { return !p.Concerns(c.Targets) })
	return page, nil
}

// stopAnswer is the answer of a stop of all. It has no body.
type stopAnswer struct {
	Unwritten string `header:"Loa-Unwritten" doc:"it is done and could not be written down yet: it is kept, and will be"`
}

func (h callHandlers) stopAll(ctx context.Context, in *stopInput) (*stopAnswer, error) {
	said, err := h.calls.StopAll(ctx, in.Body.Targets)
	if err != nil {
		return nil, h.Fail(err)
	}
	out := &stopAnswer{}
	if said != nil {
		out.Unwritten = said.EN
	}
	return out, nil
}
