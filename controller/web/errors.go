package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/broker"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/text"
	"loa/schedule"
)

// statuses are the numbers of RFC 9110 and RFC 4918 that the kinds of problems travel under.
var statuses = map[problem.Kind]int{
	problem.Internal:     http.StatusInternalServerError,
	problem.Malformed:    http.StatusBadRequest,
	problem.Invalid:      http.StatusUnprocessableEntity,
	problem.Unidentified: http.StatusUnauthorized,
	problem.Forbidden:    http.StatusForbidden,
	problem.NotFound:     http.StatusNotFound,
	problem.NotAllowed:   http.StatusMethodNotAllowed,
	problem.Conflict:     http.StatusConflict,
	problem.TooLarge:     http.StatusRequestEntityTooLarge,
	problem.WrongType:    http.StatusUnsupportedMediaType,
	problem.Slow:         http.StatusRequestTimeout,
	problem.TooMany:      http.StatusTooManyRequests,
	problem.Unreachable:  http.StatusBadGateway,
	problem.Unavailable:  http.StatusServiceUnavailable,
	problem.Full:         http.StatusInsufficientStorage,
}

// statusOf is a problem's number.
func statusOf(p *problem.Problem) int { return statuses[p.Kind] }

// document is an RFC 9457 problem.
type document struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"` // the Vietnamese sentence
	Code   string `json:"code"`
	VI     string `json:"vi"`
	EN     string `json:"en"`
	of     *problem.Problem
}

func documentOf(p *problem.Problem) *document {
	vi, en := text.Cut(p.VI, maxSentence), text.Cut(p.EN, maxSentence)
	return &document{Type: "about:blank", Title: http.StatusText(statusOf(p)), Status: statusOf(p), Detail: vi, Code: p.Code, VI: vi, EN: en, of: p}
}

// maxSentence bounds what is said of what somebody sent.
const maxSentence = 600

// Error, GetStatus and ContentType make a document huma's own kind of error.
func (d *document) Error() string             { return d.EN }
func (d *document) GetStatus() int            { return d.Status }
func (d *document) Unwrap() error             { return d.of } // for the pages that use the API's handlers
func (d *document) ContentType(string) string { return "application/problem+json" }

func writeProblem(w http.ResponseWriter, p *problem.Problem) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(statusOf(p))
	_ = json.NewEncoder(w).Encode(documentOf(p)) // the client is gone, then
}

// huma makes its errors through a variable of its own; ours speak both
// languages. It is set once, before any server exists.
func init() {
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		d := documentOf(requestProblem(status, msg, errs))
		if status < http.StatusInternalServerError {
			d.Status, d.Title = status, http.StatusText(status) // also where we have no such kind
		}
		return d
	}
}

// requestProblem is what huma finds wrong with a request.
func requestProblem(status int, msg string, errs []error) *problem.Problem {
	what := []string{msg}
	for _, err := range errs {
		if err != nil && len(what) < 6 { // the first few are enough to begin with
			what = append(what, text.Shown(err.Error()))
		}
	}
	switch {
	case status >= 500:
		return ours
	case status == http.StatusRequestEntityTooLarge:
		return problem.New(problem.TooLarge, "request_too_large",
			"Dữ liệu gửi lên lớn hơn %d kB: hãy gửi ít hơn, hoặc chia nhỏ.", "The request is larger than %d kB: send less, or in parts.", maxBody>>10)
	case status == http.StatusUnsupportedMediaType:
		return problem.New(problem.WrongType, "content_type",
			"Hãy gửi dữ liệu dạng JSON, với Content-Type: application/json.", "Send JSON, with Content-Type: application/json.")
	case status == http.StatusRequestTimeout:
		return problem.New(problem.Slow, "request_slow",
			"Dữ liệu gửi lên quá chậm nên bị ngắt: hãy kiểm tra mạng rồi gửi lại.", "The request came too slowly and was broken off: check the network and send it again.")
	}
	kind := problem.Malformed
	if status == http.StatusUnprocessableEntity {
		kind = problem.Invalid
	}
	return problem.New(kind, "request_invalid",
		"Yêu cầu chưa đúng: %s. Hãy xem mô tả ở /api/v1/openapi.json rồi gửi lại.",
		"The request is not as it should be: %s. See /api/v1/openapi.json and send it again.", strings.Join(what, "; "))
}

var ours = problem.New(problem.Internal, "internal",
	"Máy chủ gặp lỗi; đã ghi vào nhật ký. Hãy thử lại, nếu vẫn lỗi thì báo kỹ thuật viên.",
	"The server failed; it is in its log. Try again, and tell the technician if it stays.")

// explain turns any error into the one a person sees.
func (s *Server) explain(err error) *problem.Problem {
	if p, ok := problem.Of(err); ok {
		return p
	}
	var inv *schedule.Invalid
	if errors.As(err, &inv) {
		return &problem.Problem{Kind: problem.Invalid, Code: inv.Code, VI: inv.VI, EN: inv.EN}
	}
	switch {
	case errors.Is(err, store.ErrCursor):
		return badCursor
	case errors.Is(err, broker.ErrNotConnected):
		return noBroker
	}
	if !errors.Is(err, context.Canceled) {
		s.opt.Logger.Error("request failed", "err", err)
	}
	return ours
}

var (
	noBroker = problem.New(problem.Unavailable, "no_broker",
		"Máy chủ đang mất kết nối với máy chủ MQTT nên lệnh chưa tới cụm loa nào: hãy thử lại ngay; nếu loa vẫn phát, hãy tắt nguồn âm li.",
		"The controller has no connection to its MQTT broker, so no loudspeaker was told: try again at once; if they still sound, switch their amplifiers off.")
	badCursor = problem.New(problem.Invalid, "cursor_invalid",
		"Tham số “before” không đúng: hãy dùng giá trị “next” của trang trước.",
		"“before” is not right: use “next” of the page before.")
)

// notFound is what the store says of what there is not.
var notFound, _ = problem.Of(store.ErrNotFound)

// maxList bounds lists that have no paging yet.
const maxList = 1000

// fail is explain for huma's handlers.
func (s *Server) fail(err error) error {
	if err == nil {
		return nil
	}
	return documentOf(s.explain(err))
}

// operation describes one entry of the API.
func operation(id, method, path, summary, tag string, status int) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: "/api/v1" + path, Summary: summary, Tags: []string{tag},
		DefaultStatus: status, MaxBodyBytes: maxBody, BodyReadTimeout: -1} // see patient
}

// cleanFormats are formats that clean what they read: no text comes in with
// control characters or overrides of its direction, whatever it is for.
func cleanFormats(formats map[string]huma.Format) map[string]huma.Format {
	clean := map[string]huma.Format{}
	for kind, f := range formats {
		read := f.Unmarshal
		f.Unmarshal = func(data []byte, v any) error {
			err := read(data, v)
			if err == nil {
				text.Scrub(v)
			}
			return err
		}
		clean[kind] = f
	}
	return clean
}

// maxBody bounds what is not an upload, bytes.
const maxBody = 1 << 20

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
