package asrun

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"loa/controller/fleet"
	"loa/controller/office/access"
	"loa/controller/office/audit"
	"loa/controller/office/preview"
	"loa/controller/store"
	"loa/schedule"
)

// The airings are written down soon after they begin, and before the calendar
// changes: afterwards nobody could say what had been planned.
const (
	logEvery    = 10 * time.Second
	logPutEvery = 10 * time.Minute // how far behind the note of it may be
	logBack     = 7 * 24 * time.Hour
	logReports  = 5 * time.Minute // after its end a node has so long to report
)

// Log is the as-run log: what was really aired, by whose word.
type Log struct {
	opt     Options
	airings airingLog
	stopped stopLog
}

// Options are what the log is written from.
type Options struct {
	Store   *store.Store
	Access  *access.Control
	Trail   *audit.Trail
	Preview *preview.Preview
	Fleet   *fleet.Fleet
	Now     func() time.Time // controller time
	Logger  *slog.Logger
}

// New returns the log; nothing is written before [Log.Run].
func New(opt Options) *Log { return &Log{opt: opt} }

// Run writes down what begins, and listens to the nodes after each stop, until ctx ends.
func (l *Log) Run(ctx context.Context) {
	var both sync.WaitGroup
	both.Go(func() { l.keepLog(ctx) })
	both.Go(func() { l.keepStops(ctx) })
	both.Wait()
}

// airingLog knows up to when the airings are in the log.
type airingLog struct {
	mu    sync.Mutex
	until time.Time // zero: not read yet
	kept  time.Time // what the store knows of it
}

// keepLog writes down what begins, until ctx ends.
func (l *Log) keepLog(ctx context.Context) {
	tick := time.NewTicker(logEvery)
	defer tick.Stop()
	for {
		l.CatchUp(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// CatchUp writes down the airings that have begun since the last time. What
// it cannot write it tries again.
func (l *Log) CatchUp(ctx context.Context) {
	if err := l.logSince(ctx, l.opt.Now()); err != nil && ctx.Err() == nil {
		l.opt.Logger.Error("broadcast log not written", "err", err)
	}
}

func (l *Log) logSince(ctx context.Context, now time.Time) error {
	l.airings.mu.Lock()
	defer l.airings.mu.Unlock()
	done := &l.airings
	if done.until.IsZero() {
		kept, err := l.opt.Store.Logged(ctx)
		if err != nil {
			return err
		}
		done.until, done.kept = kept, kept
		if kept.IsZero() { // the first time: nothing was planned before
			done.until = now
		}
		if now.Sub(done.until) > logBack {
			done.until = now.Add(-logBack)
		}
	}
	if !now.After(done.until) {
		return nil
	}
	begun, err := l.begun(ctx, done.until, now)
	if err != nil {
		return err
	}
	if err := l.opt.Store.AddBroadcasts(ctx, begun); err != nil {
		return err
	}
	for _, b := range begun { // every sound stands in the log that cannot be changed unseen
		l.opt.Trail.Record(access.With(context.WithoutCancel(ctx), &access.Visit{}),
			store.Audit{Who: "schedule", Name: b.Author, Action: "airing.begin", Object: b.ID, Where: audit.Targeted(b.Targets),
				After: audit.Written(map[string]any{"title": b.Title, "class": b.Class, "start": b.Planned, "length_s": b.Length.Seconds(),
					"approved_by": b.Approver})})
	}
	done.until = now
	if len(begun) > 0 || now.Sub(done.kept) > logPutEvery {
		if err := l.opt.Store.PutLogged(ctx, now); err != nil {
			return err
		}
		done.kept = now
	}
	return nil
}

// begun returns the airings of the approved calendar in [from, to).
func (l *Log) begun(ctx context.Context, from, to time.Time) (all []store.Broadcast, err error) {
	programmes, err := l.opt.Store.Calendar(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range programmes {
		starts := p.Rule.Starts(from, to)
		if len(starts) == 0 {
			continue
		}
		b, err := l.plannedAs(ctx, p)
		if err != nil {
			return nil, err
		}
		for _, start := range starts {
			b.ID, b.Planned, b.Items = schedule.AiringID(p.ID, start), start, p.Reported(start)
			b.Due = start.Add(p.StartLate + b.Length + logReports)
			all = append(all, b)
		}
	}
	return all, nil
}

// plannedAs is what the log keeps of a programme.
func (l *Log) plannedAs(ctx context.Context, p store.Programme) (b store.Broadcast, err error) {
	b = store.Broadcast{Kind: store.AiringKind, Programme: p.ID, Title: p.Title, Class: p.Class, Approver: p.Approval.ByName,
		Targets: p.Targets, Length: p.Length()}
	authors, fields := []string{p.Approval.AuthorName}, []string{}
	for _, it := range p.Rundown {
		if it.Kind == schedule.Stream {
			b.Source = store.StationOf(it.Source)
		}
		if it.Clip != "" {
			b.Clips = append(b.Clips, it.Clip)
		}
		if it.Bulletin == "" {
			continue
		}
		of, err := l.opt.Store.Bulletin(ctx, it.Bulletin)
		if err != nil {
			return b, err
		}
		authors, fields = append(authors, of.Author), append(fields, of.Field)
	}
	b.Author, b.Field = each(authors), each(fields)
	return b, nil
}

// each names every one once.
func each(names []string) string {
	var all []string
	for _, n := range names {
		if n != "" && !slices.Contains(all, n) {
			all = append(all, n)
		}
	}
	return strings.Join(all, ", ")
}
