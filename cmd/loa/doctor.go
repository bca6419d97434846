package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"

	"loa/controller/doctor"
	"loa/controller/fleet"
	"loa/node"
	nodedoctor "loa/node/doctor"
	"loa/node/link"
	"loa/node/wire/checkup"
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
			return "", "",
				errors.New("máy này chưa được cài làm văn phòng hay cụm loa: hãy nêu controller hoặc node và --config; " +
					"this machine is neither office nor loudspeaker yet: name controller or node, and --config")
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
	var r checkup.Report
	if role == "node" {
		nodedoctor.Examine(ctx, &r, boardOptions(settings, c.Tone))
	} else {
		doctor.Examine(ctx, &r, doctor.Options{Settings: settings, Open: openSettings, Synced: link.ReadSystem().Synced})
	}
	if c.JSON {
		enc := json.NewEncoder(os.Stdout)
		enc.SetIndent("", "  ")
		err = enc.Encode(map[string]any{"role": role, "version": version, "good": r.Good(), "checks": r.Checks})
	} else {
		err = r.Print(os.Stdout)
	}
	if err == nil && !r.Good() {
		err = errUnwell
	}
	return err
}

// boardOptions are what the doctor of a board is told.
func boardOptions(settings string, tone bool) nodedoctor.Options {
	return nodedoctor.Options{Settings: settings, Read: readBoard, Open: openBoard, Fault: fleet.FaultSentence, Version: version, Tone: tone}
}

func readBoard(path string) (config node.Config, err error) { return config, readYAML(path, &config) }

// openBoard reads and checks a node's settings, and goes on as the owner of its data.
func openBoard(path string) (node.Config, error) {
	config, err := readBoard(path)
	if err == nil {
		err = config.Check()
	}
	if err == nil {
		err = becomeOwner(config.Data)
	}
	return config, err
}
