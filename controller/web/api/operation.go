package api

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/web/respond"
)

// operation describes one entry of the API.
func operation(id, method, path, tag string, status int, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: "/api/v1" + path, Summary: summary, Tags: []string{tag},
		DefaultStatus: status, MaxBodyBytes: respond.MaxBody, BodyReadTimeout: -1} // see middleware.Patient
}

// unsigned is an operation that needs no sign-in.
func unsigned(op huma.Operation) huma.Operation {
	op.Security = []map[string][]string{}
	return op
}

// answer is one thing as the API takes or shows it.
type answer[T any] struct{ Body T }

// edit is one thing that is sent to the thing of an id.
type edit[T any] struct {
	ID   string `path:"id"`
	Body T
}

// puts adds an operation that sends one thing to the thing of an id; changes, one that
// answers with what it is then; sets, one that sets what there is once.
func puts[T any](f face, op huma.Operation, put func(ctx context.Context, id string, v T) error) {
	huma.Register(f.huma, op, func(ctx context.Context, in *edit[T]) (*struct{}, error) {
		return nil, f.fail(put(ctx, in.ID, in.Body))
	})
}

func changes[T, V any](f face, op huma.Operation, change func(ctx context.Context, id string, v T) (V, error)) {
	huma.Register(f.huma, op, func(ctx context.Context, in *edit[T]) (*answer[V], error) {
		v, err := change(ctx, in.ID, in.Body)
		return answerOf(f, v, err)
	})
}

func sets[T any](f face, op huma.Operation, set func(context.Context, T) error) {
	huma.Register(f.huma, op, func(ctx context.Context, in *answer[T]) (*answer[T], error) { return in, f.fail(set(ctx, in.Body)) })
}

// listsOf is lists, of the thing of an id.
func listsOf[T any](f face, op huma.Operation, get func(ctx context.Context, id string) ([]T, error)) {
	huma.Register(f.huma, op, func(ctx context.Context, in *idInput) (*list[T], error) {
		all, err := get(ctx, in.ID)
		return listOf(all), f.fail(err)
	})
}

// answerOf answers with one thing, or with why there is none.
func answerOf[T any](f face, v T, err error) (*answer[T], error) {
	if err != nil {
		return nil, f.fail(err)
	}
	return &answer[T]{v}, nil
}

// shows adds an operation that shows one thing; showsOne, that of an id; lists, all there is
// of a kind.
func shows[T any](f face, op huma.Operation, get func(context.Context) (T, error)) {
	huma.Register(f.huma, op, func(ctx context.Context, _ *struct{}) (*answer[T], error) {
		v, err := get(ctx)
		return answerOf(f, v, err)
	})
}

func showsOne[T any](f face, op huma.Operation, get func(ctx context.Context, id string) (T, error)) {
	huma.Register(f.huma, op, func(ctx context.Context, in *idInput) (*answer[T], error) {
		v, err := get(ctx, in.ID)
		return answerOf(f, v, err)
	})
}

func lists[T any](f face, op huma.Operation, get func(context.Context) ([]T, error)) {
	huma.Register(f.huma, op, func(ctx context.Context, _ *struct{}) (*list[T], error) {
		all, err := get(ctx)
		return listOf(all), f.fail(err)
	})
}

// list is how the API answers with many.
type list[T any] struct {
	Body struct {
		Items []T        `json:"items"`
		Next  *time.Time `json:"next,omitempty" doc:"there is more: give it as before"`
	}
}

// pageInput asks for a part of a list that is newest first.
type pageInput struct {
	Before time.Time `query:"before" doc:"next of the page before"`
	Limit  int       `query:"limit" minimum:"1" maximum:"1000" default:"1000"`
}

// pageOf says where the next page begins. A full page ends between two
// instants: what was made in the same millisecond would be lost between pages.
func pageOf[T any](items []T, limit int, created func(T) time.Time) *list[T] {
	l := listOf(items)
	if len(items) < limit {
		return l
	}
	n := len(items) - 1
	for n > 0 && created(items[n-1]).Equal(created(items[n])) {
		n--
	}
	if n == 0 { // all of one instant
		n = len(items)
	}
	l.Body.Items = items[:n]
	next := created(items[n-1])
	l.Body.Next = &next
	return l
}

func listOf[T any](items []T) *list[T] {
	l := &list[T]{}
	l.Body.Items = items
	if items == nil {
		l.Body.Items = []T{}
	}
	return l
}
