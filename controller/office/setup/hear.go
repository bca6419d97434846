package setup

import (
	"context"

	"loa/controller/office/access"
	"loa/controller/problem"
)

var (
	answerMissing = problem.New(problem.Invalid, "answer_missing", "Hãy bấm Phát thử, rồi trả lời Có hoặc Không.",
		"Play the test, then answer yes or no.")
	notPlayed = problem.New(problem.Conflict, "test_not_played", "Chưa phát thử nên chưa ai nghe được: hãy phát thử trước.",
		"The test was not played, so nobody can have heard it: play it first.")
)

// Hear plays the test chime, or takes the answer whether it was heard.
func (d *Setup) Hear(ctx context.Context, do, node string) error {
	switch do {
	case "play":
		if err := d.opt.Access.Permit(ctx, access.Maintaining, access.NodeTarget(node)); err != nil {
			return err
		}
		c, err := d.opt.Calls.PlayTest(ctx, node)
		if err != nil {
			return err
		}
		return d.Keep(ctx, "wizard.hear", func(w *State) { w.Node, w.Played, w.Heard = node, c.Start, "" })
	case "yes", "no":
		w, err := d.Progress(ctx)
		if err == nil && do == "yes" && w.State.Played.IsZero() {
			err = notPlayed
		}
		if err != nil {
			return err
		}
		return d.Keep(ctx, "wizard.hear", func(w *State) { w.Heard = do })
	}
	return answerMissing
}
