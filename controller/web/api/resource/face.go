// Package resource is what all resources of the API share: how an operation is described and
// added, and how it answers, with one thing, with many, page by page, or with why there is
// nothing. A resource embeds a Face and calls the functions here; it has nothing else of the
// API.
package resource

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/web/auth"
	"loa/controller/web/respond"
)

// Face is what all resources share.
type Face struct {
	Huma   huma.API
	Mux    *auth.Router
	Logger *slog.Logger
}

// IDInput asks for the thing of an id.
type IDInput struct {
	ID string `path:"id"`
}

// ByID adds an operation that does something with the thing of an id, and answers with
// nothing.
func (f Face) ByID(op huma.Operation, do func(ctx context.Context, id string) error) {
	huma.Register(f.Huma, op, func(ctx context.Context, in *IDInput) (*struct{}, error) { return nil, f.Fail(do(ctx, in.ID)) })
}

// Fail is an error as huma answers with it; nil of none.
func (f Face) Fail(err error) error {
	if err == nil {
		return nil
	}
	return respond.DocumentOf(respond.Explain(f.Logger, err))
}

// Refuse answers with an error where huma does not.
func (f Face) Refuse(w http.ResponseWriter, err error) {
	respond.Problem(w, respond.Explain(f.Logger, err))
}

// CSV answers with a table, or with why there is none. What breaks off is broken off: a
// part must not look like the whole.
func (f Face) CSV(w http.ResponseWriter, name string, write func(io.Writer) error, err error) {
	if err != nil {
		f.Refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	if write(w) != nil {
		panic(http.ErrAbortHandler)
	}
}

// Photo answers with a picture, which no browser may keep: it is removed when its time has come.
func (f Face) Photo(w http.ResponseWriter, jpeg []byte, err error) {
	if err != nil {
		f.Refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "image/jpeg")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(jpeg) // a reader that is gone needs none
}

// DescribePhoto is Describe for the photo of the thing of an id.
func (f Face) DescribePhoto(op huma.Operation) {
	op.Parameters = []*huma.Param{{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}}}
	f.Describe(op, "image/jpeg", "Photo")
}

// Describe puts an operation into the document that huma neither reads nor writes. kind is
// the media type of its answer, of which is said what it is.
func (f Face) Describe(op huma.Operation, kind, what string) {
	op.Responses = map[string]*huma.Response{strconv.Itoa(op.DefaultStatus): {Description: what,
		Content: map[string]*huma.MediaType{kind: {}}}}
	f.Huma.OpenAPI().AddOperation(&op)
}
