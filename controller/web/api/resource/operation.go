package resource

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/web/respond"
)

// Operation describes one entry of the API.
func Operation(id, method, path, tag string, status int, summary string) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: "/api/v1" + path, Summary: summary, Tags: []string{tag},
		DefaultStatus: status, MaxBodyBytes: respond.MaxBody, BodyReadTimeout: -1} // see middleware.Patient
}

// Unsigned is an operation that needs no sign-in.
func Unsigned(op huma.Operation) huma.Operation {
	op.Security = []map[string][]string{}
	return op
}

// Answer is one thing as the API takes or shows it.
type Answer[T any] struct{ Body T }

// Edit is one thing that is sent to the thing of an id.
type Edit[T any] struct {
	ID   string `path:"id"`
	Body T
}

// Puts adds an operation that sends one thing to the thing of an id.
func Puts[T any](f Face, op huma.Operation, put func(ctx context.Context, id string, v T) error) {
	huma.Register(f.Huma, op, func(ctx context.Context, in *Edit[T]) (*struct{}, error) {
		return nil, f.Fail(put(ctx, in.ID, in.Body))
	})
}

// Changes adds one that answers with what the thing is then.
func Changes[T, V any](f Face, op huma.Operation, change func(ctx context.Context, id string, v T) (V, error)) {
	huma.Register(f.Huma, op, func(ctx context.Context, in *Edit[T]) (*Answer[V], error) {
		v, err := change(ctx, in.ID, in.Body)
		return AnswerOf(f, v, err)
	})
}

// Sets adds one that sets what there is once.
func Sets[T any](f Face, op huma.Operation, set func(context.Context, T) error) {
	huma.Register(f.Huma, op, func(ctx context.Context, in *Answer[T]) (*Answer[T], error) { return in, f.Fail(set(ctx, in.Body)) })
}

// ListsOf is Lists, of the thing of an id.
func ListsOf[T any](f Face, op huma.Operation, get func(ctx context.Context, id string) ([]T, error)) {
	huma.Register(f.Huma, op, func(ctx context.Context, in *IDInput) (*List[T], error) {
		all, err := get(ctx, in.ID)
		return ListOf(all), f.Fail(err)
	})
}

// AnswerOf answers with one thing, or with why there is none.
func AnswerOf[T any](f Face, v T, err error) (*Answer[T], error) {
	if err != nil {
		return nil, f.Fail(err)
	}
	return &Answer[T]{v}, nil
}

// Shows adds an operation that shows one thing.
func Shows[T any](f Face, op huma.Operation, get func(context.Context) (T, error)) {
	huma.Register(f.Huma, op, func(ctx context.Context, _ *struct{}) (*Answer[T], error) {
		v, err := get(ctx)
		return AnswerOf(f, v, err)
	})
}

// ShowsOne adds one that shows the thing of an id.
func ShowsOne[T any](f Face, op huma.Operation, get func(ctx context.Context, id string) (T, error)) {
	huma.Register(f.Huma, op, func(ctx context.Context, in *IDInput) (*Answer[T], error) {
		v, err := get(ctx, in.ID)
		return AnswerOf(f, v, err)
	})
}

// Lists adds one that shows all there is of a kind.
func Lists[T any](f Face, op huma.Operation, get func(context.Context) ([]T, error)) {
	huma.Register(f.Huma, op, func(ctx context.Context, _ *struct{}) (*List[T], error) {
		all, err := get(ctx)
		return ListOf(all), f.Fail(err)
	})
}

// List is how the API answers with many.
type List[T any] struct {
	Body struct {
		Items []T        `json:"items"`
		Next  *time.Time `json:"next,omitempty" doc:"there is more: give it as before"`
	}
}

// PageInput asks for a part of a list that is newest first.
type PageInput struct {
	Before time.Time `query:"before" doc:"next of the page before"`
	Limit  int       `query:"limit" minimum:"1" maximum:"1000" default:"1000"`
}

// PageOf says where the next page begins. A full page ends between two
// instants: what was made in the same millisecond would be lost between pages.
func PageOf[T any](items []T, limit int, created func(T) time.Time) *List[T] {
	l := ListOf(items)
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

// ListOf is a list that has no next page; nil is an empty one.
func ListOf[T any](items []T) *List[T] {
	l := &List[T]{}
	l.Body.Items = items
	if items == nil {
		l.Body.Items = []T{}
	}
	return l
}
