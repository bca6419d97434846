package live

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"
	"unicode/utf8"

	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/text"
	"loa/schedule"
)

const bad = problem.Invalid

var notArmed = problem.New(problem.Forbidden, "not_armed",
	"Phát khẩn cấp cần mở khóa trước: bấm mở khóa, rồi giữ nút phát trong 10 giây tiếp theo.",
	"An emergency must be armed first: arm it, then begin within ten seconds.")

// titles are for calls that nobody named.
var titles = map[schedule.Class]string{schedule.Live: "Phát trực tiếp", schedule.Emergency: "Phát khẩn cấp", schedule.Relay: "Tiếp sóng"}

// oneLine is a text cleaned, whole: one that is too long is told, not cut.
func oneLine(s string) string { return text.Line(s, len(s)) }

// complete fills in what was left out and says what is wrong with a request
// in itself.
func (r *Request) complete() error {
	r.Title, r.Author = oneLine(r.Title), oneLine(r.Author)
	if r.Title == "" {
		r.Title = titles[r.Class]
		if r.Drill != nil {
			r.Title = drillTitle
		}
	}
	if r.Drill != nil {
		r.Title = drillTitled(r.Title)
	}
	if r.Limit == 0 {
		r.Limit = DefaultLimit
	}
	r.Targets = once(r.Targets)
	switch {
	case titles[r.Class] == "":
		return problem.New(bad, "class_unknown",
			"Phát trực tiếp chỉ có mức độ live, relay hoặc emergency.", "A call is of class live, relay or emergency.")
	case utf8.RuneCountInString(r.Title) > schedule.MaxTitle:
		return problem.New(bad, "title_long", "Tên dài quá %d chữ: hãy rút ngắn.", "The title is longer than %d characters: shorten it.",
			schedule.MaxTitle)
	case r.Limit < time.Second || r.Limit > MaxLimit:
		return problem.New(bad, "limit_range",
			"Thời hạn phải từ 1 giây đến %v giờ.", "The limit must be between 1 second and %v hours.", MaxLimit.Hours())
	case len(r.Rundown) > 0 && r.Class != schedule.Emergency:
		return problem.New(bad, "recorded_live",
			"Chỉ bản tin khẩn cấp mới phát ngay từ bản ghi; bản tin khác hãy đặt vào lịch phát.",
			"Only an emergency is triggered from a recording; put other bulletins into the calendar.")
	case (r.Class == schedule.Relay) != (r.Source != "") || r.Source != "" && !schedule.ValidSource(r.Source):
		return problem.New(bad, "source_invalid",
			"Tiếp sóng cần một địa chỉ bắt đầu bằng http:// hoặc https://; phát khác thì không.",
			"A relay, and nothing else, needs an address that begins with http:// or https://.")
	case r.Corrects != "" && r.Class != schedule.Emergency:
		return problem.New(bad, "correction_class", "Cải chính phải là phát khẩn cấp.", "A correction is an emergency call.")
	}
	if r.Drill != nil {
		return r.Drill.check(r)
	}
	return nil
}

// check says why a request cannot be on air now, at the nodes that it concerns.
// It is called with the lock held.
func (l *Live) check(r Request, nodes map[string]bool, now time.Time) error {
	if l.closed {
		return problem.New(problem.Unavailable, "closing",
			"Máy chủ đang tắt: hãy đợi khởi động lại rồi phát.", "The server is stopping: wait until it is back.")
	}
	if len(nodes) == 0 {
		return problem.New(bad, "targets_missing",
			"Nơi được chọn chưa có cụm loa nào: hãy chọn thôn khác.", "There is no loudspeaker at these targets: choose others.")
	}
	if r.Class == schedule.Emergency {
		if _, armed := l.arms.disarm(r.Armed, false, now); !armed {
			return notArmed
		}
		return nil
	}
	for _, c := range l.calls {
		if r.Drill != nil && c.row.Class == schedule.Emergency && c.reaches(nodes) {
			return problem.New(problem.Conflict, "emergency_on_air",
				"“%s” đang phát khẩn cấp thật ở nơi này: không diễn tập lúc này.",
				"The emergency “%s” is on air there and is real: this is no time for a drill.", c.row.Title)
		}
		if c.row.Class == r.Class && c.reaches(nodes) {
			return problem.New(problem.Conflict, "call_in_the_way",
				"“%s” đang phát trực tiếp ở nơi này: hãy đợi hoặc dừng buổi đó trước.",
				"“%s” is on air there: wait, or stop it first.", c.row.Title)
		}
	}
	if r.Drill != nil {
		if _, armed := l.arms.disarm(r.Armed, true, now); !armed {
			return notArmedDrill
		}
	}
	return nil
}

// correct makes a correction's targets exactly the nodes that heard what it
// takes back, and those that may have and cannot say; and ends that. A node that is
// still to hear it must not.
func (l *Live) correct(ctx context.Context, r *Request) error {
	if !l.arms.has(r.Armed, false, l.opt.Now()) {
		return notArmed
	}
	if on := l.Call(r.Corrects); on != nil {
		on.hear(l.opt.Statuses())
		on.Stop()
		<-on.Done() // bounded: it tells the nodes and writes the log
	}
	row, err := l.opt.Store.Call(ctx, r.Corrects)
	if errors.Is(err, store.ErrNotFound) {
		return problem.New(bad, "call_unknown", "Không có buổi phát cần cải chính này trong nhật ký.",
			"The call to be corrected is not in the log.")
	}
	if err != nil {
		return err
	}
	heard, err := heardBy(ctx, l.opt.Store, row)
	if err != nil { // those that said so meanwhile are known all the same
		l.opt.Logger.Error("a correction goes to the nodes that said that they play the call: the log of plays cannot be read", "call", row.ID,
			"err", err)
	}
	all, err := l.opt.Store.Nodes(ctx)
	if err != nil {
		return err
	}
	tree, err := l.opt.Store.Tree(ctx)
	if err != nil {
		return err
	}
	here := map[string]bool{}
	for _, n := range all {
		here[n.ID] = heard[n.ID] || n.NoReturn && row.Targets.Covers(tree, n.ID, n.Area)
	}
	maps.DeleteFunc(here, func(_ string, was bool) bool { return !was })
	if len(here) == 0 {
		return problem.New(problem.Conflict, "nobody_heard",
			"Chưa cụm loa nào phát tin này nên không cần cải chính; tin đã được dừng.",
			"No loudspeaker has played it, so there is nothing to correct; it has been stopped.")
	}
	r.Targets = schedule.Targets{Nodes: slices.Sorted(maps.Keys(here))}
	return nil
}

// once names each target once.
func once(t schedule.Targets) schedule.Targets {
	t.Areas, t.Nodes = slices.Clone(t.Areas), slices.Clone(t.Nodes)
	slices.Sort(t.Areas)
	slices.Sort(t.Nodes)
	t.Areas, t.Nodes = slices.Compact(t.Areas), slices.Compact(t.Nodes)
	return t
}

// targetsMany is of a command that no node would take: it must not be acknowledged.
var targetsMany = problem.New(bad, "targets_many",
	"Chọn quá nhiều nơi trong một lần phát nên chưa phát gì: hãy chọn cả xã hoặc cả thôn thay vì từng cụm loa, hoặc chia làm nhiều lần.",
	"There are too many targets for one command, and nothing was aired: "+
		"choose the commune or whole villages instead of single loudspeakers, or call several times.")
