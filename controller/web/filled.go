package web

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/i18n"
	"loa/controller/library"
	"loa/controller/office/access"
	"loa/controller/office/calendar"
	"loa/controller/office/calls"
	"loa/controller/office/template"
)

// TemplateView is a template, as the API shows it.
type TemplateView struct {
	ID     string      `json:"id"`
	VI     string      `json:"vi"`
	EN     string      `json:"en"`
	Alert  bool        `json:"alert" doc:"an emergency; otherwise a bulletin"`
	Fields []FieldView `json:"fields"`
}

// FieldView is a field of a template.
type FieldView struct {
	ID       string       `json:"id"`
	VI       string       `json:"vi"`
	EN       string       `json:"en"`
	Kind     string       `json:"kind" enum:"words,number,clock,day,choice,phone" doc:"clock is 18:30, day is 2025-08-15"`
	Required bool         `json:"required"`
	Most     int          `json:"max_length,omitempty" doc:"characters, of words"`
	Min      float64      `json:"min,omitempty" doc:"of a number"`
	Max      float64      `json:"max,omitempty"`
	Choices  []ChoiceView `json:"choices,omitempty"`
}

// ChoiceView is what may be chosen.
type ChoiceView struct {
	ID string `json:"id"`
	VI string `json:"vi"`
	EN string `json:"en"`
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
	}
}

type composeAnswer struct{ Body ComposedView }

func (s *Server) registerTemplates() {
	huma.Register(s.api, operation("list-templates", http.MethodGet, "/templates", "What may have to be said in an emergency, of water and power, and of what is over or was wrong", "Library", http.StatusOK), func(context.Context, *struct{}) (*list[TemplateView], error) {
		return listOf(viewTemplates("")), nil
	})
	huma.Register(s.api, operation("compose-template", http.MethodPost, "/templates/{id}/text", "What a template says, or what is missing", "Library", http.StatusOK), func(_ context.Context, in *composeInput) (*composeAnswer, error) {
		title, text, _, err := template.Filled{Template: in.ID, Fields: in.Body.Fields}.Text()
		if err != nil {
			return nil, s.fail(err)
		}
		return &composeAnswer{ComposedView{title, text}}, nil
	})
}

// viewTemplates are all, or those of one use: "alert", "bulletin".
func viewTemplates(use string) (views []TemplateView) {
	for _, t := range template.All() {
		calm := !t.Alert || t.ID == "clear" || t.ID == "correction" // which can wait for the hour of the news
		if use == "" || use == "alert" && t.Alert || use == "bulletin" && calm {
			views = append(views, viewTemplate(t))
		}
	}
	return views
}

func viewTemplate(t template.Template) TemplateView {
	v := TemplateView{ID: t.ID, VI: t.Name(i18n.VI), EN: t.Name(i18n.EN), Alert: t.Alert}
	for _, f := range t.Fields {
		field := FieldView{ID: f.ID, VI: f.Name(i18n.VI), EN: f.Name(i18n.EN), Kind: string(f.Kind), Required: !f.Optional, Most: f.Most, Min: f.Min, Max: f.Max}
		for _, c := range f.Choices {
			key := "tpl_c_" + f.ID + "_" + c
			field.Choices = append(field.Choices, ChoiceView{c, i18n.Say(i18n.VI, key), i18n.Say(i18n.EN, key)})
		}
		v.Fields = append(v.Fields, field)
	}
	return v
}

// speakFilled makes the clip of a bulletin that is a template, in Vietnamese.
func (s *Server) speakFilled(ctx context.Context, b *calendar.BulletinBody) error {
	if b.Template == "" {
		return nil
	}
	_, words, _, err := b.Text()
	if err != nil {
		return err
	}
	said := library.Text{Text: words}
	if b.Class == "emergency" {
		if _, said, err = calls.AlertOf(b.Filled, ""); err != nil {
			return err
		}
	}
	clip, err := s.opt.Library.Speak(ctx, access.Of(ctx).Share(), said)
	if err == nil {
		err = s.access.PlaceClip(ctx, clip.ID)
	}
	if err != nil {
		return err
	}
	s.trail.Did(ctx, "clip.speak", clip.ID, nil, viewClip(clip))
	if b.Clips == nil {
		b.Clips = map[string]string{}
	}
	b.Language, b.Clips["vi"] = "vi", clip.ID
	if b.Summary == "" {
		b.Summary = words
	}
	return nil
}
