package answers

import (
	"context"
	"time"
	"unicode/utf8"

	"loa/controller/office/access"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/text"
)

// Message is what a villager told, as the office sees it.
type Message struct {
	ID      string       `json:"id"`
	Area    string       `json:"area"`
	Name    string       `json:"name" doc:"of the village"`
	Kind    string       `json:"kind" enum:"help,flood,landslide,fire,tree,power,loudspeaker,noise,idea"`
	Urgent  bool         `json:"urgent"`
	Words   string       `json:"words"`
	Point   *store.Point `json:"point,omitempty"`
	Phone   string       `json:"phone,omitempty"`
	Photo   string       `json:"photo,omitempty" doc:"path of the photo"`
	At      time.Time    `json:"at"`
	State   string       `json:"state" enum:"new,seen,doing,done"`
	Who     string       `json:"who,omitempty" doc:"looks after it"`
	Reply   string       `json:"reply,omitempty" doc:"that the sender reads"`
	Changed time.Time    `json:"changed"`
	Report  string       `json:"report,omitempty" doc:"of a loudspeaker, that was made of it"`
}

// Forwardable reports whether it can become a report of a loudspeaker, and is none yet.
func (m Message) Forwardable() bool {
	return m.Report == "" && Forwardable(m.Kind) && m.State != string(store.MessageDone)
}

// mostListed is how many messages one list has.
const mostListed = 300

// Messages are those from where the caller listens, what is not done first.
func (d *Desk) Messages(ctx context.Context) ([]Message, error) {
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := d.opt.Store.Messages(ctx, listened(a), mostListed)
	all := make([]Message, len(rows))
	for i, m := range rows {
		all[i] = messageOf(a, m)
	}
	return all, err
}

// listened are the areas where the caller listens; nil: everywhere.
func listened(a *access.View) []string {
	if a.Permit(access.Listening, a.Commune) == nil {
		return nil
	}
	areas := []string{}
	for id := range a.Areas {
		if a.Permit(access.Listening, id) == nil {
			areas = append(areas, id)
		}
	}
	return areas
}

func messageOf(a *access.View, m store.Message) Message {
	v := Message{ID: m.ID, Area: m.Area, Name: a.AreaName(m.Area), Kind: m.Kind, Urgent: Urgent(m.Kind), Words: m.Words, Point: m.Point,
		Phone: m.Phone, At: m.At, State: string(m.State), Who: m.Who, Reply: m.Reply, Changed: m.Changed, Report: m.Report}
	if m.Photo {
		v.Photo = "/api/v1/messages/" + m.ID + "/photo"
	}
	return v
}

// Handling is what the office does with a message. What is nil stays as it is.
type Handling struct {
	State *string `json:"state,omitempty" enum:"new,seen,doing,done"`
	Who   *string `json:"who,omitempty" maxLength:"200" doc:"looks after it; empty: nobody"`
	Reply *string `json:"reply,omitempty" maxLength:"1000" doc:"that the sender reads under the code"`
}

const mostWho = 200

var (
	errState = problem.New(problem.Invalid, "message_state", "Trạng thái chưa đúng: chọn mới, đã nhận, đang xử lý hoặc xong.",
		"The state is not right: choose new, seen, doing or done.")
	errReply = problem.New(problem.Invalid, "message_reply", "Chữ dài quá: câu trả lời tối đa %d chữ cái, người lo việc tối đa %d.",
		"That is too long: a reply has %d characters at most, a name %d.", MostWords, mostWho)
)

func (c Handling) of(m store.Message) (store.Message, error) {
	if c.State != nil {
		m.State = store.MessageState(*c.State)
	}
	if c.Who != nil {
		m.Who = text.Line(*c.Who, mostWho+1)
	}
	if c.Reply != nil {
		m.Reply = text.Clean(*c.Reply)
	}
	if m.State == store.MessageNew && (c.Who != nil && m.Who != "" || c.Reply != nil && m.Reply != "") {
		m.State = store.MessageSeen // somebody has seen it who looks after it
	}
	switch {
	case !m.State.Valid():
		return m, errState
	case utf8.RuneCountInString(m.Who) > mostWho || utf8.RuneCountInString(m.Reply) > MostWords:
		return m, errReply
	}
	return m, nil
}

// Put changes what the office does with a message from where the caller listens.
func (d *Desk) Put(ctx context.Context, id string, c Handling) (v Message, err error) {
	d.opt.Editing.Lock()
	defer d.opt.Editing.Unlock()
	a, old, err := d.mine(ctx, id)
	if err != nil {
		return v, err
	}
	m, err := c.of(old)
	if err != nil {
		return v, err
	}
	m.Changed = d.opt.Now()
	if err := d.opt.Store.ChangeMessage(ctx, m); err != nil {
		return v, err
	}
	d.opt.Trail.Did(ctx, "message.put", id, recorded(old), recorded(m), m.Area)
	d.opt.News("answers")
	return messageOf(a, m), nil
}

// recorded is a message as the audit log keeps it, for ever: nothing of what was written.
func recorded(m store.Message) any {
	return map[string]any{"kind": m.Kind, "state": m.State, "who": m.Who, "replied": m.Reply != ""}
}

// Remove removes a message that is of no use: a joke, an insult.
func (d *Desk) Remove(ctx context.Context, id string) error {
	d.opt.Editing.Lock()
	defer d.opt.Editing.Unlock()
	_, m, err := d.mine(ctx, id)
	if err == nil {
		err = d.opt.Store.DeleteMessage(ctx, id)
	}
	if err != nil {
		return err
	}
	d.opt.Trail.Did(ctx, "message.delete", id, recorded(m), nil, m.Area)
	d.opt.News("answers")
	return nil
}

// Photo returns a message's photo.
func (d *Desk) Photo(ctx context.Context, id string) ([]byte, error) {
	if _, _, err := d.mine(ctx, id); err != nil {
		return nil, err
	}
	return d.opt.Store.Photo(ctx, id)
}

// mine is a message from where the caller listens.
func (d *Desk) mine(ctx context.Context, id string) (*access.View, store.Message, error) {
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return nil, store.Message{}, err
	}
	m, err := d.opt.Store.Message(ctx, id)
	if err == nil {
		err = a.Permit(access.Listening, a.Standing(m.Area))
	}
	return a, m, err
}
