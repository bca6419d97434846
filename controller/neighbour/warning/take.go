package warning

import (
	"context"
	"errors"
	"fmt"
	"time"

	"loa/controller/neighbour/cap"
	"loa/controller/office/access"
	"loa/controller/office/audit"
	"loa/controller/problem"
	"loa/controller/store"
)

// mostAtOnce is how many messages an envelope may hold.
const mostAtOnce = 50

// What a sender is told.
var (
	errMany   = problem.New(problem.TooLarge, "cap_many", "Tệp có quá 50 bản tin.", "There are more than 50 messages in the file.")
	errSender = problem.New(problem.Forbidden, "cap_sender", "Bản tin không phải của nơi gửi mà nguồn này được nhận.",
		"The message is not of the sender that is taken from this source.")
)

// Taken is what became of one message of a document.
type Taken struct {
	Warning *Shown  `json:"warning,omitempty" doc:"as it is kept"`
	Known   bool    `json:"known,omitempty" doc:"it was known already, nothing was done"`
	Refused *Reason `json:"refused,omitempty" doc:"why it was not taken"`
	Code    string  `json:"code,omitempty" doc:"of the refusal"`
}

// Take takes in a document: a message, or an envelope with several. The error is of the
// document as a whole; what is wrong with one message stands in its Taken. By which source it
// came, source says; "": by nobody's in particular, and then a person always looks first.
func (d *Desk) Take(ctx context.Context, source string, document []byte) ([]Taken, error) {
	from, err := d.source(ctx, source)
	if err != nil {
		return nil, err
	}
	alerts, err := cap.Alerts(document)
	if err == nil && len(alerts) > mostAtOnce {
		err = errMany
	}
	if err != nil {
		return nil, err
	}
	var all []Taken
	for _, data := range alerts {
		t, err := d.takeOne(ctx, from, data)
		if p, ok := problem.Of(err); ok {
			t, err = Taken{Refused: &Reason{p.VI, p.EN}, Code: p.Code}, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, t)
	}
	return all, nil
}

// takeOne takes in one message. The error is a *problem.Problem where the message is at fault.
func (d *Desk) takeOne(ctx context.Context, from store.WarningSource, data []byte) (t Taken, err error) {
	m, signed, err := read(from, data)
	if err != nil {
		return t, err
	}
	if from.Sender != "" && m.Sender != from.Sender {
		return t, errSender
	}
	d.taking.Lock()
	defer d.taking.Unlock()
	a, err := d.everything(ctx)
	if err != nil {
		return t, err
	}
	w, err := d.opt.Store.WarningOf(ctx, m.Identity().Key())
	if err == nil {
		s := d.shown(a, w)
		return Taken{Warning: &s, Known: true}, nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return t, err
	}
	codes := map[string][]string{}
	if err := d.opt.Store.SettingOr(ctx, codesKey, &codes); err != nil {
		return t, err
	}
	now := d.opt.Now()
	j := judge(m, from, signed.By != nil, signed.Weak, now, places(a, codes), a.Commune)
	w = d.row(m, from, signed, j, now)
	others, before, err := d.referred(ctx, m, &w, &j)
	if err != nil {
		return t, err
	}
	if err := d.opt.Store.AddWarning(ctx, w, others...); err != nil {
		return t, fmt.Errorf("a warning is not kept: %w", err)
	}
	d.opt.Trail.Record(ctx, store.Audit{Who: recordedAs(ctx), Action: "warning.take", Object: w.ID, Where: w.Areas,
		After: audit.Written(map[string]any{"message": w.Message, "source": from.Name, "state": w.State, "why": w.Why, "title": w.Title,
			"signer": w.Signer})})
	d.opt.News("warnings")
	w = d.follow(ctx, from, w, j, before)
	s := d.shown(a, w)
	return Taken{Warning: &s}, nil
}

// recordedAs is how the audit log names the one that hands a message in: a caller by the own
// name, a feed or a file as a part of the system.
func recordedAs(ctx context.Context) string {
	if access.Of(ctx).Kind == access.Nobody {
		return "warnings"
	}
	return ""
}

// read reads a message, as it was signed where the source has a certificate.
func read(from store.WarningSource, data []byte) (cap.Message, cap.Signed, error) {
	pin, err := signerOf(from)
	if err != nil {
		return cap.Message{}, cap.Signed{}, err
	}
	if pin == nil {
		m, err := cap.Read(data)
		return m, cap.Signed{}, err
	}
	s, err := cap.Verify(data, *pin)
	return s.Message, s, err
}

// everything is the commune as the machine sees it, for a message that names no caller.
func (d *Desk) everything(ctx context.Context) (*access.View, error) {
	return d.opt.Access.View(access.With(ctx, access.MachineVisit()))
}

func (d *Desk) row(m cap.Message, from store.WarningSource, signed cap.Signed, j judged, now time.Time) store.Warning {
	w := store.Warning{ID: store.NewID(), Message: m.Identity().Key(), Sender: m.Sender, Kind: string(m.Type),
		Source: from.ID, Received: now,
		Sent: m.Sent, Expires: m.Expiry(usual), State: j.state, Why: j.why, Urgent: j.urgent, Drill: j.drill, Severity: j.severity,
		Title: j.title, Words: j.words, Areas: j.areas}
	if m.Type == cap.Cancel {
		w.Expires = m.Sent.Add(usual)
	}
	if w.State == store.WarningProposed && !now.Before(w.Expires) {
		w.State = store.WarningExpired
	}
	if signed.By != nil {
		w.Signer = signed.By.Subject.CommonName
		if w.Signer == "" {
			w.Signer = signed.By.Subject.String()
		}
	}
	for _, r := range m.References {
		w.Refers = append(w.Refers, r.Key())
	}
	return w
}

// referred is what becomes of the messages that an update or a cancellation names, and which
// of them were aired. Of another sender's, or another signer's, nothing does.
func (d *Desk) referred(ctx context.Context, m cap.Message, w *store.Warning, j *judged) (others, aired []store.Warning, err error) {
	if m.Type != cap.Update && m.Type != cap.Cancel || w.State == store.WarningShown {
		return nil, nil, nil
	}
	for _, r := range m.References {
		o, err := d.opt.Store.WarningOf(ctx, r.Key())
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		if o.Sender != m.Sender || o.Signer != w.Signer || o.Drill != j.drill {
			continue
		}
		if o.State == store.WarningAired {
			aired = append(aired, o)
		}
		if o.State == store.WarningProposed || o.State == store.WarningAired {
			o.State = store.WarningReplaced
			if m.Type == cap.Cancel {
				o.State = store.WarningCancelled
			}
			others = append(others, o)
		}
	}
	if m.Type == cap.Update {
		return others, aired, nil
	}
	switch {
	case len(others) == 0:
		w.State, w.Why, j.automatic = store.WarningShown, "reference", false
	case len(aired) == 0: // nobody heard it: there is nothing to be said
		w.State, w.Why, j.automatic = store.WarningShown, "", false
	default:
		w.Areas, w.Urgent = aired[0].Areas, true
		if !j.automatic {
			w.Why = "cancel_hand"
		}
	}
	if w.Title == m.Identifier && len(others) > 0 {
		w.Title = others[0].Title
	}
	return others, aired, nil
}

// follow airs what airs by itself, and tells people of what waits for them.
func (d *Desk) follow(ctx context.Context, from store.WarningSource, w store.Warning, j judged, aired []store.Warning) store.Warning {
	if w.State != store.WarningProposed {
		return w
	}
	if j.automatic {
		why := "right"
		if own, ok := d.by(ctx, from.Account, from.Name); ok {
			done, err := d.air(own, w, aired, "")
			if err == nil {
				return done
			}
			if !access.IsForbidden(err) {
				why = "failed"
			}
			d.opt.Logger.Error("a warning does not air by itself", "warning", w.ID, "source", from.ID, "err", err)
		}
		w.Why = why
		if err := d.opt.Store.DecideWarning(ctx, w.ID, w.State, w.State, w.Why, "", "", time.Time{}); err != nil {
			d.opt.Logger.Error("why a warning waits is not kept", "warning", w.ID, "err", err)
		}
	}
	if w.Urgent {
		d.opt.Notices.TellWarning(ctx, w.Areas, w.Received, w.Title)
	}
	return w
}
