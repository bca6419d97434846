package web

import (
	"context"
	"io"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/backup"
	"loa/controller/problem"
	"loa/controller/store"
)

// BackupView is how the backups are.
type BackupView struct {
	Folder string          `json:"folder"`
	Busy   bool            `json:"busy" doc:"one is being made"`
	Old    bool            `json:"old" doc:"the last good one is too old"`
	Failed *Sentences      `json:"failed,omitempty" doc:"why the last attempt failed"`
	Files  []BackupFileRow `json:"files" doc:"newest first"`
}

// Sentences say one thing in both languages.
type Sentences struct {
	VI string `json:"vi"`
	EN string `json:"en"`
}

// BackupFileRow is one backup.
type BackupFileRow struct {
	backup.File
	Link string `json:"link"`
}

type backupAnswer struct{ Body BackupView }

var (
	backupByHand = problem.New(http.StatusForbidden, "backup_by_hand",
		"Trong tệp sao lưu có khóa bí mật của xã nên chỉ người đã đăng nhập mới tải được: hãy đăng nhập và tải ở trang Cài đặt.",
		"The commune's private keys are in a backup, so no program may fetch it: sign in and download it from the page of settings.")
	backupPlain = problem.New(http.StatusForbidden, "backup_plain",
		"Trong tệp sao lưu có khóa bí mật của xã nên không gửi qua mạng không mã hóa: hãy mở trang bằng https, hoặc ngay trên máy văn phòng.",
		"The commune's private keys are in a backup, so it does not go over a network in the clear: open the page by https, or on the office machine.")
)

func (s *Server) registerBackup(mux *router) {
	huma.Register(s.api, operation("get-backups", http.MethodGet, "/backups", "The backups there are, and how the last went", "Backup", http.StatusOK), func(ctx context.Context, _ *struct{}) (*backupAnswer, error) {
		return &backupAnswer{s.backups()}, nil
	})
	huma.Register(s.api, operation("make-backup", http.MethodPost, "/backups", "Make a backup now", "Backup", http.StatusCreated), func(ctx context.Context, _ *struct{}) (*backupAnswer, error) {
		if err := s.makeBackup(ctx); err != nil {
			return nil, s.fail(err)
		}
		return &backupAnswer{s.backups()}, nil
	})
	mux.HandleFunc("POST /settings/backup", s.settingsForm("backup", func(r *http.Request) error { return s.makeBackup(r.Context()) }))
	mux.HandleFunc("GET /settings/backup/{name}", s.downloadBackup)
}

func (s *Server) backups() BackupView {
	st := s.opt.Backup.State()
	v := BackupView{Folder: st.Folder, Busy: st.Busy, Old: st.Old, Files: []BackupFileRow{}}
	if st.Failed != nil {
		p := s.explain(st.Failed)
		v.Failed = &Sentences{p.VI, p.EN}
	}
	for _, f := range st.Files {
		v.Files = append(v.Files, BackupFileRow{f, "/settings/backup/" + f.Name})
	}
	return v
}

// MiB is its size, for people.
func (f BackupFileRow) MiB() int64 { return (f.Bytes + 1<<20 - 1) >> 20 }

// makeBackup does not stop when whoever asked has gone.
func (s *Server) makeBackup(ctx context.Context) error {
	f, err := s.opt.Backup.Make(context.WithoutCancel(ctx))
	if err != nil {
		return err
	}
	note(ctx, f.Name, nil, f, s.opt.Commune)
	return nil
}

// downloadBackup hands a backup to a person, by a way that nobody else reads.
func (s *Server) downloadBackup(w http.ResponseWriter, r *http.Request) {
	v := visitOf(r.Context())
	switch {
	case v.kind == program:
		writeProblem(w, backupByHand)
		return
	case !v.tls && !v.here:
		s.problemPage(w, r, backupPlain)
		return
	}
	f, file, err := s.opt.Backup.Open(r.PathValue("name"))
	if err != nil {
		s.problemPage(w, r, s.explain(err))
		return
	}
	defer f.Close()
	s.record(r.Context(), store.Audit{Action: "backup.download", Object: file.Name, Where: []string{s.opt.Commune}})
	w.Header().Set("Content-Type", "application/gzip")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Length", strconv.FormatInt(file.Bytes, 10))
	w.Header().Set("Content-Disposition", "attachment; filename="+file.Name)
	_, _ = io.Copy(w, f) // whoever asked sees that it is short
}

// keepingView is what those who govern must know of the machine itself.
type keepingView struct {
	Cut    bool // the audit log was tampered with
	Old    bool // there is no good backup
	Failed *Sentences
}

func (s *Server) keepingView(ctx context.Context) (k keepingView, err error) {
	a, err := s.atlas(ctx)
	if err != nil {
		return k, err
	}
	k.Cut = s.audit.cut.Load() && a.who.may(auditing, a.tree, a.commune)
	if s.opt.Backup != nil && a.who.may(governing, a.tree, a.commune) {
		v := s.backups()
		k.Old, k.Failed = v.Old, v.Failed
	}
	return k, nil
}
