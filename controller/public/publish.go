package public

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"loa/controller/i18n"
	"loa/controller/office/replay"
	"loa/controller/problem"
)

// How the same pages are written into a folder, from which any web server serves them.
const (
	mark       = ".loa-published" // the folder is ours: what else lies in it may be removed
	unfinished = ".loa-part-"
	madeEach   = 15 * time.Minute // a page is not written anew because a minute has passed
)

// ErrForeign means a folder in which there is something that we have not put there.
var ErrForeign = problem.New(problem.Conflict, "publish_foreign",
	"Thư mục publish không trống và không phải do Loa ghi: hãy chọn thư mục khác.",
	"The folder of publish is neither empty nor one that Loa writes: choose another.")

// unwritten is of a folder that takes no writes.
func unwritten(err error) error {
	return fmt.Errorf("%w: %w", problem.New(problem.Full, "publish_folder",
		"Không ghi được vào thư mục publish: hãy xem ổ đĩa và quyền ghi.",
		"The folder of publish takes no writes: see the disk and who may write."), err)
}

// Publish writes the pages as they are now into a folder, made if it is not there, and
// returns how many files it wrote or removed. Each file is put in its place whole: first
// the sounds, then the pages that name them; last, what nobody may hear or read any more is
// removed. One that is broken off is finished by the next. ErrForeign: it is not ours.
func (s *Server) Publish(ctx context.Context, folder string) (changed int, err error) {
	if err := own(folder); err != nil {
		return 0, err
	}
	now, err := s.opt.Replay.Snapshot(ctx)
	if err != nil {
		return 0, err
	}
	site := &site{folder: folder, kept: map[string]bool{mark: true}}
	if err := s.publishSounds(now, site); err != nil {
		return site.changed, err
	}
	for file, a := range s.static {
		site.put("-/"+file, a.body)
	}
	places := append([]replay.Place{now.Commune}, now.Villages...)
	for _, place := range places {
		if err := s.publishPlace(now, place, site); err != nil {
			return site.changed, err
		}
	}
	missing, err := s.paper.render(i18n.VI, "nowhere.html", frame{Title: i18n.Say(i18n.VI, "pub_nowhere_title"), Here: "/", Paper: true})
	if err != nil {
		return site.changed, err
	}
	site.put("404.html", missing.body)
	return site.changed, cmp.Or(site.failed, site.sweep())
}

// own makes sure that a folder may be written, and emptied, by us.
func own(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return unwritten(err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return unwritten(err)
	}
	if len(entries) > 0 {
		if _, err := os.Stat(filepath.Join(folder, mark)); err != nil {
			return fmt.Errorf("%s: %w", folder, ErrForeign)
		}
		return nil
	}
	return os.WriteFile(filepath.Join(folder, mark), []byte("Loa writes this folder, and removes what else lies in it.\n"), 0o644)
}

// publishSounds copies what may be heard. What old telephones play is ordered where it is
// not made yet, and copied by a later round.
func (s *Server) publishSounds(now *replay.Snapshot, to *site) error {
	for _, sound := range now.Sounds() {
		to.copy("s/"+sound.SHA+"."+opus, s.source(sound))
		if made, _, ok := s.opt.Maker.Ready(sound.SHA); ok {
			to.copy("s/"+sound.SHA+"."+aac, made)
		} else {
			_ = s.opt.Maker.Order(sound.SHA, s.source(sound)) // a full queue: the next round orders it
		}
	}
	return to.failed
}

// publishPlace writes a place's entries, its list and its feeds.
func (s *Server) publishPlace(now *replay.Snapshot, place replay.Place, to *site) error {
	p, ok := now.Page(place.Code)
	if !ok {
		return nil
	}
	p.Made = p.Made.Truncate(madeEach)
	for _, e := range append(append([]*replay.Entry{}, p.Alerts...), p.Entries...) {
		made, err := s.paper.entry(p, e, i18n.VI)
		if err != nil {
			return err
		}
		to.put(entryPath(place, e.ID)+"/index.html", made.body)
	}
	at := strings.TrimSuffix(pathOf(place), "/")
	for number := range pagesOf(p) {
		made, err := s.paper.village(now, p, s.paper.frame(p, i18n.VI), i18n.VI, number+1)
		if err != nil {
			return err
		}
		to.put(s.paper.pagePath(pathOf(place), i18n.VI, number+1)+"/index.html", made.body)
	}
	for name, make := range map[string]func(replay.Page, i18n.Language) (page, error){"feed.atom": s.atom, "podcast.rss": s.podcast} {
		made, err := make(p, i18n.VI)
		if err != nil {
			return err
		}
		to.put(at+"/"+name, made.body)
	}
	return to.failed
}

// site is a folder that is being written.
type site struct {
	folder  string
	kept    map[string]bool // that belong there, by their paths
	changed int
	failed  error // the first that could not be written
}

// file is where a path of the site lies, and notes that it belongs there.
func (t *site) file(at string) string {
	at = strings.TrimPrefix(path.Clean("/"+at), "/")
	t.kept[at] = true
	return filepath.Join(t.folder, filepath.FromSlash(at))
}

// put writes a file, if it is another.
func (t *site) put(at string, data []byte) {
	file := t.file(at)
	if old, err := os.ReadFile(file); t.failed != nil || err == nil && bytes.Equal(old, data) {
		return
	}
	t.write(file, bytes.NewReader(data))
}

// copy copies a sound, if it is not there: its name tells its content. One that is gone is
// left out.
func (t *site) copy(at, from string) {
	in, err := os.Open(from)
	if err != nil {
		return
	}
	defer in.Close()
	file := t.file(at)
	if _, err := os.Stat(file); t.failed != nil || err == nil {
		return
	}
	t.write(file, in)
}

// write puts a file in its place whole.
func (t *site) write(file string, data io.Reader) {
	t.failed = whole(file, data)
	if t.failed == nil {
		t.changed++
	}
}

func whole(file string, data io.Reader) error {
	dir := filepath.Dir(file)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return unwritten(err)
	}
	part, err := os.CreateTemp(dir, unfinished+"*")
	if err != nil {
		return unwritten(err)
	}
	_, err = io.Copy(part, data)
	if err = errors.Join(err, part.Chmod(0o644), part.Sync(), part.Close()); err == nil {
		err = os.Rename(part.Name(), file)
	}
	if err != nil {
		_ = os.Remove(part.Name()) // the first error is the one to tell
		return unwritten(err)
	}
	return nil
}

// sweep removes what does not belong there any more.
func (t *site) sweep() error {
	var folders []string
	err := filepath.WalkDir(t.folder, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			folders = append(folders, file)
			return nil
		}
		at, err := filepath.Rel(t.folder, file)
		if err != nil || t.kept[filepath.ToSlash(at)] {
			return err
		}
		t.changed++
		return os.Remove(file)
	})
	for i := len(folders) - 1; i > 0; i-- {
		_ = os.Remove(folders[i]) // of those that are empty now
	}
	if err != nil {
		return unwritten(err)
	}
	return nil
}

// pagesOf is of how many pages a place's list is.
func pagesOf(p replay.Page) int { return max(1, (len(p.Entries)+onPage-1)/onPage) }

// pagePath is where a page of the list at an address is.
func (v *views) pagePath(at string, lang i18n.Language, number int) string {
	if v.paper { // a folder knows no query
		if number > 1 {
			at = strings.TrimSuffix(at, "/") + "/page-" + strconv.Itoa(number)
		}
		return at
	}
	if number > 1 {
		at += "?page=" + strconv.Itoa(number)
	}
	if lang == i18n.EN {
		at += map[bool]string{true: "&", false: "?"}[number > 1] + "lang=en"
	}
	return at
}
