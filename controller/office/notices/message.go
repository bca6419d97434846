package notices

import (
	"context"
	"time"

	"loa/controller/i18n"
	"loa/controller/notify"
	"loa/controller/office/access"
	"loa/controller/store"
	"loa/schedule"
)

// TellMessage tells those who listen to the villagers of an area that something urgent came
// from there: title is what, in Vietnamese and English. It does not wait. What exactly was
// written, by whom and from which telephone stands in no mail.
func (d *Notices) TellMessage(ctx context.Context, area string, at time.Time, title [2]string) {
	d.telling.Go(func() {
		ctx, cancel := context.WithTimeout(access.With(context.WithoutCancel(ctx), access.MachineVisit()), tellWithin)
		defer cancel()
		if err := d.passOn(ctx, area, at, title); err != nil {
			d.opt.Logger.Error("nobody was told of a villager's urgent message", "area", area, "err", err)
		}
	})
}

func (d *Notices) passOn(ctx context.Context, area string, at time.Time, title [2]string) error {
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return err
	}
	n := store.Notice{Kind: store.NoticeOfMessage, ID: store.NewID(), At: at, Title: title[0], Places: a.AreaName(area)}
	hour, commune := at.In(schedule.Zone()).Format("15:04 02/01/2006"), a.AreaName(a.Commune)
	d.sender.Send(notify.Notice{ID: n.ID, Event: "message", At: at, Title: n.Title, Places: n.Places, Commune: commune, Approved: true,
		Subject: i18n.Say(i18n.VI, "message_subject", n.Places, n.Title),
		Text: i18n.Say(i18n.VI, "message_mail", title[0], n.Places, hour) + "\n\n" + i18n.Say(i18n.EN, "message_mail", title[1], n.Places,
			hour)})
	return d.keepFor(ctx, n, func(p store.Person) bool { return a.Listens(p, area) })
}

// TellOverdue tells those who can begin a drill of the whole commune, on their pages and by
// mail and webhook, that a test or a drill is overdue: title is what, in Vietnamese and
// English. It does not wait; the caller sees to it that it is told once.
func (d *Notices) TellOverdue(ctx context.Context, at time.Time, title [2]string) {
	d.telling.Go(func() {
		ctx, cancel := context.WithTimeout(access.With(context.WithoutCancel(ctx), access.MachineVisit()), tellWithin)
		defer cancel()
		a, err := d.opt.Access.View(ctx)
		if err != nil {
			d.opt.Logger.Error("nobody was told of an overdue drill", "err", err)
			return
		}
		commune := a.AreaName(a.Commune)
		n := store.Notice{Kind: store.NoticeOfExercise, ID: store.NewID(), At: at, Title: title[0], Places: commune}
		d.sender.Send(notify.Notice{ID: n.ID, Event: "exercise", At: at, Title: n.Title, Places: n.Places, Commune: commune, Approved: true,
			Subject: i18n.Say(i18n.VI, "exercise_subject", commune, title[0]),
			Text:    i18n.Say(i18n.VI, "exercise_mail", title[0]) + "\n\n" + i18n.Say(i18n.EN, "exercise_mail", title[1])})
		if err := d.keepFor(ctx, n, a.Drills); err != nil {
			d.opt.Logger.Error("nobody was told of an overdue drill", "err", err)
		}
	})
}

// keepFor keeps a notice for the people whom it is for.
func (d *Notices) keepFor(ctx context.Context, n store.Notice, is func(store.Person) bool) error {
	people, err := d.opt.Store.People(ctx)
	if err != nil {
		return err
	}
	var to []string
	for _, p := range people {
		if !p.Disabled && is(p) {
			to = append(to, p.ID)
		}
	}
	d.opt.Store.Keep(ctx, store.Deed{Notice: &store.NoticeTo{Notice: n, People: to}})
	d.opt.News("notices")
	return nil
}

// TellSummary tells those who listen to the villagers of the whole commune what is new, in
// Vietnamese and English: on their pages, by mail and webhook. One of an id is told once. It
// does not wait.
func (d *Notices) TellSummary(ctx context.Context, id string, at time.Time, words [2]string) {
	d.telling.Go(func() {
		ctx, cancel := context.WithTimeout(access.With(context.WithoutCancel(ctx), access.MachineVisit()), tellWithin)
		defer cancel()
		a, err := d.opt.Access.View(ctx)
		if err == nil {
			day := at.In(schedule.Zone()).Format("15:04 02/01/2006")
			n := store.Notice{Kind: store.NoticeOfSummary, ID: id, At: at, Title: words[0], Places: a.AreaName(a.Commune)}
			d.sender.Send(notify.Notice{ID: id, Event: "summary", At: at, Title: i18n.Say(i18n.VI, "summary_title"),
				Places: n.Places, Commune: n.Places, Approved: true, Subject: i18n.Say(i18n.VI, "summary_subject", n.Places, day),
				Text: words[0] + "\n\n" + words[1] + "\n\n" + i18n.Say(i18n.VI, "summary_where")})
			err = d.keepFor(ctx, n, func(p store.Person) bool { return a.Listens(p, a.Commune) })
		}
		if err != nil {
			d.opt.Logger.Error("nobody was told of the day's summary", "err", err)
		}
	})
}
