package live

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"loa/audio"
	"loa/controller/live/frames"
	"loa/controller/problem"
	"loa/node/wire"
	"loa/schedule"
)

const (
	drillTitle = "Diễn tập" // begins the title of every drill: also where nothing else of it is shown
	// drillNoFrames is noFrames of a drill: the nodes, which end a silent voice
	// after 8 s, must still be there for its last words.
	drillNoFrames = 6 * time.Second
	// drillLead is how much later than a call a drill begins: there is no hurry,
	// and its first words must not be cut short where the command comes late.
	drillLead    = 500 * time.Millisecond
	drillRepeats = 10 // rounds of a recorded alert at most
	drillPause   = 2 * time.Second
	drillChimes  = 2        // before a recorded alert, as of a real one
	drillBytes   = 32 << 20 // of a recorded alert's clip: it is held in memory
)

var (
	notArmedDrill = problem.New(problem.Forbidden, "not_armed",
		"Diễn tập cần mở khóa trước: bấm mở khóa, rồi giữ nút bắt đầu trong 10 giây tiếp theo.",
		"A drill must be armed first: arm it, then begin within ten seconds.")
	drillSilent = problem.New(bad, "drill_announcement",
		"Không đọc được câu “Đây là diễn tập” nên chưa phát gì: hãy thử lại, hoặc nhờ kỹ thuật viên kiểm tra giọng đọc.",
		"The words “this is a drill” cannot be read and nothing was aired: try again, or ask the technician to check the speech.")
)

// Drill makes a call a drill (diễn tập). See the package's comment.
type Drill struct {
	Announcement string // clip of the words that it begins and ends with
	Alert        string // clip of a recorded alert, in place of a voice; "": a voice
	Repeat       int    // rounds of Alert, 1 to 10; 0: 1
}

// check says what is wrong with a drill in itself.
func (d *Drill) check(r *Request) error {
	switch {
	case r.Class != schedule.Live:
		return problem.New(bad, "drill_class", "Diễn tập không bao giờ phát như khẩn cấp: mức độ phải là live.",
			"A drill is never aired as an emergency: its class is live.")
	case d.Announcement == "":
		return drillSilent
	case d.Repeat < 0 || d.Repeat > drillRepeats:
		return problem.New(bad, "drill_repeat", "Diễn tập phát lại bản tin từ 1 đến %d lần.", "A drill repeats an alert 1 to %d times.",
			drillRepeats)
	}
	return nil
}

// drillTitled is a title that says that it is a drill.
func drillTitled(title string) string {
	if strings.HasPrefix(strings.ToLower(title), strings.ToLower(drillTitle)) {
		return title
	}
	all := []rune(drillTitle + ": " + title)
	return string(all[:min(len(all), schedule.MaxTitle)])
}

// recital is what the controller itself says in a call.
type recital struct {
	opening [][]byte    // before the voice: the chime, or a drill's words
	alert   frames.Line // in place of a voice; nil: a person speaks
	closing [][]byte    // of a drill, the last that is heard
}

// recite makes the sound of what the controller says in a call, before the
// call is on air: a drill that cannot say that it is one does not begin.
func (l *Live) recite(ctx context.Context, r Request) (say recital, err error) {
	if len(r.Rundown) > 0 {
		return say, nil
	}
	var chime [][]byte
	if r.Chime || r.Drill != nil && r.Drill.Alert != "" {
		if chime, err = l.chime(ctx, r); err != nil {
			return say, err
		}
	}
	if r.Drill == nil {
		say.opening = chime
		return say, nil
	}
	words, err := l.frames(r.Drill.Announcement)
	if err != nil {
		l.opt.Logger.Error("drill not begun: its announcement is not to be had", "clip", r.Drill.Announcement, "err", err)
		return say, drillSilent
	}
	say.opening, say.closing = words, words
	if r.Drill.Alert == "" {
		say.opening = append(words[:len(words):len(words)], chime...)
		return say, nil
	}
	say.alert, err = l.rounds(r.Drill, chime, words)
	return say, err
}

// frames encodes a clip whole.
func (l *Live) frames(clip string) ([][]byte, error) {
	data, err := l.clip(clip)
	if err != nil {
		return nil, err
	}
	return frames.All(data)
}

// rounds is a recorded alert: attention tone and message, and between two
// rounds the words that it is a drill. The message is encoded as it is due.
func (l *Live) rounds(d *Drill, chime, words [][]byte) (frames.Line, error) {
	data, err := l.clip(d.Alert)
	if err != nil {
		return nil, err
	}
	enc, err := audio.NewEncoder(frames.Bitrate)
	if err != nil {
		return nil, err
	}
	silence, err := frames.Silent()
	if err != nil {
		return nil, err
	}
	var pause [][]byte
	for range drillPause / wire.FrameLength {
		pause = append(pause, silence)
	}
	var all []frames.Line
	for round := range max(d.Repeat, 1) {
		if round > 0 {
			all = append(all, frames.Said(words))
		}
		for range drillChimes {
			all = append(all, frames.Said(chime))
		}
		message, err := frames.Read(data, enc)
		if err != nil {
			return nil, err
		}
		all = append(all, message, frames.Said(pause))
	}
	return frames.Chain(all), nil
}

// clip reads a clip's file.
func (l *Live) clip(id string) ([]byte, error) {
	path := l.opt.Store.ClipPath(id)
	info, err := os.Stat(path)
	if err == nil && info.Size() > drillBytes {
		return nil,
			problem.New(bad, "drill_long", "Bản tin này quá dài để diễn tập: hãy chọn bản tin ngắn hơn.",
				"This alert is too long for a drill: choose a shorter one.")
	}
	if err != nil {
		return nil, fmt.Errorf("read clip %s: %w", id, err)
	}
	return os.ReadFile(path)
}

// tail is how long a drill may go on after its limit, for its last words.
func (r recital) tail() time.Duration {
	if len(r.closing) == 0 {
		return 0
	}
	return time.Duration(len(r.closing))*wire.FrameLength + 2*maxDelay
}

// closes has the voice end with the last words of a drill, from now on without
// the microphone. False: it is stopped in its opening, and nothing was said.
func (v *voice) closes(words [][]byte, now time.Time) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	due := v.due(now)
	if len(words) == 0 || due < v.after {
		return false
	}
	v.recite(now)
	v.jump(max(v.line, due+cushion), now)
	v.line, v.script, v.over, v.closing = v.next, frames.Said(words), false, true
	return true
}

// recited reports whether the controller has nothing more to say.
func (v *voice) recited() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.over
}

// recite bundles what is due of what the controller says.
func (v *voice) recite(now time.Time) {
	for !v.over && !v.zero().Add(time.Duration(v.line)*wire.FrameLength).After(now.Add(scriptLead)) {
		first := v.line
		var frames [][]byte
		for len(frames) < v.many && !v.over {
			frame := v.script()
			if frame == nil {
				v.over = true
				break
			}
			v.record.Add(v.line, frame)
			frames = append(frames, frame)
			v.line++
		}
		if len(frames) > 0 {
			v.enqueue(wire.Bundle{First: first, Frames: frames}, now)
		}
	}
}

// SpeakAt is from when the microphone of a call is on air: the chime, and a
// drill's words, are said first.
func (c *Call) SpeakAt() time.Time {
	c.voice.mu.Lock()
	defer c.voice.mu.Unlock()
	return c.voice.zero().Add(time.Duration(c.voice.after) * wire.FrameLength)
}

// Microphone reports whether somebody speaks in the call: it is no relay, and
// nothing recorded.
func (c *Call) Microphone() bool { return c.voice != nil && c.relay == nil && c.say.alert == nil }

// Closing is closed when the last words of a drill begin; Done follows when
// they have been said.
func (c *Call) Closing() <-chan struct{} { return c.closing }

// cut ends the call at once, a drill without its last words.
func (c *Call) cut(why string) {
	select {
	case c.cutting <- why:
	default: // it is cut already
	}
}

// begins its last words, if it is a drill in which something was said.
func (c *Call) closes(why string, now time.Time) bool {
	if c.voice == nil || !c.voice.closes(c.say.closing, now) {
		return false
	}
	c.why = why
	close(c.closing)
	c.live.opt.News()
	return true
}

// yield ends the drills that any of the nodes hear: an emergency is real. They
// would go on after it, and then it would be taken for a part of them. It is
// called with the lock held.
func (l *Live) yield(nodes map[string]bool) {
	for _, c := range l.calls {
		if c.drill && c.reaches(nodes) {
			c.cut(EndEmergency)
		}
	}
}
