package calls

import (
	"context"
	"errors"
	"time"

	"loa/controller/i18n"
	"loa/controller/library"
	"loa/controller/live"
	"loa/controller/office/access"
	"loa/controller/problem"
	"loa/schedule"
)

// ArmDrill gives the token of a drill, for which the words that it begins and
// ends with are then at hand.
func (d *Desk) ArmDrill(ctx context.Context, said library.Text) (token string, until time.Time, err error) {
	_, err = d.announcement(ctx)
	if err == nil {
		err = d.speakBefore(ctx, said)
	}
	if err != nil {
		return "", until, err
	}
	token, until = d.opt.Live.ArmDrill(access.Of(ctx).Share(), d.opt.Now())
	d.opt.Trail.Did(ctx, "drill.arm", "", nil, nil)
	return token, until, nil
}

// announcement is the clip of the words that every drill begins and ends with,
// in Vietnamese the caller: they are for the villages.
func (d *Desk) announcement(ctx context.Context) (string, error) {
	clip, err := d.opt.Library.SpeakNow(ctx, library.Text{Text: i18n.Say(i18n.VI, "drill_announcement")})
	if err == nil {
		return clip.ID, nil
	}
	if errors.Is(err, context.Canceled) {
		return "", err
	}
	d.opt.Logger.Error("no drill: its words cannot be spoken", "err", err)
	return "", problem.New(problem.Unavailable, "drill_no_voice",
		"Máy chủ chưa đọc được câu “Đây là diễn tập” nên không diễn tập được: "+
			"hãy nhờ kỹ thuật viên cài giọng đọc (espeak-ng, hoặc mục speech trong tệp cài đặt), rồi thử lại.",
		"The server cannot speak the words “this is a drill”, and without them there is no drill: "+
			"ask the technician to install a voice (espeak-ng, or the setting speech), then try again.")
}

// composeDrill makes a request a drill; alert is the clip that is aired in
// place of a voice.
func (d *Desk) composeDrill(ctx context.Context, r *live.Request, b Request, alert string) (err error) {
	r.Drill = &live.Drill{Alert: alert, Repeat: b.Repeat}
	r.Drill.Announcement, err = d.announcement(ctx)
	return err
}

// checkDrill sees that a call is either a drill or real.
func (d *Desk) checkDrill(ctx context.Context, b Request) error {
	if b.Class != string(schedule.Live) {
		return problem.New(problem.Invalid, "drill_class",
			"Diễn tập không bao giờ phát như khẩn cấp: mức độ phải là live.", "A drill is never aired as an emergency: its class is live.")
	}
	until, err := d.opt.Preview.QuietUntil(ctx, d.opt.Now())
	if err != nil || until.IsZero() {
		return err
	}
	hour := until.In(schedule.Zone()).Format("15:04")
	return problem.New(problem.Conflict, "quiet_hours",
		"Đang là giờ yên tĩnh đến %s nên loa không phát diễn tập: hãy đợi hết giờ yên tĩnh.",
		"These are quiet hours until %s, in which no drill is heard: wait until they are over.", hour)
}
