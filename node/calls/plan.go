package calls

import (
	"fmt"
	"slices"
	"time"

	"loa/node/wire"
	"loa/schedule"
)

// Into returns a plan with the calls in it, and without the airings that a
// stop of everything cut.
func (c *Calls) Into(p wire.Plan) wire.Plan {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.list) == 0 && c.mark.IsZero() {
		return p
	}
	p.Calls = slices.Clone(p.Calls)
	p.Clips = slices.Clone(p.Clips)
	for _, x := range c.list {
		if x.raw == nil || !p.Concerned(x.on.Targets) {
			continue
		}
		call := x.on.Call
		call.End = x.end
		p.Calls = append(p.Calls, call)
		for _, ref := range x.on.Clips {
			if !slices.Contains(p.Clips, ref) {
				p.Clips = append(p.Clips, ref)
			}
		}
	}
	if !c.mark.IsZero() {
		p.Programmes = without(p.Plan, c.mark)
	}
	return p
}

// Any reports whether a call is known.
func (c *Calls) Any() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.list) > 0
}

// Busy reports whether a call is, will be or may again be on air: one that has
// ended is known for an hour more, and keeps nobody waiting.
func (c *Calls) Busy() bool {
	_, ct := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.ContainsFunc(c.list, func(x *call) bool {
		if x.state == silent && ct.Before(x.expires) && ct.Before(x.on.Call.End) {
			return true // the office says that it goes on
		}
		return ct.Before(x.end)
	})
}

// without returns the programmes less the airings that are on air, or wait, at
// an instant.
func without(p schedule.Plan, mark time.Time) []schedule.Programme {
	programmes := slices.Clone(p.Programmes)
	for _, s := range schedule.NewTimeline(p, mark, mark.Add(time.Nanosecond)).Slots {
		if s.Start.After(mark) || !s.End.After(mark) {
			continue
		}
		for i := range programmes {
			if s.ID == schedule.AiringID(programmes[i].ID, s.Start) {
				skip := &programmes[i].Rule.Skip
				*skip = append(slices.Clone(*skip), s.Start)
			}
		}
	}
	return programmes
}

// savedCalls is what flash keeps of calls.
type savedCalls struct {
	Floor uint64      `json:"floor"`
	Halt  uint64      `json:"halt,omitempty"`
	Mark  time.Time   `json:"mark,omitzero"`
	Calls []savedCall `json:"calls,omitempty"`
}

// savedCall is a call as it was signed, and where it ended since.
type savedCall struct {
	ID    string    `json:"id"`
	Seq   uint64    `json:"seq"`
	Raw   []byte    `json:"raw,omitempty"`
	End   time.Time `json:"end"`
	State state     `json:"state,omitempty"`
	Word  time.Time `json:"word,omitzero"` // see call
}

func (c *Calls) encode() ([]byte, error) {
	s := savedCalls{Floor: c.floor, Halt: c.halt, Mark: c.mark}
	for _, x := range c.list {
		s.Calls = append(s.Calls, savedCall{x.id, x.seq, x.raw, x.end, x.state, x.word})
		x.kept = x.word
	}
	data, err := wire.Encode(s)
	if err != nil {
		return nil, fmt.Errorf("encode calls: %w", err)
	}
	return data, nil
}

// Load takes up what flash holds. A call is checked like one from the wire,
// but for its expiry: it was accepted in time.
func (c *Calls) Load() error {
	data, err := c.opt.Load()
	if err != nil || data == nil {
		return err
	}
	var s savedCalls
	if err := wire.Decode(data, &s); err != nil {
		return fmt.Errorf("calls on flash: %w", err)
	}
	now, ct := c.now()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.floor, c.halt, c.mark = s.Floor, s.Halt, s.Mark
	for _, sc := range s.Calls[:min(len(s.Calls), maxCalls)] {
		x, err := c.restore(sc, now, ct)
		if err != nil {
			c.opt.Logger.Warn("a call on flash is not taken up", "call", sc.ID, "err", err)
			c.floor = max(c.floor, sc.Seq)
			continue
		}
		c.list = append(c.list, x)
	}
	c.KickListen()
	return nil
}

func (c *Calls) restore(sc savedCall, now, ct time.Time) (*call, error) {
	x := &call{id: sc.ID, seq: sc.Seq, end: sc.End, state: sc.State}
	if sc.State < onAir || sc.State > ended || !wire.ValidID(sc.ID) {
		return nil, wire.ErrNonsense
	}
	if len(sc.Raw) == 0 {
		x.state = ended
		return x, nil
	}
	h, err := c.open(c.opt.Kept, wire.KindCall, sc.Raw, wire.Kept, &x.on)
	if err == nil {
		err = checkCall(x.on)
	}
	if err == nil && x.on.Call.ID != sc.ID {
		err = wire.ErrNonsense
	}
	if err != nil {
		return nil, err
	}
	x.raw, x.seq, x.expires = sc.Raw, max(sc.Seq, h.Seq), ct.Add(silence)
	if x.on.Call.End.Before(x.end) { // what is not signed can only shorten
		x.end = x.on.Call.End
	}
	x.word, x.kept = sc.Word, sc.Word
	if x.word.IsZero() { // of an earlier program
		x.word = h.Issued
	}
	if !ct.IsZero() && x.state == onAir && x.isAlone(ct) {
		x.state, x.end = silent, earlier(x.end, x.aloneUntil())
	}
	return x, x.expect(now, ct)
}

// keepWord is how often flash is told that the office says that a recorded emergency
// goes on.
const keepWord = time.Minute

// isAlone reports whether the office has said nothing of a recorded emergency for so
// long that it ends here.
func (x *call) isAlone(ct time.Time) bool {
	return x.recorded() && !x.word.IsZero() && !ct.Before(x.aloneUntil())
}

func (x *call) aloneUntil() time.Time { return x.word.Add(wire.AloneFor) }

// fades is when a call ends of which nothing comes any more.
func (x *call) fades() time.Time {
	if x.recorded() {
		return x.aloneUntil()
	}
	return x.silentFrom()
}
