package inventory

import (
	"context"
	"time"

	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/trust"
	"loa/node/wire"
)

// NoBoard refuses what only a board could do.
var NoBoard = problem.New(problem.Conflict, "node_no_return",
	"Cụm loa này không có phản hồi nên không ghi danh hay phát thử được: nếu đã lắp bo mạch, bỏ đánh dấu “không có phản hồi” của nó trước.",
	"This loudspeaker has no return path, so it can be neither enrolled nor tested: if it has a board now, take away that mark first.")

// Invite makes a one-time code by which a board becomes the node, and says until when
// it counts.
func (d *Inventory) Invite(ctx context.Context, id string) (code string, until time.Time, err error) {
	n, err := d.opt.Store.Node(ctx, id)
	if err == nil && n.NoReturn {
		err = NoBoard
	}
	if err != nil {
		return "", until, err
	}
	c, until, err := d.opt.Enrol.Invite(ctx, id)
	if err != nil {
		return "", until, err
	}
	d.opt.Trail.Did(ctx, "node.invite", id, nil, nil, id)
	return c.String(), until, nil
}

// Revoke keeps the node's board out, from now on.
func (d *Inventory) Revoke(ctx context.Context, id string) error {
	if !trust.ValidNodeID(id) {
		return BadID(id)
	}
	if err := d.opt.Enrol.Revoke(ctx, id); err != nil {
		return err
	}
	d.opt.Trail.Did(ctx, "node.revoke", id, nil, nil, id)
	return nil
}

var testDeaf = problem.New(problem.Conflict, "node_deaf",
	"Cụm loa này không có micro nên không tự kiểm tra được: hãy bấm Phát thử và nghe tại chỗ, hoặc lắp micro (mục ear).",
	"This loudspeaker has no microphone and cannot test itself: play a test and listen there, or add a microphone (ear).")

// TestHorn has a node test its horn; what came of it is in its next status.
func (d *Inventory) TestHorn(ctx context.Context, id string) error {
	n, err := d.Node(ctx, id)
	if err != nil {
		return err
	}
	switch {
	case n.State == "offline", n.State == "unknown":
		return Away
	case !n.Ear:
		return testDeaf
	}
	if err := d.opt.Preview.CheckQuiet(ctx, d.opt.Now()); err != nil {
		return err
	}
	if err := d.opt.TestHorn(ctx, id); err != nil {
		return err
	}
	d.opt.Trail.Did(ctx, "node.selftest", id, nil, nil, id)
	return nil
}

var (
	// Away refuses a test of a loudspeaker that says nothing.
	Away = problem.New(problem.Conflict, "node_away",
		"Cụm loa chưa có tín hiệu nên không phát thử được: kiểm tra điện và mạng của nó rồi thử lại.",
		"There is no word from this loudspeaker, so it cannot be tested: check its power and network, then try again.")
	// Busy refuses a test of one that is on air.
	Busy = problem.New(problem.Conflict, "node_busy",
		"Cụm loa đang phát nên không phát thử: hãy đợi phát xong rồi thử lại.",
		"This loudspeaker is on air and is not tested now: wait until it has finished.")
)

// Enrol lets a board in that knows a code, and answers with its certificate; from is the
// address that it calls from.
func (d *Inventory) Enrol(ctx context.Context, ask wire.Enrol, from string) (wire.Enrolled, error) {
	answer, node, err := d.opt.Enrol.Enrol(ctx, ask, from)
	if err != nil {
		return wire.Enrolled{}, err
	}
	d.opt.Logger.Info("board enrolled", "node", node, "from", from)
	d.opt.Trail.Record(ctx, store.Audit{Who: "node:" + node, Name: node, Action: "node.enrol", Object: node, Where: []string{node}})
	d.opt.News("nodes")
	return answer, nil
}
