package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loa/audio"
	"loa/controller/i18n"
	"loa/controller/library"
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

// CallBody is a call as a person or script asks for it.
type CallBody struct {
	Title    string           `json:"title,omitempty"`
	Class    string           `json:"class" enum:"live,relay,emergency"`
	Targets  schedule.Targets `json:"targets,omitempty" doc:"of a correction they are the nodes that heard what it takes back"`
	Author   string           `json:"author,omitempty" maxLength:"200"`
	Chime    *bool            `json:"chime,omitempty" doc:"first, if left out; its length is the time to think again"`
	LimitS   float64          `json:"limit_s,omitempty" doc:"ends by itself; 1800 if left out"`
	Armed    string           `json:"armed,omitempty" doc:"token of POST /arm, for an emergency, or of POST /arm/drill"`
	Drill    bool             `json:"drill,omitempty" doc:"diễn tập: a rehearsal, of class live, that begins and ends with the words that it is one; clip, bulletin or text stand for a recorded alert"`
	Repeat   int              `json:"repeat,omitempty" minimum:"0" maximum:"10" doc:"how often a drill says a recorded alert; 1 if left out"`
	Clip     string           `json:"clip,omitempty" doc:"a recorded emergency instead of a voice"`
	Bulletin string           `json:"bulletin,omitempty" doc:"the same, of a bulletin: as it was approved last, whatever is written of it since"`
	Digest   string           `json:"digest,omitempty" doc:"of the bulletin that is meant, approval.digest; if another one is approved by now, nothing is aired"`
	Bypass   bool             `json:"bypass,omitempty" doc:"khẩn cấp: không qua duyệt; air the bulletin as it is written now, which nobody approved for there: it takes its digest and the right to air emergencies, and who did so stands on record with what"`
	Text     string           `json:"text,omitempty" doc:"the same, spoken on the spot"`
	template.Filled
	Source   string `json:"source,omitempty" doc:"address of the stream that is passed on, for class relay"`
	Corrects string `json:"corrects,omitempty" doc:"id of the emergency that this one takes back"`
}

// CallView is a call as the API shows it.
type CallView struct {
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
	Unwritten *SentenceView    `json:"unwritten,omitempty" doc:"what was done could not be written down yet; it is kept, and will be"`
	Deaf      *SentenceView    `json:"deaf,omitempty" doc:"no loudspeaker obeys this machine: its key is lost"`
	Voice     string           `json:"voice,omitempty" doc:"path of the WebSocket for the microphone, while on air"`
	Speak     *time.Time       `json:"speak,omitempty" doc:"to whoever began it: from when the microphone is on air"`
	Source    string           `json:"source,omitempty" doc:"of a relay, without a password"`
	Relay     *RelayView       `json:"relay,omitempty" doc:"how a relay is, while on air"`
	Corrects  string           `json:"corrects,omitempty" doc:"the call that it takes back"`
	Drill     bool             `json:"drill,omitempty" doc:"diễn tập: a rehearsal, nothing of it is real"`
	Closing   bool             `json:"closing,omitempty" doc:"a drill has been stopped, or is over, and its last words are being heard"`
	Bypass    bool             `json:"bypass,omitempty" doc:"khẩn cấp: không qua duyệt; an emergency that nobody approved beforehand"`
	Approver  string           `json:"approver,omitempty" doc:"who approved beforehand the bulletin that it says"`
	Said      *store.Said      `json:"said,omitempty" doc:"what exactly it says; left out of a voice"`
	Nodes     int              `json:"nodes" doc:"that it concerns"`
	Heard     []HeardView      `json:"heard" doc:"nodes that said that they play it"`
	Missing   []access.Named   `json:"missing" doc:"nodes that it concerns and that did not"`
	Now       []access.Named   `json:"now" doc:"nodes that play it at this moment, by their own last word: one that plays a later emergency instead is not among them"`
	MaySound  []StillView      `json:"may_sound,omitempty" doc:"after a recorded emergency was ended: nodes that have not confirmed it and may still sound, and until when at most"`
	NoReturn  []access.Named   `json:"no_return,omitempty" doc:"nodes that it concerns and that have no way to say: in none of the numbers"`
}

// SentenceView is something said in both languages.
type SentenceView struct {
	VI string `json:"vi"`
	EN string `json:"en"`
}

// RelayView is how the passing on of a station is.
type RelayView struct {
	State string `json:"state" enum:"connecting,on_air,reconnecting,failed"`
	VI    string `json:"vi"`
	EN    string `json:"en"`
}

type callInput struct{ Body CallBody }
type callAnswer struct{ Body CallView }
type stopInput struct {
	Body struct {
		Targets schedule.Targets `json:"targets"`
	}
}
type armInput struct {
	Body *struct {
		Text string `json:"text,omitempty" doc:"that is to be aired: it is spoken before the token is given, before all uploads and whatever the disk does, so that nobody waits for it then"`
		template.Filled
	}
}
type armAnswer struct {
	Body struct {
		Armed string    `json:"armed"`
		Until time.Time `json:"until"`
	}
}

func (s *Server) registerCalls(mux *router) {
	huma.Register(s.api, operation("arm", http.MethodPost, "/arm", "Make an emergency possible, for ten seconds", "Live", http.StatusCreated), s.arm)
	huma.Register(s.api, operation("begin-call", http.MethodPost, "/calls", "Put a voice or a recorded emergency on the air", "Live", http.StatusCreated), s.beginCall)
	huma.Register(s.api, operation("list-calls", http.MethodGet, "/calls", "Calls, newest first", "Live", http.StatusOK), s.listCalls)
	huma.Register(s.api, operation("get-call", http.MethodGet, "/calls/{id}", "One call", "Live", http.StatusOK), s.getCall)
	huma.Register(s.api, operation("stop-call", http.MethodPost, "/calls/{id}/stop", "End a call", "Live", http.StatusOK), s.stopCall)
	huma.Register(s.api, operation("stop-all", http.MethodPost, "/stop", "Silence whatever plays at the targets", "Live", http.StatusNoContent), s.stopAll)
	s.describeStream("call-voice", "/calls/{id}/voice", "WebSocket: first {\"codec\":\"opus\"} or {\"codec\":\"pcm_s16le\"}, then frames; meters come back", "101")
	mux.HandleFunc("GET /api/v1/calls/{id}/voice", s.voice)
	s.describeStream("call-recording", "/calls/{id}/recording", "The recording: Ogg Opus", "200")
	mux.HandleFunc("GET /api/v1/calls/{id}/recording", s.recording)
}

// describeStream writes down what huma does not read or write itself.
func (s *Server) describeStream(id, path, summary, status string) {
	op := operation(id, http.MethodGet, path, summary, "Live", http.StatusOK)
	op.Parameters = []*huma.Param{{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString}}}
	op.Responses = map[string]*huma.Response{status: {Description: summary}}
	s.api.OpenAPI().AddOperation(&op)
}

func (s *Server) arm(ctx context.Context, in *armInput) (*armAnswer, error) {
	if err := s.speakBefore(ctx, in); err != nil {
		return nil, s.fail(err)
	}
	out := &armAnswer{}
	out.Body.Armed, out.Body.Until = s.opt.Live.Arm(access.Of(ctx).Share(), s.opt.Now())
	s.trail.Did(ctx, "call.arm", "", nil, nil)
	return out, nil
}

// speakBefore makes the clip of what will be aired with the token.
func (s *Server) speakBefore(ctx context.Context, in *armInput) error {
	if in.Body == nil || in.Body.Text == "" && in.Body.Template == "" {
		return nil
	}
	_, said, err := alertOf(in.Body.Filled, in.Body.Text)
	if err == nil {
		_, err = s.speakNow(ctx, said)
	}
	return err
}

// speakNow speaks an alert; its clip belongs where its author may write or speak.
func (s *Server) speakNow(ctx context.Context, said library.Text) (store.Clip, error) {
	clip, err := s.opt.Library.SpeakNow(ctx, said)
	if err != nil {
		return clip, err
	}
	if a, err := s.access.View(ctx); err != nil { // it must be heard all the same
		s.opt.Logger.Error("a clip has no place", "clip", clip.ID, "err", err)
	} else {
		s.opt.Store.Note(store.Deed{Places: &store.PlacesOf{Clip: clip.ID, Areas: a.ClipPlaces()}})
	}
	return clip, nil
}

func (s *Server) beginCall(ctx context.Context, in *callInput) (*callAnswer, error) {
	r, err := s.composeCall(ctx, in.Body, s.opt.Now())
	if err != nil {
		return nil, s.fail(err)
	}
	c, err := s.opt.Live.Begin(ctx, r)
	if err != nil {
		return nil, s.fail(err)
	}
	s.begins(c)
	info := c.Info()
	info.Source = reach.Masked(info.Source)
	s.trail.Record(ctx, store.Audit{Action: "call.begin", Object: info.ID, Where: audit.Targeted(info.Targets), After: audit.Written(info), Note: remarkOf(info)})
	s.notices.TellLeaders(ctx, info)
	answer, err := s.answerCall(ctx, c.Info())
	if err == nil && answer.Body.Voice != "" {
		speak := c.SpeakAt()
		answer.Body.Speak = &speak
	}
	return answer, err
}

func (s *Server) answerCall(ctx context.Context, row store.Call) (*callAnswer, error) {
	p, err := s.access.View(ctx)
	if err != nil { // what was done is done: the names of places are left out
		p = &access.View{Who: access.Of(ctx), Commune: s.opt.Commune}
	}
	v := s.viewCall(p, row)
	v.Unwritten, v.Deaf = s.unwritten(), s.deaf()
	return &callAnswer{v}, nil
}

// unwritten says that what was done is not written down yet; nil: it is.
func (s *Server) unwritten() *SentenceView {
	if s.opt.Store.Backlog().Err == nil {
		return nil
	}
	return &SentenceView{i18n.Say(i18n.VI, "unwritten"), i18n.Say(i18n.EN, "unwritten")}
}

// deaf says that no loudspeaker obeys this machine; nil: they do.
func (s *Server) deaf() *SentenceView {
	for _, t := range s.opt.Troubles() {
		if t.Code == "key_lost" {
			return &SentenceView{t.VI, t.EN}
		}
	}
	return nil
}

// composeCall makes a request of what was asked at an instant. Its token is taken
// before anything that takes time: the finger is judged, not this machine.
func (s *Server) composeCall(ctx context.Context, b CallBody, asked time.Time) (live.Request, error) {
	r := live.Request{Title: b.Title, Class: schedule.Class(b.Class), Targets: b.Targets, Author: access.Of(ctx).Author(b.Author), Account: access.Of(ctx).Who.ID, Armed: b.Armed,
		Chime: b.Chime == nil || *b.Chime, Limit: calendar.Seconds(b.LimitS),
		Source: b.Source, Corrects: b.Corrects}
	c, err := s.calendar.Composer(ctx)
	if err != nil {
		return r, err
	}
	if b.Corrects == "" {
		err = c.CheckTargets(b.Targets)
	}
	if err == nil {
		err = s.permitCall(ctx, b)
	}
	if err == nil {
		err = s.checkSources(b)
	}
	switch {
	case err != nil:
	case b.Drill:
		err = s.checkDrill(ctx, b)
	case r.Class != schedule.Emergency:
		err = s.preview.CheckQuiet(ctx, s.opt.Now())
	}
	if err == nil && (b.Drill || r.Class == schedule.Emergency) {
		r.Armed, err = s.opt.Live.Hold(b.Armed, b.Drill, asked)
	}
	if err != nil {
		return r, err
	}
	if b.Text != "" || b.Template != "" || b.Clip != "" || b.Bulletin != "" {
		err = s.composeRecorded(ctx, &r, b, c)
	} else if b.Drill {
		err = s.composeDrill(ctx, &r, b, "")
	}
	return r, err
}

// composeRecorded is what an alert says that nobody speaks.
func (s *Server) composeRecorded(ctx context.Context, r *live.Request, b CallBody, c *calendar.Composer) error {
	items, err := s.alertItems(ctx, r, c, b)
	if err != nil {
		return err
	}
	if r.Title == "" {
		r.Title = items[0].Title
	}
	if b.Drill { // its first language
		return s.composeDrill(ctx, r, b, items[0].Clip)
	}
	for _, item := range items {
		clip, err := s.opt.Store.GetClip(ctx, item.Clip)
		if err != nil {
			return err
		}
		r.Clips = append(r.Clips, wire.ClipRef{SHA: clip.ID, Bytes: clip.Bytes})
	}
	// The attention tone is to last 3 to 10 s: two chimes are 5.6 s. A template has
	// its own, behind one: nodes make the chime themselves, it sounds at once.
	chimes := schedule.Item{Kind: schedule.Chime, Length: audio.ChimeDuration, Repeat: 2}
	if b.Template != "" {
		chimes.Repeat = 1
	}
	r.Rundown = append([]schedule.Item{chimes}, items...)
	r.Rundown = append(r.Rundown, schedule.Item{Kind: schedule.Gap, Length: alertPause})
	return nil
}

// permitCall says why the caller may not put this on the air there. A
// correction goes where what it takes back was heard, and ends that.
func (s *Server) permitCall(ctx context.Context, b CallBody) error {
	needs := access.Speaking
	switch {
	case b.Class == string(schedule.Emergency):
		needs = access.Alerting
	case b.Drill:
		needs = access.Drilling
	}
	if b.Corrects == "" {
		return s.access.Permit(ctx, needs, b.Targets)
	}
	row, err := s.opt.Store.Call(ctx, b.Corrects)
	if errors.Is(err, store.ErrNotFound) {
		return nil // live refuses it
	}
	if err != nil {
		return err
	}
	return s.access.Permit(ctx, access.Alerting, row.Targets)
}

// checkSources sees that a call has at most one thing to say, and that it
// goes with its class.
func (s *Server) checkSources(b CallBody) error {
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
	return s.opt.Reach.Check(b.Source)
}

func (s *Server) listCalls(ctx context.Context, in *pageInput) (*list[CallView], error) {
	rows, err := s.opt.Store.Calls(ctx, in.Before, in.Limit)
	if err != nil {
		return nil, s.fail(err)
	}
	p, err := s.access.View(ctx)
	if err != nil {
		return nil, s.fail(err)
	}
	views := make([]CallView, len(rows))
	for i, row := range rows {
		views[i] = s.viewCall(p, row)
	}
	page := pageOf(views, in.Limit, func(c CallView) time.Time { return c.Start })
	page.Body.Items = kept(page.Body.Items, func(c CallView) bool { return p.Concerns(c.Targets) })
	return page, nil
}

func (s *Server) getCall(ctx context.Context, in *idInput) (*callAnswer, error) {
	row, err := s.opt.Store.Call(ctx, in.ID)
	if err != nil {
		return nil, s.fail(err)
	}
	return s.answerCall(ctx, row)
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

// stopCall ends a call: one's own always, another's where one may make sound.
func (s *Server) stopCall(ctx context.Context, in *idInput) (*callAnswer, error) {
	c := s.opt.Live.Call(in.ID)
	var row store.Call
	var err error
	if c != nil { // whatever the store says
		row = c.Info()
	} else {
		row, err = s.opt.Store.Call(ctx, in.ID)
	}
	if errors.Is(err, store.ErrNotFound) {
		return s.stopStray(ctx, in.ID, err)
	}
	if err == nil && !s.isOwn(access.Of(ctx), row) {
		err = s.access.Permit(ctx, access.Sounding, row.Targets)
	}
	if err != nil {
		return nil, s.fail(err)
	}
	if c != nil {
		c.Stop()
	}
	s.trail.Did(ctx, "call.stop", row.ID, nil, nil, audit.Targeted(row.Targets)...)
	if c == nil {
		return s.answerCall(ctx, row) // over already: that is what was wanted
	}
	select {
	case <-c.Done():
	case <-c.Closing(): // the rest is the controller's own business
	case <-ctx.Done():
	}
	return s.answerCall(context.WithoutCancel(ctx), c.Info())
}

// stopStray ends a call that nodes play and that this office does not know: it
// runs on a stand-in, or on a backup from before. unknown is the answer if none does.
func (s *Server) stopStray(ctx context.Context, id string, unknown error) (*callAnswer, error) {
	targets := s.opt.Live.Stray(ctx, id)
	if len(targets.Nodes) == 0 {
		return nil, s.fail(unknown)
	}
	a, err := s.access.View(ctx)
	if err == nil {
		err = a.Permit(access.Sounding, a.PlacesOf(targets)...)
	}
	if err != nil {
		return nil, s.fail(err)
	}
	now := s.opt.Now()
	// Who has not said yet that it plays, for its link comes just now, is to hear of it too.
	if err := s.opt.Live.EndStray(ctx, id, schedule.Targets{Areas: a.SoundPlaces(), Nodes: targets.Nodes}); err != nil {
		s.opt.Logger.Warn("the end of a call is said again in two seconds", "call", id, "err", err)
	}
	s.trail.Did(ctx, "call.stop", id, nil, nil, targets.Nodes...)
	return s.answerCall(ctx, store.Call{Call: schedule.Call{ID: id, Class: schedule.Emergency, Start: now, End: now}, Targets: targets, Ended: now, Reason: live.EndStopped})
}

func (s *Server) recording(w http.ResponseWriter, r *http.Request) {
	row, err := s.opt.Store.Call(r.Context(), r.PathValue("id"))
	if err == nil && row.Recording == "" {
		err = problem.New(problem.NotFound, "no_recording",
			"Buổi phát này chưa có bản ghi: bản ghi có khi buổi phát kết thúc.", "There is no recording of this call yet: it is there when the call has ended.")
	}
	if err != nil {
		writeProblem(w, s.explain(err))
		return
	}
	w.Header().Set("Content-Type", "audio/ogg")
	http.ServeFile(w, r, s.opt.Store.RecordingPath(row.Recording))
}
