package calls

import (
	"context"
	"errors"
	"time"

	"loa/audio/tune"
	"loa/controller/i18n"
	"loa/controller/live"
	"loa/controller/office/access"
	"loa/controller/office/audit"
	"loa/controller/office/calendar"
	"loa/controller/office/template"
	"loa/controller/problem"
	"loa/controller/reach"
	"loa/controller/store"
	"loa/node/wire"
	"loa/schedule"
)

// alertPause is the silence between two rounds of a recorded emergency:
// ISO 7240-16 allows 10 s within a message.
const alertPause = 5 * time.Second

// Request is a call as a person or script asks for it.
type Request struct {
	Title   string           `json:"title,omitempty"`
	Class   string           `json:"class" enum:"live,relay,emergency"`
	Targets schedule.Targets `json:"targets,omitempty" doc:"of a correction they are the nodes that heard what it takes back"`
	Author  string           `json:"author,omitempty" maxLength:"200"`
	Chime   *bool            `json:"chime,omitempty" doc:"first, if left out; its length is the time to think again"`
	LimitS  float64          `json:"limit_s,omitempty" doc:"ends by itself; 1800 if left out"`
	Armed   string           `json:"armed,omitempty" doc:"token of POST /arm, for an emergency, or of POST /arm/drill"`
	Drill   bool             `json:"drill,omitempty" doc:"diễn tập: a rehearsal, of class live, that begins and ends with the words that it is one; clip, bulletin or text stand for a recorded alert"`
	// Exercise says from which entry of the calendar a drill was begun.
	Exercise string `json:"exercise,omitempty" enum:"audible,yearly" doc:"of a drill: the entry of the calendar of tests and drills that it belongs to"`
	Repeat   int    `json:"repeat,omitempty" minimum:"0" maximum:"10" doc:"how often a drill says a recorded alert; 1 if left out"`
	Clip     string `json:"clip,omitempty" doc:"a recorded emergency instead of a voice"`
	Bulletin string `json:"bulletin,omitempty" doc:"the same, of a bulletin: as it was approved last, whatever is written of it since"`
	Digest   string `json:"digest,omitempty" doc:"of the bulletin that is meant, approval.digest; if another one is approved by now, nothing is aired"`
	Bypass   bool   `json:"bypass,omitempty" doc:"khẩn cấp: không qua duyệt; air the bulletin as it is written now, which nobody approved for there: it takes its digest and the right to air emergencies, and who did so stands on record with what"`
	Text     string `json:"text,omitempty" doc:"the same, spoken on the spot"`
	template.Filled
	Source   string `json:"source,omitempty" doc:"address of the stream that is passed on, for class relay"`
	Corrects string `json:"corrects,omitempty" doc:"id of the emergency that this one takes back"`
}

// CallView is a call as the API shows it.
type Call struct {
	ID        string           `json:"id"`
	Title     string           `json:"title"`
	Class     string           `json:"class"`
	Targets   schedule.Targets `json:"targets"`
	Author    string           `json:"author,omitempty"`
	Start     time.Time        `json:"start" doc:"when its first sound leaves the horns"`
	End       time.Time        `json:"end" doc:"its limit, or when it ended"`
	Ended     *time.Time       `json:"ended,omitempty"`
	Reason    string           `json:"reason,omitempty" enum:"stopped,limit,no_frames,silence,no_stream,cut,emergency"`
	Recording string           `json:"recording,omitempty" doc:"path of the recording, Ogg Opus"`
	NoRecord  bool             `json:"unrecorded,omitempty" doc:"the voice was aired though it could not be recorded, or not to its end"`
	Unwritten *Sentence        `json:"unwritten,omitempty" doc:"what was done could not be written down yet; it is kept, and will be"`
	Deaf      *Sentence        `json:"deaf,omitempty" doc:"no loudspeaker obeys this machine: its key is lost"`
	Voice     string           `json:"voice,omitempty" doc:"path of the WebSocket for the microphone, while on air"`
	Speak     *time.Time       `json:"speak,omitempty" doc:"to whoever began it: from when the microphone is on air"`
	Source    string           `json:"source,omitempty" doc:"of a relay, without a password"`
	Relay     *Relay           `json:"relay,omitempty" doc:"how a relay is, while on air"`
	Corrects  string           `json:"corrects,omitempty" doc:"the call that it takes back"`
	Drill     bool             `json:"drill,omitempty" doc:"diễn tập: a rehearsal, nothing of it is real"`
	Closing   bool             `json:"closing,omitempty" doc:"a drill has been stopped, or is over, and its last words are being heard"`
	Bypass    bool             `json:"bypass,omitempty" doc:"khẩn cấp: không qua duyệt; an emergency that nobody approved beforehand"`
	Approver  string           `json:"approver,omitempty" doc:"who approved beforehand the bulletin that it says"`
	Said      *store.Said      `json:"said,omitempty" doc:"what exactly it says; left out of a voice"`
	Nodes     int              `json:"nodes" doc:"that it concerns"`
	Heard     []Heard          `json:"heard" doc:"nodes that said that they play it"`
	Missing   []access.Named   `json:"missing" doc:"nodes that it concerns and that did not"`
	Now       []access.Named   `json:"now" doc:"nodes that play it at this moment, by their own last word: one that plays a later emergency instead is not among them"`
	MaySound  []Still          `json:"may_sound,omitempty" doc:"after a recorded emergency was ended: nodes that have not confirmed it and may still sound, and until when at most"`
	NoReturn  []access.Named   `json:"no_return,omitempty" doc:"nodes that it concerns and that have no way to say: in none of the numbers"`
}

// Sentence is something said in both languages.
type Sentence struct {
	VI string `json:"vi"`
	EN string `json:"en"`
}

// Relay is how the passing on of a station is.
type Relay struct {
	State string `json:"state" enum:"connecting,on_air,reconnecting,failed"`
	VI    string `json:"vi"`
	EN    string `json:"en"`
}

// Begin puts on the air what was asked for.
func (d *Desk) Begin(ctx context.Context, b Request) (v Call, err error) {
	r, err := d.composeCall(ctx, b, d.opt.Now())
	if err != nil {
		return v, err
	}
	c, err := d.opt.Live.Begin(ctx, r)
	if err != nil {
		return v, err
	}
	d.begins(c)
	info := c.Info()
	info.Source = reach.Masked(info.Source)
	d.opt.Trail.Record(ctx, store.Audit{Action: "call.begin", Object: info.ID, Where: audit.Targeted(info.Targets), After: audit.Written(info),
		Note: remarkOf(info)})
	d.opt.Notices.TellLeaders(ctx, info)
	if info.Drill && d.opt.Started != nil {
		d.opt.Started(ctx, store.ExerciseKind(b.Exercise), info)
	}
	v = d.answer(ctx, c.Info())
	if v.Voice != "" {
		speak := c.SpeakAt()
		v.Speak = &speak
	}
	return v, nil
}

// composeCall makes a request of what was asked at an instant. Its token is taken
// before anything that takes time: the finger is judged, not this machine.
func (d *Desk) composeCall(ctx context.Context, b Request, asked time.Time) (live.Request, error) {
	r := live.Request{Title: b.Title, Class: schedule.Class(b.Class), Targets: b.Targets, Author: access.Of(ctx).Author(b.Author),
		Account: access.Of(ctx).Who.ID, Armed: b.Armed,
		Chime: b.Chime == nil || *b.Chime, Limit: calendar.Seconds(b.LimitS),
		Source: b.Source, Corrects: b.Corrects}
	c, err := d.opt.Calendar.Composer(ctx)
	if err != nil {
		return r, err
	}
	if b.Corrects == "" {
		err = c.CheckTargets(b.Targets)
	}
	if err == nil {
		err = d.permitCall(ctx, b)
	}
	if err == nil {
		err = d.checkSources(b)
	}
	switch {
	case err != nil:
	case b.Drill:
		err = d.checkDrill(ctx, b)
	case r.Class != schedule.Emergency:
		err = d.opt.Preview.CheckQuiet(ctx, d.opt.Now())
	}
	if err == nil && (b.Drill || r.Class == schedule.Emergency) {
		r.Armed, err = d.opt.Live.Hold(b.Armed, b.Drill, asked)
	}
	if err != nil {
		return r, err
	}
	if b.Text != "" || b.Template != "" || b.Clip != "" || b.Bulletin != "" {
		err = d.composeRecorded(ctx, &r, b, c)
	} else if b.Drill {
		err = d.composeDrill(ctx, &r, b, "")
	}
	return r, err
}

// composeRecorded is what an alert says that nobody speaks.
func (d *Desk) composeRecorded(ctx context.Context, r *live.Request, b Request, c *calendar.Composer) error {
	items, err := d.alertItems(ctx, r, c, b)
	if err != nil {
		return err
	}
	if r.Title == "" {
		r.Title = items[0].Title
	}
	if b.Drill { // its first language
		return d.composeDrill(ctx, r, b, items[0].Clip)
	}
	for _, item := range items {
		clip, err := d.opt.Store.GetClip(ctx, item.Clip)
		if err != nil {
			return err
		}
		r.Clips = append(r.Clips, wire.ClipRef{SHA: clip.ID, Bytes: clip.Bytes})
	}
	// The attention tone is to last 3 to 10 s: two chimes are 5.6 d. A template has
	// its own, behind one: nodes make the chime themselves, it sounds at once.
	chimes := schedule.Item{Kind: schedule.Chime, Length: tune.ChimeDuration, Repeat: 2}
	if b.Template != "" {
		chimes.Repeat = 1
	}
	r.Rundown = append([]schedule.Item{chimes}, items...)
	r.Rundown = append(r.Rundown, schedule.Item{Kind: schedule.Gap, Length: alertPause})
	return nil
}

// permitCall says why the caller may not put this on the air there. A
// correction goes where what it takes back was heard, and ends that.
func (d *Desk) permitCall(ctx context.Context, b Request) error {
	needs := access.Speaking
	switch {
	case b.Class == string(schedule.Emergency):
		needs = access.Alerting
	case b.Drill:
		needs = access.Drilling
	}
	if b.Corrects == "" {
		return d.opt.Access.Permit(ctx, needs, b.Targets)
	}
	row, err := d.opt.Store.Call(ctx, b.Corrects)
	if errors.Is(err, store.ErrNotFound) {
		return nil // live refuses it
	}
	if err != nil {
		return err
	}
	return d.opt.Access.Permit(ctx, access.Alerting, row.Targets)
}

// checkSources sees that a call has at most one thing to say, and that it
// goes with its class.
func (d *Desk) checkSources(b Request) error {
	recorded := calendar.Chosen(b.Text != "", b.Template != "", b.Clip != "", b.Bulletin != "")
	switch {
	case recorded+calendar.Chosen(b.Source != "") > 1:
		return problem.New(problem.Invalid, "sources_many",
			"Chỉ chọn một thứ để phát: văn bản, mẫu, tệp âm thanh, bản tin hoặc địa chỉ tiếp sóng.",
			"Choose one thing to air: a text, a template, a clip, a bulletin or a stream.")
	case recorded > 0 && b.Class != string(schedule.Emergency) && !b.Drill: // before a speech is made for nothing
		return problem.New(problem.Invalid, "recorded_live",
			"Chỉ bản tin khẩn cấp mới phát ngay từ bản ghi; bản tin khác hãy đặt vào lịch phát.",
			"Only an emergency is triggered from a recording; put other bulletins into the calendar.")
	}
	return d.opt.Reach.Check(b.Source)
}

// remarkOf is what the audit log says of how a call came to be; "": nothing.
func remarkOf(c store.Call) string {
	switch {
	case c.Class == schedule.Emergency && c.Approver != "":
		return i18n.Say(i18n.VI, "approved_before", c.Approver)
	case c.Class == schedule.Emergency:
		return i18n.Say(i18n.VI, "remark_bypass")
	case c.Drill:
		return i18n.Say(i18n.VI, "class_drill")
	}
	return ""
}

// begins waits for the end of a call that was begun here: it is written down.
func (d *Desk) begins(c *live.Call) {
	d.began.Go(func() { <-c.Done() }) // at the latest when live ends
}

// Ended writes down that a call is over, also one that another run of the
// controller began.
func (d *Desk) Ended(row store.Call) {
	d.opt.Trail.Record(context.Background(),
		store.Audit{Who: "live", Action: "call.end", Object: row.ID, Where: audit.Targeted(row.Targets), Note: row.Reason,
			After: audit.Written(map[string]any{"title": row.Title, "class": row.Class, "drill": row.Drill, "start": row.Start, "ended": row.Ended,
				"heard": row.Heard})})
}

// IsOwn reports whether the caller began a call: by their account, for two
// people may have one name. One of which the account is not known is nobody's
// own but the machine's.
func (d *Desk) IsOwn(v *access.Visit, row store.Call) bool {
	return v.Kind == access.Machine || v.Kind != access.Nobody && row.Account != "" && row.Account == v.Who.ID
}
