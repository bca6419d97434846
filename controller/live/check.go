package live

import (
	"context"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"loa/controller/problem"
	"loa/schedule"
)

const bad = http.StatusUnprocessableEntity

// check completes a request and returns the nodes that it concerns, or says
// what is wrong with it. It is called with the lock held.
func (l *Live) check(ctx context.Context, r *Request, now time.Time) (map[string]bool, error) {
	r.Title = strings.TrimSpace(r.Title)
	if r.Title == "" {
		r.Title = map[schedule.Class]string{schedule.Live: "Phát trực tiếp", schedule.Emergency: "Phát khẩn cấp"}[r.Class]
	}
	if r.Limit == 0 {
		r.Limit = DefaultLimit
	}
	switch {
	case l.closed:
		return nil, problem.New(http.StatusServiceUnavailable, "closing",
			"Máy chủ đang tắt: hãy đợi khởi động lại rồi phát.", "The server is stopping: wait until it is back.")
	case r.Class != schedule.Live && r.Class != schedule.Emergency:
		return nil, problem.New(bad, "class_unknown",
			"Phát trực tiếp chỉ có mức độ live hoặc emergency.", "A call is of class live or emergency.")
	case utf8.RuneCountInString(r.Title) > schedule.MaxTitle:
		return nil, problem.New(bad, "title_long", "Tên dài quá %d chữ: hãy rút ngắn.", "The title is longer than %d characters: shorten it.", schedule.MaxTitle)
	case r.Limit < time.Second || r.Limit > MaxLimit:
		return nil, problem.New(bad, "limit_range",
			"Thời hạn phải từ 1 giây đến %v giờ.", "The limit must be between 1 second and %v hours.", MaxLimit.Hours())
	case len(r.Rundown) > 0 && r.Class != schedule.Emergency:
		return nil, problem.New(bad, "recorded_live",
			"Chỉ bản tin khẩn cấp mới phát ngay từ bản ghi; bản tin khác hãy đặt vào lịch phát.",
			"Only an emergency is triggered from a recording; put other bulletins into the calendar.")
	}
	nodes, err := l.concerned(ctx, r.Targets)
	if err != nil {
		return nil, err
	}
	if len(nodes) == 0 {
		return nil, problem.New(bad, "targets_missing",
			"Nơi được chọn chưa có cụm loa nào: hãy chọn thôn khác.", "There is no loudspeaker at these targets: choose others.")
	}
	if r.Class == schedule.Emergency {
		if !l.disarm(r.Armed, now) {
			return nil, problem.New(http.StatusForbidden, "not_armed",
				"Phát khẩn cấp cần mở khóa trước: bấm mở khóa, rồi giữ nút phát trong 10 giây tiếp theo.",
				"An emergency must be armed first: arm it, then begin within ten seconds.")
		}
		return nodes, nil
	}
	for _, c := range l.calls {
		if c.row.Class == schedule.Live && c.reaches(nodes) {
			return nil, problem.New(http.StatusConflict, "call_in_the_way",
				"“%s” đang phát trực tiếp ở nơi này: hãy đợi hoặc dừng buổi đó trước.",
				"“%s” is on air there: wait, or stop it first.", c.row.Title)
		}
	}
	return nodes, nil
}
