package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"loa/controller/store"
)

// When backups are made, and how many stay.
const (
	nightHour  = 2 // local time
	firstAfter = 10 * time.Minute
	lookEvery  = 15 * time.Minute
	TooOld     = 48 * time.Hour // of the last good one, since when people are told
	keepDays   = 7
	keepWeeks  = 4
)

const (
	stamp      = "20060102T150405Z"
	unfinished = ".loa-unfinished-"
)

// fileName is loa-COMMUNE-TIME.tar.gz.
var fileName = regexp.MustCompile(`^loa-[a-z0-9-]+-(\d{8}T\d{6}Z)\.tar\.gz$`)

// Name is the usual name of a commune's backup.
func Name(commune string, at time.Time) string {
	return fmt.Sprintf("loa-%s-%s.tar.gz", commune, at.UTC().Format(stamp))
}

// farewell lies between the order of a restore and the new start, at the least: by then the one that gave it has the page that
// says what comes next. A browser that asks for it of a controller that is away shows a page of its own, and stays there.
// Tests that do not look at it do without.
var farewell = 2 * time.Second

// Options are the settings of a Keeper.
type Options struct {
	Folder string
	Source Source
	Zone   *time.Location   // where the night is; nil: of this machine
	Now    func() time.Time // nil: time.Now
	OnAir  func() bool      // a voice is on air: not now; nil: never
	// RestoreOnly: what there is now is no data to keep; a file of it would push a
	// good one out.
	RestoreOnly bool
	News        func() // of the work, or of its end; nil: nobody looks
	// Restart is told when a backup is ready to be put in place, which a start
	// does, before it opens anything.
	Restart     func()
	Restored    *Order // what this start put in place; nil: nothing
	NotRestored error  // why it did not
	Logger      *slog.Logger
}

// Keeper makes backups and knows those there are. It is safe for concurrent use.
type Keeper struct {
	opt   Options
	began time.Time
	one   chan struct{}              // held while one is made or restored
	asked chan func(context.Context) // by the holder, for Run to do

	mu          sync.Mutex
	failed      error // the last attempt, until one succeeds
	notRestored error
	work        *Work
	told        time.Time // when people were told of it last
}

// Work is what is being done.
type Work struct {
	Restore  bool
	File     string
	At       time.Time // of the backup
	Since    time.Time
	Done, Of int64 // bytes; of 0: nobody knows yet
}

// tellEvery is how often those who look on are told how far it is.
const tellEvery = time.Second / 2

// File is one backup that was finished.
type File struct {
	Name  string
	At    time.Time
	Bytes int64
}

// State is what is known of the backups.
type State struct {
	Folder string
	Files  []File // newest first
	Work   *Work  // nil: none
	Failed error  // of the last attempt
	Old    bool   // there has been no good one for too long

	NotRestored error  // why the last restore was not done
	Restored    *Order // what this start put in place; nil: nothing
}

// New makes a Keeper; the folder is made when it is needed.
func New(o Options) *Keeper {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Zone == nil {
		o.Zone = time.Local
	}
	if o.News == nil {
		o.News = func() {}
	}
	return &Keeper{opt: o, began: o.Now(), one: make(chan struct{}, 1), asked: make(chan func(context.Context), 1), notRestored: o.NotRestored}
}

// Run makes a backup each night until ctx ends; one that the night missed,
// because the PC was off, soon after it is on. It does what Begin and Restore
// ask for, too.
func (k *Keeper) Run(ctx context.Context) error {
	wait := time.NewTimer(firstAfter)
	defer wait.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case do := <-k.asked:
			do(ctx)
			continue
		case <-wait.C:
			wait.Reset(lookEvery)
		}
		if k.due() {
			if _, err := k.Make(ctx); err != nil && ctx.Err() == nil {
				k.opt.Logger.Error("no backup was made", "folder", k.opt.Folder, "err", err)
			}
		}
	}
}

// due reports whether the last night has no backup yet.
func (k *Keeper) due() bool {
	if k.opt.RestoreOnly || k.opt.OnAir != nil && k.opt.OnAir() {
		return false
	}
	files, err := k.files()
	if err != nil || len(files) == 0 {
		return true
	}
	now := k.opt.Now().In(k.opt.Zone)
	night := time.Date(now.Year(), now.Month(), now.Day(), nightHour, 0, 0, 0, k.opt.Zone)
	if night.After(now) {
		night = night.AddDate(0, 0, -1)
	}
	return files[0].At.Before(night)
}

// Make makes a backup now and removes those that are kept no longer. ErrBusy:
// one is being made or restored.
func (k *Keeper) Make(ctx context.Context) (File, error) {
	now, err := k.take(Work{})
	if err != nil {
		return File{}, err
	}
	return k.finish(ctx, now)
}

// Begin has Run make one, which goes on when the caller has gone.
func (k *Keeper) Begin() (name string, err error) {
	now, err := k.take(Work{})
	if err != nil {
		return "", err
	}
	k.asked <- func(ctx context.Context) {
		if _, err := k.finish(ctx, now); err != nil && ctx.Err() == nil {
			k.opt.Logger.Error("no backup was made", "folder", k.opt.Folder, "err", err)
		}
	}
	return Name(k.opt.Source.Commune, now), nil
}

// take begins a work; it is the only one.
func (k *Keeper) take(w Work) (now time.Time, err error) {
	if k.opt.RestoreOnly && !w.Restore {
		return now, ErrNothing
	}
	select {
	case k.one <- struct{}{}:
	default:
		return now, ErrBusy
	}
	now = k.opt.Now().UTC().Truncate(time.Second)
	w.Since = now
	if !w.Restore {
		w.At, w.File = now, Name(k.opt.Source.Commune, now)
	}
	k.mu.Lock()
	k.work, k.told = &w, time.Time{}
	k.mu.Unlock()
	return now, nil
}

// give ends it, in keeping what became of it.
func (k *Keeper) give(keep func()) {
	k.mu.Lock()
	keep()
	k.work = nil
	k.mu.Unlock()
	<-k.one
	k.opt.News()
}

// step keeps how far the work is.
func (k *Keeper) step(done, of int64) {
	now := time.Now()
	k.mu.Lock()
	if k.work != nil {
		k.work.Done, k.work.Of = done, of
	}
	tell := now.Sub(k.told) >= tellEvery
	if tell {
		k.told = now
	}
	k.mu.Unlock()
	if tell {
		k.opt.News()
	}
}

func (k *Keeper) finish(ctx context.Context, now time.Time) (f File, err error) {
	f, err = k.make(ctx, now)
	if err == nil {
		err = k.prune(f)
	}
	k.give(func() { k.failed = err })
	return f, err
}

// Restore has Run unpack and verify a backup, and then starts the controller
// anew on it. Until then, and if anything is wrong with it, nothing is touched.
func (k *Keeper) Restore(name string, o Order) error {
	if k.opt.OnAir != nil && k.opt.OnAir() {
		return ErrOnAir
	}
	f, file, err := k.Open(name)
	if err != nil {
		return err
	}
	if o.At, err = k.take(Work{Restore: true, File: name, At: file.At}); err != nil {
		return errors.Join(err, f.Close())
	}
	o.File = name
	ordered := time.Now()
	k.asked <- func(ctx context.Context) {
		if err := errors.Join(k.stage(ctx, f, o), f.Close()); err != nil {
			k.give(func() { k.notRestored = err })
			k.opt.Logger.Error("nothing was restored", "file", name, "err", err)
			return
		}
		k.opt.Logger.Info("restoring", "file", name, "who", o.Name)
		select {
		case <-ctx.Done():
		case <-time.After(time.Until(ordered.Add(farewell))):
		}
		k.opt.Restart() // and nothing else is begun here
	}
	return nil
}

// stage makes a backup ready to be put in place.
func (k *Keeper) stage(ctx context.Context, f *os.File, o Order) error {
	data := k.opt.Source.Data
	if err := sweep(data, restoring); err != nil {
		return err
	}
	fresh, err := unpackBeside(ctx, f, data, k.opt.Source.Commune, o, k.step)
	if err != nil {
		return err
	}
	if k.opt.OnAir != nil && k.opt.OnAir() { // since it began
		return errors.Join(ErrOnAir, os.RemoveAll(fresh))
	}
	return ready(data, fresh)
}

func (k *Keeper) make(ctx context.Context, now time.Time) (f File, err error) {
	if err := os.MkdirAll(k.opt.Folder, 0o700); err != nil {
		return f, room(err)
	}
	if err := sweep(k.opt.Folder, unfinished); err != nil {
		return f, err
	}
	name := Name(k.opt.Source.Commune, now)
	path := filepath.Join(k.opt.Folder, name)
	source := k.opt.Source
	source.Told = k.step
	if _, err := Create(ctx, path, source, now); err != nil {
		return f, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return f, err
	}
	k.opt.Logger.Info("backup made", "file", path, "bytes", info.Size())
	return File{name, now, info.Size()}, nil
}

// sweep removes what a power cut left unfinished.
func sweep(dir, prefix string) error {
	left, err := filepath.Glob(filepath.Join(dir, prefix+"*"))
	for _, path := range left {
		err = errors.Join(err, os.RemoveAll(path))
	}
	return err
}

// files are the backups in the folder, newest first.
func (k *Keeper) files() (files []File, err error) {
	return filesIn(k.opt.Folder, k.opt.Source.Commune)
}

// filesIn are the backups of a commune in a folder, newest first; none in one that is not there.
func filesIn(folder, commune string) (files []File, err error) {
	in, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, d := range in {
		m := fileName.FindStringSubmatch(d.Name())
		if m == nil || !strings.HasPrefix(d.Name(), "loa-"+commune+"-") {
			continue
		}
		at, terr := time.Parse(stamp, m[1])
		info, ierr := d.Info()
		if terr == nil && ierr == nil && info.Mode().IsRegular() {
			files = append(files, File{d.Name(), at, info.Size()})
		}
	}
	slices.SortFunc(files, func(a, b File) int { return b.At.Compare(a.At) })
	return files, err
}

// prune removes what is kept no longer.
func (k *Keeper) prune(fresh File) error {
	files, err := k.files()
	if err != nil {
		return err
	}
	for _, f := range surplus(files, k.opt.Zone) {
		if f.Name != fresh.Name {
			err = errors.Join(err, os.Remove(filepath.Join(k.opt.Folder, f.Name)))
		}
	}
	return err
}

// surplus are the files, newest first, that are neither the last of one of the
// last seven days that have one, nor of one of the last four such weeks.
func surplus(files []File, zone *time.Location) (gone []File) {
	days, weeks := map[string]bool{}, map[string]bool{}
	for _, f := range files {
		at := f.At.In(zone)
		year, n := at.ISOWeek()
		day, week := at.Format(time.DateOnly), fmt.Sprint(year, n)
		stays := !days[day] && len(days) < keepDays || !weeks[week] && len(weeks) < keepWeeks
		days[day], weeks[week] = true, true
		if !stays {
			gone = append(gone, f)
		}
	}
	return gone
}

// State tells how the backups are.
func (k *Keeper) State() State {
	files, err := k.files()
	k.mu.Lock()
	s := State{Folder: k.opt.Folder, Files: files, Failed: k.failed, NotRestored: k.notRestored, Restored: k.opt.Restored}
	if k.work != nil {
		work := *k.work
		s.Work = &work
	}
	k.mu.Unlock()
	if s.Failed == nil {
		s.Failed = err
	}
	last := k.began
	if len(files) > 0 {
		last = files[0].At
	}
	s.Old = k.opt.Now().Sub(last) > TooOld
	return s
}

// Open opens a backup by its name; store.ErrNotFound: there is none.
func (k *Keeper) Open(name string) (*os.File, File, error) {
	files, err := k.files()
	if err != nil {
		return nil, File{}, err
	}
	i := slices.IndexFunc(files, func(f File) bool { return f.Name == name })
	if i < 0 {
		return nil, File{}, store.ErrNotFound
	}
	f, err := os.Open(filepath.Join(k.opt.Folder, name))
	return f, files[i], err
}
