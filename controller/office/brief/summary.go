package brief

import (
	"context"
	"fmt"
	"strings"
	"time"

	"loa/controller/i18n"
	"loa/controller/office/access"
	"loa/controller/problem"
	"loa/schedule"
)

// Rule is when a summary is told each day.
type Rule struct {
	Hour string `json:"hour" pattern:"^(([01][0-9]|2[0-3]):[0-5][0-9])?$" doc:"as 06:30; empty: none is told"`
}

const (
	keyRule = "summary"
	keyLast = "summary_last"
)

// Rule returns it.
func (d *Desk) Rule(ctx context.Context) (r Rule, err error) {
	err = d.opt.Store.SettingOr(ctx, keyRule, &r)
	return r, err
}

var errHour = problem.New(problem.Invalid, "summary_hour", "Giờ tóm tắt chưa đúng: hãy viết như 06:30, hoặc bỏ trống nếu không cần.",
	"The hour of the summary is not right: write it as 06:30, or leave it empty for none.")

// PutRule sets it. What was before is not told when it is set for the first time.
func (d *Desk) PutRule(ctx context.Context, r Rule) error {
	d.opt.Editing.Lock()
	defer d.opt.Editing.Unlock()
	if r.Hour != "" {
		at, err := time.Parse("15:04", r.Hour)
		if err != nil {
			return errHour
		}
		r.Hour = at.Format("15:04")
	}
	old, err := d.Rule(ctx)
	if err != nil {
		return err
	}
	if old.Hour == "" && r.Hour != "" {
		if err := d.opt.Store.PutSetting(ctx, keyLast, last{d.opt.Now(), d.opt.Now()}); err != nil {
			return err
		}
	}
	if err := d.opt.Store.PutSetting(ctx, keyRule, r); err != nil {
		return err
	}
	d.opt.Trail.Did(ctx, "summary.rule", "summary", old, r, d.opt.Commune)
	return nil
}

// last is which hour was the last that was done, and up to when was told what is new.
type last struct {
	Due  time.Time `json:"due"`
	Told time.Time `json:"told"`
}

// lookEach is how often it is looked whether the hour has come.
const lookEach = 20 * time.Second

// Run tells each day's summary until ctx ends.
func (d *Desk) Run(ctx context.Context) {
	tick := time.NewTicker(lookEach)
	defer tick.Stop()
	failed := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			err := d.look(ctx)
			if err != nil && !failed && ctx.Err() == nil {
				d.opt.Logger.Error("the day's summary is not told", "err", err)
			}
			failed = err != nil
		}
	}
}

// due is the last instant of an hour of the day that is not after now.
func due(now time.Time, hour string) (time.Time, error) {
	at, err := time.Parse("15:04", hour)
	if err != nil {
		return at, err
	}
	day := Midnight(now)
	for {
		y, m, d := day.Date()
		if t := time.Date(y, m, d, at.Hour(), at.Minute(), 0, 0, schedule.Zone()); !t.After(now) {
			return t, nil
		}
		day = day.AddDate(0, 0, -1)
	}
}

// look tells the summary if its hour has come and it was not told.
func (d *Desk) look(ctx context.Context) error {
	ctx = access.With(ctx, access.MachineVisit())
	rule, err := d.Rule(ctx)
	if err != nil || rule.Hour == "" {
		return err
	}
	now := d.opt.Now()
	at, err := due(now, rule.Hour)
	if err != nil {
		return err
	}
	var was last
	if err := d.opt.Store.SettingOr(ctx, keyLast, &was); err != nil || !at.After(was.Due) {
		return err
	}
	from := was.Told
	if now.Sub(from) > Longest || !from.Before(now) {
		from = now.AddDate(0, 0, -1)
	}
	b, err := d.Of(ctx, Span{from, now})
	if err != nil {
		return err
	}
	// First it is written down: rather none than two.
	if err := d.opt.Store.PutSetting(ctx, keyLast, last{at, now}); err != nil {
		return err
	}
	if b.news() {
		d.opt.Notices.TellSummary(ctx, "summary-"+at.Format("20060102-1504"), now, [2]string{b.line(i18n.VI), b.line(i18n.EN)})
	}
	return nil
}

// news reports whether there is anything that leaders do not see every day: what people
// sent or did not understand, an emergency, a fault that began.
func (b Brief) news() bool {
	return len(b.Messages) > 0 || len(b.Heads) > 0 || b.Sums.Findings > 0 || b.Sums.Emergencies > 0 || b.began() > 0
}

// began is how many causes began in the time.
func (b Brief) began() (n int) {
	for _, f := range b.Faults {
		if !f.Since.Before(b.From) {
			n++
		}
	}
	return n
}

// line is the summary in one paragraph.
func (b Brief) line(lang i18n.Language) string {
	kinds, done := map[string]int{}, 0
	var order []string
	for _, m := range b.Messages {
		if kinds[m.Kind] == 0 {
			order = append(order, m.Kind)
		}
		kinds[m.Kind] += m.All()
		done += m.Done
	}
	var told []string
	sum := 0
	for _, k := range order {
		told = append(told, fmt.Sprintf("%s %d", i18n.Say(lang, "message_"+k), kinds[k]))
		sum += kinds[k]
	}
	parts := []string{i18n.Say(lang, "summary_aired", b.Sums.Broadcasts, b.Sums.NotHeard, b.Sums.Emergencies)}
	if sum > 0 {
		parts = append(parts, i18n.Say(lang, "summary_messages", sum, strings.Join(told, ", "), done))
	}
	if n := len(b.Heads); n > 0 {
		urgent := 0
		for _, h := range b.Heads {
			if h.Level == "urgent" {
				urgent++
			}
		}
		parts = append(parts, i18n.Say(lang, "summary_heads", n, urgent))
	}
	if n := len(b.Waiting); n > 0 {
		parts = append(parts, i18n.Say(lang, "summary_waiting", n))
	}
	if b.Sums.Findings > 0 {
		parts = append(parts, i18n.Say(lang, "summary_findings", b.Sums.Findings))
	}
	if n := b.began(); n > 0 {
		parts = append(parts, i18n.Say(lang, "summary_faults", n))
	}
	return strings.Join(parts, " ")
}
