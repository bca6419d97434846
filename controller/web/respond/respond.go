// Package respond is how both faces, pages and API, say that something went wrong: every
// failure is a problem (package problem) with a sentence in Vietnamese and English and a
// code for scripts. Here its kind becomes an HTTP number, any error becomes a problem
// (Explain), and a problem an application/problem+json document (RFC 9457; Problem). It
// knows too in which language a browser wants to be answered (Language).
package respond

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"loa/controller/broker"
	"loa/controller/i18n"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/text"
	"loa/schedule"
)

const (
	// MaxBody bounds what is not an upload, bytes.
	MaxBody = 1 << 20
	// MaxUpload bounds a request with a recording; the library knows how large a
	// recording itself may be.
	MaxUpload = 1<<30 + MaxBody
	// maxSentence bounds what is said of what somebody sent, characters.
	maxSentence = 600
	// LanguageCookie keeps what a person chose.
	LanguageCookie = "lang"
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

// Status is a problem's number.
func Status(p *problem.Problem) int { return statuses[p.Kind] }

// Document is an RFC 9457 problem. It is an error too, of huma's own kind.
type Document struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"` // the Vietnamese sentence
	Code   string `json:"code"`
	VI     string `json:"vi"`
	EN     string `json:"en"`
}

// DocumentOf is a problem as it is sent.
func DocumentOf(p *problem.Problem) *Document {
	vi, en := text.Cut(p.VI, maxSentence), text.Cut(p.EN, maxSentence)
	return &Document{Type: "about:blank", Title: http.StatusText(Status(p)), Status: Status(p), Detail: vi, Code: p.Code, VI: vi, EN: en}
}

// Error is the English sentence.
func (d *Document) Error() string { return d.EN }

// GetStatus is its number.
func (d *Document) GetStatus() int { return d.Status }

// ContentType is its media type, whatever was asked for.
func (d *Document) ContentType(string) string { return "application/problem+json" }

// Problem answers with a problem.
func Problem(w http.ResponseWriter, p *problem.Problem) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(Status(p))
	_ = json.NewEncoder(w).Encode(DocumentOf(p)) // the client is gone, then
}

// Explain turns any error into the one a person sees; what nobody foresaw is logged.
func Explain(logger *slog.Logger, err error) *problem.Problem {
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
	if errors.Is(err, context.Canceled) { // the client is gone, or has only half closed
		return Cut
	}
	logger.Error("request failed", "err", err)
	return problem.Ours
}

// What is said of a request by more than one.
var (
	// NotFound is what the store says of what there is not.
	NotFound, _ = problem.Of(store.ErrNotFound)
	// Cut is a body that ended before its end.
	Cut = problem.New(problem.Malformed, "request_cut",
		"Dữ liệu chưa được gửi hết vì kết nối bị ngắt giữa chừng: hãy gửi lại.", "The request did not arrive completely because the "+
			"connection broke: send it again.")
	// NoFile is a form without a recording.
	NoFile = problem.New(problem.Malformed, "file_missing",
		"Không thấy tệp âm thanh: hãy gửi dạng multipart/form-data với trường “file”.",
		"There is no recording: send multipart/form-data with a field “file”.")

	noBroker = problem.New(problem.Unavailable, "no_broker",
		"Máy chủ đang mất kết nối với máy chủ MQTT nên lệnh chưa tới cụm loa nào: hãy thử lại ngay; nếu loa vẫn phát, hãy tắt nguồn âm li.",
		"The controller has no connection to its MQTT broker, so no loudspeaker was told: try again at once; if they still sound, switch "+
			"their amplifiers off.")
	badCursor = problem.New(problem.Invalid, "cursor_invalid",
		"Tham số “before” không đúng: hãy dùng giá trị “next” của trang trước.",
		"“before” is not right: use “next” of the page before.")
)

// Unread explains a form with a recording that cannot be read.
func Unread(err error) error {
	if p, ok := problem.Of(err); ok {
		return p
	}
	return NoFile
}

// mostWrong is how much of what is wrong with a request is told: enough to begin with.
const mostWrong = 6

// Wrong is what is wrong with a request that came under an HTTP number: what is named, and
// the first few of errs, problems.
func Wrong(status int, named string, errs ...error) *problem.Problem {
	var vi, en []string
	if named != "" {
		vi, en = []string{named}, []string{named}
	}
	for _, err := range errs {
		p, ok := problem.Of(err)
		if ok && p == Cut {
			return p
		}
		if ok && len(vi) < mostWrong {
			vi, en = append(vi, p.VI), append(en, p.EN)
		}
	}
	switch {
	case status >= 500:
		return problem.Ours
	case status == http.StatusRequestEntityTooLarge:
		return problem.New(problem.TooLarge, "request_too_large",
			"Dữ liệu gửi lên lớn hơn %d kB: hãy gửi ít hơn, hoặc chia nhỏ.",
			"The request is larger than %d kB: send less, or in parts.", MaxBody>>10)
	case status == http.StatusUnsupportedMediaType:
		return problem.New(problem.WrongType, "content_type",
			"Hãy gửi dữ liệu dạng JSON, với Content-Type: application/json.", "Send JSON, with Content-Type: application/json.")
	case status == http.StatusRequestTimeout:
		return problem.New(problem.Slow, "request_slow",
			"Dữ liệu gửi lên quá chậm nên bị ngắt: hãy kiểm tra mạng rồi gửi lại.", "The request came too slowly and was broken off: check the "+
				"network and send it again.")
	}
	kind := problem.Malformed
	if status == http.StatusUnprocessableEntity {
		kind = problem.Invalid
	}
	return problem.New(kind, "request_invalid",
		"Yêu cầu chưa đúng: %[1]s. Hãy xem mô tả ở /api/v1/openapi.json rồi gửi lại.",
		"The request is not as it should be: %[2]s. See /api/v1/openapi.json and send it again.", strings.Join(vi, "; "), strings.Join(en, "; "))
}

// Language is what the person chose, Vietnamese if nothing.
func Language(r *http.Request) i18n.Language {
	if q := i18n.Language(r.URL.Query().Get("lang")); q == i18n.VI || q == i18n.EN {
		return q
	}
	if c, err := r.Cookie(LanguageCookie); err == nil && i18n.Language(c.Value) == i18n.EN {
		return i18n.EN
	}
	return i18n.VI
}

// Sentence is a problem's sentence in the language of the caller.
func Sentence(r *http.Request, p *problem.Problem) string {
	if Language(r) == i18n.EN {
		return text.Cut(p.EN, maxSentence)
	}
	return text.Cut(p.VI, maxSentence)
}
