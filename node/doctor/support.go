package doctor

import (
	"context"
	"runtime"
	"time"

	"loa/node"
	"loa/node/wire"
	"loa/node/wire/checkup"
)

// Bundle is all that leaves a board for those who look for a fault. As of the office's, nothing is taken
// over whole: what a command said, or a person wrote, stays.
type Bundle struct {
	At       time.Time         `json:"at"`
	Version  string            `json:"version"`
	Go       string            `json:"go"`
	Machine  string            `json:"machine"`
	Settings map[string]any    `json:"settings"`
	Checks   []checkup.Check   `json:"checks"`
	Status   *wire.Status      `json:"status,omitempty"` // of the node that runs
	Files    []checkup.File    `json:"files"`
	Wrong    map[string]string `json:"wrong,omitempty"`
}

// Gather examines the board, without the chime, and reads what it can; what it
// cannot is part of the finding.
func Gather(ctx context.Context, o Options, now time.Time) Bundle {
	o.Tone = false
	b := Bundle{At: now.UTC(), Version: o.Version, Go: runtime.Version(), Machine: runtime.GOOS + "/" + runtime.GOARCH,
		Wrong: map[string]string{}}
	var r checkup.Report
	Examine(ctx, &r, o)
	for _, c := range r.Checks {
		c.Says = ""
		b.Checks = append(b.Checks, c)
	}
	config, err := o.Read(o.Settings)
	if err != nil {
		return b // the first of the checks says so
	}
	b.Settings = plainBoard(config)
	wrong := func(what string, err error) {
		if err != nil {
			b.Wrong[what] = err.Error()
		}
	}
	running, err := Ask(ctx, config.Data)
	wrong("status", err)
	if running != nil {
		b.Status = plainStatus(running.Status)
	}
	b.Files, err = checkup.Files(config.Data)
	wrong("files", err)
	return b
}

// plainBoard are a board's settings; of a command only that there is one.
func plainBoard(c node.Config) map[string]any {
	return map[string]any{"id": c.ID, "commune": c.Commune, "broker": c.Broker, "server_name": c.ServerName, "data": c.Data, "sound": c.Sound,
		"mixer": len(c.Mixer) > 0, "mixer_control": c.MixerControl, "amp_gpio": c.AmpGPIO, "amp_command": len(c.AmpOn) > 0,
		"amp_warm_up": c.AmpWarmUp.String(), "amp_idle": c.AmpIdle.String(),
		"ear": c.Ear, "ear_level": c.EarLevel, "ear_line": c.EarLine, "ear_line_level": c.EarLineLevel, "mains_gpio": c.MainsGPIO,
		"mains_command": len(c.MainsCommand) > 0}
}

// plainStatus is a status without what programs and people said.
func plainStatus(s wire.Status) *wire.Status {
	s.OnAir, s.Sound.Error = nil, ""
	faults := make([]wire.Fault, len(s.Faults))
	for i, f := range s.Faults {
		faults[i] = wire.Fault{Code: f.Code, Since: f.Since}
	}
	s.Faults = faults
	return &s
}
