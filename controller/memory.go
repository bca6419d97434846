package controller

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"loa/controller/backup"
	"loa/controller/live"
	"loa/controller/problem"
	"loa/controller/standby"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/controller/web/pages"
)

// memory is what the office knows, and what is wrong with that.
type memory struct {
	trouble *standby.Trouble // a stand-in is used; nil: the database is
	whole   bool             // the check of the database came to its end
	broken  atomic.Pointer[error]
}

// openTrust opens the keys. What is lost of them is no reason not to come up:
// pages say so then.
func (a *App) openTrust(ctx context.Context) (err error) {
	c := a.config
	a.trust, err = trust.Open(c.TrustDir(),
		trust.Options{Commune: c.Commune, Hosts: c.Hosts, NodeLife: c.CertLife, GoOn: true, Known: standby.Nodes(c.Data) > 0 ||
			!backup.Newest(c.BackupsDir(), c.Commune).IsZero(),
			Spare: func(name string) ([]byte, error) { return backup.Spare(ctx, c.BackupsDir(), c.Commune, name) }})
	if err != nil {
		return err
	}
	for _, l := range a.trust.Lost() {
		a.logger.Error("A KEY FILE WAS LOST", "file", l.File, "err", l.Err, "what", l.Problem().EN)
	}
	return nil
}

// openStore opens the database, or what stands in for it.
func (a *App) openStore(ctx context.Context) (err error) {
	a.memory.whole, err = standby.Look(ctx, a.config.Data, a.known())
	if err == nil {
		if a.store, err = store.Open(ctx, a.config.Data, a.logger); err == nil {
			if open, err := a.store.OpenCalls(ctx); err == nil { // a note of before may be older; with an error live says so, and goes on
				a.aired.write(open)
			}
			return nil
		}
		err = &standby.Trouble{Code: standby.Damaged, Err: err}
	}
	if !errors.As(err, &a.memory.trouble) {
		return err
	}
	a.memory.trouble.Blame(a.config.Data)
	nodes, nerr := a.trust.Nodes()
	if nerr != nil {
		a.logger.Error("the certificates of nodes are not known", "err", nerr)
	}
	a.store, a.memory.trouble.From, err = standby.Prepare(ctx,
		standby.Source{Data: a.config.Data, Commune: a.config.Commune, Nodes: nodes, Logger: a.logger,
			BackupAt: backup.Newest(a.config.BackupsDir(), a.config.Commune),
			Backup: func(ctx context.Context, path string) (time.Time, error) {
				return backup.Extract(ctx, a.config.BackupsDir(), a.config.Commune, store.Database, path)
			}})
	if err != nil {
		return errors.Join(a.memory.trouble, err)
	}
	a.logger.Error("THE DATABASE IS NOT TO BE USED: a stand-in is, until a backup is restored", "err", a.memory.trouble,
		"from", a.memory.trouble.From)
	return nil
}

// onAirNote keeps beside the database what is on air: there it is found when the
// database is not.
type onAirNote struct {
	data    string // folder
	calls   func() []*live.Call
	changed chan struct{} // what is on air has
	logger  *slog.Logger
}

// write writes down which of the calls go on without this program.
func (n *onAirNote) write(calls []store.Call) {
	calls = slices.DeleteFunc(calls, func(c store.Call) bool { return len(c.Rundown) == 0 || !c.Ended.IsZero() })
	if err := standby.NoteOnAir(n.data, calls); err != nil {
		n.logger.Warn("what is on air is in the database only", "err", err)
	}
}

// run writes down what is on air whenever that has changed.
func (n *onAirNote) run(ctx context.Context) error {
	said := []string{"not known"}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-n.changed:
		}
		if ctx.Err() != nil {
			return nil // an end of this program is none of theirs
		}
		var calls []store.Call
		var ids []string
		for _, c := range n.calls() {
			calls, ids = append(calls, c.Info()), append(ids, c.Info().ID)
		}
		if !slices.Equal(ids, said) {
			said = ids
			n.write(calls)
		}
	}
}

// kick says that a call began, changed or ended.
func (n *onAirNote) kick() {
	select {
	case n.changed <- struct{}{}:
	default: // it is about to look
	}
}

// known is what is known of the office without its database.
func (a *App) known() (k standby.Known) {
	if seal, err := a.trust.AuditSeal(); err == nil {
		k.Sealed = store.Link{Seq: seal.Seq, Hash: seal.Hash}
	}
	nodes, _ := a.trust.Nodes() // a file that cannot be read is told of elsewhere
	k.Used = len(nodes) > 0 || !backup.Newest(a.config.BackupsDir(), a.config.Commune).IsZero()
	return k
}

// keepStandIn keeps what stands in for the database should it be damaged.
func (a *App) keepStandIn(ctx context.Context) error {
	if a.memory.trouble != nil {
		return nil
	}
	return standby.NewKeeper(standby.Options{Data: a.config.Data, Store: a.store, Unchecked: !a.memory.whole, Logger: a.logger,
		Broken: func(err error) { a.memory.broken.Store(&err) }}).Run(ctx)
}

var damagedInside = problem.New(problem.Unavailable, "database_damaged",
	"Cơ sở dữ liệu của máy này bị hỏng ở bên trong: có thể đang thiếu dữ liệu mà không ai biết. Phát thanh vẫn chạy. "+
		"Hãy khôi phục bản sao lưu gần nhất, rồi kiểm tra ổ đĩa.",
	"This machine's database is damaged inside: data may be missing unseen. Broadcasting goes on. "+
		"Restore the last backup, then look at the disk.")

func planTooLong(names []string) *problem.Problem {
	return problem.New(problem.Unavailable, "plan_too_long",
		"Lịch phát của %d cụm loa (%s…) dài quá mức một cụm loa nhận được nên chưa gửi: các cụm này vẫn phát theo lịch cũ. "+
			"Hãy xóa bớt buổi phát đã qua, hoặc gộp nhiều buổi một lần thành một buổi lặp lại.",
		"The calendar of %d loudspeakers (%s…) is longer than any takes and was not sent: they go on by the old one. "+
			"Remove programmes that are over, or make one that repeats of many single ones.", len(names), names[0])
}

// troubles is what is wrong with the office's machine, gravest first: its keys, its
// database, its log, its disk, its calendar.
func (a *App) troubles() (all []problem.Trouble) {
	for _, l := range a.trust.Lost() {
		all = append(all, problem.Trouble{Problem: l.Problem(), Alarm: l.Remedy == trust.Deaf, Since: a.started})
	}
	if t := a.memory.trouble; t != nil {
		all = append(all, problem.Trouble{Problem: t.Problem(), Alarm: true, Since: a.started})
	}
	if err := a.memory.broken.Load(); err != nil && *err != nil {
		all = append(all, problem.Trouble{Problem: damagedInside, Alarm: true, Since: a.started})
	}
	if p := a.heads.tampered(); p != nil {
		all = append(all, problem.Trouble{Problem: p, Alarm: true, Since: a.started})
	}
	for _, t := range a.disk.Troubles() {
		vi, en := t.Sentence()
		all = append(all, problem.Trouble{Problem: &problem.Problem{Kind: problem.Unavailable, Code: t.Code, VI: vi, EN: en}, Alarm: t.Alarm,
			Since: t.Since})
	}
	if names := a.dispatch.TooLong(); len(names) > 0 {
		all = append(all, problem.Trouble{Problem: planTooLong(names), Alarm: true, Since: a.started})
	}
	slices.SortStableFunc(all, func(a, b problem.Trouble) int { // alarms before warnings
		return cmp.Compare(rank(a), rank(b))
	})
	return all
}

func rank(t problem.Trouble) int {
	if t.Alarm {
		return 0
	}
	return 1
}

// standIn is what pages show of it; nil: the database is used.
func (a *App) standIn() *pages.StandIn {
	if a.memory.trouble == nil {
		return nil
	}
	return &pages.StandIn{From: a.memory.trouble.From}
}
