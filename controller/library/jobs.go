package library

import (
	"cmp"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Stage is what a job is at.
type Stage string

// The stages, in order; a recording begins with Receiving, a text with Waiting.
const (
	Receiving Stage = "receiving"
	Waiting   Stage = "waiting"
	Speaking  Stage = "speaking"
	Levelling Stage = "levelling"
	Storing   Stage = "storing"
	Ended     Stage = "ended" // told to OnChange only
)

// Job is one work under way.
type Job struct {
	ID       string
	Name     string
	Stage    Stage
	Fraction float64 // of the stage, 0 to 1
	Started  time.Time
}

// jobs is what is being worked on.
type jobs struct {
	onChange func(Job)

	mu   sync.Mutex
	next int
	open map[string]*Job
}

func (j *jobs) begin(name string, stage Stage) *Job {
	j.mu.Lock()
	j.next++
	job := &Job{ID: strconv.Itoa(j.next), Name: name, Stage: stage, Started: time.Now()}
	j.open[job.ID] = job
	j.mu.Unlock()
	j.tell(job)
	return job
}

// set moves a job on; steps too small to see are not told.
func (j *jobs) set(job *Job, stage Stage, fraction float64) {
	j.mu.Lock()
	small := job.Stage == stage && fraction-job.Fraction < 0.01
	if !small {
		job.Stage, job.Fraction = stage, fraction
	}
	j.mu.Unlock()
	if !small {
		j.tell(job)
	}
}

func (j *jobs) end(job *Job) {
	j.mu.Lock()
	job.Stage, job.Fraction = Ended, 1
	delete(j.open, job.ID)
	j.mu.Unlock()
	j.tell(job)
}

func (j *jobs) tell(job *Job) {
	if j.onChange == nil {
		return
	}
	j.mu.Lock()
	now := *job
	j.mu.Unlock()
	j.onChange(now)
}

func (j *jobs) list() []Job {
	j.mu.Lock()
	defer j.mu.Unlock()
	all := make([]Job, 0, len(j.open))
	for _, job := range j.open {
		all = append(all, *job)
	}
	slices.SortFunc(all, func(a, b Job) int { return cmp.Or(a.Started.Compare(b.Started), cmp.Compare(a.ID, b.ID)) })
	return all
}
