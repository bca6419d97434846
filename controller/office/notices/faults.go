package notices

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"loa/controller/alerts"
	"loa/controller/disk"
	"loa/controller/i18n"
	"loa/controller/notify"
	"loa/controller/office/access"
	"loa/controller/office/inventory"
	"loa/controller/store"
	"loa/controller/text"
	"loa/schedule"
)

// Faults says which faults of loudspeakers are told by the same ways.
type Faults struct {
	Off         bool `json:"off,omitempty" doc:"tell of none"`
	HoldMin     int  `json:"hold_min,omitempty" minimum:"1" maximum:"1440" doc:"minutes; a fault that is younger is not told; 10 if left out"`
	CoolDownMin int  `json:"cooldown_min,omitempty" minimum:"1" maximum:"10080" doc:"minutes between two messages of one cause; 360 if left out"`
}

func viewFaults(f notify.Faults) Faults {
	c := alerts.Complete(f)
	return Faults{f.Off, int(c.Hold.Minutes()), int(c.CoolDown.Minutes())}
}

func (b Faults) settings() notify.Faults {
	return notify.Faults{Off: b.Off, Hold: time.Duration(b.HoldMin) * time.Minute, CoolDown: time.Duration(b.CoolDownMin) * time.Minute}
}

// faultSettings are those of package alerts: off too if nobody would be told.
func (d *Notices) faultSettings(ctx context.Context) (notify.Faults, error) {
	to, err := d.Settings(ctx)
	if to.Webhook.URL == "" && to.Mail.Server == "" {
		to.Faults.Off = true
	}
	return to.Faults, err
}

// troubles is what is wrong with the loudspeakers now: what they say, their
// silence, and what people reported. One that was set up and never came is not
// at fault yet, and one that was revoked is not any more.
func (d *Notices) troubles(ctx context.Context) (alerts.Fleet, error) {
	ctx = access.With(ctx, access.MachineVisit())
	f := alerts.Fleet{Unclear: map[string]bool{}}
	nodes, err := d.opt.Inventory.Nodes(ctx)
	if err != nil {
		return f, err
	}
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return f, err
	}
	named, village := map[string]string{}, map[string]string{}
	for _, n := range nodes {
		village[n.ID] = a.Areas[n.Area].Name
		named[n.ID] = strings.TrimPrefix(village[n.ID]+", "+n.Name, ", ")
		if n.State == "unknown" || n.Maintenance != nil {
			f.Unclear[n.ID] = true
		}
		f.Troubles = append(f.Troubles, nodeTroubles(n, named[n.ID], village[n.ID])...)
	}
	for _, t := range d.opt.Troubles() {
		if t.Code == disk.Unwritten {
			continue // follows from another, which is told
		}
		f.Troubles = append(f.Troubles,
			alerts.Trouble{Node: access.MachineID, Name: access.MachineName, Cause: t.Code, VI: t.VI, EN: t.EN, Since: t.Since, Seen: t.Alarm})
	}
	reports, err := d.opt.Store.OpenReports(ctx)
	for _, r := range reports {
		f.Troubles = append(f.Troubles, reported(r, cmp.Or(named[r.Node], r.Node)))
	}
	return f, err
}

// nodeTroubles is what is wrong with one node, and what is not well at the time for which
// it was promised.
func nodeTroubles(n inventory.Node, name, place string) (all []alerts.Trouble) {
	if n.Maintenance != nil || n.Revoked || n.State == "offline" && n.LastWord == nil {
		return nil
	}
	for _, c := range n.Causes() {
		if c.Code == "unknown" {
			continue
		}
		x := alerts.Trouble{Node: n.ID, Name: name, Place: place, Cause: c.Code, VI: c.VI, EN: c.EN, Since: c.Since, Known: c.Known != nil}
		all = append(all, x)
		if c.Known != nil && c.Known.Overdue {
			x.Cause, x.Since, x.Seen, x.Known = overdue, *c.Known.Until, true, false
			x.VI, x.EN = i18n.Say(i18n.VI, "alert_overdue"), i18n.Say(i18n.EN, "alert_overdue")
			x.Detail = strings.TrimSuffix(c.Known.Who+": "+c.Known.Reason, ": ")
			all = append(all, x)
		}
	}
	return all
}

// overdue is the cause of what is not well though it was to be.
const overdue = "overdue"

func reported(r store.Report, name string) alerts.Trouble {
	kind := "complaint_" + r.Kind
	detail := r.Name
	if r.Words != "" {
		detail += ": “" + r.Words + "”"
	}
	return alerts.Trouble{Node: r.Node, Name: name, Cause: "report_" + r.Kind, Detail: detail, Since: r.At, Seen: true,
		VI: i18n.Say(i18n.VI, "alert_reported", i18n.Say(i18n.VI, kind)), EN: i18n.Say(i18n.EN, "alert_reported", i18n.Say(i18n.EN, kind))}
}

// alertLines bounds how many lines a message has.
const alertLines = 50

// tellFault sends what package alerts has to tell.
func (d *Notices) tellFault(ctx context.Context, m alerts.Message) error {
	commune := d.opt.Commune
	if a, err := d.opt.Store.Area(ctx, d.opt.Commune); err == nil {
		commune = a.Name
	} // else one that nobody has named yet
	n := notify.Notice{ID: store.NewID(), Event: "fault", At: m.At, Title: m.VI, Cause: m.Cause, Commune: commune}
	for _, node := range m.Nodes {
		n.Nodes = append(n.Nodes, node.Node)
	}
	var names []string
	for _, g := range byVillage(m.Nodes) {
		names = append(names, g.name(i18n.VI))
	}
	n.Places = strings.Join(names[:min(len(names), 3)], "; ")
	if len(names) > 3 {
		n.Places += "; …"
	}
	n.Subject = i18n.Say(i18n.VI, "alert_subject", commune, len(m.Nodes), n.Places)
	if m.Over {
		n.Event, n.Subject = "fault_over", i18n.Say(i18n.VI, "alert_over_subject", commune, len(m.Nodes), n.Places)
	}
	if ofOffice := len(m.Nodes) == 1 && m.Nodes[0].Node == access.MachineID; ofOffice {
		n.Nodes, n.Subject = nil, i18n.Say(i18n.VI, "alert_office_subject", commune)
		if m.Over {
			n.Subject = i18n.Say(i18n.VI, "alert_office_over_subject", commune)
		}
	}
	n.Text = d.faultText(i18n.VI, m) + "\n\n" + d.faultText(i18n.EN, m)
	d.sender.Send(n)
	return nil
}

// faultText is a message in words: the cause with advice, and where, since when.
func (d *Notices) faultText(lang i18n.Language, m alerts.Message) string {
	cause := m.VI
	if lang == i18n.EN {
		cause = m.EN
	}
	if m.Over {
		cause = i18n.Say(lang, "fault_over", cause)
	}
	lines := []string{cause}
	groups, named := byVillage(m.Nodes), 0
	for _, g := range groups[:min(len(groups), alertLines)] {
		named += len(g)
		line := "- " + i18n.Say(lang, "alert_line", g.name(lang), g.since().In(schedule.Zone()).Format("15:04 02/01/2006"))
		if g[0].Detail != "" {
			line += " – " + g[0].Detail
		}
		lines = append(lines, line)
	}
	if named < len(m.Nodes) {
		lines = append(lines, i18n.Say(lang, "alert_more", len(m.Nodes)-named))
	}
	return strings.Join(lines, "\n")
}

// group are the nodes of one village that have one cause, and nothing that is of one alone:
// they are one line. Never empty.
type group []alerts.Told

// byVillage groups what is told, in its order.
func byVillage(nodes []alerts.Told) (all []group) {
	of := map[string]int{}
	for _, n := range nodes {
		if i, known := of[n.Place]; known && n.Place != "" && n.Detail == "" {
			all[i] = append(all[i], n)
			continue
		}
		if n.Detail == "" {
			of[n.Place] = len(all)
		}
		all = append(all, group{n})
	}
	return all
}

// name is the node, or the village with how many.
func (g group) name(lang i18n.Language) string {
	if len(g) == 1 {
		return g[0].Name
	}
	return i18n.Say(lang, "alert_village", g[0].Place, len(g))
}

// since is when the first of them began.
func (g group) since() time.Time {
	return slices.MinFunc(g, func(a, b alerts.Told) int { return a.Since.Compare(b.Since) }).Since
}

// Tried is what came of a test of one way.
type Tried struct {
	Way string `json:"way" enum:"webhook,mail"`
	OK  bool   `json:"ok"`
	VI  string `json:"vi"`
	EN  string `json:"en"`
}

// Try sends a test and waits for what comes of it, some seconds.
func (d *Notices) Try(ctx context.Context) ([]Tried, error) {
	to, err := d.Settings(ctx)
	if err != nil {
		return nil, err
	}
	a, err := d.opt.Access.View(ctx)
	if err != nil {
		return nil, err
	}
	commune, now := a.AreaName(a.Commune), d.opt.Now()
	who := access.Of(ctx).Who.Name
	n := notify.Notice{ID: store.NewID(), Event: "test", At: now, Who: who, Commune: commune, Title: i18n.Say(i18n.VI, "try_title"),
		Subject: i18n.Say(i18n.VI, "try_subject", commune),
		Text:    i18n.Say(i18n.VI, "try_text", commune, who) + "\n\n" + i18n.Say(i18n.EN, "try_text", commune, who)}
	views := []Tried{}
	tried := to.Try(ctx, d.opt.Reach, n)
	for _, way := range []string{"mail", "webhook"} {
		if failed, ok := tried[way]; ok {
			views = append(views, viewTried(way, failed))
		}
	}
	d.opt.Trail.Did(ctx, "notify.test", "notify", nil, views, d.opt.Commune)
	return views, nil
}

// maxWhy bounds what another machine says of its refusal, bytes of a sentence.
const maxWhy = 600

// viewTried is one way in words.
func viewTried(way string, failed error) Tried {
	v := Tried{Way: way, OK: failed == nil}
	why := text.Cut(strings.TrimPrefix(fmt.Sprint(failed), way+": "), maxWhy)
	switch {
	case v.OK && way == "mail":
		v.VI, v.EN = i18n.Say(i18n.VI, "try_ok_mail"), i18n.Say(i18n.EN, "try_ok_mail")
	case v.OK:
		v.VI, v.EN = i18n.Say(i18n.VI, "try_ok_webhook"), i18n.Say(i18n.EN, "try_ok_webhook")
	case way == "mail":
		v.VI, v.EN = i18n.Say(i18n.VI, "try_failed_mail", why), i18n.Say(i18n.EN, "try_failed_mail", why)
	default:
		v.VI, v.EN = i18n.Say(i18n.VI, "try_failed_webhook", why), i18n.Say(i18n.EN, "try_failed_webhook", why)
	}
	return v
}
