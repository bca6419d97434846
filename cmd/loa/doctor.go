package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

const (
	nodeSettings   = "/etc/loa-node/node.yaml"
	officeSettings = "/etc/loa/controller.yaml"
)

// where says which role of this machine is meant.
type where struct {
	Role   string `arg:"" default:"either" enum:"controller,node,either" help:"controller, node, or either: what this machine has settings for."`
	Config string `help:"The role's settings, YAML; left out: where the package has them." type:"path"`
}

// find returns the role and its settings.
func (w where) find() (role, settings string, err error) {
	role, settings = w.Role, w.Config
	if role == "either" {
		role = "controller"
		if _, err := os.Stat(nodeSettings); err == nil {
			role = "node"
		} else if _, err := os.Stat(officeSettings); err != nil && settings == "" {
			return "", "", errors.New("máy này chưa được cài làm văn phòng hay cụm loa: hãy nêu controller hoặc node và --config; this machine is neither office nor loudspeaker yet: name controller or node, and --config")
		}
	}
	if settings == "" {
		settings = map[string]string{"controller": officeSettings, "node": nodeSettings}[role]
	}
	return role, settings, nil
}

type doctorCmd struct {
	where
	JSON bool `help:"Print JSON."`
	Tone bool `help:"Play the chime on this board's horn, while no node runs."`
}

// errUnwell makes the exit code 1; all has been said.
var errUnwell = errors.New("có mục hỏng, xem trên; something is wrong, see above")

// Run examines the machine, and changes nothing.
func (c *doctorCmd) Run(ctx context.Context) error {
	role, settings, err := c.find()
	if err != nil {
		return err
	}
	var r examination
	if role == "node" {
		examineNode(ctx, &r, settings, c.Tone)
	} else {
		examineOffice(ctx, &r, settings)
	}
	if c.JSON {
		enc := json.NewEncoder(os.Stdout)
		enc.SetIndent("", "  ")
		err = enc.Encode(map[string]any{"role": role, "version": version, "good": r.good(), "checks": r.checks})
	} else {
		err = r.print(os.Stdout)
	}
	if err == nil && !r.good() {
		err = errUnwell
	}
	return err
}

// both languages of a sentence.
type said struct {
	VI string `json:"vi"`
	EN string `json:"en"`
}

// How a check came out. What cannot be known is never good.
const (
	checkGood    = "good"
	checkBad     = "bad"
	checkUnknown = "unknown"
)

// check is one line of the examination.
type check struct {
	Name  string `json:"check"`
	State string `json:"state"`
	What  said   `json:"what"`
	Do    *said  `json:"do,omitempty"`     // if it is not good
	Says  string `json:"detail,omitempty"` // the machine's own words
}

type examination struct{ checks []check }

func (r *examination) ok(name, vi, en string) {
	r.checks = append(r.checks, check{Name: name, State: checkGood, What: said{vi, en}})
}

func (r *examination) bad(name string, what, do said, err error) {
	r.add(name, checkBad, what, do, err)
}

func (r *examination) unknown(name string, what, do said, err error) {
	r.add(name, checkUnknown, what, do, err)
}

func (r *examination) add(name, state string, what, do said, err error) {
	c := check{Name: name, State: state, What: what}
	if do != (said{}) {
		c.Do = &do
	}
	if err != nil {
		c.Says = err.Error()
	}
	r.checks = append(r.checks, c)
}

// is adds a line that is good without an error and bad with one.
func (r *examination) is(name string, err error, good, bad, do said) bool {
	if err != nil {
		r.bad(name, bad, do, err)
		return false
	}
	r.ok(name, good.VI, good.EN)
	return true
}

func (r *examination) good() bool {
	for _, c := range r.checks {
		if c.State == checkBad {
			return false
		}
	}
	return true
}

func (r *examination) print(w io.Writer) error {
	marks := map[string]string{checkGood: "  tốt/good   ", checkBad: "✗ HỎNG/BAD   ", checkUnknown: "? chưa rõ    "}
	var b strings.Builder
	for _, c := range r.checks {
		fmt.Fprintf(&b, "%s %s · %s\n", marks[c.State], c.What.VI, c.What.EN)
		if c.Do != nil {
			fmt.Fprintf(&b, "               → %s\n               → %s\n", c.Do.VI, c.Do.EN)
		}
		if c.Says != "" && c.State != checkGood {
			fmt.Fprintf(&b, "                 (%s)\n", strings.ReplaceAll(c.Says, "\n", "; "))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
