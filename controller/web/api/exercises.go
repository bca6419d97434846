package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/exercise"
	"loa/controller/web/api/resource"
	"loa/controller/web/respond"
)

// exerciseHandlers show the calendar of tests and drills, and what came of each.
type exerciseHandlers struct {
	resource.Face
	exercise *exercise.Desk
}

type exerciseBegun struct {
	ID string `json:"id" doc:"of its sheet"`
}

// register adds the operations.
func (h exerciseHandlers) register() {
	op := func(id, method, path string, status int, summary string) huma.Operation {
		return resource.Operation(id, method, path, "Exercises", status, summary)
	}
	resource.Lists(h.Face, op("get-exercise-calendar", http.MethodGet, "/exercise-calendar", http.StatusOK,
		"Which test or drill is due when, and what is overdue"), h.exercise.Calendar)
	resource.Lists(h.Face, op("list-exercises", http.MethodGet, "/exercises", http.StatusOK,
		"The latest tests and drills, with what came of each: who was heard, why not, who repairs it"), h.exercise.Sheets)
	resource.ShowsOne(h.Face, op("get-exercise", http.MethodGet, "/exercises/{id}", http.StatusOK, "The sheet of one"), h.exercise.Sheet)
	sheet := op("exercise-csv", http.MethodGet, "/exercises/{id}/sheet.csv", http.StatusOK, "The same as CSV")
	sheet.Parameters = []*huma.Param{{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}}}
	h.Describe(sheet, "text/csv", "CSV, UTF-8 with a mark, a line for each loudspeaker")
	h.Mux.HandleFunc("GET /api/v1/exercises/{id}/sheet.csv", func(w http.ResponseWriter, r *http.Request) {
		write, err := h.exercise.CSV(r.Context(), respond.Language(r), r.PathValue("id"))
		h.CSV(w, "kiem-tra.csv", write, err)
	})
	resource.Shows(h.Face, op("begin-silent-test", http.MethodPost, "/exercises", http.StatusAccepted,
		"Have every board examine itself now, without a sound; a drill is begun by POST /calls"),
		func(ctx context.Context) (exerciseBegun, error) {
			id, err := h.exercise.Begin(ctx)
			return exerciseBegun{id}, err
		})
	resource.Shows(h.Face, op("get-exercise-rule", http.MethodGet, "/exercise-rule", http.StatusOK,
		"How often what is tested"), h.exercise.Rule)
	resource.Sets(h.Face, op("put-exercise-rule", http.MethodPut, "/exercise-rule", http.StatusOK, "Set that"), h.exercise.PutRule)
}
