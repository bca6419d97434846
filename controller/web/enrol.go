package web

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/access"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/node/wire"
)

const (
	enrolPath = "/api/v1/enrol"
	maxEnrol  = 16 << 10 // bytes of a question
)

// inviteAnswer is a code, shown this once.
type inviteAnswer struct {
	Body struct {
		Code    string    `json:"code"`
		URL     string    `json:"url" doc:"what the board is told: loa node enrol URL CODE"`
		Expires time.Time `json:"expires"`
	}
}

// inviteInput names a node, and at what address a board finds this controller if
// that is not where the caller did.
type inviteInput struct {
	ID   string `path:"id"`
	host string
}

func (s *Server) registerEnrolment(mux *router) {
	huma.Register(s.api, operation("invite-node", http.MethodPost, "/nodes/{id}/invite", "Make a one-time code by which a board becomes this node", "Places", http.StatusCreated), s.invite)
	huma.Register(s.api, operation("revoke-node", http.MethodPost, "/nodes/{id}/revoke", "Keep the node's board out, from now on", "Places", http.StatusNoContent), s.revoke)
	op := operation("enrol", http.MethodPost, "/enrol", "A board proves that it knows a code, and gets its certificate", "Places", http.StatusOK)
	op.Security = []map[string][]string{}
	op.Responses = map[string]*huma.Response{"200": {Description: "wire.Enrolled, JSON"}}
	s.api.OpenAPI().AddOperation(&op)
	mux.HandleFunc("POST /api/v1/enrol", s.enrol)
}

func (s *Server) invite(ctx context.Context, in *inviteInput) (*inviteAnswer, error) {
	code, until, err := s.inventory.Invite(ctx, in.ID)
	if err != nil {
		return nil, s.fail(err)
	}
	v := access.Of(ctx)
	out := &inviteAnswer{}
	out.Body.Code, out.Body.URL, out.Body.Expires = code, s.boardBase(cmp.Or(in.host, s.ownHost(v)), v.TLS), until
	return out, nil
}

func (s *Server) revoke(ctx context.Context, in *idInput) (*struct{}, error) {
	return nil, s.fail(s.inventory.Revoke(ctx, in.ID))
}

var enrolGarbled = problem.New(problem.Malformed, "enrol_garbled",
	"Thiết bị gửi yêu cầu không đọc được: hãy cập nhật phần mềm trên bo mạch.", "The board's request cannot be read: update its software.")

// enrol lets a board in that knows a code.
func (s *Server) enrol(w http.ResponseWriter, r *http.Request) {
	var ask wire.Enrol
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxEnrol)).Decode(&ask); err != nil {
		writeProblem(w, enrolGarbled)
		return
	}
	from := address(r)
	answer, node, err := s.opt.Enrol.Enrol(r.Context(), ask, from)
	if err != nil {
		writeProblem(w, s.explain(err))
		return
	}
	s.opt.Logger.Info("board enrolled", "node", node, "from", from)
	s.trail.Record(r.Context(), store.Audit{Who: "node:" + node, Name: node, Action: "node.enrol", Object: node, Where: []string{node}})
	s.News("nodes")
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer) // the board asks for a new code if it did not hear
}
