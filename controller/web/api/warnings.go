package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/neighbour/cap"
	"loa/controller/neighbour/warning"
	"loa/controller/problem"
	"loa/controller/web/api/resource"
)

// warningHandlers are the warnings of other offices.
type warningHandlers struct {
	resource.Face
	warnings *warning.Desk
}

// airing is how a warning is put on the air.
type airing struct {
	Armed string   `json:"armed" minLength:"1" doc:"token of POST /arm; of an exercise, of POST /arm/drill"`
	Areas []string `json:"areas,omitempty" maxItems:"1000" doc:"where; where the warning is about if left out"`
}

// areaCodes are what other offices know areas by.
type areaCodes struct {
	Codes map[string][]string `json:"codes" doc:"by the area's id: the codes in CAP messages that mean it, or what it belongs to"`
}

var (
	notXML = problem.New(problem.WrongType, "content_type",
		"Bản tin CAP là XML: hãy gửi với Content-Type application/cap+xml, application/xml hoặc text/xml.",
		"A CAP message is XML: send it with the Content-Type application/cap+xml, application/xml or text/xml.")
	notWhole = problem.New(problem.Malformed, "upload_broken_off", "Bản tin đến không trọn vẹn: hãy gửi lại.",
		"The message did not come whole: send it again.")
)

// register adds the operations.
func (h warningHandlers) register() {
	op := func(id, method, path string, status int, summary string) huma.Operation {
		return resource.Operation(id, method, path, "Warnings", status, summary)
	}
	take := op("take-warning", http.MethodPost, "/warnings", http.StatusOK,
		"Hand in a CAP message, or an EDXL envelope with several; what becomes of each is the answer")
	take.Parameters = []*huma.Param{{Name: "source", In: "query", Description: "id of the source that it comes by",
		Schema: &huma.Schema{Type: huma.TypeString}}}
	h.Describe(take, "application/json", "items: what became of each message")
	h.Mux.HandleFunc("POST /api/v1/warnings", h.take)

	resource.Lists(h.Face, op("list-warnings", http.MethodGet, "/warnings", http.StatusOK, "What other offices warn of, newest first"),
		h.warnings.Warnings)
	resource.Changes(h.Face, op("air-warning", http.MethodPost, "/warnings/{id}/air", http.StatusOK,
		"Put a warning on the air: an alert, of an exercise a drill, of a cancellation a correction where it was heard"),
		func(ctx context.Context, id string, b airing) (warning.Shown, error) {
			return h.warnings.Air(ctx, id, b.Areas, b.Armed)
		})
	h.ByID(op("dismiss-warning", http.MethodPost, "/warnings/{id}/dismiss", http.StatusNoContent, "Have a warning not aired"),
		h.warnings.Dismiss)

	resource.Lists(h.Face, op("list-warning-sources", http.MethodGet, "/warning-sources", http.StatusOK,
		"Where warnings come from, and how each answers"),
		h.warnings.Sources)
	huma.Register(h.Huma, op("add-warning-source", http.MethodPost, "/warning-sources", http.StatusCreated, "Add a source"),
		func(ctx context.Context, in *resource.Answer[warning.SourceBody]) (*resource.Answer[warning.Source], error) {
			v, err := h.warnings.PutSource(ctx, "", in.Body)
			return resource.AnswerOf(h.Face, v, err)
		})
	resource.Changes(h.Face, op("put-warning-source", http.MethodPut, "/warning-sources/{id}", http.StatusOK, "Change a source"),
		h.warnings.PutSource)
	h.ByID(op("delete-warning-source", http.MethodDelete, "/warning-sources/{id}", http.StatusNoContent,
		"Forget a source; what came by it stays"),
		h.warnings.RemoveSource)

	resource.Shows(h.Face, op("get-warning-codes", http.MethodGet, "/warning-codes", http.StatusOK,
		"By which codes other offices know the commune's areas"),
		func(ctx context.Context) (areaCodes, error) {
			codes, err := h.warnings.Codes(ctx)
			return areaCodes{codes}, err
		})
	resource.Sets(h.Face, op("put-warning-codes", http.MethodPut, "/warning-codes", http.StatusOK, "Set them"),
		func(ctx context.Context, b areaCodes) error { return h.warnings.PutCodes(ctx, b.Codes) })
}

// take is not huma's: the body is the message, as it was signed.
func (h warningHandlers) take(w http.ResponseWriter, r *http.Request) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "text/xml" && kind != "application/xml" && !strings.HasSuffix(kind, "+xml") {
		h.Refuse(w, notXML)
		return
	}
	document, err := io.ReadAll(http.MaxBytesReader(w, r.Body, cap.MostBytes))
	if large := (*http.MaxBytesError)(nil); errors.As(err, &large) {
		err = cap.ErrTooLarge
	} else if err != nil {
		err = notWhole
	}
	var all []warning.Taken
	if err == nil {
		all, err = h.warnings.Take(r.Context(), r.URL.Query().Get("source"), document)
	}
	if err != nil {
		h.Refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"items": all}) // a caller that is gone needs none
}
