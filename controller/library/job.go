package library

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"loa/controller/problem"
	"loa/controller/share"
	"loa/controller/store"
)

// Stage is where a job is; the package comment has the diagram.
type Stage string

// The stages of a job.
const (
	Receiving Stage = "receiving" // bytes are coming in
	Waiting   Stage = "waiting"   // for one of two places
	Speaking  Stage = "speaking"  // the speech program runs
	Levelling Stage = "levelling" // Fraction says how far
	Storing   Stage = "storing"
	Done      Stage = "done"
	Failed    Stage = "failed" // Problem says why
)

// Job is one upload or text on its way to a clip.
type Job struct {
	ID       string
	Name     string
	Stage    Stage
	Fraction float64 // of the levelling, 0 to 1
	Started  time.Time
	Clip     string           // the clip's id, when done
	Problem  *problem.Problem // when failed for a reason the person can mend
}

// Jobs lists the work under way, oldest first.
func (l *Library) Jobs() []Job {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]Job, 0, len(l.jobs))
	for _, j := range l.jobs {
		all = append(all, *j)
	}
	slices.SortFunc(all, func(a, b Job) int { return a.Started.Compare(b.Started) })
	return all
}

// job is a Job being done, with the folder it is done in.
type job struct {
	*Job        // guarded by Library.mu, except ID and Name, which do not change
	who  string // whose it is; "": it counts of nobody
	l    *Library
	dir  string
}

// do runs work as a job: it makes its folder, lets its progress be seen, and
// cleans up.
func (l *Library) do(ctx context.Context, who, name string, first Stage, work func(*job) (store.Clip, error)) (store.Clip, error) {
	j, err := l.begin(who, name, first)
	if err != nil {
		return store.Clip{}, l.explain(ctx, err)
	}
	clip, err := work(j)
	if cleanErr := os.RemoveAll(j.dir); cleanErr != nil {
		l.opt.Logger.Warn("cannot remove a finished job's files", "err", cleanErr)
	}
	if err != nil {
		err = l.explain(ctx, err)
		l.opt.Logger.Info("no clip made", "name", name, "err", err)
	}
	j.end(clip, err)
	if err != nil {
		return store.Clip{}, err
	}
	return clip, nil
}

// folder makes the folder that a job is done in.
func (l *Library) folder(who string) (string, error) {
	if who == nobody {
		return l.opt.Store.AlertDir()
	}
	return os.MkdirTemp(l.opt.Store.TempDir(), "job-")
}

// begin enters a job in the list and makes its folder. One of nobody is urgent:
// there is always room for it.
func (l *Library) begin(who, name string, first Stage) (*job, error) {
	dir, err := l.folder(who)
	if err != nil {
		return nil, fmt.Errorf("begin: %w", err)
	}
	l.mu.Lock()
	if err := l.refuse(who); err != nil {
		l.mu.Unlock()
		return nil, errors.Join(err, os.Remove(dir))
	}
	l.last++
	l.own[who]++
	j := &job{who: who, Job: &Job{ID: strconv.Itoa(l.last), Name: name, Stage: first, Started: time.Now()}, l: l, dir: dir}
	l.jobs[j.ID] = j.Job
	now := *j.Job
	l.mu.Unlock()
	l.opt.OnChange(now)
	return j, nil
}

// refuse says why somebody may not begin another job. It is called with the lock
// held.
func (l *Library) refuse(who string) error {
	switch {
	case who == nobody:
		return nil
	case l.own[who] >= maxEach:
		return yoursAreMany
	case len(l.jobs)-l.own[nobody] >= maxJobs:
		return tooBusy
	}
	return nil
}

// wait takes one of the places, or gives up with ctx.
func (l *Library) wait(ctx context.Context, j *job) (release func(), err error) {
	j.stage(Waiting)
	release, err = l.line.Enter(ctx, j.who)
	if errors.Is(err, share.ErrFull) {
		return nil, tooBusy
	}
	if err != nil && ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return release, err
}

// out is where the file of the clip is made.
func (j *job) out() string { return filepath.Join(j.dir, "clip.opus") }

func (j *job) stage(s Stage) {
	j.change(func(now *Job) bool {
		changed := now.Stage != s
		now.Stage = s
		return changed
	})
}

// fraction notes progress, and tells of it at each whole per cent. Here work
// that can wait makes room for what cannot.
func (j *job) fraction(f float64) {
	if j.who != nobody {
		j.l.giveWay()
	}
	j.change(func(now *Job) bool {
		changed := int(100*f) != int(100*now.Fraction)
		now.Fraction = f
		return changed
	})
}

// end takes the job off the list.
func (j *job) end(clip store.Clip, err error) {
	j.change(func(now *Job) bool {
		now.Stage, now.Clip = Done, clip.ID
		if err != nil {
			now.Stage, now.Clip = Failed, ""
			now.Problem, _ = problem.Of(err)
		}
		delete(j.l.jobs, now.ID)
		if j.l.own[j.who]--; j.l.own[j.who] <= 0 {
			delete(j.l.own, j.who)
		}
		return true
	})
}

// change alters the job under the lock, and tells without it.
func (j *job) change(alter func(*Job) (tell bool)) {
	j.l.mu.Lock()
	tell := alter(j.Job)
	now := *j.Job
	j.l.mu.Unlock()
	if tell {
		j.l.opt.OnChange(now)
	}
}
