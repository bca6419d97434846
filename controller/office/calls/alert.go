package calls

import (
	"context"
	"errors"
	"slices"
	"time"

	"loa/audio/speech"
	"loa/controller/library"
	"loa/controller/live"
	"loa/controller/office/access"
	"loa/controller/office/approval"
	"loa/controller/office/calendar"
	"loa/controller/office/template"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/schedule"
)

var notApproved = problem.New(problem.Conflict, "bulletin_not_approved",
	"Bản tin này chưa được duyệt cho nơi phát đã chọn nên chưa phát gì: "+
		"hãy nhờ người duyệt, hoặc nói trực tiếp, hoặc gõ văn bản để phát khẩn cấp.",
	"Nobody has approved this bulletin for the places chosen, so nothing was aired: "+
		"have it approved, or speak live, or type the text of the alert.")

// AlertOf is what an emergency or a drill says: a text that was typed, or a template,
// behind the attention sound of its hazard. The title is that of a template.
func AlertOf(f template.Filled, text string) (title string, said library.Text, err error) {
	said = library.Text{Text: text, Style: speech.Urgent}
	if f.Template == "" {
		return "", said, nil
	}
	title, words, tpl, err := f.Text()
	said.Text, said.Tone = words, tpl.Tone
	return title, said, err
}

// Timely is a problem of a template's hour or day that is over, or has not come. A drill is
// of any hour.
func (d *Desk) Timely(f template.Filled) error { return f.Timely(d.opt.Now()) }

// pressed is how long ago an alert was armed, at the most: what was timely then still is.
const pressed = time.Minute

// Arm makes an emergency possible for a moment: with the token that it returns, until
// then. What it will say, if that is known, is spoken before.
func (d *Desk) Arm(ctx context.Context, said library.Text) (token string, until time.Time, err error) {
	if err := d.speakBefore(ctx, said); err != nil {
		return "", until, err
	}
	token, until = d.opt.Live.Arm(access.Of(ctx).Share(), d.opt.Now())
	d.opt.Trail.Did(ctx, "call.arm", "", nil, nil)
	return token, until, nil
}

// speakBefore makes the clip of what will be aired; of no text none.
func (d *Desk) speakBefore(ctx context.Context, said library.Text) error {
	if said.Text == "" {
		return nil
	}
	_, err := d.speakNow(ctx, said)
	return err
}

// speakNow speaks an alert; its clip belongs where its author may write or speak.
func (d *Desk) speakNow(ctx context.Context, said library.Text) (store.Clip, error) {
	clip, err := d.opt.Library.SpeakNow(ctx, said)
	if err != nil {
		return clip, err
	}
	if a, err := d.opt.Access.View(ctx); err != nil { // it must be heard all the same
		d.opt.Logger.Error("a clip has no place", "clip", clip.ID, "err", err)
	} else {
		d.opt.Store.Note(store.Deed{Places: &store.PlacesOf{Clip: clip.ID, Areas: a.ClipPlaces()}})
	}
	return clip, nil
}

// Holders says how many nodes hold all clips of their latest plan, and with
// them every alert, by their own word; a node that lacks some does not say
// which.
func (d *Desk) Holders(ctx context.Context) (held int, unsure []string, err error) {
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return 0, nil, err
	}
	latest, err := d.opt.Store.PlanSeqs(ctx)
	if err != nil { // then nobody is known to
		d.opt.Logger.Error("which nodes hold the alerts is not known", "err", err)
	}
	whole := map[string]bool{}
	for _, st := range d.opt.Fleet.Snapshot() {
		whole[st.Node] = st.Status != nil && st.Status.Plan == latest[st.Node] && st.Status.Plan > 0 && st.Status.Held >= st.Status.Clips
	}
	for _, n := range a.Nodes {
		if whole[n.ID] {
			held++
		} else {
			unsure = append(unsure, n.Name)
		}
	}
	return held, unsure, nil
}

// alertItems are the recording, in each of its languages, or the speech, of an
// alert. What it says, and who approved that, goes into the request.
func (d *Desk) alertItems(ctx context.Context, r *live.Request, c *calendar.Composer, b Request) (items []schedule.Item, err error) {
	if b.Bulletin != "" {
		v, err := d.triggered(ctx, r, b)
		if err == nil {
			items, err = c.Unexpired(schedule.Item{}, v)
		}
		if err != nil {
			return nil, err
		}
		r.Said = &store.Said{Bulletin: v.ID, Digest: v.Digest(), Bypass: b.Bypass, Title: v.Title, Languages: calendar.Languages(v)}
	} else {
		var item schedule.Item
		clip := store.Clip{ID: b.Clip}
		var said library.Text
		if b.Clip == "" {
			if err := b.Timely(d.opt.Now().Add(-pressed)); err != nil && !b.Drill {
				return nil, err
			}
			if item.Title, said, err = AlertOf(b.Filled, b.Text); err == nil {
				clip, err = d.speakNow(ctx, said)
			}
			if err != nil {
				return nil, err
			}
			err = calendar.FillClip(&item, clip.ID, c.Clip)
		} else {
			err = calendar.FillClip(&item, b.Clip, c.Own)
		}
		if err != nil {
			return nil, err
		}
		items, r.Said = []schedule.Item{item},
			&store.Said{Title: item.Title, Text: said.Text, Spoken: clip.Said, Instead: library.InsteadOf(clip)}
	}
	for _, it := range items {
		r.Said.Clips = append(r.Said.Clips, it.Clip)
	}
	return items, nil
}

// triggered is the version of a bulletin that a trigger airs: what was approved
// for all the places, or by a bypass what was looked at.
func (d *Desk) triggered(ctx context.Context, r *live.Request, b Request) (v store.Bulletin, err error) {
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return v, err
	}
	places := a.PlacesOf(b.Targets)
	if b.Corrects != "" {
		row, err := d.opt.Store.Call(ctx, b.Corrects)
		if err != nil && !errors.Is(err, store.ErrNotFound) { // live refuses it
			return v, err
		}
		places = a.PlacesOf(row.Targets)
	}
	if b.Bypass {
		return d.bypassed(ctx, a, b, places)
	}
	v, err = d.opt.Store.ApprovedBulletin(ctx, b.Bulletin)
	elsewhere := func(area string) bool { return !a.Tree.Within(area, a.Standing(v.Area)) }
	switch {
	case errors.Is(err, store.ErrNotFound):
		_, err = d.opt.Store.Bulletin(ctx, b.Bulletin)
		if errors.Is(err, store.ErrNotFound) {
			err = access.UnknownBulletin
		} else if err == nil {
			err = notApproved
		}
		return v, err
	case err != nil:
		return v, err
	case slices.ContainsFunc(places, elsewhere):
		return v, notApproved
	case b.Digest != "" && b.Digest != v.Digest():
		return v, approval.ChangedSince
	}
	r.Approver = v.Approval.ByName
	return v, nil
}

// bypassed is a bulletin as it is written now, which nobody approved, for a caller who may
// air emergencies and has looked at it.
func (d *Desk) bypassed(ctx context.Context, a *access.View, b Request, places []string) (store.Bulletin, error) {
	if err := a.Permit(access.Alerting, places...); err != nil {
		return store.Bulletin{}, err
	}
	v, err := d.opt.Store.Bulletin(ctx, b.Bulletin)
	if errors.Is(err, store.ErrNotFound) {
		return v, access.UnknownBulletin
	}
	if err == nil {
		v, err = d.opt.Access.Bulletin(ctx, a, b.Bulletin)
	}
	if err == nil && b.Digest != v.Digest() {
		err = approval.ChangedSince
	}
	return v, err
}
