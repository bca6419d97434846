package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/controller/i18n"
	"loa/controller/library"
	"loa/controller/live"
	"loa/controller/office/access"
	"loa/controller/problem"
	"loa/schedule"
)

func (s *Server) registerDrills(mux *router) {
	huma.Register(s.api, operation("arm-drill", http.MethodPost, "/arm/drill", "Make a drill possible, for ten seconds; its words are made ready before", "Live", http.StatusCreated), s.armDrill)
	mux.HandleFunc("GET /drill", s.reachPage("drill", map[string]part{"places": s.drillPlaces,
		"recorded": s.recorded, "past": s.drills}))
}

// armDrill gives the token of a drill, for which the words that it begins and
// ends with are then at hand.
func (s *Server) armDrill(ctx context.Context, in *armInput) (*armAnswer, error) {
	_, err := s.announcement(ctx)
	if err == nil {
		err = s.speakBefore(ctx, in)
	}
	if err != nil {
		return nil, s.fail(err)
	}
	out := &armAnswer{}
	out.Body.Armed, out.Body.Until = s.opt.Live.ArmDrill(access.Of(ctx).Share(), s.opt.Now())
	s.trail.Did(ctx, "drill.arm", "", nil, nil)
	return out, nil
}

// announcement is the clip of the words that every drill begins and ends with,
// in Vietnamese the caller: they are for the villages.
func (s *Server) announcement(ctx context.Context) (string, error) {
	clip, err := s.opt.Library.SpeakNow(ctx, library.Text{Text: i18n.Say(i18n.VI, "drill_announcement")})
	if err == nil {
		return clip.ID, nil
	}
	if errors.Is(err, context.Canceled) {
		return "", err
	}
	s.opt.Logger.Error("no drill: its words cannot be spoken", "err", err)
	return "", problem.New(problem.Unavailable, "drill_no_voice",
		"Máy chủ chưa đọc được câu “Đây là diễn tập” nên không diễn tập được: hãy nhờ kỹ thuật viên cài giọng đọc (espeak-ng, hoặc mục speech trong tệp cài đặt), rồi thử lại.",
		"The server cannot speak the words “this is a drill”, and without them there is no drill: ask the technician to install a voice (espeak-ng, or the setting speech), then try again.")
}

// composeDrill makes a request a drill; alert is the clip that is aired in
// place of a voice.
func (s *Server) composeDrill(ctx context.Context, r *live.Request, b CallBody, alert string) (err error) {
	r.Drill = &live.Drill{Alert: alert, Repeat: b.Repeat}
	r.Drill.Announcement, err = s.announcement(ctx)
	return err
}

// checkDrill sees that a call is either a drill or real.
func (s *Server) checkDrill(ctx context.Context, b CallBody) error {
	if b.Class != string(schedule.Live) {
		return problem.New(problem.Invalid, "drill_class",
			"Diễn tập không bao giờ phát như khẩn cấp: mức độ phải là live.", "A drill is never aired as an emergency: its class is live.")
	}
	until, err := s.preview.QuietUntil(ctx, s.opt.Now())
	if err != nil || until.IsZero() {
		return err
	}
	hour := until.In(schedule.Zone()).Format("15:04")
	return problem.New(problem.Conflict, "quiet_hours",
		"Đang là giờ yên tĩnh đến %s nên loa không phát diễn tập: hãy đợi hết giờ yên tĩnh.",
		"These are quiet hours until %s, in which no drill is heard: wait until they are over.", hour)
}

// drillPlaces offers the smallest village: a drill of the whole commune is
// chosen, not slipped into.
func (s *Server) drillPlaces(ctx context.Context, _ time.Time) (any, error) {
	rows, err := s.placeRows(ctx, access.Drilling)
	chooseSmallest(rows)
	return rows, err
}

const (
	drillsBack = 30 * 24 * time.Hour
	maxDrills  = 20
)

// drills lists those on air and those of the last month.
func (s *Server) drills(ctx context.Context, now time.Time) (any, error) {
	v := callsView{Now: now}
	rows, err := s.opt.Store.Calls(ctx, time.Time{}, maxList)
	if err != nil {
		return v, err
	}
	p, err := s.access.View(ctx)
	if err != nil {
		return v, err
	}
	for _, row := range rows {
		onAir := s.opt.Live.Call(row.ID) != nil
		if row.Drill && len(v.Calls) < maxDrills && p.Concerns(row.Targets) && (onAir || row.Start.After(now.Add(-drillsBack))) {
			v.Calls = append(v.Calls, s.callRow(p, row, now))
		}
	}
	return v, nil
}
