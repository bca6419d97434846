package calendar

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"loa/controller/office/approval"
	"loa/controller/office/audit"
	"loa/controller/problem"
	"loa/controller/store"
	"loa/controller/text"
	"loa/schedule"
)

var onlyTheHour = problem.New(problem.Invalid, "move_day",
	"Cả chuỗi chỉ đổi được giờ: muốn đổi ngày, hãy chọn “chỉ lần này”, hoặc hủy cả chuỗi rồi đặt lịch mới.",
	"Of a series only the hour can change: to change the day choose “this one only”, or cancel the series and make a new one.")

// End calls off an airing and all that follow.
func (d *Desk) End(ctx context.Context, id string, start time.Time) (Programme, error) {
	return d.edit(ctx, id, func(old store.Programme) (v Programme, err error) {
		if !airs(old.Rule, start) {
			return v, noAiring
		}
		return d.narrow(ctx, "programme.end", old, endedAt(old.Rule, start))
	})
}

// Except takes a day, a holiday, out of a programme.
func (d *Desk) Except(ctx context.Context, id, date string) (Programme, error) {
	return d.edit(ctx, id, func(old store.Programme) (v Programme, err error) {
		day, err := time.ParseInLocation(time.DateOnly, date, schedule.Zone())
		if err != nil || schedule.CheckYear(day) != nil {
			return v, problem.New(problem.Invalid, "date_invalid",
				"Ngày “%s” chưa đúng: hãy chọn ngày như 2027-02-06.", "The date “%s” is not right: write it as 2027-02-06.", text.Shown(date))
		}
		r := old.Rule
		if off := schedule.Date(date); !slices.Contains(r.Except, off) {
			r.Except = append(slices.Clone(r.Except), off)
			slices.Sort(r.Except)
		}
		return d.narrow(ctx, "programme.except", old, r)
	})
}

// Move moves one airing ("this"), it and all that follow ("following"), or all.
func (d *Desk) Move(ctx context.Context, id string, start, to time.Time, which string) (Programme, error) {
	return d.edit(ctx, id, func(old store.Programme) (v Programme, err error) {
		start, to = start.UTC(), to.UTC()
		switch {
		case !airs(old.Rule, start):
			return v, noAiring
		case schedule.CheckYear(to) != nil:
			return v, schedule.CheckYear(to)
		case !to.After(d.opt.Now()):
			return v, problem.New(problem.Invalid, "move_past",
				"Giờ mới đã qua: hãy chọn giờ sau bây giờ.", "The new time has passed: choose a later one.")
		}
		p, rest, err := parted(old, start, to, which)
		if err != nil {
			return v, err
		}
		return d.moved(ctx, old, p, rest)
	})
}

// narrow stores a programme that is aired less often than before. It adds
// nothing that could be heard, so what was approved stays approved: else a
// holiday would take the whole programme off the air until somebody approves
// it anew.
func (d *Desk) narrow(ctx context.Context, does string, old store.Programme, r schedule.Rule) (v Programme, err error) {
	kept, err := narrowed(old, r, d.opt.Now())
	if err != nil {
		return v, err
	}
	d.opt.AsRun.CatchUp(ctx)
	if err := d.opt.Store.PutProgrammes(ctx, d.opt.Now(), kept); err != nil {
		return v, err
	}
	d.canUndo(ctx, old, "")
	kept.Revision++ // as it is stored
	d.opt.Trail.Did(ctx, does, kept.ID, viewProgramme(old), viewProgramme(kept), audit.Targeted(kept.Targets)...)
	d.opt.Changed("calendar")
	return d.withNext(kept), nil
}

// moved stores what was moved: in the place of the old programme, or beside
// it, which then has the rest. Both are stored or neither: else the airing
// would be heard twice, or not at all.
func (d *Desk) moved(ctx context.Context, old store.Programme, p schedule.Programme, rest *schedule.Rule) (v Programme, err error) {
	if err := p.Check(d.opt.Now()); err != nil {
		return v, err
	}
	draft := old.Approval.State == store.Draft
	if rest == nil {
		return d.keep(ctx, "programme.move", &old, p, draft)
	}
	kept, err := narrowed(old, *rest, d.opt.Now())
	if err != nil {
		return v, err
	}
	who, err := d.opt.Approval.Approver(ctx)
	if err != nil {
		return v, err
	}
	split := store.Programme{Programme: p}
	if split.Approval, err = who.JudgeProgramme(ctx, split, approval.WrittenAs(draft)); err != nil {
		return v, err
	}
	d.opt.AsRun.CatchUp(ctx)
	if err := d.opt.Store.PutProgrammes(ctx, d.opt.Now(), split, kept); err != nil {
		return v, err
	}
	d.canUndo(ctx, old, p.ID)
	split.Revision = 1 // it is new
	d.opt.Trail.Did(ctx, "programme.move", old.ID, viewProgramme(old), viewProgramme(split), audit.Targeted(p.Targets)...)
	d.opt.Changed("calendar")
	return d.withNext(split), nil
}

// airs reports whether a programme starts at an instant.
func airs(r schedule.Rule, start time.Time) bool {
	return len(r.Starts(start, start.Add(time.Nanosecond))) > 0
}

// endedAt is a rule without what starts at an instant or later.
func endedAt(r schedule.Rule, start time.Time) schedule.Rule {
	start = start.UTC()
	if len(r.Cron) > 0 && (r.Until.IsZero() || start.Before(r.Until)) {
		r.Until = start
	}
	r.Extra = slices.DeleteFunc(slices.Clone(r.Extra), func(x time.Time) bool { return !x.Before(start) })
	if !r.At.IsZero() && !r.At.Before(start) {
		r.Skip = append(slices.Clone(r.Skip), r.At.UTC()) // a programme has to have a start
	}
	return r
}

// narrowed is a programme by a rule with fewer airings, and as approved.
func narrowed(old store.Programme, r schedule.Rule, now time.Time) (store.Programme, error) {
	kept := old
	kept.Rule = r
	var inv *schedule.Invalid
	if err := kept.Check(now); errors.As(err, &inv) && inv.Code != "never_fires" { // that nothing is left may be just what was asked for
		return kept, err
	}
	if old.Approval.Digest == old.Digest() {
		kept.Approval.Digest = kept.Digest()
	}
	return kept, nil
}

// parted is what is moved of a programme, and the rule of what stays behind;
// nil: nothing does.
func parted(old store.Programme, start, to time.Time, which string) (p schedule.Programme, rest *schedule.Rule, err error) {
	p = old.Programme
	p.Rule.Skip = nil
	left := old.Rule
	switch {
	case !Repeats(old.Rule):
		p.Rule.At = to
		return p, nil, nil
	case which == "following" || which == "all":
		if p.Rule, err = shifted(old.Rule, start, to); err != nil {
			return p, nil, err
		}
		if which == "all" {
			keepSame(old.Rule, &p.Rule, start, to)
			return p, nil, nil
		}
		p.Rule.From = start
		p.Rule.Extra = slices.DeleteFunc(slices.Clone(p.Rule.Extra), start.After)
		keepSame(old.Rule, &p.Rule, start, to)
		left = endedAt(left, start)
	default:
		p.Rule = schedule.Rule{At: to, Zone: old.Rule.Zone}
		if len(left.Skip) >= maxSkips {
			return p, nil, tooManySkips
		}
		left.Skip = append(slices.Clone(left.Skip), start)
	}
	p.ID = store.NewID()
	return p, &left, nil
}

// shifted is a rule of which one hour of the day is another.
func shifted(r schedule.Rule, start, to time.Time) (schedule.Rule, error) {
	zone := r.Zone
	if zone == "" {
		zone = schedule.DefaultZone
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return r, err
	}
	from, at := start.In(loc), to.In(loc)
	if from.Format(time.DateOnly) != at.Format(time.DateOnly) {
		return r, onlyTheHour
	}
	found := false
	var lines []string
	for _, line := range r.Cron {
		some, hit := shiftLine(line, from, at)
		found = found || hit
		lines = append(lines, some...)
	}
	if !found {
		return r, problem.New(problem.Invalid, "move_rule",
			"Lịch lặp này không đổi giờ cả chuỗi được: hãy chọn “chỉ lần này”, hoặc hủy cả chuỗi rồi đặt lịch mới.",
			"The hour of this rule cannot be changed: choose “this one only”, or cancel the series and make a new one.")
	}
	r.Cron = lines
	return r, nil
}

// keepSame sees that a shifted rule has just the airings that it had, at their
// new hour: what was called off stays away, and the first and the last are the
// same although the new hour may lie on the other side of where the rule begins
// or ends.
func keepSame(old schedule.Rule, r *schedule.Rule, start, to time.Time) {
	const day = 24 * time.Hour // the commune's zone has no summer time
	r.Skip, r.Extra = slices.Clone(old.Skip), slices.Clone(r.Extra)
	for i, skip := range r.Skip {
		if days := skip.Sub(start); days%day == 0 {
			r.Skip[i] = to.Add(days)
		}
	}
	for _, bound := range []time.Time{r.From, r.Until} {
		if bound.IsZero() {
			continue
		}
		near := bound.Sub(start).Round(day)
		for _, days := range []time.Duration{near - day, near, near + day} {
			was := airs(old, start.Add(days)) && !start.Add(days).Before(r.From)
			switch is := airs(*r, to.Add(days)); {
			case was && !is:
				r.Extra = append(r.Extra, to.Add(days))
			case !was && is:
				r.Skip = append(r.Skip, to.Add(days))
			}
		}
	}
}

// shiftLine moves one hour and minute of a line in which both are plain
// numbers: "0 5,17 * * *" with 17:00 moved to 18:30 is "0 5 * * *" and
// "30 18 * * *".
func shiftLine(line string, from, to time.Time) (lines []string, hit bool) {
	fields := strings.Fields(line)
	if len(fields) != 5 {
		return []string{line}, false
	}
	minutes, ok1 := numbers(fields[0])
	hours, ok2 := numbers(fields[1])
	if !ok1 || !ok2 || !slices.Contains(minutes, from.Minute()) || !slices.Contains(hours, from.Hour()) {
		return []string{line}, false
	}
	rest := strings.Join(fields[2:], " ")
	write := func(minutes, hours []int) {
		if len(minutes) > 0 && len(hours) > 0 {
			lines = append(lines, listed(minutes)+" "+listed(hours)+" "+rest)
		}
	}
	without := func(all []int, x int) []int {
		return slices.DeleteFunc(slices.Clone(all), func(n int) bool { return n == x })
	}
	write(minutes, without(hours, from.Hour()))
	write(without(minutes, from.Minute()), []int{from.Hour()})
	write([]int{to.Minute()}, []int{to.Hour()})
	return lines, true
}

// numbers reads "5,17"; anything else of cron's syntax is none.
func numbers(field string) (all []int, ok bool) {
	for part := range strings.SplitSeq(field, ",") {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 {
			return nil, false
		}
		all = append(all, n)
	}
	return all, true
}

func listed(all []int) string {
	words := make([]string, len(all))
	for i, n := range all {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, ",")
}
