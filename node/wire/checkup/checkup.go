// Package checkup is what an examination of a machine comes to, office or board: a
// line for each thing that was looked at, good, bad or unknown, in both languages,
// with what to do. Both roles' doctors write a [Report]; loa doctor prints it, for
// people or as JSON, and loa support takes its lines along.
//
//	var r checkup.Report
//	r.Is("store", err, good, bad, do)          // good without an error, bad with one
//	r.Unknown("modem", what, do, nil)          // what cannot be known is never good
//	r.Print(os.Stdout)
package checkup

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Said is a sentence in both languages.
type Said struct {
	VI string `json:"vi"`
	EN string `json:"en"`
}

// How a check came out. What cannot be known is never good.
const (
	Good    = "good"
	Bad     = "bad"
	Unknown = "unknown"
)

// Check is one line of a report.
type Check struct {
	Name  string `json:"check"`
	State string `json:"state"`
	What  Said   `json:"what"`
	Do    *Said  `json:"do,omitempty"`     // if it is not good
	Says  string `json:"detail,omitempty"` // the machine's own words
}

// Report is an examination so far. Its zero value is one in which nothing was
// looked at yet.
type Report struct{ Checks []Check }

// OK adds a line that is good.
func (r *Report) OK(name, vi, en string) {
	r.Checks = append(r.Checks, Check{Name: name, State: Good, What: Said{vi, en}})
}

// Bad adds a line that is bad; do is empty where nothing can be done, err nil where
// the machine says nothing of its own.
func (r *Report) Bad(name string, what, do Said, err error) { r.add(name, Bad, what, do, err) }

// Unknown adds a line of what cannot be known, likewise.
func (r *Report) Unknown(name string, what, do Said, err error) { r.add(name, Unknown, what, do, err) }

func (r *Report) add(name, state string, what, do Said, err error) {
	c := Check{Name: name, State: state, What: what}
	if do != (Said{}) {
		c.Do = &do
	}
	if err != nil {
		c.Says = err.Error()
	}
	r.Checks = append(r.Checks, c)
}

// Is adds a line that is good without an error and bad with one, and reports which.
func (r *Report) Is(name string, err error, good, bad, do Said) bool {
	if err != nil {
		r.Bad(name, bad, do, err)
		return false
	}
	r.OK(name, good.VI, good.EN)
	return true
}

// Good reports whether no line is bad.
func (r *Report) Good() bool {
	for _, c := range r.Checks {
		if c.State == Bad {
			return false
		}
	}
	return true
}

// Print writes the lines for people.
func (r *Report) Print(w io.Writer) error {
	marks := map[string]string{Good: "  tốt/good   ", Bad: "✗ HỎNG/BAD   ", Unknown: "? chưa rõ    "}
	var b strings.Builder
	for _, c := range r.Checks {
		fmt.Fprintf(&b, "%s %s · %s\n", marks[c.State], c.What.VI, c.What.EN)
		if c.Do != nil {
			fmt.Fprintf(&b, "               → %s\n               → %s\n", c.Do.VI, c.Do.EN)
		}
		if c.Says != "" && c.State != Good {
			fmt.Fprintf(&b, "                 (%s)\n", strings.ReplaceAll(c.Says, "\n", "; "))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// TryWrite writes a file to a folder and removes it; an error says why that cannot be.
func TryWrite(dir string) error {
	f, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return err
	}
	_, err = f.WriteString("loa")
	return errors.Join(err, f.Sync(), f.Close(), os.Remove(f.Name()))
}

// File is a file as it may be told to others: not what is in it.
type File struct {
	Name    string    `json:"name"` // in its folder
	Mode    string    `json:"mode"`
	Bytes   int64     `json:"bytes"`
	Changed time.Time `json:"changed"`
}

// Files lists the files below a folder; with an error, those that were seen before it.
func Files(dir string) (files []File, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			name := strings.TrimPrefix(path, dir+string(os.PathSeparator))
			files = append(files, File{name, info.Mode().String(), info.Size(), info.ModTime().UTC()})
		}
		return err
	})
	return files, err
}
