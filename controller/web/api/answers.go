package api

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/answers"
	"loa/controller/web/api/resource"
)

// answerHandlers show what villagers say, and what the office makes of it.
type answerHandlers struct {
	resource.Face
	answers *answers.Desk
}

// register adds the operations.
func (h answerHandlers) register() {
	op := func(id, method, path string, status int, summary string) huma.Operation {
		return resource.Operation(id, method, path, "Villagers", status, summary)
	}
	resource.Shows(h.Face, op("get-situation", http.MethodGet, "/situation", http.StatusOK,
		"How the people heard what was aired, beside the loudspeakers' own proof, and what they answered"), h.answers.Situation)
	resource.Lists(h.Face, op("list-messages", http.MethodGet, "/messages", http.StatusOK,
		"What villagers told, what is not done first"), h.answers.Messages)
	resource.Changes(h.Face, op("put-message", http.MethodPut, "/messages/{id}", http.StatusOK,
		"Say how far a message is and who looks after it, or answer it"), h.answers.Put)
	resource.Changes(h.Face, op("forward-message", http.MethodPost, "/messages/{id}/report", http.StatusOK,
		"Make a report of a loudspeaker of a message of a broken or noisy one"), h.answers.Forward)
	h.ByID(op("delete-message", http.MethodDelete, "/messages/{id}", http.StatusNoContent, "Remove a message that is of no use"),
		h.answers.Remove)
	photo := op("message-photo", http.MethodGet, "/messages/{id}/photo", http.StatusOK, "The photo of a message")
	h.DescribePhoto(photo)
	h.Mux.HandleFunc("GET /api/v1/messages/{id}/photo", h.photo)

	resource.Lists(h.Face, op("list-answer-codes", http.MethodGet, "/answer-codes", http.StatusOK,
		"By what the people of each village answer: the codes of their notice boards"), h.answers.Codes)
	h.ByID(op("renew-answer-code", http.MethodPost, "/answer-codes/{id}/renew", http.StatusNoContent,
		"Give a village another code: the one before answers that it was changed"), h.answers.Renew)

	resource.ListsOf(h.Face, op("list-questions", http.MethodGet, "/bulletins/{id}/questions", http.StatusOK,
		"What a bulletin asks and asked the people, and what they answered"), h.answers.Questions)
	resource.Puts(h.Face, op("put-question", http.MethodPut, "/bulletins/{id}/question", http.StatusNoContent,
		"Have a bulletin ask the people something; who may not approve has it wait"), h.answers.PutQuestion)
	h.ByID(op("approve-question", http.MethodPost, "/bulletins/{id}/question/approve", http.StatusNoContent,
		"Let a question be asked that waits"), h.answers.Ask)

	resource.Shows(h.Face, op("get-answer-rule", http.MethodGet, "/answer-rule", http.StatusOK,
		"Whether villagers may answer, and for how long that is kept"), h.answers.Rule)
	resource.Sets(h.Face, op("put-answer-rule", http.MethodPut, "/answer-rule", http.StatusOK, "Set that"), h.answers.PutRule)
}

func (h answerHandlers) photo(w http.ResponseWriter, r *http.Request) {
	jpeg, err := h.answers.Photo(r.Context(), r.PathValue("id"))
	h.Photo(w, jpeg, err)
}
