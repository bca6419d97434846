// Package backups is what the office does with its backups: it shows them, has one made,
// and has one put in place of all that there is. Package backup makes and restores them;
// here is who had it done, and what a person is asked before.
//
// A backup is made beside other work: Desk.Make returns at once, and Desk.View tells how
// far it is. Desk.Restore verifies a backup and has the controller start anew on it; it
// refuses as long as the caller does not say that all data gives way. Desk.Open hands out
// the file itself, with the commune's private keys in it, and writes down who took it.
package backups

import (
	"cmp"
	"context"
	"io"
	"slices"
	"time"

	"loa/controller/backup"
	"loa/controller/office/access"
	"loa/controller/office/audit"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/schedule"
)

// State is how the backups are.
type State struct {
	Folder string     `json:"folder"`
	Busy   bool       `json:"busy" doc:"one is being made or restored"`
	Work   *Work      `json:"work,omitempty" doc:"what is being done"`
	Old    bool       `json:"old" doc:"the last good one is too old"`
	Failed *Sentences `json:"failed,omitempty" doc:"why the last attempt failed"`
	Files  []File     `json:"files" doc:"newest first"`

	Restored    *Restored  `json:"restored,omitempty" doc:"what the last start of the controller put in place"`
	NotRestored *Sentences `json:"notRestored,omitempty" doc:"why the last restore was not done; the data is as it was"`
}

// Work is a backup that is being made or restored.
type Work struct {
	Restore bool      `json:"restore" doc:"a backup is unpacked and verified; then the controller starts anew on it"`
	At      time.Time `json:"at" doc:"of the backup"`
	Since   time.Time `json:"since"`
	Percent int       `json:"percent"`
}

// Restored is a restore that was done.
type Restored struct {
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

// File is one backup.
type File struct {
	backup.File
	Link string `json:"link"`
}

// MiB is its size, for people.
func (f File) MiB() int64 { return (f.Bytes + 1<<20 - 1) >> 20 }

// Options are what a desk works with.
type Options struct {
	Keeper  *backup.Keeper
	Trail   *audit.Trail
	Commune string
}

// Desk has backups made and restored.
type Desk struct{ opt Options }

// New returns the desk; nil without a keeper: there are no backups, then.
func New(opt Options) *Desk {
	if opt.Keeper == nil {
		return nil
	}
	return &Desk{opt}
}

// State is how the backups are now.
func (d *Desk) State() State {
	st := d.opt.Keeper.State()
	v := State{Folder: st.Folder, Old: st.Old, Files: []File{}, Failed: d.sentences(st.Failed), NotRestored: d.sentences(st.NotRestored)}
	if w := st.Work; w != nil {
		v.Busy, v.Work = true, &Work{Restore: w.Restore, At: w.At, Since: w.Since}
		if w.Of > 0 {
			v.Work.Percent = int(min(100, 100*w.Done/w.Of))
		}
	}
	if o := st.Restored; o != nil {
		v.Restored = &Restored{o.File, o.From, o.At, cmp.Or(o.Name, o.Who), o.Aside}
	}
	for _, f := range st.Files {
		v.Files = append(v.Files, File{f, "/settings/backup/" + f.Name})
	}
	return v
}

// Newest is the newest backup that there is; nil: none.
func (d *Desk) Newest() *backup.File {
	if files := d.opt.Keeper.State().Files; len(files) > 0 {
		return &files[0]
	}
	return nil
}

// sentences say what went wrong; nil: nothing.
func (d *Desk) sentences(err error) *Sentences {
	if err == nil {
		return nil
	}
	p, ok := problem.Of(err)
	if !ok {
		p = problem.Ours // the keeper has logged it
	}
	return &Sentences{p.VI, p.EN}
}

// Make has a backup made. It waits for nothing: it may take minutes.
func (d *Desk) Make(ctx context.Context) error {
	name, err := d.opt.Keeper.Begin()
	if err == nil {
		d.opt.Trail.Did(ctx, "backup.make", name, nil, nil, d.opt.Commune)
	}
	return err
}

// Restore has a backup verified and put in place by a new start, if the caller is sure.
// Who had it done is written twice: here in the log that gives way, and in the one that
// comes. store.ErrNotFound: there is no backup of that name.
func (d *Desk) Restore(ctx context.Context, name string, sure bool) error {
	files := d.opt.Keeper.State().Files
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
	if err := d.opt.Keeper.Restore(name, backup.Order{Who: v.Who.ID, Name: v.Who.Name, Addr: v.From.Address}); err != nil {
		return err
	}
	d.opt.Trail.Did(ctx, "backup.restore", name, nil, nil, d.opt.Commune)
	return nil
}

// Open hands out a backup, which the caller closes, and writes down who took it.
func (d *Desk) Open(ctx context.Context, name string) (io.ReadCloser, backup.File, error) {
	f, file, err := d.opt.Keeper.Open(name)
	if err != nil {
		return nil, file, err
	}
	d.opt.Trail.Did(ctx, "backup.download", file.Name, nil, nil, d.opt.Commune)
	return f, file, nil
}
