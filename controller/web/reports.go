package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/office/access"
	"loa/controller/problem"
	"loa/controller/store"
)

// complaints are what people can say is wrong with a loudspeaker, as they hear
// it from below.
var complaints = []string{"silent", "quiet", "distorted", "noise", "on_always", "damaged", "other"}

// maxWords bounds what people add in their own words, runes.
const maxWords = 500

type reportBody struct {
	Kind  string `json:"kind" enum:"silent,quiet,distorted,noise,on_always,damaged,other" doc:"what is heard"`
	Words string `json:"words,omitempty" maxLength:"2000"`
}

type reportInput struct {
	ID   string `path:"id"`
	Body reportBody
}
type reportAnswer struct{ Body store.Report }

type endReportInput struct {
	ID   string `path:"id"`
	Body struct {
		Remark string `json:"remark,omitempty" maxLength:"2000" doc:"what was done"`
	}
}

type careInput struct {
	ID   string `path:"id"`
	Body struct {
		Who string `json:"who" maxLength:"200" doc:"empty: nobody"`
	}
}

func (s *Server) registerReports() {
	huma.Register(s.api, operation("report-node", http.MethodPost, "/nodes/{id}/reports", "Report a fault (báo hỏng) of a loudspeaker", "Faults", http.StatusCreated), func(ctx context.Context, in *reportInput) (*reportAnswer, error) {
		r, err := s.report(ctx, in.ID, in.Body)
		return &reportAnswer{r}, s.fail(err)
	})
	huma.Register(s.api, operation("list-reports", http.MethodGet, "/reports", "What people reported, newest first", "Faults", http.StatusOK), s.listReports)
	huma.Register(s.api, operation("end-report", http.MethodPost, "/reports/{id}/done", "Say that a report was seen to, and how", "Faults", http.StatusNoContent), func(ctx context.Context, in *endReportInput) (*struct{}, error) {
		return nil, s.fail(s.endReport(ctx, in.ID, in.Body.Remark))
	})
	huma.Register(s.api, operation("fault-history", http.MethodGet, "/faults/history", "Faults that ended and stretches in which a loudspeaker was offline, the last first", "Faults", http.StatusOK), s.faultHistory)
	huma.Register(s.api, operation("put-care", http.MethodPut, "/nodes/{id}/care", "Say who looks after what is wrong with a loudspeaker", "Faults", http.StatusNoContent), func(ctx context.Context, in *careInput) (*struct{}, error) {
		return nil, s.fail(s.care(ctx, in.ID, in.Body.Who))
	})
}

var unknownComplaint = problem.New(problem.Invalid, "complaint_unknown", "Hãy chọn loa bị gì trong danh sách.", "Choose from the list what is wrong.")

// report keeps what somebody says is wrong.
func (s *Server) report(ctx context.Context, node string, b reportBody) (r store.Report, err error) {
	n, err := s.opt.Store.Node(ctx, node)
	if err != nil {
		return r, err
	}
	words := []rune(strings.TrimSpace(b.Words))
	if !slices.Contains(complaints, b.Kind) {
		return r, unknownComplaint
	}
	who := access.Of(ctx).Who
	r = store.Report{ID: "r-" + store.NewID(), Node: n.ID, At: s.opt.Now().UTC().Truncate(time.Millisecond), Who: who.ID, Name: who.Name, Kind: b.Kind, Words: string(words[:min(len(words), maxWords)])}
	if err := s.opt.Store.AddReport(ctx, r); err != nil {
		return r, err
	}
	s.trail.Did(ctx, "report.add", r.ID, nil, r, n.ID, n.Area)
	s.News("nodes")
	return r, nil
}

func (s *Server) listReports(ctx context.Context, in *pageInput) (*list[store.Report], error) {
	all, err := s.opt.Store.Reports(ctx, in.Before, in.Limit)
	if err != nil {
		return nil, s.fail(err)
	}
	a, err := s.access.View(ctx)
	if err != nil {
		return nil, s.fail(err)
	}
	out := listOf(kept(slices.Clone(all), func(r store.Report) bool { return a.Concerns(access.NodeTarget(r.Node)) }))
	if len(all) == in.Limit {
		out.Body.Next = &all[len(all)-1].At
	}
	return out, nil
}

func (s *Server) endReport(ctx context.Context, id, remark string) error {
	r, err := s.opt.Store.Report(ctx, id)
	if err == nil {
		err = s.access.Permit(ctx, access.Maintaining, access.NodeTarget(r.Node))
	}
	if err == nil {
		err = s.opt.Store.EndReport(ctx, id, s.opt.Now(), access.Of(ctx).Who.Name, strings.TrimSpace(remark))
	}
	if err != nil {
		return err
	}
	s.trail.Did(ctx, "report.end", id, r, map[string]string{"remark": remark}, r.Node)
	s.News("nodes")
	return nil
}

func (s *Server) care(ctx context.Context, node, who string) error {
	if _, err := s.opt.Store.Node(ctx, node); err != nil {
		return err
	}
	who = strings.TrimSpace(who)
	if err := s.opt.Store.SetCare(ctx, node, who, s.opt.Now()); err != nil {
		return err
	}
	s.trail.Did(ctx, "node.care", node, nil, map[string]string{"who": who}, node)
	s.News("nodes")
	return nil
}
