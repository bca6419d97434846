package api

import (
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/inventory"
	"loa/controller/problem"
	"loa/controller/web/address"
	"loa/controller/web/api/resource"
	"loa/controller/web/respond"
	"loa/node/wire"
)

// enrolHandlers let boards in.
type enrolHandlers struct {
	resource.Face
	inventory *inventory.Inventory
}

const maxEnrol = 16 << 10 // bytes of a question

var enrolGarbled = problem.New(problem.Malformed, "enrol_garbled",
	"Thiết bị gửi yêu cầu không đọc được: hãy cập nhật phần mềm trên bo mạch.", "The board's request cannot be read: update its software.")

// register adds the operation.
func (h enrolHandlers) register() {
	op := resource.Unsigned(resource.Operation("enrol", http.MethodPost, "/enrol", "Places", http.StatusOK,
		"A board proves that it knows a code, and gets its certificate"))
	op.Responses = map[string]*huma.Response{"200": {Description: "wire.Enrolled, JSON"}}
	h.Huma.OpenAPI().AddOperation(&op)
	h.Mux.HandleFunc("POST "+address.Enrol, h.allow)
}

// allow lets a board in that knows a code.
func (h enrolHandlers) allow(w http.ResponseWriter, r *http.Request) {
	var ask wire.Enrol
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxEnrol)).Decode(&ask); err != nil {
		respond.Problem(w, enrolGarbled)
		return
	}
	answer, err := h.inventory.Enrol(r.Context(), ask, address.From(r))
	if err != nil {
		h.Refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer) // the board asks for a new code if it did not hear
}
