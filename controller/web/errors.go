package web

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/problem"
	"loa/controller/store"
	"loa/schedule"
)

// document is an RFC 9457 problem.
type document struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"` // the Vietnamese sentence
	Code   string `json:"code"`
	VI     string `json:"vi"`
	EN     string `json:"en"`
}

func documentOf(p *problem.Problem) *document {
	return &document{Type: "about:blank", Title: http.StatusText(p.Status), Status: p.Status, Detail: p.VI, Code: p.Code, VI: p.VI, EN: p.EN}
}

// Error, GetStatus and ContentType make a document huma's own kind of error.
func (d *document) Error() string             { return d.EN }
func (d *document) GetStatus() int            { return d.Status }
func (d *document) ContentType(string) string { return "application/problem+json" }

func writeProblem(w http.ResponseWriter, p *problem.Problem) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(documentOf(p)) // the client is gone, then
}

// huma makes its errors through a variable of its own; ours speak both
// languages. It is set once, before any server exists.
func init() {
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		var details []string
		for _, err := range errs {
			if err != nil {
				details = append(details, err.Error())
			}
		}
		what := strings.Join(append([]string{msg}, details...), "; ")
		if status >= 500 {
			return documentOf(ours)
		}
		if status == http.StatusUnprocessableEntity || status == http.StatusBadRequest {
			return documentOf(problem.New(status, "request_invalid",
				"Yêu cầu chưa đúng: %s. Hãy xem mô tả ở /api/v1/openapi.json rồi gửi lại.",
				"The request is not as it should be: %s. See /api/v1/openapi.json and send it again.", what))
		}
		return documentOf(problem.New(status, "request_refused",
			"Không thực hiện được yêu cầu (%s).", "The request was refused (%s).", what))
	}
}

var ours = problem.New(http.StatusInternalServerError, "internal",
	"Máy chủ gặp lỗi; đã ghi vào nhật ký. Hãy thử lại, nếu vẫn lỗi thì báo kỹ thuật viên.",
	"The server failed; it is in its log. Try again, and tell the technician if it stays.")

// explain turns any error into the one a person sees.
func (s *Server) explain(err error) *problem.Problem {
	if p, ok := problem.Of(err); ok {
		return p
	}
	var inv *schedule.Invalid
	if errors.As(err, &inv) {
		return &problem.Problem{Status: http.StatusUnprocessableEntity, Code: inv.Code, VI: inv.VI, EN: inv.EN}
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		return notFound
	case errors.Is(err, store.ErrConflict):
		return conflict
	case errors.Is(err, store.ErrFull):
		return diskFull
	case errors.Is(err, store.ErrCursor):
		return badCursor
	}
	if !errors.Is(err, context.Canceled) {
		s.opt.Logger.Error("request failed", "err", err)
	}
	return ours
}

var (
	conflict = problem.New(http.StatusConflict, "conflict",
		"Mục này vừa bị thay đổi hoặc đang được dùng ở nơi khác: hãy tải lại rồi thử lại.",
		"This was changed meanwhile, or something else depends on it: reload and try again.")
	diskFull = problem.New(http.StatusInsufficientStorage, "disk_full",
		"Ổ đĩa của máy chủ đã đầy nên không lưu được gì: hãy xóa bớt tệp rồi thử lại.",
		"The server's disk is full and nothing was stored: free some space and try again.")
	badCursor = problem.New(http.StatusUnprocessableEntity, "cursor_invalid",
		"Tham số “before” không đúng: hãy dùng giá trị “next” của trang trước.",
		"“before” is not right: use “next” of the page before.")
)

// maxList bounds lists that have no paging yet.
const maxList = 1000

var notFound = problem.New(http.StatusNotFound, "not_found",
	"Không tìm thấy mục này: có thể đã bị xóa. Hãy tải lại danh sách.",
	"There is no such thing: it may have been removed. Reload the list.")

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
		DefaultStatus: status, MaxBodyBytes: 1 << 20}
}

// list is how the API answers with many.
type list[T any] struct {
	Body struct {
		Items []T `json:"items"`
	}
}

func listOf[T any](items []T) *list[T] {
	l := &list[T]{}
	l.Body.Items = items
	if items == nil {
		l.Body.Items = []T{}
	}
	return l
}
