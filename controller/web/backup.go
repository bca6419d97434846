package web

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/backup"
	"loa/controller/office/access"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/schedule"
)

// BackupView is how the backups are.
type BackupView struct {
	Folder string          `json:"folder"`
	Busy   bool            `json:"busy" doc:"one is being made or restored"`
	Work   *BackupWork     `json:"work,omitempty" doc:"what is being done"`
	Old    bool            `json:"old" doc:"the last good one is too old"`
	Failed *Sentences      `json:"failed,omitempty" doc:"why the last attempt failed"`
	Files  []BackupFileRow `json:"files" doc:"newest first"`

	Restored    *RestoredView `json:"restored,omitempty" doc:"what the last start of the controller put in place"`
	NotRestored *Sentences    `json:"notRestored,omitempty" doc:"why the last restore was not done; the data is as it was"`
}

// BackupWork is a backup that is being made or restored.
type BackupWork struct {
	Restore bool      `json:"restore" doc:"a backup is unpacked and verified; then the controller starts anew on it"`
	At      time.Time `json:"at" doc:"of the backup"`
	Since   time.Time `json:"since"`
	Percent int       `json:"percent"`
}

// RestoredView is a restore that was done.
type RestoredView struct {
	File string    `json:"file"`
	From time.Time `json:"from" doc:"the data is as it was then"`
	At   time.Time `json:"at" doc:"when it was asked for"`
	Who  string    `json:"who"`
	Old  string    `json:"old" doc:"folder of the data that was there before"`
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
	backupByHand = problem.New(problem.Forbidden, "backup_by_hand",
		"Trong tệp sao lưu có khóa bí mật của xã nên chỉ người đã đăng nhập mới tải được: hãy đăng nhập và tải ở trang Cài đặt.",
		"The commune's private keys are in a backup, so no program may fetch it: sign in and download it from the page of settings.")
	backupPlain = problem.New(problem.Forbidden, "backup_plain",
		"Trong tệp sao lưu có khóa bí mật của xã nên không gửi qua mạng không mã hóa: hãy mở trang bằng https, hoặc ngay trên máy văn phòng.",
		"The commune's private keys are in a backup, so it does not go over a network in the clear: open the page by https, or on the office machine.")
)

func (s *Server) registerBackup(mux *router) {
	huma.Register(s.api, operation("get-backups", http.MethodGet, "/backups", "The backups there are, and how the last went", "Backup", http.StatusOK), func(ctx context.Context, _ *struct{}) (*backupAnswer, error) {
		return &backupAnswer{s.backups()}, nil
	})
	huma.Register(s.api, operation("make-backup", http.MethodPost, "/backups", "Make a backup now: the answer does not wait for its end", "Backup", http.StatusAccepted), func(ctx context.Context, _ *struct{}) (*backupAnswer, error) {
		if err := s.makeBackup(ctx); err != nil {
			return nil, s.fail(err)
		}
		return &backupAnswer{s.backups()}, nil
	})
	huma.Register(s.api, operation("restore-backup", http.MethodPost, "/backups/{name}/restore", "Verify a backup and start the controller anew on it: all data, accounts too, are as they were then, and everybody signs in again", "Backup", http.StatusAccepted), func(ctx context.Context, in *restoreInput) (*backupAnswer, error) {
		if err := s.restoreBackup(ctx, in.Name, in.Body.Replace); err != nil {
			return nil, s.fail(err)
		}
		return &backupAnswer{s.backups()}, nil
	})
	mux.HandleFunc("POST /settings/backup/{name}/restore", s.settingsForm("backup", func(r *http.Request) error {
		return s.restoreBackup(r.Context(), r.PathValue("name"), r.PostForm.Get("replace") != "")
	}))
	mux.HandleFunc("POST /settings/backup", s.settingsForm("backup", func(r *http.Request) error { return s.makeBackup(r.Context()) }))
	mux.HandleFunc("GET /settings/backup/{name}", s.downloadBackup)
}

type restoreInput struct {
	Name string `path:"name"`
	Body struct {
		Replace bool `json:"replace" doc:"true: all that is there now gives way to it"`
	}
}

func (s *Server) backups() BackupView {
	st := s.opt.Backup.State()
	v := BackupView{Folder: st.Folder, Old: st.Old, Files: []BackupFileRow{}, Failed: s.sentences(st.Failed), NotRestored: s.sentences(st.NotRestored)}
	if w := st.Work; w != nil {
		v.Busy, v.Work = true, &BackupWork{Restore: w.Restore, At: w.At, Since: w.Since}
		if w.Of > 0 {
			v.Work.Percent = int(min(100, 100*w.Done/w.Of))
		}
	}
	if o := st.Restored; o != nil {
		v.Restored = &RestoredView{o.File, o.From, o.At, cmp.Or(o.Name, o.Who), o.Aside}
	}
	for _, f := range st.Files {
		v.Files = append(v.Files, BackupFileRow{f, "/settings/backup/" + f.Name})
	}
	return v
}

// sentences say what went wrong; nil: nothing.
func (s *Server) sentences(err error) *Sentences {
	if err == nil {
		return nil
	}
	p := s.explain(err)
	return &Sentences{p.VI, p.EN}
}

// MiB is its size, for people.
func (f BackupFileRow) MiB() int64 { return (f.Bytes + 1<<20 - 1) >> 20 }

// makeBackup waits for nothing: it may take minutes.
func (s *Server) makeBackup(ctx context.Context) error {
	name, err := s.opt.Backup.Begin()
	if err == nil {
		s.trail.Did(ctx, "backup.make", name, nil, nil, s.opt.Commune)
	}
	return err
}

// restoreBackup has a backup verified and put in place by a new start. Who had it
// done is written twice: here in the log that gives way, and in the one that comes.
func (s *Server) restoreBackup(ctx context.Context, name string, sure bool) error {
	files := s.opt.Backup.State().Files
	i := slices.IndexFunc(files, func(f backup.File) bool { return f.Name == name })
	if i < 0 {
		return store.ErrNotFound
	}
	if !sure {
		at := files[i].At.In(schedule.Zone()).Format("15:04 02/01/2006")
		return problem.New(problem.Conflict, "restore_unsure",
			"Toàn bộ dữ liệu trong máy sẽ trở về như lúc %s: hãy đánh dấu đồng ý (replace) rồi khôi phục. Chưa thay đổi gì.",
			"All data in this machine will be as it was at %s: say that you agree (replace) and restore. Nothing was changed.", at)
	}
	v := access.Of(ctx)
	if err := s.opt.Backup.Restore(name, backup.Order{Who: v.Who.ID, Name: v.Who.Name, Addr: v.From.Address}); err != nil {
		return err
	}
	s.trail.Did(ctx, "backup.restore", name, nil, nil, s.opt.Commune)
	return nil
}

// backupPart is what the page of settings shows of it, anew.
func (s *Server) backupPart(w http.ResponseWriter, r *http.Request) {
	a, err := s.access.View(r.Context())
	switch {
	case err == nil && !a.Who.May(access.Governing, a.Tree, a.Commune):
		err = access.MayNot(a.Who, access.Governing, "")
	case err == nil:
		s.show(w, r, http.StatusOK, "backup_state", s.backups())
		return
	}
	s.problemPage(w, r, s.explain(err))
}

// downloadBackup hands a backup to a person, by a way that nobody else reads.
func (s *Server) downloadBackup(w http.ResponseWriter, r *http.Request) {
	v := access.Of(r.Context())
	switch {
	case v.Kind == access.Program:
		writeProblem(w, backupByHand)
		return
	case !v.TLS && !v.Here:
		s.problemPage(w, r, backupPlain)
		return
	}
	f, file, err := s.opt.Backup.Open(r.PathValue("name"))
	if err != nil {
		s.problemPage(w, r, s.explain(err))
		return
	}
	defer f.Close()
	s.trail.Did(r.Context(), "backup.download", file.Name, nil, nil, s.opt.Commune)
	w.Header().Set("Content-Type", "application/gzip")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Length", strconv.FormatInt(file.Bytes, 10))
	w.Header().Set("Content-Disposition", "attachment; filename="+file.Name)
	_, _ = io.Copy(w, f) // the client sees that it is short
}

// keepingView is what those who govern must know of the machine itself.
type keepingView struct {
	Cut    bool // the audit log was tampered with
	Old    bool // there is no good backup
	Failed *Sentences
}

func (s *Server) keepingView(ctx context.Context) (k keepingView, err error) {
	a, err := s.access.View(ctx)
	if err != nil {
		return k, err
	}
	k.Cut = s.trail.Tampered() && a.Who.May(access.Auditing, a.Tree, a.Commune)
	if s.opt.Backup != nil && a.Who.May(access.Governing, a.Tree, a.Commune) {
		v := s.backups()
		k.Old, k.Failed = v.Old, v.Failed
	}
	return k, nil
}
