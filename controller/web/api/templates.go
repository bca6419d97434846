package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/template"
	"loa/controller/web/api/resource"
)

// templateHandlers say what a template says.
type templateHandlers struct {
	resource.Face
	now func() time.Time
}

// ComposedView is what a template says with its fields filled.
type ComposedView struct {
	Title string `json:"title"`
	Text  string `json:"text"`
}

type composeInput struct {
	ID   string `path:"id"`
	Body struct {
		Fields map[string]any `json:"fields"`
		Drill  bool           `json:"drill,omitempty" doc:"a rehearsal, which may be of any hour and day"`
	}
}

// register adds the operations.
func (h templateHandlers) register() {
	huma.Register(h.Huma, resource.Operation("list-templates", http.MethodGet, "/templates", "Library", http.StatusOK,
		"What may have to be said in an emergency, of water and power, and of what is over or was wrong"),
		func(context.Context, *struct{}) (*resource.List[template.View], error) {
			return resource.ListOf(template.Views("")), nil
		})
	huma.Register(h.Huma, resource.Operation("compose-template", http.MethodPost, "/templates/{id}/text", "Library", http.StatusOK,
		"What a template says, or what is missing"), func(_ context.Context, in *composeInput) (*resource.Answer[ComposedView], error) {
		filled := template.Filled{Template: in.ID, Fields: in.Body.Fields}
		title, text, _, err := filled.Text()
		if err == nil && !in.Body.Drill {
			err = filled.Timely(h.now())
		}
		if err != nil {
			return nil, h.Fail(err)
		}
		return &resource.Answer[ComposedView]{Body: ComposedView{title, text}}, nil
	})
}
