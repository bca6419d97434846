package web

import (
	"time"

	"loa/controller/backup"
	"loa/controller/office/access"
	"loa/controller/office/calls"
	"loa/controller/problem"
)

// StandIn tells that the store is not the office's database, which is damaged:
// see package standby.
type StandIn struct {
	From time.Time // the data is as it was then; zero: only the nodes are known
}

// standInDoes is what may be done meanwhile, as the audit log names it: what would
// be lost with the stand-in is refused.
var standInDoes = map[string]bool{
	"session.begin": true, "session.end": true, "person.set_up": true,
	"call.arm": true, "call.begin": true, "call.stop": true, calls.StopAct: true, "drill.arm": true,
	"node.selftest": true, "notice.read": true, "backup.restore": true,
}

var standInOnly = problem.New(problem.Unavailable, "standing_in",
	"Máy đang chạy bằng bản dự phòng nên lúc này chỉ phát, dừng và khôi phục bản sao lưu được; thay đổi khác sẽ bị mất nên chưa nhận. Hãy làm theo dòng báo sự cố ở đầu trang rồi làm lại.",
	"This machine runs on a stand-in: only speaking, stopping and restoring a backup work now; any other change would be lost and is not taken. Do what the trouble at the top of the page asks for, then do it again.")

// machineView is what is wrong with the office's machine, and the one thing to do.
type machineView struct {
	Troubles []problem.Trouble
	Alarm    bool         // one of them is one
	From     time.Time    // of the stand-in; zero: none, or it knows nothing
	Last     *backup.File // that the caller may restore; nil: none
	Ask      bool         // something is lost by that: it is done where that is said
}

// restoreMends are the troubles that a restored backup ends.
var restoreMends = map[string]bool{"database_missing": true, "database_damaged": true, "database_behind": true, "key_lost": true}

// machine is shown on every page, to everybody who is signed in: an official who
// speaks must know what the machine under him is.
func (s *Server) machine(v *access.Visit) *machineView {
	view := &machineView{Troubles: s.opt.Troubles()}
	mends := false
	for _, t := range view.Troubles {
		view.Alarm = view.Alarm || t.Alarm
		mends = mends || restoreMends[t.Code]
	}
	view.Ask = s.opt.StandIn == nil
	if !view.Ask {
		view.From = s.opt.StandIn.From
	}
	if !mends || s.opt.Backup == nil || !v.May(access.Governing, nil) {
		return view
	}
	if files := s.opt.Backup.State().Files; len(files) > 0 {
		view.Last = &files[0]
	}
	return view
}
