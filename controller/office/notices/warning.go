package notices

import (
	"context"
	"strings"
	"time"

	"loa/controller/i18n"
	"loa/controller/notify"
	"loa/controller/office/access"
	"loa/controller/store"
	"loa/schedule"
)

// TellWarning tells those who may air emergencies in one of the areas that another office
// warns of something there, and that it waits for them; nil: in all of the commune. It does
// not wait.
func (d *Notices) TellWarning(ctx context.Context, areas []string, at time.Time, title string) {
	d.telling.Go(func() {
		ctx, cancel := context.WithTimeout(access.With(context.WithoutCancel(ctx), access.MachineVisit()), tellWithin)
		defer cancel()
		if err := d.warn(ctx, areas, at, title); err != nil {
			d.opt.Logger.Error("nobody was told of a warning", "title", title, "err", err)
		}
	})
}

func (d *Notices) warn(ctx context.Context, areas []string, at time.Time, title string) error {
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return err
	}
	if len(areas) == 0 {
		areas = []string{a.Commune}
	}
	places := strings.Join(a.Where(schedule.Targets{Areas: areas}), ", ")
	n := store.Notice{Kind: store.NoticeOfWarning, ID: store.NewID(), At: at, Title: title, Places: places}
	hour := at.In(schedule.Zone()).Format("15:04 02/01/2006")
	d.sender.Send(notify.Notice{ID: n.ID, Event: "warning", At: at, Title: title, Places: places,
		Commune: a.AreaName(a.Commune), Approved: true,
		Subject: i18n.Say(i18n.VI, "warning_subject", title, places),
		Text:    i18n.Say(i18n.VI, "warning_mail", title, places, hour) + "\n\n" + i18n.Say(i18n.EN, "warning_mail", title, places, hour)})
	return d.keepFor(ctx, n, func(p store.Person) bool { return a.Alerts(p, areas) })
}
