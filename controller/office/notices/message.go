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
	to, err := d.those(ctx, func(p store.Person) bool { return a.Listens(p, area) })
	if err != nil {
		return err
	}
	hour, commune := at.In(schedule.Zone()).Format("15:04 02/01/2006"), a.AreaName(a.Commune)
	d.sender.Send(notify.Notice{ID: n.ID, Event: "message", At: at, Title: n.Title, Places: n.Places, Commune: commune, Approved: true,
		Subject: i18n.Say(i18n.VI, "message_subject", n.Places, n.Title),
		Text: i18n.Say(i18n.VI, "message_mail", title[0], n.Places, hour) + "\n\n" + i18n.Say(i18n.EN, "message_mail", title[1], n.Places,
			hour)})
	d.opt.Store.Keep(ctx, store.Deed{Notice: &store.NoticeTo{Notice: n, People: to}})
	d.opt.News("notices")
	return nil
}

// those are the people of whom something is true, and whose accounts are open.
func (d *Notices) those(ctx context.Context, are func(store.Person) bool) (ids []string, err error) {
	people, err := d.opt.Store.People(ctx)
	for _, p := range people {
		if !p.Disabled && are(p) {
			ids = append(ids, p.ID)
		}
	}
	return ids, err
}
