package setup

import (
	"context"
	"time"

	"loa/controller/store"
)

// Hearing is the wizard's last step.
type Hearing struct {
	Node   string     `json:"node,omitempty" doc:"the first loudspeaker"`
	Played *time.Time `json:"played,omitempty" doc:"when the test chime was last played there"`
	Said   *time.Time `json:"said,omitempty" doc:"when the loudspeaker itself says that it last gave out sound"`
	Heard  string     `json:"heard,omitempty" enum:"yes,no" doc:"what whoever stood there answered; left out: nothing yet"`
	Steps  []StepView `json:"steps" doc:"all of the wizard"`
}

// StepView is one step of the wizard, for a program.
type StepView struct {
	Step string `json:"step" enum:"places,hours,node,hear"`
	Done bool   `json:"done"`
}

// Hearing is how far the last step is: whether the first loudspeaker was heard.
func (d *Setup) Hearing(ctx context.Context) (Hearing, error) {
	w, err := d.Progress(ctx)
	if err != nil {
		return Hearing{}, err
	}
	v := Hearing{Played: store.Optional(w.State.Played), Heard: w.State.Heard}
	if n := w.Node(); n != nil {
		v.Node, v.Said = n.ID, n.LastHeard
	}
	for _, step := range w.Steps {
		v.Steps = append(v.Steps, StepView{step.Step, step.Done})
	}
	return v, nil
}
