package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/hours"
	"loa/controller/store"
	"loa/controller/web/api/resource"
	"loa/schedule"
)

// hoursHandlers set when the commune airs, and by which sound it begins.
type hoursHandlers struct {
	resource.Face
	hours *hours.Hours
	store *store.Store
}

type quietAnswer struct {
	Body struct {
		Items []schedule.Quiet `json:"items" doc:"daily stretches in which only emergencies sound: from and to as 21:30"`
	}
}

type softAnswer struct {
	Body struct {
		Items []schedule.Soft `json:"items" doc:"daily stretches in which what begins is played softer, emergencies never: from and to as 21:30, volume in percent of each loudspeaker's own"`
	}
}

type holidaysAnswer struct {
	Body struct {
		Items []store.Holiday `json:"items" doc:"days on which nothing is aired by rule; what was put on a day by itself is"`
	}
}

// register adds the operations.
func (h hoursHandlers) register() {
	huma.Register(h.Huma, resource.Operation("get-quiet", http.MethodGet, "/quiet", "Calendar", http.StatusOK,
		"Quiet hours"), h.getQuiet)
	huma.Register(h.Huma, resource.Operation("put-quiet", http.MethodPut, "/quiet", "Calendar", http.StatusOK,
		"Set the quiet hours"), h.putQuiet)
	huma.Register(h.Huma, resource.Operation("get-soft", http.MethodGet, "/soft", "Calendar", http.StatusOK,
		"Soft hours"), h.getSoft)
	huma.Register(h.Huma, resource.Operation("put-soft", http.MethodPut, "/soft", "Calendar", http.StatusOK,
		"Set the soft hours"), h.putSoft)
	huma.Register(h.Huma, resource.Operation("get-holidays", http.MethodGet, "/holidays", "Calendar", http.StatusOK,
		"Days off (ngày nghỉ)"), h.getHolidays)
	huma.Register(h.Huma, resource.Operation("put-holidays", http.MethodPut, "/holidays", "Calendar", http.StatusOK,
		"Set the days off"), h.putHolidays)
	resource.Shows(h.Face, resource.Operation("get-openings", http.MethodGet, "/openings", "Calendar", http.StatusOK,
		"What calls and programmes begin with (nhạc hiệu)"), h.hours.Openings)
	huma.Register(h.Huma, resource.Operation("put-openings", http.MethodPut, "/openings", "Calendar", http.StatusOK,
		"Choose what calls and programmes begin with"), h.putOpenings)
	resource.Shows(h.Face, resource.Operation("get-usual-hours", http.MethodGet, "/usual-hours", "Calendar", http.StatusOK,
		"When the commune usually airs"), h.store.UsualHours)
	resource.Sets(h.Face, resource.Operation("put-usual-hours", http.MethodPut, "/usual-hours", "Calendar", http.StatusOK,
		"Set when the commune usually airs: what the pages offer, no programme moves"), h.hours.PutUsual)
}

func (h hoursHandlers) getQuiet(ctx context.Context, _ *struct{}) (*quietAnswer, error) {
	quiet, err := h.store.Quiet(ctx)
	out := &quietAnswer{}
	out.Body.Items = quiet
	return out, h.Fail(err)
}

func (h hoursHandlers) putQuiet(ctx context.Context, in *quietAnswer) (*quietAnswer, error) {
	if err := h.hours.PutQuiet(ctx, in.Body.Items); err != nil {
		return nil, h.Fail(err)
	}
	return h.getQuiet(ctx, nil)
}

func (h hoursHandlers) getSoft(ctx context.Context, _ *struct{}) (*softAnswer, error) {
	soft, err := h.store.Soft(ctx)
	out := &softAnswer{}
	out.Body.Items = soft
	return out, h.Fail(err)
}

func (h hoursHandlers) putSoft(ctx context.Context, in *softAnswer) (*softAnswer, error) {
	if err := h.hours.PutSoft(ctx, in.Body.Items); err != nil {
		return nil, h.Fail(err)
	}
	return h.getSoft(ctx, nil)
}

func (h hoursHandlers) getHolidays(ctx context.Context, _ *struct{}) (*holidaysAnswer, error) {
	all, err := h.store.Holidays(ctx)
	out := &holidaysAnswer{}
	out.Body.Items = all
	return out, h.Fail(err)
}

func (h hoursHandlers) putHolidays(ctx context.Context, in *holidaysAnswer) (*holidaysAnswer, error) {
	if err := h.hours.PutHolidays(ctx, in.Body.Items); err != nil {
		return nil, h.Fail(err)
	}
	return h.getHolidays(ctx, nil)
}

func (h hoursHandlers) putOpenings(ctx context.Context, in *resource.Answer[hours.Openings]) (*resource.Answer[hours.Openings], error) {
	if err := h.hours.PutOpenings(ctx, in.Body); err != nil {
		return nil, h.Fail(err)
	}
	o, err := h.hours.Openings(ctx)
	return resource.AnswerOf(h.Face, o, err)
}
